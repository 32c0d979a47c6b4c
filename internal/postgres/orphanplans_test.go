package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// TestOrphansAreLookedForAmongWhatIsUnderWay looks at what the search for orphans reads every second, among many orders that have ended, also
// of vendors that may not sell any more, and many that are under way or wait for their hour: where there is an orphan, and where there is none.
func TestOrphansAreLookedForAmongWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	db, err := postgres.Open(ctx, dbtest.URL(t), postgres.Options{StatementTimeout: time.Minute})
	require.NoError(t, err)
	t.Cleanup(db.Close)
	conn, err := db.Pool().Acquire(ctx)
	require.NoError(t, err)
	t.Cleanup(conn.Release)
	exec := func(sql string) {
		t.Helper()
		_, err := conn.Exec(ctx, sql)
		require.NoError(t, err, sql)
	}
	customer := domain.ID(id.New()).String()
	exec(`ALTER TABLE orders DISABLE TRIGGER ALL`)
	exec(`ALTER TABLE vendors DISABLE TRIGGER vendors_searchable`)
	exec(`INSERT INTO users (id, email, first_name, role) VALUES ('` + customer + `', 'asha@example.com', 'Asha', 'customer')`)
	exec(`INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, lat, lng, status)
		SELECT gen_random_uuid(), 'V' || i, '{Thali}', 'A', 'Pune', 'IN', 'Asia/Kolkata', 'INR', 18, 73, CASE WHEN i % 500 = 0 THEN 'suspended' ELSE 'approved' END
		FROM generate_series(1, 5000) i`)
	// Of eighty thousand orders, 400 wait for an answer, 1,600 for their hour and 2,000 cook; those of suspended vendors, who sold much, have ended.
	exec(`INSERT INTO orders (id, number, state, version, customer_id, vendor_id, city, fulfilment, currency, total, address, delivery_pin, order_code, accept_seconds, promised_at,
			deadline_at, deadline_verb, scheduled_for, release_at, accepted_at, ready_by)
		SELECT gen_random_uuid(), 'N' || n, s, 1, '` + customer + `', vendor_id, 'Pune', 'delivery', 'INR', 100, '{}', '', '', 300, now(),
			CASE WHEN s IN ('placed', 'scheduled') THEN now() END, CASE s WHEN 'placed' THEN 'expire' WHEN 'scheduled' THEN 'place' END,
			CASE WHEN s = 'scheduled' THEN now() END, CASE WHEN s = 'scheduled' THEN now() END, now(), now()
		FROM (
			SELECT n, v.id AS vendor_id, CASE WHEN v.status <> 'approved' OR n > 4000 THEN 'completed' WHEN n <= 400 THEN 'placed' WHEN n <= 2000 THEN 'scheduled' ELSE 'preparing' END AS s
			FROM (SELECT id, status, row_number() OVER (ORDER BY id) AS k FROM vendors) v
			JOIN generate_series(1, 60000) n ON n % 5000 + 1 = v.k
			UNION ALL
			SELECT 60000 + row_number() OVER (), v.id, 'completed' FROM vendors v, generate_series(1, 2000) WHERE v.status <> 'approved') o`)
	exec(`VACUUM ANALYZE orders, vendors`)
	for _, orphans := range []bool{false, true} {
		if orphans {
			exec(`UPDATE orders SET state = 'placed', deadline_at = now(), deadline_verb = 'expire' WHERE id IN (SELECT o.id FROM orders o JOIN vendors v ON v.id = o.vendor_id WHERE v.status <> 'approved' ORDER BY o.id DESC LIMIT 3)`)
		}
		for _, mode := range []string{"force_custom_plan", "force_generic_plan"} {
			exec("SET plan_cache_mode = " + mode)
			found := made(t, conn, statement(t, "ordering.sql.go", "firstOrphan"), nil)
			require.Equal(t, orphans, found.Rows > 0)
			found.walk(func(p plan) {
				require.False(t, p.Kind == "Seq Scan" && p.Relation == "orders", mode)
				if p.Relation == "orders" {
					require.LessOrEqual(t, (p.Rows+p.Removed)*p.Loops, 2100.0, "%s, %s: by %q", p.Kind, mode, p.Index)
				}
			})
		}
	}
}
