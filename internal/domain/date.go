package domain

import "time"

// Date is a day of the calendar, without a place; the zero Date is none.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf is the date that a time shows where it is.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// ParseDate reads an ISO 8601 date such as "2026-12-24": Invalid, naming the field, for anything else.
func ParseDate(field, text string) (Date, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return Date{}, Invalidf(field, "format", "must be a date such as 2026-12-24")
	}
	return DateOf(t), nil
}

// String writes what ParseDate reads.
func (d Date) String() string { return d.midnight().Format(time.DateOnly) }

// IsZero says whether it is no date.
func (d Date) IsZero() bool { return d == Date{} }

// Before says whether the date comes before another.
func (d Date) Before(o Date) bool { return d.midnight().Before(o.midnight()) }

// Add gives the date so many days later.
func (d Date) Add(days int) Date { return DateOf(d.midnight().AddDate(0, 0, days)) }

// Weekday counts from Monday, which is 0.
func (d Date) Weekday() int { return (int(d.midnight().Weekday()) + 6) % 7 }

func (d Date) midnight() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

// At is the moment when the clocks of a place show so many minutes past the midnight that begins the date; 1440 and more
// reach into the days that follow. For a time that clocks skip when they go forward it is the moment they do, and for one
// that they show twice the first of both.
func (d Date) At(minutes int, place *time.Location) time.Time {
	const day = 24 * 60
	wall := time.Date(d.Year, d.Month, d.Day+minutes/day, minutes%day/60, minutes%60, 0, 0, time.UTC)
	t := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), 0, 0, place)
	from, to := t.ZoneBounds()
	switch shown := t.Add(offset(t)); { // as if clocks showed UTC
	case shown.Equal(wall):
		return first(t, from, wall)
	case shown.Before(wall): // t lies before the skip
		return to
	}
	return from
}

// first is the earlier of two moments at which clocks show the same, where t may be the later; since is when the time that
// t is told in began.
func first(t, since, wall time.Time) time.Time {
	if since.IsZero() {
		return t
	}
	before := wall.Add(-offset(since.Add(-1)))
	if before.Before(since) && before.Before(t) {
		return before.In(t.Location())
	}
	return t
}

// offset is how far the clock of a time's place is ahead of UTC, at that time.
func offset(t time.Time) time.Duration {
	_, seconds := t.Zone()
	return time.Duration(seconds) * time.Second
}
