package alert_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/alert"
)

var noon = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

var asha = domain.MustParseID("01900000-0000-7000-8000-000000000001")

func TestAnAlertsLife(t *testing.T) {
	t.Parallel()
	a := alert.Alert{OpenedAt: noon}
	does := func(wants string, state alert.State) func(domain.Event, error) {
		return func(e domain.Event, err error) {
			t.Helper()
			require.NoError(t, err)
			require.Equal(t, wants, e.Type)
			require.Equal(t, state, a.State(noon))
		}
	}
	does("alert.acknowledged", alert.Acknowledged)(a.Acknowledge(asha, noon))
	does("", alert.Acknowledged)(a.Acknowledge(domain.ID{1}, noon.Add(time.Minute)))
	require.Equal(t, asha, a.AcknowledgedBy, "it stays theirs")
	does("alert.snoozed", alert.Snoozed)(a.Snooze(asha, noon, time.Hour))
	require.Equal(t, alert.Acknowledged, a.State(noon.Add(time.Hour)))
	does("alert.woken", alert.Acknowledged)(a.Wake(noon))
	does("", alert.Acknowledged)(a.Wake(noon))
	does("alert.unacknowledged", alert.Open)(a.Unacknowledge())
	does("", alert.Open)(a.Unacknowledge())

	for _, d := range []time.Duration{0, time.Minute - 1, 24*time.Hour + 1} {
		_, err := a.Snooze(asha, noon, d)
		require.ErrorContains(t, err, "must be from 1 to 1440")
	}
	a.ClosedAt = noon
	require.Equal(t, alert.Closed, a.State(noon))
	for _, err := range []error{second(a.Acknowledge(asha, noon)), second(a.Unacknowledge()), second(a.Snooze(asha, noon, time.Hour)), second(a.Wake(noon))} {
		require.ErrorIs(t, err, alert.ErrClosed)
	}
}

func second(_ domain.Event, err error) error { return err }

func TestKinds(t *testing.T) {
	t.Parallel()
	warned := false
	for i, k := range alert.Kinds {
		require.Equal(t, i, k.Kind.Rank())
		require.Equal(t, k.Severity, k.Kind.Severity())
		require.False(t, warned && k.Severity == alert.Crit, "worst first")
		warned = warned || k.Severity == alert.Warn
	}
	require.Len(t, append(alert.Quick(), alert.Slow...), len(alert.Kinds))
	require.Equal(t, alert.Warn, alert.Kind("of a newer version").Severity())
}
