package vendor

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/zoop-dev/zoop/internal/domain"
)

func TestClosuresAreReadByTheVendorsClock(t *testing.T) {
	t.Parallel()
	kolkata := place(t, "Asia/Kolkata")
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, kolkata)
	for name, tt := range map[string]struct {
		from, until string
		begins      string
		ends        string // "": it is refused
		field       string
	}{
		"a day":                   {"2026-03-04", "2026-03-04", "2026-03-04T00:00", "2026-03-05T00:00", ""},
		"three days":              {"2026-03-04", "2026-03-06", "2026-03-04T00:00", "2026-03-07T00:00", ""},
		"an afternoon":            {"2026-03-04T14:00", "2026-03-04T18:30", "2026-03-04T14:00", "2026-03-04T18:30", ""},
		"from an hour to a day":   {"2026-03-04T14:00", "2026-03-05", "2026-03-04T14:00", "2026-03-06T00:00", ""},
		"one that has begun":      {"2026-03-01", "2026-03-02T12:01", "2026-03-01T00:00", "2026-03-02T12:01", ""},
		"one that has ended":      {"2026-03-01", "2026-03-02T12:00", "", "", "until"},
		"the end before":          {"2026-03-05", "2026-03-04", "", "", "until"},
		"no time at all":          {"2026-03-05T10:00", "2026-03-05T10:00", "", "", "until"},
		"too long":                {"2026-03-05", "2027-03-07", "", "", "until"},
		"too far ahead":           {"2028-04-05", "2028-04-05", "", "", "from"},
		"no date":                 {"2026-02-30", "2026-03-05", "", "", "from"},
		"a time with seconds":     {"2026-03-05", "2026-03-05T10:00:00", "", "", "until"},
		"a time of another place": {"2026-03-05", "2026-03-05T10:00Z", "", "", "until"},
	} {
		c, err := NewClosure(tt.from, tt.until, "Holi", now, kolkata)
		if tt.ends == "" {
			var e *domain.Error
			require.ErrorAs(t, err, &e, name)
			require.Equal(t, tt.field, e.Fields[0].Field, name)
			continue
		}
		require.NoError(t, err, name)
		require.Equal(t, tt.begins, c.From.Format("2006-01-02T15:04"), name)
		require.Equal(t, tt.ends, c.Until.Format("2006-01-02T15:04"), name)
	}
}

func TestClosedAcrossDaylightSaving(t *testing.T) {
	t.Parallel()
	berlin := place(t, "Europe/Berlin")
	v := Vendor{Status: Approved, Place: berlin, Hours: hours(t, Slot{5, 10 * 60, 22 * 60}, Slot{6, 10 * 60, 22 * 60})} // at weekends
	before := time.Date(2026, 3, 27, 12, 0, 0, 0, berlin)
	for until, opens := range map[string]string{
		"2026-03-28":       "2026-03-29T08:00:00Z", // the clocks go forward that night: 10:00 is two hours ahead of UTC
		"2026-03-29T02:30": "2026-03-29T08:00:00Z", // which no clock shows
		"2026-03-29T12:00": "2026-03-29T10:00:00Z",
		"2026-03-29":       "2026-04-04T08:00:00Z",
	} {
		c, err := NewClosure("2026-03-28", until, "stocktaking", before, berlin)
		require.NoError(t, err)
		v.Closed = []domain.Stretch{{From: c.From, Until: c.Until}}
		require.Equal(t, opens, v.ClockAt(before).OpensAt.UTC().Format(time.RFC3339), until)
	}
	// In autumn 02:30 comes twice; a closure ends the first time.
	autumn := time.Date(2026, 10, 25, 0, 0, 0, 0, berlin)
	c, err := NewClosure("2026-10-25", "2026-10-25T02:30", "stocktaking", autumn, berlin)
	require.NoError(t, err)
	require.Equal(t, 2*time.Hour+30*time.Minute, c.Until.Sub(autumn))
	require.Equal(t, "2026-10-25T00:30:00Z", c.Until.UTC().Format(time.RFC3339))
}

