package positions

import (
	"context"
	"sync"
	"time"

	rules "github.com/zoop-dev/zoop/internal/domain/delivery"
)

const (
	breath   = time.Minute // how far apart sweeps may be without a break in listening
	allQuiet = time.Hour   // of silence of everybody, and it is not our deafness any more
	forever  = 100 * 365 * 24 * time.Hour
)

// ears know for how long couriers could be heard: nobody was silent while we were away, or Postgres was, or what takes their positions.
type ears struct {
	mu      sync.Mutex
	awake   span // we have looked
	hearing span // and somebody was heard of, whoever it was
}

// Hear notes that we listen: whether anybody was heard of in the last rules.AwayAfter.
func (p *Positions) Hear(ctx context.Context) error {
	heard, err := p.db.AnybodyHeard(ctx, rules.AwayAfter)
	if err == nil {
		p.Listen(time.Now(), heard)
	}
	return err
}

// Listen notes that we do, and whether anybody is heard.
func (e *ears) Listen(now time.Time, heard bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.awake.note(now)
	if heard {
		e.hearing.note(now)
	}
}

// Silence is what takes a courier offline: rules.OfflineAfter once we have listened for so long. Where nobody at all is heard it is an hour, as
// of the last one who goes home at night.
func (e *ears) Silence(now time.Time) time.Duration {
	switch {
	case e.Listened(now) >= rules.OfflineAfter:
		return rules.OfflineAfter
	case e.Awake(now) >= allQuiet:
		return allQuiet
	}
	return forever
}

// Listened is for how long we have, without a break, while somebody was heard: only then is it a courier's own silence, and no wall between
// them all and us.
func (e *ears) Listened(now time.Time) time.Duration {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.hearing.length(now)
}

// Awake is for how long we have looked, without a break, whoever was heard.
func (e *ears) Awake(now time.Time) time.Duration {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.awake.length(now)
}

// span is a time without a break.
type span struct{ since, last time.Time }

func (s *span) note(now time.Time) {
	if now.Sub(s.last) > breath {
		s.since = now
	}
	s.last = now
}

func (s *span) length(now time.Time) time.Duration {
	if now.Sub(s.last) > breath {
		return 0
	}
	return now.Sub(s.since)
}
