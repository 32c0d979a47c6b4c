package trust

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/delivery"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// TestLine17FourCouriersOneOffer has four couriers take one delivery's offer at once, each at two processes: whoever was not offered it
// gets 404, and of all answers one counts. So it is against a decline, after which it is offered again, against a cancel, and against
// the end of the offer.
func TestLine17FourCouriersOneOffer(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	for round := range times(1000, 24) {
		order := f.order()
		offer, to := f.offered(order)
		var others [](func() int)
		against := []string{"nobody", "decline", "cancel", "expiry"}[round%4]
		switch against {
		case "decline":
			others = append(others, func() int {
				return f.call(round, "POST", "/api/v1/offers/"+offer+"/decline", f.tokens[to], `{"reason":"OTHER"}`)
			})
		case "cancel":
			others = append(others, func() int {
				return f.call(round, "POST", "/api/v1/orders/"+order+"/cancel", f.admin, `{"reason":"OPS"}`)
			})
		case "expiry":
			f.exec(`UPDATE offers SET expires_at = clock_timestamp() + make_interval(secs => $2::int / 1000.0) WHERE id = $1`, offer, round%16)
			others = append(others, func() int { return f.expire(offer) })
		}
		won, other := f.accept(offer, to, others...)
		switch against {
		case "nobody":
			require.Equal(t, 1, won, "round %d", round)
		case "decline":
			require.Equal(t, other[0] < 300, won == 0, "round %d: %d took it, and a decline was %d", round, won, other[0])
			if won == 0 {
				offer, to = f.offered(order)
				won, _ = f.accept(offer, to)
				require.Equal(t, 1, won, "round %d, offered again", round)
			}
		case "cancel":
			require.Equal(t, 200, other[0], "round %d", round)
			require.LessOrEqual(t, won, 1, "round %d", round)
		case "expiry":
			require.LessOrEqual(t, won, 1, "round %d", round)
		}
		f.agree(order, against, won)
		if against != "cancel" { // so that the couriers are free again
			require.Equal(t, 200, f.call(round, "POST", "/api/v1/orders/"+order+"/cancel", f.admin, `{"reason":"OPS"}`))
		}
	}
}

// fleet is a shop with four couriers at its door.
type fleet struct {
	*shop
	at       []*instance
	service  *delivery.Service
	admin    string
	tokens   map[string]string // by courier
	couriers []string
}

func newFleet(t *testing.T) *fleet {
	t.Helper()
	f := &fleet{shop: newShop(t), tokens: map[string]string{}}
	f.at = []*instance{f.serve("ZOOP_ROLES=api"), f.serve("ZOOP_ROLES=api")} // who offers, and ends offers, is the test
	db, err := postgres.FromPool(t.Context(), f.pool)
	require.NoError(t, err)
	t.Cleanup(db.Close)
	f.service = delivery.New(db, delivery.Options{RoundEvery: time.Nanosecond, RoundLeast: time.Nanosecond})
	f.admin = f.token("admin", "boss@example.com")
	f.token("customer", "asha@example.com")
	for i := range 4 {
		email := fmt.Sprintf("ravi%d@example.com", i)
		token := f.token("courier", email)
		var id string
		require.NoError(t, f.pool.QueryRow(t.Context(), `SELECT id::text FROM users WHERE email = $1`, email).Scan(&id))
		f.couriers, f.tokens[id] = append(f.couriers, id), token
	}
	return f
}

// order is one that its vendor has accepted, and whose delivery waits for a courier.
func (f *fleet) order() string {
	f.t.Helper()
	id := newID()
	f.exec(`UPDATE couriers SET online = true, lat = 28.61, lng = 77.21, located_at = now()`)
	f.exec(`INSERT INTO orders (id, number, state, version, customer_id, vendor_id, city, fulfilment, currency, total, address, delivery_pin, order_code, accept_seconds,
	                            promised_at, accepted_at, ready_by)
	        SELECT $1::uuid, right($1::uuid::text, 12), 'accepted', 0, u.id, $2, 'New Delhi', 'delivery', 'INR', 24900,
	               '{"label":"Home","line1":"2 Janpath","city":"New Delhi","lat":28.62,"lng":77.22}', '0042', '4711', 300, now(), now(), now()
	        FROM users u WHERE u.email = 'asha@example.com'`, id, f.vendor)
	f.exec(`INSERT INTO payments (id, order_id, method, state, amount, currency) VALUES ($1, $2, 'cod', 'created', 24900, 'INR')`, newID(), id)
	f.exec(`INSERT INTO quote_lines (order_id, position, kind, label, amount, bearer) VALUES ($1, 0, 'item', 'Thali', 24900, 'customer')`, id)
	f.exec(`INSERT INTO order_items (order_id, position, dish_id, name, quantity, unit_price) VALUES ($1, 0, $2, 'Thali', 1, 24900)`, id, f.dish)
	f.exec(`INSERT INTO deliveries (id, order_id, vendor_id, pickup_lat, pickup_lng, dropoff_lat, dropoff_lng, dispatch_at)
	        VALUES ($1, $2, $3, 28.61, 77.21, 28.62, 77.22, now())`, newID(), id, f.vendor)
	return id
}

