package delivery

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/positions"
	"github.com/zoop-dev/zoop/internal/redis"
)

// carried is an order that a courier has accepted.
func (b *bench) carried(courier domain.Actor) (orderID domain.ID, d Delivery) {
	b.t.Helper()
	orderID = b.order("ready")
	_, err := b.Dispatch(b.ctx)
	require.NoError(b.t, err)
	d, err = b.Accept(b.ctx, courier, b.offerOf(courier), 0)
	require.NoError(b.t, err)
	return orderID, d
}

func TestWhoTracksAnOrder(t *testing.T) {
	b := setup(t)
	owner, courier := domain.Actor{ID: newID(), Role: domain.RoleVendor}, b.courier(0.0012345)
	b.exec(`UPDATE couriers SET name = 'Ravi Shankar'`)
	b.exec(`INSERT INTO users (id, email, first_name, role) VALUES ($1, 'o@example.com', 'O', 'vendor')`, owner.ID)
	b.exec(`INSERT INTO vendor_members (vendor_id, user_id) VALUES ($1, $2)`, b.vendor, owner.ID)
	orderID := b.order("ready")
	_, err := b.Dispatch(b.ctx)
	require.NoError(t, err)
	_, err = b.Track(b.ctx, courier, orderID)
	require.Equal(t, domain.NotFound, domain.KindOf(err), "it is only offered")
	seen, err := b.Track(b.ctx, b.customer(), orderID)
	require.NoError(t, err)
	require.Nil(t, seen.Courier)
	require.NotZero(t, seen.EstimatedAt)
	d, err := b.Accept(b.ctx, courier, b.offerOf(courier), 0)
	require.NoError(t, err)

	for _, who := range []domain.Actor{b.customer(), owner, courier, b.staff()} {
		seen, err := b.Track(b.ctx, who, orderID)
		require.NoError(t, err, who.Role)
		require.Equal(t, "Ravi", seen.Courier.FirstName)
		require.Equal(t, "motorbike", seen.Courier.Vehicle)
		require.Equal(t, rules.Coarse(domain.Point{Lat: 28.6112345, Lng: 77.21}), seen.Courier.Position.Point)
		require.True(t, seen.Courier.Position.Coarse)
	}
	other := b.courier(0.1)
	for _, who := range []domain.Actor{other, {ID: newID(), Role: domain.RoleCustomer}, {ID: newID(), Role: domain.RoleVendor}, {ID: courier.ID, Role: domain.RoleCustomer}, {}} {
		_, err := b.Track(b.ctx, who, orderID)
		require.Equal(t, domain.NotFound, domain.KindOf(err), who.Role)
	}
	_, err = b.Track(b.ctx, b.staff(), newID())
	require.Equal(t, domain.NotFound, domain.KindOf(err))

	_, err = b.PickUp(b.ctx, courier, d.ID, 0, Pickup{Code: "4711"})
	require.NoError(t, err)
	b.exec(`UPDATE couriers SET located_at = located_at - interval '30 seconds'`)
	seen, err = b.Track(b.ctx, b.customer(), orderID)
	require.NoError(t, err)
	require.Equal(t, domain.Point{Lat: 28.61123, Lng: 77.21}, seen.Courier.Position.Point)
	require.InDelta(t, 30, seen.Courier.Position.Age.Seconds(), 10)
	_, err = b.Deliver(b.ctx, courier, d.ID, 0, Handover{PIN: "0042"})
	require.NoError(t, err)
	seen, err = b.Track(b.ctx, b.customer(), orderID)
	require.NoError(t, err)
	require.Equal(t, "Ravi", seen.Courier.FirstName)
	require.Nil(t, seen.Courier.Position, "nobody is followed home")
	require.Zero(t, seen.EstimatedAt)
}

