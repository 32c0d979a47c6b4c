package delivery

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// storm is many people who do what they may, and sometimes what they may not, at once.
type storm struct {
	*bench
	couriers []domain.Actor
	boss     domain.Actor
	orders   []domain.ID
}

// broken says what must never be seen, whenever somebody looks.
var broken = map[string]string{
	"a courier has two trips to answer": `SELECT courier_id FROM offers WHERE state = 'open' GROUP BY courier_id HAVING count(DISTINCT trip_id) > 1`,
	"an offer and its delivery differ": `SELECT d.id FROM deliveries d LEFT JOIN offers f ON f.delivery_id = d.id AND f.state = 'open'
		WHERE (d.state = 'offered') <> (f.id IS NOT NULL)`,
	"nobody has it, or somebody": `SELECT id FROM deliveries WHERE (courier_id IS NULL) <> (state IN ('unassigned', 'offered', 'cancelled'))`,
	"two have it": `SELECT d.id FROM deliveries d JOIN offers f ON f.delivery_id = d.id AND f.state = 'accepted'
		WHERE d.state IN ('unassigned', 'offered', 'assigned', 'at_store', 'picked_up', 'at_customer') AND f.courier_id IS DISTINCT FROM d.courier_id`,
	"a trip has two couriers": `SELECT trip_id FROM deliveries WHERE courier_id IS NOT NULL AND trip_id IS NOT NULL GROUP BY trip_id HAVING count(DISTINCT courier_id) > 1`,
	"a courier carries more than they can": `SELECT c.user_id FROM couriers c JOIN deliveries d ON d.courier_id = c.user_id AND d.state IN ('assigned', 'at_store') -- what they had given up may be theirs again
		GROUP BY c.user_id, c.capacity HAVING count(*) > c.capacity`,
	"an order and its delivery differ": `SELECT o.id FROM orders o JOIN deliveries d ON d.order_id = o.id
		WHERE NOT CASE o.state WHEN 'delivered' THEN d.state = 'delivered' WHEN 'cancelled' THEN d.state = 'cancelled' WHEN 'returned' THEN d.state = 'returned'
			WHEN 'undeliverable' THEN d.state IN ('failed', 'returning')
			WHEN 'picked_up' THEN d.stranded_by IS NULL AND d.state IN ('picked_up', 'at_customer') OR d.stranded_by IS NOT NULL AND d.state IN ('unassigned', 'offered', 'assigned', 'at_store')
			ELSE d.stranded_by IS NULL AND d.state IN ('unassigned', 'offered', 'assigned', 'at_store') END`,
	"versions have gaps": `SELECT o.id FROM orders o LEFT JOIN events e ON e.subject = 'order' AND e.subject_id = o.id
		GROUP BY o.id, o.version HAVING count(e.version) <> o.version - 1 OR coalesce(max(e.version), 1) <> o.version`,
}

func (s *storm) look() error {
	for what, sql := range broken {
		var ids []string
		if err := s.pool.QueryRow(s.ctx, `SELECT coalesce(array_agg(x::text), '{}') FROM (`+sql+`) AS t (x)`).Scan(&ids); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		if len(ids) > 0 {
			return fmt.Errorf("%s: %v", what, ids)
		}
	}
	return nil
}

// one is one of what there is at random; Nil where there is none.
func (s *storm) one(sql string, args ...any) (id domain.ID) {
	_ = s.pool.QueryRow(s.ctx, sql+` ORDER BY random() LIMIT 1`, args...).Scan(&id)
	return id
}

