package ordering

import (
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/domain/order"
)

func (b *bench) standing(status string) {
	b.t.Helper()
	b.exec(`UPDATE vendors SET status = $2 WHERE id = $1`, b.vendor, status)
}

func (b *bench) cancelOrphans() (n int) {
	b.t.Helper()
	for {
		more, err := b.CancelOrphan(b.ctx)
		require.NoError(b.t, err)
		if !more {
			return n
		}
		n++
	}
}

func TestOrdersOfASuspendedVendorAreNotOrphaned(t *testing.T) {
	b := setup(t)
	cooking, waiting := b.placed(), b.placed()
	_, err := b.Accept(b.ctx, b.owner, cooking, 0, 20)
	require.NoError(t, err)
	q := b.fill(menu.Choice{DishID: b.lassi, Quantity: 10})
	a, err := b.order("lassi", Confirmation{QuoteID: q.QuoteID})
	require.NoError(t, err)
	lassi := orderID(t, a)
	q = b.fill(menu.Choice{DishID: b.thali, Quantity: 1})
	require.Zero(t, b.cancelOrphans(), "nobody's order is touched while the vendor may sell")

	b.standing("suspended")
	_, err = b.Accept(b.ctx, b.owner, waiting, 0, 20)
	require.ErrorContains(t, err, "vendor.not_approved")
	cart, err := b.Cart(b.ctx, b.customer)
	require.NoError(t, err)
	require.Equal(t, "vendor_unavailable", cart.Problems[0].Code)
	_, err = b.order("late", Confirmation{QuoteID: q.QuoteID})
	require.ErrorIs(t, err, ErrNotOrderable)

	require.Equal(t, 2, b.cancelOrphans())
	for _, id := range []domain.ID{waiting, lassi} {
		o, err := b.Order(b.ctx, b.customer, id)
		require.NoError(t, err)
		require.Equal(t, order.Cancelled, o.State)
		require.Equal(t, order.VendorSuspended, o.CancelReason)
		require.Equal(t, domain.RoleSystem, o.CancelledBy)
		require.Equal(t, "voided", o.PaymentState)
		require.Equal(t, "cancelled", o.DeliveryState)
	}
	require.Equal(t, 10, b.scan(`SELECT stock FROM dishes WHERE id = $1`, b.lassi), "the portions are back")
	o, err := b.Start(b.ctx, b.owner, cooking, 0)
	require.NoError(t, err, "what the vendor has taken it brings to the end")
	require.Equal(t, order.Preparing, o.State)
}

// An order is taken by its vendor, or cancelled because that was suspended; never both, never neither, whoever runs the loop.
func TestSuspendAgainstAccept(t *testing.T) {
	b := setup(t)
	for range 30 {
		b.standing("approved")
		id := b.placed()
		var wg sync.WaitGroup
		var accepted error
		wg.Go(func() { _, accepted = b.Accept(b.ctx, b.owner, id, 0, 20) })
		wg.Go(func() {
			_, err := b.pool.Exec(b.ctx, `UPDATE vendors SET status = 'suspended' WHERE id = $1`, b.vendor)
			if err != nil {
				t.Error(err)
			}
			for range 2 {
				wg.Go(func() {
					if _, err := b.CancelOrphan(b.ctx); err != nil {
						t.Error(err)
					}
				})
			}
		})
		wg.Wait()
		b.cancelOrphans() // what both skipped because the other held it
		o, err := b.Order(b.ctx, b.customer, id)
		require.NoError(t, err)
		if accepted == nil {
			require.Equal(t, order.Accepted, o.State)
		} else {
			require.Equal(t, domain.Conflict, domain.KindOf(accepted))
			require.Equal(t, order.Cancelled, o.State)
		}
		require.Equal(t, 2, b.scan(`SELECT count(*) FROM events WHERE subject_id = $1 AND type IN ('order.placed', 'order.accepted', 'order.cancelled')`, id))
	}
}

func (b *bench) readyForPickup() domain.ID {
	b.t.Helper()
	q, err := b.PutCart(b.ctx, b.customer, Wish{VendorID: b.vendor, Choices: []menu.Choice{{DishID: b.thali, Quantity: 1}}, Fulfilment: order.Pickup})
	require.NoError(b.t, err)
	a, err := b.order(newID().String(), Confirmation{QuoteID: q.QuoteID})
	require.NoError(b.t, err)
	id := orderID(b.t, a)
	b.exec(`UPDATE orders SET state = 'ready', deadline_at = NULL, deadline_verb = NULL, order_code = '4711' WHERE id = $1`, id)
	return id
}

// However many guess at once, five wrong guesses are answered; then the right code fails too, until there is a new one.
func TestACodeIsNotGuessed(t *testing.T) {
	b := setup(t)
	id := b.readyForPickup()
	var wg sync.WaitGroup
	var mu sync.Mutex
	answers := map[string]int{}
	for range 40 {
		wg.Go(func() {
			_, err := b.Collect(b.ctx, b.owner, id, 0, "0000")
			mu.Lock()
			defer mu.Unlock()
			answers[codeOf(err)]++
		})
	}
	wg.Wait()
	require.Equal(t, map[string]int{"order.wrong_code": 5, "order.codes_locked": 35}, answers)
	_, err := b.Collect(b.ctx, b.owner, id, 0, "4711")
	require.ErrorIs(t, err, order.ErrLocked)
	events, _, err := b.Timeline(b.ctx, b.owner, id, 0, 100)
	require.NoError(t, err)
	require.Equal(t, order.EventCodesLocked, events[len(events)-1].Type, "told once")
	require.NotEqual(t, order.EventCodesLocked, events[len(events)-2].Type)

	_, err = b.RenewCodes(b.ctx, b.account(domain.RoleCustomer), id, 0)
	require.Equal(t, domain.NotFound, domain.KindOf(err))
	o, err := b.RenewCodes(b.ctx, b.customer, id, 0)
	require.NoError(t, err)
	renewed, err := b.Order(b.ctx, b.customer, id)
	require.NoError(t, err)
	require.Equal(t, o.OrderCode, renewed.OrderCode)
	o, err = b.Collect(b.ctx, b.owner, id, 0, renewed.OrderCode)
	require.NoError(t, err)
	require.Equal(t, order.Collected, o.State)
	_, err = b.RenewCodes(b.ctx, b.staff, id, 0)
	require.ErrorContains(t, err, "order.ended")
}

func TestAGuessCountsOnlyWhenItCouldSucceed(t *testing.T) {
	b := setup(t)
	id := b.readyForPickup()
	b.exec(`UPDATE orders SET state = 'preparing' WHERE id = $1`, id)
	for range 7 {
		_, err := b.Collect(b.ctx, b.owner, id, 0, "0000")
		require.Equal(t, "order.illegal_transition", codeOf(err))
	}
	require.Zero(t, b.scan(`SELECT code_tries FROM orders WHERE id = $1`, id))
}

func codeOf(err error) string {
	var e *domain.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}
