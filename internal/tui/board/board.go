// Package board is the console's one reducer: every fact about the marketplace passes it, and every face of the console
// (board, lines, JSON) shows what comes out of it.
//
// A Board is a plain value without clock, goroutine or terminal. Events are applied in the published order, each once:
// duplicates are dropped, early ones held until what is missing has come or is declared lost. An order is only ever moved
// to a higher version, so a snapshot may be ahead of the events that follow it. Hence any batching, repetition and
// disorder of the same facts leaves the same board.
package board

import (
	"slices"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Grace is how long an order that has ended stays in sight.
const Grace = 30 * time.Second

// maxEnded bounds the orders that have ended and are in sight: nobody reads more, and of a rush there would be more of them than live ones.
const maxEnded = 1000

// maxHeld bounds the events that wait for an earlier one; past it, the missing ones count as lost.
const maxHeld = 4096

// maxWanted bounds the orders whose details are to be fetched; one left out is wanted again when it next changes.
const maxWanted = 256

// Board is all live orders and the place in the event order at which they are true. The zero Board is empty and follows nothing.
type Board struct {
	epoch string
	seq   int64 // every event up to here is applied or lost
	base  int64 // place of the newest snapshot: what is unknown and older has ended
	based bool  // there was one in this epoch

	orders       map[domain.ID]*Order // the values are shared with batches: replaced, never changed
	sorted       []*Order
	stale        bool      // sorted is not
	at, sortedAt time.Time // the second by which orders are compared, and that by which they were sorted
	ended        []*Order
	alerts       map[domain.ID]*Alert // those that are not closed; shared, as the orders are
	worst        []*Alert             // the same, sorted
	unsorted     bool                 // worst is not as the alerts are
	held         map[int64]Event
	link         Link
	rate         meter
	gaps         int
	lastGap      Gap

	wanted  []domain.ID          // orders whose details are to be fetched
	unnamed []domain.ID          // alerts whose keeper's name is
	names   map[domain.ID]string // what members of the staff are called, as far as it was told

	ordersLeftOut, alertsLeftOut int // of the newest snapshot
	entries                      []Entry
	changed                      map[domain.ID]struct{}
	dirty                        bool
}

// New makes an empty board.
func New() *Board {
	return &Board{
		orders: map[domain.ID]*Order{}, alerts: map[domain.ID]*Alert{}, held: map[int64]Event{}, changed: map[domain.ID]struct{}{},
		names: map[domain.ID]string{},
	}
}

// Apply takes one fact. now is the reader's clock: it dates what ends and measures the rate, nothing else.
func (b *Board) Apply(f Fact, now time.Time) {
	b.pass(now)
	switch f := f.(type) {
	case Start:
		b.start(f)
	case Snapshot:
		b.snapshot(f, now)
	case Events:
		for _, e := range f {
			b.event(e, now)
		}
	case Gap:
		b.gap(f, now)
	case Detail:
		b.detail(f.Order, now)
	case Gone:
		b.remove(f.ID)
	case Name:
		b.name(f)
	case Link:
		if f != b.link {
			b.link, b.dirty = f, true
		}
	}
}

// Tick lets time pass: orders that ended a while ago leave, and the first of those that are too many.
func (b *Board) Tick(now time.Time) {
	b.pass(now)
	n := 0
	for n < len(b.ended) && (len(b.ended)-n > maxEnded || now.Sub(b.ended[n].EndedAt) >= Grace) {
		id := b.ended[n].ID
		if o := b.orders[id]; o != nil && o.EndedAt.Equal(b.ended[n].EndedAt) { // else it was restored since
			b.remove(id)
		}
		n++
	}
	b.ended = slices.Delete(b.ended, 0, n)
	if b.rate.tick(now) {
		b.dirty = true
	}
}

// start begins to follow at a place. Following another epoch than before is a gap: nobody knows what lies between.
func (b *Board) start(f Start) {
	if b.epoch != "" && b.epoch != f.Epoch {
		b.note(Gap{From: b.seq + 1, To: f.Seq, Reason: "epoch changed", Epoch: f.Epoch})
	}
	if b.epoch != f.Epoch {
		clear(b.held)
		for id := range b.orders { // another history: the snapshot that follows tells all
			b.remove(id)
		}
		b.alertSnapshot(nil)
		b.epoch, b.seq, b.base, b.based = f.Epoch, f.Seq, 0, false
		b.ordersLeftOut, b.alertsLeftOut = 0, 0
	}
	b.dirty = true
}

// snapshot replaces the orders by those that are live at f.Seq. One that is older than the board tells nothing new.
func (b *Board) snapshot(f Snapshot, now time.Time) {
	if f.Epoch != b.epoch || f.Seq < b.seq && b.based {
		return
	}
	b.base, b.based = f.Seq, true
	live := make(map[domain.ID]struct{}, len(f.Orders))
	for _, o := range f.Orders {
		live[o.ID] = struct{}{}
		if known, ok := b.orders[o.ID]; !ok || o.Version > known.Version {
			b.put(o, now)
		}
	}
	for id, o := range b.orders {
		if _, ok := live[id]; !ok && o.State.Live() && o.seq <= f.Seq {
			b.remove(id)
		}
	}
	b.alertSnapshot(f.Alerts)
	b.ordersLeftOut, b.alertsLeftOut = f.OrdersLeftOut, f.AlertsLeftOut
	b.dirty = true
}

// event takes one event: late ones are known already, early ones wait.
func (b *Board) event(e Event, now time.Time) {
	switch {
	case e.Seq <= b.seq:
		return
	case e.Seq > b.seq+1:
		b.held[e.Seq] = e
		if len(b.held) > maxHeld {
			b.gap(Gap{To: b.firstHeld() - 1, Reason: "never came"}, now)
		}
		return
	}
	b.take(e, now)
	b.release(now)
}

// gap declares that events up to f.To will not come.
func (b *Board) gap(f Gap, now time.Time) {
	for f.To > b.seq { // what is held lies between: each hole is a gap of its own
		first := b.firstHeld()
		if first == 0 || first > f.To {
			first = f.To + 1
		}
		if first > b.seq+1 {
			b.note(Gap{From: b.seq + 1, To: first - 1, Reason: f.Reason})
			b.seq = first - 1
		}
		b.release(now)
	}
}

func (b *Board) note(g Gap) {
	b.gaps++
	b.lastGap = g
	b.entries = append(b.entries, Entry{Gap: &g})
	b.dirty = true
}

func (b *Board) firstHeld() int64 {
	first := int64(0)
	for seq := range b.held {
		if first == 0 || seq < first {
			first = seq
		}
	}
	return first
}

// release takes the held events that are due now.
func (b *Board) release(now time.Time) {
	for len(b.held) > 0 {
		e, ok := b.held[b.seq+1]
		if !ok {
			return
		}
		delete(b.held, e.Seq)
		b.take(e, now)
	}
}

// take applies the next event.
func (b *Board) take(e Event, now time.Time) {
	b.seq, b.dirty = e.Seq, true
	b.rate.add(now, 1)
	entry := Entry{Event: e}
	if e.Subject == domain.SubjectAlert || e.Subject == domain.SubjectOrder {
		e.Data = e.Told() // the entry keeps it as it came
	}
	if e.Subject == domain.SubjectAlert {
		entry.Number = b.alertEvent(e)
	}
	if e.Subject == domain.SubjectOrder {
		o := b.orders[e.SubjectID]
		if next, ok := o.after(e); ok && (o != nil || e.Seq > b.base) {
			b.put(next, now)
			o = b.orders[e.SubjectID]
		}
		if o != nil {
			entry.Number = o.Number
		}
	}
	b.entries = append(b.entries, entry)
}

// detail takes what the API knows of an order. An answer that events have overtaken still tells who it is.
func (b *Board) detail(o Order, now time.Time) {
	known, ok := b.orders[o.ID]
	if !ok {
		return
	}
	if o.Version < known.Version {
		next := *known
		next.Number, next.Vendor, next.VendorID, next.Fulfilment = o.Number, o.Vendor, o.VendorID, o.Fulfilment
		next.Total, next.PlacedAt, next.PromisedAt = o.Total, o.PlacedAt, o.PromisedAt
		o = next
	}
	b.put(o, now)
}

// put stores an order's new value; one that ended before the board knew it is left out.
func (b *Board) put(o Order, now time.Time) {
	old := b.orders[o.ID]
	if old != nil {
		o.seq, o.EndedAt = max(o.seq, old.seq), old.EndedAt
	}
	next := &o
	o.Due = o.promised().Due()
	if o.State.Live() {
		o.EndedAt = time.Time{} // it may have been restored
	} else {
		if old == nil {
			return
		}
		if o.EndedAt.IsZero() {
			o.EndedAt = now
			b.ended = append(b.ended, next)
		}
		o.Due = o.EndedAt
	}
	if !o.Complete() && len(b.wanted) < maxWanted {
		b.wanted = append(b.wanted, o.ID)
	}
	b.orders[o.ID] = next
	b.touch(o.ID)
}

func (b *Board) remove(id domain.ID) {
	if _, ok := b.orders[id]; ok {
		delete(b.orders, id)
		b.touch(id)
	}
}

func (b *Board) touch(id domain.ID) {
	b.changed[id] = struct{}{}
	b.dirty, b.stale = true, true
}
