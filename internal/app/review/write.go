package review

import (
	"context"
	"fmt"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
	rules "github.com/zoop-dev/zoop/internal/domain/review"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Write makes the review of one of the actor's orders. What is plain is published at once, anything else waits for staff.
// Errors: NotFound for an order that is not theirs; Conflict "review.exists", and those of the rule.
func (s *Service) Write(ctx context.Context, actor domain.Actor, orderID domain.ID, opinion rules.Opinion) (View, error) {
	var v View
	err := s.db.InTx(ctx, func(tx *postgres.Tx) error {
		o, err := hold(ctx, tx, actor, orderID)
		if err != nil {
			return err
		}
		facts, err := factsOf(ctx, tx, o)
		if err != nil {
			return err
		}
		r, events, err := rules.Write(id.New(), facts, opinion, o.Now)
		if err != nil {
			return err
		}
		if err := maySpeak(ctx, tx, actor, o); err != nil {
			return err
		}
		if err := tx.AddReview(ctx, r); err != nil {
			return err
		}
		if err := tell(ctx, tx, actor, o, events...); err != nil {
			return err
		}
		v, err = tx.ReviewView(ctx, orderID)
		return err
	})
	if err != nil {
		return View{}, err
	}
	s.wake()
	return v, nil
}

// Edit changes what the actor's review of an order says; version is the one that they saw, 0 for whatever it is.
// Errors: NotFound, Precondition, and those of the rule.
func (s *Service) Edit(ctx context.Context, actor domain.Actor, orderID domain.ID, version int, opinion rules.Opinion) (View, error) {
	return s.change(ctx, actor, orderID, version, func(ctx context.Context, tx *postgres.Tx, o *postgres.LockedOrder, r *rules.Review) ([]domain.Event, error) {
		facts, err := factsOf(ctx, tx, o)
		if err != nil {
			return nil, err
		}
		return r.Edit(facts, opinion, o.Now)
	})
}

// SetPhoto makes a picture of an uploaded file and puts it into one of the review's places, 1 … 3. Errors: as Edit, and what
// keeping the picture returns: Invalid and Unavailable.
func (s *Service) SetPhoto(ctx context.Context, actor domain.Actor, orderID domain.ID, version, place int, upload []byte) (View, error) {
	// Who may not is told so before the file costs anything.
	look := func(_ context.Context, _ *postgres.Tx, o *postgres.LockedOrder, r *rules.Review) ([]domain.Event, error) {
		_, err := r.Show(place, "", o.Now)
		return nil, err
	}
	if _, err := s.change(ctx, actor, orderID, version, look); err != nil {
		return View{}, err
	}
	key, err := s.pictures(ctx, upload)
	if err != nil {
		return View{}, err
	}
	return s.show(ctx, actor, orderID, version, place, key)
}

// DropPhoto takes the picture out of a place, if there is one. Errors: as Edit.
func (s *Service) DropPhoto(ctx context.Context, actor domain.Actor, orderID domain.ID, version, place int) error {
	_, err := s.show(ctx, actor, orderID, version, place, "")
	return err
}

func (s *Service) show(ctx context.Context, actor domain.Actor, orderID domain.ID, version, place int, key string) (View, error) {
	return s.change(ctx, actor, orderID, version, func(_ context.Context, _ *postgres.Tx, o *postgres.LockedOrder, r *rules.Review) ([]domain.Event, error) {
		return r.Show(place, key, o.Now)
	})
}

// Remove takes the actor's review of an order back, with its votes. Errors: NotFound, Precondition, and those of
// Review.MayGo.
func (s *Service) Remove(ctx context.Context, actor domain.Actor, orderID domain.ID, version int) error {
	err := s.db.InTx(ctx, func(tx *postgres.Tx) error {
		o, err := hold(ctx, tx, actor, orderID)
		if err != nil {
			return err
		}
		v, err := tx.ReviewView(ctx, orderID)
		if err != nil {
			return err
		}
		if err := domain.Fresh(version, v.Version); err != nil {
			return err
		}
		r := v.Review
		r.CourierID = broughtBy(o)
		if err := r.MayGo(o.Now); err != nil {
			return err
		}
		if err := tx.RemoveReview(ctx, r); err != nil {
			return err
		}
		return tell(ctx, tx, actor, o, domain.Event{Type: "review.removed"})
	})
	if err == nil {
		s.wake()
	}
	return err
}

// change is the one way in which a customer changes their review.
func (s *Service) change(ctx context.Context, actor domain.Actor, orderID domain.ID, version int, do verb) (View, error) {
	var v View
	err := s.db.InTx(ctx, func(tx *postgres.Tx) error {
		o, err := hold(ctx, tx, actor, orderID)
		if err != nil {
			return err
		}
		held, err := tx.ReviewView(ctx, orderID)
		if err != nil {
			return err
		}
		v, err = apply(ctx, tx, actor, o, held, version, do)
		return err
	})
	if err != nil {
		return View{}, err
	}
	s.wake()
	return v, nil
}

// hold locks an order of the actor: NotFound for one that is not theirs, and for a request that began before its account was
// erased, which the lock has waited for.
func hold(ctx context.Context, tx *postgres.Tx, actor domain.Actor, orderID domain.ID) (*postgres.LockedOrder, error) {
	o, err := tx.HoldOrder(ctx, orderID)
	if err != nil {
		return nil, err
	}
	if o.CustomerID != actor.ID {
		return nil, domain.Missing("order")
	}
	u, err := tx.UserByID(ctx, actor.ID)
	if err != nil {
		return nil, fmt.Errorf("read account: %w", err)
	}
	if account.Status(u.Status) == account.Erased {
		return nil, postgres.ErrErased
	}
	return o, nil
}

// factsOf are what the rules need to know of a held order.
func factsOf(ctx context.Context, tx *postgres.Tx, o *postgres.LockedOrder) (rules.Order, error) {
	facts := rules.Order{ID: o.ID, VendorID: o.VendorID, CourierID: broughtBy(o), HandedOver: o.State.HandedOver(), EndedAt: o.EndedAt}
	items, err := tx.OrderItems(ctx, o.ID)
	if err != nil {
		return facts, fmt.Errorf("read order items: %w", err)
	}
	for _, i := range items {
		facts.Dishes = append(facts.Dishes, i.DishID)
	}
	return facts, nil
}
