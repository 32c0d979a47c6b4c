package delivery

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/delivery/eta"
	"github.com/zoop-dev/zoop/internal/domain/delivery/plan"
)

// Way is how far an order has come: what a guess of the rest is made from.
type Way struct {
	OrderID         domain.ID
	State           State // of its delivery; "": its customer collects it
	Accepted        bool  // by its vendor
	PromisedAt      time.Time
	FirstGuess      time.Time     // as it was placed; zero: nobody has guessed
	AskedAt         time.Time     // when its vendor was; zero: not yet
	Answer          time.Duration // that its vendor usually takes
	Food            eta.Claim     // of an order that was accepted
	Pickup, Dropoff domain.Point
	Zone            *time.Location // whose hours traffic goes by; nil: that of now
	Vehicle         string         // of its courier; "": not known
	Courier         Sighting       // where they were seen last
	Jobs            []plan.Job     // all that they have to do; none: not known
}

// etaSteps are those in which guesses move, so that nobody sees them tremble.
const etaSteps = 30 * time.Second

// Estimate guesses when the food is with its customer, or ready for one who collects it; zero when nobody can tell any more. It is
// never before now. The formula is that of package eta.
func (w Way) Estimate(now time.Time, travel plan.Travel) time.Time {
	local := now
	if w.Zone != nil {
		local = now.In(w.Zone)
	}
	ride := func(from, to domain.Point) time.Duration {
		return travel.Time(from, to, cmp.Or(plan.Vehicle(w.Vehicle), eta.Assumed), local)
	}
	seen := w.Courier.Fresh(now)
	there := now.Add(eta.FindOne) // when a courier is at the vendor's
	if seen && w.State == Assigned {
		there = now.Add(ride(w.Courier.Point, w.Pickup))
	}
	ready := later(w.Food.Ready(now), now)
	rest := eta.AtVendor + ride(w.Pickup, w.Dropoff) + eta.AtDoor // from there on
	var at time.Time
	switch {
	case w.State == "":
		at = ready
	case w.State == Unassigned || w.State == Offered:
		at = later(ready.Add(eta.Dispatch), there).Add(rest)
	case !w.State.Followed():
		return time.Time{}
	case w.shared():
		at = w.inTurn(local, travel)
	case w.State == Assigned:
		at = later(ready, there).Add(rest)
	case w.State == AtStore:
		at = ready.Add(rest)
	case w.State == AtCustomer:
		at = now.Add(eta.AtDoor)
	case seen:
		at = now.Add(ride(w.Courier.Point, w.Dropoff) + eta.AtDoor)
	default:
		at = now.Add(ride(w.Pickup, w.Dropoff) + eta.AtDoor)
	}
	if !w.Accepted {
		at = w.unanswered(now)
	}
	return later(at, now).Add(etaSteps - 1).Truncate(etaSteps)
}

// shared says whether the courier has more to do than this order.
func (w Way) shared() bool {
	return len(w.Jobs) > 1 && slices.ContainsFunc(w.Jobs, func(j plan.Job) bool { return j.Order == w.OrderID })
}

// inTurn is when a courier who has more to do is at this order's door, by the clock there: what they do before comes first.
func (w Way) inTurn(local time.Time, travel plan.Travel) time.Time {
	from, start := w.Pickup, local
	switch {
	case w.State == AtStore:
	case w.Courier.Fresh(local):
		from = w.Courier.Point
	case w.State == Assigned:
		start = start.Add(eta.FindOne)
	}
	jobs := slices.Clone(w.Jobs)
	for i := range jobs {
		if j := &jobs[i]; j.Order == w.OrderID { // the way knows it better
			j.Pickup, j.Door, j.Ready, j.Fetched, j.AtDoor = w.Pickup, w.Dropoff, w.Food.Ready(local), w.State.Coming(), w.State == AtCustomer
		}
	}
	return plan.Finish(start, from, cmp.Or(plan.Vehicle(w.Vehicle), eta.Assumed), jobs, travel, Params()).Doors[w.OrderID]
}

// Next says whether no other door comes before this order's, as far as is known.
func (w Way) Next() bool { return !w.shared() || plan.NextDoor(w.Jobs) == w.OrderID }

// unanswered is the guess while the vendor has not said yes: the first one, and as much later as the vendor takes longer than usual.
func (w Way) unanswered(now time.Time) time.Time {
	at := w.FirstGuess
	if at.IsZero() {
		at = w.PromisedAt
	}
	if w.AskedAt.IsZero() {
		return at
	}
	return at.Add(max(0, now.Sub(w.AskedAt)-w.Answer))
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

// Shown is a courier's position as those may see it who follow an order: to about a metre while the food is coming to the next door, and
// before that coarse, only the middle of the cell of a grid; so nobody sees at whose door the courier is before. It is not ok when it is
// nobody's business, or too old to say anything.
func (s State) Shown(at Sighting, next bool, now time.Time) (p domain.Point, coarse, ok bool) {
	switch {
	case !s.Followed() || at.At.IsZero() || now.Sub(at.At) > ShownFor:
		return p, false, false
	case s.Coming() && next:
		return domain.Point{Lat: round5(at.Point.Lat), Lng: round5(at.Point.Lng)}, false, true
	}
	return Coarse(at.Point), true, true
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
