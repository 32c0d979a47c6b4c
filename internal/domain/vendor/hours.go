package vendor

import (
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Week is the length of a week, in minutes.
const Week = 7 * 24 * 60

const day = 24 * 60

// Span is a time of being open: minutes since Monday 00:00 in the vendor's own time, 0 ≤ Opens < Closes ≤ Week.
type Span struct{ Opens, Closes int }

// Hours is a week of being open: sorted spans that neither overlap nor touch. An empty one is never open.
type Hours []Span

// Slot is a time of being open as people give it: on a day (0 is Monday), from a minute of that day until another;
// a Closes before Opens means the next day. A whole day is from 0 to 1440.
type Slot struct{ Day, Opens, Closes int }

// NewHours makes a week of slots, which may touch, overlap and pass midnight.
// It returns Invalid for a slot outside its day, and for one that closes when it opens: somebody may mean all day, or has mistyped.
func NewHours(slots []Slot) (Hours, error) {
	var spans []Span
	for i, s := range slots {
		if s.Opens == s.Closes {
			return nil, domain.Invalidf(fmt.Sprintf("week[%d].closes", i), "range", "must not be when it opens; a whole day is 00:00 to 24:00")
		}
		if s.Day < 0 || s.Day > 6 || s.Opens < 0 || s.Opens >= day || s.Closes < 0 || s.Closes > day {
			return nil, domain.Invalidf("week", "range", "a slot opens from 00:00 to 23:59 and closes by 24:00")
		}
		opens, closes := s.Day*day+s.Opens, s.Day*day+s.Closes
		if s.Closes < s.Opens {
			closes += day
		}
		if closes > Week {
			spans = append(spans, Span{0, closes - Week})
			closes = Week
		}
		spans = append(spans, Span{opens, closes})
	}
	return merge(spans), nil
}

// Always is open all week.
func Always() Hours { return Hours{{0, Week}} }

func merge(spans []Span) Hours {
	slices.SortFunc(spans, func(a, b Span) int { return a.Opens - b.Opens })
	var out Hours
	for _, s := range spans {
		if last := len(out) - 1; last >= 0 && s.Opens <= out[last].Closes {
			out[last].Closes = max(out[last].Closes, s.Closes)
			continue
		}
		out = append(out, s)
	}
	return out
}

// Slots gives the week as people read it: a span past midnight stays one slot when it ends by noon of the next day, and a
// longer one is cut at each midnight.
func (h Hours) Slots() []Slot {
	spans := h.unwrapped()
	var out []Slot
	for _, s := range spans {
		for s.Closes-s.Opens > 0 {
			midnight := (s.Opens/day + 1) * day
			end := s.Closes
			if end > midnight && (end-midnight > day/2 || end-s.Opens >= day) {
				end = midnight
			}
			closes := end - s.Opens/day*day
			if closes > day {
				closes -= day
			}
			out = append(out, Slot{s.Opens / day % 7, s.Opens % day, closes})
			s.Opens = end
		}
	}
	slices.SortFunc(out, func(a, b Slot) int { return (a.Day-b.Day)*day + a.Opens - b.Opens })
	return out
}

// unwrapped joins what passes Sunday's midnight into one span that ends beyond the week.
func (h Hours) unwrapped() []Span {
	spans := slices.Clone([]Span(h))
	last := len(spans) - 1
	if last > 0 && spans[0].Opens == 0 && spans[last].Closes == Week && spans[0].Closes <= day/2 {
		spans[last].Closes += spans[0].Closes
		return spans[1:]
	}
	return spans
}

// TurnAt is whether a moment lies in the hours, by the clocks of a place, and when that changes. In the hour that clocks show
// twice, what ends or begins does so the first time.
func (h Hours) TurnAt(now time.Time, place *time.Location) domain.Turn {
	if len(h) == 1 && h[0] == (Span{0, Week}) {
		return domain.Turn{On: true}
	}
	return domain.TurnAt(now, h.around(now, place))
}

// around gives the times of being open from yesterday on, for longer than a week; those of one day may go on in the next.
func (h Hours) around(now time.Time, place *time.Location) iter.Seq[domain.Stretch] {
	return func(yield func(domain.Stretch) bool) {
		yesterday := domain.DateOf(now.In(place)).Add(-1)
		for ahead := range 10 {
			d := yesterday.Add(ahead)
			begins := d.Weekday() * day
			for _, s := range h {
				from, until := max(s.Opens-begins, 0), min(s.Closes-begins, day)
				if from < until && !yield(domain.Stretch{From: d.At(from, place), Until: d.At(until, place)}) {
					return
				}
			}
		}
	}
}
