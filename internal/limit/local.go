package limit

import (
	"hash/maphash"
	"slices"
	"sync"
	"time"
)

// maxAsks is how many limits one request has at most.
const maxAsks = 4

const (
	shards = 64
	sample = 8 // entries looked at to find one that can go
)

// DefaultKeys is how many keys a Local remembers unless it is told: about 10 MB.
const DefaultKeys = 1 << 17

// Local keeps rates in the memory of the process. It remembers a bounded number of keys: a new one takes the place of one that
// is not limited at the moment or, of a few taken at random, the least so. Whoever is forgotten has the whole burst again.
type Local struct {
	start time.Time
	seed  maphash.Seed
	most  int // keys a shard
	shard [shards]shard
}

type shard struct {
	mu   sync.Mutex
	tats map[Key]int64 // microseconds after start
}

// NewLocal makes one that remembers about this many keys at most; 0: DefaultKeys. No time given to it is before start.
func NewLocal(keys int, start time.Time) *Local {
	if keys == 0 {
		keys = DefaultKeys
	}
	l := &Local{start: start, seed: maphash.MakeSeed(), most: max(1, keys/shards)}
	for i := range l.shard {
		l.shard[i].tats = map[Key]int64{}
	}
	return l
}

// Take uses one request up of each limit, at most four, or of none of them when one refuses.
func (l *Local) Take(now time.Time, asks ...Ask) Verdict { return l.judge(now, true, asks) }

// Peek says what Take would, and uses nothing up.
func (l *Local) Peek(now time.Time, asks ...Ask) Verdict { return l.judge(now, false, asks) }

func (l *Local) judge(now time.Time, take bool, asks []Ask) Verdict {
	at := now.Sub(l.start).Microseconds()
	var homes, order [maxAsks]uint64
	for i, a := range asks {
		homes[i] = maphash.Comparable(l.seed, a.Key) % shards
	}
	order = homes
	locks := order[:len(asks)]
	slices.Sort(locks) // so that no two callers wait for each other
	locks = slices.Compact(locks)
	for _, n := range locks {
		l.shard[n].mu.Lock()
	}
	verdict := Verdict{OK: true}
	var next [maxAsks]int64
	for i, a := range asks {
		var v Verdict
		next[i], v = a.Rate.take(l.shard[homes[i]].tats[a.Key], at)
		if v.Which = i; i == 0 || v.worse(verdict) {
			verdict = v
		}
	}
	if take && verdict.OK {
		for i, a := range asks {
			l.shard[homes[i]].put(a.Key, next[i], at, l.most)
		}
	}
	for _, n := range locks {
		l.shard[n].mu.Unlock()
	}
	return verdict
}

// put needs the lock.
func (s *shard) put(k Key, tat, now int64, most int) {
	if _, known := s.tats[k]; !known && len(s.tats) >= most {
		s.evict(now)
	}
	s.tats[k] = tat
}

// evict needs the lock.
func (s *shard) evict(now int64) {
	var least Key
	leastTAT, seen := int64(0), 0
	for k, tat := range s.tats {
		if seen == 0 || tat < leastTAT {
			least, leastTAT = k, tat
		}
		if seen++; seen == sample || leastTAT <= now {
			break
		}
	}
	delete(s.tats, least)
}

// Len is how many keys are remembered.
func (l *Local) Len() (n int) {
	for i := range l.shard {
		s := &l.shard[i]
		s.mu.Lock()
		n += len(s.tats)
		s.mu.Unlock()
	}
	return n
}
