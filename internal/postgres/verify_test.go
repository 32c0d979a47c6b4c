package postgres_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/ledger"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/domain/payment"
	"github.com/zoop-dev/zoop/internal/domain/payout"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// city has a vendor, a customer and a courier, and orders between them of 480: 400 of food, 20 of tax, 60 for the delivery.
type city struct {
	bookkeeper
	customer, vendor, courier, dish domain.ID
}

func newCity(t *testing.T) city {
	t.Helper()
	c := city{newBooks(t), newID(), newID(), newID(), newID()}
	c.exec(`INSERT INTO users (id, email, first_name, role) SELECT id, id || '@example.com', 'Asha', 'customer' FROM unnest($1::uuid[]) id`, []string{c.customer.String(), c.courier.String()})
	c.exec(`INSERT INTO couriers (user_id, name, vehicle, version) VALUES ($1, 'Ravi', 'bicycle', 2)`, c.courier.String())
	c.exec(`INSERT INTO events (subject, subject_id, version, type, actor_role) VALUES ('courier', $1, 2, 'courier.approved', 'support')`, c.courier.String())
	c.exec(`INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, lat, lng, status)
	        VALUES ($1, 'Casa Lima', '{Thali}', '1 Janpath', 'New Delhi', 'IN', 'Asia/Kolkata', 'INR', 28.61, 77.21, 'approved')`, c.vendor.String())
	category := newID()
	c.exec(`INSERT INTO categories (id, vendor_id, name) VALUES ($1, $2, 'Thalis')`, category.String(), c.vendor.String())
	c.exec(`INSERT INTO dishes (id, vendor_id, category_id, name, price, diet, stock) VALUES ($1, $2, $3, 'Thali', 400, 'veg', 9)`, c.dish.String(), c.vendor.String(), category.String())
	c.exec(`INSERT INTO events (subject, subject_id, version, type, actor_role) VALUES ('vendor', $1, 1, 'vendor.created', 'vendor')`, c.vendor.String())
	return c
}

func (c city) exec(sql string, args ...any) {
	c.t.Helper()
	_, err := c.Pool().Exec(c.t.Context(), sql, args...)
	require.NoError(c.t, err)
}

// placed is an order that its vendor cooks, with the last of so many events.
func (c city) placed(method string, events int) domain.ID {
	c.t.Helper()
	id := newID()
	c.exec(`INSERT INTO orders (id, number, state, version, customer_id, vendor_id, city, fulfilment, currency, total, address, delivery_pin, order_code,
	                            accept_seconds, promised_at, commission_bps, commission)
	        VALUES ($1::uuid, right($1::text, 12), 'accepted', $4, $2, $3, 'New Delhi', 'delivery', 'INR', 480, '{}', '', '', 300, now(), 2000, 80)`,
		id.String(), c.customer.String(), c.vendor.String(), events)
	c.exec(`INSERT INTO order_items (order_id, position, dish_id, name, quantity, unit_price) VALUES ($1, 0, $2, 'Thali', 1, 400)`, id.String(), c.dish.String())
	c.exec(`INSERT INTO quote_lines (order_id, position, kind, label, amount, bearer)
	        VALUES ($1, 0, 'item', 'Thali', 400, 'customer'), ($1, 1, 'tax', 'Tax', 20, 'customer'), ($1, 2, 'delivery_fee', 'Delivery', 60, 'customer')`, id.String())
	c.exec(`INSERT INTO deliveries (id, order_id, vendor_id, state, courier_id, pickup_lat, pickup_lng, dropoff_lat, dropoff_lng)
	        VALUES ($1, $2, $3, 'unassigned', $4, 28.61, 77.21, 28.62, 77.22)`, newID().String(), id.String(), c.vendor.String(), nil)
	return c.pay(id, method, events)
}

// pickedUp is an order whose food has left its vendor, and which nobody has.
func (c city) pickedUp() domain.ID {
	c.t.Helper()
	id := c.placed("cod", 3)
	c.exec(`UPDATE orders SET state = 'picked_up' WHERE id = $1`, id)
	return id
}

