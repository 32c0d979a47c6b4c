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
	OrderCode  string // shown at the vendor's counter
	Tries      int    // wrong guesses of its codes

	PrepMinutes int
	ReadyBy     time.Time // zero until accepted
	SlotAt      time.Time // begin of the slot in which it has a place of its vendor's kitchen; zero: it has none
	DeadlineAt  time.Time // when the state's timer fires; zero: it has none
	EndedAt     time.Time // zero while live

	CancelReason Reason
	CancelledBy  domain.Role
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

// CompleteAfter is how long a customer may complain before a handed-over order is closed and its payout released.
const CompleteAfter = 24 * time.Hour

// Place makes a new order of a customer who pays on delivery. The vendor has acceptWithin to answer.
func Place(id domain.ID, f Fulfilment, code string, now time.Time, acceptWithin time.Duration) (Order, domain.Event) {
	o := Order{ID: id, State: Placed, Fulfilment: f, OrderCode: code, DeadlineAt: now.Add(acceptWithin)}
	return o, domain.Event{Type: "order.placed", Data: map[string]any{"fulfilment": string(f), "deadlineAt": o.DeadlineAt.UTC()}}
}

// Accept is the vendor's promise to have the food ready in so many minutes, but not before the slot in which its kitchen has
// a place.
// Errors: Invalid for minutes out of bounds; those of Machine.Step.
func (o *Order) Accept(by domain.Role, now time.Time, prepMinutes int) (domain.Event, error) {
	if prepMinutes < MinPrepMinutes || prepMinutes > MaxPrepMinutes {
		return domain.Event{}, domain.Invalidf("prepMinutes", "range", "must be from %d to %d", MinPrepMinutes, MaxPrepMinutes)
	}
	event, err := o.step(VerbAccept, by)
	if err != nil {
		return event, err
	}
	o.PrepMinutes = prepMinutes
	if o.ReadyBy = now.Add(time.Duration(prepMinutes) * time.Minute); o.ReadyBy.Before(o.SlotAt) {
		o.ReadyBy = o.SlotAt
	}
	event.Data = map[string]any{"prepMinutes": prepMinutes, "readyBy": o.ReadyBy.UTC()}
	return event, nil
}

// Reject ends an order that the vendor cannot make. Errors: Invalid for a reason that is no vendor's; those of Machine.Step.
func (o *Order) Reject(by domain.Role, now time.Time, reason Reason) (domain.Event, error) {
	if !reason.In(GroupVendor) {
		return domain.Event{}, domain.Invalidf("reason", "enum", "%q is no reason of a vendor", reason)
	}
	return o.end(VerbReject, by, now, reason)
}

// Cancel ends an order before it is handed to a courier. A customer gives a customer's reason; staff and the system may give
// the marketplace's too.
// Errors: Invalid for a reason that is not the role's; those of Machine.Step.
func (o *Order) Cancel(by domain.Role, now time.Time, reason Reason) (domain.Event, error) {
	if !reason.In(GroupCustomer) && !((by.Staff() || by == domain.RoleSystem) && reason.In(GroupPlatform)) {
		return domain.Event{}, domain.Invalidf("reason", "enum", "%q is no reason of a %s", reason, by)
	}
	return o.end(VerbCancel, by, now, reason)
}

// Start begins the cooking.
func (o *Order) Start(by domain.Role) (domain.Event, error) { return o.step(VerbStart, by) }

// Ready says that the food is packed.
func (o *Order) Ready(by domain.Role) (domain.Event, error) { return o.step(VerbReady, by) }

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

// Fire makes the transition of the state's timer once its deadline has passed.
// Errors: Conflict when the state has no timer or it is not due yet.
func (o *Order) Fire(now time.Time) (domain.Event, error) {
	if o.DeadlineAt.IsZero() || now.Before(o.DeadlineAt) {
		return domain.Event{}, domain.Errorf(domain.Conflict, "order.not_due", "no timer of the order is due")
	}
	if o.State == Placed {
		return o.end(VerbExpire, domain.RoleSystem, now, VendorTimeout)
	}
	event, err := o.step(VerbComplete, domain.RoleSystem)
	return event, err
}

func (o *Order) handOver(verb string, by domain.Role, now time.Time, completeAfter time.Duration) (domain.Event, error) {
	event, err := o.step(verb, by)
	if err != nil {
		return event, err
	}
	o.EndedAt = now
	o.DeadlineAt = now.Add(completeAfter)
	return event, nil
}

func (o *Order) end(verb string, by domain.Role, now time.Time, reason Reason) (domain.Event, error) {
	event, err := o.step(verb, by)
	if err != nil {
		return event, err
	}
	o.EndedAt, o.CancelReason, o.CancelledBy = now, reason, by
	event.Data = map[string]any{"reason": string(reason)}
	return event, nil
}

// step moves the state and stops its timer; a verb that starts another one sets it afterwards.
func (o *Order) step(verb string, by domain.Role) (domain.Event, error) {
	t, err := Machine.Step(o.State, verb, by)
	if err != nil {
		var e *domain.Error
		if errors.As(err, &e) && e.Kind == domain.Conflict {
			return domain.Event{}, e.With("version", o.Version)
		}
		return domain.Event{}, err
	}
	o.State = t.To
	o.DeadlineAt = time.Time{}
	return domain.Event{Type: t.Event, Data: map[string]any{}}, nil
}
