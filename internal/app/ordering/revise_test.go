package ordering

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/domain/order"
)

// feast is two thalis and three lassis.
func (b *bench) feast() domain.ID {
	b.t.Helper()
	b.exec(`UPDATE dishes SET stock = 10 WHERE id = $1`, b.lassi)
	q := b.fill(menu.Choice{DishID: b.thali, Quantity: 2}, menu.Choice{DishID: b.lassi, Quantity: 3, Note: "cold"})
	a, err := b.order(newID().String(), Confirmation{QuoteID: q.QuoteID})
	require.NoError(b.t, err)
	return orderID(b.t, a)
}

func TestACustomerTakesLess(t *testing.T) {
	b := setup(t)
	id := b.feast()
	o, err := b.Propose(b.ctx, b.owner, id, 1, []order.Reduction{{Line: 0, Quantity: 1}, {Line: 1, Quantity: 0}})
	require.NoError(t, err)
	require.Equal(t, "proposed", o.Revision.State)
	require.Len(t, o.Revision.Items, 1)
	// One thali of 249, its tax, and the delivery as it was.
	require.EqualValues(t, 24900+1245+2500, o.Revision.Quote.Total.Amount)
	require.EqualValues(t, 76800+3840+2500, o.Total.Amount)
	_, err = b.Accept(b.ctx, b.owner, id, 0, 20)
	require.ErrorIs(t, err, order.ErrRevisionOpen)
	_, err = b.Agree(b.ctx, b.owner, id, 0)
	require.Equal(t, domain.Forbidden, domain.KindOf(err))
	b.exec(`UPDATE dishes SET price = 1 WHERE id = $1`, b.thali)

	seen, err := b.Order(b.ctx, b.customer, id)
	require.NoError(t, err)
	require.Equal(t, o.Revision, seen.Revision)
	o, err = b.Agree(b.ctx, b.customer, id, seen.Version)
	require.NoError(t, err)
	require.Equal(t, "accepted", o.Revision.State)
	require.Equal(t, seen.Revision.Quote, o.Quote, "at the price that was agreed to")
	require.Equal(t, o.Quote.Total, o.Total)
	require.Len(t, o.Items, 1)
	require.Equal(t, 1, o.Items[0].Quantity)
	require.EqualValues(t, o.Total.Amount, b.scan(`SELECT amount FROM payments`))
	require.Equal(t, 7, b.scan(`SELECT stock FROM dishes WHERE id = $1`, b.lassi), "what the vendor does not have does not go back")
	_, err = b.Agree(b.ctx, b.customer, id, 0)
	require.ErrorIs(t, err, order.ErrNoRevision)
	_, err = b.Accept(b.ctx, b.owner, id, 0, 20)
	require.NoError(t, err)
	require.Equal(t, []string{"order.placed", "order.revision_proposed", "order.revision_accepted", "order.accepted"}, b.types(id))
}

func TestARefusedOrForgottenRevisionLeavesTheOrderAsItWas(t *testing.T) {
	b := setup(t)
	less := []order.Reduction{{Line: 1, Quantity: 1}}
	for name, end := range map[string]func(domain.ID){
		"refused": func(id domain.ID) {
			_, err := b.Refuse(b.ctx, b.customer, id, 0)
			require.NoError(t, err)
		},
		"lapsed": b.due,
	} {
		id := b.feast()
		_, err := b.Accept(b.ctx, b.owner, id, 0, 20)
		require.NoError(t, err)
		_, err = b.Propose(b.ctx, b.owner, id, 0, less)
		require.NoError(t, err)
		end(id)
		o, err := b.Order(b.ctx, b.customer, id)
		require.NoError(t, err)
		require.Equal(t, name, o.Revision.State)
		require.Equal(t, order.Accepted, o.State)
		require.EqualValues(t, 76800+3840+2500, o.Total.Amount)
		require.True(t, o.DeadlineAt().IsZero())
		o, err = b.Cancel(b.ctx, b.owner, id, 0, order.ItemUnavailable)
		require.NoError(t, err, "the vendor is free to cancel")
		require.Equal(t, order.OfVendor, o.Outcome.Liable, "at its own cost")
		require.Zero(t, o.Outcome.Refund.Amount, "it is not paid")
		_, err = b.Agree(b.ctx, b.customer, id, 0)
		require.ErrorContains(t, err, "accept the revision of")
	}
	id := b.feast()
	_, err := b.Propose(b.ctx, b.owner, id, 0, less)
	require.NoError(t, err)
	o, err := b.Cancel(b.ctx, b.customer, id, 0, "CHANGED_MIND")
	require.NoError(t, err)
	require.Equal(t, "withdrawn", o.Revision.State)
	_, err = b.Propose(b.ctx, b.owner, id, 0, less)
	require.Equal(t, "order.illegal_transition", codeOf(err))
}

// Of a yes, a no and the clock at the same moment one is first, and the price is that of what is left.
func TestARevisionIsSettledOnce(t *testing.T) {
	b := setup(t)
	for range 10 {
		id := b.feast()
		_, err := b.Propose(b.ctx, b.owner, id, 0, []order.Reduction{{Line: 0, Quantity: 1}})
		require.NoError(t, err)
		b.exec(`UPDATE orders SET deadline_at = now() WHERE id = $1`, id)
		var wg sync.WaitGroup
		var yes, no error
		wg.Go(func() { _, yes = b.Agree(b.ctx, b.customer, id, 0) })
		wg.Go(func() { _, no = b.Refuse(b.ctx, b.customer, id, 0) })
		wg.Go(func() {
			if _, err := b.FireDue(b.ctx); err != nil {
				t.Error(err)
			}
		})
		wg.Wait()
		state := map[bool]string{true: "accepted"}[yes == nil]
		if no == nil {
			require.Error(t, yes)
			state = "refused"
		} else if yes != nil {
			state = "lapsed"
		}
		o, err := b.Order(b.ctx, b.customer, id)
		require.NoError(t, err)
		require.Equal(t, state, o.Revision.State)
		require.Equal(t, o.Total, o.Quote.Total)
		total := int64(0)
		for _, l := range o.Quote.Lines {
			total += l.Amount.Amount
		}
		require.Equal(t, o.Total.Amount, total)
		require.Equal(t, 2, len(b.types(id))-1, "one answer")
	}
}
