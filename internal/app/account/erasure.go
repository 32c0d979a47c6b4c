package account

import (
	"context"
	"fmt"
	"io"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Erase takes the actor out of the marketplace: names, addresses, numbers, notes and sessions go, what the books must keep
// stays without them, and the address may sign up anew. It needs a sign-in within the last 15 minutes, and cannot be undone.
// Errors: Forbidden "auth.recent"; Conflict "erasure.open_order", "erasure.carrying", "erasure.money", "erasure.sole_owner". Doing it again
// changes nothing.
func (s *Service) Erase(ctx context.Context, actor domain.Actor) error {
	var ended []postgres.Revoked
	err := s.db.InTx(ctx, func(tx *postgres.Tx) error {
		ended = nil
		email, status, err := tx.HoldForErasure(ctx, actor.ID)
		if err != nil || status == rules.Erased {
			return err
		}
		if recent, err := tx.SignedInLately(ctx, actor, rules.RecentSignIn); err != nil || !recent {
			return orElse(err, rules.ErrNotRecent)
		}
		if _, err := tx.HoldCourier(ctx, actor.ID); err != nil && domain.KindOf(err) != domain.NotFound { // who accepts an offer holds it as well
			return err
		}
		open, err := tx.WhatIsOpen(ctx, actor.ID)
		if err != nil {
			return fmt.Errorf("look for what is open: %w", err)
		}
		if err := (rules.Open{Orders: open.Orders, Deliveries: open.Deliveries, Purses: open.Purses, Owed: open.Owed}).MayBeErased(); err != nil {
			return err
		}
		if err := tx.LeaveVendors(ctx, actor); err != nil {
			return err
		}
		if ended, err = tx.Erase(ctx, actor, email); err != nil {
			return err
		}
		return tx.Audit(ctx, actor, postgres.AuditEntry{Action: "user.erase", Subject: "user", SubjectID: actor.ID})
	})
	if err != nil {
		return err
	}
	for _, session := range ended {
		s.revoke(session.ID, session.AccessUntil)
	}
	return nil
}

func orElse(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// Export writes everything of the actor's as one JSON object, as it is at one moment, piece by piece. An error in the midst
// leaves the object without its end. RateLimited, before anything is written, within a minute of the last one.
func (s *Service) Export(ctx context.Context, actor domain.Actor, w io.Writer) error {
	list, begun := "", false
	put := func(parts ...string) error {
		for _, p := range parts {
			if _, err := io.WriteString(w, p); err != nil {
				return fmt.Errorf("write export: %w", err)
			}
		}
		return nil
	}
	err := s.db.Export(ctx, actor.ID,
		func(doc string) error { begun = true; return put(doc[:len(doc)-1]) }, // left open for the lists
		func(name, doc string) error {
			if name == list {
				return put(",\n", doc)
			}
			end := ""
			if list != "" {
				end = "]"
			}
			list = name
			return put(end, `, "`, name, `": [`, "\n", doc)
		})
	if err != nil || !begun {
		return err
	}
	if list != "" {
		return put("]}\n")
	}
	return put("}\n")
}
