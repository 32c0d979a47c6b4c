package postgres_test

import (
	"database/sql"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver that goose uses
	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/postgres"
	"github.com/zoop-dev/zoop/migrations"
)

// TestThePastIsInTheBooks migrates a database with orders of the time before there were books, down and up again.
func TestThePastIsInTheBooks(t *testing.T) {
	t.Parallel()
	url := dbtest.EmptyURL(t)
	db, err := sql.Open("pgx", url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	steps, err := goose.NewProvider(goose.DialectPostgres, db, migrations.FS)
	require.NoError(t, err)
	const money = 24
	_, err = steps.UpTo(t.Context(), money-1)
	require.NoError(t, err)
	for _, stmt := range []string{
		`INSERT INTO users (id, email, first_name, role) SELECT ('00000000-0000-0000-0000-00000000000' || n)::uuid, n || '@example.com', 'A', 'customer' FROM generate_series(1, 2) n`,
		`INSERT INTO couriers (user_id, name, vehicle) VALUES ('00000000-0000-0000-0000-000000000002', 'Ravi', 'bicycle')`,
		`INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, lat, lng)
		 VALUES ('00000000-0000-0000-0000-000000000003', 'Casa Lima', '{Thali}', '1 Janpath', 'New Delhi', 'IN', 'Asia/Kolkata', 'INR', 28.61, 77.21)`,
		`INSERT INTO orders (id, number, state, version, customer_id, vendor_id, city, fulfilment, currency, total, address, delivery_pin, order_code, accept_seconds,
		                     promised_at, ended_at, cancel_reason, cancel_fee, cancel_lost, cancel_liable, cancel_restock, cancel_strike)
		 SELECT ('00000000-0000-0000-0000-0000000001' || n)::uuid, n, state, 1, '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000003', 'New Delhi',
		        fulfilment, 'INR', 480, '{}', '', '', 300, now(), CASE WHEN state <> 'accepted' THEN timestamptz '2026-01-02 03:04Z' END, 'OTHER', 0, 0, 'vendor', true, false
		 FROM (VALUES ('01', 'completed', 'delivery'), ('02', 'collected', 'pickup'), ('03', 'cancelled', 'delivery'), ('04', 'accepted', 'delivery'),
		              ('05', 'delivered', 'delivery')) o (n, state, fulfilment)`,
		`INSERT INTO quote_lines (order_id, position, kind, label, amount, bearer)
		 SELECT id, 0, 'item', 'Thali', CASE fulfilment WHEN 'pickup' THEN 460 ELSE 400 END, 'customer' FROM orders
		 UNION ALL SELECT id, 1, 'tax', 'Tax', 20, 'customer' FROM orders
		 UNION ALL SELECT id, 2, 'delivery_fee', 'Delivery', 60, 'customer' FROM orders WHERE fulfilment = 'delivery'`,
		// The fifth was handed over, and its payment forgotten.
		`INSERT INTO payments (id, order_id, method, state, amount, currency)
		 SELECT gen_random_uuid(), id, 'cod', CASE number WHEN '01' THEN 'captured' WHEN '02' THEN 'captured' WHEN '03' THEN 'voided' ELSE 'created' END, total, 'INR' FROM orders`,
		`INSERT INTO deliveries (id, order_id, vendor_id, state, courier_id, pickup_lat, pickup_lng, dropoff_lat, dropoff_lng)
		 SELECT gen_random_uuid(), id, vendor_id, 'delivered', '00000000-0000-0000-0000-000000000002', 0, 0, 0, 0 FROM orders WHERE number IN ('01', '05')`,
	} {
		_, err := db.ExecContext(t.Context(), stmt)
		require.NoError(t, err, stmt)
	}
	for range 2 {
		_, err = steps.UpTo(t.Context(), money)
		require.NoError(t, err)
		b := bookkeeper{open(t, url), t}
		s := sale{bookkeeper: b}
		require.Equal(t, []string{"01 captured 480", "02 captured 480", "03 voided 0", "04 created 0", "05 captured 480"},
			s.lines(`SELECT concat_ws(' ', o.number, p.state, p.captured) FROM payments p JOIN orders o ON o.id = p.order_id ORDER BY 1`))
		require.Equal(t, []string{
			"01 order.captured courier_cash -480", "01 order.captured held 480",
			"01 order.settled courier 60", "01 order.settled held -480", "01 order.settled tax 20", "01 order.settled vendor 400",
			"02 order.captured held 480", "02 order.captured vendor -480", "02 order.settled held -480", "02 order.settled tax 20", "02 order.settled vendor 460",
			"05 order.captured courier_cash -480", "05 order.captured held 480",
			"05 order.settled courier 60", "05 order.settled held -480", "05 order.settled tax 20", "05 order.settled vendor 400",
		}, s.lines(`SELECT concat_ws(' ', o.number, t.kind, a.kind, e.amount) FROM transfers t JOIN orders o ON o.id = t.order_id
			JOIN entries e ON e.transfer_id = t.id AND e.at = '2026-01-02 03:04Z' JOIN accounts a ON a.id = e.account_id ORDER BY 1`))
		require.Equal(t, -960, b.scan(`SELECT balance FROM accounts WHERE kind = 'courier_cash'`))
		b.sound()
		_, err = steps.DownTo(t.Context(), money-1)
		require.NoError(t, err)
	}
}

func open(t *testing.T, url string) *postgres.DB {
	t.Helper()
	db, err := postgres.Open(t.Context(), url, postgres.Options{})
	require.NoError(t, err)
	t.Cleanup(db.Close)
	return db
}
