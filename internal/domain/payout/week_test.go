package payout

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWeeksBeginOnPayDay(t *testing.T) {
	t.Parallel()
	for at, want := range map[string]string{
		"2026-03-09T00:00:00Z":      "2026-03-09",
		"2026-03-08T23:59:59Z":      "2026-03-02",
		"2026-03-09T04:00:00+05:30": "2026-03-02", // Sunday still, in UTC
		"2026-03-15T12:00:00Z":      "2026-03-09",
		"2026-01-01T12:00:00Z":      "2025-12-29",
	} {
		moment, err := time.Parse(time.RFC3339, at)
		require.NoError(t, err)
		week := WeekOf(moment)
		require.Equal(t, want, week.String(), at)
		require.Equal(t, 0, week.Weekday(), "a Monday")
	}
}
