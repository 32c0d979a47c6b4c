package main

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// settledOrders is how many orders zoop verify looks at; the command line sets it.
var settledOrders = 100_000

// read is what the checks of zoop verify are about.
var read = []string{"orders", "order_items", "quote_lines", "payments", "payment_operations", "deliveries", "invoices", "refunds", "transfers", "entries", "events"}

var verify = Goal{
	Name: "verify", Work: "`zoop verify`, of settled orders (-orders)", Against: "each row of the same tables read once", Unit: "ms", AtMost: true, Bar: 30, Aim: 20,
	Prepare: func(ctx context.Context, p *Place) (zoop, limit Side, err error) {
		db, err := p.Kept(ctx, settled)
		if err != nil {
			return nil, nil, err
		}
		zoop = timed(func(ctx context.Context) error {
			_, err := p.Run(ctx, db, "verify", "--grace", "1h")
			return err
		})
		limit = timed(func(ctx context.Context) error {
			for _, table := range read {
				if err := db.Exec(ctx, "SELECT count(t) FROM "+table+" t"); err != nil {
					return err
				}
			}
			return nil
		})
		return zoop, limit, nil
	},
}

// timed is a side that does one thing, however long that takes.
func timed(do func(context.Context) error) Side {
	return func(ctx context.Context, _ time.Duration) (Sample, error) {
		began := time.Now()
		err := do(ctx)
		return Sample{Value: float64(time.Since(began).Microseconds()) / 1000}, err
	}
}

// settled is a marketplace with nothing but orders that are completed, with all their rows: a third each in cash, by card and from a
// wallet, one of ten collected, one of twenty refunded in part. Nothing of them is wrong.
var settled = vendors{"settled", func(ctx context.Context, p *Place, db *Database) error {
	tx, err := db.Pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	for _, sql := range settledRows(settledOrders) {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%.60s…: %w", strings.TrimSpace(sql), err)
		}
	}
	return tx.Commit(ctx)
}}

// IDs of numbered rows of settled orders.
const (
	paymentPrefix  = "0198c0de-0300-7000-8000-"
	takenPrefix    = "0198c0de-0400-7000-8000-" // transfers
	settledPrefix  = "0198c0de-0500-7000-8000-"
	backPrefix     = "0198c0de-0600-7000-8000-"
	creditedPrefix = "0198c0de-0700-7000-8000-"
	refundPrefix   = "0198c0de-0800-7000-8000-"
)

