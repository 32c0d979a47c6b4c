package delivery

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/fleet"
	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// offered is an offer of a new order to a courier, made by hand.
func (b *bench) offered(c domain.Actor) domain.ID {
	b.t.Helper()
	orderID, offer := b.order("preparing"), newID()
	b.exec(`UPDATE deliveries SET state = 'offered' WHERE order_id = $1`, orderID.String())
	b.exec(`INSERT INTO offers (id, delivery_id, order_id, courier_id, meters, expires_at)
	        SELECT $1, id, order_id, $2, 100, now() + interval '1 minute' FROM deliveries WHERE order_id = $3`, offer.String(), c.ID.String(), orderID.String())
	return offer
}

func (b *bench) work(c domain.Actor) Worker {
	b.t.Helper()
	_, w, err := b.AtWork(b.ctx, c.ID)
	require.NoError(b.t, err)
	return w
}

// Each delivery has a place of its own, and there are as many as the courier carries at once.
func TestCapacity(t *testing.T) {
	b := setup(t)
	c := b.courier(0.001)
	for range 2 {
		_, err := b.Accept(b.ctx, c, b.offered(c), 0)
		require.NoError(t, err)
	}
	require.Equal(t, 2, b.scan(`SELECT count(DISTINCT slot) FROM deliveries WHERE courier_id = $1`, c.ID.String()))
	require.Equal(t, rules.Full, b.work(c).Excluded)
	_, err := b.Accept(b.ctx, c, b.offered(c), 0)
	require.ErrorIs(t, err, postgres.ErrCourierFull)
	b.exec(`UPDATE offers SET state = 'withdrawn' WHERE state = 'open'`)

	three := 3
	changed, err := b.SetTerms(b.ctx, b.boss(), c.ID, 0, fleet.Terms{Capacity: &three})
	require.NoError(t, err)
	require.Equal(t, 3, changed.Capacity)
	_, err = b.Accept(b.ctx, c, b.offered(c), 0)
	require.NoError(t, err)

	one := 1
	_, err = b.SetTerms(b.ctx, b.boss(), c.ID, changed.Version, fleet.Terms{Capacity: &one})
	require.NoError(t, err)
	b.exec(`UPDATE deliveries SET state = 'cancelled', courier_id = NULL WHERE courier_id = $1 AND slot < 3`, c.ID.String())
	_, err = b.Accept(b.ctx, c, b.offered(c), 0)
	require.ErrorIs(t, err, postgres.ErrCourierFull, "the third place counts, too")
	_, err = b.SetTerms(b.ctx, b.boss(), c.ID, changed.Version, fleet.Terms{Capacity: &three})
	require.Equal(t, domain.Precondition, domain.KindOf(err))
}

