package vendor

import (
	"math"
	"slices"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Bounds of a zone.
const (
	// DefaultRadiusM is a zone's radius until its vendor says otherwise, in metres.
	DefaultRadiusM = 5000
	// MaxRadiusM is the largest radius, and how far a corner may lie from the vendor.
	MaxRadiusM = 30_000
	MinCorners = 3
	MaxCorners = 200
	// MaxGapMeters is how far a zone that does not hold its vendor may begin from it.
	MaxGapMeters = 5_000

	minRadiusM = 100
	minArea    = 10_000 // m²: a hectare
)

// Ring is a zone that is drawn: corners joined by great circles, the last one with the first. Its inside is the smaller
// part of the Earth.
type Ring []domain.Point

// NewRing checks a zone that somebody drew, which may repeat its first corner at the end, and gives it without that,
// counter-clockwise, its corners good to a ten-millionth of a degree (a centimetre).
// It returns Invalid for less than 3 or more than 200 corners, for a corner that repeats the one before, for edges that touch or
// cross, for an area of less
// than a hectare, for a corner more than 30 km from the vendor, and for a zone that begins more than 5 km from it.
func NewRing(corners []domain.Point, vendor domain.Point) (Ring, error) {
	ring := make(Ring, 0, len(corners))
	for _, c := range corners {
		ring = append(ring, domain.Point{Lat: round7(c.Lat), Lng: round7(c.Lng)})
	}
	if n := len(ring); n > 1 && ring[0] == ring[n-1] {
		ring = ring[:n-1]
	}
	for i := range ring {
		if next := (i + 1) % len(ring); next > 0 && ring[next] == ring[i] {
			return nil, domain.Invalidf("ring", "repeated", "ring[%d] is the same corner as ring[%d]", next, i)
		}
	}
	if len(ring) < MinCorners || len(ring) > MaxCorners {
		return nil, domain.Invalidf("ring", "size", "has %d corners; it must have %d … %d", len(ring), MinCorners, MaxCorners)
	}
	for i, c := range ring {
		if !c.Valid() {
			return nil, domain.Invalidf("ring", "place", "ring[%d] is not a place on Earth", i)
		}
		if d := c.Meters(vendor); d > MaxRadiusM {
			return nil, domain.Invalidf("ring", "far", "ring[%d] is %.1f km from the vendor; at most %d km are allowed", i, d/1000, MaxRadiusM/1000)
		}
	}
	return ring.checked(vendor)
}

func round7(deg float64) float64 { return math.Round(deg*1e7)/1e7 + 0 } // + 0 turns -0 into 0

// checked checks the shape of a ring whose corners are near the vendor.
func (r Ring) checked(vendor domain.Point) (Ring, error) {
	plane := r.onPlane(vendor)
	if i, j, ok := plane.simple(); !ok {
		return nil, domain.Invalidf("ring", "crossing", "the edges from ring[%d] and ring[%d] on touch or cross", i, j)
	}
	area := plane.area()
	if math.Abs(area) < minArea {
		return nil, domain.Invalidf("ring", "area", "covers %.0f m²; it must cover at least %d", math.Abs(area), minArea)
	}
	if gap := plane.distance(Spot{}); gap > MaxGapMeters && !plane.holds(Spot{}) {
		return nil, domain.Invalidf("ring", "far", "begins %.1f km from the vendor; at most %d km are allowed", gap/1000, MaxGapMeters/1000)
	}
	if area < 0 {
		slices.Reverse(r)
	}
	return r, nil
}

// Reach is the radius of a circle around a place that holds the ring, within the bounds of a radius, in whole metres.
func (r Ring) Reach(from domain.Point) int {
	reach := 0.0
	for _, c := range r {
		reach = max(reach, from.Meters(c))
	}
	return int(min(max(math.Ceil(reach), minRadiusM), MaxRadiusM))
}

// Holds says whether a point lies in the ring.
func (r Ring) Holds(p domain.Point) bool { return r.Area().Holds(p) }

// Area is a ring made ready to be asked about many points.
type Area struct {
	touch domain.Point
	plane Polygon
}

// Area makes the ring ready; nil for none.
func (r Ring) Area() *Area {
	if r == nil {
		return nil
	}
	return &Area{r[0], r.Plane()}
}

// Holds says whether a point lies in it.
func (a *Area) Holds(p domain.Point) bool {
	spot, near := Project(a.touch, p)
	return near && a.plane.holds(spot)
}

// Plane is the ring on the plane that touches the Earth at its first corner, where its edges are straight.
func (r Ring) Plane() Polygon { return r.onPlane(r[0]) }

func (r Ring) onPlane(touch domain.Point) Polygon {
	out := make(Polygon, len(r))
	for i, c := range r {
		out[i], _ = Project(touch, c)
	}
	return out
}

// Spot is a place on a plane, in metres east and north of where the plane touches the Earth.
type Spot struct{ X, Y float64 }

// farthest is the least cosine of the distance for which Project answers: beyond 60° it stretches without end.
const farthest = 0.5

// Project maps a point to the plane that touches the Earth at another one, along the ray from the Earth's centre: the
// gnomonic projection, which makes every great circle a straight line (J. P. Snyder, Map Projections – A Working Manual,
// USGS 1987, formulas 22-4 and 22-5). It is false for what lies farther than a sixth of the Earth's girth.
func Project(touch, p domain.Point) (Spot, bool) {
	sin0, cos0 := math.Sincos(touch.Lat * math.Pi / 180)
	sin, cos := math.Sincos(p.Lat * math.Pi / 180)
	sinD, cosD := math.Sincos((p.Lng - touch.Lng) * math.Pi / 180)
	c := sin0*sin + cos0*cos*cosD
	if c < farthest {
		return Spot{}, false
	}
	return Spot{domain.EarthMeters * cos * sinD / c, domain.EarthMeters * (cos0*sin - sin0*cos*cosD) / c}, true
}

// Polygon is a ring on a plane.
type Polygon []Spot

// holds counts how often a ray to the east crosses the edges (W. R. Franklin's PNPOLY).
func (p Polygon) holds(s Spot) bool {
	in := false
	for i, a := range p {
		b := p[(i+1)%len(p)]
		if (a.Y > s.Y) != (b.Y > s.Y) && s.X < (b.X-a.X)*(s.Y-a.Y)/(b.Y-a.Y)+a.X {
			in = !in
		}
	}
	return in
}

// area is in m², positive counter-clockwise (the shoelace formula).
func (p Polygon) area() float64 {
	sum := 0.0
	for i, a := range p {
		b := p[(i+1)%len(p)]
		sum += a.X*b.Y - b.X*a.Y
	}
	return sum / 2
}

// distance is how far a spot is from the nearest edge.
func (p Polygon) distance(s Spot) float64 {
	least := math.Inf(1)
	for i, a := range p {
		b := p[(i+1)%len(p)]
		dx, dy := b.X-a.X, b.Y-a.Y
		t := max(0, min(1, ((s.X-a.X)*dx+(s.Y-a.Y)*dy)/(dx*dx+dy*dy)))
		least = min(least, math.Hypot(s.X-a.X-t*dx, s.Y-a.Y-t*dy))
	}
	return least
}

// simple says whether no two edges meet but neighbours at their common corner, and if not, which do.
func (p Polygon) simple() (int, int, bool) {
	n := len(p)
	for i := range n {
		a, b, c := p[i], p[(i+1)%n], p[(i+2)%n]
		// The next edge goes back over this one, or has no length.
		if turn(a, b, c) == 0 && (b.X-a.X)*(c.X-b.X)+(b.Y-a.Y)*(c.Y-b.Y) <= 0 {
			return i, (i + 1) % n, false
		}
		for j := i + 2; j < n; j++ {
			if (j+1)%n != i && meet(a, b, p[j], p[(j+1)%n]) {
				return i, j, false
			}
		}
	}
	return 0, 0, true
}

// turn is positive when the way from a over b to c turns left, negative when right, 0 when straight.
func turn(a, b, c Spot) float64 { return (b.X-a.X)*(c.Y-a.Y) - (b.Y-a.Y)*(c.X-a.X) }

// meet says whether the segments ab and cd have a spot in common.
func meet(a, b, c, d Spot) bool {
	if max(a.X, b.X) < min(c.X, d.X) || max(c.X, d.X) < min(a.X, b.X) || max(a.Y, b.Y) < min(c.Y, d.Y) || max(c.Y, d.Y) < min(a.Y, b.Y) {
		return false
	}
	return turn(a, b, c)*turn(a, b, d) <= 0 && turn(c, d, a)*turn(c, d, b) <= 0
}
