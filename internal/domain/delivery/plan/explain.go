package plan

import (
	"cmp"
	"slices"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Why tells how a decision came about, briefly enough to be kept with it.
type Why struct {
	Weighed    int                       // couriers who could have gone
	Candidates []Candidate               // the cheapest of them, and always the one who goes; at most Params.Candidates + 1
	Excluded   map[Exclusion]int         // how many could not, by reason
	Who        map[Exclusion][]domain.ID // some of them, at most excludedNamed a reason
}

// excludedNamed bounds how many couriers an explanation names for each reason of exclusion.
const excludedNamed = 5

// Exclusion is why a courier is out of the question.
type Exclusion string

// The exclusions.
const (
	ExcludedOff      Exclusion = "off"      // off before the food can be fetched
	ExcludedLong     Exclusion = "not_free" // not free within the horizon
	ExcludedRefused  Exclusion = "refused"  // declined one of the orders, or let its offer expire
	ExcludedCapacity Exclusion = "capacity" // carries fewer orders
	ExcludedCash     Exclusion = "cash"     // may not take that much cash
	ExcludedZone     Exclusion = "zone"     // picks up elsewhere
	ExcludedFar      Exclusion = "far"      // farther from the vendor than couriers are asked yet
)

// Candidate is a courier for a trip, with what that would cost.
type Candidate struct {
	Courier domain.ID
	Chosen  bool
	Score   Score
	Instead []domain.ID // orders that the plan has the courier fetch next; a cheaper candidate is kept for these
}

// Score is the cost of a trip and what it is made of, in seconds; sums over the orders of the trip.
type Score struct {
	Total        float64 // what the plan compares: waiting, and what the courier is worth elsewhere
	Approach     int     // way to the first vendor
	Idle         int     // the courier waits for the food
	PickupLate   int     // the food waits for the courier
	Detour       int     // way to the doors, more than straight from the vendor
	DeliveryLate int     // after the promise
	Freshness    int     // from ready to the door
	Elsewhere    int     // what is lost with the courier being away long and ending far out, and what fairness takes off
}

// why explains who drives a trip.
func (s *search) why(chosen int, t *trip) *Why {
	w := s.w
	if w.Candidates <= 0 {
		return nil
	}
	why := &Why{Excluded: map[Exclusion]int{}, Who: map[Exclusion][]domain.ID{}}
	for _, out := range w.excluded {
		why.Exclude(out.courier, out.why)
	}
	for c := range w.couriers {
		if reason := w.excludes(c, t); reason != "" {
			why.Exclude(w.couriers[c].id, reason)
			continue
		}
		why.Candidates = append(why.Candidates, Candidate{Courier: w.couriers[c].id, Chosen: c == chosen, Score: w.score(c, t)})
	}
	why.Weighed = len(why.Candidates)
	slices.SortFunc(why.Candidates, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(a.Score.Total, b.Score.Total), domain.CompareIDs(a.Courier, b.Courier))
	})
	n := 0
	why.Candidates = slices.DeleteFunc(why.Candidates, func(c Candidate) bool { n++; return n > w.Candidates && !c.Chosen })
	for i := range why.Candidates {
		if !why.Candidates[i].Chosen {
			why.Candidates[i].Instead = s.next(why.Candidates[i].Courier)
		}
	}
	return why
}

// Exclude counts a courier among those who could not go, and names them if there are few.
func (y *Why) Exclude(id domain.ID, why Exclusion) {
	y.Excluded[why]++
	if len(y.Who[why]) < excludedNamed {
		y.Who[why] = append(y.Who[why], id)
	}
}

// excludes says why a courier cannot drive a trip.
func (w *world) excludes(c int, t *trip) Exclusion {
	u, cash := &w.couriers[c], int64(0)
	for _, o := range t.list() {
		if w.orders[o].barred[c] != "" {
			return w.orders[o].barred[c]
		}
		cash += w.orders[o].cash
	}
	switch {
	case int(t.n) > u.capacity:
		return ExcludedCapacity
	case u.cash >= 0 && cash > u.cash:
		return ExcludedCash
	case w.beyond(u, u.node, t):
		return ExcludedFar
	case w.step(c, w.start(c), t).cost == never:
		return ExcludedOff
	}
	return ""
}

// score takes the cost of a trip apart.
func (w *world) score(c int, t *trip) Score {
	u, from := &w.couriers[c], w.start(c)
	after := w.step(c, from, t)
	total := w.end(c, after) - w.end(c, from)
	sc := Score{Total: total, Elsewhere: int(total - after.cost), Approach: int(w.leg(u.vehicle, from.at, int32(t.stops[0])))}
	way := w.stops(c, t)
	for i := range t.ns {
		sc.Idle += int(max(0, way[i].done-w.pickHalf-way[i].arrive))
	}
	left := way[t.ns-1].leave
	for i, o := range t.list() {
		order, done := &w.orders[o], way[int(t.ns)+i].done
		direct := w.leg(u.vehicle, int32(order.vendor), order.node) + w.dropHalf
		fetched := way[slices.Index(t.stops[:], order.vendor)].done
		sc.PickupLate += int(fetched - order.ready)
		sc.Detour += int(done - left - direct)
		sc.DeliveryLate += int(max(0, done-order.promised))
		sc.Freshness += int(done - order.ready)
	}
	return sc
}

// next is what a courier is planned to fetch first.
func (s *search) next(id domain.ID) []domain.ID {
	c, _ := s.w.courier(id)
	for k := range s.routes[c].trips {
		if ids := s.w.ids(&s.routes[c].trips[k]); len(ids) > 0 {
			return ids
		}
	}
	return nil
}
