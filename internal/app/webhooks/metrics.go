package webhooks

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// metrics tell how webhooks fare. All labels are words of ours.
type metrics struct {
	attempts                     *prometheus.HistogramVec
	told                         prometheus.Counter
	disabled                     *prometheus.CounterVec
	due, oldest, failing, behind prometheus.Gauge
	turns                        *prometheus.GaugeVec
}

func newMetrics(reg prometheus.Registerer) metrics {
	f := promauto.With(reg)
	gauge := func(name, help string) prometheus.Gauge {
		return f.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
	}
	return metrics{
		attempts: f.NewHistogramVec(prometheus.HistogramOpts{
			Name: "zoop_webhook_attempt_duration_seconds",
			Help: "Time of an attempt to send a webhook, by what came of it: delivered, status (any other than 2xx), redirect, timeout, connection, tls, " +
				"name (it has no address), address (no webhook goes there) or secret (it cannot be read).",
			Buckets: []float64{.01, .05, .1, .25, .5, 1, 2.5, 5, 15},
		}, []string{"outcome"}),
		told: f.NewCounter(prometheus.CounterOpts{Name: "zoop_webhook_deliveries_total", Help: "Deliveries that events gave reason for."}),
		disabled: f.NewCounterVec(prometheus.CounterOpts{
			Name: "zoop_webhook_disabled_total", Help: "Endpoints that are sent nothing any more: gone (they answered 410), or failing for days.",
		}, []string{"reason"}),
		due:     gauge("zoop_webhook_due", "Deliveries whose time has come, of all instances, counted up to 10,000."),
		oldest:  gauge("zoop_webhook_due_oldest_seconds", "How long ago the oldest of them was due, of endpoints that answer."),
		failing: gauge("zoop_webhook_endpoints_failing", "Endpoints that did not take what they were sent last."),
		behind:  gauge("zoop_webhook_events_behind", "Published events that were not looked through for webhooks."),
		turns: f.NewGaugeVec(prometheus.GaugeOpts{
			Name: "zoop_webhook_turns", Help: "Endpoints that this process sends to at the moment, by lane: quick, and slow or not yet known.",
		}, []string{"lane"}),
	}
}

// Backlog counts what webhooks are behind with; there is never more to do at once.
func (s *Service) Backlog(ctx context.Context) (bool, error) {
	b, err := s.db.WebhookBacklog(ctx)
	if err != nil {
		return false, err
	}
	s.metrics.due.Set(float64(b.Due))
	s.metrics.oldest.Set(b.Oldest.Seconds())
	s.metrics.failing.Set(float64(b.Failing))
	s.metrics.behind.Set(float64(b.Behind))
	return false, nil
}

// Tidy gives up on what waited for too long, and throws away what was kept long enough, or is of endpoints that are no more. It says
// whether there was something.
func (s *Service) Tidy(ctx context.Context) (bool, error) {
	n, err := s.db.ForgetWebhooks(ctx)
	return n > 0, err
}
