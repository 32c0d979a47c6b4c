package delivery

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
)

func TestNewestFix(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	at := func(d time.Duration, lat float64) Fix {
		return Fix{Point: domain.Point{Lat: lat, Lng: 1}, At: now.Add(d)}
	}
	for name, c := range map[string]struct {
		fixes []Fix
		lat   float64
		when  time.Duration
		code  string
	}{
		"in any order":                   {fixes: []Fix{at(-20*time.Second, 1), at(-5*time.Second, 2), at(-10*time.Second, 3)}, lat: 2, when: -5 * time.Second},
		"without a time it is of now":    {fixes: []Fix{at(-time.Second, 1), {Point: domain.Point{Lat: 2, Lng: 1}}}, lat: 2},
		"a clock that is a little ahead": {fixes: []Fix{at(MaxFixAhead, 1)}, lat: 1},
		"old ones on the way":            {fixes: []Fix{at(-time.Hour, 1), at(-MaxFixAge, 2)}, lat: 2, when: -MaxFixAge},
		"too old":                        {fixes: []Fix{at(-MaxFixAge-time.Millisecond, 1)}, code: "stale"},
		"none":                           {code: "stale"},
		"one from the future":            {fixes: []Fix{at(0, 1), at(MaxFixAhead+time.Millisecond, 2)}, code: "future"},
		"no place":                       {fixes: []Fix{{Point: domain.Point{Lat: 1, Lng: 1}, Accuracy: MaxFixError + 1}}, code: "coarse"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, err := Newest(c.fixes, now)
			if c.code != "" {
				var e *domain.Error
				require.ErrorAs(t, err, &e)
				require.Equal(t, domain.Invalid, e.Kind)
				require.Equal(t, c.code, e.Fields[0].Code)
				return
			}
			require.NoError(t, err)
			require.InDelta(t, c.lat, f.Point.Lat, 0)
			require.Equal(t, now.Add(c.when), f.At)
		})
	}
}
