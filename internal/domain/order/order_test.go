package order

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/zoop-dev/zoop/internal/domain"
)

var (
	noon  = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	roles = []domain.Role{
		domain.RoleCustomer, domain.RoleVendor, domain.RoleCourier, domain.RoleAdmin, domain.RoleSupport, domain.RoleSystem,
	}
)

func inr(n int64) domain.Money { return domain.Money{Amount: n, Currency: "INR"} }

// design is the table of the design once more, and not read off the code: state, verb, who, where it leads.
const design = `
pending_payment | place               | system                         | placed
pending_payment | schedule            | system                         | scheduled
pending_payment | fail to pay         | system                         | payment_failed
pending_payment | cancel              | customer admin support system  | cancelled
scheduled       | place               | system                         | placed
scheduled       | cancel              | customer admin support system  | cancelled
placed          | accept              | vendor system                  | accepted
placed          | reject              | vendor                         | rejected
placed          | expire              | system                         | expired
placed          | nudge               | system                         | placed
placed          | cancel              | customer admin support system  | cancelled
placed          | propose             | vendor                         | placed
placed          | agree               | customer                       | placed
placed          | refuse              | customer                       | placed
placed          | lapse               | system                         | placed
accepted        | prep time           | vendor                         | accepted
accepted        | start               | vendor                         | preparing
accepted        | cancel              | customer vendor admin support system | cancelled
accepted        | propose             | vendor                         | accepted
accepted        | agree               | customer                       | accepted
accepted        | refuse              | customer                       | accepted
accepted        | lapse               | system                         | accepted
preparing       | prep time           | vendor                         | preparing
preparing       | ready               | vendor                         | ready
preparing       | cancel              | customer vendor admin support  | cancelled
preparing       | propose             | vendor                         | preparing
preparing       | agree               | customer                       | preparing
preparing       | refuse              | customer                       | preparing
preparing       | lapse               | system                         | preparing
ready           | pick up             | courier                        | picked_up
ready           | collect             | vendor                         | collected
ready           | cancel              | customer vendor admin support  | cancelled
picked_up       | deliver             | courier                        | delivered
picked_up       | give up             | courier                        | undeliverable
picked_up       | lose                | admin support system           | undeliverable
undeliverable   | return              | courier admin support          | returned
undeliverable   | deliver again       | courier admin support          | picked_up
cancelled       | restore             | admin support                  | accepted
delivered       | complete            | system                         | completed
collected       | complete            | system                         | completed
`

// reasonOf is one that a role may give for a cancel.
var reasonOf = map[domain.Role]Reason{
	domain.RoleCustomer: "MISTAKE", domain.RoleVendor: "TOO_BUSY", domain.RoleAdmin: "FRAUD", domain.RoleSupport: "OPS",
	domain.RoleSystem: VendorSuspended, domain.RoleCourier: "REFUSED",
}

// verbs do each verb of the design, on an order to which it may happen.
var verbs = map[string]func(o *Order, by domain.Role) (domain.Event, error){
	"place": func(o *Order, by domain.Role) (domain.Event, error) {
		return bySystemOnly(o, by, VerbPlace, func() (domain.Event, error) { return o.Release(noon) })
	},
	"schedule": func(o *Order, by domain.Role) (domain.Event, error) {
		o.ReleaseAt = noon.Add(time.Hour)
		return bySystemOnly(o, by, VerbSchedule, func() (domain.Event, error) { return o.Paid(noon) })
	},
	"fail to pay": timer(VerbFail), "expire": timer(VerbExpire), "nudge": timer(VerbNudge), "lapse": timer(VerbLapse), "complete": timer(VerbComplete),
	"accept":    func(o *Order, by domain.Role) (domain.Event, error) { return o.Accept(by, noon, 15) },
	"reject":    func(o *Order, by domain.Role) (domain.Event, error) { return o.Reject(by, noon, "TOO_BUSY") },
	"prep time": func(o *Order, by domain.Role) (domain.Event, error) { return o.ChangePrep(by, noon, 15) },
	"propose":   func(o *Order, by domain.Role) (domain.Event, error) { return o.Propose(by, noon) },
	"agree": func(o *Order, by domain.Role) (domain.Event, error) {
		o.set(noon, VerbLapse)
		return o.Agree(by, inr(5))
	},
	"refuse": func(o *Order, by domain.Role) (domain.Event, error) {
		o.set(noon, VerbLapse)
		return o.Refuse(by)
	},
	"start":   func(o *Order, by domain.Role) (domain.Event, error) { return o.Start(by) },
	"ready":   func(o *Order, by domain.Role) (domain.Event, error) { return o.Ready(by, noon) },
	"pick up": func(o *Order, by domain.Role) (domain.Event, error) { return o.PickUp(by) },
	"collect": func(o *Order, by domain.Role) (domain.Event, error) {
		o.Fulfilment = Pickup
		return o.Collect(by, noon, "", time.Hour)
	},
	"deliver":       func(o *Order, by domain.Role) (domain.Event, error) { return o.Deliver(by, noon, time.Hour) },
	"give up":       func(o *Order, by domain.Role) (domain.Event, error) { return o.GiveUp(by, "REFUSED") },
	"lose":          func(o *Order, by domain.Role) (domain.Event, error) { return o.Lose(by) },
	"return":        func(o *Order, by domain.Role) (domain.Event, error) { return o.Return(by, noon) },
	"deliver again": func(o *Order, by domain.Role) (domain.Event, error) { return o.Redeliver(by) },
	"cancel":        func(o *Order, by domain.Role) (domain.Event, error) { return o.Cancel(by, noon, reasonOf[by]) },
	"restore": func(o *Order, by domain.Role) (domain.Event, error) {
		o.AcceptedAt, o.EndedAt = noon, noon
		return o.Restore(by, noon)
	},
}

