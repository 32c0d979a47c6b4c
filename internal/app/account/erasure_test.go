package account_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/account"
	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/domain/ledger"
	"github.com/zoop-dev/zoop/internal/domain/payout"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// canary stands in every text that a person gives; afterwards none may be left.
const canary = "canary"

// grep finds the columns of the whole database that hold a text.
func (f fixture) grep(text string) (found []string) {
	f.t.Helper()
	rows, err := f.pool.Query(f.t.Context(), `SELECT table_name, column_name FROM information_schema.columns c
		JOIN information_schema.tables t USING (table_schema, table_name)
		WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND is_generated = 'NEVER'`)
	require.NoError(f.t, err)
	var columns [][2]string
	for rows.Next() {
		var c [2]string
		require.NoError(f.t, rows.Scan(&c[0], &c[1]))
		columns = append(columns, c)
	}
	require.NoError(f.t, rows.Err())
	for _, c := range columns {
		q := fmt.Sprintf(`SELECT count(*) FROM %q WHERE position($1 IN coalesce(%q::text, '')) > 0 OR position(encode(convert_to($1, 'UTF8'), 'hex') IN coalesce(%q::text, '')) > 0`, c[0], c[1], c[1])
		if scan[int](f, q, text) > 0 {
			found = append(found, c[0]+"."+c[1])
		}
	}
	return found
}

// lived is a customer who left words everywhere, with an order in a state.
func (f fixture) lived(state string) (domain.Actor, account.Tokens) {
	f.t.Helper()
	ctx := f.t.Context()
	require.NoError(f.t, f.Signup(ctx, here, "canary@example.com", rules.Profile{FirstName: canary, LastName: canary, Role: domain.RoleCustomer}))
	tokens, err := f.Verify(ctx, account.Client{Device: canary}, "canary@example.com", f.mail.last().Digits)
	require.NoError(f.t, err)
	actor, err := f.Authenticate(ctx, tokens.Access)
	require.NoError(f.t, err)
	a := somewhere(canary)
	a.Line1, a.Line2, a.ContactName, a.Instructions = canary, canary, canary, canary
	_, err = f.CreateAddress(ctx, actor, a)
	require.NoError(f.t, err)
	vendorID, orderID, dishID, categoryID := f.asked("canary@example.com"), domain.ID(id.New()), domain.ID(id.New()), domain.ID(id.New())
	f.exec(`INSERT INTO categories (id, vendor_id, name) VALUES ($1, $2, 'Mains')`, categoryID, vendorID)
	f.exec(`INSERT INTO dishes (id, vendor_id, category_id, name, price, diet) VALUES ($1, $2, $3, 'Thali', 24900, 'veg')`, dishID, vendorID, categoryID)
	f.exec(`INSERT INTO carts (customer_id, vendor_id, items, fulfilment, quote_id, quote_total, quoted_at)
		VALUES ($1, $2, '[{"note":"canary"}]', 'pickup', $1, 1, now())`, actor.ID, vendorID)
	f.exec(`INSERT INTO orders (id, number, state, version, customer_id, vendor_id, city, fulfilment, currency, total, address, note, delivery_pin,
		order_code, accept_seconds, promised_at, deadline_at, deadline_verb) VALUES ($1, 'N1', $2, 1, $3, $4, 'New Delhi', 'delivery', 'INR', 24900,
		'{"label":"canary","line1":"canary","city":"x","lat":1,"lng":2}', 'canary', '0042', '4711', 300, now(), now(), 'complete')`, orderID, state, actor.ID, vendorID)
	f.exec(`INSERT INTO order_items (order_id, position, dish_id, name, quantity, unit_price, note) VALUES ($1, 0, $2, 'Thali', 1, 24900, 'canary')`, orderID, dishID)
	f.exec(`INSERT INTO invoice_series (vendor_id, kind, year, last) VALUES ($1, 'invoice', 2026, 1)`, vendorID)
	f.exec(`INSERT INTO invoices (id, vendor_id, kind, year, number, order_id, currency, total, buyer, document)
		VALUES ($1, $1, 'invoice', 2026, 1, $2, 'INR', 24900, 'canary canary', '{"seller":{"name":"Casa Lima","address":"1 Janpath"},"lines":[]}')`, vendorID, orderID)
	reviewID := domain.ID(id.New())
	f.exec(`INSERT INTO reviews (id, order_id, vendor_id, stars, text, state, reply, replied_at, created_at, version)
		VALUES ($1, $2, $3, 4, 'canary', 'published', 'Dear canary', now(), now(), 1)`, reviewID, orderID, vendorID)
	f.exec(`INSERT INTO review_dishes (review_id, dish_id, stars) VALUES ($1, $2, 5)`, reviewID, dishID)
	f.exec(`INSERT INTO pictures (key, bytes, idle_since) VALUES (repeat('a', 64), 1, NULL)`)
	f.exec(`INSERT INTO review_photos (review_id, place, picture) VALUES ($1, 1, repeat('a', 64))`, reviewID)
	f.exec(`INSERT INTO pictures (key, bytes, idle_since) VALUES (repeat('b', 64), 1, NULL)`)
	f.exec(`INSERT INTO handover_photos (order_id, picture, taken_at) VALUES ($1, repeat('b', 64), now())`, orderID)
	f.exec(`INSERT INTO tracking_links (token_hash, order_id, expires_at) VALUES (sha256('t'), $1, now() + interval '1 day')`, orderID)
	f.exec(`INSERT INTO idempotency_keys (principal, route, key, request_hash, claim, locked_until, status, body)
		VALUES ($1, 'placeOrder', 'k', '', $1, now(), 201, 'canary')`, actor.ID)
	return actor, tokens
}