// offered has an order's delivery offered, and tells which offer it is, and to whom.
func (f *fleet) offered(order string) (offer, courier string) {
	f.t.Helper()
	_, err := f.service.Dispatch(f.t.Context())
	require.NoError(f.t, err)
	require.NoError(f.t, f.pool.QueryRow(f.t.Context(), `SELECT f.id::text, f.courier_id::text FROM offers f JOIN deliveries d ON d.id = f.delivery_id
		WHERE d.order_id = $1 AND f.state = 'open'`, order).Scan(&offer, &courier))
	return offer, courier
}

func (f *fleet) call(n int, method, path, token, body string) int {
	status, _, _, err := f.at[n%len(f.at)].send(f.t.Context(), method, path, token, body)
	if err != nil {
		f.t.Error(err)
	}
	return status
}

// expire ends offers that are over until this one is closed, by that or by an answer.
func (f *fleet) expire(offer string) int {
	for ctx := f.t.Context(); ; {
		if _, err := f.service.ExpireOffers(ctx); err != nil {
			f.t.Error(err)
			return 0
		}
		var open bool
		if err := f.pool.QueryRow(ctx, `SELECT state = 'open' FROM offers WHERE id = $1`, offer).Scan(&open); err != nil || !open {
			return 0
		}
	}
}

// accept has all couriers take an offer at once, at both processes, while others do what they do. It tells how often it was taken, and
// what the others were answered.
func (f *fleet) accept(offer, to string, others ...func() int) (won int, answers []int) {
	f.t.Helper()
	answers = make([]int, len(others))
	statuses := make([]int, 2*len(f.couriers))
	start := make(chan struct{})
	var all sync.WaitGroup
	for i, do := range others {
		all.Go(func() { <-start; answers[i] = do() })
	}
	for i := range statuses {
		all.Go(func() {
			<-start
			statuses[i] = f.call(i, "POST", "/api/v1/offers/"+offer+"/accept", f.tokens[f.couriers[i/2]], "")
		})
	}
	close(start)
	all.Wait()
	for i, status := range statuses {
		switch {
		case f.couriers[i/2] != to:
			require.Equal(f.t, 404, status, "it is not theirs")
		case status == 200:
			won++
		default:
			require.Equal(f.t, 409, status)
		}
	}
	return won, answers
}

// agree proves that the database says what the couriers were told.
func (f *fleet) agree(order, against string, won int) {
	f.t.Helper()
	require.Equal(f.t, won, f.count(`SELECT count(*) FROM offers f JOIN deliveries d ON d.id = f.delivery_id WHERE d.order_id = $1 AND f.state = 'accepted'`, order), against)
	require.Zero(f.t, f.count(`SELECT count(*) FROM offers WHERE state = 'open'`), against)
	state := "unassigned"
	switch {
	case against == "cancel":
		state = "cancelled"
	case won == 1:
		state = "assigned"
	}
	require.Equal(f.t, 1, f.count(`SELECT count(*) FROM deliveries WHERE order_id = $1 AND state = $2`, order, state), "%s: %d took it", against, won)
	if state == "assigned" {
		require.Equal(f.t, 1, f.count(`SELECT count(*) FROM deliveries d JOIN offers f ON f.delivery_id = d.id AND f.state = 'accepted' AND f.courier_id = d.courier_id
		                          WHERE d.order_id = $1`, order))
	}
	require.Equal(f.t, won, f.count(`SELECT count(*) FROM events WHERE subject = 'order' AND subject_id = $1 AND type = 'delivery.assigned'`, order), against)
	require.Equal(f.t, 1, f.count(`SELECT count(*) FROM orders o WHERE o.id = $1 AND o.version = (SELECT count(*) FROM events e WHERE e.subject = 'order' AND e.subject_id = o.id)`, order))
}
