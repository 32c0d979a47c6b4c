package domain

import (
	"iter"
	"time"
)

// Stretch is a time from a moment until another, which is no longer part of it.
type Stretch struct{ From, Until time.Time }

// Turn is whether something is on at a moment, and when that changes; a zero Until is never.
type Turn struct {
	On    bool
	Until time.Time
}

// TurnAt reads stretches, in the order in which they begin, at a moment. Those that touch are one. It takes no more of them
// than it needs.
func TurnAt(now time.Time, stretches iter.Seq[Stretch]) Turn {
	var last Stretch
	for s := range stretches {
		switch {
		case !s.From.Before(s.Until): // clocks have skipped all of it
		case !last.Until.IsZero() && !s.From.After(last.Until):
			if s.Until.After(last.Until) {
				last.Until = s.Until
			}
		case last.Until.After(now):
			return last.turn(now)
		default:
			last = s
		}
	}
	return last.turn(now)
}

func (s Stretch) turn(now time.Time) Turn {
	switch {
	case !now.Before(s.Until): // also without any
		return Turn{}
	case now.Before(s.From):
		return Turn{Until: s.From}
	}
	return Turn{On: true, Until: s.Until}
}
