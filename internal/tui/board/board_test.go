package board

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/domain/order"
)

var noon = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

func orderID(n int) domain.ID {
	return domain.MustParseID(fmt.Sprintf("01900000-0000-7000-8000-%012x", n))
}

// city is a made-up marketplace: it publishes events of orders that live by the real table.
type city struct {
	orders  map[int]*Order
	log     []Event
	courier domain.ID // whom the next events name
}

func (c *city) publish(n int, kind string, data map[string]any) Event {
	o := c.orders[n]
	e := Event{
		Seq: int64(len(c.log) + 1), Subject: domain.SubjectOrder, SubjectID: orderID(n), Version: o.Version + 1, Type: kind,
		VendorID: orderID(1000 + n%3), At: noon.Add(time.Duration(len(c.log)) * time.Second), Data: data, CourierID: c.courier,
	}
	next, ok := o.after(e)
	if o.Version == 0 {
		next, ok = (*Order)(nil).after(e)
	}
	if !ok {
		panic("the city publishes nothing that is no news")
	}
	next.seq = 0
	next.Due = next.promised().Due()
	*o = next
	c.log = append(c.log, e)
	return e
}

func (c *city) place(n int) {
	c.orders[n] = &Order{}
	c.publish(n, "order.placed", map[string]any{
		"number": order.Number(int64(n)), "vendorName": "Casa Lima", "fulfilment": "delivery",
		"total":      map[string]any{"amount": float64(1000 + n), "currency": "INR"},
		"deadlineAt": noon.Add(5 * time.Minute).Format(time.RFC3339), "promisedAt": noon.Add(40 * time.Minute).Format(time.RFC3339),
	})
}

// step makes one thing happen to some order.
func (c *city) step(draw func(most int) int) {
	n := draw(12)
	o := c.orders[n]
	if o == nil {
		c.place(n)
		return
	}
	moves := order.Machine.Table[o.State]
	switch pick := draw(len(moves)); {
	case pick < len(moves):
		c.publish(n, moves[pick].Event, map[string]any{"readyBy": noon.Add(time.Duration(n) * time.Minute).Format(time.RFC3339)})
	case o.CourierID.IsNil():
		c.publish(n, "delivery.offered", nil)
	default:
		c.publish(n, "order.nudge", nil)
	}
}

func (c *city) snapshot(epoch string) Snapshot {
	s := Snapshot{Epoch: epoch, Seq: int64(len(c.log))}
	for _, o := range c.orders {
		if o.State.Live() {
			s.Orders = append(s.Orders, *o)
		}
	}
	return s
}

// tell answers what the board has asked for.
func (c *city) tell(b *Board) {
	for _, o := range c.orders {
		if slices.Contains(b.wanted, o.ID) {
			b.Apply(Detail{*o}, noon)
		}
	}
}

// sight is what a reader sees of a board, without what only says how it came to be.
func sight(b *Board) (orders []Order, seq int64) {
	for _, o := range b.order() {
		plain := *o
		plain.seq = 0
		orders = append(orders, plain)
	}
	return orders, b.seq
}

func types(entries []Entry) []string {
	out := make([]string, len(entries))
	for i, e := range entries {
		out[i] = fmt.Sprint(e.Event.Seq, " ", e.Event.Type, " ", e.Number)
		if e.Gap != nil {
			out[i] = fmt.Sprint("gap ", e.Gap.From, "-", e.Gap.To)
		}
	}
	return out
}

