package account

import (
	"context"
	"sync"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/postgres"
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
func (s *Service) Revoked(session domain.ID) bool {
	s.revoked.mu.RLock()
	defer s.revoked.mu.RUnlock()
	_, found := s.revoked.until[session]
	return found
}

// revoke makes this instance refuse a session at once.
func (s *Service) revoke(session domain.ID, until time.Time) {
	if until.IsZero() {
		return
	}
	s.revoked.mu.Lock()
	s.revoked.until[session] = until
	s.revoked.mu.Unlock()
	s.ended(session)
}

// learned makes sure that there was a first reading.
func (s *Service) learned(ctx context.Context) error {
	s.revoked.mu.RLock()
	ready := s.revoked.ready
	s.revoked.mu.RUnlock()
	if ready {
		return nil
	}
	return s.learn(ctx)
}

// learn reads what was revoked since the last reading, the names of the keys, and the database's clock: one round trip, and
// another one when there are new keys.
func (s *Service) learn(ctx context.Context) error {
	r := &s.revoked
	r.reading.Lock()
	defer r.reading.Unlock()
	ctx, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	asked := time.Now()
	since := r.since
	if !since.IsZero() {
		since = since.Add(-overlap)
	}
	news, err := s.db.NewsSince(ctx, since)
	if err != nil {
		return err
	}
	took, at := time.Since(asked), news.At
	s.skew.Store(int64(at.Sub(asked.Add(took / 2))))
	r.since = at
	for _, session := range r.take(news) {
		s.ended(session)
	}
	return s.keys.follow(ctx, news.Keys)
}

// take notes what a reading has found, and gives the sessions that were not known to have ended.
func (r *revocations) take(news postgres.News) []domain.ID {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, until := range r.until {
		if until.Add(rules.Leeway).Before(news.At) {
			delete(r.until, id)
		}
	}
	var fresh []domain.ID
	for _, ended := range news.Revoked {
		if _, known := r.until[ended.ID]; !known {
			fresh = append(fresh, ended.ID)
		}
		r.until[ended.ID] = later(ended.AccessUntil, news.At.Add(overlap)) // until no reading tells of it any more
	}
	r.ready = true
	return fresh
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
