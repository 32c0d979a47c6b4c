package ordering

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
)

// kitchen gives the vendor so many places a quarter, of which those of the first few quarters are free. It takes such a time to
// cook that an order placed now is ready in the middle of a quarter, so that no test runs into its end; it gives that quarter.
func (b *bench) kitchen(capacity, open int) vendor.Quarter {
	b.t.Helper()
	var now time.Time
	require.NoError(b.t, b.pool.QueryRow(b.ctx, `SELECT now()`).Scan(&now))
	prep := 60 + (7-now.Minute()%15+15)%15
	first := vendor.QuarterOf(now.Add(time.Duration(prep) * time.Minute))
	b.exec(`UPDATE vendors SET slot_capacity = $2, prep_minutes = $3 WHERE id = $1`, b.vendor.String(), capacity, prep)
	for i := open; i <= vendor.QuartersAhead+4; i++ {
		b.exec(`INSERT INTO vendor_slots (vendor_id, starts_at, taken) VALUES ($1, $2, $3)`, b.vendor.String(), (first + vendor.Quarter(i)).Begins(), capacity)
	}
	return first
}

// stranger is another customer with a cart of one thali, to collect.
func (b *bench) stranger() (domain.Actor, Quoted) {
	b.t.Helper()
	who := b.account(domain.RoleCustomer)
	q, err := b.PutCart(b.ctx, who, Wish{VendorID: b.vendor, Fulfilment: order.Pickup, Choices: []menu.Choice{{DishID: b.thali, Quantity: 1}}})
	require.NoError(b.t, err)
	return who, q
}

func (b *bench) placeAs(who domain.Actor, q Quoted) (domain.ID, error) {
	a, err := b.Place(b.ctx, who, Confirmation{QuoteID: q.QuoteID, Method: "cod"}, encodeID)
	if err != nil {
		return domain.Nil, err
	}
	return orderID(b.t, a), nil
}

func TestTwoHundredRacersForTenPlaces(t *testing.T) {
	b := setup(t)
	first := b.kitchen(5, 2) // five now and five a quarter of an hour later
	type racer struct {
		who domain.Actor
		q   Quoted
	}
	racers := make([]racer, 200)
	for i := range racers {
		racers[i].who, racers[i].q = b.stranger()
	}
	var won, full atomic.Int32
	var group sync.WaitGroup
	start := make(chan struct{})
	for _, r := range racers {
		group.Go(func() {
			<-start
			_, err := b.placeAs(r.who, r.q)
			var requote *RequoteError
			switch {
			case err == nil:
				won.Add(1)
			case errors.As(err, &requote) && len(requote.Cart.Problems) == 1 && requote.Cart.Problems[0].Code == "vendor_full":
				full.Add(1)
			default:
				b.t.Errorf("neither placed nor full: %v", err)
			}
		})
	}
	close(start)
	group.Wait()
	require.EqualValues(t, 10, won.Load())
	require.EqualValues(t, 190, full.Load())
	for i, want := range []int{5, 5, 5} {
		q := (first + vendor.Quarter(i)).Begins()
		require.Equal(t, want, b.scan(`SELECT taken FROM vendor_slots WHERE vendor_id = $1 AND starts_at = $2`, b.vendor.String(), q))
	}
	require.Equal(t, 5, b.scan(`SELECT count(*) FROM orders WHERE slot_at = $1 AND promised_at = $1`, (first+1).Begins()), "put off, and told so")
	require.Equal(t, 5, b.scan(`SELECT count(*) FROM orders WHERE slot_at = $1 AND promised_at > $1`, first.Begins()))
}

func TestAFullKitchenSaysWhenItIsFree(t *testing.T) {
	b := setup(t)
	first := b.kitchen(1, 1)
	q := b.fill(menu.Choice{DishID: b.thali, Quantity: 1})
	require.Empty(t, q.Problems)
	require.Equal(t, first, vendor.QuarterOf(q.ReadyAt))
	_, err := b.order("k", Confirmation{QuoteID: q.QuoteID})
	require.NoError(t, err)
	who, q := b.stranger()
	require.Len(t, q.Problems, 1)
	require.Equal(t, "vendor_full", q.Problems[0].Code)
	require.True(t, q.ReadyAt.IsZero())
	require.True(t, q.PromisedAt.IsZero())
	require.True(t, q.Problems[0].Until.After(q.offer.Now))
	_, err = b.placeAs(who, q)
	require.ErrorIs(t, err, ErrNotOrderable)
}