func TestAnErasedPersonIsNowhere(t *testing.T) {
	f := setup(t)
	ctx := t.Context()
	actor, tokens := f.lived("completed")
	require.Greater(t, len(f.grep(canary)), 8, "the canary must have been there")
	require.NoError(t, f.Erase(ctx, actor))
	require.Empty(t, f.grep(canary))
	require.NoError(t, f.Erase(ctx, actor), "again changes nothing")
	_, err := f.Authenticate(ctx, tokens.Access)
	require.Equal(t, domain.Unauthenticated, domain.KindOf(err))
	_, err = f.Refresh(ctx, here, tokens.Refresh)
	require.Equal(t, domain.Unauthenticated, domain.KindOf(err))
	require.Equal(t, 24900, scan[int](f, "SELECT total FROM orders"), "the books keep what they must")
	require.Equal(t, "1 24900", scan[string](f, "SELECT concat_ws(' ', number, total) FROM invoices"), "and so do the papers")
	require.Equal(t, 1, scan[int](f, "SELECT count(*) FROM audit_log WHERE action = 'user.erase'"))
	require.Equal(t, "published 4 5 2", scan[string](f, `SELECT concat_ws(' ', r.state, r.stars, d.stars, r.version) FROM reviews r JOIN review_dishes d ON d.review_id = r.id`),
		"the stars stay, and count")
	require.Zero(t, scan[int](f, "SELECT count(*) FROM review_photos"))
	require.Zero(t, scan[int](f, "SELECT (SELECT count(*) FROM handover_photos) + (SELECT count(*) FROM tracking_links)"))
	require.Equal(t, 2, scan[int](f, "SELECT count(*) FROM pictures WHERE idle_since IS NOT NULL"), "the collector takes the photos")

	_, err = f.CreateAddress(ctx, actor, somewhere("late"))
	require.Equal(t, domain.Unauthenticated, domain.KindOf(err), "nothing new comes to hang on it")
	anew := f.signUp("canary@example.com")
	require.NotEqual(t, actor.ID, anew.User.ID)
}

func TestWhatNobodyHasReadIsErasedWhole(t *testing.T) {
	f := setup(t)
	actor, _ := f.lived("completed")
	f.exec("UPDATE reviews SET state = 'pending', reply = '', replied_at = NULL")
	require.NoError(t, f.Erase(t.Context(), actor))
	require.Zero(t, scan[int](f, "SELECT count(*) FROM reviews"))
	require.Zero(t, scan[int](f, "SELECT count(*) FROM review_dishes"))
}