// TestSameFactsSameBoard: whatever the batching, the repetition and the disorder of the events, the board and its log end the same.
func TestSameFactsSameBoard(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := &city{orders: map[int]*Order{}}
		draw := func(most int) int { return rapid.IntRange(0, most).Draw(t, "n") }
		for range draw(30) {
			c.step(draw)
		}
		first := c.snapshot("e1")
		for range draw(60) {
			c.step(draw)
		}
		news := c.log[first.Seq:]

		plain := New()
		plain.Apply(Start{"e1", first.Seq}, noon)
		plain.Apply(first, noon)
		for _, e := range news {
			plain.Apply(Events{e}, noon)
		}
		c.tell(plain)
		wantLog := types(plain.entries)
		want, wantSeq := sight(plain)

		mixed := slices.Clone(news)
		for range draw(20) { // repeat some, some of them from before the snapshot
			if len(c.log) > 0 {
				mixed = append(mixed, c.log[draw(len(c.log)-1)])
			}
		}
		mixed = rapid.Permutation(mixed).Draw(t, "disorder")
		other := New()
		other.Apply(Start{"e1", first.Seq}, noon)
		other.Apply(first, noon)
		var log []Entry
		for len(mixed) > 0 {
			n := 1 + draw(len(mixed)-1)
			other.Apply(Events(mixed[:n]), noon)
			mixed = mixed[n:]
			if draw(3) == 0 {
				other.Apply(first, noon) // a snapshot that is late
			}
			if draw(3) == 0 {
				batch, _ := other.Batch()
				log = append(log, batch.Entries...)
			}
		}
		log = append(log, other.entries...)
		c.tell(other)
		got, gotSeq := sight(other)
		require.Equal(t, want, got)
		require.Equal(t, wantSeq, gotSeq)
		require.Equal(t, wantLog, types(log))
		require.True(t, slices.IsSortedFunc(got, func(a, b Order) int { return worstAt(noon)(&a, &b) }))

		// Both hold exactly what the city holds: a snapshot of it changes nothing but for orders in their grace.
		live := slices.DeleteFunc(got, func(o Order) bool { return !o.State.Live() })
		truth := c.snapshot("e1").Orders
		slices.SortFunc(truth, func(a, b Order) int { return worstAt(noon)(&a, &b) })
		require.Len(t, live, len(truth))
		for i := range truth {
			require.Equal(t, truth[i], live[i])
		}
	})
}

// TestSnapshotAhead: a snapshot may know more than the events published so far.
func TestSnapshotAhead(t *testing.T) {
	t.Parallel()
	c := &city{orders: map[int]*Order{}}
	c.place(1)
	c.place(2)
	c.publish(1, "order.accepted", nil)
	c.publish(2, "order.cancelled", nil)
	ahead := c.snapshot("e1")
	ahead.Seq = 1

	b := New()
	b.Apply(Start{"e1", 1}, noon)
	b.Apply(ahead, noon)
	b.Apply(Events(c.log), noon)
	require.Len(t, b.orders, 2)
	require.Equal(t, order.Accepted, b.orders[orderID(1)].State)
	require.Equal(t, 2, b.orders[orderID(1)].Version)
	require.Equal(t, order.Cancelled, b.orders[orderID(2)].State)
}

// TestWhoBringsIt follows orders through what happens to their couriers, by every event that a delivery has.
func TestWhoBringsIt(t *testing.T) {
	t.Parallel()
	a, b, nobody := orderID(501), orderID(502), domain.Nil
	type told struct {
		kind string
		of   domain.ID // the courier whom the event is told, too
		who  domain.ID // brings it afterwards
	}
	seen := map[string]bool{}
	for name, story := range map[string][]told{
		"taken away": {
			{"delivery.offered", a, nobody}, {"delivery.offer_declined", a, nobody}, {"delivery.offered", a, nobody}, {"delivery.offer_expired", a, nobody},
			{"delivery.unclaimed", nobody, nobody}, {"delivery.offered", a, nobody}, {"delivery.assigned", a, a}, {"delivery.stalled", a, a}, {"delivery.no_show", a, a},
			{"delivery.taken_away", a, nobody}, {"delivery.offered", b, nobody}, {"delivery.offer_withdrawn", b, nobody}, {"delivery.assigned", b, b},
		},
		"rescued": {
			{"delivery.assigned", a, a}, {"delivery.at_store", a, a}, {"order.picked_up", a, a}, {"delivery.courier_lost", a, a}, {"delivery.courier_found", a, a},
			{"delivery.courier_lost", a, a}, {"delivery.stranded", a, nobody}, {"delivery.offered", b, nobody}, {"delivery.assigned", b, b},
			{"delivery.at_store", b, b}, {"delivery.taken_over", b, b}, {"delivery.at_customer", b, b}, {"order.delivered", b, b},
		},
		"lost and returned": {
			{"delivery.assigned", a, a}, {"order.picked_up", a, a}, {"order.undeliverable", a, a}, {"delivery.lost", a, a}, {"delivery.returning", a, a}, {"order.returned", a, a},
		},
		"stranded, and then lost": {
			{"delivery.assigned", a, a}, {"order.picked_up", a, a}, {"delivery.stranded", a, nobody}, {"delivery.assigned", b, b}, {"delivery.taken_away", b, nobody},
			{"order.undeliverable", a, nobody}, {"delivery.lost", a, a},
		},
		"not handed over": {
			{"delivery.assigned", a, a}, {"order.picked_up", a, a}, {"delivery.at_customer", a, a}, {"order.undeliverable", a, a}, {"delivery.failed", a, a}, {"order.picked_up", a, a},
		},
		"cancelled and restored": {
			{"order.accepted", nobody, nobody}, {"delivery.assigned", a, a}, {"order.cancelled", a, nobody}, {"order.restored", nobody, nobody}, {"delivery.assigned", b, b},
		},
	} {
		c := &city{orders: map[int]*Order{}}
		c.place(1)
		for i, e := range story {
			seen[e.kind] = true
			c.courier = e.of
			c.publish(1, e.kind, nil)
			require.Equal(t, e.who, c.orders[1].CourierID, "%s: after %d, %s", name, i, e.kind)
		}
	}
	for _, moves := range delivery.Machine.Table {
		for _, m := range moves {
			require.True(t, m.Event == "" || seen[m.Event], m.Event)
		}
	}
}

