package order

import "time"

// PaymentHeld has an order that waits for its payment move on at once: its time to be paid ends, and the timer that places it,
// or schedules it, is due. An order that does not wait stays as it is.
func (o *Order) PaymentHeld(now time.Time) { o.hasten(now, VerbPlace) }

// PaymentLost has an order that waits for its payment fail at once, instead of when its time is up.
func (o *Order) PaymentLost(now time.Time) { o.hasten(now, VerbFail) }

// PromiseLater moves the promise of an order that was paid just now by what that took, where its vendor cooks so long: the vendor hears
// of it only now. A place in the kitchen that is still ahead makes up for it, and one that is wanted at its own time is not later.
func (o *Order) PromiseLater(now time.Time, prepMinutes int) {
	if !o.ScheduledFor.IsZero() {
		return
	}
	later := max(0, o.readyBy(now, prepMinutes).Sub(o.readyBy(o.OrderedAt, prepMinutes)))
	o.PromisedAt = o.PromisedAt.Add(later)
	if !o.Estimated.Placed.IsZero() {
		o.Estimated.Placed = o.Estimated.Placed.Add(later)
	}
}

func (o *Order) hasten(now time.Time, verb string) {
	if o.State == PendingPayment {
		o.Timers = []Timer{{now, verb}}
	}
}
