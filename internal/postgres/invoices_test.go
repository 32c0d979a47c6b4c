package postgres_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/invoice"
	"github.com/zoop-dev/zoop/internal/domain/ledger"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// TestNumbersHaveNoGaps: of 50 handovers at once a third is rolled back, each at the last moment; those that stay have 1 to n.
func TestNumbersHaveNoGaps(t *testing.T) {
	c := newCity(t)
	orders := make([]domain.ID, 50)
	for i := range orders {
		orders[i] = c.placed("cod", 1)
		c.exec(`UPDATE deliveries SET state = 'delivered', courier_id = $2 WHERE order_id = $1`, orders[i].String(), c.courier.String())
	}
	undone := errors.New("the connection broke")
	var next atomic.Int64
	won, lost := c.race(len(orders), func() error {
		n := next.Add(1) - 1
		return c.InTx(context.Background(), func(tx *postgres.Tx) error {
			o, err := tx.HoldOrder(context.Background(), orders[n])
			if err != nil {
				return err
			}
			if err := c.settled(tx, o); err != nil {
				return err
			}
			if n%3 == 0 {
				return undone
			}
			return nil
		})
	})
	require.Equal(t, 33, won, "%v", lost)
	require.Equal(t, 33, c.scan(`SELECT count(DISTINCT order_id) FROM invoices`))
	require.Equal(t, 33*34/2, c.scan(`SELECT sum(number) FROM invoices`))
	require.Equal(t, 33, c.scan(`SELECT max(number) FROM invoices`))
	require.Equal(t, 33, c.scan(`SELECT last FROM invoice_series`))
	require.Empty(t, c.found(postgres.Verify{})["invoices.numbers"])
	c.sound()
}

// TestAnInvoiceSaysWhatItSaid: whatever becomes of the vendor, the buyer and the order.
func TestAnInvoiceSaysWhatItSaid(t *testing.T) {
	c := newCity(t)
	c.exec(`UPDATE vendors SET tax_id = '07AAACC1206D1ZM'`)
	c.exec(`UPDATE users SET last_name = 'Rao' WHERE id = $1`, c.customer.String())
	id := c.placed("cod", 1)
	c.exec(`UPDATE deliveries SET state = 'delivered', courier_id = $2 WHERE order_id = $1`, id.String(), c.courier.String())
	c.exec(`UPDATE quote_lines SET label = 'GST 5.00%', tax = '{"category":"standard","rate":500,"value":400,"parts":[{"label":"CGST 2.50%","amount":10},{"label":"SGST 2.50%","amount":10}]}'
	        WHERE kind = 'tax'`)
	none, err := c.PapersOf(t.Context(), id)
	require.NoError(t, err)
	require.Empty(t, none)
	c.hold(id, c.settled)
	papers, err := c.PapersOf(t.Context(), id)
	require.NoError(t, err)
	require.Len(t, papers, 1)
	p := papers[0]
	require.Regexp(t, `^V-20\d\d-000001$`, p.Number())
	require.Equal(t, p.Number(), p.Sale)
	require.Equal(t, invoice.Seller{Name: "Casa Lima", Address: "1 Janpath, New Delhi", TaxID: "07AAACC1206D1ZM"}, p.Seller)
	require.Equal(t, "Asha Rao", p.Buyer)
	require.Equal(t, inr(480), p.Total)
	require.Equal(t, []invoice.Line{
		{Kind: "item", Label: "Thali", Amount: 400},
		{Kind: "tax", Label: "GST 5.00%", Amount: 20, Tax: &invoice.Tax{Category: "standard", Rate: 500, Value: 400, Parts: []invoice.Part{{Label: "CGST 2.50%", Amount: 10}, {Label: "SGST 2.50%", Amount: 10}}}},
		{Kind: "delivery_fee", Label: "Delivery", Amount: 60},
	}, p.Lines)

	c.exec(`UPDATE vendors SET name = 'Casa Roma', tax_id = ''`)
	c.exec(`UPDATE users SET first_name = 'Usha'`)
	c.exec(`UPDATE quote_lines SET label = 'Naan'`)
	again, err := c.PapersOf(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, papers, again)
	for _, sql := range []string{
		"UPDATE invoices SET total = 1", "UPDATE invoices SET buyer = 'Usha'", "UPDATE invoices SET buyer = '', number = 7", "DELETE FROM invoices",
		"TRUNCATE invoices", "DELETE FROM invoice_series", "TRUNCATE invoice_series CASCADE",
	} {
		require.Equal(t, "append_only", constraint(t, c.try(sql)), sql)
	}
	require.Error(t, c.InTx(t.Context(), func(tx *postgres.Tx) error {
		o, err := tx.HoldOrder(t.Context(), id)
		if err != nil {
			return err
		}
		return c.settled(tx, o)
	}), "it is settled once")
	require.Equal(t, 1, c.scan(`SELECT last FROM invoice_series`))
}