// TestStatesOfEvents: every event of an order leaves it in the state that the order is in.
func TestStatesOfEvents(t *testing.T) {
	t.Parallel()
	for from, moves := range order.Machine.Table {
		for _, m := range moves {
			o := Order{State: from, Version: 1}
			next, ok := o.after(Event{Version: 2, Type: m.Event})
			require.True(t, ok)
			require.Equal(t, m.To, next.State, "%s from %s", m.Event, from)
		}
	}
}

// TestARestoredOrderLives: it is there again, whether it has left the board or not, and does not leave with what ended.
func TestARestoredOrderLives(t *testing.T) {
	t.Parallel()
	c := &city{orders: map[int]*Order{}}
	c.place(1)
	c.publish(1, "order.accepted", nil)
	c.publish(1, "order.cancelled", nil)
	b := New()
	b.Apply(Start{"e1", 0}, noon)
	b.Apply(Events(c.log), noon)
	b.Apply(Events{c.publish(1, "order.restored", map[string]any{"readyBy": noon.Add(time.Hour).Format(time.RFC3339)})}, noon)
	b.Tick(noon.Add(Grace))
	require.Equal(t, []Order{*c.orders[1]}, plainly(b))
	require.Equal(t, order.Accepted, c.orders[1].State)

	b.Apply(Events{c.publish(1, "order.cancelled", nil)}, noon.Add(time.Minute))
	b.Tick(noon.Add(time.Minute + Grace - 1))
	require.Len(t, b.orders, 1, "it has just ended")
	b.Tick(noon.Add(time.Minute + Grace))
	require.Empty(t, b.orders)
	b.Apply(Events{c.publish(1, "order.restored", nil)}, noon.Add(2*time.Minute))
	require.Equal(t, []domain.ID{orderID(1)}, b.wanted, "what it was is asked for")
	b.Apply(Detail{*c.orders[1]}, noon.Add(2*time.Minute))
	require.Equal(t, []Order{*c.orders[1]}, plainly(b))
}

func plainly(b *Board) []Order {
	orders, _ := sight(b)
	return orders
}

func TestARevisionChangesThePrice(t *testing.T) {
	t.Parallel()
	c := &city{orders: map[int]*Order{}}
	c.place(1)
	less := map[string]any{"total": map[string]any{"amount": 900.0, "currency": "INR"}}
	c.publish(1, "order.revision_proposed", less)
	require.EqualValues(t, 1001, c.orders[1].Total.Amount, "the customer has not said yes")
	c.publish(1, "order.revision_accepted", less)
	require.Equal(t, domain.Money{Amount: 900, Currency: "INR"}, c.orders[1].Total)
}

