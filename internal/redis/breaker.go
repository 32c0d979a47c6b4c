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

func (b *breaker) note(err error) {
	if err != nil {
		b.until.Store(time.Now().Add(leaveAlone).UnixNano())
	}
}
