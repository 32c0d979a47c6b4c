package plan

import "math"

// maxStops bounds how many vendors a trip visits.
const maxStops = 2

// trip is a bundle with its sequence: vendors first, then doors.
type trip struct {
	stops  [maxStops]int16
	ready  [maxStops]int32 // when all that is fetched there is ready
	orders [MaxBundle]int16
	ns, n  int8
}

func (t *trip) list() []int16 { return t.orders[:t.n] }

// alone is a trip for one order.
func (w *world) alone(o int16) trip {
	t := trip{ns: 1, n: 1}
	t.stops[0], t.ready[0], t.orders[0] = w.orders[o].vendor, w.orders[o].ready, o
	return t
}

// with is the trip with one more order, whose door is the i-th; its vendor is the stop at which, or a new one there.
func (w *world) with(t trip, o int16, i, stop int, fresh bool) trip {
	copy(t.orders[i+1:t.n+1], t.orders[i:t.n])
	t.orders[i] = o
	t.n++
	if fresh {
		copy(t.stops[stop+1:t.ns+1], t.stops[stop:t.ns])
		copy(t.ready[stop+1:t.ns+1], t.ready[stop:t.ns])
		t.stops[stop], t.ready[stop] = w.orders[o].vendor, w.orders[o].ready
		t.ns++
	} else {
		t.ready[stop] = max(t.ready[stop], w.orders[o].ready)
	}
	return t
}

// without is the trip less one order.
func (w *world) without(t trip, o int16) trip {
	rest := trip{}
	for s := range t.ns {
		ready, some := int32(math.MinInt32), false
		for _, other := range t.list() {
			if other != o && w.orders[other].vendor == t.stops[s] {
				ready, some = max(ready, w.orders[other].ready), true
			}
		}
		if some {
			rest.stops[rest.ns], rest.ready[rest.ns] = t.stops[s], ready
			rest.ns++
		}
	}
	for _, other := range t.list() {
		if other != o {
			rest.orders[rest.n] = other
			rest.n++
		}
	}
	return rest
}

var never = math.Inf(1)

// state is where a courier is on the way along a route, and what that has cost.
type state struct {
	now  int32 // when free again
	at   int32 // where then
	cash int64 // taken
	cost float64
}

// start is a courier who has no trip yet.
func (w *world) start(c int) state { return state{now: w.couriers[c].free, at: w.couriers[c].node} }

// leave is when a courier who is free at a place sets out for a trip: as late as makes nothing late.
func (w *world) leave(u *courier, s *state, t *trip) int32 {
	return max(s.now, w.orders[t.orders[0]].known, t.ready[0]-w.pickHalf-w.leg(u.vehicle, s.at, int32(t.stops[0])))
}

// beyond says whether a courier at a place is farther from a trip's vendors than one of its orders is offered.
func (w *world) beyond(u *courier, at int32, t *trip) bool {
	for _, o := range t.list() {
		if order := &w.orders[o]; order.reach > 0 && w.leg(u.vehicle, at, int32(t.stops[0])) > order.reach {
			return true
		}
	}
	return false
}

// step adds a trip to a route. The cost is that of waiting, for every order, from its placement until it is at the door; it is
// never where the courier cannot.
func (w *world) step(c int, s state, t *trip) state {
	u := &w.couriers[c]
	if int(t.n) > u.capacity || w.beyond(u, s.at, t) {
		s.cost = never
		return s
	}
	s.now = w.leave(u, &s, t)
	for i := range t.ns {
		v := int32(t.stops[i])
		s.now = max(s.now+w.leg(u.vehicle, s.at, v)+w.pickHalf, t.ready[i])
		if s.now > u.off {
			s.cost = never
			return s
		}
		s.now, s.at = s.now+w.pickHalf, v
	}
	for _, o := range t.list() {
		order := &w.orders[o]
		if order.barred[c] != "" {
			s.cost = never
			return s
		}
		s.cash += order.cash
		s.now += w.leg(u.vehicle, s.at, order.node) + w.dropHalf
		s.cost += order.weight * (float64(s.now-order.placed) + w.Late*float64(max(0, s.now-order.promised)))
		s.now, s.at = s.now+w.dropHalf, order.node
	}
	if u.cash >= 0 && s.cash > u.cash {
		s.cost = never
	}
	return s
}

// end is the cost of a whole route: what its orders wait, and what the marketplace loses with the courier being away long, and
// ending far from where orders come from.
func (w *world) end(c int, s state) float64 {
	u := &w.couriers[c]
	cost := s.cost + w.scarce*float64(max(0, min(s.now, u.off)-w.lead))
	if s.at == u.node {
		return cost + u.fair + w.outlying*w.far(u.vehicle, s.at)
	}
	return cost + w.outlying*w.far(u.vehicle, s.at)
}

// cost is that of a courier who drives a route.
func (w *world) cost(c int, route []trip) float64 {
	s := w.start(c)
	for k := range route {
		s = w.step(c, s, &route[k])
	}
	return w.end(c, s)
}
