package delivery

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/positions"
)

// fetched is an order whose courier has the food.
func (b *bench) fetched(c domain.Actor) (orderID domain.ID, d Delivery) {
	b.t.Helper()
	orderID, d = b.carried(c)
	d, err := b.PickUp(b.ctx, c, d.ID, 0, Pickup{Code: "4711"})
	require.NoError(b.t, err)
	return orderID, d
}

func (b *bench) sweep() {
	b.t.Helper()
	require.NoError(b.t, b.Sweep(b.ctx))
}

func (b *bench) told(kind string) int {
	b.t.Helper()
	return b.scan(`SELECT count(*) FROM events WHERE type = $1`, kind)
}

// Whoever has the food and is not heard of is lost after five minutes, found when they say where they are, and given up on after fifteen.
func TestACourierVanishesWithFood(t *testing.T) {
	b := setup(t)
	c := b.courier(0.001)
	orderID, d := b.fetched(c)
	silent := func(since string) {
		t.Helper()
		b.exec(`UPDATE couriers SET located_at = now() - $2::interval WHERE user_id = $1`, c.ID, since)
		b.exec(`UPDATE deliveries SET acted_at = now() - $2::interval WHERE id = $1`, d.ID, since)
		b.sweep()
	}
	silent("6 minutes")
	require.Zero(t, b.told(rules.EventCourierLost), "nobody has listened for so long")
	b.listened(time.Hour)
	silent("4 minutes")
	require.Zero(t, b.told(rules.EventCourierLost))
	silent("6 minutes")
	b.sweep()
	require.Equal(t, 1, b.told(rules.EventCourierLost), "once")
	silent("0 minutes")
	require.Equal(t, 1, b.told(rules.EventCourierFound))
	silent("6 minutes")
	require.Equal(t, 2, b.told(rules.EventCourierLost), "again")
	b.listened(0)
	silent("16 minutes")
	require.Equal(t, 1, b.told(rules.EventCourierFound), "nobody was listening, and has heard of them")
	require.Zero(t, b.told("order.undeliverable"))
	b.listened(time.Hour)
	b.exec(`UPDATE deliveries SET lost_at = now() - interval '11 minutes' WHERE id = $1`, d.ID)
	b.sweep()
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM orders WHERE id = $1 AND state = 'undeliverable' AND cancel_reason = 'NO_COURIER'`, orderID))
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM deliveries WHERE id = $1 AND state = 'failed'`, d.ID))
	b.sweep()
	require.Equal(t, 1, b.told("order.undeliverable"))

	require.NoError(t, b.Redeliver(b.ctx, c, orderID, 0), "they had no signal in the valley")
	b.sweep()
	require.Equal(t, 1, b.told("order.undeliverable"), "they have just been heard of")
	_, err := b.Deliver(b.ctx, c, d.ID, 0, Handover{PIN: "0042"})
	require.NoError(t, err)
}

// A wall between all couriers and us is nobody's silence: staff are told, and nothing is given up, until somebody is heard again.
func TestNobodyIsGivenUpOnWhileNobodyIsHeard(t *testing.T) {
	b := setup(t)
	c := b.courier(0.001)
	_, d := b.fetched(c)
	b.exec(`UPDATE couriers SET located_at = now() - interval '16 minutes'`)
	b.exec(`UPDATE deliveries SET acted_at = now() - interval '16 minutes' WHERE id = $1`, d.ID)
	b.hear(nil)
	for now := time.Now().Add(-time.Hour); now.Before(time.Now()); now = now.Add(30 * time.Second) {
		b.positions.Listen(now, false)
	}
	b.sweep()
	b.sweep()
	require.Equal(t, 1, b.told(rules.EventCourierLost))
	require.Zero(t, b.told("order.undeliverable"))
	b.exec(`UPDATE deliveries SET lost_at = now() - interval '11 minutes', acted_at = now() - interval '16 minutes'`)
	b.courier(0.002) // who is heard
	b.sweep()
	require.Zero(t, b.told("order.undeliverable"), "only now does silence count")
	b.listened(time.Hour)
	b.sweep()
	require.Equal(t, 1, b.told("order.undeliverable"))
}

// Where a courier was days ago, or on another continent, food is not fetched.
func TestFoodIsNotFetchedWhereItCannotBe(t *testing.T) {
	b := setup(t)
	c := b.courier(0.001)
	_, d := b.fetched(c)
	for _, place := range []string{"located_at = now() - interval '3 days'", "located_at = now(), lat = 12.97"} {
		b.exec(`UPDATE couriers SET ` + place)
		err := b.Rescue(b.ctx, b.staff(), d.ID, 0, nil, "UNREACHABLE")
		require.ErrorContains(t, err, "nobody knows where the food is", place)
	}
	require.NoError(t, b.Rescue(b.ctx, b.staff(), d.ID, 0, &domain.Point{Lat: 28.612, Lng: 77.212}, "UNREACHABLE"))
}

