package boot

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/zoop-dev/zoop/internal/domain/order"
)

// accuracy tells how far off estimates were: what was expected less what came, in seconds. Above 0 it came earlier.
type accuracy struct {
	orders *prometheus.SummaryVec
	food   prometheus.Summary
}

func newAccuracy(reg prometheus.Registerer) accuracy {
	f := promauto.With(reg)
	half := map[float64]float64{0.1: 0.02, 0.5: 0.02, 0.9: 0.02}
	return accuracy{
		orders: f.NewSummaryVec(prometheus.SummaryOpts{
			Name: "zoop_eta_error_seconds",
			Help: "When orders were expected to be handed over (ready, if their customers collect them) less when they were, of the last hour, by fulfilment and by what told: the promise, or " +
				"the estimate as the order was placed, accepted or picked up. Below 0 they came later.",
			Objectives: half, MaxAge: time.Hour,
		}, []string{"fulfilment", "of"}),
		food: f.NewSummary(prometheus.SummaryOpts{
			Name: "zoop_prep_error_seconds", Help: "When vendors said that food would be ready less when it was, of the last hour. Below 0 it was later.",
			Objectives: half, MaxAge: time.Hour,
		}),
	}
}

// note is told of an order that was made ready or handed over.
func (a accuracy) note(o order.Order) {
	if o.State == order.Ready {
		a.food.Observe(o.ReadyBy.Sub(o.ReadyAt).Seconds())
		return
	}
	actual := o.EndedAt
	if o.Fulfilment == order.Pickup { // whoever collects comes when they like
		actual = o.ReadyAt
	}
	for of, at := range map[string]time.Time{
		"promise": o.PromisedAt, "placed": o.Estimated.Placed, "accepted": o.Estimated.Accepted, "picked_up": o.Estimated.PickedUp,
	} {
		if !at.IsZero() && !actual.IsZero() {
			a.orders.WithLabelValues(string(o.Fulfilment), of).Observe(at.Sub(actual).Seconds())
		}
	}
}
