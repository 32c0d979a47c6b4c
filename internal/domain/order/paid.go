package order

import "time"

// PaymentHeld has an order that waits for its payment move on at once: its time to be paid ends, and the timer that places it,
// or schedules it, is due. An order that does not wait stays as it is.
func (o *Order) PaymentHeld(now time.Time) { o.hasten(now, VerbPlace) }

// PaymentLost has an order that waits for its payment fail at once, instead of when its time is up.
func (o *Order) PaymentLost(now time.Time) { o.hasten(now, VerbFail) }

func (o *Order) hasten(now time.Time, verb string) {
	if o.State == PendingPayment {
		o.Timers = []Timer{{now, verb}}
	}
}