func TestEndedLeaveAfterGrace(t *testing.T) {
	t.Parallel()
	c := &city{orders: map[int]*Order{}}
	c.place(1)
	c.publish(1, "order.cancelled", nil)
	b := New()
	b.Apply(Start{"e1", 0}, noon)
	b.Apply(Events(c.log), noon)
	b.Tick(noon.Add(Grace - time.Second))
	require.Len(t, b.orders, 1)
	b.Tick(noon.Add(Grace))
	require.Empty(t, b.orders)
	require.Empty(t, b.ended)

	echo := c.publish(1, "payment.voided", nil)
	b.Apply(Events{echo}, noon)
	require.Empty(t, b.orders, "an echo raises nothing")
	require.Equal(t, echo.Seq, b.seq)
}

func TestGaps(t *testing.T) {
	t.Parallel()
	c := &city{orders: map[int]*Order{}}
	for n := range 10 {
		c.place(n)
	}
	b := New()
	b.Apply(Start{"e1", 0}, noon)
	b.Apply(Events{c.log[0], c.log[3], c.log[4], c.log[8]}, noon)
	b.Apply(Gap{To: 9, Reason: "trimmed"}, noon)
	b.Apply(Events{c.log[9]}, noon)
	batch, ok := b.Batch()
	require.True(t, ok)
	var seen []string
	for _, e := range batch.Entries {
		if e.Gap != nil {
			seen = append(seen, fmt.Sprint("gap ", e.Gap.From, "-", e.Gap.To))
			continue
		}
		seen = append(seen, fmt.Sprint(e.Event.Seq))
	}
	require.Equal(t, []string{"1", "gap 2-3", "4", "5", "gap 6-8", "9", "10"}, seen)
	require.Equal(t, 2, batch.Gaps)

	b.Apply(Start{"e2", 3}, noon)
	b.Apply(Snapshot{Epoch: "e2", Seq: 3}, noon)
	batch, _ = b.Batch()
	require.Len(t, batch.Entries, 1)
	require.Equal(t, "epoch changed", batch.Entries[0].Gap.Reason)
	require.Empty(t, batch.Orders, "the new epoch's snapshot is the truth")
	require.EqualValues(t, 3, batch.Seq)
}

// TestHeldIsBounded: a hole that is never filled becomes a gap instead of filling the memory.
func TestHeldIsBounded(t *testing.T) {
	t.Parallel()
	b := New()
	b.Apply(Start{"e1", 0}, noon)
	for seq := int64(2); seq <= maxHeld+2; seq++ {
		b.Apply(Events{{Seq: seq, Subject: domain.SubjectVendor, Version: 1}}, noon)
	}
	require.Empty(t, b.held)
	require.EqualValues(t, maxHeld+2, b.seq)
	require.Equal(t, 1, b.gaps)
}

func TestDetailsFillIn(t *testing.T) {
	t.Parallel()
	b := New()
	b.Apply(Start{"e1", 0}, noon)
	b.Apply(Events{{Seq: 1, Subject: domain.SubjectOrder, SubjectID: orderID(1), Version: 1, Type: "order.placed"}}, noon)
	require.Equal(t, []domain.ID{orderID(1)}, b.wanted)
	b.Apply(Events{{Seq: 2, Subject: domain.SubjectOrder, SubjectID: orderID(1), Version: 2, Type: "order.accepted"}}, noon)
	b.Apply(Detail{Order{ID: orderID(1), Version: 1, Number: "8F2K", Vendor: "Wok 88", State: order.Placed}}, noon)
	got := *b.orders[orderID(1)]
	require.Equal(t, "8F2K", got.Number)
	require.Equal(t, order.Accepted, got.State, "an answer that is overtaken takes nothing back")
	b.Apply(Gone{orderID(1)}, noon)
	require.Empty(t, b.orders)
}

func TestRisk(t *testing.T) {
	t.Parallel()
	o := Order{State: order.Placed, DeadlineAt: noon.Add(5 * time.Minute), PromisedAt: noon.Add(time.Hour)}
	for at, want := range map[time.Duration]order.Risk{0: order.OnTime, 3 * time.Minute: order.OnTime, 3*time.Minute + 1: order.AtRisk, 5*time.Minute + 1: order.Breached} {
		require.Equal(t, want, o.Risk(noon.Add(at)), at)
	}
	o.State = order.Delivered
	require.Equal(t, order.OnTime, o.Risk(noon.Add(time.Hour)))
}

