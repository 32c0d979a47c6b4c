package trust

import (
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestDispatchIsTakenOver has two processes dispatch a city at its peak, of which one is killed with each wave of orders, or frozen, and
// replaced: every order is offered once, to one courier, within some seconds.
func TestDispatchIsTakenOver(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	s := f.shop
	s.exec(`CREATE TABLE fleet AS SELECT gen_random_uuid() AS id FROM generate_series(1, 60)`)
	s.exec(`INSERT INTO users (id, email, first_name, role) SELECT id, id || '@example.com', 'Mona', 'courier' FROM fleet`)
	s.exec(`INSERT INTO couriers (user_id, name, vehicle, status, online, lat, lng, located_at)
	        SELECT id, 'Mona', 'motorbike', 'approved', true, 28.61, 77.21, now() FROM fleet`)
	at := []*instance{s.dispatcher(), s.dispatcher()}
	var waits []time.Duration
	for wave := range times(60, 4) {
		var orders []string
		for range 20 {
			orders = append(orders, f.order())
		}
		began := time.Now()
		victim := wave % 2
		if wave%4 < 2 {
			at[victim].kill()
		} else {
			at[victim].freeze()
		}
		for s.count(`SELECT count(*) FROM deliveries WHERE order_id = ANY ($1) AND state = 'unassigned'`, orders) > 0 {
			require.Less(t, time.Since(began), patience)
		}
		waits = append(waits, time.Since(began))
		at[victim].kill()
		at[victim] = s.dispatcher()
		require.Zero(t, s.count(`SELECT count(*) FROM (SELECT FROM offers WHERE order_id = ANY ($1) GROUP BY order_id HAVING count(*) > 1) x`, orders), "offered once")
		require.Zero(t, s.count(`SELECT count(*) FROM (SELECT FROM offers WHERE state = 'open' GROUP BY courier_id HAVING count(DISTINCT trip_id) > 1) x`), "one trip a courier")
		for _, id := range orders {
			require.Equal(t, 200, f.call(wave, "POST", "/api/v1/orders/"+id+"/cancel", f.admin, `{"reason":"OPS"}`))
		}
	}
	slices.Sort(waits)
	t.Logf("%d waves of 20 orders, a process killed or frozen in each: all offered after %s (median), %s (longest)", len(waits), waits[len(waits)/2].Round(time.Millisecond),
		waits[len(waits)-1].Round(time.Millisecond))
	if full() {
		require.LessOrEqual(t, waits[len(waits)-1], 5*time.Second)
	}
}

// dispatcher is a process that chooses couriers.
func (s *shop) dispatcher() *instance { return s.serve("ZOOP_ROLES=api,dispatch") }

// freeze has the process stand still, as a machine that swaps.
func (i *instance) freeze() {
	i.t.Helper()
	require.NoError(i.t, i.cmd.Process.Signal(syscall.SIGSTOP))
}
