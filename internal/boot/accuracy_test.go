package boot

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain/order"
)

// What was expected is held against what came, by what told it; the quantiles are read from /metrics.
func TestEstimatesAreHeldAgainstWhatCame(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewRegistry()
	a := newAccuracy(reg)
	noon := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	in := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
	for late := range 101 { // each a minute later than the one before
		a.note(order.Order{State: order.Ready, ReadyBy: in(20), ReadyAt: in(20 + late)})
		a.note(order.Order{
			State: order.Delivered, Fulfilment: order.Delivery, PromisedAt: in(60), EndedAt: in(40 + late),
			Estimated: order.Estimates{Placed: in(50), Accepted: in(45)},
		})
		a.note(order.Order{State: order.Collected, Fulfilment: order.Pickup, PromisedAt: in(30), ReadyAt: in(30), EndedAt: in(90)})
	}
	families, err := reg.Gather()
	require.NoError(t, err)
	got := map[string]map[float64]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, l := range m.GetLabel() {
				name += " " + l.GetValue()
			}
			got[name] = map[float64]float64{}
			for _, q := range m.GetSummary().GetQuantile() {
				got[name][q.GetQuantile()] = q.GetValue() / 60
			}
		}
	}
	quantile := func(name string, q float64) float64 {
		t.Helper()
		require.Contains(t, got[name], q, "%s: %v", name, got)
		return got[name][q]
	}
	require.InDelta(t, 20-50, quantile("zoop_eta_error_seconds delivery promise", 0.5), 3)
	require.InDelta(t, 10-50, quantile("zoop_eta_error_seconds delivery placed", 0.5), 3)
	require.InDelta(t, 5-10, quantile("zoop_eta_error_seconds delivery accepted", 0.9), 3, "one of ten was five minutes late or less")
	require.NotContains(t, got, "zoop_eta_error_seconds delivery picked_up")
	require.InDelta(t, 0, quantile("zoop_eta_error_seconds pickup promise", 0.5), 0.1, "when it was collected says nothing")
	require.InDelta(t, -50, quantile("zoop_prep_error_seconds", 0.5), 3)
}