// TestPapersAreListed: a page begins before the number that ended the last, in its own year and kind.
func TestPapersAreListed(t *testing.T) {
	c := newCity(t)
	for range 3 {
		c.delivered("cod")
	}
	credited := c.refunded()
	papers, err := c.PapersOf(t.Context(), credited)
	require.NoError(t, err)
	require.Len(t, papers, 2)
	sale, note := papers[0], papers[1]
	require.Equal(t, invoice.CreditNote, note.Kind)
	require.Equal(t, sale.Number(), note.Sale)
	require.Equal(t, 1, note.No)
	require.Equal(t, []invoice.Line{{Kind: invoice.LineRefund, Label: "Refund", Amount: 100}}, note.Lines, "the marketplace bears it")

	list := func(kind invoice.Kind, year, before, limit int) (numbers []int) {
		found, err := c.Papers(t.Context(), invoice.Series{Vendor: c.vendor, Kind: kind, Year: year}, before, limit)
		require.NoError(t, err)
		for _, p := range found {
			numbers = append(numbers, p.No)
		}
		return numbers
	}
	require.Equal(t, []int{4, 3, 2}, list(invoice.Invoice, sale.Year, 0, 3))
	require.Equal(t, []int{1}, list(invoice.Invoice, sale.Year, 2, 3))
	require.Equal(t, []int{1}, list(invoice.CreditNote, sale.Year, 0, 3))
	require.Empty(t, list(invoice.Invoice, sale.Year-1, 0, 3))
}

// TestWhatTheVendorBearsTakesTaxBack: a credit note takes back what the books do.
func TestWhatTheVendorBearsTakesTaxBack(t *testing.T) {
	c := newCity(t)
	id := c.delivered("card")
	for _, amount := range []int64{240, 240} {
		c.hold(id, func(tx *postgres.Tx, o *postgres.LockedOrder) error {
			p, err := tx.HoldPayment(t.Context(), o)
			if err != nil {
				return err
			}
			part := p.Order.Bill.Worth(amount)
			r := postgres.Refund{ID: newID(), Amount: inr(amount), Wallet: true, Reason: "QUALITY", Bearer: string(ledger.ByVendor), ByID: c.customer}
			if err := tx.NewRefund(t.Context(), p, r); err != nil {
				return err
			}
			if err := tx.Transfer(t.Context(), p.Order.Refunded(r.ID, ledger.Wallet(c.customer), part, ledger.ByVendor)); err != nil {
				return err
			}
			if err := tx.CreditRefund(t.Context(), o, r.ID); err != nil {
				return err
			}
			return tx.StoreOrder(t.Context(), o, domain.System)
		})
	}
	papers, err := c.PapersOf(t.Context(), id)
	require.NoError(t, err)
	require.Len(t, papers, 3)
	var tax int64
	for _, note := range papers[1:] {
		require.EqualValues(t, 240, note.Total.Amount)
		require.Len(t, note.Lines, 2)
		tax += note.Taxed()
	}
	require.Equal(t, papers[0].Taxed(), tax, "and never more than the invoice")
}
