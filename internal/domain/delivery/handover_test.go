package delivery

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
)

func TestArrivalIsWhereTheCourierIs(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	door := domain.Point{Lat: 28.61, Lng: 77.21}
	seen := func(north float64, ago time.Duration) Sighting {
		return Sighting{domain.Point{Lat: door.Lat + north, Lng: door.Lng}, noon.Add(-ago)}
	}
	for name, c := range map[string]struct {
		seen    Sighting
		within  int
		despite Override
		says    map[string]any
		code    string
	}{
		"there":                   {seen: seen(0.001, time.Minute), within: 200},
		"there, with a reason":    {seen: seen(0.001, time.Minute), within: 200, despite: OtherReason},
		"far":                     {seen: seen(0.01, time.Minute), within: 200, code: "delivery.too_far"},
		"far, with a reason":      {seen: seen(0.01, time.Minute), within: 200, despite: PhoneIsWrong, says: map[string]any{"overridden": true, "reason": "PHONE_IS_WRONG", "distanceMeters": 1111}},
		"far, long ago":           {seen: seen(0.01, FixFresh+1), within: 200, says: map[string]any{"located": false}},
		"never seen":              {within: 200, says: map[string]any{"located": false}},
		"far, and nobody looks":   {seen: seen(0.01, 0)},
		"far, as late as may be":  {seen: seen(0.01, FixFresh), within: 200, code: "delivery.too_far"},
		"a wider circle than far": {seen: seen(0.01, 0), within: 1200},
	} {
		says, err := c.seen.Arrived(door, c.within, noon, c.despite)
		require.Equal(t, c.says, says, name)
		if c.code == "" {
			require.NoError(t, err, name)
			continue
		}
		var e *domain.Error
		require.ErrorAs(t, err, &e, name)
		require.Equal(t, c.code, e.Code)
		require.Equal(t, map[string]any{"distanceMeters": 1111, "withinMeters": 200}, e.Details)
	}
}

func TestWhenAPhotoIsEnough(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	door, after := Visit{ArrivedAt: noon}, noon.Add(WaitAtDoor)
	require.ErrorContains(t, Handover{LeaveAtDoor: true}.Photographed(Visit{}, noon), "not_at_door")
	require.NoError(t, Handover{LeaveAtDoor: true}.Photographed(door, noon), "nobody is waited for")
	for name, c := range map[string]struct {
		contacts int
		now      time.Time
		enough   bool
	}{
		"not called":       {0, after, false},
		"called once":      {1, after, false},
		"called, too soon": {2, after.Add(-1), false},
		"called":           {2, after, true},
	} {
		err := Handover{}.Photographed(Visit{ArrivedAt: noon, Contacts: c.contacts}, c.now)
		if c.enough {
			require.NoError(t, err, name)
			continue
		}
		var e *domain.Error
		require.ErrorAs(t, err, &e, name)
		require.Equal(t, "delivery.pin_needed", e.Code)
		require.Equal(t, map[string]any{"waitUntil": after, "contactsLeft": 2 - c.contacts}, e.Details)
	}
	require.ErrorContains(t, Handover{Cash: true, LeaveAtDoor: true}.Photographed(door, after), "in_person")
	require.ErrorContains(t, Handover{MinAge: 18, LeaveAtDoor: true}.Photographed(Visit{ArrivedAt: noon, Contacts: 9}, after), "in_person")

	require.NoError(t, Handover{}.Checked(false))
	require.NoError(t, Handover{MinAge: 18}.Checked(true))
	require.ErrorContains(t, Handover{MinAge: 18}.Checked(false), "age_unchecked")
}
