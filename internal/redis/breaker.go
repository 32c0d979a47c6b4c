package redis

import (
	"sync/atomic"
	"time"
)

// leaveAlone is how long the conveniences ask nothing after a failure, so that a dead Redis costs a request no time.
const leaveAlone = 500 * time.Millisecond

// breaker remembers until when Redis is left alone. The zero breaker lets everything through.
type breaker struct{ until atomic.Int64 }

func (b *breaker) open() bool { return time.Now().UnixNano() < b.until.Load() }

// enter says whether to ask Redis. After a failure it lets one through now and then, until note hears of a success.
func (b *breaker) enter() bool {
	until := b.until.Load()
	if until == 0 {
		return true
	}
	now := time.Now()
	return now.UnixNano() >= until && b.until.CompareAndSwap(until, now.Add(leaveAlone).UnixNano())
}

// note remembers how it went.
func (b *breaker) note(err error) {
	switch {
	case err != nil:
		b.until.Store(time.Now().Add(leaveAlone).UnixNano())
	case b.until.Load() != 0:
		b.until.Store(0)
	}
}
