package menu

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/zoop-dev/zoop/internal/domain"
)

var everyDay = []int{0, 1, 2, 3, 4, 5, 6}

func zone(t interface{ Fatalf(string, ...any) }, name string) *time.Location {
	l, err := time.LoadLocation(name)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return l
}

func TestSchedules(t *testing.T) {
	t.Parallel()
	breakfast := Schedule{Windows: []Window{{Days: []int{0, 1, 2, 3, 4}, From: 7 * 60, To: 11 * 60}, {Days: []int{5, 6}, From: 8 * 60, To: 12 * 60}}}
	lateNight := Schedule{Windows: []Window{{Days: []int{4, 5}, From: 22 * 60, To: 3 * 60}}}
	christmas := Schedule{StartsOn: domain.Date{Year: 2026, Month: 12, Day: 24}, EndsOn: domain.Date{Year: 2026, Month: 12, Day: 26}}
	newYear := Schedule{
		Windows:  []Window{{Days: everyDay, From: 18 * 60, To: 2 * 60}},
		StartsOn: domain.Date{Year: 2026, Month: 12, Day: 31}, EndsOn: domain.Date{Year: 2026, Month: 12, Day: 31},
	}
	touching := Schedule{Windows: []Window{{Days: everyDay, From: 6 * 60, To: 12 * 60}, {Days: everyDay, From: 12 * 60, To: 24 * 60}, {Days: []int{6}, From: 0, To: 6 * 60}}}
	const never = ""
	for name, tc := range map[string]struct {
		schedule  Schedule
		zone, now string // as clocks there show it
		on        bool
		until     string
	}{
		"before breakfast":                {breakfast, "Asia/Kolkata", "2026-03-02 06:59", false, "2026-03-02 07:00"},
		"its first minute":                {breakfast, "Asia/Kolkata", "2026-03-02 07:00", true, "2026-03-02 11:00"},
		"its last minute":                 {breakfast, "Asia/Kolkata", "2026-03-02 10:59", true, "2026-03-02 11:00"},
		"after it":                        {breakfast, "Asia/Kolkata", "2026-03-02 11:00", false, "2026-03-03 07:00"},
		"on Friday, before the weekend":   {breakfast, "Asia/Kolkata", "2026-03-06 12:00", false, "2026-03-07 08:00"},
		"past midnight":                   {lateNight, "Europe/Berlin", "2026-03-07 02:30", true, "2026-03-07 03:00"},
		"past midnight, another night":    {lateNight, "Europe/Berlin", "2026-03-06 02:30", false, "2026-03-06 22:00"},
		"a window that clocks go back in": {lateNight, "Europe/Berlin", "2026-10-24 23:00", true, "2026-10-25 03:00"},
		"the night clocks go forward":     {Schedule{Windows: []Window{{Days: everyDay, From: 150, To: 240}}}, "Europe/Berlin", "2026-03-29 01:59", false, "2026-03-29 03:00"},
		"skipped as a whole":              {Schedule{Windows: []Window{{Days: everyDay, From: 125, To: 175}}}, "Europe/Berlin", "2026-03-29 01:00", false, "2026-03-30 02:05"},
		"before its dates":                {christmas, "America/New_York", "2026-03-02 12:00", false, "2026-12-24 00:00"},
		"within its dates":                {christmas, "America/New_York", "2026-12-25 12:00", true, "2026-12-27 00:00"},
		"after its dates":                 {christmas, "America/New_York", "2026-12-27 00:00", false, never},
		"its last night goes on":          {newYear, "Europe/Berlin", "2027-01-01 01:59", true, "2027-01-01 02:00"},
		"the night before does not":       {newYear, "Europe/Berlin", "2026-12-31 01:00", false, "2026-12-31 18:00"},
		"windows that touch are one":      {touching, "UTC", "2026-03-07 07:00", true, "2026-03-09 00:00"},
		"always":                          {Schedule{}, "UTC", "2026-03-07 07:00", true, never},
	} {
		place := zone(t, tc.zone)
		now, err := time.ParseInLocation("2006-01-02 15:04", tc.now, place)
		require.NoError(t, err)
		turn := tc.schedule.TurnAt(now, place)
		require.Equal(t, tc.on, turn.On, name)
		until := ""
		if !turn.Until.IsZero() {
			until = turn.Until.In(place).Format("2006-01-02 15:04")
		}
		require.Equal(t, tc.until, until, name)
		require.NoError(t, tc.schedule.Check(), name)
	}
}

