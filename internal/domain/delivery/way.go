package delivery

import (
	"math"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Way is how far an order has come: what a guess of the rest is made from.
type Way struct {
	State           State // of its delivery; "": its customer collects it
	Accepted        bool  // by its vendor
	PromisedAt      time.Time
	ReadyBy         time.Time // zero: the vendor has not said
	Pickup, Dropoff domain.Point
	Vehicle         string   // of its courier; "": nobody has it yet
	Courier         Sighting // where they were seen last
}

// What a guess is made of, where nothing better is known.
const (
	detour   = 1.4             // streets against the great circle
	findOne  = 4 * time.Minute // until a courier stands at the vendor's, while nobody has the order
	atStop   = 2 * time.Minute // of handling, at the vendor's and at the door
	etaSteps = 30 * time.Second
)

// metersPerMinute is how fast couriers get on in a town.
var metersPerMinute = map[string]float64{"foot": 80, "bicycle": 230, "motorbike": 350, "car": 330}

// travel guesses how long a courier takes from one place to another.
func (w Way) travel(from, to domain.Point) time.Duration {
	speed := metersPerMinute[w.Vehicle]
	if speed == 0 {
		speed = metersPerMinute["bicycle"]
	}
	return time.Duration(from.Meters(to) * detour / speed * float64(time.Minute))
}

// Estimate guesses when the food is with its customer, or ready for one who collects it; zero when nobody can tell any more. It is
// never before now, and moves in steps, so that nobody sees it tremble.
func (w Way) Estimate(now time.Time) time.Time {
	ready, here := later(w.ReadyBy, now), w.Pickup
	if w.Courier.Fresh(now) {
		here = w.Courier.Point
	}
	var at time.Time
	switch w.State {
	case "":
		at = later(w.ReadyBy, w.PromisedAt)
		if w.Accepted {
			at = ready
		}
	case Unassigned, Offered:
		at = w.PromisedAt
		if w.Accepted {
			at = later(ready, now.Add(findOne)).Add(w.travel(w.Pickup, w.Dropoff) + 2*atStop)
		}
	case Assigned:
		at = later(ready, now.Add(w.travel(here, w.Pickup))).Add(w.travel(w.Pickup, w.Dropoff) + 2*atStop)
	case AtStore:
		at = ready.Add(w.travel(w.Pickup, w.Dropoff) + 2*atStop)
	case PickedUp:
		at = now.Add(w.travel(here, w.Dropoff) + atStop)
	case AtCustomer:
		at = now.Add(atStop)
	default:
		return time.Time{}
	}
	return later(at, now).Add(etaSteps - 1).Truncate(etaSteps)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Followed says whether an order's customer may see where its courier is: from the moment that they have the order to that in
// which they give it away.
func (s State) Followed() bool {
	return s == Assigned || s == AtStore || s.Coming()
}

// Coming says whether the food is on its way to its customer.
func (s State) Coming() bool { return s == PickedUp || s == AtCustomer }

// Grid is the size of the cells, in metres, that positions are coarsened to.
const Grid = 500

// Shown is a courier's position as others may see it: to about a metre while the food is coming, and before that only the
// middle of the cell of a grid. It is not ok when it is nobody's business, or too old to say anything.
func (s State) Shown(at Sighting, now time.Time) (p domain.Point, ok bool) {
	switch {
	case !s.Followed() || at.At.IsZero() || now.Sub(at.At) > ShownFor:
		return p, false
	case s.Coming():
		return domain.Point{Lat: round5(at.Point.Lat), Lng: round5(at.Point.Lng)}, true
	}
	return Coarse(at.Point), true
}

// ShownFor is how old a position may be to be shown.
const ShownFor = 15 * time.Minute

// Coarse is the middle of the cell that a point lies in, of a grid that is fixed on the Earth: whoever stays in a cell does not
// move, so that many positions tell no more than one. Rows are Grid high; the cells of a row are Grid wide at its middle.
func Coarse(p domain.Point) domain.Point {
	const perDegree = domain.EarthMeters * math.Pi / 180
	row := Grid / perDegree
	lat := math.Min((math.Floor(p.Lat/row)+0.5)*row, 89.9)
	col := row / math.Cos(lat*math.Pi/180)
	lng := (math.Floor(p.Lng/col) + 0.5) * col
	return domain.Point{Lat: round5(lat), Lng: round5(math.Max(-180, math.Min(lng, 180)))}
}

// round5 keeps five decimals: a metre.
func round5(deg float64) float64 { return math.Round(deg*1e5) / 1e5 }
