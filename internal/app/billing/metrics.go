package billing

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/payment"
	"github.com/zoop-dev/zoop/internal/payment"
)

// metrics tell how gateways fare. All labels are words of ours.
type metrics struct {
	requests *prometheus.HistogramVec
	webhooks *prometheus.CounterVec
	pending  *prometheus.GaugeVec
	oldest   prometheus.Gauge

	overdrawn *prometheus.CounterVec
}

func newMetrics(reg prometheus.Registerer) metrics {
	f := promauto.With(reg)
	return metrics{
		requests: f.NewHistogramVec(prometheus.HistogramOpts{
			Name: "zoop_gateway_request_duration_seconds",
			Help: "Time of a request to a payment gateway, by what was asked and what came of it: done, pending (it will tell), declined, " +
				"refused, blocked (our settings), transient (nobody knows).",
			Buckets: []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"gateway", "operation", "outcome"}),
		webhooks: f.NewCounterVec(prometheus.CounterOpts{
			Name: "zoop_gateway_webhooks_total",
			Help: "Webhooks of payment gateways by what became of them: taken, repeated, ignored, foreign (of no payment of ours), forged, stale, " +
				"malformed, refused (it contradicts what is known) or failed (it is told again).",
		}, []string{"gateway", "outcome"}),
		pending: f.NewGaugeVec(prometheus.GaugeOpts{
			Name: "zoop_gateway_operations_pending", Help: "What gateways are still to be asked for, or have not done yet, of all instances.",
		}, []string{"operation"}),
		oldest: f.NewGauge(prometheus.GaugeOpts{
			Name: "zoop_gateway_operations_oldest_seconds", Help: "How long ago the oldest of them was due at first; 0: there is none.",
		}),
		overdrawn: f.NewCounterVec(prometheus.CounterOpts{
			Name: "zoop_gateway_overdrawn_total",
			Help: "Chargebacks, and refunds that nobody here asked for, of more than was left of a payment: the marketplace bears it, and somebody looks.",
		}, []string{"gateway"}),
	}
}

// Backlog counts what gateways are still to be asked for; there is never more to do at once.
func (s *Service) Backlog(ctx context.Context) (bool, error) {
	waiting, oldest, err := s.db.PendingOperations(ctx)
	if err != nil {
		return false, err
	}
	for _, verb := range []string{rules.VerbCapture, rules.VerbVoid, rules.VerbRefund} {
		s.metrics.pending.WithLabelValues(verb).Set(float64(waiting[verb]))
	}
	s.metrics.oldest.Set(oldest.Seconds())
	return false, nil
}

// observed is a gateway whose requests are timed.
type observed struct {
	payment.Gateway
	requests prometheus.ObserverVec
}

// Begin implements payment.Gateway.
func (g observed) Begin(ctx context.Context, i payment.Intent) (payment.Session, error) {
	return observe(g.requests, "begin", func() (payment.Session, error) { return g.Gateway.Begin(ctx, i) })
}

// Status implements payment.Gateway.
func (g observed) Status(ctx context.Context, reference string) (payment.Standing, error) {
	return observe(g.requests, "status", func() (payment.Standing, error) { return g.Gateway.Status(ctx, reference) })
}

// Capture implements payment.Gateway.
func (g observed) Capture(ctx context.Context, o payment.Operation) (payment.Progress, error) {
	return observe(g.requests, rules.VerbCapture, func() (payment.Progress, error) { return g.Gateway.Capture(ctx, o) })
}

// Void implements payment.Gateway.
func (g observed) Void(ctx context.Context, o payment.Operation) (payment.Progress, error) {
	return observe(g.requests, rules.VerbVoid, func() (payment.Progress, error) { return g.Gateway.Void(ctx, o) })
}

// Refund implements payment.Gateway.
func (g observed) Refund(ctx context.Context, o payment.Operation) (payment.Progress, error) {
	return observe(g.requests, rules.VerbRefund, func() (payment.Progress, error) { return g.Gateway.Refund(ctx, o) })
}

func observe[T any](requests prometheus.ObserverVec, operation string, ask func() (T, error)) (T, error) {
	begun := time.Now()
	got, err := ask()
	outcome := "done"
	var e *payment.Error
	switch {
	case errors.As(err, &e):
		outcome = string(e.Verdict)
	case err != nil:
		outcome = string(payment.Transient)
	case any(got) == any(payment.Pending):
		outcome = "pending"
	}
	requests.With(prometheus.Labels{"operation": operation, "outcome": outcome}).Observe(time.Since(begun).Seconds())
	return got, err
}

// unheard is why a webhook was not taken, in a word.
func unheard(err error) string {
	switch {
	case errors.Is(err, payment.ErrForged):
		return "forged"
	case errors.Is(err, payment.ErrStale):
		return "stale"
	case errors.Is(err, payment.ErrMalformed):
		return "malformed"
	case domain.KindOf(err) == domain.Invalid:
		return "refused"
	}
	return "failed"
}
