package catalog

import (
	"context"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/domain/letter"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
)

var (
	manageMembers = right{member: account.ManageMembers}
	beMember      = right{member: account.RunOrders}
	nameOwner     = right{staff: domain.Onboard}
)

// Members lists who works for a vendor and who was asked to, for its members and staff; NotFound for everybody else. Their
// addresses are for those who decide about them, so are invitations.
func (s *Service) Members(ctx context.Context, actor domain.Actor, vendorID domain.ID) ([]account.Member, error) {
	_, role, err := s.db.VendorFor(ctx, vendorID, actor.ID)
	if err != nil {
		return nil, err
	}
	if !insider(actor, vendorID, role) {
		return nil, domain.Missing("vendor")
	}
	all, err := s.db.Members(ctx, vendorID)
	if err != nil || actor.Role.Staff() || role.May(account.ManageMembers) {
		return all, err
	}
	colleagues := make([]account.Member, 0, len(all))
	for _, m := range all {
		if m.Invited {
			continue
		}
		m.Email = ""
		colleagues = append(colleagues, m)
	}
	return colleagues, nil
}

// Invite asks an address to work for the actor's vendor. The answer is the same whether or not it has an account: it is a
// member once somebody signs in to a vendor's account of that address, within 14 days. Nobody becomes an owner that way, who
// may be the last and could not leave: owners are made of members.
// It returns NotFound, Forbidden, Invalid, and Conflict "member.exists" or "member.too_many".
func (s *Service) Invite(ctx context.Context, actor domain.Actor, vendorID domain.ID, email string, role account.MemberRole) (account.Member, error) {
	email, err := account.ParseEmail(email)
	if err != nil {
		return account.Member{}, err
	}
	if role != account.Manager && role != account.Kitchen {
		return account.Member{}, domain.Invalidf("role", "enum", "must be manager or kitchen; make them owner once they are in")
	}
	var invited account.Member
	_, err = s.do(ctx, change{actor: actor, needs: manageMembers, on: onVendor(vendorID),
		apply: func(ctx context.Context, tx *postgres.Tx, v *vendor.Profile) (*domain.Event, error) {
			if invited, err = ask(ctx, tx, v, email, role); err != nil {
				return nil, err
			}
			return noted(ctx, tx, actor, vendorID, "member.invite", "vendor.member_invited", nil,
				map[string]any{"invitationId": invited.ID.String(), "role": string(role)})
		}})
	return invited, err
}

// ask invites an address to a locked vendor, and writes to it.
func ask(ctx context.Context, tx *postgres.Tx, v *vendor.Profile, email string, role account.MemberRole) (account.Member, error) {
	invited, err := tx.Invite(ctx, id.New(), v.ID, email, role)
	if err != nil {
		return invited, err
	}
	return invited, tx.Post(ctx, letter.Letter{
		Kind: letter.Invitation, To: email, Until: invited.Until,
		Data: map[string]string{letter.Vendor: v.Name, letter.Role: string(role)},
	})
}

// Appoint gives a member another role. It returns NotFound, Forbidden, and account.ErrLastOwner.
func (s *Service) Appoint(ctx context.Context, actor domain.Actor, vendorID, userID domain.ID, role account.MemberRole) error {
	_, err := s.do(ctx, change{actor: actor, needs: manageMembers, on: onVendor(vendorID),
		apply: func(ctx context.Context, tx *postgres.Tx, _ *vendor.Profile) (*domain.Event, error) {
			was, err := appoint(ctx, tx, vendorID, userID, role)
			if err != nil || was == role {
				return nil, err
			}
			return noted(ctx, tx, actor, vendorID, "member.appoint", "vendor.member_changed", was,
				map[string]any{"userId": userID.String(), "role": string(role)})
		}})
	return err
}

