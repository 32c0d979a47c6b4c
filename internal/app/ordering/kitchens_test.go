package ordering

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/delivery/eta"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/domain/order"
)

// history writes orders that a vendor has made ready, one each half hour of the last days, each after so long, and late as asked.
func (b *bench) history(vendor domain.ID, n, tookMinutes, lateMinutes int) {
	b.t.Helper()
	b.exec(`INSERT INTO orders (id, number, state, version, customer_id, vendor_id, city, fulfilment, currency, total, delivery_pin, order_code, accept_seconds,
	                            placed_at, asked_at, accepted_at, prep_minutes, ready_by, ready_at, promised_at, ended_at)
		SELECT gen_random_uuid(), 'H' || gen_random_uuid(), 'completed', 1, $1, $2, 'New Delhi', 'pickup', 'INR', 0, '1234', '1234', 300,
		       at - interval '2 minutes', at - interval '2 minutes', at, 15, at + ($4::int - $5::int) * interval '1 minute', at + $4::int * interval '1 minute', at, at
		FROM (SELECT now() - i * interval '30 minutes' - interval '3 hours' AS at FROM generate_series(1, $3::int) i) x`,
		b.customer.ID.String(), vendor.String(), n, tookMinutes, lateMinutes)
}

// learn learns all kitchens anew.
func (b *bench) learn() {
	b.t.Helper()
	b.exec(`UPDATE kitchens SET learned_at = '-infinity'`)
	b.kinds = kinds{}
	for more := true; more; {
		var err error
		more, err = b.Learn(b.ctx)
		require.NoError(b.t, err)
	}
}

// minutesTo is how many minutes it is from the quote of a cart to a moment.
func minutesTo(q Quoted, at time.Time) float64 { return at.Sub(q.offer.Now).Minutes() }

func TestAKitchensHistoryIsPromised(t *testing.T) {
	b := setup(t)
	thali := menu.Choice{DishID: b.thali, Quantity: 1}
	q := b.fill(thali)
	stated, bring := 20.0, eta.Bring(q.Ride).Minutes()
	require.InDelta(t, stated, minutesTo(q, q.ReadyAt), 0.01, "nothing is known of it")
	require.InDelta(t, stated+bring, minutesTo(q, q.PromisedAt), 0.01)

	b.history(b.vendor, 600, 34, 8)
	b.learn()
	q = b.fill(thali)
	require.InDelta(t, 2+34, minutesTo(q, q.ReadyAt), 1.01, "two minutes to say yes, and the cooking")
	require.Equal(t, q.ReadyAt.Add(eta.Bring(q.Ride)), q.ExpectedAt)
	require.InDelta(t, 1, q.PromisedAt.Sub(q.ExpectedAt).Minutes(), 1.01, "it is always the same, so nearly no margin")

	// What it says of itself bounds that: it may have changed.
	b.exec(`UPDATE vendors SET prep_minutes = 10`)
	q = b.fill(thali)
	require.InDelta(t, 2+20, minutesTo(q, q.ReadyAt), 0.01)
	b.exec(`UPDATE vendors SET busy_minutes = 30, busy_until = now() + interval '1 hour'`)
	q = b.fill(thali)
	require.InDelta(t, 2+20+30, minutesTo(q, q.ReadyAt), 0.01)
}