// However many offers a courier accepts at once, no more deliveries are theirs than they can carry.
func TestCapacityAgainstAcceptsAtOnce(t *testing.T) {
	b := setup(t)
	b.exec(`DROP INDEX offers_one_a_courier`) // which keeps them from having several offers
	for range 10 {
		c := b.courier(0.001)
		var offers []domain.ID
		for range 5 {
			offers = append(offers, b.offered(c))
		}
		var wg sync.WaitGroup
		for _, offer := range offers {
			wg.Go(func() {
				if _, err := b.Accept(b.ctx, c, offer, 0); err != nil && domain.KindOf(err) != domain.Conflict {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		require.Equal(t, 2, b.scan(`SELECT count(*) FROM deliveries WHERE courier_id = $1 AND state = 'assigned'`, c.ID.String()))
	}
}

// boss is staff.
func (b *bench) boss() domain.Actor {
	b.t.Helper()
	a := domain.Actor{ID: newID(), Role: domain.RoleAdmin}
	b.exec(`INSERT INTO users (id, email, first_name, role) VALUES ($1, $2, 'Kim', 'admin')`, a.ID.String(), a.ID.String()+"@example.com")
	return a
}

func TestOrdersOutsideTheZoneGoToOthers(t *testing.T) {
	b := setup(t)
	b.order("preparing") // picked up at 28.61, 77.21
	c := b.courier(0.001)
	south := []domain.Point{{Lat: 28.50, Lng: 77.1}, {Lat: 28.50, Lng: 77.3}, {Lat: 28.60, Lng: 77.3}, {Lat: 28.60, Lng: 77.1}}
	_, err := b.SetTerms(b.ctx, b.boss(), c.ID, 0, fleet.Terms{Zone: south})
	require.NoError(t, err)
	made, err := b.Dispatch(b.ctx)
	require.NoError(t, err)
	require.Zero(t, made)
	_, err = b.SetTerms(b.ctx, b.boss(), c.ID, 0, fleet.Terms{Zone: south[:2]})
	require.Equal(t, domain.Invalid, domain.KindOf(err))
	_, err = b.SetTerms(b.ctx, b.boss(), c.ID, 0, fleet.Terms{Zone: []domain.Point{}})
	require.NoError(t, err)
	made, err = b.Dispatch(b.ctx)
	require.NoError(t, err)
	require.Equal(t, 1, made)
}

// Nobody is asked to take in more cash than they may hold, nor may they.
func TestCashLimit(t *testing.T) {
	b := setup(t)
	c := b.courier(0.001)
	b.exec(`UPDATE couriers SET city = 'New Delhi' WHERE user_id = $1`, c.ID.String())
	inr := func(n int64) domain.Money { return domain.Money{Amount: n, Currency: "INR"} }
	_, err := b.SetCashLimit(b.ctx, b.boss(), fleet.CashLimit{City: "New Delhi", Amount: inr(60_000)})
	require.NoError(t, err)
	first := b.order("ready") // 24,900 each
	_, err = b.Dispatch(b.ctx)
	require.NoError(t, err)
	d, err := b.Accept(b.ctx, c, b.offerOf(c), 0)
	require.NoError(t, err)
	require.Equal(t, rules.CashRoom{Limit: 60_000, Due: 24_900}, b.work(c).Cash["INR"])
	_, err = b.PickUp(b.ctx, c, d.ID, 0, Pickup{Code: "4711"})
	require.NoError(t, err)
	_, err = b.Deliver(b.ctx, c, d.ID, 0, Handover{PIN: "0042"})
	require.NoError(t, err)
	require.NotEmpty(t, b.books(first))
	require.Equal(t, rules.CashRoom{Limit: 60_000, Held: 24_900}, b.work(c).Cash["INR"])

	_, err = b.Accept(b.ctx, c, b.offered(c), 0)
	require.NoError(t, err)
	last := b.offered(c)
	_, err = b.Accept(b.ctx, c, last, 0)
	require.ErrorIs(t, err, rules.ErrCashLimit, "with what is due it would be too much")
	b.exec(`UPDATE offers SET state = 'withdrawn' WHERE state = 'open'`)
	b.exec(`UPDATE deliveries SET state = 'cancelled', courier_id = NULL WHERE state IN ('assigned', 'offered')`)

	b.exec(`UPDATE cash_limits SET amount = 40000`)
	b.order("preparing")
	made, err := b.Dispatch(b.ctx)
	require.NoError(t, err)
	require.Zero(t, made, "it is offered to nobody who would have too much")
	b.exec(`UPDATE payments SET method = 'wallet' WHERE state = 'created'`)
	made, err = b.Dispatch(b.ctx)
	require.NoError(t, err)
	require.Equal(t, 1, made, "what is paid already is")
	b.exec(`UPDATE offers SET state = 'withdrawn'`)
	b.exec(`UPDATE deliveries SET state = 'cancelled' WHERE state = 'offered'`)

	b.order("preparing")
	_, err = b.SetTerms(b.ctx, b.boss(), c.ID, 0, fleet.Terms{CashLimits: []domain.Money{inr(100_000)}})
	require.NoError(t, err)
	made, err = b.Dispatch(b.ctx)
	require.NoError(t, err)
	require.Equal(t, 1, made, "their own limit goes before the city's")
}

// Who stands still loses what they have not fetched; who is late and moves is told of.
func TestCouriersWhoDoNotCome(t *testing.T) {
	b := setup(t)
	c := b.courier(0.02)
	d, err := b.Accept(b.ctx, c, b.offered(c), 0)
	require.NoError(t, err)
	behind, err := b.Accept(b.ctx, c, b.offered(c), 0)
	require.NoError(t, err)
	sweep := func() {
		t.Helper()
		require.NoError(t, b.Sweep(b.ctx))
	}
	told := func(kind string) int {
		return b.scan(`SELECT count(*) FROM events WHERE type = $1 AND courier_id = $2`, kind, c.ID.String())
	}
	sweep()
	b.exec(`UPDATE delivery_watches SET moved_at = now() - interval '6 minutes'`)
	sweep()
	require.Zero(t, told(rules.EventStalled), "nobody could be heard meanwhile")
	b.listened(time.Hour)
	b.exec(`UPDATE delivery_watches SET looked_at = now() - interval '3 minutes', moved_at = now() - interval '6 minutes'`)
	sweep()
	require.Zero(t, told(rules.EventStalled), "nobody has looked meanwhile: it begins anew")
	b.exec(`UPDATE delivery_watches SET arrive_by = now() - interval '1 second'`)
	sweep()
	sweep()
	require.Equal(t, 1, told(rules.EventNoShow), "once")
	b.exec(`UPDATE couriers SET lat = 28.62 WHERE user_id = $1`, c.ID.String())
	b.exec(`UPDATE delivery_watches SET moved_at = now() - interval '6 minutes'`)
	sweep()
	require.Zero(t, told(rules.EventStalled), "they move")
	b.exec(`UPDATE delivery_watches SET moved_at = now() - interval '6 minutes'`)
	sweep()
	require.Equal(t, 1, told(rules.EventStalled))
	require.Equal(t, 2, told("delivery.taken_away"), "what is behind it, too")
	require.Equal(t, 2, b.scan(`SELECT count(*) FROM deliveries WHERE state = 'unassigned' AND courier_id IS NULL AND dispatch_at <= now() AND id IN ($1, $2)`, d.ID, behind.ID))
	made, err := b.Dispatch(b.ctx)
	require.NoError(t, err)
	require.Zero(t, made, "they are not asked again for an hour")
	_, err = b.Arrive(b.ctx, c, d.ID, 0, Arrival{At: "store"})
	require.Equal(t, domain.NotFound, domain.KindOf(err))

	other := b.courier(0.02)
	made, err = b.Dispatch(b.ctx)
	require.NoError(t, err)
	require.Equal(t, 1, made)
	d, err = b.Accept(b.ctx, other, b.offers(other)[0].ID, 0)
	require.NoError(t, err)
	sweep()
	_, err = b.Arrive(b.ctx, other, d.ID, 0, Arrival{At: "store"})
	require.NoError(t, err)
	b.exec(`UPDATE delivery_watches SET looked_at = now() - interval '3 minutes'`)
	sweep()
	require.Zero(t, b.scan(`SELECT count(*) FROM delivery_watches WHERE delivery_id = $1`, d.ID), "they are there")
}
