package delivery

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/fleet"
	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/positions"
	"github.com/zoop-dev/zoop/internal/postgres"
	"github.com/zoop-dev/zoop/internal/redis"
)

// couriers are what fleet does.
type couriers = fleet.Service

// bench is a marketplace with a vendor, orders that the vendor has accepted, and couriers near by.
type bench struct {
	*Service
	*couriers
	t      *testing.T
	ctx    context.Context
	pool   *pgxpool.Pool
	vendor domain.ID
	dish   domain.ID
	buyer  domain.ID
}

func setup(t *testing.T) *bench {
	t.Helper()
	t.Parallel()
	b := &bench{t: t, ctx: t.Context(), pool: dbtest.New(t), vendor: newID(), dish: newID(), buyer: newID()}
	db, err := postgres.FromPool(b.ctx, b.pool)
	require.NoError(t, err)
	t.Cleanup(db.Close)
	b.Service = New(db, Options{RoundEvery: time.Nanosecond, RoundLeast: time.Nanosecond})
	b.hear(nil)
	b.exec(`INSERT INTO users (id, email, first_name, role) VALUES ($1, $2, 'Asha', 'customer')`, b.buyer.String(), b.buyer.String()+"@example.com")
	b.exec(`INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, lat, lng, status)
	        VALUES ($1, 'Casa Lima', '{Thali}', '1 Janpath', 'New Delhi', 'IN', 'Asia/Kolkata', 'INR', 28.61, 77.21, 'approved')`, b.vendor.String())
	return b
}

// hear has the services begin anew to hear where couriers are, with a Redis or without.
func (b *bench) hear(rdb *redis.Client) {
	b.positions = positions.New(b.db, rdb, slog.New(slog.DiscardHandler))
	b.couriers = fleet.New(b.db, fleet.Options{Positions: b.positions})
}

// listened has the services listen for so long already.
func (b *bench) listened(d time.Duration) {
	b.hear(nil)
	for now := time.Now(); d >= 0; d -= 30 * time.Second {
		b.positions.Listen(now.Add(-d), true)
	}
}

func (b *bench) exec(sql string, args ...any) {
	b.t.Helper()
	_, err := b.pool.Exec(b.ctx, sql, args...)
	require.NoError(b.t, err)
}

func (b *bench) scan(sql string, args ...any) (n int) {
	b.t.Helper()
	require.NoError(b.t, b.pool.QueryRow(b.ctx, sql, args...).Scan(&n))
	return n
}

// courier is online and approved, so many degrees north of the vendor.
func (b *bench) courier(north float64) domain.Actor {
	b.t.Helper()
	actor := domain.Actor{ID: newID(), Role: domain.RoleCourier}
	b.exec(`INSERT INTO users (id, email, first_name, role) VALUES ($1, $2, 'Ravi', 'courier')`, actor.ID.String(), actor.ID.String()+"@example.com")
	b.exec(`INSERT INTO couriers (user_id, name, vehicle, status, online, lat, lng, located_at) VALUES ($1, 'Ravi', 'motorbike', 'approved', true, $2, 77.21, now())`,
		actor.ID.String(), 28.61+north)
	return actor
}

// order is one in a state, whose delivery waits for a courier.
func (b *bench) order(state string) domain.ID {
	b.t.Helper()
	orderID := newID()
	b.exec(`INSERT INTO orders (id, number, state, version, customer_id, vendor_id, city, fulfilment, currency, total, address, delivery_pin, order_code,
	                            accept_seconds, promised_at)
	        VALUES ($1::uuid, right($1::uuid::text, 12), $2, 1, $3, $4, 'New Delhi', 'delivery', 'INR', 24900, '{"label":"Home","line1":"2 Janpath","city":"New Delhi","lat":28.62,"lng":77.22}',
	                '0042', '4711', 300, now())`, orderID.String(), state, b.buyer.String(), b.vendor.String())
	b.exec(`INSERT INTO payments (id, order_id, method, state, amount, currency) VALUES ($1, $2, 'cod', 'created', 24900, 'INR')`, newID().String(), orderID.String())
	b.exec(`INSERT INTO quote_lines (order_id, position, kind, label, amount, bearer)
	        VALUES ($1, 0, 'item', 'Thali', 20000, 'customer'), ($1, 1, 'tax', 'Tax', 1000, 'customer'), ($1, 2, 'delivery_fee', 'Delivery', 3900, 'customer')`, orderID.String())
	b.exec(`INSERT INTO deliveries (id, order_id, vendor_id, pickup_lat, pickup_lng, dropoff_lat, dropoff_lng, dispatch_at)
	        VALUES ($1, $2, $3, 28.61, 77.21, 28.62, 77.22, now())`, newID().String(), orderID.String(), b.vendor.String())
	return orderID
}