func (c city) pay(id domain.ID, method string, events int) domain.ID {
	c.t.Helper()
	provider, state := "", "created"
	if method == "card" {
		provider, state = "sandbox", "captured"
	} else if method == "wallet" {
		state = "authorized"
	}
	paid := newID()
	c.exec(`INSERT INTO payments (id, order_id, method, provider, provider_ref, state, amount, captured, currency)
	        VALUES ($1::uuid, $2, $3, $4, CASE WHEN $4 = '' THEN '' ELSE $1::text END, $5, 480, CASE WHEN $5 = 'captured' THEN 480 ELSE 0 END, 'INR')`,
		paid.String(), id.String(), method, provider, state)
	c.exec(`INSERT INTO events (subject, subject_id, version, type, actor_role) SELECT 'order', $1, n, 'order.accepted', 'system' FROM generate_series(1, $2::int) n`, id.String(), events)
	if from := map[string]ledger.Account{"card": ledger.Gateway("sandbox"), "wallet": ledger.Wallet(c.customer)}[method]; method != "cod" {
		if method == "wallet" {
			require.NoError(c.t, c.post(ledger.Credited(newID(), c.customer, inr(480))))
		}
		require.NoError(c.t, c.post(ledger.Order{ID: id, Bill: ledger.Bill{Currency: "INR"}}.Captured(paid, from, 480)))
	}
	return id
}

func (c city) hold(id domain.ID, do func(tx *postgres.Tx, o *postgres.LockedOrder) error) {
	c.t.Helper()
	require.NoError(c.t, c.InTx(c.t.Context(), func(tx *postgres.Tx) error {
		o, err := tx.HoldOrder(c.t.Context(), id)
		if err != nil {
			return err
		}
		return do(tx, o)
	}))
}

// settled settles a held order, and has its invoice issued.
func (c city) settled(tx *postgres.Tx, o *postgres.LockedOrder) error {
	if _, err := tx.SettleOrder(c.t.Context(), o); err != nil {
		return err
	}
	return tx.StoreOrder(c.t.Context(), o, domain.System)
}

// delivered is an order that was brought, with its money settled.
func (c city) delivered(method string) domain.ID {
	c.t.Helper()
	id := c.placed(method, 3)
	c.exec(`UPDATE deliveries SET state = 'delivered', courier_id = $2 WHERE order_id = $1`, id.String(), c.courier.String())
	if method == string(payment.Wallet) {
		c.exec(`UPDATE payments SET state = 'captured', captured = amount WHERE order_id = $1`, id.String())
	}
	c.hold(id, c.settled)
	c.exec(`UPDATE orders SET state = 'delivered', deadline_at = now() + interval '1 day', deadline_verb = 'complete', ended_at = now() WHERE id = $1`, id.String())
	return id
}

// cancelled is an order that its customer called off, at the price of half of it.
func (c city) cancelled(method string, fee int64) domain.ID {
	c.t.Helper()
	id := c.placed(method, 2)
	c.hold(id, func(tx *postgres.Tx, o *postgres.LockedOrder) error {
		o.Outcome = order.Outcome{Policy: 1, Lost: inr(240), Fee: inr(fee), Refund: inr(480 - fee), Liable: order.OfCustomer}
		_, err := tx.ReleasePayment(c.t.Context(), o)
		return err
	})
	c.exec(`UPDATE deliveries SET state = 'cancelled' WHERE order_id = $1`, id.String())
	c.exec(`UPDATE orders SET state = 'cancelled', ended_at = now(), cancel_reason = 'CHANGED_MIND', cancelled_by = 'customer', cancel_fee = $2, cancel_lost = 240,
	        cancel_liable = 'customer', cancel_restock = false, cancel_strike = false WHERE id = $1`, id.String(), fee)
	return id
}

// refunded is one of which its customer got a part back, at the platform's cost.
func (c city) refunded() domain.ID {
	c.t.Helper()
	id := c.delivered("card")
	c.hold(id, func(tx *postgres.Tx, o *postgres.LockedOrder) error {
		p, err := tx.HoldPayment(c.t.Context(), o)
		if err != nil {
			return err
		}
		if _, err := p.Refund(inr(100)); err != nil {
			return err
		}
		if err := tx.SavePayment(c.t.Context(), p); err != nil {
			return err
		}
		r := postgres.Refund{ID: newID(), Amount: inr(100), Wallet: true, Reason: "LATE", Bearer: string(ledger.ByPlatform), ByID: c.customer}
		if err := tx.NewRefund(c.t.Context(), p, r); err != nil {
			return err
		}
		err = tx.Transfer(c.t.Context(), p.Order.Refunded(r.ID, ledger.Gateway("sandbox"), ledger.Bill{Currency: "INR", Food: 100}, ledger.ByPlatform))
		if err != nil {
			return err
		}
		if err := tx.CreditRefund(c.t.Context(), o, r.ID); err != nil {
			return err
		}
		return tx.StoreOrder(c.t.Context(), o, domain.System)
	})
	return id
}

