package api

import (
	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
)

func (h *handlers) listMembers(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	members, err := h.Catalog.Members(c.Context(), c.actor, id)
	if err != nil {
		return answer{}, err
	}
	list := dto.MemberList{Data: make([]dto.Member, len(members))}
	for i, m := range members {
		list.Data[i] = fromMember(m)
	}
	return ok(list)
}

func (h *handlers) inviteMember(c *call) (answer, error) {
	req, err := body[dto.MemberRequest](c)
	if err != nil {
		return answer{}, err
	}
	return h.asked(c, func(id domain.ID) (account.Member, error) {
		return h.Catalog.Invite(c.Context(), c.actor, id, req.Email, account.MemberRole(req.Role))
	})
}

func (h *handlers) nameOwner(c *call) (answer, error) {
	req, err := body[dto.OwnerRequest](c)
	if err != nil {
		return answer{}, err
	}
	return h.asked(c, func(id domain.ID) (account.Member, error) {
		return h.Catalog.NameOwner(c.Context(), c.actor, id, req.Email)
	})
}

func (h *handlers) asked(c *call, ask func(vendorID domain.ID) (account.Member, error)) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	m, err := ask(id)
	if err != nil {
		return answer{}, err
	}
	return created(fromMember(m))
}

func (h *handlers) patchMember(c *call) (answer, error) {
	req, err := body[dto.MemberPatch](c)
	if err != nil {
		return answer{}, err
	}
	return onMember(c, func(vendorID, memberID domain.ID) error {
		return h.Catalog.Appoint(c.Context(), c.actor, vendorID, memberID, account.MemberRole(req.Role))
	})
}

func (h *handlers) deleteMember(c *call) (answer, error) {
	return onMember(c, func(vendorID, memberID domain.ID) error {
		return h.Catalog.Dismiss(c.Context(), c.actor, vendorID, memberID)
	})
}

func onMember(c *call, do func(vendorID, memberID domain.ID) error) (answer, error) {
	vendorID, err := c.id()
	if err != nil {
		return answer{}, err
	}
	memberID, err := c.idNamed("memberId")
	if err != nil {
		return answer{}, err
	}
	if err := do(vendorID, memberID); err != nil {
		return answer{}, err
	}
	return noContent()
}

func fromMember(m account.Member) dto.Member {
	out := dto.Member{
		ID: m.ID, Role: dto.MemberRole(m.Role), State: "active", Name: some(m.Name), Email: some(m.Email), Since: m.Since.UTC(), ExpiresAt: at(m.Until),
	}
	if m.Invited {
		out.State = "invited"
	}
	return out
}
