package vendor

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/zoop-dev/zoop/internal/domain"
)

func hours(t *testing.T, slots ...Slot) Hours {
	t.Helper()
	h, err := NewHours(slots)
	require.NoError(t, err)
	return h
}

func place(t *testing.T, name string) *time.Location {
	t.Helper()
	p, err := time.LoadLocation(name)
	require.NoError(t, err)
	return p
}

func TestSlotsPastMidnightAndSunday(t *testing.T) {
	t.Parallel()
	// Saturday 22:00–02:00 and Sunday 20:00–03:00, which ends on Monday.
	h := hours(t, Slot{5, 22 * 60, 2 * 60}, Slot{6, 20 * 60, 3 * 60})
	require.Equal(t, Hours{{0, 180}, {5*day + 22*60, 6*day + 120}, {6*day + 20*60, Week}}, h)
	require.Equal(t, []Slot{{5, 22 * 60, 2 * 60}, {6, 20 * 60, 3 * 60}}, h.Slots(), "as it was given")
	utc := time.UTC
	monday1am := time.Date(2026, 3, 2, 1, 0, 0, 0, utc)
	require.True(t, h.TurnAt(monday1am, utc).On)
	require.Equal(t, time.Date(2026, 3, 2, 3, 0, 0, 0, utc), h.TurnAt(monday1am, utc).Until)
	require.Equal(t, time.Date(2026, 3, 2, 3, 0, 0, 0, utc), h.TurnAt(monday1am.Add(-2*time.Hour), utc).Until, "over the week's end")
	require.Equal(t, time.Date(2026, 3, 7, 22, 0, 0, 0, utc), h.TurnAt(monday1am.Add(4*time.Hour), utc).Until)
}

func TestAlwaysOpen(t *testing.T) {
	t.Parallel()
	require.True(t, Always().TurnAt(time.Now(), time.UTC).Until.IsZero())
	var week []Slot
	for d := range 7 {
		week = append(week, Slot{d, 0, day})
	}
	require.Equal(t, Always(), hours(t, week...))
	require.Equal(t, week, Always().Slots())
	require.True(t, Hours(nil).TurnAt(time.Now(), time.UTC).Until.IsZero(), "no hours: never")
}

func TestDaylightSaving(t *testing.T) {
	t.Parallel()
	london := place(t, "Europe/London")
	h := hours(t, Slot{5, 20 * 60, 4 * 60}) // Saturday 20:00 to Sunday 04:00
	// Clocks went forward at 01:00 UTC on Sunday 29 March 2026: 04:00 BST is 03:00 UTC.
	saturday := time.Date(2026, 3, 28, 22, 0, 0, 0, london)
	require.True(t, h.TurnAt(saturday, london).On)
	require.Equal(t, "2026-03-29T03:00:00Z", h.TurnAt(saturday, london).Until.UTC().Format(time.RFC3339))
	// And it opens at 20:00 by the wall clock the week after, an hour earlier by UTC.
	require.Equal(t, "2026-04-04T19:00:00Z", h.TurnAt(saturday.Add(48*time.Hour), london).Until.UTC().Format(time.RFC3339))
}

func TestHalfHourZone(t *testing.T) {
	t.Parallel()
	kolkata := place(t, "Asia/Kolkata") // UTC+5:30
	h := hours(t, Slot{0, 10 * 60, 23*60 + 30})
	require.False(t, h.TurnAt(time.Date(2026, 3, 2, 4, 29, 59, 0, time.UTC), kolkata).On)
	require.True(t, h.TurnAt(time.Date(2026, 3, 2, 4, 30, 0, 0, time.UTC), kolkata).On)
	require.False(t, h.TurnAt(time.Date(2026, 3, 2, 18, 0, 0, 0, time.UTC), kolkata).On)
}

func TestSlotsOutsideTheirDay(t *testing.T) {
	t.Parallel()
	for _, s := range []Slot{{7, 0, 1}, {-1, 0, 1}, {0, day, 1}, {0, -1, 1}, {0, 0, day + 1}} {
		_, err := NewHours([]Slot{s})
		require.Error(t, err)
	}
}

func TestASlotThatClosesWhenItOpensIsAMistake(t *testing.T) {
	t.Parallel()
	for _, minute := range []int{0, 10 * 60, day - 1} {
		_, err := NewHours([]Slot{{0, 9 * 60, 17 * 60}, {1, minute, minute}})
		var e *domain.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, "week[1].closes", e.Fields[0].Field)
	}
}

func drawnSlot(t *rapid.T) Slot {
	opens := rapid.IntRange(0, day-1).Draw(t, "opens")
	closes := rapid.IntRange(0, day).Filter(func(m int) bool { return m != opens }).Draw(t, "closes")
	return Slot{rapid.IntRange(0, 6).Draw(t, "day"), opens, closes}
}

func TestHoursComeBackFromTheirSlots(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var slots []Slot
		for range rapid.IntRange(0, 20).Draw(t, "slots") {
			slots = append(slots, drawnSlot(t))
		}
		h, err := NewHours(slots)
		if err != nil {
			t.Fatal(err)
		}
		back, err := NewHours(h.Slots())
		if err != nil {
			t.Fatal(err)
		}
		if len(h) != len(back) {
			t.Fatalf("%v became %v by %v", h, back, h.Slots())
		}
		for i := range h {
			if h[i] != back[i] {
				t.Fatalf("%v became %v by %v", h, back, h.Slots())
			}
		}
	})
}
