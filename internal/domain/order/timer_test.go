package order

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/zoop-dev/zoop/internal/domain"
)

func TestAVendorIsNudgedTwiceAndThenTheOrderExpires(t *testing.T) {
	t.Parallel()
	o := placed()
	require.Equal(t, noon.Add(5*time.Minute), o.DeadlineAt(), "a reminder is no deadline")
	require.Equal(t, Timer{noon.Add(time.Minute), VerbNudge}, o.Next())
	_, err := o.Fire(noon.Add(time.Minute - 1))
	require.ErrorContains(t, err, "order.not_due")
	for n, at := range []time.Duration{time.Minute, 2 * time.Minute} {
		event, err := o.Fire(noon.Add(at))
		require.NoError(t, err)
		require.Equal(t, "order.nudge", event.Type)
		require.Equal(t, n+1, event.Data["nudge"])
		require.Equal(t, Placed, o.State)
	}
	event, err := o.Fire(noon.Add(5 * time.Minute))
	require.NoError(t, err)
	require.Equal(t, "order.expired", event.Type)
	require.Equal(t, VendorTimeout, o.CancelReason)
	require.Equal(t, Outcome{
		Policy: 1, Fee: inr(0), Refund: o.Total, Lost: inr(0), Liable: OfVendor, Restock: true, Strike: true,
	}, o.Outcome)
	require.Empty(t, o.Timers)

	slept := placed() // whoever comes back from an outage need not be reminded of what is over
	event, err = slept.Fire(noon.Add(time.Hour))
	require.NoError(t, err)
	require.Equal(t, "order.expired", event.Type)
}

func TestPaymentsAndSchedules(t *testing.T) {
	t.Parallel()
	n := New{Fulfilment: Delivery, Total: inr(10), AcceptWithin: 5 * time.Minute, Prepaid: true}
	o, event := Begin(n, noon)
	require.Equal(t, "order.pending_payment", event.Type)
	require.Equal(t, noon.Add(10*time.Minute), o.DeadlineAt())
	failed := o
	_, err := failed.Fire(noon.Add(10 * time.Minute))
	require.NoError(t, err)
	require.Equal(t, PaymentFailed, failed.State)
	require.Equal(t, Unpaid, failed.CancelReason)
	_, err = o.Paid(noon.Add(time.Minute))
	require.NoError(t, err)
	require.Equal(t, Placed, o.State)
	require.Equal(t, noon.Add(6*time.Minute), o.DeadlineAt())

	n.ScheduledFor, n.ReleaseAt = noon.Add(3*time.Hour), noon.Add(2*time.Hour)
	o, _ = Begin(n, noon)
	_, err = o.Paid(noon.Add(time.Minute))
	require.NoError(t, err)
	require.Equal(t, Scheduled, o.State)
	n.Prepaid = false
	o, event = Begin(n, noon)
	require.Equal(t, "order.scheduled", event.Type)
	require.Equal(t, Timer{n.ReleaseAt, VerbPlace}, o.Next())
	event, err = o.Fire(n.ReleaseAt)
	require.NoError(t, err)
	require.Equal(t, "order.placed", event.Type)
	require.Equal(t, n.ReleaseAt.Add(5*time.Minute), o.DeadlineAt())
}

func TestSlotsLeaveTimeToCookAndTravel(t *testing.T) {
	t.Parallel()
	release := func(slot time.Time) (time.Time, error) {
		return ReleaseAt(noon, slot, 5*time.Minute, 20*time.Minute, 15*time.Minute)
	}
	at, err := release(noon.Add(time.Hour))
	require.NoError(t, err)
	require.Equal(t, noon.Add(20*time.Minute), at)
	_, err = release(noon.Add(30 * time.Minute))
	require.ErrorContains(t, err, "2026-03-01T12:45:00Z", "the first slot that there is")
	_, err = release(noon.Add(45 * time.Minute))
	require.NoError(t, err)
	_, err = release(noon.Add(time.Hour + time.Minute))
	require.ErrorContains(t, err, "quarter")
	_, err = release(noon.Add(7 * 24 * time.Hour))
	require.NoError(t, err)
	_, err = release(noon.Add(7*24*time.Hour + 15*time.Minute))
	require.ErrorContains(t, err, "7 days")
}

