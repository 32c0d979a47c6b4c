package account

import (
	"context"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/domain/letter"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// errInvitation is the one answer to a token that opens nothing, whatever the reason.
var errInvitation = domain.Errorf(domain.Unauthenticated, "auth.invitation",
	"the invitation is not valid: it was used, taken back or replaced, or it has run out")

// Invite asks somebody by mail to join the staff. One who was invited before gets a new token with the new rights; the old
// one is dead. The token is in the letter and nowhere else.
// It returns Invalid, Conflict "account.other_role" or "account.exists" when the address has an account, and Forbidden as
// User.MayGrant does, also when the actor could not withdraw the invitation that the address has.
func (s *Service) Invite(ctx context.Context, actor domain.Actor, email string, role domain.Role, r rules.Rights) (rules.Invitation, error) {
	email, err := rules.ParseEmail(email)
	if err != nil {
		return rules.Invitation{}, err
	}
	token, hash := newRefreshToken()
	invitation := rules.Invitation{ID: id.New(), Email: email, Role: role, Rights: r, InvitedBy: actor.ID}
	err = s.db.InTx(ctx, func(tx *postgres.Tx) error {
		held, err := tx.HoldUsers(ctx, actor.ID)
		if err != nil {
			return err
		}
		by := held[actor.ID]
		if err := by.MayGrant(role, r); err != nil {
			return err
		}
		if err := tx.AddressIsFree(ctx, email, role); err != nil {
			return err
		}
		if err := mayReplace(ctx, tx, by, email); err != nil {
			return err
		}
		if err := tx.InviteStaff(ctx, &invitation, hash); err != nil {
			return err
		}
		if err := tx.Audit(ctx, actor, invited("invitation.create", invitation)); err != nil {
			return err
		}
		return tx.Post(ctx, invitationLetter(invitation, token, by.FirstName+" "+by.LastName))
	})
	return invitation, err
}

// mayReplace says whether by may put another invitation in place of the one that an address has: who may withdraw it may.
func mayReplace(ctx context.Context, tx *postgres.Tx, by rules.User, email string) error {
	old, err := tx.HoldStaffInvitation(ctx, email)
	if domain.KindOf(err) == domain.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	return by.MayManage(rules.User{Role: old.Role, Permissions: old.Rights.Permissions})
}

func invitationLetter(i rules.Invitation, token, inviter string) letter.Letter {
	return letter.Letter{
		Kind: letter.Invitation, To: i.Email, Secret: token, Until: i.ExpiresAt,
		Data: map[string]string{letter.Inviter: inviter, letter.Role: string(i.Role), letter.Vendor: ""},
	}
}

// Invitations lists those that are open, newest first.
func (s *Service) Invitations(ctx context.Context, before domain.ID, limit int) ([]rules.Invitation, error) {
	return s.db.StaffInvitations(ctx, before, limit)
}

// Withdraw takes an invitation back: NotFound, and Forbidden for an admin's when the actor is none.
func (s *Service) Withdraw(ctx context.Context, actor domain.Actor, invitationID domain.ID) error {
	return s.db.InTx(ctx, func(tx *postgres.Tx) error {
		held, err := tx.HoldUsers(ctx, actor.ID)
		if err != nil {
			return err
		}
		i, err := tx.WithdrawStaffInvitation(ctx, invitationID)
		if err != nil {
			return err
		}
		if err := held[actor.ID].MayManage(rules.User{Role: i.Role, Permissions: i.Rights.Permissions}); err != nil {
			return err
		}
		return tx.Audit(ctx, actor, invited("invitation.revoke", i))
	})
}

// Accept makes the account that an invitation is for and opens a session of it. The token works once.
// It returns Invalid; Unauthenticated "auth.invitation" for a token that opens nothing; Conflict "account.other_role" or
// "account.exists" when the address got an account in the meantime, which stays as it is.
func (s *Service) Accept(ctx context.Context, from Client, token, firstName, lastName string) (Tokens, error) {
	if err := (rules.User{FirstName: firstName, LastName: lastName}).Check(); err != nil {
		return Tokens{}, err
	}
	if err := from.check(); err != nil {
		return Tokens{}, err
	}
	userID := id.New()
	return s.startSession(ctx, from, func(tx *postgres.Tx) (rules.User, error) {
		i, err := tx.UseStaffInvitation(ctx, refreshHash(token))
		if domain.KindOf(err) == domain.NotFound {
			return rules.User{}, errInvitation
		}
		if err != nil {
			return rules.User{}, err
		}
		if i.First() {
			if err := noAdmin(ctx, tx); domain.KindOf(err) == domain.Conflict {
				return rules.User{}, errInvitation // somebody became admin another way, and invites the others
			} else if err != nil {
				return rules.User{}, err
			}
		}
		user, err := tx.AddStaff(ctx, rules.User{
			ID: userID, Email: i.Email, FirstName: firstName, LastName: lastName, Role: i.Role,
			Permissions: i.Rights.Permissions, RefundLimit: i.Rights.RefundLimit,
		})
		if err != nil {
			return user, err
		}
		entry := invited("invitation.accept", i)
		entry.Subject, entry.SubjectID, entry.After = "user", user.ID, standing(user)
		return user, tx.Audit(ctx, domain.Actor{ID: user.ID, Role: user.Role, From: from.From}, entry)
	})
}

// Bootstrap invites the marketplace's first admin, for an operator who holds the database. Without mailed it gives the
// token, which is nowhere else then. Of several at once one token works: the last.
// It returns Invalid, and Conflict "account.admin_exists" once there is an active admin, who invites the others.
func (s *Service) Bootstrap(ctx context.Context, email string, mailed bool) (token string, err error) {
	email, err = rules.ParseEmail(email)
	if err != nil {
		return "", err
	}
	token, hash := newRefreshToken()
	err = s.db.InTx(ctx, func(tx *postgres.Tx) error {
		if err := tx.LockFirstAdmin(ctx); err != nil {
			return err
		}
		if err := noAdmin(ctx, tx); err != nil {
			return err
		}
		if err := tx.AddressIsFree(ctx, email, domain.RoleAdmin); err != nil {
			return err
		}
		if err := tx.DeleteFirstInvitation(ctx); err != nil {
			return err
		}
		i := rules.Invitation{ID: id.New(), Email: email, Role: domain.RoleAdmin}
		if err := tx.InviteStaff(ctx, &i, hash); err != nil {
			return err
		}
		if err := tx.Audit(ctx, domain.Operator, invited("invitation.bootstrap", i)); err != nil || !mailed {
			return err
		}
		return tx.Post(ctx, invitationLetter(i, token, ""))
	})
	if err != nil || mailed {
		return "", err
	}
	return token, nil
}

func noAdmin(ctx context.Context, tx *postgres.Tx) error {
	exists, err := tx.HasActiveAdmin(ctx)
	if err == nil && exists {
		return domain.Errorf(domain.Conflict, "account.admin_exists", "there is an active admin already, who invites the others: see `zoop staff invite`")
	}
	return err
}

// invited is a deed about an invitation, for the audit log: whose address it is, it does not say.
func invited(action string, i rules.Invitation) postgres.AuditEntry {
	facts := map[string]any{"invitation": i.ID.String(), "role": i.Role, "first": i.First()}
	if i.Role == domain.RoleSupport {
		facts["permissions"], facts["refundLimit"] = i.Rights.Permissions.Names(), i.Rights.RefundLimit.String()
	}
	return postgres.AuditEntry{Action: action, Subject: "invitation", SubjectID: i.ID, After: facts}
}