// busy has orders of all kinds, and a relay that has published what was told of them.
func (c city) busy() {
	c.t.Helper()
	for _, method := range []string{string(payment.COD), string(payment.Wallet), string(payment.Card)} {
		c.placed(method, 2)
		c.delivered(method)
	}
	c.exec(`UPDATE deliveries SET stranded_by = $2 WHERE order_id = $1`, c.pickedUp(), c.courier)
	c.cancelled("cod", 0)
	c.cancelled("wallet", 0)
	c.cancelled("wallet", 240)
	c.cancelled("card", 240) // whose refund the gateway is asked for
	c.refunded()
	require.NoError(c.t, c.post(ledger.Deposited(newID(), c.courier, inr(200))))
	for range 2 {
		_, _, err := c.Publish(c.t.Context())
		require.NoError(c.t, err)
	}
}

// payouts are of the courier, one in each state; the one that failed had been exported.
func (p payday) payouts() map[payout.State]domain.ID {
	p.t.Helper()
	steps := []string{payout.VerbApprove, payout.VerbExport, payout.VerbPay}
	made := map[payout.State]domain.ID{}
	for n, state := range []payout.State{payout.Draft, payout.Approved, payout.Exported, payout.Paid, payout.Failed} {
		p.completed()
		id := p.draft(p.courier)[0].ID
		made[state] = id
		verbs := steps[:min(n, len(steps))]
		if state == payout.Failed {
			verbs = []string{payout.VerbApprove, payout.VerbExport, payout.VerbFail}
		}
		for _, verb := range verbs {
			_, err := p.step(id, verb, p.other)
			require.NoError(p.t, err)
		}
	}
	return made
}

// promoted is a promotion that so many orders use, besides one that gave it back.
func (c city) promoted(uses int) domain.ID {
	c.t.Helper()
	id := newID()
	c.exec(`INSERT INTO promotions (id, label, benefit, amount, currency, used) VALUES ($1, 'Ten off', 'flat', 10, 'INR', $2)`, id.String(), uses)
	for n := range uses + 1 {
		c.exec(`INSERT INTO promotion_redemptions (promotion_id, order_id, customer_id, vendor_amount, platform_amount, given_back_at)
		        VALUES ($1, $2, $3, 0, 10, CASE WHEN $4 THEN now() END)`, id.String(), c.placed("cod", 1).String(), c.customer.String(), n == uses)
	}
	return id
}

// found gives the IDs of what is wrong, by check.
func (c city) found(v postgres.Verify) map[string][]string {
	c.t.Helper()
	if v.Grace == 0 {
		v.Grace = time.Minute
	}
	if v.Most == 0 {
		v.Most = postgres.MaxFaults
	}
	verdicts, err := c.Verify(c.t.Context(), v)
	require.NoError(c.t, err)
	require.Len(c.t, verdicts, len(postgres.Checks))
	out := map[string][]string{}
	for _, verdict := range verdicts {
		for _, f := range verdict.Faults {
			require.NotEmpty(c.t, f.Detail)
			c.t.Log(verdict.Name, f.ID, f.Detail)
			out[verdict.Name] = append(out[verdict.Name], f.ID)
		}
	}
	return out
}

func TestABusyMarketplaceIsSound(t *testing.T) {
	p := newPayday(t)
	c := p.city
	require.Empty(t, c.found(postgres.Verify{}), "an empty one")
	c.busy()
	p.payouts()
	c.promoted(2)
	require.Empty(t, c.found(postgres.Verify{}))
	require.Empty(t, c.found(postgres.Verify{Since: time.Now().Add(-time.Minute)}))
	require.Empty(t, c.found(postgres.Verify{Since: time.Now().Add(time.Minute)}))
	require.NotZero(t, c.scan(`SELECT count(*) FROM payment_operations WHERE state = 'pending'`), "a gateway has still to answer")
}