// Dismiss ends a membership, the actor's own or, for owners, anybody's, or takes an invitation back.
// It returns NotFound, Forbidden, and account.ErrLastOwner.
func (s *Service) Dismiss(ctx context.Context, actor domain.Actor, vendorID, memberID domain.ID) error {
	needs := manageMembers
	if memberID == actor.ID {
		needs = beMember
	}
	_, err := s.do(ctx, change{actor: actor, needs: needs, on: onVendor(vendorID),
		apply: func(ctx context.Context, tx *postgres.Tx, _ *vendor.Profile) (*domain.Event, error) {
			withdrawn, err := tx.WithdrawInvitation(ctx, vendorID, memberID)
			if err != nil {
				return nil, err
			}
			if withdrawn {
				return noted(ctx, tx, actor, vendorID, "member.uninvite", "vendor.member_uninvited", nil,
					map[string]any{"invitationId": memberID.String()})
			}
			was, err := appoint(ctx, tx, vendorID, memberID, "")
			if err != nil {
				return nil, err
			}
			return noted(ctx, tx, actor, vendorID, "member.dismiss", "vendor.member_removed", was,
				map[string]any{"userId": memberID.String()})
		}})
	return err
}

// appoint changes what a member of the locked vendor is, "" for nothing any more, and gives what they were.
func appoint(ctx context.Context, tx *postgres.Tx, vendorID, userID domain.ID, becomes account.MemberRole) (account.MemberRole, error) {
	was, err := tx.Member(ctx, vendorID, userID)
	if err != nil {
		return "", err
	}
	owners, err := tx.Owners(ctx, vendorID)
	if err != nil {
		return "", err
	}
	if err := account.Loses(owners, was, becomes); err != nil {
		return "", err
	}
	return was, tx.Appoint(ctx, vendorID, userID, becomes)
}

// NameOwner gives a vendor without an owner, such as one that was imported, to an address: at once when it has a vendor's
// account, else as soon as somebody signs up for one. Naming another takes back an invitation that nobody has followed.
// It is for staff who may onboard, and returns NotFound, Forbidden, Invalid, and Conflict "vendor.owned",
// "account.other_role" or "account.suspended".
func (s *Service) NameOwner(ctx context.Context, actor domain.Actor, vendorID domain.ID, email string) (account.Member, error) {
	email, err := account.ParseEmail(email)
	if err != nil {
		return account.Member{}, err
	}
	var owner account.Member
	_, err = s.do(ctx, change{actor: actor, needs: nameOwner, on: onVendor(vendorID),
		apply: func(ctx context.Context, tx *postgres.Tx, v *vendor.Profile) (*domain.Event, error) {
			owners, err := tx.Owners(ctx, vendorID)
			if err != nil {
				return nil, err
			}
			if owners > 0 {
				return nil, domain.Errorf(domain.Conflict, "vendor.owned", "the vendor has an owner, who decides about its members")
			}
			if err := tx.ForgetOwnerInvitations(ctx, vendorID); err != nil {
				return nil, err
			}
			userID, err := tx.VendorAccount(ctx, email)
			switch {
			case domain.KindOf(err) == domain.NotFound:
				if owner, err = ask(ctx, tx, v, email, account.Owner); err != nil {
					return nil, err
				}
				return noted(ctx, tx, actor, vendorID, "vendor.name_owner", "vendor.member_invited", nil,
					map[string]any{"invitationId": owner.ID.String(), "role": string(account.Owner)})
			case err != nil:
				return nil, err
			}
			joined, err := tx.Join(ctx, vendorID, userID, account.Owner)
			if err == nil && !joined { // a manager or cook, who becomes the owner
				err = tx.Appoint(ctx, vendorID, userID, account.Owner)
			}
			if err != nil {
				return nil, err
			}
			owner = account.Member{ID: userID, Role: account.Owner, Email: email, Since: s.now().UTC()}
			return noted(ctx, tx, actor, vendorID, "vendor.name_owner", "vendor.member_joined", nil,
				map[string]any{"userId": userID.String(), "role": string(account.Owner)})
		}})
	return owner, err
}

// noted writes a change of a vendor's house to the audit log, and makes the event that tells of it.
func noted(ctx context.Context, tx *postgres.Tx, actor domain.Actor, vendorID domain.ID, action, event string,
	was any, facts map[string]any,
) (*domain.Event, error) {
	entry := postgres.AuditEntry{Action: action, Subject: "vendor", SubjectID: vendorID, After: facts}
	if was != nil {
		entry.Before = map[string]any{"userId": facts["userId"], "role": was}
	}
	return &domain.Event{Type: event, Data: facts}, tx.Audit(ctx, actor, entry)
}
