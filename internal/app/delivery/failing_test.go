package delivery

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/order"
)

func codeOf(err error) string {
	var e *domain.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// atDoor is an order whose courier stands at the customer's door.
func (b *bench) atDoor(courier domain.Actor) (orderID domain.ID, d Delivery) {
	b.t.Helper()
	orderID = b.order("ready")
	_, err := b.Dispatch(b.ctx)
	require.NoError(b.t, err)
	d, err = b.Accept(b.ctx, courier, b.offerOf(courier), 0)
	require.NoError(b.t, err)
	_, err = b.PickUp(b.ctx, courier, d.ID, 0, Pickup{Code: "4711"})
	require.NoError(b.t, err)
	_, err = b.Contact(b.ctx, courier, d.ID, 0, "call")
	require.Equal(b.t, "delivery.not_at_door", codeOf(err))
	d, err = b.Arrive(b.ctx, courier, d.ID, 0, Arrival{At: "customer"})
	require.NoError(b.t, err)
	return orderID, d
}

func (b *bench) staff() domain.Actor {
	actor := domain.Actor{ID: newID(), Role: domain.RoleAdmin}
	b.exec(`INSERT INTO users (id, email, first_name, role) VALUES ($1, $2, 'Sam', 'admin')`, actor.ID, actor.ID.String()+"@example.com")
	return actor
}

func TestNobodyComesToTheDoor(t *testing.T) {
	b := setup(t)
	courier := b.courier(0.001)
	orderID, d := b.atDoor(courier)
	_, err := b.Fail(b.ctx, courier, d.ID, 0, order.CustomerAbsent)
	var e *domain.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, "delivery.too_soon", e.Code)
	require.Equal(t, 2, e.Details["contactsLeft"])
	for _, by := range []string{"call", "bell"} {
		_, err = b.Contact(b.ctx, courier, d.ID, 0, by)
		require.NoError(t, err)
		b.exec(`UPDATE deliveries SET contacted_at = now() - interval '30 seconds'`)
	}
	_, err = b.Fail(b.ctx, courier, d.ID, 0, order.CustomerAbsent)
	require.Equal(t, "delivery.too_soon", codeOf(err), "five minutes are not over")
	b.exec(`UPDATE deliveries SET arrived_at = now() - interval '5 minutes'`)
	_, err = b.Fail(b.ctx, courier, d.ID, 0, "TOO_BUSY")
	require.Equal(t, domain.Invalid, domain.KindOf(err))
	d, err = b.Fail(b.ctx, courier, d.ID, 0, order.CustomerAbsent)
	require.NoError(t, err)
	require.EqualValues(t, "failed", d.State)
	require.Equal(t, order.Undeliverable, d.Order.State)
	_, err = b.Deliver(b.ctx, courier, d.ID, 0, Handover{PIN: "0042"})
	require.Equal(t, domain.Conflict, domain.KindOf(err))
	b.order("ready")
	made, err := b.Dispatch(b.ctx)
	require.NoError(t, err)
	require.Zero(t, made, "who still has food gets no more")

	d, err = b.TurnBack(b.ctx, courier, d.ID, 0)
	require.NoError(t, err)
	require.EqualValues(t, "returning", d.State)
	d, err = b.Arrive(b.ctx, courier, d.ID, 0, Arrival{At: "store"})
	require.NoError(t, err)
	require.EqualValues(t, "returned", d.State)
	require.Equal(t, order.Returned, d.Order.State)
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM orders WHERE id = $1 AND cancel_reason = 'CUSTOMER_ABSENT' AND cancelled_by = 'courier'
		AND cancel_fee = 0 AND cancel_liable = 'platform' AND NOT cancel_restock AND ended_at IS NOT NULL`, orderID))
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM payments WHERE order_id = $1 AND state = 'voided'`, orderID))
	require.Equal(t, 2, b.scan(`SELECT count(*) FROM events WHERE subject_id = $1 AND type = 'delivery.contacted'`, orderID))
	made, err = b.Dispatch(b.ctx)
	require.NoError(t, err)
	require.Equal(t, 1, made, "now they do")
}

func TestDeliveredAfterAll(t *testing.T) {
	b := setup(t)
	courier, other, staff := b.courier(0.001), b.courier(0.01), b.staff()
	orderID, d := b.atDoor(courier)
	_, err := b.Fail(b.ctx, courier, d.ID, 0, "REFUSED")
	require.NoError(t, err)
	require.Equal(t, domain.NotFound, domain.KindOf(b.Redeliver(b.ctx, other, orderID, 0)), "another courier's order does not exist")
	require.Equal(t, domain.Precondition, domain.KindOf(b.Redeliver(b.ctx, staff, orderID, 1)))
	expected := `SELECT count(estimated_at) FROM orders WHERE id = $1`
	require.Zero(t, b.scan(expected, orderID), "nobody can tell any more")
	require.NoError(t, b.Redeliver(b.ctx, staff, orderID, 0))
	require.Equal(t, 1, b.scan(expected, orderID))
	require.Equal(t, domain.Conflict, domain.KindOf(b.Redeliver(b.ctx, staff, orderID, 0)), "once")
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM deliveries WHERE arrived_at IS NULL AND contacts = 0 AND state = 'picked_up'`))
	_, err = b.Arrive(b.ctx, courier, d.ID, 0, Arrival{At: "customer"})
	require.NoError(t, err)
	d, err = b.Deliver(b.ctx, courier, d.ID, 0, Handover{PIN: "0042"})
	require.NoError(t, err)
	require.Equal(t, order.Delivered, d.Order.State)
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM orders WHERE cancel_reason IS NULL AND cancel_liable IS NULL`))
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM audit_log WHERE action = 'order.redeliver'`))
}

func TestWhatIsDamagedIsTheCouriers(t *testing.T) {
	b := setup(t)
	courier, staff := b.courier(0.001), b.staff()
	orderID := b.order("ready")
	_, err := b.Dispatch(b.ctx)
	require.NoError(t, err)
	d, err := b.Accept(b.ctx, courier, b.offerOf(courier), 0)
	require.NoError(t, err)
	_, err = b.Fail(b.ctx, courier, d.ID, 0, order.Damaged)
	require.Equal(t, "order.illegal_transition", codeOf(err), "they do not have it yet")
	_, err = b.PickUp(b.ctx, courier, d.ID, 0, Pickup{Code: "4711"})
	require.NoError(t, err)
	_, err = b.Fail(b.ctx, courier, d.ID, 0, order.Damaged)
	require.NoError(t, err, "anywhere")
	require.NoError(t, b.Return(b.ctx, staff, orderID, 0), "staff end what will not come back")
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM orders WHERE state = 'returned' AND cancel_liable = 'courier' AND cancel_strike AND cancel_fee = 0`))
	require.Equal(t, domain.Conflict, domain.KindOf(b.Return(b.ctx, staff, orderID, 0)))
}