func TestHoursInTheHourThatComesTwice(t *testing.T) {
	t.Parallel()
	newYork := place(t, "America/New_York")
	h := hours(t, Slot{5, 20 * 60, 90}) // Saturday 20:00 to Sunday 01:30; on 1 November 2026 clocks go back at 02:00
	closes := time.Date(2026, 11, 1, 5, 30, 0, 0, time.UTC)
	require.Equal(t, domain.Turn{On: true, Until: closes.In(newYork)}, h.TurnAt(closes.Add(-time.Minute), newYork))
	again := closes.Add(45 * time.Minute) // clocks show 01:15 for the second time
	require.Equal(t, "01:15", again.In(newYork).Format("15:04"))
	require.False(t, h.TurnAt(again, newYork).On, "it has closed once")
	early := hours(t, Slot{6, 90, 4 * 60}) // Sunday 01:30 to 04:00 lasts three and a half hours
	turn := early.TurnAt(closes, newYork)
	require.True(t, turn.On)
	require.Equal(t, 210*time.Minute, turn.Until.Sub(closes))
}

// Whatever the hours, closures and pause, at what the clock says is the next opening it is open and a second before it is not,
// and the same for closing. Lord Howe's clocks go forward by half an hour, Chatham's are 45 minutes off.
func TestTheClockKeepsItsWord(t *testing.T) {
	t.Parallel()
	var places []*time.Location
	for _, name := range []string{"Europe/London", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Chatham", "America/Havana", "UTC"} {
		places = append(places, place(t, name))
	}
	rapid.Check(t, func(t *rapid.T) {
		v := Vendor{Status: Approved, Place: rapid.SampledFrom(places).Draw(t, "place")}
		var slots []Slot
		for range rapid.IntRange(0, 6).Draw(t, "slots") {
			slots = append(slots, drawnSlot(t))
		}
		var err error
		v.Hours, err = NewHours(slots)
		require.NoError(t, err)
		now := time.Unix(rapid.Int64Range(1_767_225_600, 1_798_761_600).Draw(t, "now"), 0) // in 2026
		at := now
		for range rapid.IntRange(0, 3).Draw(t, "closures") {
			from := at.Add(time.Duration(rapid.IntRange(-3000, 10_000).Draw(t, "from")) * time.Minute)
			until := from.Add(time.Duration(rapid.IntRange(1, 20_000).Draw(t, "minutes")) * time.Minute)
			if len(v.Closed) == 0 || from.After(v.Closed[len(v.Closed)-1].Until) {
				v.Closed = append(v.Closed, domain.Stretch{From: from, Until: until})
			}
			at = until
		}
		if rapid.Bool().Draw(t, "paused") {
			v.PausedUntil = now.Add(time.Duration(rapid.IntRange(-60, 6000).Draw(t, "pause")) * time.Minute)
		}
		c := v.ClockAt(now)
		require.Equal(t, v.Open(now), c.Open)
		require.True(t, c.OpensAt.IsZero() || c.ClosesAt.IsZero())
		if !c.ClosesAt.IsZero() {
			require.True(t, c.ClosesAt.After(now))
			require.True(t, v.Open(c.ClosesAt.Add(-time.Second)))
			require.False(t, v.Open(c.ClosesAt))
		}
		if !c.OpensAt.IsZero() {
			require.True(t, c.OpensAt.After(now))
			require.True(t, v.Open(c.OpensAt))
			require.False(t, v.Open(c.OpensAt.Add(-time.Second)))
		}
		if c.Open || len(v.Hours) > 0 {
			require.True(t, c.Open || !c.OpensAt.IsZero(), "it has hours, so it opens")
		}
		require.True(t, c.Until.IsZero() || c.Until.After(now))
	})
}

func TestBusy(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	v := Vendor{Status: Approved, Place: time.UTC, Hours: Always(), PrepMinutes: 20, BusyMinutes: 15, BusyUntil: noon.Add(time.Hour)}
	require.Equal(t, 35, v.PrepAt(noon))
	require.Equal(t, noon.Add(time.Hour), v.ClockAt(noon).Until, "its page says something else then")
	require.Equal(t, 20, v.PrepAt(noon.Add(time.Hour)))
	require.True(t, v.ClockAt(noon.Add(time.Hour)).Until.IsZero())
}
