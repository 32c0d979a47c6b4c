package osrm

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/zoop-dev/zoop/internal/limit"
)

// metrics tell how the server fares. All labels are words of ours.
type metrics struct {
	requests                     *prometheus.HistogramVec
	asked, remembered, estimated prometheus.Counter // ways
}

func newMetrics(reg prometheus.Registerer, b *limit.Breaker) metrics {
	f := promauto.With(reg)
	f.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "zoop_osrm_left_alone", Help: "1 while the OSRM server is not asked, because it failed several times in a row.",
	}, func() float64 {
		if b.Open() {
			return 1
		}
		return 0
	})
	ways := f.NewCounterVec(prometheus.CounterOpts{
		Name: "zoop_osrm_ways_total", Help: "Ways of vehicles that the OSRM server is asked about, by who told how long they take: server, memory or estimate.",
	}, []string{"from"})
	return metrics{
		requests: f.NewHistogramVec(prometheus.HistogramOpts{
			Name: "zoop_osrm_request_duration_seconds",
			Help: "Time of a request to the OSRM server, by service and what came of it: ok, refused (it does not know the places, or takes no such " +
				"table), slow (its time was over), failed or malformed.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5},
		}, []string{"service", "outcome"}),
		asked: ways.WithLabelValues("server"), remembered: ways.WithLabelValues("memory"), estimated: ways.WithLabelValues("estimate"),
	}
}

// told counts a way, by where it came from unless there is none.
func (m metrics) told(seconds float32, from prometheus.Counter) {
	if seconds < 0 {
		from = m.estimated
	}
	from.Inc()
}
