package board

import (
	"context"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Every is how often batches are handed out while there are any. Shorter wastes the reader's time on frames nobody sees.
const Every = 50 * time.Millisecond

// whenIdle is how often the clock is looked at from when nothing new has come until something does: being woken is most of what an idle
// console costs.
const whenIdle = time.Second

// The bounds of entries that wait for a slow reader.
const (
	maxEntries = 20_000 // past it, a lossy loop drops the oldest
	fullAt     = 4_096  // past it, a lossless loop takes no more facts
)

// Loop runs a board in a goroutine of its own.
type Loop struct {
	Facts    <-chan Fact
	Out      chan<- Batch // unbuffered: a batch that nobody has taken yet grows
	Wanted   chan<- Want  // what the board lacks; dropped while it is full. Nil: none
	Lossless bool         // every entry reaches the reader, however slow; else the oldest are dropped and counted
	Now      func() time.Time
}

// Run takes facts until ctx ends (nil) or Facts is closed, when it hands out the last batch and closes Out.
// Orders and the connection's state are never dropped.
func (l Loop) Run(ctx context.Context) error {
	b := New()
	tick, pace := time.NewTicker(Every), Every
	defer tick.Stop()
	at := func(p time.Duration) {
		if p != pace {
			pace = p
			tick.Reset(p)
		}
	}
	defer close(l.Out)
	var (
		waiting Batch
		full    bool
		facts   = l.Facts
		out     chan<- Batch // nil: nothing to hand out
		dropped int
	)
	for facts != nil || full || out != nil {
		in := facts
		if l.Lossless && (len(b.entries) >= fullAt || len(waiting.Entries) >= fullAt) {
			in = nil
		}
		select {
		case <-ctx.Done():
			return nil
		case f, ok := <-in:
			if !ok {
				facts = nil
				b.dirty = true // so that the reader learns of the end
				waiting, full = l.collect(b, waiting, full, dropped)
				break
			}
			b.Apply(f, l.Now())
			l.want(b)
			at(Every)
		case <-tick.C:
			b.Tick(l.Now())
			if b.dirty {
				at(Every)
			} else {
				at(whenIdle)
			}
			waiting, full = l.collect(b, waiting, full, dropped)
		case out <- waiting:
			dropped = waiting.Dropped
			waiting, full = Batch{}, false
		}
		out = nil
		if full {
			out = l.Out
		}
	}
	return nil
}

func (l Loop) collect(b *Board, waiting Batch, full bool, dropped int) (Batch, bool) {
	fresh, ok := b.Batch()
	if !ok {
		return waiting, full
	}
	if !full {
		waiting = Batch{Dropped: dropped}
	}
	most := maxEntries
	if l.Lossless {
		most = 0
	}
	return waiting.join(fresh, most), true
}

// want asks for details without ever waiting.
func (l Loop) want(b *Board) {
	ask := func(subject domain.Subject, ids []domain.ID) {
		for _, id := range ids {
			select {
			case l.Wanted <- Want{subject, id}:
			default:
			}
		}
	}
	ask(domain.SubjectOrder, b.wanted)
	ask(domain.SubjectAlert, b.unnamed)
	b.wanted, b.unnamed = b.wanted[:0], b.unnamed[:0]
}
