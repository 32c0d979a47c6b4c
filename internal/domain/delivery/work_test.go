package delivery

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/delivery/plan"
)

func TestWatch(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	w := NewWatch(start, 3000, plan.Bicycle)
	require.Greater(t, w.ArriveBy.Sub(start), 20*time.Minute)
	ready := start.Add(-time.Minute)
	look := func(after time.Duration, meters int) (types []string) {
		for _, e := range w.Look(start.Add(after), meters, plan.Bicycle, ready) {
			types = append(types, e.Type)
		}
		return types
	}
	require.Empty(t, look(time.Minute, 2950), "not nearer by enough")
	require.Empty(t, look(StallAfter-time.Second, 2901))
	require.Equal(t, []string{EventStalled}, look(StallAfter, 2950))
	require.Empty(t, look(6*time.Minute, 2950), "it is told once")
	require.Empty(t, look(7*time.Minute, 2800), "nearer again")
	require.False(t, w.Stalled)
	require.Equal(t, []string{EventStalled}, look(7*time.Minute+StallAfter, 2800))
	require.Empty(t, look(13*time.Minute, ThereMeters), "whoever is there waits")
	require.Empty(t, look(2*time.Hour, ThereMeters))
	require.Equal(t, []string{EventStalled, EventNoShow}, look(2*time.Hour, 500))
	require.Empty(t, look(3*time.Hour, 500))
}

// Who has been given something that is ready in forty minutes, or is once the vendor says so, need not set out yet.
func TestNobodyIsWatchedBeforeTheyMustSetOut(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	ready, way := start.Add(40*time.Minute), comes(1000, plan.Bicycle)
	w := NewWatch(start, 1000, plan.Bicycle)
	require.Less(t, way, 15*time.Minute)
	require.Empty(t, w.Look(ready.Add(-way+StallAfter-time.Second), 1000, plan.Bicycle, ready))
	events := w.Look(ready.Add(-way+StallAfter), 1000, plan.Bicycle, ready)
	require.Len(t, events, 1)
	require.Equal(t, EventStalled, events[0].Type)
	require.Len(t, w.Look(ready.Add(time.Second), 1000, plan.Bicycle, ready), 1, "by when the food is ready they should be there")
}

func TestShifts(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		start, length time.Duration
		code          string
	}{
		"one":          {time.Hour, 8 * time.Hour, ""},
		"begun":        {-time.Hour, 8 * time.Hour, ""},
		"the shortest": {0, MinShift, ""},
		"the longest":  {0, MaxShift, ""},
		"too short":    {0, MinShift - time.Second, "length"},
		"too long":     {0, MaxShift + time.Second, "length"},
		"backwards":    {0, -time.Hour, "length"},
		"past":         {-time.Hour - time.Second, 8 * time.Hour, "past"},
		"the last":     {MaxShiftAhead, time.Hour, ""},
		"far":          {MaxShiftAhead + time.Second, time.Hour, "far"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := NewShift(domain.ID{1}, now.Add(c.start), now.Add(c.start+c.length), now)
			if c.code == "" {
				require.NoError(t, err)
				return
			}
			var e *domain.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, c.code, e.Fields[0].Code)
		})
	}
}

func TestDocuments(t *testing.T) {
	t.Parallel()
	today := domain.Date{Year: 2026, Month: 3, Day: 1}
	d, err := ParseDocument(Document{Kind: Licence, Number: "dl-04/2011 0012345", ExpiresOn: today}, today)
	require.NoError(t, err, "its last day is one of its days")
	require.Equal(t, "DL0420110012345", d.Number)
	require.Equal(t, "••••2345", d.Mask())
	for name, c := range map[string]struct {
		d    Document
		code string
	}{
		"short":    {Document{Kind: Identity, Number: "A-1 2"}, "length"},
		"foreign":  {Document{Kind: Identity, Number: "паспорт"}, "form"},
		"no day":   {Document{Kind: Insurance, Number: "A1234"}, "required"},
		"past day": {Document{Kind: Identity, Number: "A1234", ExpiresOn: today.Add(-1)}, "past"},
	} {
		_, err := ParseDocument(c.d, today)
		var e *domain.Error
		require.ErrorAs(t, err, &e, name)
		require.Equal(t, c.code, e.Fields[0].Code, name)
	}
	have := []Document{
		{Kind: Identity, Verified: true}, {Kind: Licence, Verified: true, ExpiresOn: today.Add(-1)}, {Kind: Licence, ExpiresOn: today},
		{Kind: Insurance, ExpiresOn: today},
	}
	require.Empty(t, Lacking("foot", have, today, false))
	require.Equal(t, []Kind{Licence, Insurance}, Lacking("car", have, today, false))
	require.Empty(t, Lacking("car", have, today, true))
}

func TestCashRoom(t *testing.T) {
	t.Parallel()
	r := CashRoom{Limit: 1000, Held: 400, Due: 200}
	require.True(t, r.Takes(400))
	require.False(t, r.Takes(401))
	r.Held = 5000
	require.True(t, r.Takes(0), "what is paid already asks for no cash")
}
