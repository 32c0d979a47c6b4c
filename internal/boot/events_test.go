package boot

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
)

// TestSinceIsNotAhead: whoever takes a local hour for UTC is told, instead of that nothing has happened.
func TestSinceIsNotAhead(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{"10m": now.Add(-10 * time.Minute), "2026-03-14T17:30:00+05:30": now} {
		at, err := parseSince(text, now)
		require.NoError(t, err, text)
		require.True(t, at.at.Equal(want), text)
	}
	for _, text := range []string{"2026-03-14T12:00:01Z", "-5m", "yesterday"} {
		_, err := parseSince(text, now)
		require.Equal(t, domain.Invalid, domain.KindOf(err), text)
	}
	_, err := parseSince("2026-03-14T17:30:00Z", now)
	require.ErrorContains(t, err, "lies ahead")
}