func TestWhatIsOrderedIsPromisedAsQuotedAndCorrectedAsItGoes(t *testing.T) {
	b := setup(t)
	b.history(b.vendor, 600, 34, 8)
	b.learn()
	var handed []order.Order
	b.db.Happened = func(o order.Order) { handed = append(handed, o) }
	q := b.fill(menu.Choice{DishID: b.thali, Quantity: 1})
	a, err := b.order("k", Confirmation{QuoteID: q.QuoteID})
	require.NoError(t, err)
	orderID := orderID(t, a)
	o, err := b.Order(b.ctx, b.customer, orderID)
	require.NoError(t, err)
	require.WithinDuration(t, q.PromisedAt, o.PromisedAt, time.Minute)
	require.WithinDuration(t, q.ExpectedAt, o.Estimated.Placed, time.Minute)
	require.Equal(t, o.Estimated.Placed, o.Estimated.Now)
	promised := o.PromisedAt

	// It is always 8 minutes later than it says.
	o, err = b.Accept(b.ctx, b.owner, orderID, 0, 20)
	require.NoError(t, err)
	require.WithinDuration(t, o.ReadyBy.Add(8*time.Minute+eta.Bring(q.Ride)), o.Estimated.Now, 75*time.Second)
	require.Equal(t, o.Estimated.Now, o.Estimated.Accepted)
	before := o.Estimated.Now
	o, err = b.ChangePrep(b.ctx, b.owner, orderID, 0, 40)
	require.NoError(t, err)
	require.WithinDuration(t, before.Add(20*time.Minute), o.Estimated.Now, 31*time.Second)
	_, err = b.Start(b.ctx, b.owner, orderID, 0)
	require.NoError(t, err)
	o, err = b.Ready(b.ctx, b.owner, orderID, 0)
	require.NoError(t, err)
	require.WithinDuration(t, o.ReadyAt.Add(eta.FindOne+eta.AtVendor+eta.AtDoor+q.Ride), o.Estimated.Now, time.Minute)
	require.Equal(t, promised, o.PromisedAt, "what was promised stays")
	require.Len(t, handed, 1)
	require.Equal(t, order.Ready, handed[0].State)

	// Each event told.
	records, _, err := b.Timeline(b.ctx, b.customer, orderID, 0, 50)
	require.NoError(t, err)
	last := ""
	for _, r := range records {
		var data struct{ EstimatedAt string }
		require.NoError(t, json.Unmarshal(r.Data, &data))
		require.NotEmpty(t, data.EstimatedAt, r.Type)
		last = data.EstimatedAt
	}
	require.Equal(t, o.Estimated.Now.UTC().Format(time.RFC3339), last)
}

// A vendor without orders of its own is like those who cook the same in its city.
func TestANewVendorIsExpectedToBeLikeOthers(t *testing.T) {
	b := setup(t)
	for i := range 12 {
		other := newID()
		b.exec(`INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, lat, lng, open_minutes, tax_bp, status)
		        VALUES ($1, $2, '{thali,Snacks}', '1 Janpath', 'New Delhi', 'IN', 'Asia/Kolkata', 'INR', 28.61, 77.21, '{[0,10080)}', 500, 'approved')`,
			other.String(), fmt.Sprint("Other ", i))
		b.history(other, 60, 35, 10)
	}
	b.learn() // the others
	b.learn() // by them, this one
	q := b.fill(menu.Choice{DishID: b.thali, Quantity: 1})
	require.InDelta(t, 2+34, minutesTo(q, q.ReadyAt), 2)
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM kitchens WHERE orders = 0`))
	require.InDelta(t, 9, b.scan(`SELECT late FROM kitchens WHERE vendor_id = $1`, b.vendor.String()), 1)
}

// Two instances share the kitchens, and each is learned once an hour.
func TestAKitchenIsLearnedOnce(t *testing.T) {
	b := setup(t)
	more, err := b.Learn(b.ctx)
	require.NoError(t, err)
	require.True(t, more, "it is new")
	more, err = b.Learn(b.ctx)
	require.NoError(t, err)
	require.False(t, more)
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM kitchens WHERE learned_at > now() - interval '1 minute' AND cardinality(cooking) = 24`))
	b.history(b.vendor, 100, 60, 0)
	_, err = b.Learn(b.ctx)
	require.NoError(t, err)
	require.Zero(t, b.scan(`SELECT orders FROM kitchens`), "it is not due")
}

// More orders in the kitchen than are usual make the next one later.
func TestAFullKitchenIsSlower(t *testing.T) {
	b := setup(t)
	b.exec(`INSERT INTO kitchens (vendor_id, cooking, margin, usual, load) SELECT $1, array_agg(30), array_agg(5), array_agg(0), '{80,90,100,150,200,250}' FROM generate_series(1, 24)`, b.vendor.String())
	thali := menu.Choice{DishID: b.thali, Quantity: 1}
	q := b.fill(thali)
	require.InDelta(t, 30, minutesTo(q, q.ReadyAt), 0.01)
	require.InDelta(t, 5, q.PromisedAt.Sub(q.ExpectedAt).Minutes(), 0.01)
	for range 2 {
		_, err := b.Accept(b.ctx, b.owner, b.placed(), 0, 20)
		require.NoError(t, err)
	}
	q = b.fill(thali)
	require.InDelta(t, 60, minutesTo(q, q.ReadyAt), 0.01, "two more than the usual none")
}
