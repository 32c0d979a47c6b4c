package delivery

import (
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// What a fix must be to count.
const (
	MaxFixAge   = time.Minute      // older ones tell nothing of now
	MaxFixAhead = 10 * time.Second // clocks may differ by so much
	MaxFixError = 1000             // metres; coarser ones are no place
)

// Fix is where a courier's phone found itself.
type Fix struct {
	Point    domain.Point
	Accuracy float64   // metres; 0: not said
	At       time.Time // when; zero: now
}

// Newest gives the newest of some fixes, by our clock: one of a phone whose clock is a little ahead is of now. Which of them the
// courier passed on the way there does not matter, nor how old those are.
// It returns Invalid "future" for a fix past MaxFixAhead, "stale" when the newest is older than MaxFixAge, and "coarse" when it is
// good to more than MaxFixError.
func Newest(fixes []Fix, now time.Time) (Fix, error) {
	var newest Fix
	for _, f := range fixes {
		switch {
		case f.At.IsZero():
			f.At = now
		case f.At.After(now.Add(MaxFixAhead)):
			return f, domain.Invalidf("at", "future", "must be at most %d seconds ahead of our clock, which shows %s", int(MaxFixAhead.Seconds()), now.UTC().Format(time.RFC3339))
		case f.At.After(now):
			f.At = now
		}
		if f.At.After(newest.At) {
			newest = f
		}
	}
	switch {
	case newest.At.Before(now.Add(-MaxFixAge)):
		return newest, domain.Invalidf("at", "stale", "the newest must be of the last %d seconds by our clock, which shows %s", int(MaxFixAge.Seconds()), now.UTC().Format(time.RFC3339))
	case newest.Accuracy > MaxFixError:
		return newest, domain.Invalidf("accuracy", "coarse", "must be at most %d metres", MaxFixError)
	}
	return newest, nil
}
