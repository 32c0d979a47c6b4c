package vendor

import (
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Closure is a time in which a vendor is closed whatever its hours say, such as a holiday.
type Closure struct {
	ID     domain.ID
	From   time.Time
	Until  time.Time // the first moment after it
	Reason string    // for everybody to read
}

// Bounds of closures.
const (
	MaxClosures   = 50  // a vendor's that have not ended
	MaxClosedDays = 366 // of one
	MaxDaysAhead  = 730 // to the beginning of one
)

// NewClosure reads from when until when a vendor is closed: dates, such as 2026-12-24, or dates with a time of its own clock,
// such as 2026-12-24T14:00. An until without a time includes that day. It returns Invalid for a closure that has ended
// already, ends before it begins, or is out of bounds.
func NewClosure(from, until, reason string, now time.Time, place *time.Location) (Closure, error) {
	begins, err := moment("from", from, 0, place)
	if err != nil {
		return Closure{}, err
	}
	ends, err := moment("until", until, day, place)
	switch {
	case err != nil:
		return Closure{}, err
	case !ends.After(begins):
		return Closure{}, domain.Invalidf("until", "range", "must be after from")
	case !ends.After(now):
		return Closure{}, domain.Invalidf("until", "range", "must be in the future")
	case ends.After(begins.AddDate(0, 0, MaxClosedDays)):
		return Closure{}, domain.Invalidf("until", "range", "must be at most %d days after from", MaxClosedDays)
	case begins.After(now.In(place).AddDate(0, 0, MaxDaysAhead)):
		return Closure{}, domain.Invalidf("from", "range", "must be at most %d days ahead", MaxDaysAhead)
	}
	return Closure{From: begins, Until: ends, Reason: reason}, nil
}

// moment reads a date with or without a time; without one it is so many minutes past the midnight that begins the date.
func moment(field, text string, minutes int, place *time.Location) (time.Time, error) {
	layout := time.DateOnly
	if strings.Contains(text, "T") {
		layout = "2006-01-02T15:04"
	}
	t, err := time.Parse(layout, text)
	if err != nil {
		return time.Time{}, domain.Invalidf(field, "format", "must be a date such as 2026-12-24, or one with a time such as 2026-12-24T14:00")
	}
	if layout != time.DateOnly {
		minutes = t.Hour()*60 + t.Minute()
	}
	return domain.DateOf(t).At(minutes, place), nil
}

// closedAt is the end of the closure that a moment lies in; zero for none.
func (v Vendor) closedAt(now time.Time) time.Time {
	for _, c := range v.Closed {
		if !now.Before(c.From) && now.Before(c.Until) {
			return c.Until
		}
	}
	return time.Time{}
}
