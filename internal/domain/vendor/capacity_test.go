package vendor

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestWhenAKitchenIsReady(t *testing.T) {
	t.Parallel()
	at := func(hour, minute int) time.Time { return time.Date(2026, 3, 2, hour, minute, 0, 0, time.UTC) } // a Monday
	hours, err := NewHours([]Slot{{Day: 0, Opens: 10 * 60, Closes: 22 * 60}})
	require.NoError(t, err)
	v := Vendor{Status: Approved, Place: time.UTC, Hours: hours, PrepMinutes: 20, SlotCapacity: 3}
	free := v
	free.SlotCapacity = 0
	full := func(from, to time.Time) map[Quarter]int {
		taken := map[Quarter]int{}
		for q := QuarterOf(from); q <= QuarterOf(to); q++ {
			taken[q] = 3
		}
		return taken
	}
	place := func(ready, quarter time.Time) Plan { return Plan{ReadyAt: ready, Quarter: QuarterOf(quarter)} }
	for name, tt := range map[string]struct {
		v     Vendor
		now   time.Time
		taken map[Quarter]int
		want  Plan
	}{
		"places are not counted":      {free, at(12, 0), full(at(12, 0), at(20, 0)), Plan{ReadyAt: at(12, 20)}},
		"an idle kitchen":             {v, at(12, 0), nil, place(at(12, 20), at(12, 15))},
		"the last place":              {v, at(12, 0), map[Quarter]int{QuarterOf(at(12, 15)): 2}, place(at(12, 20), at(12, 15))},
		"the quarter is full":         {v, at(12, 0), full(at(12, 15), at(12, 15)), place(at(12, 30), at(12, 30))},
		"fuller than it may be":       {v, at(12, 0), map[Quarter]int{QuarterOf(at(12, 15)): 9}, place(at(12, 30), at(12, 30))},
		"the last quarter in reach":   {v, at(12, 0), full(at(12, 15), at(14, 0)), place(at(14, 15), at(14, 15))},
		"full as far as it may be":    {v, at(12, 0), full(at(12, 15), at(14, 15)), Plan{FreeAt: at(12, 10)}},
		"full for longer":             {v, at(12, 0), full(at(12, 15), at(15, 0)), Plan{FreeAt: at(12, 55)}},
		"full until it closes":        {v, at(21, 0), full(at(21, 15), at(21, 45)), Plan{}},
		"a hole in front of the door": {v, at(21, 0), full(at(21, 15), at(21, 30)), place(at(21, 45), at(21, 45))},
		"ready after the door shuts":  {v, at(21, 50), nil, place(at(22, 10), at(22, 0))},
	} {
		require.Equal(t, tt.want, tt.v.Plan(tt.now, time.Duration(tt.v.PrepAt(tt.now))*time.Minute, tt.taken), name)
	}
}

// Whoever waits until a full kitchen says that it has a place finds one, and not a second earlier.
func TestAFullKitchenKnowsWhenItIsFree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		v := Vendor{Status: Approved, Place: time.UTC, Hours: Always(), SlotCapacity: 2, PrepMinutes: rapid.IntRange(1, 180).Draw(t, "prep")}
		now := time.Unix(rapid.Int64Range(1_700_000_000, 1_800_000_000).Draw(t, "now"), 0).UTC()
		taken := map[Quarter]int{}
		first := QuarterOf(now)
		for i := range 40 {
			taken[first+Quarter(i)] = rapid.SampledFrom([]int{0, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3}).Draw(t, "taken")
		}
		plan := v.Plan(now, time.Duration(v.PrepAt(now))*time.Minute, taken)
		if !plan.ReadyAt.IsZero() {
			usual := now.Add(time.Duration(v.PrepMinutes) * time.Minute)
			require.Less(t, taken[plan.Quarter], v.SlotCapacity)
			require.Equal(t, plan.Quarter, QuarterOf(plan.ReadyAt))
			require.False(t, plan.ReadyAt.Before(usual))
			require.LessOrEqual(t, plan.Quarter, QuarterOf(usual)+QuartersAhead)
			return
		}
		require.False(t, v.Plan(plan.FreeAt, time.Duration(v.PrepAt(plan.FreeAt))*time.Minute, taken).ReadyAt.IsZero(), "free when it said so")
		require.True(t, v.Plan(plan.FreeAt.Add(-time.Second), time.Duration(v.PrepAt(plan.FreeAt.Add(-time.Second)))*time.Minute, taken).ReadyAt.IsZero(), "and not earlier")
	})
}