// Redis has heard of them a moment ago: nobody is lost.
func TestWhoIsHeardElsewhereIsNotLost(t *testing.T) {
	b := setup(t)
	client, _ := b.withRedis()
	c := b.courier(0.001)
	_, d := b.fetched(c)
	require.NoError(t, b.positions.Move(b.ctx, c.ID, fix(28.612, 0)))
	b.positions.Share(b.ctx, positions.KeepEvery)
	require.Len(t, client.Places(b.ctx, "", []domain.ID{c.ID}), 1)
	b.exec(`UPDATE couriers SET located_at = now() - interval '1 hour'`)
	b.exec(`UPDATE deliveries SET acted_at = now() - interval '1 hour' WHERE id = $1`, d.ID)
	b.sweep()
	require.Zero(t, b.told(rules.EventCourierLost))
}

// Another courier fetches the food where it is, and brings it.
func TestARescue(t *testing.T) {
	b := setup(t)
	lost := b.courier(0.001)
	orderID, d := b.fetched(lost)
	boss := b.boss()
	require.Equal(t, domain.Forbidden, domain.KindOf(b.Rescue(b.ctx, lost, d.ID, 0, nil, "ACCIDENT")))
	require.NoError(t, b.Rescue(b.ctx, boss, d.ID, 0, &domain.Point{Lat: 28.615, Lng: 77.215}, "ACCIDENT"))
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM events WHERE type = 'delivery.stranded' AND courier_id = $1`, lost.ID), "they are told")
	require.Equal(t, domain.Conflict, domain.KindOf(b.Rescue(b.ctx, boss, d.ID, 0, nil, "ACCIDENT")), "once")
	require.Zero(t, b.dispatch(), "they are not asked again")

	other := b.courier(0.01)
	require.Equal(t, 1, b.dispatch())
	require.Equal(t, "Ravi", b.offers(other)[0].Pickup.Name, "it is not fetched from its vendor")
	got, err := b.Accept(b.ctx, other, b.offerOf(other), 0)
	require.NoError(t, err)
	require.Equal(t, domain.Point{Lat: 28.615, Lng: 77.215}, got.Pickup.Location)
	require.Equal(t, "Ravi", got.Pickup.Name, "from whom")
	_, err = b.PickUp(b.ctx, other, d.ID, 0, Pickup{})
	require.ErrorContains(t, err, "delivery.not_at_store")
	_, err = b.Arrive(b.ctx, other, d.ID, 0, Arrival{At: "store"})
	require.NoError(t, err)
	got, err = b.PickUp(b.ctx, other, d.ID, 0, Pickup{})
	require.NoError(t, err)
	require.Equal(t, "Casa Lima", got.Pickup.Name)
	require.Equal(t, domain.Point{Lat: 28.61, Lng: 77.21}, got.Pickup.Location, "where it goes back to, if it must")
	require.Equal(t, 1, b.told("delivery.taken_over"))
	require.Equal(t, 1, b.told("order.picked_up"), "its customer knows already")
	_, err = b.Deliver(b.ctx, other, d.ID, 0, Handover{PIN: "0042"})
	require.NoError(t, err)
	require.Contains(t, b.books(orderID), "order.settled courier 3900")
	require.Equal(t, 3900, b.scan(`SELECT sum(e.amount) FROM entries e JOIN accounts a ON a.id = e.account_id WHERE a.kind = 'courier' AND a.owner_id = $1`, other.ID), "who has brought it")
}

func TestGivingBack(t *testing.T) {
	b := setup(t)
	c := b.courier(0.001)
	_, d := b.carried(c)
	require.Equal(t, domain.NotFound, domain.KindOf(b.GiveBack(b.ctx, b.courier(1), d.ID, 0, "VEHICLE")))
	require.NoError(t, b.GiveBack(b.ctx, c, d.ID, 0, "VEHICLE"))
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM events WHERE type = 'delivery.taken_away' AND actor_role = 'courier' AND data ->> 'reason' = 'VEHICLE'`))
	require.Equal(t, domain.NotFound, domain.KindOf(b.GiveBack(b.ctx, c, d.ID, 0, "VEHICLE")))
	b.exec(`UPDATE deliveries SET state = 'cancelled'`)

	_, d = b.fetched(c)
	b.exec(`UPDATE couriers SET located_at = now() - interval '10 minutes' WHERE user_id = $1`, c.ID)
	require.ErrorContains(t, b.GiveBack(b.ctx, c, d.ID, 0, "ACCIDENT"), "delivery.no_position")
	b.exec(`UPDATE couriers SET located_at = now(), lat = 28.617 WHERE user_id = $1`, c.ID)
	require.NoError(t, b.GiveBack(b.ctx, c, d.ID, 0, "ACCIDENT"))
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM deliveries WHERE id = $1 AND state = 'unassigned' AND pickup_lat = 28.617 AND stranded_by = $2`, d.ID, c.ID))
}

func TestStaffGiveFoodUp(t *testing.T) {
	b := setup(t)
	c, boss := b.courier(0.001), b.boss()
	orderID, d := b.carried(c)
	require.Equal(t, domain.Conflict, domain.KindOf(b.Lose(b.ctx, boss, d.ID, 0)), "it is not fetched yet")
	_, err := b.PickUp(b.ctx, c, d.ID, 0, Pickup{Code: "4711"})
	require.NoError(t, err)
	require.NoError(t, b.Lose(b.ctx, boss, d.ID, 0))
	require.NoError(t, b.Return(b.ctx, boss, orderID, 0))
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM orders WHERE state = 'returned' AND cancel_liable = 'platform'`))
	require.Zero(t, b.scan(`SELECT count(*) FROM entries e JOIN accounts a ON a.id = e.account_id WHERE a.kind = 'courier' AND a.owner_id = $1`, c.ID), "who vanished with it has brought nothing")
}

