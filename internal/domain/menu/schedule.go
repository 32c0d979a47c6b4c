package menu

import (
	"iter"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

const day = 24 * 60 // minutes

// Window is a time of day on some days of the week, by the vendor's clock.
type Window = domain.Window

// Schedule says when a category is served: in any of its windows, of which none means at any time of day, on days from
// StartsOn to EndsOn, of which a zero one is no bound. What begins on a day belongs to it also past midnight.
type Schedule struct {
	Windows          []Window
	StartsOn, EndsOn domain.Date
}

// Turn is whether something is served at a moment, and when that changes.
type Turn = domain.Turn

// Always says whether the schedule restricts nothing.
func (s Schedule) Always() bool {
	return len(s.Windows) == 0 && s.StartsOn.IsZero() && s.EndsOn.IsZero()
}

// Check is Invalid, naming the part, for a schedule that is none.
func (s Schedule) Check() error {
	if err := domain.CheckWindows("schedule.windows", s.Windows); err != nil {
		return err
	}
	if !s.StartsOn.IsZero() && !s.EndsOn.IsZero() && s.EndsOn.Before(s.StartsOn) {
		return domain.Invalidf("schedule.endsOn", "range", "must not lie before startsOn")
	}
	return nil
}

// horizon is how many days ahead of today a schedule is looked at: every window comes up within a week.
const horizon = 8

// TurnAt reads the schedule at a moment, by the clocks of a place. A moment belongs to the window that it begins and not to
// the one that it ends. An end more than a week ahead may be given as an earlier one.
func (s Schedule) TurnAt(now time.Time, place *time.Location) Turn {
	if s.Always() {
		return Turn{On: true}
	}
	return domain.TurnAt(now, s.around(now, place))
}

// around gives the times of being served around a moment. Yesterday's may still last.
func (s Schedule) around(now time.Time, place *time.Location) iter.Seq[domain.Stretch] {
	return func(yield func(domain.Stretch) bool) {
		first := domain.DateOf(now.In(place)).Add(-1)
		if first.Before(s.StartsOn) {
			first = s.StartsOn
		}
		for ahead := range horizon + 1 {
			d := first.Add(ahead)
			if !s.EndsOn.IsZero() && s.EndsOn.Before(d) {
				return
			}
			for _, st := range s.on(d, place) {
				if !yield(st) {
					return
				}
			}
		}
	}
}

// on gives the times of being served that begin on a date, in their order.
func (s Schedule) on(d domain.Date, place *time.Location) []domain.Stretch {
	if len(s.Windows) == 0 {
		return []domain.Stretch{{From: d.At(0, place), Until: d.At(day, place)}}
	}
	return domain.StretchesOn(s.Windows, d, place)
}