func TestStoreProtection(t *testing.T) {
	t.Parallel()
	require.False(t, Protect(2))
	require.True(t, Protect(3))
}

// TestTimersHoldWhateverHappens lets people and the clock do what they like: timers stay sorted, none is of a state that was left,
// none is overdue once all that were due have fired, and reminders are at most two.
func TestTimersHoldWhateverHappens(t *testing.T) {
	t.Parallel()
	mine := map[State][]string{
		PendingPayment: {VerbFail}, Scheduled: {VerbPlace}, Placed: {VerbNudge, VerbExpire, VerbLapse}, Accepted: {VerbLapse},
		Preparing: {VerbLapse}, Delivered: {VerbComplete}, Collected: {VerbComplete},
	}
	always := map[State]string{
		PendingPayment: VerbFail, Scheduled: VerbPlace, Placed: VerbExpire, Delivered: VerbComplete, Collected: VerbComplete,
	}
	rapid.Check(t, func(t *rapid.T) {
		now := noon
		within := time.Duration(rapid.IntRange(180, 660).Draw(t, "accept")) * time.Second
		n := New{Fulfilment: rapid.SampledFrom([]Fulfilment{Delivery, Pickup}).Draw(t, "how"), Total: inr(100), AcceptWithin: within}
		n.Prepaid = rapid.Bool().Draw(t, "prepaid")
		if rapid.Bool().Draw(t, "scheduled") {
			n.ReleaseAt = noon.Add(time.Duration(rapid.IntRange(1, 300).Draw(t, "release")) * time.Minute)
			n.ScheduledFor = n.ReleaseAt.Add(time.Hour)
		}
		o, _ := Begin(n, now)
		nudges, waited := 0, now
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			was := o
			by := rapid.SampledFrom(roles).Draw(t, "by")
			var err error
			switch rapid.IntRange(0, 11).Draw(t, "verb") {
			case 0, 1, 2:
				now = now.Add(time.Duration(rapid.IntRange(1, 400).Draw(t, "pass")) * time.Second)
				for o.Next().Verb != "" && !now.Before(o.Next().At) {
					event, err := o.Fire(now)
					if err != nil {
						t.Fatalf("a due timer of %s does not fire: %v", o.State, err)
					}
					if event.Type == "order.nudge" {
						nudges++
					}
				}
			case 3:
				_, err = o.Accept(by, now, 15)
			case 4:
				_, err = o.Propose(by, now)
			case 5:
				_, err = o.Agree(by, inr(90))
			case 6:
				_, err = o.Refuse(by)
			case 7:
				_, err = o.Start(by)
			case 8:
				_, err = o.Ready(by, noon)
			case 9:
				_, err = o.Cancel(by, now, reasonOf[by])
			case 10:
				_, err = o.Restore(by, now)
			case 11:
				if o.State == PendingPayment && by == domain.RoleSystem {
					_, err = o.Paid(now)
				} else if _, err = o.PickUp(by); err == nil {
					_, err = o.Deliver(by, now, time.Hour)
				}
			}
			if err != nil && was.State != o.State {
				t.Fatalf("refused, and yet %s became %s", was.State, o.State)
			}
			if o.State == Placed && was.State != Placed {
				waited = now
			}
			for i, timer := range o.Timers {
				if i > 0 && timer.At.Before(o.Timers[i-1].At) {
					t.Fatalf("out of order: %v", o.Timers)
				}
				if !slices.Contains(mine[o.State], timer.Verb) {
					t.Fatalf("%q runs while %s", timer.Verb, o.State)
				}
				if !timer.At.After(now) {
					t.Fatalf("overdue at %s: %v", now, timer)
				}
			}
			if verb := always[o.State]; verb != "" && o.timer(verb).IsZero() {
				t.Fatalf("%s without %q", o.State, verb)
			}
			if nudges > 2 {
				t.Fatal("nudged more than twice")
			}
			if most := within + MaxRevisions*(ReviseWithin+AnswerRevised); o.State == Placed && now.Sub(waited) > most {
				t.Fatalf("a customer waits longer than %s", most)
			}
		}
	})
}
