package order

import (
	"errors"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Fulfilment is how the food reaches the customer.
type Fulfilment string

// The ways of fulfilment.
const (
	Delivery Fulfilment = "delivery"
	Pickup   Fulfilment = "pickup"
)

// Order is what the rules need to know of an order.
type Order struct {
	ID         domain.ID
	State      State
	Version    int
	Fulfilment Fulfilment
	OrderCode  string       // shown at the vendor's counter
	Tries      int          // wrong guesses of its codes
	Total      domain.Money // of its quote
	Tip        domain.Money // part of the total
	Cash       bool         // it is paid at its handover: until then nothing of it can be kept

	OrderedAt    time.Time     // when its customer sent it
	ScheduledFor time.Time     // when its customer wants it; zero: as soon as can be
	ReleaseAt    time.Time     // when a scheduled one is placed with its vendor; zero: at once
	PromisedAt   time.Time     // when its customer was told to have it
	AcceptWithin time.Duration // how long its vendor may let it wait

	AskedAt     time.Time // when its vendor was asked to take it; zero until then
	AcceptedAt  time.Time // zero until accepted
	PrepMinutes int
	ReadyBy     time.Time // zero until accepted
	ReadyAt     time.Time // since when the food is ready; zero until then
	SlotAt      time.Time // begin of the slot in which it has a place of its vendor's kitchen; zero: it has none
	Timers      []Timer   // that run, sorted; replaced, never changed in place
	EndedAt     time.Time // zero while live

	Estimated Estimates // when its customer will have it
	Watched   Watched   // what was told of its promises

	Revisions int // that the vendor has proposed so far

	CancelReason Reason // also of one that could not be delivered
	CancelledBy  domain.Role
	Policy       int     // version of the policy that it was ordered under
	Outcome      Outcome // of an end before its time
}

// Estimates are when an order's customer was expected to have it, at some moments of its life; zero before them.
type Estimates struct {
	Now                        time.Time // as of its last event
	Placed, Accepted, PickedUp time.Time
}

// Fresh compares the version of the order that somebody saw, 0 for whatever it is, with the one that it has: Precondition
// with the current state and version when they differ.
func (o *Order) Fresh(seen int) error {
	var stale *domain.Error
	if errors.As(domain.Fresh(seen, o.Version), &stale) {
		return stale.With("state", string(o.State))
	}
	return nil
}

// Bounds of a vendor's promise, in minutes.
const (
	MinPrepMinutes = 1
	MaxPrepMinutes = 180
)

func checkPrep(minutes int) error {
	if minutes < MinPrepMinutes || minutes > MaxPrepMinutes {
		return domain.Invalidf("prepMinutes", "range", "must be from %d to %d", MinPrepMinutes, MaxPrepMinutes)
	}
	return nil
}

// Accept is the vendor's promise to have the food ready in so many minutes, but not before the slot in which its kitchen has
// a place, nor long before a scheduled order is wanted.
// Errors: Invalid for minutes out of bounds; ErrRevisionOpen; those of Machine.Step.
func (o *Order) Accept(by domain.Role, now time.Time, prepMinutes int) (domain.Event, error) {
	if err := checkPrep(prepMinutes); err != nil {
		return domain.Event{}, err
	}
	if err := o.unrevised(); err != nil {
		return domain.Event{}, err
	}
	event, err := o.step(VerbAccept, by)
	if err != nil {
		return event, err
	}
	o.AcceptedAt = now
	if answered := o.ReleaseAt.Add(o.AcceptWithin); !o.ReleaseAt.IsZero() && now.Before(answered) {
		now = answered // a quick yes does not make a scheduled order early
	}
	o.promise(now, prepMinutes)
	event.Data = map[string]any{"prepMinutes": prepMinutes, "readyBy": o.ReadyBy.UTC()}
	return event, nil
}

// promise says when the food will be ready: so many minutes from now, but not before its place in the kitchen.
func (o *Order) promise(now time.Time, prepMinutes int) {
	o.PrepMinutes, o.ReadyBy = prepMinutes, o.readyBy(now, prepMinutes)
}

func (o *Order) readyBy(now time.Time, prepMinutes int) time.Time {
	if ready := now.Add(time.Duration(prepMinutes) * time.Minute); ready.After(o.SlotAt) {
		return ready
	}
	return o.SlotAt
}

// ChangePrep is another promise of a vendor who has accepted: ready in so many minutes from now.
// Errors: Invalid for minutes out of bounds; those of Machine.Step.
func (o *Order) ChangePrep(by domain.Role, now time.Time, prepMinutes int) (domain.Event, error) {
	if err := checkPrep(prepMinutes); err != nil {
		return domain.Event{}, err
	}
	event, err := o.step(VerbPrepTime, by)
	if err != nil {
		return event, err
	}
	was := o.ReadyBy
	o.promise(now, prepMinutes)
	event.Data = map[string]any{"prepMinutes": prepMinutes, "readyBy": o.ReadyBy.UTC(), "was": was.UTC()}
	return event, nil
}

// Start begins the cooking.
func (o *Order) Start(by domain.Role) (domain.Event, error) { return o.step(VerbStart, by) }

// Ready says that the food is packed. Errors: ErrRevisionOpen; those of Machine.Step.
func (o *Order) Ready(by domain.Role, now time.Time) (domain.Event, error) {
	if err := o.unrevised(); err != nil {
		return domain.Event{}, err
	}
	event, err := o.step(VerbReady, by)
	if err == nil {
		o.ReadyAt = now
	}
	return event, err
}

// PickUp hands the food to the courier. Errors: Conflict for an order that its customer collects; those of Machine.Step.
func (o *Order) PickUp(by domain.Role) (domain.Event, error) {
	if o.Fulfilment != Delivery {
		return domain.Event{}, domain.Errorf(domain.Conflict, "order.not_delivered", "its customer collects this order")
	}
	return o.step(VerbPickUp, by)
}

// Deliver ends the courier's part; whether the customer's PIN was right is the handover's to check.
func (o *Order) Deliver(by domain.Role, now time.Time, completeAfter time.Duration) (domain.Event, error) {
	return o.handOver(VerbDeliver, by, now, completeAfter)
}

// Collect hands a pickup order to the customer who shows its code.
// Errors: Conflict for an order that a courier delivers; those of Machine.Step and Guess.
func (o *Order) Collect(by domain.Role, now time.Time, code string, completeAfter time.Duration) (domain.Event, error) {
	if o.Fulfilment != Pickup {
		return domain.Event{}, domain.Errorf(domain.Conflict, "order.not_collected", "a courier delivers this order")
	}
	next := *o // a guess counts only when it could have succeeded
	event, err := next.handOver(VerbCollect, by, now, completeAfter)
	if err != nil {
		return event, err
	}
	if err := o.Guess(o.OrderCode, code, ErrWrongCode); err != nil {
		return domain.Event{}, err
	}
	*o = next
	return event, nil
}

func (o *Order) handOver(verb string, by domain.Role, now time.Time, completeAfter time.Duration) (domain.Event, error) {
	event, err := o.step(verb, by)
	if err != nil {
		return event, err
	}
	o.EndedAt = now
	o.set(now.Add(completeAfter), VerbComplete)
	return event, nil
}

// step moves the state, and stops the timers of the one that is left; a verb that starts another one sets it afterwards.
func (o *Order) step(verb string, by domain.Role) (domain.Event, error) {
	t, err := Machine.Step(o.State, verb, by)
	if err != nil {
		var e *domain.Error
		if errors.As(err, &e) && e.Kind == domain.Conflict {
			return domain.Event{}, e.With("version", o.Version)
		}
		return domain.Event{}, err
	}
	if t.To != o.State {
		lapses := o.timer(VerbLapse)
		o.Timers = nil
		if !lapses.IsZero() && t.To == Preparing { // the revision is still open
			o.set(lapses, VerbLapse)
		}
	}
	o.State = t.To
	return domain.Event{Type: t.Event, Data: map[string]any{}}, nil
}
