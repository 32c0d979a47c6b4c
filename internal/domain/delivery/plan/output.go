package plan

import (
	"cmp"
	"slices"

	"github.com/zoop-dev/zoop/internal/domain"
)

// explainedMost bounds how many of what waits for a courier's time is explained in a round, as that is a look at every courier each.
const explainedMost = 40

// planned is a trip that is not given out yet.
type planned struct {
	courier int
	trip    *trip
	leave   int32
	reason  Reason
}

// output tells what is given out now, and why the rest waits.
func (s *search) output() Output {
	var out Output
	var later []planned
	for c := range s.routes {
		for k := range s.routes[c].trips {
			t := &s.routes[c].trips[k]
			if s.w.expected(t) {
				continue
			}
			leave := s.w.leave(&s.w.couriers[c], &s.routes[c].before[k], t)
			idle := s.w.couriers[c].idle
			if k == 0 && idle && leave < s.w.round {
				out.Trips = append(out.Trips, s.trip(c, t))
				continue
			}
			reason := Later
			switch {
			case k > 0:
				reason = Queued
			case !idle:
				reason = Busy
			}
			later = append(later, planned{c, t, leave, reason})
		}
	}
	slices.SortStableFunc(later, func(a, b planned) int { return cmp.Compare(a.leave, b.leave) })
	for i, p := range later {
		var why *Why
		if i < explainedMost {
			why = s.why(p.courier, p.trip)
		}
		for _, o := range p.trip.list() {
			out.Waiting = append(out.Waiting, Waiting{Order: s.w.orders[o].id, Reason: p.reason, Courier: s.w.couriers[p.courier].id, Leave: s.w.time(p.leave), Why: why})
		}
	}
	for o, c := range s.at {
		if t := s.w.alone(int16(o)); c < 0 && !s.w.expected(&t) { //nolint:gosec // bounded by admit
			out.Waiting = append(out.Waiting, Waiting{Order: s.w.orders[o].id, Reason: Nobody, Why: s.why(-1, &t)})
		}
	}
	for _, id := range s.w.surplus {
		out.Waiting = append(out.Waiting, Waiting{Order: id, Reason: Surplus})
	}
	slices.SortFunc(out.Waiting, func(a, b Waiting) int { return domain.CompareIDs(a.Order, b.Order) })
	return out
}

// expected says whether a trip is for orders that nobody has placed; these never share one with others.
func (w *world) expected(t *trip) bool { return w.vendors[t.stops[0]].expected }

func (w *world) ids(t *trip) []domain.ID {
	var out []domain.ID
	if !w.expected(t) {
		for _, o := range t.list() {
			out = append(out, w.orders[o].id)
		}
	}
	return out
}

// trip is what a courier is told.
func (s *search) trip(c int, t *trip) Trip {
	w := s.w
	out := Trip{Courier: w.couriers[c].id, Leave: w.time(w.leave(&w.couriers[c], new(w.start(c)), t)), Orders: w.ids(t), Why: s.why(c, t)}
	for i, p := range w.stops(c, t) {
		stop := Stop{Arrive: w.time(p.arrive), Done: w.time(p.done), Leave: w.time(p.leave)}
		if i < int(t.ns) {
			stop.Vendor = w.vendors[t.stops[i]].id
		} else {
			stop.Order = w.orders[t.orders[i-int(t.ns)]].id
		}
		out.Stops = append(out.Stops, stop)
	}
	return out
}

// passage is when a courier comes to a place, has picked up or handed over there, and leaves it.
type passage struct{ arrive, done, leave int32 }

// stops are a trip's passages, vendors first, for a courier who starts with it.
func (w *world) stops(c int, t *trip) []passage {
	u, s := &w.couriers[c], w.start(c)
	now, at := w.leave(u, &s, t), s.at
	out := make([]passage, 0, t.ns+t.n)
	for i := range t.ns {
		arrive := now + w.leg(u.vehicle, at, int32(t.stops[i]))
		done := max(arrive+w.pickHalf, t.ready[i])
		now, at = done+w.pickHalf, int32(t.stops[i])
		out = append(out, passage{arrive, done, now})
	}
	for _, o := range t.list() {
		arrive := now + w.leg(u.vehicle, at, w.orders[o].node)
		now, at = arrive+2*w.dropHalf, w.orders[o].node
		out = append(out, passage{arrive, arrive + w.dropHalf, now})
	}
	return out
}
