package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/invoice"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// Paper is an invoice or a credit note as it was issued.
type Paper struct {
	invoice.Paper
	ID          domain.ID
	No          int // in its series, from 1
	OrderNumber string
	Sale        string // the number of the invoice: its own, or the one that is credited
	IssuedAt    time.Time
}

// Number is what people call the paper.
func (p Paper) Number() string { return p.Series.Number(p.No) }

// saleOf is the invoice of a held order that is settled, of what was read with its payment.
func saleOf(o *LockedOrder, parties query.PartiesOfSaleRow, lines []query.OrderLinesRow, total domain.Money) (invoice.Paper, error) {
	place, err := placeNamed(parties.Timezone)
	if err != nil {
		return invoice.Paper{}, fmt.Errorf("vendor %s: %w", o.VendorID, err)
	}
	p := invoice.Paper{
		Series:  invoice.Series{Vendor: o.VendorID, Kind: invoice.Invoice, Year: invoice.Year(parties.Country, o.Now, place)},
		OrderID: o.ID, Seller: invoice.Seller{Name: parties.Name, Address: parties.Address, TaxID: parties.TaxID}, Buyer: parties.Buyer, Total: total,
	}
	for _, l := range lines {
		line := invoice.Line{Kind: l.Kind, Label: l.Label, Amount: l.Amount}
		if line.Tax, err = toPaperTax(l.Tax); err != nil {
			return p, err
		}
		p.Lines = append(p.Lines, line)
	}
	return p, p.Check()
}

// CreditRefund has StoreOrder issue the credit note of a refund that is done, of a held order that was handed over. What nobody
// has decided, or has no invoice, has none.
// One round trip.
func (tx *Tx) CreditRefund(ctx context.Context, o *LockedOrder, refundID domain.ID) error {
	var r query.RefundToCreditRow
	var parties query.PartiesOfSaleRow
	var papers []query.PapersOfOrderRow
	err := together(ctx, tx.tx,
		func(q *query.Queries) (err error) { r, err = q.RefundToCredit(ctx, refundID); return err },
		func(q *query.Queries) (err error) { parties, err = q.PartiesOfSale(ctx, o.ID); return err },
		func(q *query.Queries) (err error) { papers, err = q.PapersOfOrder(ctx, o.ID); return err })
	if err = missing("refund", err); err != nil {
		if domain.KindOf(err) == domain.NotFound {
			return nil
		}
		return fmt.Errorf("read papers: %w", err)
	}
	issued, err := toPapers(papers, func(r query.PapersOfOrderRow) (query.Invoice, string, int, int) {
		return r.Invoice, r.OrderNumber, r.SaleYear, r.SaleNumber
	})
	if err != nil || len(issued) == 0 {
		return err
	}
	place, err := placeNamed(parties.Timezone)
	if err != nil {
		return fmt.Errorf("vendor %s: %w", o.VendorID, err)
	}
	refund := invoice.Refund{ID: refundID, Reason: r.Reason, Amount: r.Amount, Tax: r.Tax}
	var items []RefundItem
	if err := json.Unmarshal(r.Items, &items); err != nil {
		return fmt.Errorf("decode refund: %w", err)
	}
	for _, i := range items {
		refund.Items = append(refund.Items, invoice.Portions(i))
	}
	var earlier []invoice.Paper
	for _, p := range issued[1:] {
		earlier = append(earlier, p.Paper)
	}
	note := issued[0].Credit(refund, invoice.Year(parties.Country, o.Now, place), earlier)
	o.papers = append(o.papers, note)
	return note.Check()
}

// issue writes papers with the next numbers of their series.
func (tx *Tx) issue(ctx context.Context, papers []invoice.Paper) error {
	for _, p := range papers {
		document, err := json.Marshal(fromPaper(p))
		if err != nil {
			return fmt.Errorf("encode %s: %w", p.Kind, err)
		}
		err = tx.IssuePaper(ctx, query.IssuePaperParams{
			VendorID: p.Vendor, Kind: string(p.Kind), Year: p.Year, ID: id.New(), OrderID: p.OrderID, RefundID: orNull(p.RefundID),
			Currency: string(p.Total.Currency), Total: p.Total.Amount, Buyer: p.Buyer, Document: document,
		})
		if err != nil {
			return fmt.Errorf("issue %s: %w", p.Kind, err)
		}
	}
	return nil
}