// TestEveryFaultIsFound plants faults, each on something of its own, and sees exactly them.
func TestEveryFaultIsFound(t *testing.T) {
	p := newPayday(t)
	c := p.city
	c.busy()
	payouts := p.payouts()
	want := map[string][]string{}
	wrong := func(check, id string) { want[check] = append(want[check], id) }
	on := func(check string, id domain.ID, statements ...string) {
		t.Helper()
		for _, s := range statements {
			c.exec(strings.ReplaceAll(s, "$id", "'"+id.String()+"'"))
		}
		wrong(check, id.String())
	}

	on("order.total", c.delivered("cod"), `UPDATE quote_lines SET amount = amount + 1 WHERE order_id = $id AND position = 0`)
	on("order.total", c.placed("cod", 1), `DELETE FROM quote_lines WHERE order_id = $id`)
	on("order.parts", c.placed("cod", 1), `DELETE FROM order_items WHERE order_id = $id`)
	on("order.parts", c.placed("cod", 1), `DELETE FROM payments WHERE order_id = $id`)
	on("order.parts", c.placed("cod", 1), `DELETE FROM deliveries WHERE order_id = $id`)
	on("order.parts", c.placed("cod", 1), `UPDATE orders SET fulfilment = 'pickup' WHERE id = $id`)
	on("order.delivery", c.delivered("cod"), `UPDATE deliveries SET state = 'at_customer' WHERE order_id = $id`)
	on("order.delivery", c.placed("cod", 1), `UPDATE deliveries SET state = 'cancelled' WHERE order_id = $id`)
	on("order.delivery", c.pickedUp())
	on("order.payment", c.placed("cod", 1), `UPDATE payments SET state = 'voided' WHERE order_id = $id`)
	on("order.payment", c.placed("cod", 1), `UPDATE payments SET amount = amount + 1 WHERE order_id = $id`)
	on("order.payment", c.placed("cod", 1), `UPDATE payments SET currency = 'USD' WHERE order_id = $id`)
	waiting := c.placed("card", 1)
	c.exec(`UPDATE orders SET state = 'pending_payment', deadline_at = now() + interval '1 hour', deadline_verb = 'fail' WHERE id = $1`, waiting)
	on("order.payment", waiting, `UPDATE payments SET updated_at = now() - interval '2 minutes' WHERE order_id = $id`)
	on("order.payment", c.cancelled("cod", 0), `UPDATE payments SET state = 'created' WHERE order_id = $id`)
	on("order.payment", c.cancelled("wallet", 240), `UPDATE orders SET cancel_fee = 239 WHERE id = $id`)

	less := c.delivered("cod")
	c.exec(`UPDATE payments SET captured = captured - 1 WHERE order_id = $1`, less.String())
	wrong("payment.captured", c.lineOf(`SELECT id::text FROM payments WHERE order_id = $1`, less))
	nobodys := newID()
	require.NoError(t, c.post(ledger.Order{ID: c.placed("cod", 1), Bill: ledger.Bill{Currency: "INR"}}.Captured(nobodys, ledger.Bank, 5)))
	wrong("payment.captured", nobodys.String())
	on("payment.refunded", c.delivered("card"), `UPDATE payments SET state = 'partially_refunded', refunded = 1 WHERE order_id = $id`)
	given := c.delivered("card")
	require.NoError(t, c.post(ledger.Order{ID: given, Bill: ledger.Bill{Currency: "INR"}}.Refunded(newID(), ledger.Wallet(c.customer), ledger.Bill{Food: 7}, ledger.ByPlatform)))
	wrong("payment.refunded", given.String())

	held := c.delivered("cod")
	require.NoError(t, c.post(ledger.Order{ID: held, Bill: ledger.Bill{Currency: "INR"}}.Cancelled(newID(), ledger.Outcome{Kept: 5})))
	wrong("books.held", held.String())
	unsettled := c.placed("card", 1)
	wrong("invoices.orders", unsettled.String())
	on("books.held", unsettled, `UPDATE orders SET state = 'delivered' WHERE id = $id`,
		`UPDATE deliveries SET state = 'delivered', courier_id = '`+c.courier.String()+`' WHERE order_id = $id`)
	early := c.placed("card", 1)
	c.hold(early, c.settled)
	wrong("books.held", early.String())
	wrong("invoices.orders", early.String())

	uncredited := c.lineOf(`SELECT id::text FROM refunds WHERE order_id = $1`, c.refunded())
	c.exec(`ALTER TABLE invoices DISABLE TRIGGER invoices_append_only; ALTER TABLE invoices DISABLE TRIGGER invoices_unchanged`)
	c.exec(`DELETE FROM invoices WHERE refund_id = $1`, uncredited)
	wrong("invoices.credits", uncredited)
	wrong("invoices.numbers", c.vendor.String()) // the series of credit notes stands further
	more := c.lineOf(`SELECT id::text FROM refunds WHERE order_id = $1`, c.refunded())
	c.exec(`UPDATE invoices SET total = total + 1 WHERE refund_id = $1`, more)
	wrong("invoices.credits", more)
	dear := c.delivered("cod")
	c.exec(`UPDATE invoices SET total = total + 1, number = number + 1000 WHERE order_id = $1`, dear.String())
	wrong("invoices.orders", dear.String())
	wrong("invoices.numbers", c.vendor.String()) // a hole in that of invoices

	c.exec(`ALTER TABLE entries DISABLE TRIGGER ALL; ALTER TABLE entries DROP CONSTRAINT entries_transfer_id_fkey`)
	transfer := func(statements ...string) {
		t.Helper()
		on("books.transfers", newID(), append([]string{`INSERT INTO transfers (id, kind, source, at) VALUES ($id, 'payout', $id, now())`}, statements...)...)
	}
	transfer()
	transfer(`INSERT INTO entries SELECT $id::uuid, id, 7, now() FROM accounts WHERE kind = 'tax'`)
	transfer(`INSERT INTO entries SELECT $id::uuid, id, 7, now() FROM accounts WHERE kind = 'tax' UNION ALL SELECT $id::uuid, gen_random_uuid(), -7, now()`)
	c.exec(`INSERT INTO accounts (id, kind, currency) VALUES (account_id('tax', NULL, '', 'USD'), 'tax', 'USD')`)
	transfer(`INSERT INTO entries SELECT $id::uuid, id, CASE currency WHEN 'USD' THEN 7 ELSE -7 END, now() FROM accounts WHERE kind = 'tax'`)
	on("books.transfers", newID(), `INSERT INTO entries SELECT $id::uuid, id, CASE kind WHEN 'tax' THEN 7 ELSE -7 END, now() FROM accounts WHERE kind IN ('tax', 'fees') AND currency = 'INR'`)

	c.exec(`UPDATE accounts SET balance = balance - 1 WHERE kind = 'courier_cash'`)
	wrong("books.balances", c.lineOf(`SELECT id::text FROM accounts WHERE kind = 'courier_cash' AND owner_id = $1`, c.courier))

	payout := func(state payout.State, sql string) { t.Helper(); on("books.payouts", payouts[state], sql) }
	payout("draft", `UPDATE payouts SET amount = amount + 1 WHERE id = $id`)
	payout("approved", `UPDATE payout_entries SET amount = amount - 1 WHERE payout_id = $id`)
	payout("exported", `UPDATE payouts SET state = 'approved' WHERE id = $id`)
	payout("paid", `UPDATE payout_entries SET standing = false WHERE payout_id = $id`)
	payout("failed", `UPDATE payout_entries SET standing = true WHERE payout_id = $id`)
	for _, id := range p.payouts() {
		on("books.payouts", id, `UPDATE payouts SET transfer_id = (SELECT min(id::text)::uuid FROM transfers WHERE kind = 'order.settled') WHERE id = $id`)
	}
	gone := newID()
	require.NoError(t, c.post(ledger.Payout(gone, ledger.Vendor(c.vendor), inr(100))))
	wrong("books.payouts", gone.String())

	on("promotions.used", c.promoted(2), `UPDATE promotions SET used = 1 WHERE id = $id`)
	on("promotions.used", c.promoted(2), `UPDATE promotions SET paused = true, held = true WHERE id = $id`, `DELETE FROM promotion_redemptions WHERE promotion_id = $id`)
	on("promotions.used", c.promoted(0), `UPDATE promotions SET used = 1 WHERE id = $id`)

	_, _, err := c.Publish(t.Context())
	require.NoError(t, err)
	require.Equal(t, sorted(want), sorted(c.found(postgres.Verify{})), "before the events")
	on("events.versions", c.placed("cod", 3), `UPDATE orders SET version = 4 WHERE id = $id`)
	on("events.versions", c.placed("cod", 3), `UPDATE orders SET version = 5 WHERE id = $id`, `UPDATE events SET version = 5 WHERE subject_id = $id AND version = 3`)
	on("events.versions", c.placed("cod", 1), `UPDATE orders SET version = 2 WHERE id = $id`, `UPDATE events SET version = 2 WHERE subject_id = $id`)
	on("events.versions", c.placed("cod", 0), `UPDATE orders SET version = 1 WHERE id = $id`)
	on("events.versions", c.vendor, `UPDATE vendors SET version = 9`)
	_, _, err = c.Publish(t.Context())
	require.NoError(t, err)
	on("deadlines", c.delivered("cod"), `UPDATE orders SET deadline_at = now() - interval '2 minutes' WHERE id = $id`)
	waits, offer := c.placed("cod", 1), newID()
	c.exec(`INSERT INTO offers (id, delivery_id, order_id, courier_id, meters, expires_at) SELECT $1, id, order_id, $3, 9, now() - interval '2 minutes' FROM deliveries WHERE order_id = $2`,
		offer.String(), waits.String(), c.courier.String())
	wrong("deadlines", offer.String())
	stuck, asked := c.placed("card", 1), newID()
	c.exec(`INSERT INTO payment_operations (id, payment_id, verb, amount, next_at) SELECT $1, id, 'refund', 1, now() - interval '2 minutes' FROM payments WHERE order_id = $2`, asked.String(), stuck.String())
	wrong("deadlines", asked.String())
	retried, again := c.placed("card", 1), newID() // each attempt moves on when it is due
	c.exec(`INSERT INTO payment_operations (id, payment_id, verb, amount, next_at, created_at) SELECT $1, id, 'refund', 1, now() + interval '9 minutes', now() - interval '90 minutes'
	        FROM payments WHERE order_id = $2`, again.String(), retried.String())
	wrong("deadlines", again.String())

	on("counts", c.dish, `ALTER TABLE dishes DROP CONSTRAINT dishes_stock_bound`, `UPDATE dishes SET stock = -1 WHERE id = $id`)
	on("counts", c.vendor, `INSERT INTO vendor_slots VALUES ($id, date_trunc('hour', now()), 1)`)
	_, _, err = c.Publish(t.Context())
	require.NoError(t, err)
	end := c.scan(`SELECT last FROM relay`)
	c.exec(`UPDATE events SET pub_seq = pub_seq + 1000 WHERE pub_seq = $1`, end)
	wrong("events.published", strconv.Itoa(end))      // where the relay stands
	wrong("events.published", strconv.Itoa(end+1000)) // after a hole
	require.Equal(t, sorted(want), sorted(c.found(postgres.Verify{})))
	require.NotContains(t, c.found(postgres.Verify{Grace: time.Hour}), "deadlines")
	for _, check := range postgres.Checks {
		require.Contains(t, want, check.Name, "each check has a fault here")
	}
	few, err := c.Verify(t.Context(), postgres.Verify{Most: 1})
	require.NoError(t, err)
	require.Len(t, few[0].Faults, 1)
	require.Equal(t, 2, few[0].Found, "all are counted")
	later := c.found(postgres.Verify{Since: time.Now().Add(time.Minute), Grace: time.Hour})
	require.NotContains(t, later, "order.total", "it is older")
	require.Contains(t, later, "counts", "verified whole")
}

func (c city) lineOf(sql string, id domain.ID) (line string) {
	c.t.Helper()
	require.NoError(c.t, c.Pool().QueryRow(c.t.Context(), sql, id.String()).Scan(&line))
	return line
}

func sorted(found map[string][]string) map[string][]string {
	for _, ids := range found {
		slices.Sort(ids)
	}
	return found
}
