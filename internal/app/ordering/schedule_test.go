package ordering

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/delivery/eta"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/domain/order"
)

// slot is a quarter of an hour so many hours ahead.
func slot(hours int) time.Time {
	return time.Now().Add(time.Duration(hours) * time.Hour).Truncate(15 * time.Minute).UTC()
}

func TestAScheduledOrderComesToItsVendorInTime(t *testing.T) {
	b := setup(t)
	at := slot(30)
	q := b.fill(menu.Choice{DishID: b.lassi, Quantity: 1})
	a, err := b.order("k", Confirmation{QuoteID: q.QuoteID, ScheduledFor: at})
	require.NoError(t, err)
	id := orderID(t, a)
	o, err := b.Order(b.ctx, b.customer, id)
	require.NoError(t, err)
	require.Equal(t, order.Scheduled, o.State)
	require.Equal(t, at, o.ScheduledFor.UTC())
	require.Equal(t, at, o.PromisedAt.UTC())
	travel := eta.Bring(q.Ride)
	require.Equal(t, at.Add(-travel-25*time.Minute), o.DeadlineAt().UTC(), "20 minutes to cook, 5 to answer")
	require.Equal(t, 9, b.scan(`SELECT stock FROM dishes WHERE id = $1`, b.lassi))
	live, err := b.Orders(b.ctx, b.owner, Filter{VendorID: b.vendor, States: []order.State{order.Scheduled}, Limit: 10})
	require.NoError(t, err)
	require.Len(t, live, 1, "the vendor sees it coming")
	_, err = b.Accept(b.ctx, b.owner, id, 0, 20)
	require.Equal(t, "order.illegal_transition", codeOf(err))

	b.exec(`UPDATE orders SET deadline_at = now(), release_at = now() WHERE id = $1`, id)
	more, err := b.FireDue(b.ctx)
	require.NoError(t, err)
	require.True(t, more)
	o, err = b.Order(b.ctx, b.customer, id)
	require.NoError(t, err)
	require.Equal(t, order.Placed, o.State)
	o, err = b.Accept(b.ctx, b.owner, id, 0, 20)
	require.NoError(t, err)
	require.WithinDuration(t, time.Now().Add(25*time.Minute), o.ReadyBy, time.Minute, "a quick yes does not make it early")
	require.Equal(t, []string{"order.scheduled", "order.placed", "order.accepted"}, b.types(id))

	q = b.fill(menu.Choice{DishID: b.lassi, Quantity: 1})
	a, err = b.order("k2", Confirmation{QuoteID: q.QuoteID, ScheduledFor: at})
	require.NoError(t, err)
	o, err = b.Cancel(b.ctx, b.customer, orderID(t, a), 0, "CHANGED_MIND")
	require.NoError(t, err)
	require.Zero(t, o.Outcome.Fee.Amount)
}

func TestAVendorThatAcceptsEverythingDoesSoWhenTheTimeHasCome(t *testing.T) {
	b := setup(t)
	b.exec(`UPDATE vendors SET acceptance = 'auto'`)
	q := b.fill(menu.Choice{DishID: b.thali, Quantity: 1})
	a, err := b.order("k", Confirmation{QuoteID: q.QuoteID, ScheduledFor: slot(5)})
	require.NoError(t, err)
	id := orderID(t, a)
	require.Equal(t, []string{"order.scheduled"}, b.types(id))
	b.due(id)
	require.Equal(t, []string{"order.scheduled", "order.placed", "order.accepted"}, b.types(id))
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM deliveries WHERE dispatch_at IS NOT NULL`))

	q = b.fill(menu.Choice{DishID: b.thali, Quantity: 1})
	a, err = b.order("k2", Confirmation{QuoteID: q.QuoteID, ScheduledFor: slot(5)})
	require.NoError(t, err)
	b.standing("suspended")
	require.Equal(t, 1, b.cancelOrphans(), "nor does it wait for a vendor that is gone")
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM orders WHERE id = $1 AND state = 'cancelled'`, orderID(t, a)))
}

