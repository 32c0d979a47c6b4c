package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/postgres"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// TestOrdersAreFoundByIndexes looks at the plans of each way to look for orders, among 20,000 of a fortnight, and at what is found.
func TestOrdersAreFoundByIndexes(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	db, err := postgres.Open(ctx, dbtest.URL(t), postgres.Options{MaxConns: 1})
	require.NoError(t, err)
	t.Cleanup(db.Close)
	begin := time.Now().UTC().Truncate(time.Minute).Add(-20_000 * time.Minute)
	for _, sql := range []string{
		`INSERT INTO users (id, email, first_name, role) SELECT ('0198c0de-0000-7000-8000-' || lpad(i::text, 12, '0'))::uuid, i || '@example.com', 'Asha', 'customer' FROM generate_series(0, 999) i`,
		`INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, lat, lng, status)
		 SELECT ('0198c0de-0000-7000-8000-' || lpad(i::text, 12, '0'))::uuid, 'V', '{Thali}', 'A', 'C', 'IN', 'Asia/Kolkata', 'INR', 1, 1, 'approved' FROM generate_series(0, 99) i`,
		`INSERT INTO orders (id, number, state, version, customer_id, vendor_id, city, fulfilment, currency, total, delivery_pin, order_code, accept_seconds, placed_at, promised_at)
		 SELECT (lpad(to_hex(` + "(extract(epoch FROM at) * 1000)::bigint" + `), 12, '0') || '70008000' || lpad(i::text, 12, '0'))::uuid, 'N' || i,
			CASE WHEN i % 100 = 0 THEN 'preparing' ELSE 'completed' END, 1, ('0198c0de-0000-7000-8000-' || lpad((i % 1000)::text, 12, '0'))::uuid,
			('0198c0de-0000-7000-8000-' || lpad((i % 100)::text, 12, '0'))::uuid, 'C', 'pickup', 'INR', 100, '', '', 300, at, at
		 FROM (SELECT i, '` + begin.Format(time.RFC3339) + `'::timestamptz + i * interval '1 minute' AS at FROM generate_series(1, 20000) i) n`,
		`INSERT INTO payments (id, order_id, method, state, amount, currency) SELECT gen_random_uuid(), id, 'cod', 'captured', 100, 'INR' FROM orders`,
		"ANALYZE users, vendors, orders",
	} {
		_, err := db.Pool().Exec(ctx, sql)
		require.NoError(t, err)
	}
	somebody := domain.MustParseID("0198c0de-0000-7000-8000-000000000007")
	hourAgo := begin.Add(19_940 * time.Minute)
	born := postgres.BornAt(hourAgo)
	number := "N4711"
	live := []string{"pending_payment", "scheduled", "placed", "accepted", "preparing", "ready", "picked_up", "undeliverable"}
	asStates := make([]order.State, len(live))
	for i, s := range live {
		asStates[i] = order.State(s)
	}
	for name, tt := range map[string]struct {
		params query.ListOrdersParams
		filter postgres.OrderFilter
		index  string
		found  int
	}{
		"all":      {query.ListOrdersParams{}, postgres.OrderFilter{}, "orders_pkey", 21},
		"number":   {query.ListOrdersParams{Number: &number}, postgres.OrderFilter{Number: number}, "orders_number", 1},
		"customer": {query.ListOrdersParams{CustomerID: &somebody}, postgres.OrderFilter{CustomerID: somebody}, "orders_customer", 20},
		"vendor":   {query.ListOrdersParams{VendorID: &somebody}, postgres.OrderFilter{VendorID: somebody}, "orders_vendor", 21},
		"since":    {query.ListOrdersParams{Since: &hourAgo, Born: &born, States: []string{"rejected"}}, postgres.OrderFilter{Since: hourAgo, States: []order.State{"rejected"}}, "orders_state", 0},
		"state":    {query.ListOrdersParams{States: []string{"rejected"}}, postgres.OrderFilter{States: []order.State{"rejected"}}, "orders_state", 0},
		"live":     {query.ListOrdersParams{States: live}, postgres.OrderFilter{States: asStates}, "orders_live", 21},
		"all of it": {
			query.ListOrdersParams{CustomerID: &somebody, VendorID: &somebody, States: []string{"completed"}, Since: &hourAgo, Born: &born},
			postgres.OrderFilter{CustomerID: somebody, VendorID: somebody, States: []order.State{"completed"}, Since: hourAgo}, "", 0, // any of three
		},
	} {
		tt.params.Most, tt.filter.Limit = 21, 21
		if tt.params.States == nil {
			tt.params.States = []string{}
		}
		for range 7 { // the server keeps a plan for any values from the sixth time on
			found, err := db.Orders(ctx, tt.filter)
			require.NoError(t, err)
			require.Len(t, found, tt.found, name)
		}
		func() {
			conn, err := db.Pool().Acquire(ctx)
			require.NoError(t, err)
			defer conn.Release()
			_, err = conn.Exec(ctx, "SET plan_cache_mode = force_custom_plan")
			require.NoError(t, err)
			indexes := map[string]bool{}
			explained(t, conn, statement(t, "ordering.sql.go", "listOrders"), fields(tt.params)).walk(func(p plan) {
				require.False(t, p.Kind == "Seq Scan" && p.Relation == "orders", "%s", name)
				indexes[p.Index] = true
			})
			require.True(t, tt.index == "" || indexes[tt.index], "%s: uses %v", name, indexes)
			var prepared int
			require.NoError(t, conn.QueryRow(ctx, `SELECT count(*)::int FROM pg_prepared_statements WHERE statement LIKE '-- name: ListOrders%'`).Scan(&prepared))
			require.Zero(t, prepared, "%s: its plan would be for any values", name)
		}()
	}
}
