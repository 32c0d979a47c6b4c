package plan

import "slices"

// The bounds of a search.
const (
	maxTrips = 4   // of a route
	ruined   = 5   // orders taken out at once
	looks    = 500 // couriers looked at, for each trip that may be weighed: most are out of the question at a glance
)

// search looks for the cheapest routes: it builds by insertion, gives routes to couriers exactly, then takes some orders out
// and puts them back better, as long as it may.
type search struct {
	w      *world
	routes []route // by courier
	at     []int16 // by order: the courier who is to carry it, or -1
	effort int     // trips weighed
	looked int     // couriers looked at
	dice   uint64
	undo   undo
	out    []int16 // scratch of related
}

// route is what a courier is to drive.
type route struct {
	trips  []trip
	before []state // each trip; the last one is after all
	cost   float64
}

func newSearch(w *world) *search {
	s := &search{w: w, routes: make([]route, len(w.couriers)), at: slices.Repeat([]int16{-1}, len(w.orders)), dice: 1}
	for c := range s.routes {
		s.set(c, nil)
	}
	return s
}

// set has a courier drive other trips.
func (s *search) set(c int, trips []trip) {
	r := &s.routes[c]
	now := s.w.start(c)
	r.trips, r.before = trips, append(r.before[:0], now)
	for k := range trips {
		now = s.w.step(c, now, &trips[k])
		r.before = append(r.before, now)
		for _, o := range trips[k].list() {
			s.at[o] = int16(c) //nolint:gosec // bounded by addCouriers
		}
	}
	r.cost = s.w.end(c, now)
}

// place is where an order may go: into a trip, or on a new one.
type place struct {
	courier int
	trip    int
	into    bool // into the trip; else a new one before it
	door    int
	stop    int
	fresh   bool // the vendor is a new stop
	extra   float64
}

// build plans every order, those that are ready first.
func (s *search) build() {
	for o := range s.w.orders {
		s.insert(int16(o)) //nolint:gosec // bounded by admit
	}
}

// insert puts an order where it costs least; it stays out where nobody can take it.
func (s *search) insert(o int16) bool {
	best, ok := s.find(o)
	if ok {
		s.put(o, best)
	}
	return ok
}

// find looks for the cheapest place of an order.
func (s *search) find(o int16) (place, bool) {
	s.looked += len(s.routes)
	best := place{extra: s.w.orders[o].lost}
	for c := range s.routes {
		for k := range s.routes[c].trips {
			s.tryInto(o, c, k, &best)
		}
	}
	for c := range s.routes {
		s.tryNew(o, c, &best)
	}
	return best, best.extra < s.w.orders[o].lost
}

// tryNew weighs a trip for the order alone. Most couriers are out of the question, and told by what the order itself would
// wait: that is a bound, because a further trip takes nothing off the others' waiting.
func (s *search) tryNew(o int16, c int, best *place) {
	r, u, order := &s.routes[c], &s.w.couriers[c], &s.w.orders[o]
	if len(r.trips) == maxTrips {
		return
	}
	v := int32(order.vendor)
	served := s.w.pickHalf + s.w.leg(u.vehicle, v, order.node) + s.w.dropHalf - order.placed
	for k := range r.before {
		from := &r.before[k]
		pickup := max(order.ready, max(from.now, order.known)+s.w.leg(u.vehicle, from.at, v)+s.w.pickHalf)
		bound := order.weight*float64(pickup+served) - u.fair
		if k == len(r.trips) {
			bound -= s.w.outlying * s.w.far(u.vehicle, from.at)
		}
		if pickup > u.off || bound >= best.extra {
			continue
		}
		alone := s.w.alone(o)
		s.weigh(s.w.step(c, *from, &alone), r.trips[k:], place{courier: c, trip: k}, best)
	}
}

func (s *search) tryInto(o int16, c, k int, best *place) {
	t := &s.routes[c].trips[k]
	if int(t.n) >= s.w.couriers[c].capacity {
		return
	}
	v := s.w.orders[o].vendor
	stop := slices.Index(t.stops[:t.ns], v)
	switch {
	case stop >= 0:
		s.tryDoors(o, place{courier: c, trip: k, into: true, stop: stop}, best)
	case t.ns < maxStops && s.w.vendors[v].next[t.stops[0]]:
		for at := range int(t.ns) + 1 {
			s.tryDoors(o, place{courier: c, trip: k, into: true, stop: at, fresh: true}, best)
		}
	}
}

func (s *search) tryDoors(o int16, p place, best *place) {
	r := &s.routes[p.courier]
	for p.door = range int(r.trips[p.trip].n) + 1 {
		t := s.w.with(r.trips[p.trip], o, p.door, p.stop, p.fresh)
		s.weigh(s.w.step(p.courier, r.before[p.trip], &t), r.trips[p.trip+1:], p, best)
	}
}

