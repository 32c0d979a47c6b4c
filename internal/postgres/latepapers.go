package postgres

import (
	"context"
	"fmt"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/invoice"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// LackingPapers looks through so many orders after one, Nil for the first: the last of them, Nil when there are no more, and those
// of them that were handed over and lack their invoice or a credit note, as IssueLacking issues them.
func (db *DB) LackingPapers(ctx context.Context, after domain.ID, most int) (last domain.ID, lacking []domain.ID, err error) {
	r, err := db.q().LackingPapers(ctx, query.LackingPapersParams{After: after, Most: int32(most)}) //nolint:gosec // a page's size
	if err != nil {
		return domain.Nil, nil, fmt.Errorf("look for lacking papers: %w", classify(err))
	}
	if r.Looked < most {
		r.Last = domain.Nil
	}
	return r.Last, r.Lacking, nil
}

// IssueLacking issues the invoice of a held order that was handed over without, by a process that knew none, and the credit notes of
// what was given back since; nothing of an order that has them. They are of today: their numbers are the next ones.
func (tx *Tx) IssueLacking(ctx context.Context, o *LockedOrder) error {
	if !o.State.HandedOver() {
		return nil
	}
	papers, err := tx.PapersOfOrder(ctx, o.ID)
	if err != nil {
		return fmt.Errorf("read papers: %w", err)
	}
	if len(papers) == 0 {
		if err := tx.issueSale(ctx, o); err != nil {
			return err
		}
	}
	refunds, err := tx.UncreditedRefunds(ctx, o.ID)
	if err != nil {
		return fmt.Errorf("find refunds: %w", err)
	}
	for _, refund := range refunds { // each looks at those before it
		if err := tx.CreditRefund(ctx, o, refund); err != nil {
			return err
		}
		if err := tx.StoreOrder(ctx, o, domain.System); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) issueSale(ctx context.Context, o *LockedOrder) error {
	_, sale, err := tx.holdSale(ctx, o)
	if err != nil {
		return err
	}
	o.papers = append(o.papers, sale)
	return tx.StoreOrder(ctx, o, domain.System)
}

// holdSale locks the payment of a held order, and gives the order's invoice besides. One round trip.
func (tx *Tx) holdSale(ctx context.Context, o *LockedOrder) (*LockedPayment, invoice.Paper, error) {
	var parties query.PartiesOfSaleRow
	var lines []query.OrderLinesRow
	p, err := tx.holdPayment(ctx, o, domain.Nil,
		func(q *query.Queries) (err error) { parties, err = q.PartiesOfSale(ctx, o.ID); return err },
		func(q *query.Queries) (err error) { lines, err = q.OrderLines(ctx, o.ID); return err })
	if err != nil {
		return nil, invoice.Paper{}, err
	}
	sale, err := saleOf(o, parties, lines, domain.Money{Amount: p.Order.Bill.Total(), Currency: p.Amount.Currency})
	return p, sale, err
}
