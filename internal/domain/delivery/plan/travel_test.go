package plan

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
)

func TestRoads(t *testing.T) {
	t.Parallel()
	a, b := domain.Point{Lat: 12.97, Lng: 77.59}, domain.Point{Lat: 12.97, Lng: 77.62}
	night, evening := noon.Add(-10*time.Hour), noon.Add(6*time.Hour)
	city := City()
	ride := city.Time(a, b, Bicycle, night)
	require.InDelta(t, a.Meters(b)*1.3/4.2, ride.Seconds(), 0.001)
	require.Equal(t, ride, city.Time(a, b, Bicycle, evening), "bicycles pass by")
	require.Equal(t, ride, city.Time(a, b, "unicorn", night))
	require.InDelta(t, city.Time(a, b, Car, night).Seconds()/0.65, city.Time(a, b, Car, evening).Seconds(), 0.001)
	require.Zero(t, city.Time(a, a, Foot, noon))
}

func TestPlane(t *testing.T) {
	t.Parallel()
	p := Plane{MetersPerMinute: 320}
	require.Equal(t, time.Minute, p.Time(metres(0, 0), metres(192, 256), "", noon), "exactly a minute away")
	require.Equal(t, 2*time.Minute, p.Time(metres(0, 0), metres(193, 256), "", noon))
	require.Zero(t, p.Time(metres(5, 5), metres(5, 5), "", noon))
}
