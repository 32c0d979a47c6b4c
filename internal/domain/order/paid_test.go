package order

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
)

func TestAnOrderLearnsOfItsPaymentByItsTimers(t *testing.T) {
	t.Parallel()
	waiting := func(n New) Order {
		n.Prepaid, n.AcceptWithin = true, 5*time.Minute
		o, _ := Begin(n, noon)
		require.Equal(t, PendingPayment, o.State)
		return o
	}
	later := noon.Add(time.Minute)
	o := waiting(New{})
	o.PaymentHeld(later)
	event, err := o.Fire(later)
	require.NoError(t, err)
	require.Equal(t, "order.placed", event.Type)
	require.Equal(t, later.Add(5*time.Minute), o.DeadlineAt(), "the vendor's time begins now")

	o = waiting(New{ScheduledFor: noon.Add(3 * time.Hour), ReleaseAt: noon.Add(2 * time.Hour)})
	o.PaymentHeld(later)
	event, err = o.Fire(later)
	require.NoError(t, err)
	require.Equal(t, "order.scheduled", event.Type)
	require.Equal(t, noon.Add(2*time.Hour), o.DeadlineAt())

	o = waiting(New{})
	o.PaymentLost(later)
	event, err = o.Fire(later)
	require.NoError(t, err)
	require.Equal(t, "order.payment_failed", event.Type)
	before := o
	o.PaymentHeld(later)
	o.PaymentLost(later)
	require.Equal(t, before, o, "what has ended learns nothing")

	placed, _ := Begin(New{AcceptWithin: time.Minute}, noon)
	was := placed
	placed.PaymentLost(later)
	require.Equal(t, was, placed)
	_, err = placed.Fire(noon)
	require.Equal(t, domain.Conflict, domain.KindOf(err))
}

func TestAPromiseCountsFromThePayment(t *testing.T) {
	t.Parallel()
	late := noon.Add(7 * time.Minute)
	for name, c := range map[string]struct {
		slot, wanted, promised time.Time
	}{
		"cooked at once":                  {promised: noon.Add(37 * time.Minute)},
		"with a place of that quarter":    {slot: noon.Add(15 * time.Minute), promised: noon.Add(37 * time.Minute)},
		"with a place that is late":       {slot: noon.Add(45 * time.Minute), promised: noon.Add(30 * time.Minute)},
		"with a place that it just lacks": {slot: noon.Add(25 * time.Minute), promised: noon.Add(32 * time.Minute)},
		"wanted later":                    {wanted: noon.Add(2 * time.Hour), promised: noon.Add(30 * time.Minute)},
	} {
		o, _ := Begin(New{Prepaid: true, AcceptWithin: 5 * time.Minute, PromisedAt: noon.Add(30 * time.Minute), ScheduledFor: c.wanted}, noon)
		o.SlotAt = c.slot
		o.PromiseLater(late, 20)
		require.Equal(t, c.promised, o.PromisedAt, name)
	}
}
