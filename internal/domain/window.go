package domain

import (
	"fmt"
	"slices"
	"time"
)

const (
	dayMinutes = 24 * 60
	// MaxWindows bounds the windows of one thing.
	MaxWindows = 14
)

// Window is a time of day on some days of the week, by the clock of a place. What begins on a day belongs to it also past
// midnight.
type Window struct {
	Days     []int // 0 is Monday; sorted, each once, at least one
	From, To int   // minutes of the day, From < 1440 and To ≤ 1440; a To before From is the next day's
}

// CheckWindows is Invalid, naming the part, for more than MaxWindows windows and for one that is none.
func CheckWindows(field string, windows []Window) error {
	if len(windows) > MaxWindows {
		return Invalidf(field, "maxItems", "must be at most %d", MaxWindows)
	}
	for i, w := range windows {
		at := fmt.Sprintf("%s[%d]", field, i)
		switch {
		case len(w.Days) == 0 || !sortedDays(w.Days):
			return Invalidf(at+".days", "range", "must name days of the week, each once")
		case w.From < 0 || w.From >= dayMinutes || w.To < 0 || w.To > dayMinutes:
			return Invalidf(at, "range", "must begin between 00:00 and 23:59 and end by 24:00")
		case w.From == w.To:
			return Invalidf(at+".to", "range", "must not be when it begins; a whole day is 00:00 to 24:00")
		}
	}
	return nil
}

// KeptWindows reads windows that were kept before CheckWindows refused those that end when they begin, which were a day long: they end at
// 24:00, or else a minute sooner than they did.
func KeptWindows(windows []Window) []Window {
	for i, w := range windows {
		switch {
		case w.From != w.To:
		case w.From == 0:
			windows[i].To = dayMinutes
		default:
			windows[i].To = w.From - 1
		}
	}
	return windows
}

func sortedDays(days []int) bool {
	for i, d := range days {
		if d < 0 || d > 6 || i > 0 && d <= days[i-1] {
			return false
		}
	}
	return true
}

// StretchesOn gives the times of windows that begin on a date, in their order.
func StretchesOn(windows []Window, d Date, place *time.Location) []Stretch {
	var out []Stretch
	for _, w := range windows {
		if slices.Contains(w.Days, d.Weekday()) {
			out = append(out, w.on(d, place))
		}
	}
	slices.SortFunc(out, func(a, b Stretch) int { return a.From.Compare(b.From) })
	return out
}

func (w Window) on(d Date, place *time.Location) Stretch {
	to := w.To
	if to <= w.From {
		to += dayMinutes
	}
	return Stretch{From: d.At(w.From, place), Until: d.At(to, place)}
}

// Within says whether a moment lies in one of some windows, or there is none. A moment belongs to the window that it begins and
// not to the one that it ends.
func Within(windows []Window, now time.Time, place *time.Location) bool {
	if len(windows) == 0 {
		return true
	}
	today := DateOf(now.In(place))
	for _, d := range []Date{today.Add(-1), today} { // yesterday's may still last
		for _, w := range windows {
			if !slices.Contains(w.Days, d.Weekday()) {
				continue
			}
			if s := w.on(d, place); !now.Before(s.From) && now.Before(s.Until) {
				return true
			}
		}
	}
	return false
}

// NextOf is when the next of some windows begins after a moment; zero when none does within a week.
func NextOf(windows []Window, now time.Time, place *time.Location) time.Time {
	today := DateOf(now.In(place))
	for ahead := range 8 {
		for _, s := range StretchesOn(windows, today.Add(ahead), place) {
			if s.From.After(now) && s.From.Before(s.Until) {
				return s.From
			}
		}
	}
	return time.Time{}
}
