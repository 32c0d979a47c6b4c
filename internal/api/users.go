package api

import (
	"github.com/zoop-dev/zoop/internal/api/dto"
	app "github.com/zoop-dev/zoop/internal/app/account"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
)

func (h *handlers) listUsers(c *call) (answer, error) {
	before, err := c.before()
	if err != nil {
		return answer{}, err
	}
	users, err := h.Accounts.Users(c.Context(), app.UserFilter{
		Role: domain.Role(c.param("role")), Status: account.Status(c.param("status")), Text: c.param("q"), Before: before, Limit: c.limit() + 1,
	})
	if err != nil {
		return answer{}, err
	}
	users, next := cutPage(users, c.limit(), func(u account.User) domain.ID { return u.ID })
	list := dto.AccountList{Data: make([]dto.Account, len(users)), NextCursor: next}
	for i, u := range users {
		list.Data[i] = fromAccount(u)
	}
	return ok(list)
}

func (h *handlers) getUser(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	return accountAnswer(h.Accounts.User(c.Context(), id))
}

func (h *handlers) patchUser(c *call) (answer, error) {
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	req, err := body[dto.RightsPatch](c)
	if err != nil {
		return answer{}, err
	}
	var patch app.RightsPatch
	if req.Permissions != nil {
		set, err := toPermissions(*req.Permissions)
		if err != nil {
			return answer{}, err
		}
		patch.Permissions = &set
	}
	if req.RefundLimit != nil {
		limit := toLimit(req.RefundLimit)
		patch.RefundLimit = &limit
	}
	return accountAnswer(h.Accounts.SetRights(c.Context(), c.actor, id, version, patch))
}

func (h *handlers) suspendUser(c *call) (answer, error) {
	id, version, reason, err := c.verdict()
	if err != nil {
		return answer{}, err
	}
	return accountAnswer(h.Accounts.Suspend(c.Context(), c.actor, id, version, reason))
}

func (h *handlers) reinstateUser(c *call) (answer, error) {
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	return accountAnswer(h.Accounts.Reinstate(c.Context(), c.actor, id, version))
}

func accountAnswer(u account.User, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	a, err := ok(fromAccount(u))
	return versioned(a, u.Version), err
}

func (h *handlers) createInvitation(c *call) (answer, error) {
	req, err := body[dto.InvitationRequest](c)
	if err != nil {
		return answer{}, err
	}
	permissions, err := toPermissions(deref(req.Permissions))
	if err != nil {
		return answer{}, err
	}
	rights := account.Rights{Permissions: permissions, RefundLimit: toLimit(req.RefundLimit)}
	invitation, err := h.Accounts.Invite(c.Context(), c.actor, req.Email, domain.Role(req.Role), rights)
	if err != nil {
		return answer{}, err
	}
	return created(fromInvitation(invitation))
}

func (h *handlers) listInvitations(c *call) (answer, error) {
	before, err := c.before()
	if err != nil {
		return answer{}, err
	}
	open, err := h.Accounts.Invitations(c.Context(), before, c.limit()+1)
	if err != nil {
		return answer{}, err
	}
	open, next := cutPage(open, c.limit(), func(i account.Invitation) domain.ID { return i.ID })
	list := dto.InvitationList{Data: make([]dto.Invitation, len(open)), NextCursor: next}
	for i, invitation := range open {
		list.Data[i] = fromInvitation(invitation)
	}
	return ok(list)
}

func (h *handlers) deleteInvitation(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	if err := h.Accounts.Withdraw(c.Context(), c.actor, id); err != nil {
		return answer{}, err
	}
	return noContent()
}

func (h *handlers) acceptInvitation(c *call) (answer, error) {
	req, err := body[dto.AcceptInvitationRequest](c)
	if err != nil {
		return answer{}, err
	}
	tokens, err := h.Accounts.Accept(c.Context(), c.client(req.Device), req.Token, req.FirstName, deref(req.LastName))
	if err != nil {
		return answer{}, err
	}
	return ok(h.pics.fromTokens(tokens))
}
