package postgres_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain/alert"
	"github.com/zoop-dev/zoop/internal/postgres"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// TestAlertsReadLittle looks at the plans of what is asked every second, among twenty thousand orders that have ended: none goes through a
// table that grows.
func TestAlertsReadLittle(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	pool := dbtest.New(t)
	db, err := postgres.FromPool(ctx, pool)
	require.NoError(t, err)
	t.Cleanup(db.Close)
	for _, sql := range []string{
		`INSERT INTO users (id, email, first_name, role) VALUES ('00000000-0000-0000-0000-000000000001', 'a@example.com', 'Asha', 'customer')`,
		`INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, lat, lng, status)
		 SELECT gen_random_uuid(), 'Casa ' || n, '{Thali}', '1 Janpath', 'New Delhi', 'IN', 'Asia/Kolkata', 'INR', 28.61, 77.21, 'approved' FROM generate_series(1, 2000) n`,
		`INSERT INTO orders (id, number, state, version, customer_id, vendor_id, city, fulfilment, currency, total, address, delivery_pin, order_code, accept_seconds, promised_at,
		                     ended_at, cancel_reason, cancel_fee, cancel_lost, cancel_liable, cancel_restock, cancel_strike, placed_at)
		 SELECT gen_random_uuid(), 'N' || n, CASE WHEN n % 2 = 0 THEN 'completed' ELSE 'expired' END, 5, '00000000-0000-0000-0000-000000000001', v.id, 'New Delhi', 'delivery', 'INR', 24900, '{}',
		        '0042', '4711', 300, now() - make_interval(mins => n), now() - make_interval(mins => n), 'VENDOR_TIMEOUT', 0, 0, 'vendor', true, true, now() - make_interval(mins => n)
		 FROM (SELECT id, row_number() OVER () AS k FROM vendors) v JOIN generate_series(1, 20000) n ON n % 2000 + 1 = v.k`,
		`INSERT INTO payments (id, order_id, method, provider, state, amount, captured, currency) SELECT id, id, 'card', 'sandbox', 'captured', total, total, 'INR' FROM orders`,
		`INSERT INTO payment_operations (id, payment_id, verb, amount, state, ended_at, created_at) SELECT id, id, 'capture', total, 'done', ended_at, placed_at FROM orders`,
		`INSERT INTO deliveries (id, order_id, vendor_id, pickup_lat, pickup_lng, dropoff_lat, dropoff_lng, state, unclaimed_at) SELECT id, id, vendor_id, 0, 0, 0, 0, 'cancelled', now() FROM orders`,
		`INSERT INTO alerts (id, kind, severity, subject, subject_id, city, name, closed_at) SELECT id, 'no_courier', 'crit', 'order', id, city, number, now() FROM orders`,
		`ANALYZE`,
	} {
		_, err := pool.Exec(ctx, sql)
		require.NoError(t, err)
	}
	conn, err := pool.Acquire(ctx)
	require.NoError(t, err)
	defer conn.Release()
	var kinds []string
	for _, k := range alert.Quick() {
		kinds = append(kinds, string(k))
	}
	grow := []string{"orders", "deliveries", "payments", "payment_operations", "alerts"}
	for _, mode := range []string{"force_custom_plan", "force_generic_plan"} {
		_, err := conn.Exec(ctx, "SET plan_cache_mode = "+mode)
		require.NoError(t, err)
		for name, args := range map[string][]any{
			"ordersToLookAt": {[]string{}},
			"newAlertCauses": fields(query.NewAlertCausesParams{Kinds: kinds, Most: 200}),
			"endedAlerts":    fields(query.EndedAlertsParams{Kinds: kinds, Most: 200}),
			"liveAlerts":     {2000},
			"forgetAlerts":   nil,
			"listAlerts":     fields(query.ListAlertsParams{State: "live", Most: 20}),
		} {
			if name == "listAlerts" && mode == "force_generic_plan" {
				continue // it is planned anew each time
			}
			hashed := false
			made(t, conn, statement(t, "alerts.sql.go", name), args).walk(func(p plan) {
				hashed = hashed || strings.Contains(p.Filter, "hashed SubPlan")
				require.Falsef(t, p.Kind == "Seq Scan" && slices.Contains(grow, p.Relation), "%s goes through %s", name, p.Relation)
				require.Lessf(t, (p.Rows+p.Removed)*p.Loops, 100.0, "%s looks at much: %+v", name, p)
			})
			require.True(t, hashed || name != "endedAlerts", "all causes are compared with each open alert, %s", mode)
		}
	}
}
