package billing_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/billing"
	"github.com/zoop-dev/zoop/internal/domain/order"
	rules "github.com/zoop-dev/zoop/internal/domain/payment"
	"github.com/zoop-dev/zoop/internal/payment"
	"github.com/zoop-dev/zoop/internal/payment/sandbox"
)

// dead is a gateway that does not answer, and whose webhooks are what a test has them be.
type dead struct {
	payment.Gateway
	event payment.Event
	err   error
}

func (*dead) Capture(context.Context, payment.Operation) (payment.Progress, error) {
	return "", &payment.Error{Verdict: payment.Transient}
}

func (g *dead) ParseWebhook(http.Header, []byte, time.Time) (payment.Event, error) {
	return g.event, g.err
}

func TestHowGatewaysFareIsMeasured(t *testing.T) {
	b := setup(t, sandbox.Options{})
	id, s := b.begun(1)
	b.card(s, "is accepted")
	b.until(id, order.Placed, rules.Authorized)
	b.accept(id)
	b.exec(`UPDATE payment_operations SET created_at = now() - interval '1 hour'`)

	registry, g := prometheus.NewRegistry(), &dead{Gateway: b.gateway}
	measured := billing.New(b.db, billing.Options{Gateways: []payment.Gateway{g}, Registry: registry})
	_, err := measured.Operate(b.ctx)
	require.NoError(t, err)
	_, err = measured.Backlog(b.ctx)
	require.NoError(t, err)
	hears := func(e payment.Event, err error) {
		g.event, g.err = e, err
		_ = measured.Webhook(b.ctx, sandbox.Name, nil, nil)
	}
	told := payment.Event{ID: "e-1", Kind: payment.KindAuthorized, PaymentID: s.PaymentID, Reference: s.Reference, Amount: *rupees(total)}
	hears(told, nil)
	hears(told, nil)
	other := told
	other.ID, other.Reference = "e-2", "another"
	hears(other, nil)
	other.PaymentID = newID()
	hears(other, nil)
	hears(payment.Event{Kind: payment.KindDeclined}, nil)
	for _, err := range []error{payment.ErrForged, payment.ErrStale, payment.ErrMalformed, errors.New("what nobody knows")} {
		hears(payment.Event{}, err)
	}
	require.Error(t, measured.Webhook(b.ctx, "no such gateway", nil, nil), "which is counted nowhere")
	require.NoError(t, testutil.GatherAndCompare(registry, strings.NewReader(`
# HELP zoop_gateway_operations_pending What gateways are still to be asked for, or have not done yet, of all instances.
# TYPE zoop_gateway_operations_pending gauge
zoop_gateway_operations_pending{operation="capture"} 1
zoop_gateway_operations_pending{operation="refund"} 0
zoop_gateway_operations_pending{operation="void"} 0
# HELP zoop_gateway_webhooks_total Webhooks of payment gateways by what became of them: taken, repeated, ignored, foreign (of no payment of ours), forged, stale, malformed, refused (it contradicts what is known) or failed (it is told again).
# TYPE zoop_gateway_webhooks_total counter
zoop_gateway_webhooks_total{gateway="sandbox",outcome="failed"} 1
zoop_gateway_webhooks_total{gateway="sandbox",outcome="foreign"} 1
zoop_gateway_webhooks_total{gateway="sandbox",outcome="forged"} 1
zoop_gateway_webhooks_total{gateway="sandbox",outcome="ignored"} 1
zoop_gateway_webhooks_total{gateway="sandbox",outcome="malformed"} 1
zoop_gateway_webhooks_total{gateway="sandbox",outcome="refused"} 1
zoop_gateway_webhooks_total{gateway="sandbox",outcome="repeated"} 1
zoop_gateway_webhooks_total{gateway="sandbox",outcome="stale"} 1
zoop_gateway_webhooks_total{gateway="sandbox",outcome="taken"} 1
`), "zoop_gateway_operations_pending", "zoop_gateway_webhooks_total"))
	families, err := registry.Gather()
	require.NoError(t, err)
	for _, f := range families {
		switch f.GetName() {
		case "zoop_gateway_operations_oldest_seconds":
			require.InDelta(t, 3600, f.GetMetric()[0].GetGauge().GetValue(), 60)
		case "zoop_gateway_request_duration_seconds":
			require.Len(t, f.GetMetric(), 1)
			require.EqualValues(t, 1, f.GetMetric()[0].GetHistogram().GetSampleCount())
			require.Contains(t, f.GetMetric()[0].String(), `value:"transient"`)
		}
	}
	require.Len(t, families, 4)
}
