package billing_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/billing"
	"github.com/zoop-dev/zoop/internal/app/ordering"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/order"
	rules "github.com/zoop-dev/zoop/internal/domain/payment"
	"github.com/zoop-dev/zoop/internal/payment"
	"github.com/zoop-dev/zoop/internal/payment/sandbox"
)

// atGateway is something that is done there to the only payment, without us.
func (b *bench) atGateway(amount int64) payment.Operation {
	b.t.Helper()
	return payment.Operation{ID: newID(), Reference: b.text(`SELECT provider_ref FROM payments`), Amount: *rupees(amount)}
}

func (b *bench) told(event string) {
	b.t.Helper()
	b.eventually(func() bool { return b.scan(`SELECT count(*) FROM events WHERE type = $1`, event) == 1 })
}

func TestARefundThatNobodyAskedFor(t *testing.T) {
	copies := sandbox.Options{Duplicates: 3, Disorder: 10 * time.Millisecond}
	t.Run("after the handover", func(t *testing.T) {
		b := setup(t, copies)
		b.handed(1, "is accepted")
		vendor := b.balance("vendor")
		_, err := b.gateway.GiveBack(b.ctx, b.atGateway(1_000))
		require.NoError(t, err)
		b.told("payment.partially_refunded")
		require.Equal(t, "gateway", b.text(`SELECT data ->> 'reason' FROM events WHERE type = 'payment.partially_refunded'`))
		require.EqualValues(t, -1_000, b.balance("refunds"), "it is ours to bear")
		require.Equal(t, vendor, b.balance("vendor"))
		require.EqualValues(t, -total+1_000, b.balance("gateway"))
		b.closed()
		b.verified()
	})
	t.Run("before the order is cancelled", func(t *testing.T) {
		b := setup(t, copies)
		id := b.paid(2, "is accepted")
		b.accept(id)
		b.until(id, order.Accepted, rules.Captured)
		_, err := b.gateway.GiveBack(b.ctx, b.atGateway(1_000))
		require.NoError(t, err)
		b.told("payment.partially_refunded")
		b.verified()
		b.less(id, 1)
		b.eventually(func() bool { return b.scan(`SELECT refunded FROM payments`) == total })
		b.verified()
		_, err = b.orders.Cancel(b.ctx, b.admin, id, 0, "OPS")
		require.NoError(t, err)
		b.until(id, order.Cancelled, rules.Refunded)
		require.Zero(t, b.balance("gateway"))
		b.closed()
		b.verified()
	})
	t.Run("of all, and the order is made", func(t *testing.T) {
		b := setup(t, copies)
		id := b.paid(1, "is accepted")
		b.accept(id)
		b.until(id, order.Accepted, rules.Captured)
		_, err := b.gateway.GiveBack(b.ctx, b.atGateway(total))
		require.NoError(t, err)
		b.until(id, order.Accepted, rules.Refunded)
		b.verified()
		b.handOver(id)
		b.closed()
		require.EqualValues(t, -total, b.balance("refunds"))
		b.verified()
	})
	t.Run("of all, and more is kept than there is", func(t *testing.T) {
		b := setup(t, copies)
		id := b.paid(1, "is accepted")
		b.accept(id)
		b.until(id, order.Accepted, rules.Captured)
		_, err := b.orders.Start(b.ctx, b.owner, id, 0)
		require.NoError(t, err)
		_, err = b.gateway.GiveBack(b.ctx, b.atGateway(total))
		require.NoError(t, err)
		b.until(id, order.Preparing, rules.Refunded)
		o, err := b.orders.Order(b.ctx, b.customer, id)
		require.NoError(t, err)
		o, err = b.orders.Cancel(b.ctx, b.customer, id, o.Version, "CHANGED_MIND")
		require.NoError(t, err)
		require.Positive(t, o.Outcome.Fee.Amount)
		b.closed()
		b.verified()
	})
}

