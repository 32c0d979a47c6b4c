package domain

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func place(t interface{ Fatalf(string, ...any) }, name string) *time.Location {
	l, err := time.LoadLocation(name)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return l
}

func TestDates(t *testing.T) {
	t.Parallel()
	d, err := ParseDate("day", "2028-02-29")
	require.NoError(t, err)
	require.Equal(t, "2028-03-01", d.Add(1).String())
	require.Equal(t, 1, d.Weekday(), "a Tuesday")
	require.True(t, d.Before(d.Add(1)))
	require.False(t, d.Before(d))
	for _, text := range []string{"2027-02-29", "2027-13-01", "27-01-01", "", "2027-01-01T00:00:00Z"} {
		_, err := ParseDate("day", text)
		require.Equal(t, Invalid, KindOf(err), text)
	}
}

func TestWallClockTimes(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		place   string
		date    Date
		minutes int
		want    string // UTC
	}{
		"a half-hour zone":                 {"Asia/Kolkata", Date{2026, 3, 2}, 7 * 60, "2026-03-02T01:30:00Z"},
		"a quarter-hour zone, past a day":  {"Asia/Kathmandu", Date{2026, 3, 2}, 25 * 60, "2026-03-02T19:15:00Z"},
		"west, skipped":                    {"America/New_York", Date{2026, 3, 8}, 2*60 + 30, "2026-03-08T07:00:00Z"},
		"west, shown twice":                {"America/New_York", Date{2026, 11, 1}, 60 + 30, "2026-11-01T05:30:00Z"},
		"west, after both":                 {"America/New_York", Date{2026, 11, 1}, 2 * 60, "2026-11-01T07:00:00Z"},
		"east, skipped":                    {"Europe/Berlin", Date{2026, 3, 29}, 2*60 + 30, "2026-03-29T01:00:00Z"},
		"east, shown twice":                {"Europe/Berlin", Date{2026, 10, 25}, 2*60 + 30, "2026-10-25T00:30:00Z"},
		"east, after both":                 {"Europe/Berlin", Date{2026, 10, 25}, 3 * 60, "2026-10-25T02:00:00Z"},
		"half an hour skipped":             {"Australia/Lord_Howe", Date{2026, 10, 4}, 2*60 + 10, "2026-10-03T15:30:00Z"},
		"half an hour shown twice":         {"Australia/Lord_Howe", Date{2026, 4, 5}, 60 + 40, "2026-04-04T14:40:00Z"},
		"midnight that is skipped":         {"America/Santiago", Date{2026, 9, 6}, 0, "2026-09-06T04:00:00Z"},
		"a whole day that is skipped":      {"Pacific/Apia", Date{2011, 12, 30}, 12 * 60, "2011-12-30T10:00:00Z"},
		"the end of the day, by its start": {"Europe/Berlin", Date{2026, 3, 29}, 24 * 60, "2026-03-29T22:00:00Z"},
	} {
		got := tc.date.At(tc.minutes, place(t, tc.place))
		require.Equal(t, tc.want, got.UTC().Format(time.RFC3339), name)
	}
}

// TestAWallClockTimeIsTheFirstThatIsNotBefore holds At against a walk through the minutes of three days.
func TestAWallClockTimeIsTheFirstThatIsNotBefore(t *testing.T) {
	t.Parallel()
	zones := []string{"Asia/Kolkata", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Africa/Casablanca", "UTC"}
	rapid.Check(t, func(t *rapid.T) {
		zone := place(t, rapid.SampledFrom(zones).Draw(t, "zone"))
		d := Date{2026, 1, 1}.Add(rapid.IntRange(0, 365).Draw(t, "day"))
		minutes := rapid.IntRange(0, 1440).Draw(t, "minutes")
		got := d.At(minutes, zone)
		want := time.Date(d.Year, d.Month, d.Day, 0, minutes, 0, 0, time.UTC) // as clocks show it
		m := want.Add(-15 * time.Hour)
		for shown := m; shown.Before(want); m = m.Add(time.Minute) {
			_, offset := m.In(zone).Zone()
			if shown = m.Add(time.Duration(offset) * time.Second); !shown.Before(want) {
				break
			}
		}
		if !got.Equal(m) {
			t.Fatalf("%s %d in %s: %s, want %s", d, minutes, zone, got.UTC(), m.UTC())
		}
	})
}