// books are the entries of an order.
func (b *bench) books(orderID domain.ID) (lines []string) {
	b.t.Helper()
	rows, err := b.pool.Query(b.ctx, `SELECT concat_ws(' ', t.kind, a.kind, e.amount) FROM transfers t JOIN entries e ON e.transfer_id = t.id
		JOIN accounts a ON a.id = e.account_id WHERE t.order_id = $1 ORDER BY 1`, orderID.String())
	require.NoError(b.t, err)
	lines, err = pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(b.t, err)
	return lines
}

func (b *bench) offers(c domain.Actor) []Offer {
	b.t.Helper()
	offers, err := b.Offers(b.ctx, c)
	require.NoError(b.t, err)
	return offers
}

func (b *bench) offerOf(c domain.Actor) domain.ID {
	b.t.Helper()
	offers := b.offers(c)
	require.Len(b.t, offers, 1)
	return offers[0].ID
}

func TestFromOfferToDoor(t *testing.T) {
	b := setup(t)
	orderID := b.order("preparing")
	near, far := b.courier(0.001), b.courier(0.01)
	made, err := b.Dispatch(b.ctx)
	require.NoError(t, err)
	require.Equal(t, 1, made)
	none, err := b.Offers(b.ctx, far)
	require.NoError(t, err)
	require.Empty(t, none, "the nearest is asked, and nobody else")

	d, err := b.Accept(b.ctx, near, b.offerOf(near), 0)
	require.NoError(t, err)
	require.Empty(t, d.OrderCode, "they are told it at the counter")
	require.EqualValues(t, 24900, d.Cash.Amount)
	require.Equal(t, "2 Janpath, New Delhi", d.Dropoff.Address)

	_, err = b.Arrive(b.ctx, far, d.ID, 0, Arrival{At: "store"})
	require.Equal(t, domain.NotFound, domain.KindOf(err), "another courier's delivery does not exist")
	_, err = b.PickUp(b.ctx, near, d.ID, 0, Pickup{})
	require.Equal(t, domain.Conflict, domain.KindOf(err), "not at the store")
	d, err = b.Arrive(b.ctx, near, d.ID, 0, Arrival{At: "store"})
	require.NoError(t, err)
	require.Equal(t, "4711", d.OrderCode)
	_, err = b.PickUp(b.ctx, near, d.ID, 0, Pickup{})
	require.Equal(t, domain.Conflict, domain.KindOf(err), "the food is not ready")
	b.exec(`UPDATE orders SET state = 'ready' WHERE id = $1`, orderID.String())
	_, err = b.PickUp(b.ctx, near, d.ID, 0, Pickup{Code: "0000"})
	require.Equal(t, domain.Conflict, domain.KindOf(err), "a wrong code is wrong even at the store")
	_, err = b.PickUp(b.ctx, near, d.ID, 0, Pickup{})
	require.NoError(t, err)
	_, err = b.Deliver(b.ctx, near, d.ID, 0, Handover{PIN: "9999"})
	require.Equal(t, domain.Conflict, domain.KindOf(err))
	_, err = b.Arrive(b.ctx, near, d.ID, 0, Arrival{At: "customer"})
	require.NoError(t, err)
	d, err = b.Deliver(b.ctx, near, d.ID, 0, Handover{PIN: "0042"})
	require.NoError(t, err)
	require.EqualValues(t, "delivered", d.State)
	require.EqualValues(t, "delivered", d.Order.State)
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM payments WHERE state = 'captured' AND captured = 24900`))
	require.Equal(t, []string{
		"order.captured courier_cash -24900", "order.captured held 24900",
		"order.settled courier 3900", "order.settled held -24900", "order.settled tax 1000", "order.settled vendor 20000",
	}, b.books(orderID))
	require.Equal(t, -24900, b.scan(`SELECT balance FROM accounts WHERE kind = 'courier_cash' AND owner_id = $1`, near.ID.String()))
	_, err = b.Deliver(b.ctx, near, d.ID, 0, Handover{PIN: "0042"})
	require.Equal(t, domain.Conflict, domain.KindOf(err), "once")

	records, err := b.db.Timeline(b.ctx, orderID, 0, 1000)
	require.NoError(t, err)
	var types []string
	for i, r := range records {
		types = append(types, r.Type)
		require.Equal(t, i+2, r.Version)
		require.Equal(t, near.ID, r.CourierID, r.Type)
	}
	require.Equal(t, []string{"delivery.offered", "delivery.assigned", "delivery.at_store", "order.picked_up", "delivery.at_customer",
		"order.delivered", "payment.captured"}, types)
}

func TestADeclinedOfferGoesToTheNext(t *testing.T) {
	b := setup(t)
	b.order("accepted")
	near, far := b.courier(0.001), b.courier(0.01)
	_, err := b.Dispatch(b.ctx)
	require.NoError(t, err)
	offer := b.offerOf(near)
	require.Equal(t, domain.NotFound, domain.KindOf(b.Decline(b.ctx, far, offer, 0, "OTHER")))
	require.NoError(t, b.Decline(b.ctx, near, offer, 0, "BREAK"))
	require.Equal(t, domain.Conflict, domain.KindOf(b.Decline(b.ctx, near, offer, 0, "BREAK")))
	made, err := b.Dispatch(b.ctx)
	require.NoError(t, err)
	require.Equal(t, 1, made)
	offer = b.offerOf(far)

	b.exec(`UPDATE offers SET expires_at = now() - interval '1 second' WHERE id = $1`, offer.String())
	_, err = b.Accept(b.ctx, far, offer, 0)
	require.ErrorIs(t, err, postgres.ErrOfferClosed, "too late, though nobody has swept yet")
	closed, err := b.ExpireOffers(b.ctx)
	require.NoError(t, err)
	require.Equal(t, 1, closed)
	made, err = b.Dispatch(b.ctx)
	require.NoError(t, err)
	require.Zero(t, made, "both have said no")
}

func TestOneCourierOneDelivery(t *testing.T) {
	b := setup(t)
	for range 6 {
		b.order("accepted")
	}
	c := b.courier(0.001)
	var wg sync.WaitGroup
	var made atomic.Int64
	for range 4 { // instances
		wg.Go(func() {
			n, err := b.Dispatch(b.ctx)
			if err != nil {
				t.Error(err)
			}
			made.Add(int64(n))
		})
	}
	wg.Wait()
	require.EqualValues(t, 1, made.Load(), "one open trip a courier")
	offers := b.offers(c)
	require.Len(t, offers, 2, "as much as they carry")
	_, err := b.Accept(b.ctx, c, offers[0].ID, 0)
	require.NoError(t, err)
	n, err := b.Dispatch(b.ctx)
	require.NoError(t, err)
	require.Zero(t, n, "busy")
}

func TestAnOfferIsTakenOnce(t *testing.T) {
	b := setup(t)
	c := b.courier(0.001)
	for range 10 {
		b.order("accepted")
		_, err := b.Dispatch(b.ctx)
		require.NoError(t, err)
		offer := b.offerOf(c)
		var wg sync.WaitGroup
		var won atomic.Int64
		for i := range 4 {
			wg.Go(func() {
				var err error
				if i%2 == 0 {
					_, err = b.Accept(b.ctx, c, offer, 0)
				} else {
					err = b.Decline(b.ctx, c, offer, 0, "OTHER")
				}
				switch {
				case err == nil:
					won.Add(1)
				case domain.KindOf(err) != domain.Conflict:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		require.EqualValues(t, 1, won.Load())
		b.exec(`DELETE FROM offers`)
		b.exec(`DELETE FROM deliveries`)
	}
}

func TestAStaleVersionMovesNothing(t *testing.T) {
	b := setup(t)
	c := b.courier(0)
	b.order("accepted")
	_, err := b.Dispatch(b.ctx)
	require.NoError(t, err)
	stale := func(_ any, err error) {
		t.Helper()
		require.Equal(t, domain.Precondition, domain.KindOf(err))
	}
	mine, err := b.db.CourierByID(b.ctx, c.ID)
	require.NoError(t, err)
	stale(b.PutCourier(b.ctx, c, mine.Version+1, fleet.Profile{Name: "Ravi", Phone: "+911234567", Vehicle: "car"}))
	stale(b.SetOnline(b.ctx, c, mine.Version+1, !mine.Online))
	changed, err := b.PutCourier(b.ctx, c, mine.Version, fleet.Profile{Name: "Ravi", Phone: "+911234567", Vehicle: "car"})
	require.NoError(t, err)
	require.Equal(t, "car", changed.Vehicle)
	require.Equal(t, mine.Version+1, changed.Version)
	again, err := b.PutCourier(b.ctx, c, 0, fleet.Profile{Name: "Ravi", Phone: "+911234567", Vehicle: "car"})
	require.NoError(t, err)
	require.Equal(t, changed, again, "saying so again changes nothing")

	offers, err := b.Offers(b.ctx, c)
	require.NoError(t, err)
	version := offers[0].Order.Version
	stale(b.Accept(b.ctx, c, offers[0].ID, version+1))
	stale(nil, b.Decline(b.ctx, c, offers[0].ID, version+1, "BREAK"))
	d, err := b.Accept(b.ctx, c, offers[0].ID, version)
	require.NoError(t, err)
	stale(b.Arrive(b.ctx, c, d.ID, version, Arrival{At: "store"}))
	_, err = b.Arrive(b.ctx, c, d.ID, d.Order.Version, Arrival{At: "store"})
	require.NoError(t, err)
}
