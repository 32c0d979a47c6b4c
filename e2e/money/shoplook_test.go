package money

import (
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/domain/ledger"
	"github.com/zoop-dev/zoop/internal/domain/order"
	rules "github.com/zoop-dev/zoop/internal/domain/payment"
	"github.com/zoop-dev/zoop/internal/domain/payout"
)

// owners are whose accounts are this world's.
func (s *shop) owners() []domain.ID {
	return []domain.ID{s.vendor, s.customer.ID, s.couriers[0].ID, s.couriers[1].ID}
}

func (s *shop) look() scene {
	all := scene{Books: s.books(), Balances: map[ledger.Account]int64{}, Payouts: s.paidOut()}
	for _, orderID := range s.placed {
		all.Orders = append(all.Orders, s.order(orderID))
	}
	for _, b := range rows(s, pgx.RowToStructByPos[struct {
		Kind    ledger.AccountKind
		Owner   domain.ID
		Balance int64
	}], `SELECT kind, owner_id, balance FROM accounts WHERE owner_id = ANY ($1) AND balance IS NOT NULL`, s.owners()) {
		all.Balances[ledger.Account{Kind: b.Kind, Owner: b.Owner}] = b.Balance
	}
	return all
}

func (s *shop) order(orderID domain.ID) seen {
	o := rows(s, pgx.RowToStructByPos[struct {
		State    order.State
		Delivery delivery.State
		Courier  domain.ID
		Total    int64
		Revising bool
		Refused  bool
	}], `
		SELECT o.state, coalesce(d.state, ''),
		       coalesce(d.courier_id, (SELECT f.courier_id FROM offers f WHERE f.order_id = o.id AND f.state = 'open'), '00000000-0000-0000-0000-000000000000'),
		       o.total, coalesce(o.deadline_verb = 'lapse', false) OR o.timers @> '[{"verb": "lapse"}]',
		       EXISTS (SELECT FROM payment_operations w JOIN payments p ON p.id = w.payment_id WHERE p.order_id = o.id AND w.verb = 'refund' AND w.state = 'failed')
		FROM orders o
		LEFT JOIN deliveries d ON d.order_id = o.id
		WHERE o.id = $1`, orderID)[0]
	return seen{
		ID: orderID, State: o.State, Delivery: o.Delivery, Courier: slices.IndexFunc(s.couriers[:], func(a domain.Actor) bool { return a.ID == o.Courier }),
		Total: o.Total, Revising: o.Revising, Refused: o.Refused, Bill: s.bill(orderID), Payments: s.payments(orderID), Ops: s.asked(orderID),
	}
}

func (s *shop) bill(orderID domain.ID) ledger.Bill {
	b := ledger.Bill{Currency: s.Currency, Commission: one[int64](s, `SELECT commission FROM orders WHERE id = $1`, orderID)}
	for _, l := range rows(s, pgx.RowToStructByPos[struct {
		Kind   string
		Amount int64
	}], `SELECT kind, amount FROM quote_lines WHERE order_id = $1`, orderID) {
		*map[string]*int64{
			"item": &b.Food, "packaging": &b.Packaging, "vendor_discount": &b.VendorDiscount, "platform_discount": &b.PlatformDiscount, "tax": &b.Tax,
			"delivery_fee": &b.Delivery, "small_order_fee": &b.SmallOrder, "surge": &b.Surge, "tip": &b.Tip,
		}[l.Kind] += l.Amount
	}
	return b
}

func (s *shop) payments(orderID domain.ID) (out []rules.Payment) {
	for _, p := range rows(s, pgx.RowToStructByPos[struct {
		ID                                            domain.ID
		Method                                        rules.Method
		Provider                                      string
		State                                         rules.State
		Amount, Captured, Refunded, Refunding, Excess int64
	}], `SELECT id, method, provider, state, amount, captured, refunded, refunding, excess FROM payments WHERE order_id = $1 ORDER BY id DESC`, orderID) {
		out = append(out, rules.Payment{
			ID: p.ID, OrderID: orderID, Method: p.Method, Provider: p.Provider, State: p.State, Amount: s.money(p.Amount), Captured: s.money(p.Captured),
			Refunded: s.money(p.Refunded), Refunding: s.money(p.Refunding), Excess: s.money(p.Excess),
		})
	}
	return out
}

// asked is what gateways have not answered.
func (s *shop) asked(orderID domain.ID) (out []rules.Operation) {
	for _, o := range rows(s, pgx.RowToStructByPos[struct {
		ID, PaymentID domain.ID
		Verb          string
		Amount        int64
	}], `SELECT w.id, w.payment_id, w.verb, w.amount FROM payment_operations w JOIN payments p ON p.id = w.payment_id WHERE p.order_id = $1 AND w.state = 'pending' ORDER BY w.id`, orderID) {
		out = append(out, rules.Operation{ID: o.ID, PaymentID: o.PaymentID, Verb: o.Verb, Amount: s.money(o.Amount)})
	}
	return out
}

func (s *shop) books() (out []ledger.Transfer) {
	for _, e := range rows(s, pgx.RowToStructByPos[struct {
		ID       domain.ID
		Kind     ledger.Kind
		Source   domain.ID
		OrderID  domain.ID
		Account  ledger.AccountKind
		Owner    domain.ID
		Provider string
		Currency domain.Currency
		Amount   int64
	}], `
		WITH mine AS (
		    SELECT e.transfer_id FROM entries e JOIN accounts a ON a.id = e.account_id WHERE a.owner_id = ANY ($1)
		    UNION SELECT t.id FROM transfers t WHERE t.order_id = ANY ($2)
		)
		SELECT t.id, t.kind, t.source, coalesce(t.order_id, $3), a.kind, coalesce(a.owner_id, $3), a.provider, a.currency, e.amount
		FROM transfers t
		JOIN entries e ON e.transfer_id = t.id
		JOIN accounts a ON a.id = e.account_id
		WHERE t.id IN (SELECT transfer_id FROM mine)
		ORDER BY t.id, a.id`, s.owners(), s.placed, domain.Nil) {
		if len(out) == 0 || out[len(out)-1].ID != e.ID {
			out = append(out, ledger.Transfer{ID: e.ID, Kind: e.Kind, Source: e.Source, OrderID: e.OrderID, Currency: e.Currency})
		}
		t := &out[len(out)-1]
		t.Entries = append(t.Entries, ledger.Entry{Account: ledger.Account{Kind: e.Account, Owner: e.Owner, Provider: e.Provider}, Amount: e.Amount})
	}
	return out
}

func (s *shop) paidOut() (out []paid) {
	for _, p := range rows(s, pgx.RowToStructByPos[struct {
		ID     domain.ID
		State  payout.State
		Kind   ledger.AccountKind
		Owner  domain.ID
		Amount int64
	}], `SELECT id, state, kind, owner_id, amount FROM payouts WHERE owner_id = ANY ($1) ORDER BY id`, s.owners()) {
		entries := rows(s, pgx.RowToStructByPos[entry], `SELECT transfer_id, amount FROM payout_entries WHERE payout_id = $1 ORDER BY transfer_id`, p.ID)
		out = append(out, paid{p.State, ledger.Account{Kind: p.Kind, Owner: p.Owner}, p.Amount, entries})
	}
	return out
}