// TestLoopHandsOverEverything: a slow reader of a lossless loop gets every entry once, in few batches.
func TestLoopHandsOverEverything(t *testing.T) {
	t.Parallel()
	const total = 3 * fullAt
	facts, out := make(chan Fact), make(chan Batch)
	go func() {
		defer close(facts)
		facts <- Start{"e1", 0}
		for seq := int64(1); seq <= total; seq++ {
			facts <- Events{{Seq: seq, Subject: domain.SubjectVendor, Version: 1}}
		}
	}()
	done := make(chan error, 1)
	go func() {
		done <- Loop{Facts: facts, Out: out, Lossless: true, Now: func() time.Time { return noon }}.Run(t.Context())
	}()
	next, batches := int64(1), 0
	for batch := range out {
		batches++
		for _, e := range batch.Entries {
			require.Equal(t, next, e.Event.Seq)
			next++
		}
	}
	require.EqualValues(t, total+1, next)
	require.Less(t, batches, 100)
	require.NoError(t, <-done)
}

// TestLoopDropsLinesNotState: a reader that does not read loses the oldest lines, is told how many, and gets the newest state.
func TestLoopDropsLinesNotState(t *testing.T) {
	t.Parallel()
	facts, out := make(chan Fact), make(chan Batch)
	go func() {
		_ = Loop{Facts: facts, Out: out, Now: func() time.Time { return noon }}.Run(t.Context())
	}()
	const total = 2*maxEntries + 500 // more than two batches hold
	facts <- Start{"e1", 0}
	for seq := int64(1); seq <= total; seq++ {
		facts <- Events{{Seq: seq, Subject: domain.SubjectVendor, Version: 1}}
	}
	close(facts)
	// What waits may be handed out once before the end is: so one batch or two.
	var last Batch
	seen := 0
	for batch := range out {
		require.LessOrEqual(t, len(batch.Entries), maxEntries)
		seen += len(batch.Entries)
		last = batch
	}
	require.EqualValues(t, total, last.Seq)
	require.Positive(t, last.Dropped)
	require.Equal(t, total, seen+last.Dropped, "each line was handed out or counted")
}

// TestLoopWakesUp: what comes after a time of nothing is handed out as soon as anything else, also right after something that only the clock
// has brought: that events become fewer is told though nothing more comes.
func TestLoopWakesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		facts, out := make(chan Fact), make(chan Batch)
		go func() { _ = Loop{Facts: facts, Out: out, Now: time.Now}.Run(t.Context()) }()
		facts <- Start{"e1", 0}
		require.Zero(t, (<-out).Seq)
		time.Sleep(time.Minute)
		for seq := int64(1); seq <= 3; seq++ {
			facts <- Events{{Seq: seq, Subject: domain.SubjectVendor, Version: 1}}
			told := time.Now()
			require.Equal(t, seq, (<-out).Seq)
			require.LessOrEqual(t, time.Since(told), Every)
			for batch := range out {
				if batch.Rate == 0 {
					break
				}
			}
			require.LessOrEqual(t, time.Since(told), 2*meterSeconds*time.Second)
		}
	})
}

func TestLoopEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, Loop{Out: make(chan Batch), Now: time.Now}.Run(ctx))
}

func TestBatchesAreNotTouched(t *testing.T) {
	t.Parallel()
	c := &city{orders: map[int]*Order{}}
	b := New()
	b.Apply(Start{"e1", 0}, noon)
	var kept []Batch
	var copies [][]Order
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		before := len(c.log)
		c.step(func(most int) int { return r.IntN(most + 1) })
		b.Apply(Events(c.log[before:]), noon)
		batch, _ := b.Batch()
		kept = append(kept, batch)
		var values []Order
		for _, o := range batch.Orders {
			values = append(values, *o)
		}
		copies = append(copies, values)
		require.ElementsMatch(t, slices.Collect(maps.Values(b.orders)), batch.Orders)
	}
	for i, batch := range kept {
		for j, o := range batch.Orders {
			require.Equal(t, copies[i][j], *o)
		}
	}
}