// PapersOf gives an order's invoice, and its credit notes after it, oldest first. None: it is not handed over.
func (db *DB) PapersOf(ctx context.Context, orderID domain.ID) ([]Paper, error) {
	rows, err := db.q().PapersOfOrder(ctx, orderID)
	if err != nil {
		return nil, fmt.Errorf("read papers: %w", classify(err))
	}
	return toPapers(rows, func(r query.PapersOfOrderRow) (query.Invoice, string, int, int) {
		return r.Invoice, r.OrderNumber, r.SaleYear, r.SaleNumber
	})
}

// Papers lists a series, the newest first, before a number; 0 begins with the newest.
func (db *DB) Papers(ctx context.Context, s invoice.Series, before, limit int) ([]Paper, error) {
	if before == 0 {
		before = math.MaxInt32
	}
	rows, err := db.q().PapersBefore(ctx, query.PapersBeforeParams{
		VendorID: s.Vendor, Kind: string(s.Kind), Year: s.Year, Before: before, Most: int32(limit), //nolint:gosec // a page's size
	})
	if err != nil {
		return nil, fmt.Errorf("list papers: %w", classify(err))
	}
	return toPapers(rows, func(r query.PapersBeforeRow) (query.Invoice, string, int, int) {
		return r.Invoice, r.OrderNumber, r.SaleYear, r.SaleNumber
	})
}

// paperJSON is a paper as invoices.document holds it: what has no column.
type paperJSON struct {
	Seller sellerJSON      `json:"seller"`
	Reason string          `json:"reason,omitempty"`
	Lines  []paperLineJSON `json:"lines"`
}

type sellerJSON struct {
	Name    string `json:"name"`
	Address string `json:"address"`
	TaxID   string `json:"taxId,omitempty"`
}

type paperLineJSON struct {
	Kind   string          `json:"kind"`
	Label  string          `json:"label"`
	Amount int64           `json:"amount"`
	Tax    json.RawMessage `json:"tax,omitempty"` // as in quote_lines
}

func fromPaper(p invoice.Paper) paperJSON {
	out := paperJSON{Seller: sellerJSON(p.Seller), Reason: p.Reason, Lines: make([]paperLineJSON, len(p.Lines))}
	for i, l := range p.Lines {
		out.Lines[i] = paperLineJSON{Kind: l.Kind, Label: l.Label, Amount: l.Amount}
		if l.Tax == nil {
			continue
		}
		tax := taxJSON{Category: l.Tax.Category, Rate: l.Tax.Rate, Value: l.Tax.Value}
		for _, part := range l.Tax.Parts {
			tax.Parts = append(tax.Parts, taxPartJSON(part))
		}
		out.Lines[i].Tax, _ = json.Marshal(tax) // words and numbers
	}
	return out
}

func toPapers[R any](rows []R, parts func(R) (r query.Invoice, order string, saleYear, saleNumber int)) ([]Paper, error) {
	out := make([]Paper, len(rows))
	for i, row := range rows {
		r, order, saleYear, saleNumber := parts(row)
		var d paperJSON
		if err := json.Unmarshal(r.Document, &d); err != nil {
			return nil, fmt.Errorf("decode paper: %w", err)
		}
		s := invoice.Series{Vendor: r.VendorID, Kind: invoice.Kind(r.Kind), Year: r.Year}
		sale := invoice.Series{Vendor: r.VendorID, Kind: invoice.Invoice, Year: saleYear}
		out[i] = Paper{
			ID: r.ID, No: r.Number, OrderNumber: order, Sale: sale.Number(saleNumber), IssuedAt: r.IssuedAt,
			Paper: invoice.Paper{
				Series: s, OrderID: r.OrderID, RefundID: orNil(r.RefundID), Seller: invoice.Seller(d.Seller), Buyer: r.Buyer, Reason: d.Reason,
				Total: domain.Money{Amount: r.Total, Currency: domain.Currency(r.Currency)},
			},
		}
		for _, l := range d.Lines {
			line := invoice.Line{Kind: l.Kind, Label: l.Label, Amount: l.Amount}
			var err error
			if line.Tax, err = toPaperTax(l.Tax); err != nil {
				return nil, err
			}
			out[i].Lines = append(out[i].Lines, line)
		}
	}
	return out, nil
}

func toPaperTax(text []byte) (*invoice.Tax, error) {
	if text == nil {
		return nil, nil
	}
	var t taxJSON
	if err := json.Unmarshal(text, &t); err != nil {
		return nil, fmt.Errorf("decode line of tax: %w", err)
	}
	out := &invoice.Tax{Category: t.Category, Rate: t.Rate, Value: t.Value}
	for _, part := range t.Parts {
		out.Parts = append(out.Parts, invoice.Part(part))
	}
	return out, nil
}