func TestWhatKeepsAPersonFromBeingErased(t *testing.T) {
	f := setup(t)
	ctx := t.Context()
	actor, _ := f.lived("preparing")
	requireCode(t, f.Erase(ctx, actor), "erasure.open_order")
	f.exec("UPDATE orders SET state = 'completed'")
	f.exec("UPDATE sessions SET created_at = now() - interval '16 minutes'")
	requireCode(t, f.Erase(ctx, actor), "auth.recent")
	f.exec("UPDATE sessions SET created_at = now()")
	f.exec("UPDATE vendors SET status = 'approved'")
	f.exec("INSERT INTO vendor_members (vendor_id, user_id) SELECT id, $1 FROM vendors", actor.ID)
	requireCode(t, f.Erase(ctx, actor), "erasure.sole_owner")
	f.exec("UPDATE vendors SET status = 'suspended'")
	f.exec("INSERT INTO accounts (id, kind, owner_id, currency, balance) VALUES (account_id('wallet', $1, '', 'INR'), 'wallet', $1, 'INR', 5)", actor.ID)
	requireCode(t, f.Erase(ctx, actor), "erasure.money")
	require.NotEmpty(t, f.grep(canary), "what was refused has changed nothing")
	f.exec("UPDATE accounts SET balance = 0")
	f.exec("INSERT INTO accounts (id, kind, owner_id, currency) VALUES (account_id('courier', $1, '', 'INR'), 'courier', $1, 'INR')", actor.ID)
	f.exec(`INSERT INTO payouts (id, account_id, kind, owner_id, currency, amount, entries, until)
	        VALUES ($1, account_id('courier', $1, '', 'INR'), 'courier', $1, 'INR', 5, 1, now())`, actor.ID)
	requireCode(t, f.Erase(ctx, actor), "erasure.money")
	f.exec("UPDATE payouts SET state = 'failed'")
	require.NoError(t, f.Erase(ctx, actor))
	require.Equal(t, "vendor.member_removed", scan[string](f, "SELECT type FROM events WHERE subject = 'vendor'"))
}

func TestAnExportIsTheWholePersonOnceAMinute(t *testing.T) {
	f := setup(t)
	actor, _ := f.lived("completed")
	f.exec(`INSERT INTO orders (id, number, state, version, customer_id, vendor_id, city, fulfilment, currency, total, delivery_pin, order_code, accept_seconds, promised_at)
		SELECT gen_random_uuid(), 'M' || g, 'completed', 1, $1, (SELECT id FROM vendors LIMIT 1), 'x', 'pickup', 'INR', 1, '', '', 300, now() FROM generate_series(1, 250) g`, actor.ID)
	f.exec("INSERT INTO accounts (id, kind, owner_id, currency, balance) SELECT account_id('wallet', u, '', 'INR'), 'wallet', u, 'INR', 5 FROM unnest(ARRAY[$1::uuid, gen_random_uuid()]) u", actor.ID)
	f.exec("INSERT INTO accounts (id, kind, currency) VALUES (account_id('refunds', NULL, '', 'INR'), 'refunds', 'INR')")
	f.exec(`WITH t AS (INSERT INTO transfers (id, kind, source, at) SELECT gen_random_uuid(), 'wallet.credited', gen_random_uuid(), now() FROM accounts WHERE kind = 'wallet' RETURNING id),
		n AS (SELECT t.id, a.id AS wallet FROM (SELECT id, row_number() OVER () FROM t) t JOIN (SELECT id, row_number() OVER () FROM accounts WHERE kind = 'wallet') a USING (row_number))
		INSERT INTO entries SELECT id, wallet, 5, now() FROM n UNION ALL SELECT id, account_id('refunds', NULL, '', 'INR'), -5, now() FROM n`)
	f.exec(`INSERT INTO couriers (user_id, name, vehicle, status) VALUES ($1, 'Ravi', 'bicycle', 'approved') ON CONFLICT DO NOTHING`, actor.ID)
	bank := payout.Bank{Holder: "Ravi", Scheme: payout.IBAN, Number: "DE89370400440532013000"}
	require.NoError(t, f.db.InTx(t.Context(), func(tx *postgres.Tx) error {
		_, err := tx.SetBankAccount(t.Context(), ledger.Courier(actor.ID), postgres.BankAccount{}, bank, actor.ID)
		return err
	}))
	var text strings.Builder
	require.NoError(t, f.Export(t.Context(), actor, &text))
	var doc map[string]any
	require.NoError(t, json.Unmarshal([]byte(text.String()), &doc))
	require.Equal(t, "canary@example.com", doc["account"].(map[string]any)["email"])
	require.Len(t, doc["addresses"], 1)
	require.Len(t, doc["sessions"], 1)
	require.Len(t, doc["orders"], 251)
	require.Len(t, doc["money"], 1, "their own wallet's, and nobody else's")
	require.Equal(t, []any{map[string]any{"account": "wallet", "amount": 5.0, "currency": "INR"}}, doc["money"].([]any)[0].(map[string]any)["entries"])
	require.Len(t, doc["reviews"], 1)
	require.Equal(t, "canary", doc["reviews"].([]any)[0].(map[string]any)["text"])
	require.NotNil(t, doc["cart"])
	require.Len(t, doc["bankAccounts"], 1)
	require.Equal(t, "DE89370400440532013000", doc["bankAccounts"].([]any)[0].(map[string]any)["number"], "all that they have told")
	requireCode(t, f.Export(t.Context(), actor, &text), "rate_limited")
}
