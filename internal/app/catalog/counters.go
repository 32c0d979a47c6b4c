package catalog

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// sources are the places that reads of one sort are served from; each read is counted at one of them.
type sources struct{ memory, stale, flight, redis, postgres, evicted prometheus.Counter }

// level is what is told of a part of the cache.
type level interface {
	EstimatedSize() int
	WeightedSize() uint64
}

// counters say where reads were served from: of vendors' pages, and of lists.
type counters struct{ pages, lists sources }

func newCounters(reg prometheus.Registerer) counters {
	f := promauto.With(reg)
	reads := f.NewCounterVec(prometheus.CounterOpts{
		Name: "zoop_catalog_reads_total",
		Help: "Catalogue reads by where they were served from: memory; stale, a list that is a moment old; flight, what another read was " +
			"loading; redis; or a load from postgres.",
	}, []string{"of", "from"})
	evicted := f.NewCounterVec(prometheus.CounterOpts{
		Name: "zoop_catalog_cache_evictions_total", Help: "Entries that left the cache of this process because it was full, or they had run out.",
	}, []string{"of"})
	of := func(name string) sources {
		from := func(place string) prometheus.Counter { return reads.WithLabelValues(name, place) }
		return sources{from("memory"), from("stale"), from("flight"), from("redis"), from("postgres"), evicted.WithLabelValues(name)}
	}
	return counters{of("page"), of("list")}
}

// watch tells how full a part of the cache is.
func watch(reg prometheus.Registerer, of string, l level) {
	f, labels := promauto.With(reg), prometheus.Labels{"of": of}
	f.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "zoop_catalog_cache_bytes", Help: "About what the cache of this process takes, as it is and compressed.", ConstLabels: labels,
	}, func() float64 { return float64(l.WeightedSize()) })
	f.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "zoop_catalog_cache_entries", Help: "Entries in the cache of this process.", ConstLabels: labels,
	}, func() float64 { return float64(l.EstimatedSize()) })
}
