package delivery

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/zoop-dev/zoop/internal/postgres"
)

// metrics tell how dispatch fares.
type metrics struct {
	rounds                    prometheus.Histogram
	orders, couriers, offered prometheus.Counter
}

func newMetrics(reg prometheus.Registerer) metrics {
	f := promauto.With(reg)
	return metrics{
		rounds: f.NewHistogram(prometheus.HistogramOpts{
			Name:    "zoop_dispatch_round_duration_seconds",
			Help:    "Time of looking at a city and deciding who carries what, without the offers.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5},
		}),
		orders:   f.NewCounter(prometheus.CounterOpts{Name: "zoop_dispatch_orders_total", Help: "Deliveries that rounds have looked at; by rounds, how many wait."}),
		couriers: f.NewCounter(prometheus.CounterOpts{Name: "zoop_dispatch_couriers_total", Help: "Couriers that rounds have thought of; by rounds, how many there are."}),
		offered:  f.NewCounter(prometheus.CounterOpts{Name: "zoop_dispatch_trips_total", Help: "Trips that were offered to a courier."}),
	}
}

func (m metrics) decided(took time.Duration, r postgres.Round) {
	m.rounds.Observe(took.Seconds())
	m.orders.Add(float64(r.Orders))
	m.couriers.Add(float64(r.Couriers))
}
