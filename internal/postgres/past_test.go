package postgres_test

import (
	"database/sql"
	"fmt"
	"strconv"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver that goose uses
	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
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

// TestThePastIsInvoiced migrates a database with orders of the time before there were invoices, down and up again.
func TestThePastIsInvoiced(t *testing.T) {
	t.Parallel()
	url := dbtest.EmptyURL(t)
	db, err := sql.Open("pgx", url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	steps, err := goose.NewProvider(goose.DialectPostgres, db, migrations.FS)
	require.NoError(t, err)
	const invoices = 36
	_, err = steps.UpTo(t.Context(), invoices-1)
	require.NoError(t, err)
	for _, stmt := range []string{
		`INSERT INTO users (id, email, first_name, last_name, role) VALUES ('00000000-0000-0000-0000-000000000001', 'a@example.com', 'Asha', 'Rao', 'customer')`,
		`INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, lat, lng) VALUES
		 ('00000000-0000-0000-0000-000000000003', 'Casa Lima', '{Thali}', '1 Janpath', 'New Delhi', 'IN', 'Asia/Kolkata', 'INR', 28.61, 77.21),
		 ('00000000-0000-0000-0000-000000000004', 'Haus Lima', '{Thali}', 'Am Markt 1', 'Berlin', 'DE', 'Europe/Berlin', 'INR', 52.5, 13.4)`,
		`INSERT INTO orders (id, number, state, version, customer_id, vendor_id, city, fulfilment, currency, total, delivery_pin, order_code, accept_seconds,
		                     promised_at, ended_at, cancel_reason, cancel_fee, cancel_lost, cancel_liable, cancel_restock, cancel_strike)
		 SELECT ('00000000-0000-0000-0000-0000000001' || n)::uuid, n, state, 1, '00000000-0000-0000-0000-000000000001', vendor::uuid, 'New Delhi',
		        'pickup', 'INR', 480, '', '', 300, now(), at::timestamptz, 'OTHER', 0, 0, 'vendor', true, false
		 FROM (VALUES ('01', 'completed', '00000000-0000-0000-0000-000000000003', '2026-03-31 18:40Z'), ('02', 'collected', '00000000-0000-0000-0000-000000000003', '2026-03-31 18:20Z'),
		              ('03', 'cancelled', '00000000-0000-0000-0000-000000000003', '2026-03-31 18:25Z'), ('04', 'collected', '00000000-0000-0000-0000-000000000003', '2026-03-31 18:35Z'),
		              ('05', 'collected', '00000000-0000-0000-0000-000000000004', '2026-12-31 23:30Z')) o (n, state, vendor, at)`,
		`INSERT INTO quote_lines (order_id, position, kind, label, amount, bearer, tax)
		 SELECT id, 0, 'item', 'Thali', 460, 'customer', NULL FROM orders
		 UNION ALL SELECT id, 1, 'tax', 'GST 5.00%', 20, 'customer', '{"category":"standard","rate":500,"value":400}'::jsonb FROM orders`,
		`INSERT INTO payments (id, order_id, method, provider, provider_ref, state, amount, captured, currency) SELECT id, id, 'card', 'sandbox', number, 'captured', total, total, 'INR' FROM orders`,
		// One whose tax is taken back, one that a gateway has still to give, one of an order that was not made.
		`INSERT INTO refunds (id, order_id, payment_id, amount, currency, destination, reason, bearer, by_id, at)
		 SELECT ('00000000-0000-0000-0000-0000000002' || n)::uuid, ('00000000-0000-0000-0000-0000000001' || n)::uuid, ('00000000-0000-0000-0000-0000000001' || n)::uuid, 240, 'INR', 'wallet',
		        'QUALITY', 'vendor', '00000000-0000-0000-0000-000000000001', '2026-04-02 03:04Z'
		 FROM unnest(ARRAY['01', '02', '03']) n`,
		`INSERT INTO payment_operations (id, payment_id, verb, amount) VALUES ('00000000-0000-0000-0000-000000000202', '00000000-0000-0000-0000-000000000102', 'refund', 240)`,
		`INSERT INTO accounts (id, kind, owner_id, currency) VALUES (account_id('tax', NULL, '', 'INR'), 'tax', NULL, 'INR'), (account_id('refunds', NULL, '', 'INR'), 'refunds', NULL, 'INR')`,
		`WITH t AS (INSERT INTO transfers (id, kind, source, at) VALUES (gen_random_uuid(), 'order.refunded', '00000000-0000-0000-0000-000000000201', now()) RETURNING id, at)
		 INSERT INTO entries (transfer_id, account_id, amount, at)
		 SELECT t.id, account_id('tax', NULL, '', 'INR'), -10, t.at FROM t UNION ALL SELECT t.id, account_id('refunds', NULL, '', 'INR'), 10, t.at FROM t`,
	} {
		_, err := db.ExecContext(t.Context(), stmt)
		require.NoError(t, err, stmt)
	}
	for range 2 {
		_, err = steps.UpTo(t.Context(), invoices)
		require.NoError(t, err)
		b := bookkeeper{open(t, url), t}
		var told []string
		for n := range 5 {
			papers, err := b.PapersOf(t.Context(), domain.MustParseID("00000000-0000-0000-0000-00000000010"+strconv.Itoa(n+1)))
			require.NoError(t, err)
			for _, p := range papers {
				require.NoError(t, p.Check())
				require.Equal(t, "Asha Rao", p.Buyer)
				told = append(told, fmt.Sprintf("%s %s of %s: %d, tax %d", p.OrderNumber, p.Number(), p.Sale, p.Total.Amount, p.Taxed()))
			}
		}
		require.Equal(t, []string{
			"01 V-2026-000002 of V-2026-000002: 480, tax 20", "01 C-2026-000001 of V-2026-000002: 240, tax 10", "02 V-2025-000001 of V-2025-000001: 480, tax 20",
			"04 V-2026-000001 of V-2026-000001: 480, tax 20", "05 V-2027-000001 of V-2027-000001: 480, tax 20",
		}, told)
		_, err = steps.DownTo(t.Context(), invoices-1)
		require.NoError(t, err)
	}
}
