package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/ledger"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// Refund is what a customer is given back after their order has ended.
type Refund struct {
	ID      domain.ID // also of the operation, where a gateway gives it back
	Amount  domain.Money
	Wallet  bool // else to where it came from
	Reason  string
	Bearer  string
	Items   []RefundItem // what it is for, where dishes are named
	OrderID domain.ID
	ByID    domain.ID
	At      time.Time
}

// RefundItem is how much of a line of an order is given back.
type RefundItem struct {
	Position int `json:"position"` // of the line, from 0
	Portions int `json:"portions"`
}

// NewRefund writes a refund of a held payment down.
func (tx *Tx) NewRefund(ctx context.Context, p *LockedPayment, r Refund) error {
	items, err := json.Marshal(r.Items)
	if err != nil {
		return fmt.Errorf("encode refund: %w", err)
	}
	if r.Items == nil {
		items = []byte("[]")
	}
	destination := "source"
	if r.Wallet {
		destination = "wallet"
	}
	err = tx.InsertRefund(ctx, query.InsertRefundParams{
		ID: r.ID, OrderID: p.OrderID, PaymentID: p.ID, Amount: r.Amount.Amount, Currency: string(r.Amount.Currency), Destination: destination,
		Reason: r.Reason, Bearer: r.Bearer, Items: items, ByID: r.ByID,
	})
	if err != nil {
		return fmt.Errorf("insert refund: %w", classify(err))
	}
	return nil
}

// GivenBack is a refund with what became of it.
type GivenBack struct {
	Refund
	State string // "pending", "done", or "failed" when its gateway refused it
}

// Refunds lists what was given back of an order before one, newest first; Nil begins with the newest.
func (db *DB) Refunds(ctx context.Context, orderID, before domain.ID, limit int) ([]GivenBack, error) {
	rows, err := db.q().RefundsBefore(ctx, query.RefundsBeforeParams{OrderID: orderID, Before: orNull(before), Most: int32(limit)}) //nolint:gosec // a page's size
	if err != nil {
		return nil, fmt.Errorf("list refunds: %w", classify(err))
	}
	out := make([]GivenBack, len(rows))
	for i, row := range rows {
		r := row.Refund
		out[i] = GivenBack{State: row.State, Refund: Refund{
			ID: r.ID, Amount: domain.Money{Amount: r.Amount, Currency: domain.Currency(r.Currency)}, Wallet: r.Destination == "wallet",
			Reason: r.Reason, Bearer: r.Bearer, OrderID: r.OrderID, ByID: r.ByID, At: r.At,
		}}
		if err := json.Unmarshal(r.Items, &out[i].Items); err != nil {
			return nil, fmt.Errorf("decode refund: %w", err)
		}
	}
	return out, nil
}

// Portions are the lines of dishes of a held order, and what of each was given back before, and the rate of tax on its packaging that is
// no dish's. Where nobody has kept how an order was taxed, its tax is spread by the price of the dishes.
func (tx *Tx) Portions(ctx context.Context, orderID domain.ID) (dishes []ledger.Dish, taxOnRest domain.BasisPoints, err error) {
	rows, err := tx.RefundedPortions(ctx, orderID)
	if err != nil {
		return nil, 0, fmt.Errorf("read portions: %w", err)
	}
	spread := slices.ContainsFunc(rows, func(r query.RefundedPortionsRow) bool { return r.TaxCategory == "" })
	dishes, taxOnRest = make([]ledger.Dish, len(rows)), 10_000
	for i, r := range rows {
		dishes[i] = ledger.Dish{Portions: r.Quantity, Food: r.UnitPrice, TaxRate: 10_000, Gone: r.Gone}
		if !spread {
			dishes[i].Packaging, dishes[i].TaxRate, taxOnRest = r.Packaging, domain.BasisPoints(r.TaxBp), domain.BasisPoints(r.RestBp) //nolint:gosec // bounded rates
		}
	}
	return dishes, taxOnRest, nil
}

// Standing is what of a held order is in the books.
func (tx *Tx) Standing(ctx context.Context, orderID domain.ID) (ledger.Standing, error) {
	r, err := tx.Queries.Standing(ctx, orderID)
	if err != nil {
		return ledger.Standing{}, fmt.Errorf("read what stands: %w", err)
	}
	return ledger.Standing{Commission: r.Commission, Tax: r.Tax, Promotions: r.Promotions, Gone: r.Gone, Held: r.Held - r.Asked}, nil
}
