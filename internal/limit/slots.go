package limit

import (
	"container/list"
	"context"
	"errors"
	"sync"
	"time"
)

// ErrBusy is the answer to whoever finds no slot, neither at once nor in the time that may be waited.
var ErrBusy = errors.New("no free slot")

// Share is what one class has of the slots.
type Share struct {
	Reserve int           // slots that no other class takes
	Most    int           // slots that the class has at most; 0: all that are not reserved for others
	Queue   int           // that many may wait
	Wait    time.Duration // that long
}

// Slots bounds how many things go on at once. Each class has its reserve; the rest is for whoever comes first. Who finds
// nothing free waits in a short queue.
//
// The queue is first in, first out. Last in, first out would answer the newest sooner while the oldest wait in vain, but it lets
// a caller that tries again overtake one that is patient. What it is good for, that time is not spent on those who will be
// refused in the end, comes from Full: while the first in the queue has waited for half its time, nobody may join it.
type Slots struct {
	mu      sync.Mutex
	shared  int // slots that are in nobody's reserve
	taken   int // of these
	classes []slotClass
	seq     uint64
	now     func() time.Time
}

type slotClass struct {
	Share
	used  int
	queue list.List // of *waiter
}

type waiter struct {
	seq   uint64
	since time.Time
	ready chan struct{} // closed when the slot is its own
}

// NewSlots makes total slots, of which each class reserves its own. At least one is left for all.
func NewSlots(total int, shares ...Share) *Slots {
	s := &Slots{shared: total, classes: make([]slotClass, len(shares)), now: time.Now}
	for i, share := range shares {
		s.classes[i].Share = share
		s.shared -= share.Reserve
	}
	s.shared = max(1, s.shared)
	return s
}

// Full says whether somebody of the class who comes now had better be refused at once: the queue is as long as it may be, or
// moves so slowly that waiting is likely to be in vain.
func (s *Slots) Full(class int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.full(&s.classes[class])
}

func (s *Slots) full(c *slotClass) bool {
	first := c.queue.Front()
	if first == nil {
		return false
	}
	return c.queue.Len() >= c.Queue || s.now().Sub(first.Value.(*waiter).since) > c.Wait/2
}

// Enter takes a slot, which Leave gives back: ErrBusy when none is to be had, the context's error when that ends first.
func (s *Slots) Enter(ctx context.Context, class int) error {
	s.mu.Lock()
	c := &s.classes[class]
	if c.queue.Len() == 0 && s.fits(c) {
		s.seize(c)
		s.mu.Unlock()
		return nil
	}
	if c.Queue == 0 || s.full(c) {
		s.mu.Unlock()
		return ErrBusy
	}
	s.seq++
	w := &waiter{seq: s.seq, since: s.now(), ready: make(chan struct{})}
	place := c.queue.PushBack(w)
	s.mu.Unlock()
	return s.wait(ctx, c, place, w)
}

func (s *Slots) wait(ctx context.Context, c *slotClass, place *list.Element, w *waiter) error {
	timer := time.NewTimer(c.Wait)
	defer timer.Stop()
	err := ErrBusy
	select {
	case <-w.ready:
		return nil
	case <-ctx.Done():
		err = ctx.Err()
	case <-timer.C:
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-w.ready: // in the same moment
		return nil
	default:
		c.queue.Remove(place)
		return err
	}
}

// Leave gives a slot of the class back, to the one who has waited longest and may have it.
func (s *Slots) Leave(class int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &s.classes[class]
	if c.used > c.Reserve {
		s.taken--
	}
	c.used--
	if next := s.next(); next != nil {
		w := next.queue.Remove(next.queue.Front()).(*waiter)
		s.seize(next)
		close(w.ready)
	}
}

// next finds the class whose first waiter has waited longest of those that may enter.
func (s *Slots) next() (found *slotClass) {
	oldest := uint64(0)
	for i := range s.classes {
		c := &s.classes[i]
		if first := c.queue.Front(); first != nil && s.fits(c) {
			if seq := first.Value.(*waiter).seq; found == nil || seq < oldest {
				found, oldest = c, seq
			}
		}
	}
	return found
}

func (s *Slots) fits(c *slotClass) bool {
	if c.Most > 0 && c.used >= c.Most {
		return false
	}
	return c.used < c.Reserve || s.taken < s.shared
}

func (s *Slots) seize(c *slotClass) {
	if c.used++; c.used > c.Reserve {
		s.taken++
	}
}

// Usage is how many of a class are in their slots, and how many wait.
func (s *Slots) Usage(class int) (used, waiting int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.classes[class].used, s.classes[class].queue.Len()
}
