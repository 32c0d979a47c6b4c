package order

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/zoop-dev/zoop/internal/domain"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// verbs is every verb with the role that may use it and where it leads, by the state it starts from: the table, read off the
// design once more and not off the code.
var verbs = map[string]struct {
	by   domain.Role
	do   func(o *Order, by domain.Role) (domain.Event, error)
	from map[State]State
}{
	"accept": {domain.RoleVendor, func(o *Order, by domain.Role) (domain.Event, error) { return o.Accept(by, noon, 15) }, map[State]State{Placed: Accepted}},
	"reject": {domain.RoleVendor, func(o *Order, by domain.Role) (domain.Event, error) { return o.Reject(by, noon, "TOO_BUSY") }, map[State]State{Placed: Rejected}},
	"start":  {domain.RoleVendor, func(o *Order, by domain.Role) (domain.Event, error) { return o.Start(by) }, map[State]State{Accepted: Preparing}},
	"ready":  {domain.RoleVendor, func(o *Order, by domain.Role) (domain.Event, error) { return o.Ready(by) }, map[State]State{Preparing: Ready}},
	"pickup": {domain.RoleCourier, func(o *Order, by domain.Role) (domain.Event, error) { return o.PickUp(by) }, map[State]State{Ready: PickedUp}},
	"deliver": {domain.RoleCourier, func(o *Order, by domain.Role) (domain.Event, error) { return o.Deliver(by, noon, time.Hour) },
		map[State]State{PickedUp: Delivered}},
	"cancel by customer": {domain.RoleCustomer, func(o *Order, by domain.Role) (domain.Event, error) { return o.Cancel(by, noon, "MISTAKE") },
		map[State]State{Placed: Cancelled}},
	"cancel by support": {domain.RoleSupport, func(o *Order, by domain.Role) (domain.Event, error) { return o.Cancel(by, noon, "FRAUD") },
		map[State]State{Placed: Cancelled, Accepted: Cancelled, Preparing: Cancelled, Ready: Cancelled}},
	"timer": {domain.RoleSystem, func(o *Order, _ domain.Role) (domain.Event, error) { return o.Fire(noon) },
		map[State]State{Placed: Expired, Delivered: Completed, Collected: Completed}},
}

func TestEveryVerbInEveryState(t *testing.T) {
	t.Parallel()
	for name, verb := range verbs {
		for _, from := range States {
			o := Order{State: from, Version: 7, Fulfilment: Delivery, DeadlineAt: noon}
			event, err := verb.do(&o, verb.by)
			to, legal := verb.from[from]
			if legal {
				require.NoError(t, err, "%s when %s", name, from)
				require.Equal(t, to, o.State)
				require.Equal(t, "order."+string(to), event.Type)
				continue
			}
			require.Error(t, err, "%s when %s", name, from)
			require.Equal(t, from, o.State, "a refused verb changes nothing")
		}
	}
}

func TestAnIllegalTransitionTellsTheState(t *testing.T) {
	t.Parallel()
	o := Order{State: Ready, Version: 7, Fulfilment: Delivery}
	_, err := o.Accept(domain.RoleVendor, noon, 15)
	var e *domain.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, "order.illegal_transition", e.Code)
	require.Equal(t, map[string]any{"state": "ready", "version": 7}, e.Details)
}

func TestOnlyTheRightRole(t *testing.T) {
	t.Parallel()
	roles := []domain.Role{domain.RoleCustomer, domain.RoleVendor, domain.RoleCourier, domain.RoleAdmin, domain.RoleSupport, domain.RoleSystem}
	for name, verb := range verbs {
		if name == "timer" || name == "cancel by support" || name == "cancel by customer" {
			continue
		}
		for from := range verb.from {
			for _, role := range roles {
				o := Order{State: from, Fulfilment: Delivery}
				_, err := verb.do(&o, role)
				auto := name == "accept" && role == domain.RoleSystem // for a vendor that accepts everything
				require.Equal(t, role == verb.by || auto, err == nil, "%s by %s", name, role)
			}
		}
	}
	for _, role := range []domain.Role{domain.RoleVendor, domain.RoleCourier} {
		o := Order{State: Placed}
		_, err := o.Cancel(role, noon, "MISTAKE")
		require.Equal(t, domain.Forbidden, domain.KindOf(err))
	}
	accepted := Order{State: Accepted}
	_, err := accepted.Cancel(domain.RoleCustomer, noon, "MISTAKE")
	require.Equal(t, domain.Conflict, domain.KindOf(err), "too late, not forbidden")
	o := Order{State: Placed}
	_, err = o.Cancel(domain.RoleCustomer, noon, "FRAUD")
	require.Equal(t, domain.Invalid, domain.KindOf(err), "a customer has no platform reasons")
}

func TestTimers(t *testing.T) {
	t.Parallel()
	o, event := Place(domain.Nil, Delivery, "1234", noon, 5*time.Minute)
	require.Equal(t, "order.placed", event.Type)
	_, err := o.Fire(noon.Add(5*time.Minute - 1))
	require.Error(t, err, "not due")
	expired := o
	_, err = expired.Fire(noon.Add(5 * time.Minute))
	require.NoError(t, err)
	require.Equal(t, Expired, expired.State)
	require.Equal(t, VendorTimeout, expired.CancelReason)
	require.True(t, expired.DeadlineAt.IsZero())

	_, err = o.Accept(domain.RoleVendor, noon, 15)
	require.NoError(t, err)
	require.True(t, o.DeadlineAt.IsZero(), "an accepted order does not expire")
	require.Equal(t, noon.Add(15*time.Minute), o.ReadyBy)
	slotted, _ := Place(domain.Nil, Delivery, "", noon, time.Minute)
	slotted.SlotAt = noon.Add(time.Hour)
	_, err = slotted.Accept(domain.RoleSystem, noon, 15)
	require.NoError(t, err)
	require.Equal(t, slotted.SlotAt, slotted.ReadyBy, "not before its place in the kitchen")
	for _, wrong := range []int{0, -1, 181} {
		fresh, _ := Place(domain.Nil, Delivery, "", noon, time.Minute)
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
	require.Equal(t, noon.Add(time.Hour), o.DeadlineAt)
}

func TestLiveStatesAreThoseSomebodyWaitsIn(t *testing.T) {
	t.Parallel()
	for _, s := range States {
		if Machine.Final(s) && s != PendingPayment && s != Scheduled && s != Undeliverable { // states of later days
			require.False(t, s.Live(), s)
		}
	}
	require.True(t, Placed.Live())
	require.False(t, Delivered.Live())
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