func TestWhatIsNoSchedule(t *testing.T) {
	t.Parallel()
	for field, s := range map[string]Schedule{
		"schedule.windows[0].days": {Windows: []Window{{Days: nil, From: 0, To: 60}}},
		"schedule.windows[1].days": {Windows: []Window{{Days: everyDay, From: 0, To: 60}, {Days: []int{1, 1}, From: 0, To: 60}}},
		"schedule.windows[0]":      {Windows: []Window{{Days: everyDay, From: 1440, To: 60}}},
		"schedule.windows":         {Windows: slices.Repeat([]Window{{Days: everyDay, From: 0, To: 60}}, domain.MaxWindows+1)},
		"schedule.endsOn":          {StartsOn: domain.Date{Year: 2026, Month: 2, Day: 1}, EndsOn: domain.Date{Year: 2026, Month: 1, Day: 31}},
	} {
		var e *domain.Error
		require.ErrorAs(t, s.Check(), &e, field)
		require.Equal(t, field, e.Fields[0].Field)
	}
}

func drawSchedule(t *rapid.T) Schedule {
	var s Schedule
	for range rapid.IntRange(0, 4).Draw(t, "windows") {
		days := rapid.SliceOfNDistinct(rapid.IntRange(0, 6), 1, 7, rapid.ID[int]).Draw(t, "days")
		slices.Sort(days)
		s.Windows = append(s.Windows, Window{Days: days, From: rapid.IntRange(0, 1439).Draw(t, "from"), To: rapid.IntRange(0, 1440).Draw(t, "to")})
	}
	first := domain.Date{Year: 2026, Month: 1, Day: 1}.Add(rapid.IntRange(0, 360).Draw(t, "starts"))
	if rapid.Bool().Draw(t, "has a start") {
		s.StartsOn = first
	}
	if rapid.Bool().Draw(t, "has an end") {
		s.EndsOn = first.Add(rapid.IntRange(0, 20).Draw(t, "days long"))
	}
	return s
}

// TestATurnLastsUntilItSays holds every turn against the schedule a minute at a time, also over changes of daylight saving.
func TestATurnLastsUntilItSays(t *testing.T) {
	t.Parallel()
	zones := []string{"Asia/Kolkata", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"}
	rapid.Check(t, func(t *rapid.T) {
		place := zone(t, rapid.SampledFrom(zones).Draw(t, "zone"))
		s := drawSchedule(t)
		now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 366*1440).Draw(t, "minute")) * time.Minute)
		turn := s.TurnAt(now, place)
		if turn.Until.IsZero() {
			return
		}
		if !now.Before(turn.Until) {
			t.Fatalf("at %s the turn has ended at %s", now, turn.Until)
		}
		left := int(turn.Until.Sub(now) / time.Minute)
		for _, at := range []int{0, left / 3, left / 2, left - 1} {
			if at >= 0 && s.TurnAt(now.Add(time.Duration(at)*time.Minute), place).On != turn.On {
				t.Fatalf("%d minutes on it has changed", at)
			}
		}
		if long := turn.Until.Sub(now) > 6*24*time.Hour; !long && s.TurnAt(turn.Until, place).On == turn.On {
			t.Fatalf("at %s nothing has changed", turn.Until)
		}
	})
}

// TestTurnsByTheMinuteOfTheWeek compares with another arithmetic, where clocks never change.
func TestTurnsByTheMinuteOfTheWeek(t *testing.T) {
	t.Parallel()
	place := zone(t, "Asia/Kolkata")
	rapid.Check(t, func(t *rapid.T) {
		s := drawSchedule(t)
		s.StartsOn, s.EndsOn = domain.Date{}, domain.Date{}
		if len(s.Windows) == 0 {
			return
		}
		now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 366*1440).Draw(t, "minute")) * time.Minute)
		local := now.In(place)
		minute := (int(local.Weekday())+6)%7*day + local.Hour()*60 + local.Minute()
		want := false
		for _, w := range s.Windows {
			length := w.To - w.From
			if length <= 0 {
				length += day
			}
			for _, d := range w.Days {
				want = want || (minute-d*day-w.From+14*day)%(7*day) < length
			}
		}
		if got := s.TurnAt(now, place).On; got != want {
			t.Fatalf("at %s: %v, want %v", local, got, want)
		}
	})
}
