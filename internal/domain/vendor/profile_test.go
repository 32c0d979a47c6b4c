package vendor

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestClock(t *testing.T) {
	t.Parallel()
	kolkata, err := time.LoadLocation("Asia/Kolkata") // half an hour off
	require.NoError(t, err)
	hours, err := NewHours([]Slot{{Day: 0, Opens: 10 * 60, Closes: 14 * 60}, {Day: 0, Opens: 18 * 60, Closes: 60}})
	require.NoError(t, err)
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 3, 2+day, hour, minute, 0, 0, kolkata) } // the 2nd is a Monday
	v := Vendor{Status: Approved, Place: kolkata, Hours: hours}
	paused := func(until time.Time) Vendor { p := v; p.PausedUntil = until; return p }
	never, pending := v, v
	never.Hours, pending.Status = nil, Pending
	always := v
	always.Hours = Always()
	for name, tt := range map[string]struct {
		v    Vendor
		now  time.Time
		want Clock
	}{
		"before it opens":             {v, at(0, 9, 59), Clock{OpensAt: at(0, 10, 0), Until: at(0, 10, 0)}},
		"the minute it opens":         {v, at(0, 10, 0), Clock{Open: true, ClosesAt: at(0, 14, 0), Until: at(0, 14, 0)}},
		"the minute it closes":        {v, at(0, 14, 0), Clock{OpensAt: at(0, 18, 0), Until: at(0, 18, 0)}},
		"past midnight":               {v, at(1, 0, 59), Clock{Open: true, ClosesAt: at(1, 1, 0), Until: at(1, 1, 0)}},
		"until next week":             {v, at(1, 1, 0), Clock{OpensAt: at(7, 10, 0), Until: at(7, 10, 0)}},
		"paused within its hours":     {paused(at(0, 11, 30)), at(0, 11, 0), Clock{OpensAt: at(0, 11, 30), Until: at(0, 11, 30)}},
		"paused past its hours":       {paused(at(0, 15, 0)), at(0, 11, 0), Clock{OpensAt: at(0, 18, 0), Until: at(0, 15, 0)}},
		"a pause that is over":        {paused(at(0, 11, 0)), at(0, 11, 0), Clock{Open: true, ClosesAt: at(0, 14, 0), Until: at(0, 14, 0)}},
		"paused until resumed":        {paused(Forever), at(0, 11, 0), Clock{}},
		"never open":                  {never, at(0, 11, 0), Clock{}},
		"always open":                 {always, at(0, 11, 0), Clock{Open: true}},
		"not approved in its hours":   {pending, at(0, 11, 0), Clock{}},
		"not approved, out of them":   {pending, at(0, 9, 0), Clock{}},
		"another place, same instant": {v, at(0, 11, 0).UTC(), Clock{Open: true, ClosesAt: at(0, 14, 0), Until: at(0, 14, 0)}},
	} {
		got := tt.v.ClockAt(tt.now)
		require.Equal(t, tt.want.Open, got.Open, name)
		for field, pair := range map[string][2]time.Time{
			"opensAt": {tt.want.OpensAt, got.OpensAt}, "closesAt": {tt.want.ClosesAt, got.ClosesAt}, "until": {tt.want.Until, got.Until},
		} {
			require.True(t, pair[0].Equal(pair[1]), "%s: %s is %v, not %v", name, field, pair[1], pair[0])
		}
	}
}

func TestClockAcrossDaylightSaving(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	hours, err := NewHours([]Slot{{Day: 6, Opens: 10 * 60, Closes: 22 * 60}}) // Sunday
	require.NoError(t, err)
	v := Vendor{Status: Approved, Place: berlin, Hours: hours}
	saturday := time.Date(2026, 3, 28, 23, 0, 0, 0, berlin) // the clocks go forward that night
	require.Equal(t, 10*time.Hour, v.ClockAt(saturday).OpensAt.Sub(saturday), "10:00 on the wall is an hour sooner")
}

func TestCountries(t *testing.T) {
	t.Parallel()
	for code, c := range countries {
		require.Len(t, code, 2)
		require.True(t, c.Currency.Known(), code)
		_, err := time.LoadLocation(c.Timezone)
		require.NoError(t, err, code)
		require.True(t, c.TaxRate >= 0 && c.TaxRate <= 2500, code)
	}
}
