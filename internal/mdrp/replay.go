package mdrp

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/delivery/plan"
)

// Assignment is a trip that a courier was sent on.
type Assignment struct {
	Courier int // in Instance.Couriers
	Given   int // when
	Leave   int
	Pickup  int
	Orders  []int // in Instance.Orders, by door
	Drops   []int // when each was handed over
}

// Solution is what became of a day.
type Solution struct {
	Assignments []Assignment
	Rounds      []time.Duration // how long each decision took
}

// day0 is minute 0 of every instance.
var day0 = time.Unix(0, 0).UTC()

func at(minute int) time.Time { return day0.Add(time.Duration(minute) * time.Minute) }

func minute(t time.Time) int { return int(t.Sub(day0) / time.Minute) }

// Params are those of a replay: the engine's own, with the instance's service times and its promise; rounds are a minute
// apart, and trips are for one vendor's orders.
func (in *Instance) Params() plan.Params {
	p := plan.Defaults()
	p.Round = time.Minute
	p.PickupTime = time.Duration(in.PickupMinutes) * time.Minute
	p.DropTime = time.Duration(in.DropMinutes) * time.Minute
	p.Target = time.Duration(in.Target) * time.Minute
	p.Nearby = 0
	return p
}

// id numbers things as the engine names them.
func id(kind byte, n int) domain.ID {
	var out domain.ID
	out[0] = kind
	binary.BigEndian.PutUint64(out[8:], uint64(n)) //nolint:gosec // an index
	return out
}

func index(id domain.ID) int { return int(binary.BigEndian.Uint64(id[8:])) } //nolint:gosec // it was an index

func point(p Place) domain.Point { return domain.Point{Lng: p.X, Lat: p.Y} }

// replay is a day that goes on.
type replay struct {
	*Instance
	params   plan.Params
	vendors  map[string]domain.ID
	free     []int   // by courier: from when on
	place    []Place // by courier: where then
	waiting  []int
	next     int // order to be placed next
	solution Solution
}

// Replay plays a day minute by minute; the engine learns of an order when it is placed, and sends only couriers who stand
// where they came on or made their last delivery. The progress is told in minutes.
func (in *Instance) Replay(ctx context.Context, p plan.Params, progress func(done, all int)) (*Solution, error) {
	r := &replay{Instance: in, params: p, vendors: map[string]domain.ID{}}
	last := 0
	for _, c := range in.Couriers {
		r.free, r.place = append(r.free, c.On), append(r.place, c.At)
		last = max(last, c.Off)
	}
	for n, o := range in.Orders {
		if _, ok := r.vendors[o.Vendor]; !ok {
			r.vendors[o.Vendor] = id('v', n)
		}
	}
	for now := 0; now <= last; now++ {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("replay %s: %w", in.Name, err)
		}
		for r.next < len(in.Orders) && in.Orders[r.next].Placed <= now {
			r.waiting = append(r.waiting, r.next)
			r.next++
		}
		if len(r.waiting) == 0 && r.next == len(in.Orders) {
			break
		}
		if len(r.waiting) > 0 {
			r.round(now)
		}
		if progress != nil {
			progress(now, last)
		}
	}
	return &r.solution, nil
}

func (r *replay) round(now int) {
	in := r.input(now)
	started := time.Now()
	out := plan.Decide(in)
	r.solution.Rounds = append(r.solution.Rounds, time.Since(started))
	for _, t := range out.Trips {
		r.send(now, t)
	}
}

func (r *replay) input(now int) plan.Input {
	in := plan.Input{Now: at(now), Travel: plan.Plane{MetersPerMinute: r.MetersPerMinute}, Params: r.params}
	for n, c := range r.Couriers {
		if c.Off >= now {
			in.Couriers = append(in.Couriers, plan.Courier{ID: id('c', n), At: point(r.place[n]), Free: at(r.free[n]), Off: at(c.Off), CashRoom: -1})
		}
	}
	for _, n := range r.waiting {
		in.Orders = append(in.Orders, r.order(n))
	}
	for n := r.next - 1; n >= 0 && r.Orders[n].Placed > now-int(r.params.Again/time.Minute); n-- {
		in.Lately = append(in.Lately, r.order(n))
	}
	return in
}

func (r *replay) order(n int) plan.Order {
	o := &r.Orders[n]
	return plan.Order{
		ID: id('o', n), Vendor: r.vendors[o.Vendor], Pickup: point(r.Vendors[o.Vendor]), Door: point(o.Door), Placed: at(o.Placed), Ready: at(o.Ready),
	}
}

func (r *replay) send(now int, t plan.Trip) {
	c := index(t.Courier)
	a := Assignment{Courier: c, Given: now, Pickup: minute(t.Stops[0].Done)}
	a.Leave = minute(t.Stops[0].Arrive) - r.Travel(r.place[c], r.Vendors[r.Orders[index(t.Orders[0])].Vendor])
	for _, s := range t.Stops[1:] {
		n := index(s.Order)
		a.Orders, a.Drops = append(a.Orders, n), append(a.Drops, minute(s.Done))
		r.free[c], r.place[c] = minute(s.Leave), r.Orders[n].Door
		r.waiting = without(r.waiting, n)
	}
	r.solution.Assignments = append(r.solution.Assignments, a)
}

func without(list []int, n int) []int {
	out := list[:0]
	for _, x := range list {
		if x != n {
			out = append(out, x)
		}
	}
	return out
}
