package limit

import (
	"sync/atomic"
	"time"
)

// Breaker leaves a server alone for a while that has failed, so that one that is dead costs nobody any time.
type Breaker struct {
	After int32         // failures in a row until then; at most 1: the first one
	Pause time.Duration // for how long nobody asks it

	failed atomic.Int32
	until  atomic.Int64 // Unix nanoseconds; 0: it is well
}

// Open says whether the server is left alone now.
func (b *Breaker) Open() bool { return time.Now().UnixNano() < b.until.Load() }

// Enter says whether to ask the server. After a pause it lets one through now and then, until Note hears of a success.
func (b *Breaker) Enter() bool {
	until := b.until.Load()
	if until == 0 {
		return true
	}
	now := time.Now()
	return now.UnixNano() >= until && b.until.CompareAndSwap(until, now.Add(b.Pause).UnixNano())
}

// Note remembers how it went.
func (b *Breaker) Note(err error) {
	switch {
	case err != nil:
		if b.failed.Add(1) >= b.After || b.until.Load() != 0 {
			b.until.Store(time.Now().Add(b.Pause).UnixNano())
		}
	case b.until.Load() != 0 || b.failed.Load() != 0:
		b.failed.Store(0)
		b.until.Store(0)
	}
}
