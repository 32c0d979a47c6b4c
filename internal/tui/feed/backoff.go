package feed

import (
	"context"
	"math/rand/v2"
	"time"
)

// backoff gives waits that double from min to max, each a random part of it, so that many consoles do not return as one.
type backoff struct {
	min, max time.Duration
	now      time.Duration
}

// next gives the next wait: between half and all of the bound that has grown so far.
func (b *backoff) next() time.Duration {
	b.now = min(max(2*b.now, b.min), b.max)
	return b.now/2 + rand.N(b.now/2+1) //nolint:gosec // spreads load, hides nothing
}

func (b *backoff) reset() { b.now = 0 }

// sleep waits, or until ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
