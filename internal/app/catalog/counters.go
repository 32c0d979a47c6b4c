package catalog

import "github.com/prometheus/client_golang/prometheus"

// counters say where reads were served from.
type counters struct{ hits, shareds, loads prometheus.Counter }

func newCounters(reg prometheus.Registerer) counters {
	v := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "zoop_catalog_reads_total",
		Help: "Catalogue reads, by where they were served from: memory, redis, or a load from postgres that all who waited shared.",
	}, []string{"from"})
	if reg != nil {
		reg.MustRegister(v)
	}
	return counters{v.WithLabelValues("memory"), v.WithLabelValues("redis"), v.WithLabelValues("postgres")}
}

func (c counters) hit()    { c.hits.Inc() }
func (c counters) shared() { c.shareds.Inc() }
func (c counters) load()   { c.loads.Inc() }
