package positions

import (
	"sync"
	"time"

	rules "github.com/zoop-dev/zoop/internal/domain/delivery"
)

const (
	breath  = time.Minute                // how far apart sweeps may be without a break in listening
	forever = 100 * 365 * 24 * time.Hour // longer than anybody was silent
)

// ears know for how long couriers could be heard: nobody was silent while we were away, or Postgres was.
type ears struct {
	mu          sync.Mutex
	since, last time.Time
}

// Listen notes that we do.
func (e *ears) Listen(now time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if now.Sub(e.last) > breath {
		e.since = now
	}
	e.last = now
}

// Silence is what takes a courier offline: rules.OfflineAfter once we have listened for so long.
func (e *ears) Silence(now time.Time) time.Duration {
	if e.Listened(now) < rules.OfflineAfter {
		return forever
	}
	return rules.OfflineAfter
}

// Listened is for how long we have, without a break.
func (e *ears) Listened(now time.Time) time.Duration {
	e.mu.Lock()
	defer e.mu.Unlock()
	if now.Sub(e.last) > breath {
		return 0
	}
	return now.Sub(e.since)
}
