package order

import (
	"slices"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Times of an order's life.
const (
	PayWithin      = 10 * time.Minute // to authorise a payment
	ReviseWithin   = 3 * time.Minute  // a customer's to answer a revision
	AnswerRevised  = time.Minute      // a vendor's at least to accept once a revision is settled
	RestoreWithin  = 10 * time.Minute // staff's to undo a cancel
	CompleteAfter  = 24 * time.Hour   // a customer's to complain; then the order is closed and its payout released
	firstNudge     = 60 * time.Second
	secondNudge    = 120 * time.Second
	ProtectWithin  = 15 * time.Minute
	protectExpired = 3
)

// Timer is a verb that the clock triggers.
type Timer struct {
	At   time.Time
	Verb string
}

// Next is the timer that fires first; the zero Timer when none runs.
func (o *Order) Next() Timer {
	if len(o.Timers) == 0 {
		return Timer{}
	}
	return o.Timers[0]
}

// DeadlineAt is when somebody must have answered: the first timer that is more than a reminder; zero when there is none.
func (o *Order) DeadlineAt() time.Time {
	for _, t := range o.Timers {
		if t.Verb != VerbNudge {
			return t.At
		}
	}
	return time.Time{}
}

// timer is when a verb's timer fires first; zero when it does not run.
func (o *Order) timer(verb string) time.Time {
	for _, t := range o.Timers {
		if t.Verb == verb {
			return t.At
		}
	}
	return time.Time{}
}

// set starts a timer among those that run.
func (o *Order) set(at time.Time, verb string) {
	timers := append(slices.Clone(o.Timers), Timer{at, verb})
	slices.SortStableFunc(timers, func(a, b Timer) int { return a.At.Compare(b.At) })
	o.Timers = timers
}

// stop ends all timers of a verb.
func (o *Order) stop(verb string) {
	o.Timers = slices.DeleteFunc(slices.Clone(o.Timers), func(t Timer) bool { return t.Verb == verb })
}

// Fire does what the first timer triggers, once it is due. A reminder that is overtaken by what comes after it, such as
// after an outage, is left out.
// Errors: Conflict "order.not_due" when no timer is due.
func (o *Order) Fire(now time.Time) (domain.Event, error) {
	due := o.Next()
	if due.Verb == "" || now.Before(due.At) {
		return domain.Event{}, domain.Errorf(domain.Conflict, "order.not_due", "no timer of the order is due")
	}
	o.Timers = slices.Clone(o.Timers[1:])
	if next := o.Next(); due.Verb == VerbNudge && next.Verb != "" && !now.Before(next.At) {
		return o.Fire(now)
	}
	switch due.Verb {
	case VerbNudge:
		return o.nudge()
	case VerbExpire:
		return o.end(VerbExpire, domain.RoleSystem, now, VendorTimeout)
	case VerbLapse:
		return o.lapse()
	case VerbFail:
		return o.FailPayment(now)
	case VerbPlace:
		if o.State == PendingPayment { // it is paid, and may be wanted later
			return o.Paid(now)
		}
		return o.Release(now)
	}
	return o.step(VerbComplete, domain.RoleSystem)
}

// nudge reminds the vendor; the second one is the last.
func (o *Order) nudge() (domain.Event, error) {
	event, err := o.step(VerbNudge, domain.RoleSystem)
	if err != nil {
		return event, err
	}
	nth := 2
	if !o.timer(VerbNudge).IsZero() {
		nth = 1
	}
	event.Data = map[string]any{"nudge": nth, "deadlineAt": o.DeadlineAt().UTC()}
	return event, nil
}

// ProtectReason is what a vendor is told that was paused because its orders expired.
const ProtectReason = "3 orders were not answered within 15 minutes"

// Protect says whether a vendor is to take no more orders for now, given how many of its orders have expired in the time of
// ProtectWithin: it seems that nobody is there. What came before it was last paused for that does not count again.
func Protect(expired int) bool { return expired >= protectExpired }
