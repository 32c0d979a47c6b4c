package api_test

import (
	"maps"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/ledger"
	"github.com/zoop-dev/zoop/internal/domain/payout"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
)

func init() {
	maps.Copy(fixtures, map[string]fixture{
		"GET /api/v1/vendors/{id}/payouts": ofVendor("/api/v1/vendors/%s/payouts", ""),
		"GET /api/v1/vendors/{id}/payouts/{payoutId}/statement": {make: func(w *world) target {
			return about("/api/v1/vendors/%s/payouts/"+w.payout("vendor", w.vendor, "draft").String()+"/statement", w.vendor, "")
		}},
		"GET /api/v1/vendors/{id}/bank-account": {make: func(w *world) target {
			w.bank(ledger.Vendor(w.vendor))
			return about("/api/v1/vendors/%s/bank-account", w.vendor, "")
		}},
		"PUT /api/v1/vendors/{id}/bank-account": ofVendor("/api/v1/vendors/%s/bank-account", aBank),
		"DELETE /api/v1/vendors/{id}/bank-account": {make: func(w *world) target {
			w.bank(ledger.Vendor(w.vendor))
			return about("/api/v1/vendors/%s/bank-account", w.vendor, "")
		}},
		"GET /api/v1/courier/bank-account":    {make: func(w *world) target { return w.couriersBank() }, wants: []int{200, 404}},
		"PUT /api/v1/courier/bank-account":    {make: func(*world) target { return target{path: "/api/v1/courier/bank-account", body: aBank} }},
		"DELETE /api/v1/courier/bank-account": {make: func(w *world) target { return w.couriersBank() }, wants: []int{204, 404}},
		"GET /api/v1/admin/payouts/{id}/bank-account": {make: func(w *world) target {
			w.bank(ledger.Vendor(w.vendor))
			return about("/api/v1/admin/payouts/%s/bank-account", w.payout("vendor", w.vendor, "draft"), "")
		}},
		"GET /api/v1/courier/payouts/{id}/statement": {make: func(w *world) target {
			return about("/api/v1/courier/payouts/%s/statement", w.payout("courier", w.who("courier").id, "draft"), "")
		}},
		"POST /api/v1/admin/payouts": {make: func(w *world) target {
			w.owe(w.vendor)
			return target{path: "/api/v1/admin/payouts", body: `{}`}
		}},
		"GET /api/v1/admin/payouts/{id}": {make: func(w *world) target {
			return about("/api/v1/admin/payouts/%s", w.payout("vendor", w.vendor, "draft"), "")
		}},
		"GET /api/v1/admin/payouts/{id}/statement": {make: func(w *world) target {
			return about("/api/v1/admin/payouts/%s/statement", w.payout("vendor", w.vendor, "draft"), "")
		}},
		"POST /api/v1/admin/payouts/{id}/approve": {make: func(w *world) target {
			return about("/api/v1/admin/payouts/%s/approve", w.payout("vendor", w.vendor, "draft"), "")
		}},
		"POST /api/v1/admin/payouts/{id}/export": {make: func(w *world) target {
			w.bank(ledger.Vendor(w.vendor))
			return about("/api/v1/admin/payouts/%s/export", w.payout("vendor", w.vendor, "approved"), "")
		}},
		"POST /api/v1/admin/payouts/{id}/paid": {make: func(w *world) target {
			return about("/api/v1/admin/payouts/%s/paid", w.payout("vendor", w.vendor, "exported"), `{"note":"UTR 4711"}`)
		}},
		"POST /api/v1/admin/payouts/{id}/failed": {make: func(w *world) target {
			return about("/api/v1/admin/payouts/%s/failed", w.payout("vendor", w.vendor, "draft"), `{"note":"no account"}`)
		}},
		"POST /api/v1/admin/couriers/{id}/deposits": {make: func(w *world) target {
			courier := w.newCourier("approved")
			w.exec(`INSERT INTO accounts (id, kind, owner_id, currency, balance) VALUES (account_id('courier_cash', $1::uuid, '', 'INR'), 'courier_cash', $1, 'INR', -500)`, courier)
			return keyed(about("/api/v1/admin/couriers/%s/deposits", courier, `{"amount":{"amount":500,"currency":"INR"}}`))
		}},
	})
}

const aBank = `{"holder":"Casa Lima","scheme":"iban","number":"DE89 3704 0044 0532 0130 00"}`

// bank has somebody paid to an account.
func (w *world) bank(of ledger.Account) {
	db, err := postgres.FromPool(w.t.Context(), w.pool)
	require.NoError(w.t, err)
	require.NoError(w.t, db.InTx(w.t.Context(), func(tx *postgres.Tx) error {
		was, err := tx.HoldBankAccount(w.t.Context(), of)
		if err != nil {
			return err
		}
		_, err = tx.SetBankAccount(w.t.Context(), of, was, payout.Bank{Holder: "Casa Lima", Scheme: payout.IBAN, Number: "DE89370400440532013000"}, w.who("admin").id)
		return err
	}))
}

func (w *world) couriersBank() target {
	w.bank(ledger.Courier(w.who("courier").id))
	return target{path: "/api/v1/courier/bank-account"}
}

// owe has a vendor owed 100, of no order.
func (w *world) owe(vendor domain.ID) {
	w.exec(`INSERT INTO accounts (id, kind, owner_id, currency)
	        SELECT account_id(kind, owner, '', 'INR'), kind, owner, 'INR' FROM (VALUES ('vendor', $1::uuid), ('refunds', NULL)) v (kind, owner) ON CONFLICT DO NOTHING`, vendor)
	w.exec(`WITH t AS (INSERT INTO transfers (id, kind, source, at) VALUES ($1::uuid, 'reversal', $1, now() - interval '1 second') RETURNING id, at)
	        INSERT INTO entries (transfer_id, account_id, amount, at)
	        SELECT t.id, account_id('vendor', $2::uuid, '', 'INR'), 100, t.at FROM t UNION ALL SELECT t.id, account_id('refunds', NULL, '', 'INR'), -100, t.at FROM t`, domain.ID(id.New()), vendor)
}

// payout is one of 100 to somebody, drafted by nobody who calls.
func (w *world) payout(kind string, owner domain.ID, state string) domain.ID {
	p, maker, transfer := domain.ID(id.New()), domain.ID(id.New()), domain.ID(id.New())
	w.exec(`INSERT INTO users (id, email, first_name, role) SELECT n, n || '@example.com', 'Sam', 'admin' FROM unnest(ARRAY[$1::uuid, $2::uuid]) n`, maker, p)
	w.exec(`INSERT INTO accounts (id, kind, owner_id, currency) VALUES (account_id($1::text, $2::uuid, '', 'INR'), $1, $2, 'INR') ON CONFLICT DO NOTHING`, kind, owner)
	if state == "exported" {
		w.exec(`INSERT INTO transfers (id, kind, source, at) VALUES ($1, 'payout', $2, now())`, transfer, p)
	}
	w.exec(`INSERT INTO payouts (id, account_id, kind, owner_id, currency, amount, entries, until, made_by, state, approved_by, transfer_id, approved_bank)
	        VALUES ($1::uuid, account_id($2::text, $3::uuid, '', 'INR'), $2, $3, 'INR', 100, 1, now(), $4, $5::text, CASE WHEN $5 <> 'draft' THEN $1 END, CASE WHEN $5 = 'exported' THEN $6::uuid END,
	                (SELECT b.version FROM bank_accounts b WHERE b.kind = $2 AND b.owner_id = $3 AND $5 <> 'draft'))`,
		p, kind, owner, maker, state, transfer)
	return p
}