func TestAChargeback(t *testing.T) {
	b := setup(t, sandbox.Options{Duplicates: 3, Disorder: 10 * time.Millisecond})
	id := b.handed(1, "is accepted")
	taken := b.atGateway(total)
	_, err := b.gateway.ChargeBack(b.ctx, taken)
	require.NoError(t, err)
	b.until(id, order.Collected, rules.Refunded)
	require.Equal(t, "chargeback", b.text(`SELECT data ->> 'reason' FROM events WHERE type = 'payment.refunded'`))
	require.EqualValues(t, -total, b.balance("refunds"))
	require.Zero(t, b.balance("gateway"))
	b.closed()
	b.verified()

	_, err = b.gateway.Reinstate(b.ctx, b.atGateway(total), taken.ID)
	require.NoError(t, err)
	b.until(id, order.Collected, rules.Captured)
	b.told("payment.reinstated")
	require.Zero(t, b.balance("refunds"))
	require.EqualValues(t, -total, b.balance("gateway"))
	b.closed()
	b.verified()
}

func TestAChargebackThatIsWonOfWhatIsNotOwed(t *testing.T) {
	copies := sandbox.Options{Duplicates: 3, Disorder: 10 * time.Millisecond}
	t.Run("the order is cancelled", func(t *testing.T) {
		b := setup(t, copies)
		id := b.paid(1, "is accepted")
		b.accept(id)
		b.until(id, order.Accepted, rules.Captured)
		taken := b.atGateway(total)
		_, err := b.gateway.ChargeBack(b.ctx, taken)
		require.NoError(t, err)
		b.until(id, order.Accepted, rules.Refunded)
		_, err = b.orders.Cancel(b.ctx, b.admin, id, 0, "OPS")
		require.NoError(t, err)
		ours := b.balance("refunds")
		_, err = b.gateway.Reinstate(b.ctx, b.atGateway(total), taken.ID)
		require.NoError(t, err)
		b.told("payment.reinstated")
		b.until(id, order.Cancelled, rules.Refunded)
		require.Zero(t, b.balance("gateway"), "its customer has it")
		require.Equal(t, ours, b.balance("refunds"))
		b.closed()
		b.verified()
	})
	t.Run("the order has become cheaper", func(t *testing.T) {
		b := setup(t, copies)
		id := b.paid(2, "is accepted")
		b.accept(id)
		b.until(id, order.Accepted, rules.Captured)
		taken := b.atGateway(2 * total)
		_, err := b.gateway.ChargeBack(b.ctx, taken)
		require.NoError(t, err)
		b.until(id, order.Accepted, rules.Refunded)
		b.less(id, 1)
		b.handOver(id)
		require.EqualValues(t, -total, b.balance("refunds"), "what it costs")
		b.closed()
		b.verified()
		_, err = b.gateway.Reinstate(b.ctx, b.atGateway(2*total), taken.ID)
		require.NoError(t, err)
		b.told("payment.reinstated")
		b.eventually(func() bool { return b.scan(`SELECT refunded FROM payments`) == total })
		require.EqualValues(t, -total, b.balance("gateway"))
		require.Zero(t, b.balance("refunds"))
		b.closed()
		b.verified()
	})
}

// rough is a gateway that moves whole hundreds only.
type rough struct{ payment.Gateway }

func (rough) Takes(m domain.Money) bool { return m.Amount%100 == 0 }

func TestAnAmountThatTheGatewayDoesNotMove(t *testing.T) {
	b := setup(t, sandbox.Options{})
	id := b.handed(1, "is accepted")
	roughly := billing.New(b.db, billing.Options{Gateways: []payment.Gateway{rough{b.gateway}}})
	_, err := roughly.Refund(b.ctx, b.admin, id, billing.RefundWish{Reason: "OPS", Amount: rupees(101)}, encodeRefund)
	require.ErrorContains(t, err, "payment.amount_unsupported")
	_, err = roughly.Refund(b.ctx, b.admin, id, billing.RefundWish{Reason: "OPS", Amount: rupees(101), Wallet: true}, encodeRefund)
	require.NoError(t, err)
	_, err = roughly.Refund(b.ctx, b.admin, id, billing.RefundWish{Reason: "OPS", Amount: rupees(100)}, encodeRefund)
	require.NoError(t, err)

	b.orders = ordering.New(b.db, ordering.Options{Providers: []string{sandbox.Name}, Takes: func(_ string, m domain.Money) bool { return rough{}.Takes(m) }})
	_, err = b.order(1, rules.Card)
	require.ErrorContains(t, err, "payment.amount_unsupported", "261.45")
	_, err = b.order(1, rules.COD)
	require.NoError(t, err)
}