// weigh follows a route to its end.
func (s *search) weigh(now state, rest []trip, p place, best *place) {
	s.effort += 1 + len(rest)
	for k := range rest {
		if now.cost == never {
			return
		}
		now = s.w.step(p.courier, now, &rest[k])
	}
	p.extra = s.w.end(p.courier, now) - s.routes[p.courier].cost
	if p.extra < best.extra {
		*best = p
	}
}

func (s *search) put(o int16, p place) {
	trips := s.routes[p.courier].trips
	if p.into {
		trips[p.trip] = s.w.with(trips[p.trip], o, p.door, p.stop, p.fresh)
	} else {
		trips = slices.Insert(trips, p.trip, s.w.alone(o))
	}
	s.set(p.courier, trips)
}

// remove takes an order out of its route.
func (s *search) remove(o int16) {
	c := int(s.at[o])
	if c < 0 {
		return
	}
	s.at[o] = -1
	trips := s.routes[c].trips
	for k := range trips {
		if !slices.Contains(trips[k].list(), o) {
			continue
		}
		if trips[k].n == 1 {
			trips = slices.Delete(trips, k, k+1)
		} else {
			trips[k] = s.w.without(trips[k], o)
		}
		break
	}
	s.set(c, trips)
}

// improve makes the plan better until the effort is spent.
func (s *search) improve() {
	if len(s.w.orders) == 0 || len(s.w.couriers) == 0 {
		return
	}
	s.reassign()
	for s.effort < s.w.Effort && s.looked/looks < s.w.Effort {
		s.effort++ // where nothing can be weighed, the search ends, too
		s.ruin()
	}
	s.reassign()
}

// roll gives a number below n; the dice are loaded alike in every round.
func (s *search) roll(n int) int {
	s.dice ^= s.dice << 13
	s.dice ^= s.dice >> 7
	s.dice ^= s.dice << 17
	return int(s.dice % uint64(n)) //nolint:gosec // n is a length
}

// ruin takes out orders that have to do with each other, puts them back one by one, and keeps that if it is no worse.
func (s *search) ruin() {
	out := s.related(int16(s.roll(len(s.at)))) //nolint:gosec // bounded by admit
	was := &s.undo
	was.begin(s)
	change := 0.0
	for _, o := range out {
		if s.at[o] < 0 {
			change -= s.w.orders[o].lost
			continue
		}
		was.keep(int(s.at[o]))
		s.remove(o)
	}
	for i := len(out) - 1; i > 0; i-- {
		j := s.roll(i + 1)
		out[i], out[j] = out[j], out[i]
	}
	for _, o := range out {
		best, ok := s.find(o)
		if !ok {
			change += s.w.orders[o].lost
			continue
		}
		was.keep(best.courier)
		s.put(o, best)
	}
	if change+was.change() > 0 {
		was.restore()
	}
}

// undo remembers routes before they are changed. It is used again and again, so that a search leaves no garbage.
type undo struct {
	s      *search
	at     []int16
	who    []int
	routes []route // of who; what lies behind is room for more
}

func (u *undo) begin(s *search) {
	u.s, u.at, u.who = s, append(u.at[:0], s.at...), u.who[:0]
}

func (u *undo) keep(c int) {
	if slices.Contains(u.who, c) {
		return
	}
	if len(u.who) == len(u.routes) {
		u.routes = append(u.routes, route{})
	}
	r, kept := &u.s.routes[c], &u.routes[len(u.who)]
	kept.trips, kept.before, kept.cost = append(kept.trips[:0], r.trips...), append(kept.before[:0], r.before...), r.cost
	u.who = append(u.who, c)
}

// change is how much dearer the changed routes are.
func (u *undo) change() float64 {
	sum := 0.0
	for i, c := range u.who {
		sum += u.s.routes[c].cost - u.routes[i].cost
	}
	return sum
}

func (u *undo) restore() {
	for i, c := range u.who {
		u.s.routes[c], u.routes[i] = u.routes[i], u.s.routes[c]
	}
	copy(u.s.at, u.at)
}

// related gives an order and some next to it: those of its courier first, then of its vendor and of vendors close by.
func (s *search) related(o int16) []int16 {
	n := 2 + s.roll(ruined-1)
	out := append(s.out[:0], o)
	add := func(others ...int16) {
		for _, other := range others {
			if len(out) < n && !slices.Contains(out, other) {
				out = append(out, other)
			}
		}
	}
	if c := s.at[o]; c >= 0 {
		for k := range s.routes[c].trips {
			add(s.routes[c].trips[k].list()...)
		}
	}
	for _, v := range s.w.around(s.w.orders[o].vendor) {
		for _, other := range s.w.vendors[v].orders {
			if s.roll(2) == 0 {
				add(other)
			}
		}
		if len(out) == n {
			break
		}
	}
	s.out = out
	return out
}
