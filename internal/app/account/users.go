package account

import (
	"context"
	"fmt"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/logkey"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// UserFilter selects accounts.
type UserFilter = postgres.UserFilter

// Users lists accounts for staff, newest first.
func (s *Service) Users(ctx context.Context, f UserFilter) ([]rules.User, error) {
	return s.db.Users(ctx, f)
}

// User reads an account for staff: NotFound.
func (s *Service) User(ctx context.Context, id domain.ID) (rules.User, error) {
	return s.db.User(ctx, id)
}

// RightsPatch is what of a support member's rights changes; nil stays.
type RightsPatch struct {
	Permissions *domain.Permissions
	RefundLimit *domain.Money
}

// SetRights changes what a member of support may do. New permissions end the member's sessions, so that no token keeps old
// ones; they and a new limit take back the invitations that the member has sent. Version is the one that the actor saw, 0 when they do not care.
// It returns NotFound, Conflict "account.not_support", Precondition, and Invalid and Forbidden as User.MayGrant does.
func (s *Service) SetRights(ctx context.Context, actor domain.Actor, id domain.ID, version int, p RightsPatch) (rules.User, error) {
	return s.decide(ctx, actor, id, func(by rules.User, u *rules.User) (string, error) {
		if err := domain.Fresh(version, u.Version); err != nil {
			return "", err
		}
		if u.Role != domain.RoleSupport {
			return "", domain.Errorf(domain.Conflict, "account.not_support", "only support has permissions and a refund limit of its own")
		}
		var more rules.Rights // what is checked is what u gets, not what u has
		if p.Permissions != nil {
			more.Permissions = *p.Permissions &^ u.Permissions
			u.Permissions = *p.Permissions
		}
		if p.RefundLimit != nil {
			more.RefundLimit = *p.RefundLimit
			u.RefundLimit = *p.RefundLimit
		}
		return "user.rights", by.MayGrant(u.Role, more)
	})
}

// Suspend keeps somebody out: all their sessions end, everywhere within about a second, and with them what API keys act for
// them. A courier goes offline and gets no more offers; orders go on. The reason is for staff.
// It returns Invalid, NotFound, Precondition, Conflict "account.illegal_transition", or "account.carrying" for a courier with a
// delivery, and Forbidden as User.MayManage does: nobody
// suspends themselves, so that there is always an admin left.
func (s *Service) Suspend(ctx context.Context, actor domain.Actor, id domain.ID, version int, reason string) (rules.User, error) {
	if err := rules.Line("reason", reason, 1, 300); err != nil {
		return rules.User{}, err
	}
	return s.judge(ctx, actor, id, version, rules.VerbSuspend, reason)
}

// Reinstate lets somebody in again; their sessions stay ended. Its errors are those of Suspend.
func (s *Service) Reinstate(ctx context.Context, actor domain.Actor, id domain.ID, version int) (rules.User, error) {
	return s.judge(ctx, actor, id, version, rules.VerbReinstate, "")
}

func (s *Service) judge(ctx context.Context, actor domain.Actor, id domain.ID, version int, verb, reason string) (rules.User, error) {
	return s.decide(ctx, actor, id, func(_ rules.User, u *rules.User) (string, error) {
		if err := domain.Fresh(version, u.Version); err != nil {
			return "", err
		}
		step, err := rules.Machine.Step(u.Status, verb, actor.Role)
		if err != nil {
			return "", err
		}
		u.Status, u.StatusReason = step.To, reason
		return step.Event, nil
	})
}

// decide changes another account's standing under the locks of both, and notes it; how names the deed. What tokens say of
// the account must be true, so its sessions end when its permissions or its status change.
func (s *Service) decide(ctx context.Context, actor domain.Actor, id domain.ID,
	how func(by rules.User, u *rules.User) (action string, err error),
) (rules.User, error) {
	var user rules.User
	var ended []postgres.Revoked
	err := s.db.InTx(ctx, func(tx *postgres.Tx) error {
		held, err := tx.HoldUsers(ctx, actor.ID, id)
		if err != nil {
			return err
		}
		before, found := held[id]
		if !found {
			return domain.Missing("account")
		}
		by := held[actor.ID]
		if err := by.MayManage(before); err != nil {
			return err
		}
		user, ended = before, nil
		action, err := how(by, &user)
		if err != nil {
			return err
		}
		if err := tx.StoreStanding(ctx, &user); err != nil {
			return err
		}
		if user.Role.Staff() && user.RefundLimit != before.RefundLimit { // what they gave away may be more than they have
			if err := tx.DeleteInvitationsBy(ctx, &id); err != nil {
				return err
			}
		}
		if user.Permissions != before.Permissions || user.Status != before.Status {
			if ended, err = shutOut(ctx, tx, actor, user); err != nil {
				return err
			}
		}
		return tx.Audit(ctx, actor, postgres.AuditEntry{
			Action: action, Subject: "user", SubjectID: id, Before: standing(before), After: standing(user),
		})
	})
	if err != nil {
		return rules.User{}, err
	}
	s.note(ctx, user.ID, ended)
	s.wake()
	return user, nil
}

// shutOut ends what an account has running, and lists its sessions.
func shutOut(ctx context.Context, tx *postgres.Tx, actor domain.Actor, u rules.User) ([]postgres.Revoked, error) {
	if u.Role.Staff() {
		if err := tx.DeleteInvitationsBy(ctx, &u.ID); err != nil {
			return nil, err
		}
	}
	if u.Role == domain.RoleCourier && u.Status != rules.Active {
		if err := takeOffline(ctx, tx, actor, u.ID); err != nil {
			return nil, err
		}
	}
	return tx.EndSessionsOf(ctx, u.ID)
}

func takeOffline(ctx context.Context, tx *postgres.Tx, actor domain.Actor, id domain.ID) error {
	c, err := tx.HoldCourier(ctx, id) // who accepts an offer holds it as well
	if domain.KindOf(err) == domain.NotFound {
		return nil // has no profile yet
	}
	if err != nil {
		return err
	}
	open, err := tx.WhatIsOpen(ctx, id)
	if err != nil {
		return fmt.Errorf("look for what is open: %w", err)
	}
	if err := (rules.Open{Deliveries: open.Deliveries}).MayBeSuspended(); err != nil {
		return err
	}
	if !c.Online {
		return nil
	}
	c.Online = false
	return tx.StoreCourier(ctx, &c, actor, domain.Event{Type: "courier.offline"})
}

// note makes this instance refuse sessions at once that a transaction has ended.
func (s *Service) note(ctx context.Context, user domain.ID, ended []postgres.Revoked) {
	for _, session := range ended {
		s.revoke(session.ID, session.AccessUntil)
	}
	if len(ended) > 0 {
		s.log.InfoContext(ctx, "sessions ended by staff", logkey.User, user, logkey.Count, len(ended))
	}
}

// standing is what the audit log keeps of an account: no words that somebody wrote.
func standing(u rules.User) map[string]any {
	facts := map[string]any{"status": u.Status, "role": u.Role}
	if u.Role == domain.RoleSupport {
		facts["permissions"], facts["refundLimit"] = u.Permissions.Names(), u.RefundLimit.String()
	}
	return facts
}