func BenchmarkBatchOfTenThousand(b *testing.B) {
	c := &city{orders: map[int]*Order{}}
	for n := range 10_000 {
		c.place(n)
	}
	board := New()
	board.Apply(Start{"e1", 0}, noon)
	board.Apply(Events(c.log), noon)
	board.Batch()
	seq := int64(len(c.log))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		for n := range 250 { // 50 ms at 5,000 events a second
			seq++
			board.Apply(Events{{Seq: seq, Subject: domain.SubjectOrder, SubjectID: orderID((i*250 + n) % 10_000), Version: i + 2, Type: "order.nudge"}}, noon)
		}
		board.Batch()
	}
}

// TestForecast: what is foretold to come late is at risk before the promise breaks, and stands above what is nearer to its
// own promise; the clock turns that around.
func TestForecast(t *testing.T) {
	t.Parallel()
	placed := func(n int, promised, expected time.Duration) Event {
		data := map[string]any{"number": fmt.Sprint(n), "vendorName": "V", "promisedAt": noon.Add(promised).Format(time.RFC3339)}
		if expected != 0 {
			data["estimatedAt"] = noon.Add(expected).Format(time.RFC3339)
		}
		return Event{Seq: int64(n), Subject: domain.SubjectOrder, SubjectID: orderID(n), Version: 1, Type: "order.placed", At: noon, Data: data}
	}
	b := New()
	b.Apply(Start{Epoch: "e1"}, noon)
	b.Apply(Events{placed(1, 6*time.Minute, 0), placed(2, 40*time.Minute, 50*time.Minute), placed(3, 20*time.Minute, 15*time.Minute)}, noon)
	numbers := func(batch Batch) (out string) {
		for _, o := range batch.Orders {
			out += o.Number
		}
		return out
	}
	batch, ok := b.Batch()
	require.True(t, ok)
	require.Equal(t, "231", numbers(batch), "ten minutes late, five to spare, six left")
	late := batch.Orders[0]
	next := late.Next(noon)
	require.True(t, next.Foretold)
	require.Equal(t, -10*time.Minute, next.Left)
	require.Equal(t, order.AtRisk, late.Risk(noon), "nothing is broken yet")
	require.Equal(t, order.Breached, late.Risk(noon.Add(41*time.Minute)))
	next = late.Next(noon.Add(55 * time.Minute))
	require.Equal(t, order.Door, next.Promise)
	require.False(t, next.Foretold, "the forecast was wrong: the clock counts")
	require.Equal(t, -15*time.Minute, next.Left)

	b.Tick(noon.Add(14 * time.Minute))
	batch, ok = b.Batch()
	require.True(t, ok, "the clock has changed the order")
	require.Equal(t, "213", numbers(batch))
	b.Apply(Events{{Seq: 4, Subject: domain.SubjectOrder, SubjectID: orderID(3), Version: 2, Type: "delivery.assigned", At: noon, Data: map[string]any{"estimatedAt": noon.Add(30 * time.Minute).Format(time.RFC3339)}}}, noon.Add(14*time.Minute))
	batch, ok = b.Batch()
	require.True(t, ok)
	require.Equal(t, "231", numbers(batch), "the newest forecast holds: ten late, ten late, eight late")
}

// TestEndedOrdersAreBounded: of a rush no more than the last thousand that ended stay, and all that live do.
func TestEndedOrdersAreBounded(t *testing.T) {
	t.Parallel()
	b := New()
	b.Apply(Start{Epoch: "e1"}, noon)
	var all Events
	for n := range 3 * maxEnded {
		id := orderID(n + 1)
		all = append(all, Event{Seq: int64(len(all) + 1), Subject: domain.SubjectOrder, SubjectID: id, Version: 1, Type: "order.placed", At: noon})
		if n%3 > 0 {
			all = append(all, Event{Seq: int64(len(all) + 1), Subject: domain.SubjectOrder, SubjectID: id, Version: 2, Type: "order.cancelled", At: noon})
		}
	}
	b.Apply(all, noon)
	b.Tick(noon)
	batch, ok := b.Batch()
	require.True(t, ok)
	require.Len(t, batch.Orders, 2*maxEnded)
	require.True(t, batch.Orders[maxEnded-1].State.Live())
	last := all[len(all)-1].SubjectID
	require.True(t, slices.ContainsFunc(batch.Orders, func(o *Order) bool { return o.ID == last }), "the newest stay")
}