// act does one thing at random.
func (s *storm) act(dice *rand.Rand) (what string, err error) {
	ctx := s.ctx
	c := s.couriers[dice.IntN(len(s.couriers))]
	offer := s.one(`SELECT id FROM offers WHERE state = 'open' AND courier_id = $1`, c.ID)
	mine := s.one(`SELECT id FROM deliveries WHERE courier_id = $1 AND state NOT IN ('delivered', 'returned')`, c.ID)
	some := s.one(`SELECT id FROM deliveries WHERE state NOT IN ('delivered', 'returned', 'cancelled')`)
	point := domain.Point{Lat: 28.61 + dice.Float64()/100, Lng: 77.21}
	deeds := []struct {
		what string
		do   func() error
	}{
		{"dispatch", func() error { _, err := s.Dispatch(ctx); return err }},
		{"dispatch", func() error { _, err := s.Dispatch(ctx); return err }},
		{"accept", func() error { _, err := s.Accept(ctx, c, offer, 0); return err }},
		{"accept", func() error { _, err := s.Accept(ctx, c, offer, 0); return err }},
		{"decline", func() error { return s.Decline(ctx, c, offer, 0, "BREAK") }},
		{"accept", func() error { _, err := s.Accept(ctx, c, offer, 0); return err }},
		{"accept", func() error { _, err := s.Accept(ctx, c, offer, 0); return err }},
		{"expire", func() error {
			_, _ = s.pool.Exec(ctx, `UPDATE offers SET expires_at = now() WHERE id = $1`, offer)
			_, err := s.ExpireOffers(ctx)
			return err
		}},
		{"forgive", func() error {
			_, err := s.pool.Exec(ctx, `UPDATE offers SET offered_at = now() - interval '2 hours' WHERE state IN ('declined', 'expired', 'taken_away') AND courier_id = $1`, c.ID)
			return err
		}},
		{"go on", func() error { return s.goOn(c, mine) }}, {"go on", func() error { return s.goOn(c, mine) }}, {"go on", func() error { return s.goOn(c, mine) }},
		{"go on", func() error { return s.goOn(c, mine) }}, {"go on", func() error { return s.goOn(c, mine) }}, {"go on", func() error { return s.goOn(c, mine) }},
		{"give back", func() error { return s.GiveBack(ctx, c, mine, 0, "VEHICLE") }},
		{"take away", func() error { return s.TakeAway(ctx, s.boss, some, 0, "OTHER") }},
		{"assign", func() error { return s.AssignTo(ctx, s.boss, some, 0, c.ID, true) }},
		{"rescue", func() error { return s.Rescue(ctx, s.boss, some, 0, nil, "OTHER") }},
		{"rescue", func() error { return s.Rescue(ctx, s.boss, some, 0, &point, "OTHER") }},
		{"lose", func() error { return s.Lose(ctx, s.boss, some, 0) }},
		{"return", func() error { return s.Return(ctx, s.boss, s.orders[dice.IntN(len(s.orders))], 0) }},
		{"redeliver", func() error { return s.Redeliver(ctx, s.boss, s.orders[dice.IntN(len(s.orders))], 0) }},
		{"cancel", func() error { return s.cancel(ctx, s.orders[dice.IntN(len(s.orders)/2)]) }}, // the others stay
		{"suspend", func() error { _, err := s.Judge(ctx, s.boss, c.ID, 0, vendor.VerbSuspend, "x"); return err }},
		{"approve", func() error {
			_, err := s.pool.Exec(ctx, `UPDATE couriers SET status = 'approved', version = version + 1 WHERE user_id = $1`, c.ID)
			return err
		}},
		{"go", func() error { _, err := s.SetOnline(ctx, c, 0, false); return err }},
		{"come", func() error { _, err := s.SetOnline(ctx, c, 0, true); return err }},
		{"come", func() error { _, err := s.SetOnline(ctx, c, 0, true); return err }},
		{"come", func() error { _, err := s.SetOnline(ctx, c, 0, true); return err }},
		{"sweep", func() error { return s.Sweep(ctx) }},
		{"offline", func() error { _, err := s.TakeOffline(ctx); return err }},
	}
	d := deeds[dice.IntN(len(deeds))]
	return d.what, d.do()
}

