package board

import (
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Entry is one line of the log: an event, or a gap between events.
type Entry struct {
	Event  Event
	Number string // of the event's order, or what an alert is about; "" where unknown
	Gap    *Gap   // not nil: a gap, and no event
}

// Batch is what has changed since the batch before, and the board as it is now. It is never changed once handed out.
type Batch struct {
	Orders  []*Order               // all, worst first
	Alerts  []*Alert               // all that are not closed, worst first
	Changed map[domain.ID]struct{} // orders that came, changed or left
	Entries []Entry                // every event and gap once, in order
	Dropped int                    // entries that were left out of batches so far, because the reader was too slow
	Link    Link
	Epoch   string
	Seq     int64
	Rate    float64 // events a second
	Gaps    int
	LastGap Gap

	OrdersLeftOut, AlertsLeftOut int // how many there are besides, that nobody could tell the board of: the least endangered
}

// Batch takes what has happened since the last call; ok is false when nothing has.
func (b *Board) Batch() (batch Batch, ok bool) {
	if !b.dirty {
		return Batch{}, false
	}
	batch = Batch{
		Orders: b.order(), Alerts: b.sortedAlerts(), Changed: b.changed, Entries: b.entries, Link: b.link, Epoch: b.epoch, Seq: b.seq,
		Rate: b.rate.perSecond(), Gaps: b.gaps, LastGap: b.lastGap, OrdersLeftOut: b.ordersLeftOut, AlertsLeftOut: b.alertsLeftOut,
	}
	b.changed, b.dirty = make(map[domain.ID]struct{}, len(b.changed)), false
	b.entries = make([]Entry, 0, len(b.entries)+len(b.entries)/4) // the next batch will be about as long
	return batch, true
}

// join puts a later batch onto one that nobody has taken yet.
func (b Batch) join(later Batch, most int) Batch {
	later.Dropped = b.Dropped
	for id := range b.Changed {
		later.Changed[id] = struct{}{}
	}
	if len(b.Entries) > 0 {
		later.Entries = append(b.Entries, later.Entries...)
	}
	if most > 0 && len(later.Entries) > most {
		cut := len(later.Entries) - most
		later.Entries = later.Entries[cut:]
		later.Dropped += cut
	}
	return later
}

// meterSeconds is the span over which the rate of events is measured.
const meterSeconds = 5

// meter counts events by the second.
type meter struct {
	buckets [meterSeconds]int
	at      int64 // second of the newest bucket
	shown   float64
}

func (m *meter) add(now time.Time, n int) {
	m.forward(now.Unix())
	m.buckets[m.at%meterSeconds] += n
}

// tick says whether the rate has changed since the last one.
func (m *meter) tick(now time.Time) bool {
	m.forward(now.Unix())
	before := m.shown
	m.shown = m.perSecond()
	return m.shown != before
}

func (m *meter) forward(to int64) {
	if to-m.at >= meterSeconds {
		m.buckets, m.at = [meterSeconds]int{}, max(to, m.at)
	}
	for m.at < to {
		m.at++
		m.buckets[m.at%meterSeconds] = 0
	}
}

func (m *meter) perSecond() float64 {
	sum := 0
	for _, n := range m.buckets {
		sum += n
	}
	return float64(sum) / meterSeconds
}
