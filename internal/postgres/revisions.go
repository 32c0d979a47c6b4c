package postgres

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/ledger"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/domain/payment"
	"github.com/zoop-dev/zoop/internal/domain/pricing"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// Revision is what a vendor can make of an order, and what that costs.
type Revision struct {
	Number int
	State  string // proposed, accepted, refused, lapsed or withdrawn
	Items  []order.Item
	Quote  pricing.Quote // without what it has applied

	Applied []pricing.Applied // what promotions take off, without their words
}

// keptJSON is a line that would be left, as order_revisions.items holds it: no words of its customer.
type keptJSON struct {
	Position int `json:"position"`
	Quantity int `json:"quantity"`
}

// lineJSON is a line of the quote, as order_revisions.lines holds it.
type lineJSON struct {
	Kind   string `json:"kind"`
	Label  string `json:"label"`
	Amount int64  `json:"amount"`
	Bearer string `json:"bearer"`

	Tax json.RawMessage `json:"tax,omitempty"` // as in quote_lines
}

// appliedJSON is a promotion's part of it, as order_revisions.applied holds it.
type appliedJSON struct {
	Promotion domain.ID `json:"promotion"`
	Vendor    int64     `json:"vendor"`
	Platform  int64     `json:"platform"`
}

// ProposeRevision stores what the vendor of a held order proposes.
func (tx *Tx) ProposeRevision(ctx context.Context, o *LockedOrder, r Revision) error {
	kept, lines := make([]keptJSON, len(r.Items)), make([]lineJSON, len(r.Quote.Lines))
	for i, item := range r.Items {
		kept[i] = keptJSON{item.Position, item.Quantity}
	}
	for i, l := range r.Quote.Lines {
		lines[i] = lineJSON{Kind: string(l.Kind), Label: l.Label, Amount: l.Amount.Amount, Bearer: string(l.Bearer)}
		tax, err := fromTaxDetail(l.Tax)
		if err != nil {
			return err
		}
		if tax != "" {
			lines[i].Tax = json.RawMessage(tax)
		}
	}
	applied := make([]appliedJSON, len(r.Applied))
	for i, a := range r.Applied {
		applied[i] = appliedJSON{a.Promotion, a.Vendor.Amount, a.Platform.Amount}
	}
	p := query.InsertRevisionParams{OrderID: o.ID, Number: r.Number, Total: r.Quote.Total.Amount}
	var err error
	if p.Items, err = json.Marshal(kept); err != nil {
		return fmt.Errorf("encode revision: %w", err)
	}
	if p.Lines, err = json.Marshal(lines); err != nil {
		return fmt.Errorf("encode revision: %w", err)
	}
	if p.Applied, err = json.Marshal(applied); err != nil {
		return fmt.Errorf("encode revision: %w", err)
	}
	if err := tx.InsertRevision(ctx, p); err != nil {
		return fmt.Errorf("insert revision: %w", err)
	}
	return nil
}

// EndRevision closes the revision of a held order that waits for its customer, as refused, lapsed or withdrawn; without one nothing
// happens.
func (tx *Tx) EndRevision(ctx context.Context, o *LockedOrder, state string) error {
	if o.Revisions == 0 {
		return nil
	}
	return tx.write("settle revision", func(tx *Tx) error {
		return tx.SettleRevision(ctx, query.SettleRevisionParams{OrderID: o.ID, State: state})
	})
}