// settledRows are the statements of one transaction. Whatever would look at each row by itself is off meanwhile.
func settledRows(n int) []string {
	all := make([]string, 0, 40)
	add := func(sql string, args ...any) { all = append(all, fmt.Sprintf(sql, args...)) }
	add(`SET LOCAL session_replication_role = replica`)
	add(`ALTER TABLE entries DISABLE TRIGGER entries_sum_to_zero`)
	add(`INSERT INTO users (id, email, first_name, role) SELECT %s, 'u' || i || '@example.com', 'Asha', CASE WHEN i < 1000 THEN 'customer' WHEN i < 1200 THEN 'courier' ELSE 'admin' END
		FROM generate_series(0, 1200) i`, numbered(userPrefix, "i"))
	add(`INSERT INTO couriers (user_id, name, vehicle, status) SELECT %s, 'Ravi', 'bicycle', 'approved' FROM generate_series(1000, 1199) i`, numbered(userPrefix, "i"))
	add(`INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, lat, lng, status)
		SELECT %s, 'Casa Lima ' || i, '{Thali}', '1 Janpath', 'New Delhi', 'IN', 'Asia/Kolkata', 'INR', 28.61, 77.21, 'approved' FROM generate_series(0, 99) i`, numbered(kitchenPrefix, "i"))
	add(`INSERT INTO categories (id, vendor_id, name) SELECT id, id, 'Mains' FROM vendors`)
	add(`INSERT INTO dishes (id, vendor_id, category_id, name, price, diet) SELECT %s, %s, %s, 'Thali', 9000, 'veg' FROM generate_series(0, 99) i`,
		numbered(dishPrefix, "i"), numbered(kitchenPrefix, "i"), numbered(kitchenPrefix, "i"))
	add(`CREATE TEMPORARY TABLE o ON COMMIT DROP AS
		SELECT i, %s AS id, %s AS customer, %s AS vendor, CASE WHEN i %% 10 > 0 THEN %s END AS courier, (ARRAY['cod', 'card', 'wallet'])[1 + i %% 3] AS method,
		       %s AS payment, %s AS taken, %s AS settled, 10000 + i %% 977 AS food, (10000 + i %% 977) / 20 AS tax, (10000 + i %% 977) / 5 AS commission,
		       CASE WHEN i %% 10 > 0 THEN 3000 ELSE 0 END AS fee, CASE WHEN i %% 20 = 1 THEN 500 ELSE 0 END AS back, now() - interval '2 days' AS at
		FROM generate_series(1, %d) i`,
		numbered(orderPrefix, "i"), numbered(userPrefix, "(i % 1000)"), numbered(kitchenPrefix, "(i % 100)"), numbered(userPrefix, "(1000 + i % 200)"),
		numbered(paymentPrefix, "i"), numbered(takenPrefix, "i"), numbered(settledPrefix, "i"), n)
	add(`INSERT INTO orders (id, number, state, version, customer_id, vendor_id, city, fulfilment, currency, total, address, delivery_pin, order_code, accept_seconds,
		                     placed_at, promised_at, ended_at, accepted_at, prep_minutes, ready_by, commission_bps, commission)
		SELECT id, 'S' || i, 'completed', 6, customer, vendor, 'New Delhi', CASE WHEN courier IS NULL THEN 'pickup' ELSE 'delivery' END, 'INR', food + tax + fee,
		       CASE WHEN courier IS NOT NULL THEN '{}'::jsonb END, '0042', '4711', 300, at, at, at, at, 20, at, 2000, commission
		FROM o`)
	add(`INSERT INTO order_items (order_id, position, dish_id, name, quantity, unit_price) SELECT id, 0, %s, 'Thali', 1, 9000 FROM o
		UNION ALL SELECT id, 1, %s, 'Thali', 1, food - 9000 FROM o`, numbered(dishPrefix, "(i % 100)"), numbered(dishPrefix, "(i % 100)"))
	add(`INSERT INTO quote_lines (order_id, position, kind, label, amount, bearer) SELECT id, 0, 'item', 'Thali', 9000, 'customer' FROM o
		UNION ALL SELECT id, 1, 'item', 'Thali', food - 9000, 'customer' FROM o
		UNION ALL SELECT id, 2, 'tax', 'Tax', tax, 'customer' FROM o
		UNION ALL SELECT id, 3, 'delivery_fee', 'Delivery', fee, 'customer' FROM o WHERE fee > 0`)
	add(`INSERT INTO payments (id, order_id, method, provider, provider_ref, state, amount, captured, refunded, currency)
		SELECT payment, id, method, CASE method WHEN 'card' THEN 'sandbox' ELSE '' END, CASE method WHEN 'card' THEN payment::text ELSE '' END,
		       CASE WHEN back > 0 THEN 'partially_refunded' ELSE 'captured' END, food + tax + fee, food + tax + fee, back, 'INR'
		FROM o`)
	add(`INSERT INTO payment_operations (id, payment_id, verb, amount, state, attempts, ended_at)
		SELECT gen_random_uuid(), payment, 'capture', food + tax + fee, 'done', 1, at FROM o WHERE method = 'card'`)
	add(`INSERT INTO deliveries (id, order_id, vendor_id, state, courier_id, pickup_lat, pickup_lng, dropoff_lat, dropoff_lng)
		SELECT %s, id, vendor, 'delivered', courier, 28.61, 77.21, 28.62, 77.22 FROM o WHERE courier IS NOT NULL`, numbered(deliveryPrefix, "i"))
	return append(append(all, settledBooks()...), settledPapers(n)...)
}