func TestAPlaceIsGivenBackOnce(t *testing.T) {
	b := setup(t)
	first := b.kitchen(9, 1)
	taken := func() int {
		return b.scan(`SELECT taken FROM vendor_slots WHERE vendor_id = $1 AND starts_at = $2`, b.vendor.String(), first.Begins())
	}
	ends := map[string]func(id domain.ID) error{
		"cancelled": func(id domain.ID) error { _, err := b.Cancel(b.ctx, b.customer, id, 0, "MISTAKE"); return err },
		"rejected":  func(id domain.ID) error { _, err := b.Reject(b.ctx, b.owner, id, 0, "TOO_BUSY", nil); return err },
		"expired": func(id domain.ID) error {
			b.exec(`UPDATE orders SET deadline_at = now(), deadline_verb = 'expire' WHERE id = $1`, id.String())
			_, err := b.FireDue(b.ctx)
			return err
		},
	}
	for name, end := range ends {
		id := b.placed()
		require.Equal(t, 1, taken(), name)
		require.NoError(t, end(id), name)
		require.Equal(t, 0, taken(), name)
		require.Equal(t, 1, b.scan(`SELECT count(*) FROM orders WHERE id = $1 AND slot_at IS NULL`, id.String()), name)
	}
	id := b.placed()
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() { _, _ = b.Cancel(b.ctx, b.customer, id, 0, "MISTAKE") })
		group.Go(func() { _, _ = b.Reject(b.ctx, b.owner, id, 0, "TOO_BUSY", nil) })
	}
	group.Wait()
	require.Equal(t, 0, taken(), "twenty cancels and rejects at once give back one")
	done := b.placed()
	_, err := b.Accept(b.ctx, b.owner, done, 0, 20)
	require.NoError(t, err)
	require.Equal(t, 1, taken(), "who is made keeps it")
}

func TestWhatIsPutOffIsNotReadyEarlier(t *testing.T) {
	b := setup(t)
	first := b.kitchen(1, 2)
	b.placed()
	id := b.placed() // the second one takes the next quarter
	o, err := b.Order(b.ctx, b.customer, id)
	require.NoError(t, err)
	require.True(t, o.PromisedAt.After((first + 1).Begins()), "ready then, and then it travels")
	o, err = b.Accept(b.ctx, b.owner, id, 0, 20)
	require.NoError(t, err)
	require.Equal(t, (first + 1).Begins(), o.ReadyBy.UTC())
	require.Equal(t, 20, o.PrepMinutes)
}

func TestPastSlotsAreForgotten(t *testing.T) {
	b := setup(t)
	b.exec(`INSERT INTO vendor_slots (vendor_id, starts_at, taken) SELECT $1, date_trunc('hour', now()) + i * interval '15 minutes', 1 FROM generate_series(-1200, 8) i`,
		b.vendor.String())
	n, err := b.db.ForgetSlots(b.ctx)
	require.NoError(t, err)
	require.EqualValues(t, 1000, n, "a bounded number at a time")
	_, err = b.db.ForgetSlots(b.ctx)
	require.NoError(t, err)
	require.Zero(t, b.scan(`SELECT count(*) FROM vendor_slots WHERE starts_at < now() - interval '1 hour'`))
	require.GreaterOrEqual(t, b.scan(`SELECT count(*) FROM vendor_slots`), 9)
}

func TestAVendorThatAcceptsEverything(t *testing.T) {
	b := setup(t)
	b.exec(`UPDATE vendors SET acceptance = 'auto' WHERE id = $1`, b.vendor.String())
	id := b.placed()
	o, err := b.Order(b.ctx, b.customer, id)
	require.NoError(t, err)
	require.Equal(t, order.Accepted, o.State)
	require.Equal(t, 2, o.Version)
	require.Equal(t, 20, o.PrepMinutes)
	require.Equal(t, o.PlacedAt.Add(20*time.Minute), o.ReadyBy)
	require.True(t, o.DeadlineAt().IsZero(), "nobody waits for an answer")
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM deliveries WHERE order_id = $1 AND dispatch_at IS NOT NULL`, id.String()), "a courier is looked for")
	events, _, err := b.Timeline(b.ctx, b.customer, id, 0, 100)
	require.NoError(t, err)
	require.Len(t, events, 2)
	require.Equal(t, "order.placed", events[0].Type)
	require.Equal(t, domain.RoleCustomer, events[0].ActorRole)
	require.Equal(t, "order.accepted", events[1].Type)
	require.Equal(t, domain.RoleSystem, events[1].ActorRole)
	require.True(t, events[1].ActorID.IsNil())
	_, err = b.Start(b.ctx, b.owner, id, 2)
	require.NoError(t, err)
	who, q := b.stranger()
	collected, err := b.placeAs(who, q)
	require.NoError(t, err)
	o, err = b.Order(b.ctx, who, collected)
	require.NoError(t, err)
	require.Equal(t, order.Accepted, o.State)
}
