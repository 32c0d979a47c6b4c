package vendor

import (
	"math"
	"slices"
	"testing"

	"github.com/golang/geo/s2"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/zoop-dev/zoop/internal/domain"
)

// toward is the point so many metres from p on a bearing in degrees, on the sphere.
func toward(p domain.Point, meters, bearing float64) domain.Point {
	rad := math.Pi / 180
	d, br, lat := meters/domain.EarthMeters, bearing*rad, p.Lat*rad
	lat2 := math.Asin(math.Sin(lat)*math.Cos(d) + math.Cos(lat)*math.Sin(d)*math.Cos(br))
	lng2 := p.Lng*rad + math.Atan2(math.Sin(br)*math.Sin(d)*math.Cos(lat), math.Cos(d)-math.Sin(lat)*math.Sin(lat2))
	return domain.Point{Lat: lat2 / rad, Lng: math.Mod(lng2/rad+540, 360) - 180}
}

// star has corners on evenly spread bearings, at these distances from its centre.
func star(centre domain.Point, meters ...float64) []domain.Point {
	corners := make([]domain.Point, len(meters))
	for i, m := range meters {
		corners[i] = toward(centre, m, -float64(i)*360/float64(len(meters)))
	}
	return corners
}

var delhi = domain.Point{Lat: 28.6139, Lng: 77.2090}

func TestRingsThatAreNoZone(t *testing.T) {
	t.Parallel()
	square := star(delhi, 3000, 3000, 3000, 3000)
	bowTie := []domain.Point{square[0], square[2], square[1], square[3]}
	spike := append(slices.Clone(square), toward(square[3], 1000, 0), square[3])
	many := make([]float64, MaxCorners+1)
	for i := range many {
		many[i] = 3000
	}
	for name, tt := range map[string]struct {
		ring []domain.Point
		code string
	}{
		"two corners":             {square[:2], "size"},
		"two and the first again": {[]domain.Point{square[0], square[1], square[0]}, "size"},
		"201 corners":             {star(delhi, many...), "size"},
		"edges that cross":        {bowTie, "crossing"},
		"a corner twice":          {append(slices.Clone(square), square[3]), "repeated"},
		"one corner":              {[]domain.Point{square[0], square[0], square[0]}, "repeated"},
		"there and back":          {spike, "crossing"},
		"a corner on an edge":     {[]domain.Point{square[0], square[1], delhi, square[2], square[3], delhi}, "crossing"},
		"less than a hectare":     {star(delhi, 60, 60, 60, 60), "area"},
		"a corner far away":       {star(delhi, 3000, 3000, 30100), "far"},
		"begins far away":         {star(toward(delhi, 10000, 90), 3000, 3000, 3000, 3000), "far"},
		"off the Earth":           {[]domain.Point{{Lat: 91, Lng: 77}, square[0], square[1]}, "place"},
		"nowhere":                 {[]domain.Point{{}, square[0], square[1]}, "place"},
	} {
		_, err := NewRing(tt.ring, delhi)
		require.Equal(t, domain.Invalid, domain.KindOf(err), name)
		require.ErrorContains(t, err, "ring", name)
		var e *domain.Error
		require.ErrorAs(t, err, &e, name)
		require.Equal(t, tt.code, e.Fields[0].Code, "%s: %v", name, err)
	}
}

func TestARingIsKeptCounterClockwise(t *testing.T) {
	t.Parallel()
	corners := star(delhi, 3000, 4000, 5000)
	ring, err := NewRing(corners, delhi)
	require.NoError(t, err)
	backwards := slices.Clone(corners)
	slices.Reverse(backwards)
	again, err := NewRing(append(backwards, backwards[0]), delhi)
	require.NoError(t, err)
	require.ElementsMatch(t, ring, again, "the first corner at the end is no other corner")
	require.Positive(t, again.Plane().area())
	kept, err := NewRing(ring, delhi)
	require.NoError(t, err)
	require.Equal(t, ring, kept, "what was given out comes back the same")
}

func TestDeliversWithinTheRingOnly(t *testing.T) {
	t.Parallel()
	for _, at := range []domain.Point{delhi, {Lat: -16.5, Lng: 179.99}, {Lat: 51.9, Lng: -179.98}, {Lat: 89.99, Lng: 10}, {Lat: -89.9, Lng: -100}, {Lat: 0.01, Lng: 0.01}} {
		ring, err := NewRing(star(at, 3000, 3000, 3000, 3000), at)
		require.NoError(t, err)
		v := Vendor{Location: at, RadiusM: 20000, Ring: ring}
		for bearing := 0.0; bearing < 360; bearing += 90 {
			require.True(t, v.DeliversTo(toward(at, 2999, bearing)), "%v at %v°", at, bearing)
			require.False(t, v.DeliversTo(toward(at, 3001, bearing)), "%v at %v°: the radius counts no more", at, bearing)
			require.False(t, v.DeliversTo(toward(at, 2900, bearing+45)), "%v: between two corners", at)
		}
		require.False(t, v.DeliversTo(domain.Point{Lat: -at.Lat, Lng: math.Mod(at.Lng+360, 360) - 180}), "the other side of the Earth")
	}
}

// What the S2 library says of the same corners, its edges being great circles, too.
func TestRingsAgreeWithS2(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		// Stars may cover a pole, but not stand on it: there are no bearings there, so their corners would be where they like.
		at := domain.Point{Lat: rapid.Float64Range(-89.99, 89.99).Draw(t, "lat"), Lng: rapid.Float64Range(-180, 180).Draw(t, "lng")}
		ring, err := NewRing(star(at, rapid.SliceOfN(rapid.Float64Range(200, 28000), 3, 60).Draw(t, "corners")...), at)
		if err != nil {
			t.Skip(err)
		}
		corners := make([]s2.Point, len(ring))
		for i, c := range ring {
			corners[i] = s2.PointFromLatLng(s2.LatLngFromDegrees(c.Lat, c.Lng))
		}
		loop := s2.LoopFromPoints(corners)
		for range 50 {
			p := toward(at, rapid.Float64Range(0, 30000).Draw(t, "meters"), rapid.Float64Range(0, 360).Draw(t, "bearing"))
			point := s2.PointFromLatLng(s2.LatLngFromDegrees(p.Lat, p.Lng))
			spot, _ := Project(ring[0], p)
			if ring.Plane().distance(spot) < 1e-3 { // a millimetre: both round
				continue
			}
			if want, got := loop.ContainsPoint(point), ring.Holds(p); want != got {
				t.Fatalf("%v holds %v: %t, by S2 %t", ring, p, got, want)
			}
		}
	})
}
