package delivery

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
)

var staff = domain.Actor{ID: newID(), Role: domain.RoleAdmin}

func TestASuspendedCourierIsAskedNothingAndBringsWhatItCarries(t *testing.T) {
	b := setup(t)
	b.order("preparing")
	ravi := b.courier(0.001)
	_, err := b.Dispatch(b.ctx)
	require.NoError(t, err)
	offer := b.offerOf(ravi)
	_, err = b.Judge(b.ctx, staff, ravi.ID, 0, vendor.VerbSuspend, "speeding")
	require.NoError(t, err)
	_, err = b.Accept(b.ctx, ravi, offer, 0)
	require.ErrorContains(t, err, "courier.not_approved")
	closed, err := b.ExpireOffers(b.ctx)
	require.NoError(t, err)
	require.Equal(t, 1, closed, "taken back at once, and not when its time is over")
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM events WHERE type = 'delivery.offer_withdrawn' AND courier_id = $1`, ravi.ID))
	made, err := b.Dispatch(b.ctx)
	require.NoError(t, err)
	require.Zero(t, made)

	mona := b.courier(0.002)
	made, err = b.Dispatch(b.ctx)
	require.NoError(t, err)
	require.Equal(t, 1, made, "the delivery goes to the next")
	d, err := b.Accept(b.ctx, mona, b.offerOf(mona), 0)
	require.NoError(t, err)
	_, err = b.Judge(b.ctx, staff, mona.ID, 0, vendor.VerbSuspend, "speeding")
	require.NoError(t, err)
	_, err = b.Arrive(b.ctx, mona, d.ID, 0, Arrival{At: "store"})
	require.NoError(t, err, "what is on the way gets there")
}

// An offer is accepted, or taken back because its courier was suspended; never both.
func TestSuspendAgainstAcceptOfAnOffer(t *testing.T) {
	b := setup(t)
	for range 15 {
		orderID := b.order("preparing")
		c := b.courier(0.001)
		_, err := b.Dispatch(b.ctx)
		require.NoError(t, err)
		offer := b.offerOf(c)
		var wg sync.WaitGroup
		var accepted error
		wg.Go(func() { _, accepted = b.Accept(b.ctx, c, offer, 0) })
		wg.Go(func() {
			if _, err := b.Judge(b.ctx, staff, c.ID, 0, vendor.VerbSuspend, "speeding"); err != nil {
				t.Error(err)
			}
		})
		wg.Wait()
		_, err = b.ExpireOffers(b.ctx)
		require.NoError(t, err)
		carried := b.scan(`SELECT count(*) FROM deliveries WHERE order_id = $1 AND courier_id = $2 AND state = 'assigned'`, orderID, c.ID)
		waiting := b.scan(`SELECT count(*) FROM deliveries WHERE order_id = $1 AND state = 'unassigned'`, orderID)
		require.Equal(t, 1, carried+waiting)
		require.Equal(t, accepted == nil, carried == 1, "%v", accepted)
		b.exec(`UPDATE deliveries SET state = 'cancelled', courier_id = NULL`)
	}
}

func TestAPINIsNotGuessed(t *testing.T) {
	b := setup(t)
	b.order("ready")
	c := b.courier(0.001)
	_, err := b.Dispatch(b.ctx)
	require.NoError(t, err)
	d, err := b.Accept(b.ctx, c, b.offerOf(c), 0)
	require.NoError(t, err)
	_, err = b.PickUp(b.ctx, c, d.ID, 0, Pickup{Code: "0000"})
	require.ErrorContains(t, err, "order.wrong_code")
	_, err = b.PickUp(b.ctx, c, d.ID, 0, Pickup{Code: "4711"})
	require.NoError(t, err)
	var wg sync.WaitGroup
	var mu sync.Mutex
	wrong := 0
	for range 20 {
		wg.Go(func() {
			_, err := b.Deliver(b.ctx, c, d.ID, 0, Handover{PIN: "9999"})
			mu.Lock()
			defer mu.Unlock()
			if err != nil && domain.KindOf(err) == domain.Conflict && err.Error()[:8] == "delivery" {
				wrong++
			}
		})
	}
	wg.Wait()
	require.Equal(t, 4, wrong, "with the one at the counter: five")
	_, err = b.Deliver(b.ctx, c, d.ID, 0, Handover{PIN: "0042"})
	require.ErrorContains(t, err, "order.codes_locked")
	b.exec(`UPDATE orders SET code_tries = 4`)
	_, err = b.Deliver(b.ctx, c, d.ID, 0, Handover{PIN: "0042"})
	require.NoError(t, err)
}
