package postgres_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/billing"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// TestOlderProcessesOrdersGetTheirPapers: what was handed over, and given back, by a process that knew no invoices gets them from
// whichever instance looks first, once, with the numbers that come next.
func TestOlderProcessesOrdersGetTheirPapers(t *testing.T) {
	c := newCity(t)
	c.delivered("cod")
	c.exec(`ALTER TABLE invoices DISABLE TRIGGER invoices_append_only; ALTER TABLE invoice_series DISABLE TRIGGER invoice_series_stay`)
	forget := func() { c.exec(`DELETE FROM invoices; DELETE FROM invoice_series`) } // as if an older process had done all of it
	refunded := c.refunded()
	for range 4 {
		c.delivered("cod")
	}
	forget()
	c.placed("cod", 1)
	c.cancelled("wallet", 240)
	require.Len(t, c.found(postgres.Verify{})["invoices.orders"], 6)
	fresh := c.delivered("cod") // by a newer one: its number is 1

	won, lost := c.race(4, func() error {
		round := billing.NewPapers(c.DB).Complete()
		for more := true; more; {
			var err error
			if more, err = round(context.Background()); err != nil {
				return err
			}
		}
		return nil
	})
	require.Equal(t, 4, won, "%v", lost)
	require.Equal(t, 7, c.scan(`SELECT count(*) FROM invoices WHERE kind = 'invoice'`))
	require.Empty(t, c.found(postgres.Verify{}))
	first, err := c.PapersOf(t.Context(), fresh)
	require.NoError(t, err)
	require.Equal(t, 1, first[0].No)
	papers, err := c.PapersOf(t.Context(), refunded)
	require.NoError(t, err)
	require.Len(t, papers, 2, "the credit note, too")
	require.Equal(t, inr(480), papers[0].Total)
	require.Equal(t, inr(100), papers[1].Total)
	last, lacking, err := c.LackingPapers(t.Context(), domain.Nil, 3)
	require.NoError(t, err)
	require.False(t, last.IsNil(), "there are more")
	require.Empty(t, lacking)
}
