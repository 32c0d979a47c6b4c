// Package review is the use cases of reviews: customers write them, vendors answer, staff judge, everybody reads.
//
// Invariants:
//   - An order has at most one review. Whoever writes, changes, answers or judges it holds the order's row; its events are
//     events of the order.
//   - The tallies of votes change in the transaction that changes a review. What is shown of them follows (ShowRatings), so that
//     a hundred reviews an hour do not make a hundred versions of a vendor's page.
//   - A courier learns neither stars nor words of a review, and of the own rating only every fifth vote.
package review

import (
	"context"
	"slices"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/review"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Options are what the service works with besides the database.
type Options struct {
	Wake func() // called after each commit that wrote events; may be nil
	// Pictures keeps an uploaded file as a picture and gives its key; nil where nobody uploads.
	Pictures func(ctx context.Context, upload []byte) (key string, err error)
	// Pause is the least time between two changes of one vendor's shown ratings; 0: a minute.
	Pause time.Duration
}

// Service serves the use cases.
type Service struct {
	db       *postgres.DB
	wake     func()
	pictures func(ctx context.Context, upload []byte) (key string, err error)
	pause    time.Duration
}

// New makes the service.
func New(db *postgres.DB, o Options) *Service {
	if o.Wake == nil {
		o.Wake = func() {}
	}
	if o.Pause == 0 {
		o.Pause = time.Minute
	}
	return &Service{db, o.Wake, o.Pictures, o.Pause}
}

// View is a review with what is shown beside it.
type View = postgres.ReviewView

// OfOrder reads the review of an order for its customer, and for staff. NotFound for everybody else, and when there is none.
func (s *Service) OfOrder(ctx context.Context, actor domain.Actor, orderID domain.ID) (View, error) {
	v, err := s.db.ReviewOfOrder(ctx, orderID)
	if err == nil && !actor.Role.Staff() && v.CustomerID != actor.ID {
		err = domain.Missing("review")
	}
	if err != nil {
		return View{}, err
	}
	return v, nil
}

// verb changes a review, and gives the events that tell of it; an event without a type is left out.
type verb func(ctx context.Context, tx *postgres.Tx, o *postgres.LockedOrder, r *rules.Review) ([]domain.Event, error)

// apply runs a verb on a held review and writes what has become of it; without events, nothing has.
func apply(ctx context.Context, tx *postgres.Tx, actor domain.Actor, o *postgres.LockedOrder, held View, version int, do verb) (View, error) {
	if err := domain.Fresh(version, held.Version); err != nil {
		return View{}, err
	}
	before := held.Review
	before.CourierID = broughtBy(o)
	after := before
	after.Dishes, after.Photos = slices.Clone(before.Dishes), slices.Clone(before.Photos)
	events, err := do(ctx, tx, o, &after)
	if err != nil {
		return View{}, err
	}
	if !slices.ContainsFunc(events, func(e domain.Event) bool { return e.Type != "" }) {
		return held, nil
	}
	if err := maySpeak(ctx, tx, actor, o); err != nil {
		return View{}, err
	}
	after.Version++
	if err := tx.SaveReview(ctx, before, after); err != nil {
		return View{}, err
	}
	if err := tell(ctx, tx, actor, o, events...); err != nil {
		return View{}, err
	}
	return tx.ReviewView(ctx, o.ID)
}

// maySpeak bounds what a customer and a vendor may say of a held order, so that its timeline stays one: Conflict
// "review.said_enough". Staff may always judge.
func maySpeak(ctx context.Context, tx *postgres.Tx, actor domain.Actor, o *postgres.LockedOrder) error {
	if actor.Role.Staff() {
		return nil
	}
	said, err := tx.ReviewEvents(ctx, o.ID, actor.Role, rules.MaxSaid)
	if err == nil && said >= rules.MaxSaid {
		err = domain.Errorf(domain.Conflict, "review.said_enough", "of one order there are at most %d events of its review from each side; nothing more is changed", rules.MaxSaid)
	}
	return err
}

// tell appends events to the order's. They concern its customer and its vendor, and not who brought it.
func tell(ctx context.Context, tx *postgres.Tx, actor domain.Actor, o *postgres.LockedOrder, events ...domain.Event) error {
	o.CourierID = domain.Nil
	return tx.StoreOrder(ctx, o, actor, events...)
}

// broughtBy is the courier whose stars a review of the order carries; Nil for one that was collected.
func broughtBy(o *postgres.LockedOrder) domain.ID {
	if o.Delivery == nil || !o.State.HandedOver() {
		return domain.Nil
	}
	return o.Delivery.CourierID
}