// timer is what fires; the verb is the system's alone, whoever asks the table.
func timer(verb string) func(*Order, domain.Role) (domain.Event, error) {
	return func(o *Order, by domain.Role) (domain.Event, error) {
		o.Timers = []Timer{{noon, verb}}
		return bySystemOnly(o, by, verb, func() (domain.Event, error) { return o.Fire(noon) })
	}
}

func bySystemOnly(o *Order, by domain.Role, verb string, do func() (domain.Event, error)) (domain.Event, error) {
	if by == domain.RoleSystem {
		return do()
	}
	_, err := Machine.Step(o.State, verb, by)
	return domain.Event{}, err
}

func TestEveryVerbInEveryStateByEveryRole(t *testing.T) {
	t.Parallel()
	leads := map[string]State{} // "state verb role"
	rows := 0
	for line := range strings.Lines(design) {
		if cells := strings.Split(line, "|"); len(cells) == 4 {
			rows++
			for who := range strings.FieldsSeq(cells[2]) {
				leads[strings.TrimSpace(cells[0])+" "+strings.TrimSpace(cells[1])+" "+who] = State(strings.TrimSpace(cells[3]))
			}
		}
	}
	legal := 0
	for name, do := range verbs {
		for _, from := range States {
			for _, by := range roles {
				o := Order{State: from, Version: 7, Fulfilment: Delivery, Total: inr(10)}
				event, err := do(&o, by)
				to, ok := leads[string(from)+" "+name+" "+string(by)]
				if !ok {
					require.Error(t, err, "%s by %s when %s", name, by, from)
					require.Equal(t, from, o.State, "a refused verb changes nothing")
					require.Contains(t, []domain.Kind{domain.Conflict, domain.Forbidden, domain.Invalid}, domain.KindOf(err))
					continue
				}
				legal++
				require.NoError(t, err, "%s by %s when %s", name, by, from)
				require.Equal(t, to, o.State, "%s by %s when %s", name, by, from)
				require.True(t, strings.HasPrefix(event.Type, "order."), event.Type)
				if to != from && name != "restore" {
					require.Equal(t, "order."+string(to), event.Type)
				}
			}
		}
	}
	require.Equal(t, len(leads), legal, "the table above names nothing that no verb does")
	inCode := 0
	for _, row := range Machine.Table {
		inCode += len(row)
	}
	require.Equal(t, rows, inCode)
}

func TestAnIllegalTransitionTellsTheState(t *testing.T) {
	t.Parallel()
	o := Order{State: Ready, Version: 7, Fulfilment: Delivery}
	_, err := o.Accept(domain.RoleVendor, noon, 15)
	var e *domain.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, "order.illegal_transition", e.Code)
	require.Equal(t, map[string]any{"state": "ready", "version": 7}, e.Details)
	_, err = o.Accept(domain.RoleCourier, noon, 15)
	require.Equal(t, domain.Forbidden, domain.KindOf(err))
}

func placed() Order {
	o, _ := Begin(New{Fulfilment: Delivery, Total: inr(100_00), Tip: inr(10_00), AcceptWithin: 5 * time.Minute}, noon)
	return o
}

func TestAVendorPromises(t *testing.T) {
	t.Parallel()
	o := placed()
	_, err := o.Accept(domain.RoleVendor, noon, 15)
	require.NoError(t, err)
	require.True(t, o.DeadlineAt().IsZero(), "an accepted order does not expire")
	require.Equal(t, noon.Add(15*time.Minute), o.ReadyBy)
	require.Equal(t, noon, o.AcceptedAt)
	event, err := o.ChangePrep(domain.RoleVendor, noon.Add(10*time.Minute), 20)
	require.NoError(t, err)
	require.Equal(t, "order.prep_time_changed", event.Type)
	require.Equal(t, noon.Add(30*time.Minute), o.ReadyBy, "so many minutes from now")
	require.Equal(t, noon.Add(15*time.Minute), event.Data["was"])

	slotted := placed()
	slotted.SlotAt = noon.Add(time.Hour)
	_, err = slotted.Accept(domain.RoleSystem, noon, 15)
	require.NoError(t, err)
	require.Equal(t, slotted.SlotAt, slotted.ReadyBy, "not before its place in the kitchen")
	for _, wrong := range []int{0, -1, 181} {
		fresh := placed()
		_, err := fresh.Accept(domain.RoleVendor, noon, wrong)
		require.Equal(t, domain.Invalid, domain.KindOf(err))
	}
}

