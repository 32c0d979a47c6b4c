package catalog

import (
	"sync"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// floors remembers, for every vendor that changed lately, below which version nothing may be kept of it. A floor lives for
// longer than any load takes; after that no load can be under way that began before the change.
type floors struct {
	shards [64]shard
	now    func() time.Time
}

// floorLife must exceed loadTimeout.
const floorLife = time.Minute

type shard struct {
	mu     sync.Mutex
	least  map[domain.ID]floor
	raised []raised // every raise within the life of a floor, oldest first
}

type floor struct {
	version int
	since   time.Time
}

type raised struct {
	id domain.ID
	at time.Time
}

// of is the shard of a vendor. IDs begin with a timestamp and end in randomness.
func (f *floors) of(id domain.ID) *shard { return &f.shards[id[15]%64] }

// least is the vendor's floor, 0 when there is none.
func (f *floors) least(id domain.ID) int {
	s := f.of(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.least[id].version
}

// raise lifts a vendor's floor and, holding the shard, calls then; not at all when the floor is that high already.
func (f *floors) raise(id domain.ID, version int, then func()) {
	s, now := f.of(id), f.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.prune(now)
	if s.least[id].version >= version {
		return
	}
	if s.least == nil {
		s.least = map[domain.ID]floor{}
	}
	s.least[id] = floor{version, now}
	s.raised = append(s.raised, raised{id, now})
	then()
}

// prune forgets floors past their life, unless they were raised again.
func (s *shard) prune(now time.Time) {
	for len(s.raised) > 0 && now.Sub(s.raised[0].at) > floorLife {
		old := s.raised[0]
		s.raised = s.raised[1:]
		if s.least[old.id].since.Equal(old.at) {
			delete(s.least, old.id)
		}
	}
}

// unlessBelow calls keep, holding the shard, when the version is not below the vendor's floor.
func (f *floors) unlessBelow(id domain.ID, version int, keep func()) {
	s := f.of(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	if version >= s.least[id].version {
		keep()
	}
}
