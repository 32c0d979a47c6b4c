package trust

import (
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// TestLine18DeadlinesAreMetOnce lets thousands of timers come due while three processes run, of which one is killed every two
// seconds and replaced: each order is reminded of once and expires once, in time. Then all are killed, timers come due, and three
// new ones catch up.
func TestLine18DeadlinesAreMetOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.exec(`CREATE TABLE due (order_id uuid, type text, at timestamptz, PRIMARY KEY (order_id, type))`)
	orders, spread := times(2500, 100), time.Duration(times(50, 4))*time.Second
	at := []*instance{s.deadlines(), s.deadlines(), s.deadlines()}
	s.waiting(orders, 2*time.Second, spread)
	stop := time.After(spread + 2*time.Second)
	kills := 0
	for ticking := true; ticking; {
		select {
		case <-stop:
			ticking = false
		case <-time.After(2 * time.Second):
			n := kills % len(at)
			kills++
			at[n].kill()
			at[n] = s.deadlines()
		}
	}
	late := s.settled()
	require.Len(t, late, 2*orders)
	p99 := late[len(late)*99/100]
	t.Logf("%d deadlines, %d kills: p50 %s, p99 %s, last %s late", len(late), kills, late[len(late)/2], p99, late[len(late)-1])
	if full() {
		require.LessOrEqual(t, p99, 2*time.Second)
	}

	for _, i := range at {
		i.kill()
	}
	s.exec(`TRUNCATE due`)
	s.waiting(2*orders, 0, time.Second)
	time.Sleep(1500 * time.Millisecond) // the outage: all come due meanwhile
	began := time.Now()
	for n := range at {
		at[n] = s.deadlines()
	}
	late = s.settled()
	took := time.Since(began)
	require.Len(t, late, 2*orders)
	require.Zero(t, s.count(`SELECT count(*) FROM due d JOIN events e ON e.subject_id = d.order_id AND e.type = 'order.nudge'`), "nobody is reminded of what is over")
	t.Logf("%d deadlines of an outage: all within %s of the first start", len(late), took.Round(time.Millisecond))
	if full() {
		require.LessOrEqual(t, took, 10*time.Second)
	}
}

// deadlines is a process that does what the clock asks for; its API only tells when it is ready.
func (s *shop) deadlines() *instance { return s.serve("ZOOP_ROLES=api,worker") }

// waiting places so many orders, with vendors of their own by tens, whose vendor is to be reminded from a moment on, spread over a
// time, and whose time to accept ends as long after that as it is spread. In an outage both are over at once.
func (s *shop) waiting(orders int, from, spread time.Duration) {
	s.t.Helper()
	s.exec(`INSERT INTO users (id, email, first_name, role) VALUES ('00000000-0000-7000-8000-000000000001', 'asha@example.com', 'Asha', 'customer') ON CONFLICT DO NOTHING`)
	s.exec(`INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, lat, lng, open_minutes, status)
	        SELECT gen_random_uuid(), 'V', '{Thali}', '1', 'New Delhi', 'IN', 'Asia/Kolkata', 'INR', 28.61, 77.21, '{[0,10080)}', 'approved' FROM generate_series(1, $1 / 10)`, orders)
	s.exec(`WITH made AS (
	            INSERT INTO orders (id, number, state, version, customer_id, vendor_id, city, fulfilment, currency, total, delivery_pin, order_code, accept_seconds, promised_at,
	                                deadline_at, deadline_verb, timers)
	            SELECT gen_random_uuid(), 'N' || gen_random_uuid(), 'placed', 1, '00000000-0000-7000-8000-000000000001', v.id, 'New Delhi', 'pickup', 'INR', 100, '0000', '0000', 300, now(),
	                   now() + make_interval(secs => $2 + $3 * random()), 'nudge', '[]'
	            FROM (SELECT id FROM vendors WHERE name = 'V' ORDER BY created_at DESC, id LIMIT $1 / 10) v CROSS JOIN generate_series(1, 10)
	            RETURNING id, deadline_at), paid AS (
	            INSERT INTO payments (id, order_id, method, state, amount, currency) SELECT gen_random_uuid(), id, 'cod', 'created', 100, 'INR' FROM made), priced AS (
	            INSERT INTO quote_lines (order_id, position, kind, label, amount, bearer) SELECT id, 0, 'item', 'Thali', 100, 'customer' FROM made), dished AS (
	            INSERT INTO order_items (order_id, position, dish_id, name, quantity, unit_price) SELECT made.id, 0, dishes.id, dishes.name, 1, 100 FROM made, dishes), told AS (
	            INSERT INTO events (subject, subject_id, version, type, actor_role) SELECT 'order', id, 1, 'order.placed', 'customer' FROM made)
	        INSERT INTO due SELECT id, 'order.nudge', deadline_at FROM made WHERE $2 > 0 UNION ALL SELECT id, 'order.expired', deadline_at + make_interval(secs => $2) FROM made`,
		orders, from.Seconds(), spread.Seconds())
	s.exec(`UPDATE orders o SET timers = jsonb_build_array(jsonb_build_object('at', d.at, 'verb', 'expire')) FROM due d
	        WHERE d.order_id = o.id AND d.type = 'order.expired' AND o.state = 'placed'`)
	s.exec(`ANALYZE`) // these servers do without autovacuum, which a city's has
}

// settled waits until no timer is left, proves that each had its effect once, and gives how late they were, sorted.
func (s *shop) settled() []time.Duration {
	s.t.Helper()
	require.Eventually(s.t, func() bool {
		return s.count(`SELECT count(*) FROM (SELECT FROM orders WHERE state = 'placed' LIMIT 1) o`) == 0
	}, 3*patience, 50*time.Millisecond, "timers are left")
	require.Zero(s.t, s.count(`SELECT count(*) FROM orders o JOIN due d ON d.order_id = o.id WHERE o.state <> 'expired' OR o.deadline_at IS NOT NULL`))
	require.Zero(s.t, s.count(`SELECT count(*) FROM (SELECT subject_id, type FROM events WHERE subject = 'order' GROUP BY 1, 2, data ->> 'promise' HAVING count(*) > 1) e`), "twice")
	require.Zero(s.t, s.count(`SELECT count(*) FROM orders o WHERE o.version <> (SELECT count(*) FROM events e WHERE e.subject_id = o.id)`))
	require.Zero(s.t, s.count(`SELECT count(*) FROM payments WHERE state <> 'voided'`))
	rows, err := s.pool.Query(s.t.Context(), `SELECT (extract(epoch FROM e.at - d.at) * 1000)::bigint FROM due d JOIN events e ON e.subject_id = d.order_id AND e.type = d.type`)
	require.NoError(s.t, err)
	millis, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	require.NoError(s.t, err)
	late := make([]time.Duration, len(millis))
	for i, ms := range millis {
		late[i] = time.Duration(ms) * time.Millisecond
	}
	slices.Sort(late)
	require.GreaterOrEqual(s.t, late[0], time.Duration(0), "none fires early")
	return late
}
