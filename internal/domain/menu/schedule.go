package menu

import (
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

const (
	day = 24 * 60 // minutes
	// MaxWindows bounds the windows of a schedule.
	MaxWindows = 14
)

// Window is a time of day on some days of the week, by the vendor's clock.
type Window struct {
	Days     []int // 0 is Monday; sorted, each once, at least one
	From, To int   // minutes of the day, From < 1440 and To ≤ 1440; a To of at most From is the next day's
}

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
	if len(s.Windows) > MaxWindows {
		return domain.Invalidf("schedule.windows", "maxItems", "must be at most %d", MaxWindows)
	}
	for i, w := range s.Windows {
		if err := w.check(fmt.Sprintf("schedule.windows[%d]", i)); err != nil {
			return err
		}
	}
	if !s.StartsOn.IsZero() && !s.EndsOn.IsZero() && s.EndsOn.Before(s.StartsOn) {
		return domain.Invalidf("schedule.endsOn", "range", "must not lie before startsOn")
	}
	return nil
}

func (w Window) check(field string) error {
	switch {
	case len(w.Days) == 0 || !sortedDays(w.Days):
		return domain.Invalidf(field+".days", "range", "must name days of the week, each once")
	case w.From < 0 || w.From >= day || w.To < 0 || w.To > day:
		return domain.Invalidf(field, "range", "must begin between 00:00 and 23:59 and end by 24:00")
	}
	return nil
}

func sortedDays(days []int) bool {
	for i, d := range days {
		if d < 0 || d > 6 || i > 0 && d <= days[i-1] {
			return false
		}
	}
	return true
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
	var out []domain.Stretch
	for _, w := range s.Windows {
		to := w.To
		if to <= w.From {
			to += day
		}
		if slices.Contains(w.Days, d.Weekday()) {
			out = append(out, domain.Stretch{From: d.At(w.From, place), Until: d.At(to, place)})
		}
	}
	slices.SortFunc(out, func(a, b domain.Stretch) int { return a.From.Compare(b.From) })
	return out
}