// goOn does what a courier does next with a delivery.
func (s *storm) goOn(c domain.Actor, id domain.ID) (err error) {
	d, err := s.db.DeliveryByID(s.ctx, id)
	if err != nil {
		return err
	}
	switch d.State {
	case rules.Assigned:
		_, err = s.Arrive(s.ctx, c, id, 0, Arrival{At: "store"})
	case rules.AtStore:
		_, err = s.PickUp(s.ctx, c, id, 0, Pickup{})
	case rules.PickedUp:
		_, err = s.Arrive(s.ctx, c, id, 0, Arrival{At: "customer"})
	case rules.AtCustomer:
		_, err = s.Deliver(s.ctx, c, id, 0, Handover{PIN: "0042"})
	case rules.Failed:
		_, err = s.TurnBack(s.ctx, c, id, 0)
	case rules.Returning:
		_, err = s.Arrive(s.ctx, c, id, 0, Arrival{At: "store"})
	}
	return err
}

func (s *storm) cancel(ctx context.Context, orderID domain.ID) error {
	return s.db.InTx(ctx, func(tx *postgres.Tx) error {
		o, err := tx.HoldOrder(ctx, orderID)
		if err != nil {
			return err
		}
		event, err := o.Cancel(s.boss.Role, o.Now, "FRAUD")
		if err != nil {
			return err
		}
		if err := tx.CancelDelivery(ctx, o); err != nil {
			return err
		}
		return tx.StoreOrder(ctx, o, s.boss, event)
	})
}

// deadlocks are those that Postgres had to resolve. Its sessions tell of them at the latest when they end.
func (s *storm) deadlocks() int {
	s.pool.Reset()
	s.db.Pool().Reset()
	require.True(s.t, dbtest.Within(time.Minute, func() bool {
		return s.scan(`SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`) == 0
	}))
	return s.scan(`SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`)
}

// Whatever couriers, staff and rounds do at once: nobody has two trips to answer, no delivery two couriers, nothing is lost, and what waits is explained.
func TestAStorm(t *testing.T) {
	for _, seed := range []uint64{1, 2, uint64(time.Now().UnixNano())} {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			s := &storm{bench: setup(t)}
			s.boss = s.bench.boss()
			for range 6 {
				s.couriers = append(s.couriers, s.courier(0.001))
			}
			for n := range 60 {
				s.orders = append(s.orders, s.order("ready"))
				if n%3 == 0 { // couriers without a city work in both
					s.exec(`UPDATE orders SET city = 'Pune' WHERE id = $1`, s.orders[n])
				}
			}
			var wg sync.WaitGroup
			done := [4]map[string]int{{}, {}, {}, {}}
			for n := range 4 {
				dice := rand.New(rand.NewPCG(seed, uint64(n)))
				wg.Go(func() {
					for range 200 {
						what, err := s.act(dice)
						refused := slices.Contains([]domain.Kind{domain.Conflict, domain.NotFound, domain.Invalid, domain.Precondition}, domain.KindOf(err))
						if err == nil {
							done[n][what]++
						}
						if err == nil || refused {
							err = s.look()
						}
						if err != nil {
							t.Errorf("%s: %v", what, err)
							return
						}
					}
				})
			}
			wg.Wait()
			t.Log(done)
			require.Zero(t, s.deadlocks(), "a deadlock costs a second, and a round that stands still for three its city")
			s.dispatch()
			require.NoError(t, s.look())
			require.Zero(t, s.scan(`SELECT count(*) FROM deliveries d WHERE d.state = 'unassigned' AND d.dispatch_at <= now() AND NOT EXISTS (
				SELECT FROM dispatch_decisions x WHERE x.delivery_id = d.id AND x.attempt = 1 + (SELECT count(*) FROM offers f WHERE f.delivery_id = d.id))`), "each wait is explained")
			require.NotZero(t, s.scan(`SELECT count(*) FROM deliveries WHERE state = $1`, string(rules.Delivered)))
		})
	}
}
