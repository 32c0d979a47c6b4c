package billing_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/billing"
	"github.com/zoop-dev/zoop/internal/app/ordering"
	"github.com/zoop-dev/zoop/internal/dbtest"
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

	// What another gateway does not move is no matter of an order that this one is paid by.
	b.orders = ordering.New(b.db, ordering.Options{Providers: []string{sandbox.Name, "stripe"}, Takes: func(by string, m domain.Money) bool { return by == sandbox.Name || rough{}.Takes(m) }})
	paid := b.paid(2, "is accepted")
	b.accept(paid)
	_, err = b.orders.Propose(b.ctx, b.owner, paid, 0, []order.Reduction{{Line: 0, Quantity: 1}})
	require.NoError(t, err)
}

// frank is a gateway of which webhooks without a header are written by a test.
type frank struct{ payment.Gateway }

func (g frank) ParseWebhook(h http.Header, body []byte, now time.Time) (e payment.Event, err error) {
	if h == nil {
		return e, json.Unmarshal(body, &e)
	}
	return g.Gateway.ParseWebhook(h, body, now)
}

// says has the gateway tell, three times, something of the only payment.
func (b *bench) says(kind payment.Kind, amount int64, refund string) {
	b.t.Helper()
	e := payment.Event{Kind: kind, Reference: b.text(`SELECT provider_ref FROM payments`), Amount: *rupees(amount), Refund: refund}
	for range 3 {
		e.ID = newID().String()
		body, err := json.Marshal(e)
		require.NoError(b.t, err)
		require.NoError(b.t, b.Webhook(b.ctx, sandbox.Name, nil, body))
	}
}

func TestAChargebackOfMoreThanIsLeft(t *testing.T) {
	outspoken := func(t *testing.T) (*bench, *prometheus.Registry) {
		b, reg := setup(t, sandbox.Options{}), prometheus.NewRegistry()
		b.Service = billing.New(b.db, billing.Options{Gateways: []payment.Gateway{frank{b.gateway}}, Registry: reg})
		return b, reg
	}
	heard := func(b *bench) { // before ours is asked for
		b.t.Helper()
		require.True(b.t, dbtest.Within(time.Minute, func() bool { return b.scan(`SELECT count(*) FROM events WHERE type = 'payment.overdrawn'`) == 1 }))
	}
	state := `SELECT state || ' ' || refunded || ' ' || refunding || ' ' || excess FROM payments`
	t.Run("a refund of ours was set aside, and fails then", func(t *testing.T) {
		b, _ := outspoken(t)
		id := b.handed(1, "is accepted")
		vendor := b.balance("vendor")
		_, err := b.Refund(b.ctx, b.admin, id, billing.RefundWish{Reason: "QUALITY", Amount: rupees(10_000)}, encodeRefund)
		require.NoError(t, err)
		_, err = b.gateway.ChargeBack(b.ctx, b.atGateway(total))
		require.NoError(t, err)
		heard(b)
		require.Equal(t, fmt.Sprintf("partially_refunded %d 10000 10000", total-10_000), b.text(state))
		require.EqualValues(t, -total, b.balance("refunds"))
		b.until(id, order.Collected, rules.Refunded)
		require.Equal(t, fmt.Sprintf("refunded %d 0 0", total), b.text(state))
		require.Equal(t, "failed", b.text(`SELECT state FROM payment_operations WHERE verb = 'refund'`))
		require.EqualValues(t, -total, b.balance("refunds"))
		require.Equal(t, vendor, b.balance("vendor"))
		require.Zero(t, b.balance("gateway"))
		b.closed()
		b.verified()
	})
	t.Run("all of a cancelled order was about to go back, and fails then", func(t *testing.T) {
		b, _ := outspoken(t)
		id := b.paid(1, "is accepted")
		b.accept(id)
		b.until(id, order.Accepted, rules.Captured)
		_, err := b.orders.Cancel(b.ctx, b.admin, id, 0, "OPS")
		require.NoError(t, err)
		ours := b.balance("refunds")
		_, err = b.gateway.ChargeBack(b.ctx, b.atGateway(total))
		require.NoError(t, err)
		heard(b)
		require.Equal(t, fmt.Sprintf("captured 0 %d %[1]d", total), b.text(state))
		_, err = b.orders.Restore(b.ctx, b.admin, id, 0)
		require.ErrorContains(t, err, "payment.not_restorable")
		b.until(id, order.Cancelled, rules.Refunded)
		require.Equal(t, fmt.Sprintf("refunded %d 0 0", total), b.text(state))
		require.Zero(t, b.balance("gateway"))
		require.Equal(t, ours, b.balance("refunds"), "it was theirs")
		b.closed()
		b.verified()
	})
	t.Run("all was given back already", func(t *testing.T) {
		b, reg := outspoken(t)
		id := b.handed(1, "is accepted")
		_, err := b.Refund(b.ctx, b.admin, id, billing.RefundWish{Reason: "OPS"}, encodeRefund)
		require.NoError(t, err)
		b.until(id, order.Collected, rules.Refunded)
		b.says(payment.KindChargedBack, total, "dp_1")
		require.Equal(t, fmt.Sprintf("refunded %d 0 %[1]d", total), b.text(state))
		require.EqualValues(t, total, b.balance("gateway"), "it has taken twice what it ever had")
		require.EqualValues(t, -2*total, b.balance("refunds"))
		require.Equal(t, "chargeback", b.text(`SELECT data ->> 'reason' FROM events WHERE type = 'payment.overdrawn'`))
		require.NoError(t, testutil.GatherAndCompare(reg, strings.NewReader(`
# HELP zoop_gateway_overdrawn_total Chargebacks, and refunds that nobody here asked for, of more than was left of a payment: the marketplace bears it, and somebody looks.
# TYPE zoop_gateway_overdrawn_total counter
zoop_gateway_overdrawn_total{gateway="sandbox"} 1
`), "zoop_gateway_overdrawn_total"))
		b.closed()
		b.verified()
		b.says(payment.KindReinstated, total, "dp_1")
		require.Equal(t, fmt.Sprintf("refunded %d 0 0", total), b.text(state))
		require.Zero(t, b.balance("gateway"))
		b.closed()
		b.verified()
	})
}
