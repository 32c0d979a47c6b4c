package order

import (
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Reject ends an order that the vendor cannot make. Errors: Invalid for a reason that is no vendor's; those of Machine.Step.
func (o *Order) Reject(by domain.Role, now time.Time, reason Reason) (domain.Event, error) {
	if !reason.In(GroupVendor) {
		return domain.Event{}, domain.Invalidf("reason", "enum", "%q is no reason of a vendor", reason)
	}
	return o.end(VerbReject, by, now, reason)
}

// Cancel ends an order before it is handed to a courier, with the Outcome that Quote tells.
// Errors: Invalid for a reason that is not the role's; those of Machine.Step.
func (o *Order) Cancel(by domain.Role, now time.Time, reason Reason) (domain.Event, error) {
	if err := mayGive(by, reason); err != nil {
		return domain.Event{}, err
	}
	return o.end(VerbCancel, by, now, reason)
}

// GiveUp says that the courier cannot hand the food over; whether they have waited and called is the delivery's to check.
// Errors: Invalid for a reason that is no courier's; those of Machine.Step.
func (o *Order) GiveUp(by domain.Role, reason Reason) (domain.Event, error) {
	if !reason.In(GroupDelivery) {
		return domain.Event{}, domain.Invalidf("reason", "enum", "%q is no reason of a courier", reason)
	}
	event, err := o.step(VerbGiveUp, by)
	if err != nil {
		return event, err
	}
	o.CancelReason, o.CancelledBy = reason, by
	event.Data["reason"] = string(reason)
	return event, nil
}

// Lose says that the courier is gone, and the food with them: nobody's fault but the marketplace's. Errors are Machine.Step's.
func (o *Order) Lose(by domain.Role) (domain.Event, error) {
	event, err := o.step(VerbLose, by)
	if err != nil {
		return event, err
	}
	o.CancelReason, o.CancelledBy = NoCourier, by
	event.Data["reason"] = string(NoCourier)
	return event, nil
}

// Redeliver has an order brought again that could not be delivered. Errors are Machine.Step's.
func (o *Order) Redeliver(by domain.Role) (domain.Event, error) {
	event, err := o.step(VerbRedeliver, by)
	if err == nil {
		o.CancelReason, o.CancelledBy = "", ""
		event.Data["again"] = true
	}
	return event, err
}

// Return ends an order that could not be delivered: its food is back, or gone. Errors are Machine.Step's.
func (o *Order) Return(by domain.Role, now time.Time) (domain.Event, error) {
	courier := o.CancelledBy
	event, err := o.end(VerbReturn, by, now, o.CancelReason)
	o.CancelledBy = courier
	return event, err
}

// Errors of Restore, for errors.Is.
var (
	ErrNeverAccepted = domain.Errorf(domain.Conflict, "order.never_accepted", "only an order that its vendor had accepted is restored")
	ErrTooLate       = domain.Errorf(domain.Conflict, "order.too_late", "an order is restored at most %d minutes after it was cancelled", int(RestoreWithin.Minutes()))
)

// Restore undoes a cancel: the order is accepted again, and promised anew.
// Errors: ErrNeverAccepted, ErrTooLate; those of Machine.Step.
func (o *Order) Restore(by domain.Role, now time.Time) (domain.Event, error) {
	if _, err := Machine.Step(o.State, VerbRestore, by); err == nil && o.AcceptedAt.IsZero() {
		return domain.Event{}, ErrNeverAccepted
	} else if err == nil && now.After(o.EndedAt.Add(RestoreWithin)) {
		return domain.Event{}, ErrTooLate
	}
	event, err := o.step(VerbRestore, by)
	if err != nil {
		return event, err
	}
	o.EndedAt, o.CancelReason, o.CancelledBy, o.Outcome = time.Time{}, "", "", Outcome{}
	o.promise(now, o.PrepMinutes)
	o.ReadyAt = time.Time{}
	event.Data["readyBy"] = o.ReadyBy.UTC()
	return event, nil
}

// end ends an order before its time.
func (o *Order) end(verb string, by domain.Role, now time.Time, reason Reason) (domain.Event, error) {
	outcome := o.outcome(reason, now) // of the state that is left
	event, err := o.step(verb, by)
	if err != nil {
		return event, err
	}
	o.EndedAt, o.CancelReason, o.CancelledBy, o.Outcome = now, reason, by, outcome
	event.Data = map[string]any{"reason": string(reason), "liable": string(outcome.Liable)}
	if outcome.Fee.Amount > 0 {
		event.Data["fee"] = map[string]any{"amount": outcome.Fee.Amount, "currency": string(outcome.Fee.Currency)}
	}
	return event, nil
}
