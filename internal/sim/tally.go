package sim

import (
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/domain"
)

// Bounds of what is counted.
const (
	maxCodes     = 50     // different codes of errors
	maxLatencies = 20_000 // the last of them are kept
	maxDone      = 50_000 // orders whose end is remembered, so that none is counted twice
)

// tally counts what happens in the city.
type tally struct {
	began    time.Time
	couriers atomic.Int64
	busy     atomic.Int64 // couriers with a delivery
	skipped  atomic.Int64 // arrivals for whom nobody was free

	mu      sync.Mutex
	placed  int
	live    map[domain.ID]bool // orders that vendors know of and that have not ended
	done    map[domain.ID]bool // orders that have ended
	order   []domain.ID        // of done, the oldest first
	ended   map[string]int     // by final state
	errors  map[string]int     // by code
	latency []time.Duration    // of placements, a ring
	latest  int
}

func newTally() *tally {
	return &tally{began: time.Now(), live: map[domain.ID]bool{}, done: map[domain.ID]bool{}, ended: map[string]int{}, errors: map[string]int{}}
}

// place counts an order that the server took.
func (t *tally) place(took time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.placed++
	if len(t.latency) < maxLatencies {
		t.latency = append(t.latency, took)
		return
	}
	t.latency[t.latest%maxLatencies] = took
	t.latest++
}

// begin notes an order that a vendor has heard of.
func (t *tally) begin(id domain.ID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.done[id] {
		t.live[id] = true
	}
}

// end counts the end of an order, once.
func (t *tally) end(id domain.ID, state string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.live[id] {
		return
	}
	delete(t.live, id)
	t.ended[state]++
	t.done[id] = true
	t.order = append(t.order, id)
	if len(t.order) > maxDone {
		delete(t.done, t.order[0])
		t.order = t.order[1:]
	}
}

// failed counts a call that went wrong.
func (t *tally) failed(err error) {
	code := "unreachable"
	var p *client.Problem
	if errors.As(err, &p) {
		code = p.Code
	}
	t.note(code)
}

// note counts what stood in somebody's way, by code.
func (t *tally) note(code string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, known := t.errors[code]; !known && len(t.errors) >= maxCodes {
		code = "other"
	}
	t.errors[code]++
}

// report is what has happened so far.
func (t *tally) report() Report {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := Report{
		Took: time.Since(t.began), Placed: t.placed, Live: len(t.live), Skipped: int(t.skipped.Load()),
		Couriers: int(t.couriers.Load()), Busy: int(t.busy.Load()), Ended: maps.Clone(t.ended), Errors: maps.Clone(t.errors),
	}
	sorted := slices.Sorted(slices.Values(t.latency))
	if n := len(sorted); n > 0 {
		r.P50, r.P99 = sorted[n/2], sorted[min(n*99/100, n-1)]
	}
	return r
}