func TestPickupNeedsTheCode(t *testing.T) {
	t.Parallel()
	o := Order{State: Ready, Fulfilment: Pickup, OrderCode: "4711"}
	_, err := o.PickUp(domain.RoleCourier)
	require.Error(t, err, "no courier brings it")
	_, err = o.Collect(domain.RoleVendor, noon, "4712", time.Hour)
	require.Error(t, err)
	_, err = o.Collect(domain.RoleVendor, noon, "4711", time.Hour)
	require.NoError(t, err)
	require.Equal(t, Collected, o.State)
	require.Equal(t, noon.Add(time.Hour), o.DeadlineAt())
}

func TestRestore(t *testing.T) {
	t.Parallel()
	o := placed()
	_, err := o.Accept(domain.RoleVendor, noon, 15)
	require.NoError(t, err)
	_, err = o.Start(domain.RoleVendor)
	require.NoError(t, err)
	_, err = o.Cancel(domain.RoleVendor, noon, "TOO_BUSY")
	require.NoError(t, err)
	require.True(t, o.Outcome.Strike)
	late := o
	_, err = late.Restore(domain.RoleSupport, noon.Add(10*time.Minute+1))
	require.ErrorIs(t, err, ErrTooLate)
	_, err = o.Restore(domain.RoleSupport, noon.Add(10*time.Minute))
	require.NoError(t, err)
	require.Equal(t, Accepted, o.State)
	require.Zero(t, o.Outcome)
	require.Zero(t, o.CancelReason)
	require.True(t, o.EndedAt.IsZero())
	require.Equal(t, noon.Add(25*time.Minute), o.ReadyBy)

	never := placed()
	_, err = never.Cancel(domain.RoleSupport, noon, "OPS")
	require.NoError(t, err)
	_, err = never.Restore(domain.RoleSupport, noon)
	require.ErrorIs(t, err, ErrNeverAccepted)
}

func TestUndeliverable(t *testing.T) {
	t.Parallel()
	o := Order{State: PickedUp, Fulfilment: Delivery, Total: inr(100_00), Tip: inr(10_00), Policy: 1}
	_, err := o.GiveUp(domain.RoleCourier, "TOO_BUSY")
	require.Equal(t, domain.Invalid, domain.KindOf(err))
	_, err = o.GiveUp(domain.RoleCourier, CustomerAbsent)
	require.NoError(t, err)
	require.Equal(t, CustomerAbsent, o.CancelReason)
	require.True(t, o.State.Live(), "somebody still waits")
	again := o
	_, err = again.Redeliver(domain.RoleSupport)
	require.NoError(t, err)
	require.Equal(t, PickedUp, again.State)
	require.Zero(t, again.CancelReason)
	_, err = o.Return(domain.RoleSupport, noon)
	require.NoError(t, err)
	require.Equal(t, domain.RoleCourier, o.CancelledBy, "who gave it up")
	require.Equal(t, inr(90_00), o.Outcome.Fee, "everything but the tip")
	require.Equal(t, inr(10_00), o.Outcome.Refund)
	require.Equal(t, noon, o.EndedAt)
}

func TestLiveStatesAreThoseSomebodyWaitsIn(t *testing.T) {
	t.Parallel()
	for _, s := range States {
		final := Machine.Final(s) || s == Delivered || s == Collected || s == Cancelled
		require.Equal(t, !final, s.Live(), s)
		require.True(t, s.Known())
	}
	require.False(t, State("lost").Known())
}

func TestNumbersAreReadAsHeard(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"7K3P0Q": "7K3P0Q", " 7k3-pOq ": "7K3P0Q", "il0o": "1100", "": "", "?": "?"} {
		if got := ParseNumber(text); got != want {
			t.Errorf("%q is read as %q, and not %q", text, got, want)
		}
	}
	if n := Number(1 << 29); ParseNumber(strings.ToLower(n)) != n {
		t.Errorf("%s is not read as itself", n)
	}
}

func TestNumbersAreNeverShared(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.Int64Range(0, 1<<34).Draw(t, "a")
		b := rapid.Int64Range(0, 1<<34).Draw(t, "b")
		if (a == b) != (Number(a) == Number(b)) {
			t.Fatalf("%d → %s, %d → %s", a, Number(a), b, Number(b))
		}
	})
	seen := map[string]bool{}
	for n := int64(0); n < 100_000; n++ {
		number := Number(n)
		require.Len(t, number, 6)
		require.False(t, seen[number])
		seen[number] = true
	}
}

// TestReasonsBelongToOneGroup holds the lists against each other.
func TestReasonsBelongToOneGroup(t *testing.T) {
	t.Parallel()
	var all []Reason
	for _, reasons := range Reasons {
		all = append(all, reasons...)
	}
	slices.Sort(all)
	require.Equal(t, all, slices.Compact(slices.Clone(all)))
	require.Len(t, all, 24)
}