// Revise makes a held order what its customer has agreed to: its lines, its quote, what its promotions take off, and what is left to
// pay or goes back. It gives the event that tells of the payment, as GiveBack does.
func (tx *Tx) Revise(ctx context.Context, o *LockedOrder, r Revision) (domain.Event, error) {
	paid, err := tx.HoldPayment(ctx, o) // before its lines change
	if err != nil {
		return domain.Event{}, err
	}
	if err := tx.reviseLines(ctx, o, r); err != nil {
		return domain.Event{}, err
	}
	if err := tx.reviseRedemptions(ctx, o.ID, r.Applied); err != nil {
		return domain.Event{}, err
	}
	if err := tx.EndRevision(ctx, o, "accepted"); err != nil {
		return domain.Event{}, err
	}
	if paid.Method == payment.COD || paid.Provider != "" && paid.State == payment.Authorized && o.AcceptedAt.IsZero() {
		return domain.Event{}, nil // no more than the new price will be taken
	}
	if paid.Provider != "" {
		lost, err := tx.TakeBackLoss(ctx, o.ID)
		if err != nil {
			return domain.Event{}, err
		}
		if lost { // of what we bear there is less, and nothing to give back
			return domain.Event{}, tx.Transfer(ctx, paid.Order.Lost(id.New(), r.Quote.Total.Amount))
		}
	}
	if ours := paid.Order.Bill.Total() - max(r.Quote.Total.Amount, paid.Refundable().Amount); ours > 0 && paid.Provider != "" && paid.State.Taken() {
		// The customer has it back already, at our expense: it was asked of their bank.
		if err := tx.Transfer(ctx, paid.Order.Released(id.New(), ledger.Refunds, ours)); err != nil {
			return domain.Event{}, err
		}
	}
	return tx.GiveBack(ctx, paid, r.Quote.Total.Amount)
}

func (tx *Tx) reviseLines(ctx context.Context, o *LockedOrder, r Revision) error {
	keep := query.KeepItemsParams{OrderID: o.ID}
	for _, item := range r.Items {
		keep.Positions, keep.Quantities = append(keep.Positions, item.Position), append(keep.Quantities, item.Quantity)
	}
	if err := tx.KeepItems(ctx, keep); err != nil {
		return fmt.Errorf("keep items: %w", err)
	}
	if err := tx.DropQuoteLines(ctx, o.ID); err != nil {
		return fmt.Errorf("drop quote: %w", err)
	}
	if err := tx.insertLines(ctx, o.ID, r.Quote); err != nil {
		return err
	}
	if err := tx.Reprice(ctx, query.RepriceParams{OrderID: o.ID, Amount: r.Quote.Total.Amount, Base: max(base(r.Quote), 0)}); err != nil {
		return fmt.Errorf("reprice order: %w", err)
	}
	return nil
}

// base is what commission is taken of, as ledger.Bill.Base.
func base(q pricing.Quote) (sum int64) {
	for _, l := range q.Lines {
		switch l.Kind {
		case pricing.Item, pricing.Packaging, "vendor_discount":
			sum += l.Amount.Amount
		}
	}
	return sum
}

func readRevision(ctx context.Context, q *query.Queries, orderID domain.ID, c domain.Currency, items []order.Item) (*Revision, error) {
	row, err := q.LastRevision(ctx, orderID)
	if err != nil {
		return nil, missing("revision", fmt.Errorf("read revision: %w", err))
	}
	r := &Revision{Number: row.Number, State: row.State, Quote: pricing.Quote{Total: domain.Money{Amount: row.Total, Currency: c}}}
	var kept []keptJSON
	if err := json.Unmarshal(row.Items, &kept); err != nil {
		return nil, fmt.Errorf("decode revision: %w", err)
	}
	var lines []lineJSON
	if err := json.Unmarshal(row.Lines, &lines); err != nil {
		return nil, fmt.Errorf("decode revision: %w", err)
	}
	quantity := map[int]int{}
	for _, k := range kept {
		quantity[k.Position] = k.Quantity
	}
	for _, item := range items {
		if item.Quantity = quantity[item.Position]; item.Quantity > 0 {
			r.Items = append(r.Items, item)
		}
	}
	for _, l := range lines {
		tax, err := toTaxDetail(l.Tax, c)
		if err != nil {
			return nil, err
		}
		r.Quote.Lines = append(r.Quote.Lines, pricing.Line{
			Kind: pricing.Kind(l.Kind), Label: l.Label, Amount: domain.Money{Amount: l.Amount, Currency: c}, Bearer: pricing.Bearer(l.Bearer), Tax: tax,
		})
	}
	var applied []appliedJSON
	if err := json.Unmarshal(row.Applied, &applied); err != nil {
		return nil, fmt.Errorf("decode revision: %w", err)
	}
	for _, a := range applied {
		r.Applied = append(r.Applied, pricing.Applied{
			Promotion: a.Promotion, Vendor: domain.Money{Amount: a.Vendor, Currency: c}, Platform: domain.Money{Amount: a.Platform, Currency: c},
		})
	}
	return r, nil
}