func TestMovesAreToldWhileTheOrderIsCarried(t *testing.T) {
	b := setup(t)
	client, _ := b.withRedis()
	courier := b.courier(0.001)
	orderID, d := b.carried(courier)
	other := newID()
	told := make(chan redis.Move, 100)
	ctx, cancel := context.WithCancel(b.ctx)
	done := make(chan error, 1)
	go func() { done <- client.FollowMoves(ctx, func(m redis.Move) { told <- m }) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
	})
	// next is the first move of the order that is told when the courier moves, unless only that of another comes, which is sent after it.
	next := func() (m redis.Move, ok bool) {
		require.NoError(t, b.positions.Move(b.ctx, courier.ID, rules.Fix{Point: domain.Point{Lat: 28.6112345, Lng: 77.2109876}, At: time.Now()}))
		b.positions.Share(b.ctx, positions.KeepEvery)
		client.SendMoves(b.ctx, []redis.Move{{OrderID: other}})
		for {
			select {
			case m := <-told:
				if m.OrderID == orderID || m.OrderID == other {
					if m.OrderID == orderID {
						for (<-told).OrderID != other {
						}
					}
					return m, m.OrderID == orderID
				}
			case <-time.After(time.Minute):
				require.Fail(t, "nothing is told")
			}
		}
	}
	require.True(t, dbtest.Within(time.Minute, func() bool { // until it listens
		client.SendMoves(b.ctx, []redis.Move{{OrderID: newID()}})
		return len(told) > 0
	}))
	began := time.Now()
	m, ok := next()
	require.True(t, ok)
	require.True(t, m.Coarse)
	roughly := rules.Coarse(domain.Point{Lat: 28.6112345, Lng: 77.2109876})
	require.Equal(t, []float64{roughly.Lat, roughly.Lng}, []float64{m.Lat, m.Lng})
	for { // a slow machine may be told again
		again := time.Now()
		if _, ok = next(); !ok {
			break
		}
		require.GreaterOrEqual(t, time.Since(began), time.Second, "once a second")
		began = again
	}
	<-time.After(time.Second) // then they may be told again
	b.exec(`UPDATE deliveries SET state = 'picked_up' WHERE id = $1`, d.ID)
	m, ok = next()
	require.True(t, ok)
	require.True(t, m.Coarse, "nobody has told this process")
	b.positions.Records([]domain.Record{{Subject: domain.SubjectOrder, SubjectID: orderID, CourierID: courier.ID}})
	m, ok = next()
	require.True(t, ok)
	require.False(t, m.Coarse)
	require.Equal(t, []float64{28.61123, 77.21099}, []float64{m.Lat, m.Lng})
	b.exec(`UPDATE orders SET state = 'picked_up' WHERE id = $1`, orderID)
	_, err := b.Deliver(b.ctx, courier, d.ID, 0, Handover{PIN: "0042"})
	require.NoError(t, err)
	_, ok = next()
	require.False(t, ok, "nobody is followed home")
}

// Whoever waits for the second order of a trip is told when the first is done, and does not see at whose door.
func TestTheSecondOrderOfATrip(t *testing.T) {
	b := setup(t)
	c, _, offers := b.trip()
	b.exec(`UPDATE orders SET accepted_at = now(), ready_by = now(), ready_at = now()`)
	b.exec(`UPDATE deliveries SET dropoff_lat = 28.70 WHERE id = $1`, offers[0].DeliveryID)
	_, err := b.Accept(b.ctx, c, offers[0].ID, 0)
	require.NoError(t, err)
	for _, f := range offers {
		_, err := b.PickUp(b.ctx, c, f.DeliveryID, 0, Pickup{Code: "4711"})
		require.NoError(t, err)
	}
	b.at(c, 28.6112345, 77.21)
	track := func(f Offer) Tracking {
		t.Helper()
		seen, err := b.Track(b.ctx, b.customer(), f.Order.ID)
		require.NoError(t, err)
		return seen
	}
	first, second := track(offers[0]), track(offers[1])
	require.Equal(t, domain.Point{Lat: 28.61123, Lng: 77.21}, first.Courier.Position.Point)
	require.False(t, first.Courier.Position.Coarse)
	require.True(t, second.Courier.Position.Coarse)
	require.Equal(t, rules.Coarse(domain.Point{Lat: 28.6112345, Lng: 77.21}), second.Courier.Position.Point)
	require.Greater(t, second.EstimatedAt.Sub(first.EstimatedAt), 20*time.Minute, "ten kilometres there and back")
	var told time.Time
	require.NoError(t, b.pool.QueryRow(b.ctx, `SELECT estimated_picked FROM orders WHERE id = $1`, offers[1].Order.ID).Scan(&told))
	require.WithinDuration(t, second.EstimatedAt, told, 3*time.Minute, "so the event has told")
	carried, err := b.db.TrackedOrders(b.ctx, []domain.ID{c.ID})
	require.NoError(t, err)
	next := map[domain.ID]bool{}
	for _, o := range carried[c.ID] {
		next[o.OrderID] = o.Next
	}
	require.Equal(t, map[domain.ID]bool{offers[0].Order.ID: true, offers[1].Order.ID: false}, next, "of whom positions go to the feed")

	_, err = b.Arrive(b.ctx, c, offers[0].DeliveryID, 0, Arrival{At: "customer"})
	require.NoError(t, err)
	_, err = b.Deliver(b.ctx, c, offers[0].DeliveryID, 0, Handover{PIN: "0042"})
	require.NoError(t, err)
	require.False(t, track(offers[1]).Courier.Position.Coarse)
}
