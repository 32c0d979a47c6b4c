package letter_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/letter"
)

var (
	now  = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	asha = domain.MustParseID("01890a5d-ac96-774b-bcce-b302099a8057")
	pizz = domain.MustParseID("01890a5d-ac96-774b-bcce-b302099a8058")
)

func code() letter.Letter {
	return letter.Letter{Kind: letter.Code, To: "asha@example.com", Secret: "123456", Until: now}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	require.NoError(t, code().Check())
	require.NoError(t, letter.AboutOrder(letter.OrderConfirmed, asha, pizz, now).Check())
	for field, spoil := range map[string]func(*letter.Letter){
		"kind":   func(l *letter.Letter) { l.Kind = "spam" },
		"until":  func(l *letter.Letter) { l.Until = time.Time{} },
		"to":     func(l *letter.Letter) { l.To = "asha@example.com\r\nBcc: eve@example.com" },
		"secret": func(l *letter.Letter) { l.Secret = strings.Repeat("1", 513) },
		"data.x": func(l *letter.Letter) { l.Data = map[string]string{"x": strings.Repeat("ä", 301)} },
		"userId": func(l *letter.Letter) { l.Kind = letter.OrderConfirmed },
	} {
		l := code()
		spoil(&l)
		var e *domain.Error
		require.ErrorAs(t, l.Check(), &e, field)
		require.Equal(t, field, e.Fields[0].Field)
	}
	for _, spoil := range []func(*letter.Letter){
		func(l *letter.Letter) { l.To = "" },
		func(l *letter.Letter) { l.Secret = "" },
	} {
		l := code()
		spoil(&l)
		require.Error(t, l.Check())
	}
}

func TestWhoWantsWhat(t *testing.T) {
	t.Parallel()
	nothing := letter.Preferences{}
	for _, k := range []letter.Kind{letter.Code, letter.Invitation} {
		require.True(t, nothing.Wants(k), "%s was switched off", k)
	}
	for _, k := range []letter.Kind{letter.OrderConfirmed, letter.OrderCancelled, letter.Refunded} {
		require.False(t, nothing.Wants(k), k)
		require.True(t, letter.DefaultPreferences().Wants(k), k)
	}
	require.True(t, letter.Preferences{Changes: true}.Wants(letter.Refunded))
	require.False(t, letter.Preferences{Changes: true}.Wants(letter.OrderConfirmed))
	require.False(t, letter.DefaultPreferences().News)
}

func TestPause(t *testing.T) {
	t.Parallel()
	for attempt, want := range map[int]time.Duration{1: time.Second, 2: 2 * time.Second, 8: 128 * time.Second, 12: 2048 * time.Second, 13: time.Hour, 1000: time.Hour} {
		require.Equal(t, want, letter.Pause(attempt, 0), "after %d attempts", attempt)
		require.Equal(t, want+want/4, letter.Pause(attempt, 0.5))
	}
	var all time.Duration
	for attempt := 1; attempt < letter.Code.Attempts(); attempt++ {
		all += letter.Pause(attempt, 1)
	}
	require.Less(t, all, 5*time.Minute, "a code is dead, and listed, before it is of no use")
}
