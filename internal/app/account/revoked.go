package account

import (
	"context"
	"sync"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/account"
)

// overlap is how far back each reading of revoked sessions begins before the last one: a transaction may become visible
// later than its time says, but none lives longer than this.
const overlap = 30 * time.Second

// pollTimeout bounds one reading.
const pollTimeout = 3 * time.Second

// revocations are the sessions whose access tokens must be refused though they have not ended yet.
type revocations struct {
	reading sync.Mutex // one reading at a time
	since   time.Time  // of the last reading, by the database's clock; guarded by reading

	mu    sync.RWMutex
	until map[domain.ID]time.Time
	ready bool
}

// Revoked says whether a session has been ended; it answers from memory.
func (a *Accounts) Revoked(session domain.ID) bool {
	a.revoked.mu.RLock()
	defer a.revoked.mu.RUnlock()
	_, found := a.revoked.until[session]
	return found
}

// revoke makes this instance refuse a session at once.
func (a *Accounts) revoke(session domain.ID, until time.Time) {
	if until.IsZero() {
		return
	}
	a.revoked.mu.Lock()
	defer a.revoked.mu.Unlock()
	a.revoked.until[session] = until
}

// learned makes sure that there was a first reading.
func (a *Accounts) learned(ctx context.Context) error {
	a.revoked.mu.RLock()
	ready := a.revoked.ready
	a.revoked.mu.RUnlock()
	if ready {
		return nil
	}
	return a.learn(ctx)
}

// learn reads what was revoked since the last reading, and the database's clock: one round trip.
func (a *Accounts) learn(ctx context.Context) error {
	r := &a.revoked
	r.reading.Lock()
	defer r.reading.Unlock()
	ctx, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	asked := time.Now()
	since := r.since
	if !since.IsZero() {
		since = since.Add(-overlap)
	}
	list, at, err := a.db.RevokedSince(ctx, since)
	if err != nil {
		return err
	}
	took := time.Since(asked)
	a.skew.Store(int64(at.Sub(asked.Add(took / 2))))
	r.since = at
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, until := range r.until {
		if until.Add(rules.Leeway).Before(at) {
			delete(r.until, id)
		}
	}
	for _, s := range list {
		r.until[s.Session] = s.Until
	}
	r.ready = true
	return nil
}
