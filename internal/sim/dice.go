package sim

import (
	"context"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// dice is a bot's random source. It is not safe for several goroutines: a bot has one.
type dice struct{ *rand.Rand }

// newDice gives bot number n of a kind its own source.
func newDice(seed uint64, kind string, n int) dice {
	h := fnv.New64a()
	_, _ = h.Write([]byte(kind))
	return dice{rand.New(rand.NewPCG(seed, h.Sum64()+uint64(n)))}
}

// chance says yes with a probability.
func (d dice) chance(p float64) bool { return d.Float64() < p }

// between is a duration, evenly spread.
func (d dice) between(least, most time.Duration) time.Duration {
	return least + time.Duration(d.Float64()*float64(most-least))
}

// next is how long until the next event of a Poisson process with so many events a minute.
func (d dice) next(perMinute float64) time.Duration {
	return time.Duration(d.ExpFloat64() / perMinute * float64(time.Minute))
}

// near is a point within so many metres, evenly spread over the circle.
func (d dice) near(p domain.Point, meters float64) domain.Point {
	return offset(p, 2*math.Pi*d.Float64(), meters*math.Sqrt(d.Float64()))
}

func pick[T any](d dice, from []T) T { return from[d.IntN(len(from))] }

// pause sleeps, and says whether ctx is still alive.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