// Hours, menu, kitchen and zone are those of the time for which it is scheduled.
func TestWhatStandsAgainstASchedule(t *testing.T) {
	b := setup(t)
	refused := func(at time.Time) []string {
		t.Helper()
		total := b.fill(menu.Choice{DishID: b.thali, Quantity: 1}).Quote.Total
		_, err := b.order(newID().String(), Confirmation{ExpectedTotal: &total, ScheduledFor: at})
		var requote *RequoteError
		if err == nil {
			return nil
		}
		require.ErrorAs(t, err, &requote)
		return codes(requote.Cart.Problems)
	}
	day := int(slot(30).In(delhi).Weekday()+6) % 7 * 1440
	b.exec(`UPDATE vendors SET paused_until = now() + interval '2 hours'`)
	require.Empty(t, refused(slot(30)), "it is paused now, and open then")
	require.Equal(t, []string{"vendor_paused"}, refused(slot(2)))
	b.exec(`UPDATE vendors SET paused_until = NULL, open_minutes = int4multirange(int4range($1, $2))`, (day+2880)%10080, (day+2880)%10080+1440)
	require.Equal(t, []string{"vendor_closed"}, refused(slot(30)))
	b.exec(`UPDATE vendors SET open_minutes = '{[0,10080)}'`)
	b.exec(`UPDATE categories SET schedule = '{"endsOn":"2020-12-26"}'`)
	require.Equal(t, []string{"out_of_schedule"}, refused(slot(30)))
	b.exec(`UPDATE categories SET schedule = '{}'`)
	b.exec(`UPDATE dishes SET available = false, unavailable_until = now() + interval '1 hour' WHERE id = $1`, b.thali)
	require.Empty(t, refused(slot(30)), "it is back by then")
	b.exec(`UPDATE dishes SET available = true, unavailable_until = NULL`)

	b.exec(`UPDATE vendors SET slot_capacity = 1`)
	at := slot(100) // far ahead: places are read for the whole week
	require.Empty(t, refused(at))
	require.Equal(t, []string{"vendor_full"}, refused(at))
	require.Empty(t, refused(at.Add(15*time.Minute)))
	id := b.scan(`SELECT count(*) FROM vendor_slots WHERE taken = 1`)
	require.Equal(t, 2, id)

	total := b.fill(menu.Choice{DishID: b.thali, Quantity: 1}).Quote.Total
	for _, wrong := range []time.Time{slot(30).Add(time.Minute), slot(0), slot(24*7 + 1), slot(-1)} {
		_, err := b.order(newID().String(), Confirmation{ExpectedTotal: &total, ScheduledFor: wrong})
		require.Equal(t, domain.Invalid, domain.KindOf(err), "%s", wrong)
	}
}

// What is listed as free is what can be ordered, and what is not, is refused.
func TestFreeSlotsAreThoseThatCanBeOrdered(t *testing.T) {
	b := setup(t)
	day := int(slot(30).In(delhi).Weekday()+6) % 7 * 1440
	noon := slot(30).In(delhi).Hour()*60 + day
	b.exec(`UPDATE vendors SET slot_capacity = 1, paused_until = now() + interval '26 hours', open_minutes = int4multirange(int4range($1, least($2, 10080)))`,
		noon, noon+150)
	b.exec(`UPDATE categories SET schedule = '{}'`)
	fill := func() domain.Money { return b.fill(menu.Choice{DishID: b.thali, Quantity: 1}).Quote.Total }
	order := func(at time.Time) error {
		total := fill()
		_, err := b.order(newID().String(), Confirmation{ExpectedTotal: &total, ScheduledFor: at})
		return err
	}
	fill()
	from := slot(24)
	first, err := b.Slots(b.ctx, b.customer, from)
	require.NoError(t, err)
	require.NotEmpty(t, first)
	require.NoError(t, order(first[0]))
	fill()
	free, err := b.Slots(b.ctx, b.customer, from)
	require.NoError(t, err)
	require.Equal(t, first[1:], free, "the first is taken")
	for at := first[0].Add(-time.Hour); at.Before(first[0].Add(4 * time.Hour)); at = at.Add(15 * time.Minute) {
		require.Equal(t, slices.ContainsFunc(free, at.Equal), order(at) == nil, "%s of %v", at, free)
	}
	fill()
	none, err := b.Slots(b.ctx, b.customer, time.Time{})
	require.NoError(t, err)
	require.Empty(t, none, "it is paused for a day")
	_, err = b.Slots(b.ctx, b.customer, slot(24*7+1))
	require.Equal(t, domain.Invalid, domain.KindOf(err))
}

var delhi = func() *time.Location {
	place, err := time.LoadLocation("Asia/Kolkata")
	if err != nil {
		panic(err)
	}
	return place
}()