// Food that is left somewhere and that nobody fetches is given up on; whoever left it may still bring it back, though they have taken on others.
func TestStrandedFoodIsGivenUp(t *testing.T) {
	b := setup(t)
	c, boss := b.courier(0.001), b.boss()
	orderID, d := b.fetched(c)
	require.NoError(t, b.Rescue(b.ctx, boss, d.ID, 0, nil, "VEHICLE"))
	other := b.courier(0.001)
	b.dispatch()
	_, err := b.Accept(b.ctx, other, b.offerOf(other), 0)
	require.NoError(t, err)
	for range 2 { // all that a motorbike carries
		more := b.order("ready")
		var id domain.ID
		require.NoError(t, b.pool.QueryRow(b.ctx, `SELECT id FROM deliveries WHERE order_id = $1`, more).Scan(&id))
		require.NoError(t, b.AssignTo(b.ctx, boss, id, 0, c.ID, true))
	}
	require.NoError(t, b.Lose(b.ctx, boss, d.ID, 0))
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM events WHERE type = 'delivery.taken_away' AND courier_id = $1`, other.ID), "they need not go there any more")
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM events WHERE type = 'delivery.lost' AND courier_id = $1`, c.ID))
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM deliveries WHERE id = $1 AND state = 'failed' AND courier_id = $2 AND stranded_by IS NULL AND pickup_lat = 28.61`, d.ID, c.ID))
	_, err = b.TurnBack(b.ctx, c, d.ID, 0)
	require.NoError(t, err)
	_, err = b.Arrive(b.ctx, c, d.ID, 0, Arrival{At: "store"})
	require.NoError(t, err)
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM orders WHERE id = $1 AND state = 'returned'`, orderID))

	waits := b.order("ready")
	require.ErrorContains(t, b.Lose(b.ctx, boss, b.scanID(`SELECT id FROM deliveries ORDER BY id DESC LIMIT 1`), 0), "order.illegal_transition", waits)
}

// What is said of where food is must make sense, and where somebody else was is not where it is.
func TestWhereFoodIs(t *testing.T) {
	b := setup(t)
	c, boss := b.courier(0.001), b.boss()
	_, d := b.fetched(c)
	require.Equal(t, domain.Invalid, domain.KindOf(b.Rescue(b.ctx, boss, d.ID, 0, &domain.Point{Lat: 77.215, Lng: 28.615}, "OTHER")), "the one for the other")
	b.exec(`UPDATE couriers SET lat = NULL, lng = NULL, located_at = NULL WHERE user_id = $1`, c.ID)
	require.ErrorContains(t, b.Rescue(b.ctx, boss, d.ID, 0, nil, "OTHER"), "delivery.no_position")
}

// Who does not say where they are, but does what a courier does, is there.
func TestWhoActsIsNotLost(t *testing.T) {
	b := setup(t)
	b.sweep()
	b.listened(time.Hour)
	c := b.courier(0.001)
	_, d := b.fetched(c)
	b.exec(`UPDATE couriers SET located_at = now() - interval '1 hour' WHERE user_id = $1`, c.ID)
	b.exec(`UPDATE deliveries SET acted_at = now() - interval '6 minutes' WHERE id = $1`, d.ID)
	b.sweep()
	require.Equal(t, 1, b.told(rules.EventCourierLost), "staff are told before it is given up")
	require.Zero(t, b.told("order.undeliverable"))
	b.sweep()
	require.Zero(t, b.told(rules.EventCourierFound))
	_, err := b.Arrive(b.ctx, c, d.ID, 0, Arrival{At: "customer"})
	require.NoError(t, err)
	require.Equal(t, 1, b.told(rules.EventCourierFound))
	b.sweep()
	require.Equal(t, 1, b.told(rules.EventCourierLost))
	b.exec(`UPDATE deliveries SET acted_at = now() - interval '6 minutes' WHERE id = $1`, d.ID)
	b.sweep()
	require.Equal(t, 2, b.told(rules.EventCourierLost), "again")
	b.exec(`UPDATE deliveries SET acted_at = now() - interval '16 minutes' WHERE id = $1`, d.ID)
	b.sweep()
	require.Equal(t, 1, b.told("order.undeliverable"))
}
