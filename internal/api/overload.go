package api

import (
	"errors"
	"math/rand/v2"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/limit"
)

// gate lets no more requests be worked on at once than the machine and its Postgres carry, and refuses the rest at once or
// after a short wait. A request holds a slot only while its handler runs: not while its body arrives, which a slow client could
// draw out, and not while the answer is sent.
type gate struct {
	slots *limit.Slots
	shed  [classCount]struct{ early, late prometheus.Counter }
}

// patience is how much longer than others a class with a reserve waits.
const patience = 2

// newGate is nil when any number of requests may be worked on.
func newGate(l Limits, reg prometheus.Registerer) *gate {
	if l.Slots == 0 {
		return nil
	}
	shares := make([]limit.Share, classCount)
	for k, b := range table {
		shares[k] = limit.Share{Reserve: l.Slots * b.reserve / 100, Queue: l.Queue, Wait: l.Wait}
		if b.most > 0 {
			shares[k].Most = max(1, l.Slots*b.most/100)
		}
		if b.reserve > 0 {
			shares[k].Wait *= patience
		}
	}
	g := &gate{slots: limit.NewSlots(l.Slots, shares...)}
	f := promauto.With(reg)
	shed := f.NewCounterVec(prometheus.CounterOpts{
		Name: "zoop_http_shed_total", Help: "Requests refused for want of a slot, by class: early, before anything was done for them, or after a wait.",
	}, []string{"class", "when"})
	for k, b := range table {
		if b.apart || class(k) == classTokens {
			continue
		}
		g.shed[k].early, g.shed[k].late = shed.WithLabelValues(b.name, "early"), shed.WithLabelValues(b.name, "late")
		labels := prometheus.Labels{"class": b.name}
		f.NewGaugeFunc(prometheus.GaugeOpts{Name: "zoop_http_slots_used", Help: "Requests being worked on.", ConstLabels: labels},
			func() float64 { used, _ := g.slots.Usage(k); return float64(used) })
		f.NewGaugeFunc(prometheus.GaugeOpts{Name: "zoop_http_queue_length", Help: "Requests that wait for a slot.", ConstLabels: labels},
			func() float64 { _, waiting := g.slots.Usage(k); return float64(waiting) })
	}
	return g
}

// open refuses a request, before it has cost anything, that would wait in vain.
func (g *gate) open(k class) error {
	if g == nil || table[k].apart || !g.slots.Full(int(k)) {
		return nil
	}
	g.shed[k].early.Inc()
	return errOverloaded()
}

// through runs the work in a slot: Unavailable with code overloaded when none is to be had.
func (g *gate) through(c *call, k class, work func() error) error {
	if g == nil || table[k].apart {
		return work()
	}
	err := g.slots.Enter(c.Context(), int(k))
	if errors.Is(err, limit.ErrBusy) {
		g.shed[k].late.Inc()
		return errOverloaded()
	}
	if err != nil {
		return err
	}
	defer g.slots.Leave(int(k))
	return work()
}

const codeOverloaded = "overloaded"

// errOverloaded asks callers to come back at different moments.
func errOverloaded() error {
	after := 1 + rand.N(3) //nolint:gosec // it spreads load, and guards nothing
	return domain.Errorf(domain.Unavailable, codeOverloaded, "more is asked at the moment than can be served: try again in %d s", after).With("retryAfter", after)
}
