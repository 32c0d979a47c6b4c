package order

import (
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// New is what an order begins with.
type New struct {
	ID           domain.ID
	Fulfilment   Fulfilment
	OrderCode    string
	Total, Tip   domain.Money
	PromisedAt   time.Time
	AcceptWithin time.Duration
	ScheduledFor time.Time // zero: as soon as can be
	ReleaseAt    time.Time // of a scheduled one
	Prepaid      bool      // it waits for its payment first
	Cash         bool      // it is paid at its handover
}

// Begin makes a new order: placed, scheduled, or waiting for its payment.
func Begin(n New, now time.Time) (Order, domain.Event) {
	o := Order{
		ID: n.ID, Fulfilment: n.Fulfilment, OrderCode: n.OrderCode, Total: n.Total, Tip: n.Tip, PromisedAt: n.PromisedAt,
		AcceptWithin: n.AcceptWithin, OrderedAt: now, ScheduledFor: n.ScheduledFor, ReleaseAt: n.ReleaseAt, Policy: CurrentPolicy,
		Cash: n.Cash,
	}
	event := domain.Event{Data: map[string]any{"fulfilment": string(n.Fulfilment)}}
	if !n.ScheduledFor.IsZero() {
		event.Data["scheduledFor"] = n.ScheduledFor.UTC()
	}
	switch {
	case n.Prepaid:
		o.State = PendingPayment
		o.set(now.Add(PayWithin), VerbFail)
	case n.ReleaseAt.After(now):
		o.schedule()
	default:
		o.place(now)
	}
	event.Type = "order." + string(o.State)
	event.Data["deadlineAt"] = o.DeadlineAt().UTC()
	return o, event
}

// place starts the vendor's time to answer.
func (o *Order) place(now time.Time) {
	o.State, o.Timers, o.AskedAt = Placed, nil, now
	o.set(now.Add(o.AcceptWithin), VerbExpire)
	for _, after := range []time.Duration{firstNudge, secondNudge} {
		if after < o.AcceptWithin {
			o.set(now.Add(after), VerbNudge)
		}
	}
}

func (o *Order) schedule() {
	o.State, o.Timers = Scheduled, nil
	o.set(o.ReleaseAt, VerbPlace)
}

// Paid moves an order on whose payment is authorised: it is scheduled, or placed with its vendor. Errors are Machine.Step's.
func (o *Order) Paid(now time.Time) (domain.Event, error) {
	if !o.ReleaseAt.After(now) {
		return o.Release(now)
	}
	event, err := o.step(VerbSchedule, domain.RoleSystem)
	if err == nil {
		o.schedule()
		event.Data["deadlineAt"] = o.DeadlineAt().UTC()
	}
	return event, err
}

// Release places an order with its vendor whose time has come. Errors are Machine.Step's.
func (o *Order) Release(now time.Time) (domain.Event, error) {
	event, err := o.step(VerbPlace, domain.RoleSystem)
	if err == nil {
		o.place(now)
		event.Data["fulfilment"], event.Data["deadlineAt"] = string(o.Fulfilment), o.DeadlineAt().UTC()
	}
	return event, err
}

// FailPayment ends an order that was not paid in time, or cannot be. Errors are Machine.Step's.
func (o *Order) FailPayment(now time.Time) (domain.Event, error) {
	return o.end(VerbFail, domain.RoleSystem, now, Unpaid)
}

// Slots of scheduled orders: whole quarters of an hour, up to a week ahead.
const (
	SlotLength = 15 * time.Minute
	MaxAhead   = 7 * 24 * time.Hour
)

// ReleaseAt is when an order that is wanted at a slot is placed with its vendor, so that the vendor can answer, cook and the
// food travel in time.
// Errors: Invalid for what is no slot, too soon for all that, or too far ahead.
func ReleaseAt(now, slot time.Time, acceptWithin, prep, travel time.Duration) (time.Time, error) {
	release := slot.Add(-travel - prep - acceptWithin)
	switch {
	case !slot.Equal(slot.Truncate(SlotLength)):
		return time.Time{}, domain.Invalidf("scheduledFor", "slot", "must be a whole quarter of an hour, UTC")
	case release.Before(now):
		soonest := now.Add(travel + prep + acceptWithin).Add(SlotLength - 1).Truncate(SlotLength)
		return time.Time{}, domain.Invalidf("scheduledFor", "range", "must be at %s or later", soonest.UTC().Format(time.RFC3339))
	case slot.After(now.Add(MaxAhead)):
		return time.Time{}, domain.Invalidf("scheduledFor", "range", "must lie at most %d days ahead", int(MaxAhead.Hours()/24))
	}
	return release, nil
}