// settledBooks are the transfers: what was in customers' wallets, what was taken, settled and given back.
func settledBooks() []string {
	return []string{
		fmt.Sprintf(`INSERT INTO refunds (id, order_id, payment_id, amount, currency, destination, reason, bearer, by_id)
			SELECT %s, id, payment, back, 'INR', 'wallet', 'GOODWILL', 'platform', %s FROM o WHERE back > 0`, numbered(refundPrefix, "i"), numbered(userPrefix, "1200")),
		fmt.Sprintf(`INSERT INTO transfers (id, kind, source, order_id, at)
			SELECT taken, 'order.captured', payment, id, at FROM o
			UNION ALL SELECT settled, 'order.settled', id, id, at FROM o
			UNION ALL SELECT %s, 'order.refunded', %s, id, at FROM o WHERE back > 0
			UNION ALL SELECT %s, 'wallet.credited', %s, NULL, now() - interval '3 days' FROM generate_series(0, 999) i`,
			numbered(backPrefix, "i"), numbered(refundPrefix, "i"), numbered(creditedPrefix, "i"), numbered(creditedPrefix, "i")),
		fmt.Sprintf(`CREATE TEMPORARY TABLE e ON COMMIT DROP AS
			SELECT taken AS transfer, CASE method WHEN 'card' THEN 'gateway' WHEN 'wallet' THEN 'wallet' ELSE CASE WHEN courier IS NULL THEN 'vendor' ELSE 'courier_cash' END END AS kind,
			       CASE method WHEN 'card' THEN NULL WHEN 'wallet' THEN customer ELSE coalesce(courier, vendor) END AS owner,
			       CASE method WHEN 'card' THEN 'sandbox' ELSE '' END AS provider, -(food + tax + fee)::bigint AS amount, at FROM o
			UNION ALL SELECT taken, 'held', NULL, '', food + tax + fee, at FROM o
			UNION ALL SELECT settled, 'held', NULL, '', -(food + tax + fee), at FROM o
			UNION ALL SELECT settled, 'vendor', vendor, '', food - commission, at FROM o
			UNION ALL SELECT settled, 'commission', NULL, '', commission, at FROM o
			UNION ALL SELECT settled, 'tax', NULL, '', tax, at FROM o
			UNION ALL SELECT settled, 'courier', courier, '', fee, at FROM o WHERE fee > 0
			UNION ALL SELECT %s, 'refunds', NULL, '', -back, at FROM o WHERE back > 0
			UNION ALL SELECT %s, 'wallet', customer, '', back, at FROM o WHERE back > 0
			UNION ALL SELECT %s, 'refunds', NULL, '', -1000000000000, now() - interval '3 days' FROM generate_series(0, 999) i
			UNION ALL SELECT %s, 'wallet', %s, '', 1000000000000, now() - interval '3 days' FROM generate_series(0, 999) i`,
			numbered(backPrefix, "i"), numbered(backPrefix, "i"), numbered(creditedPrefix, "i"), numbered(creditedPrefix, "i"), numbered(userPrefix, "i")),
		`INSERT INTO accounts (id, kind, owner_id, provider, currency, balance)
			SELECT account_id(kind, owner, provider, 'INR'), kind, owner, provider, 'INR', CASE WHEN kind IN ('wallet', 'courier_cash') THEN sum(amount) END
			FROM e GROUP BY kind, owner, provider`,
		`INSERT INTO entries (transfer_id, account_id, amount, at)
			SELECT e.transfer, a.id, e.amount, e.at FROM e JOIN accounts a ON a.kind = e.kind AND a.owner_id IS NOT DISTINCT FROM e.owner AND a.provider = e.provider`,
	}
}

// settledPapers are invoices, credit notes and events, all of them published.
func settledPapers(n int) []string {
	return []string{
		`CREATE TEMPORARY TABLE paper ON COMMIT DROP AS
			SELECT vendor, kind, order_id, refund_id, total, at, row_number() OVER (PARTITION BY vendor, kind ORDER BY order_id) AS number
			FROM (SELECT vendor, 'invoice' AS kind, id AS order_id, NULL::uuid AS refund_id, food + tax + fee AS total, at FROM o
			      UNION ALL SELECT o.vendor, 'credit_note', o.id, r.id, o.back, o.at FROM o JOIN refunds r ON r.order_id = o.id) p`,
		`INSERT INTO invoice_series (vendor_id, kind, year, last) SELECT vendor, kind, 2026, max(number) FROM paper GROUP BY vendor, kind`,
		`INSERT INTO invoices (id, vendor_id, kind, year, number, order_id, refund_id, currency, total, buyer, document, issued_at)
			SELECT gen_random_uuid(), vendor, kind, 2026, number, order_id, refund_id, 'INR', total, 'Asha', '{}', at FROM paper`,
		`INSERT INTO events (subject, subject_id, version, type, actor_role, vendor_id, customer_id, courier_id, city, at, pub_seq)
			SELECT 'order', id, v, (ARRAY['order.placed', 'order.accepted', 'order.preparing', 'order.ready', 'order.delivered', 'order.completed'])[v], 'system',
			       vendor, customer, courier, 'New Delhi', at, 6 * (i - 1) + v
			FROM o, generate_series(1, 6) v`,
		fmt.Sprintf(`UPDATE relay SET last = %d`, 6*n),
		`ALTER TABLE entries ENABLE ALWAYS TRIGGER entries_sum_to_zero`,
	}
}
