package delivery

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/domain/delivery/plan"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/osrm"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Bounds of a round.
const (
	roundCities   = 200
	roundsAtOnce  = 2
	roundTasks    = 1000
	roundCouriers = 5000
	roundSilence  = 3 * time.Second // a process that stands still for so long loses the city
)

// Dispatch makes the round of each city whose round is due, and says how many trips it offered. Any number of instances may do it at
// once: a city's row is held by one of them for the length of a round, and nothing is remembered from one round to the next.
func (s *Service) Dispatch(ctx context.Context) (int, error) {
	cities, err := s.db.DueCities(ctx, s.roundEvery, s.roundLeast, roundCities)
	if err != nil {
		return 0, err
	}
	var made atomic.Int64
	errs := make([]error, len(cities))
	var g errgroup.Group
	g.SetLimit(roundsAtOnce)
	for i, city := range cities {
		g.Go(func() error {
			errs[i] = s.db.RoundOf(ctx, city, roundSilence, func(now time.Time, still func() error) (postgres.Round, error) {
				done, err := s.round(ctx, city.City, now, still)
				made.Add(int64(done.Trips))
				return done, err
			})
			return nil // one city's trouble is not another's
		})
	}
	_ = g.Wait()
	return int(made.Load()), errors.Join(errs...)
}

// round plans a city, offers what cannot wait, and notes why the rest does.
func (s *Service) round(ctx context.Context, city string, now time.Time, still func() error) (done postgres.Round, err error) {
	began := time.Now()
	r, err := s.look(ctx, city, now)
	if err != nil {
		return done, err
	}
	done.Orders, done.Couriers = len(r.in.Orders), len(r.in.Couriers)
	if err := still(); err != nil { // what was read may have taken a while, and the plan may, too
		return done, err
	}
	out, err := decide(r.in, still)
	if err != nil {
		return done, err
	}
	s.seen.decided(time.Since(began), done)
	for _, trip := range out.Trips {
		if err := still(); err != nil {
			return done, err
		}
		switch err := s.offer(ctx, r, trip); {
		case err == nil:
			done.Trips++
			s.seen.offered.Inc()
		case domain.KindOf(err) == domain.Conflict, domain.KindOf(err) == domain.NotFound:
			// It has changed since it was read: it is in the next round.
		default:
			return done, err
		}
	}
	return done, s.db.SaveWaiting(ctx, now, r.waiting(out))
}

// decide plans, and says meanwhile that the city is still held: a plan of many on a busy machine may take longer than roundSilence.
func decide(in plan.Input, still func() error) (out plan.Output, err error) {
	planned := make(chan plan.Output, 1)
	go func() { planned <- plan.Decide(in) }()
	tick := time.NewTicker(roundSilence / 3)
	defer tick.Stop()
	for err == nil {
		select {
		case out = <-planned:
			return out, nil
		case <-tick.C:
			err = still()
		}
	}
	return out, err
}

// round is what a round knows.
type round struct {
	in       plan.Input
	tasks    map[domain.ID]postgres.Task // by order
	workers  map[domain.ID]Worker
	excluded []Worker // who are online and cannot take work
}

// look reads what a round needs.
func (s *Service) look(ctx context.Context, city string, now time.Time) (*round, error) {
	params := rules.Params()
	tasks, lately, err := s.db.Waiting(ctx, city, now, now.Add(-params.Again), roundTasks)
	if err != nil {
		return nil, err
	}
	workers, err := s.positions.Workers(ctx, postgres.WorkerFilter{City: city, Most: roundCouriers})
	if err != nil {
		return nil, err
	}
	r := &round{tasks: map[domain.ID]postgres.Task{}, workers: map[domain.ID]Worker{}}
	r.in = plan.Input{Now: now, Lately: lately, Params: params}
	var ids []domain.ID
	for _, w := range workers {
		if w.At == nil || w.Excluded != "" && w.Excluded != rules.Full {
			r.excluded = append(r.excluded, w)
			continue
		}
		r.workers[w.CourierID] = w
		ids = append(ids, w.CourierID)
	}
	busy, err := s.db.Busyness(ctx, ids, now)
	if err != nil {
		return nil, err
	}
	r.in.Travel = s.roads.Know(ctx, ways(tasks, r.workers, busy)...)
	currency := r.admit(tasks)
	for _, id := range ids {
		r.in.Couriers = append(r.in.Couriers, r.courier(r.workers[id], busy, currency))
	}
	return r, nil
}

// ways are those that the round will ask about, and what couriers still have to do.
func ways(tasks []postgres.Task, workers map[domain.ID]Worker, busy postgres.Busyness) []osrm.Want {
	var pickups, places []domain.Point
	for _, t := range tasks {
		pickups, places = append(pickups, t.Pickup), append(places, t.Pickup, t.Door)
	}
	starts := map[plan.Vehicle][]domain.Point{}
	var wants, own []osrm.Want
	for id, w := range workers {
		by, at := plan.Vehicle(w.Vehicle), *w.At
		if jobs := busy.Jobs[id]; len(jobs) > 0 {
			var stops []domain.Point
			for _, job := range jobs {
				stops = append(stops, job.Pickup, job.Door)
			}
			own = append(own, osrm.Want{By: by, From: append(stops, at), To: stops})
			starts[by] = append(starts[by], stops...) // one of them is where they are free
			continue
		}
		starts[by] = append(starts[by], at)
	}
	for by, from := range starts {
		wants = append(wants, osrm.Want{By: by, From: from, To: pickups}, osrm.Want{By: by, From: places, To: places})
	}
	return append(wants, own...) // what matters to all first
}

// admit takes the orders in, and gives the currency in which most of their cash is: what a courier may still take of it is weighed order
// by order, and of other currencies when the order is read.
func (r *round) admit(tasks []postgres.Task) domain.Currency {
	count := map[domain.Currency]int{}
	for _, t := range tasks {
		if t.Due.Amount > 0 {
			count[t.Due.Currency]++
		}
	}
	var main domain.Currency
	for c, n := range count {
		if n > count[main] || n == count[main] && c < main {
			main = c
		}
	}
	for _, t := range tasks {
		r.in.Now = r.in.Now.In(t.Zone) // the hour of the streets
		o := t.Order
		o.Reach = rules.Reach(r.in.Now, o.Ready, len(t.Refused))
		o.Barred = r.barred(t, main)
		if t.Due.Currency == main {
			o.Cash = t.Due.Amount
		}
		r.tasks[o.ID] = t
		r.in.Orders = append(r.in.Orders, o)
	}
	return main
}

// barred are the couriers who must not be asked for an order.
func (r *round) barred(t postgres.Task, main domain.Currency) map[domain.ID]plan.Exclusion {
	out := map[domain.ID]plan.Exclusion{}
	for _, w := range r.workers {
		switch {
		case slices.Contains(t.Refused, w.CourierID):
			out[w.CourierID] = plan.ExcludedRefused
		case !w.PicksUp(t.Pickup):
			out[w.CourierID] = plan.ExcludedZone
		case t.Due.Currency != main && !w.Takes(t.Due):
			out[w.CourierID] = plan.ExcludedCash
		}
	}
	return out
}

// courier is a worker as the plan sees them: where and when they are free again.
func (r *round) courier(w Worker, busy postgres.Busyness, currency domain.Currency) plan.Courier {
	c := plan.Courier{
		ID: w.CourierID, At: *w.At, Free: r.in.Now, Off: w.ShiftEnd, Capacity: w.Capacity, Vehicle: plan.Vehicle(w.Vehicle), CashRoom: -1,
	}
	if room, limited := w.Cash[currency]; limited {
		c.CashRoom = max(0, room.Left())
	}
	if jobs := busy.Jobs[w.CourierID]; len(jobs) > 0 {
		rest := plan.Finish(r.in.Now, c.At, c.Vehicle, jobs, r.in.Travel, r.in.Params)
		c.Free, c.At = rest.Free, rest.At
	} else if since, known := busy.Idle[w.CourierID]; known {
		c.Idle = r.in.Now.Sub(since)
	}
	return c
}

// waiting is why deliveries wait.
func (r *round) waiting(out plan.Output) []rules.Decision {
	decisions := make([]rules.Decision, len(out.Waiting))
	explained := map[*plan.Why]bool{}
	for i, w := range out.Waiting {
		t := r.tasks[w.Order]
		if !explained[w.Why] { // those of a trip share it
			explained[r.explained(w.Why)] = true
		}
		decisions[i] = rules.Decision{
			DeliveryID: t.DeliveryID, Attempt: t.Offered + 1, Outcome: rules.Outcome(w.Reason), CourierID: w.Courier, Leave: w.Leave, Why: w.Why,
		}
	}
	return decisions
}

// explained adds to an explanation who was not even thought of.
func (r *round) explained(why *plan.Why) *plan.Why {
	if why != nil {
		for _, w := range r.excluded {
			why.Exclude(w.CourierID, plan.Exclusion(w.Excluded))
		}
	}
	return why
}

// offer asks a courier to make a trip: all of it, or nothing.
func (s *Service) offer(ctx context.Context, r *round, trip plan.Trip) error {
	tripID, why := newID(), r.explained(trip.Why)
	err := s.db.InTx(ctx, func(tx *postgres.Tx) error {
		orders := map[domain.ID]*postgres.LockedOrder{}
		for _, orderID := range slices.SortedFunc(slices.Values(trip.Orders), domain.CompareIDs) { // as orders are locked
			o, err := tx.HoldOrder(ctx, orderID)
			if err != nil {
				return err
			}
			orders[orderID] = o
		}
		for i, orderID := range trip.Orders { // by place: who offers the courier another trip at the same time waits at the first
			o := orders[orderID]
			f := postgres.Offer{ID: newID(), DeliveryID: o.Delivery.ID, OrderID: orderID, CourierID: trip.Courier, TripID: tripID, Open: true, Place: 1 + i}
			if err := s.ask(ctx, tx, r, o, f, len(trip.Orders)); err != nil {
				return err
			}
			err := tx.SaveDecision(ctx, rules.Decision{
				DeliveryID: o.Delivery.ID, At: r.in.Now, Outcome: rules.OutcomeOffered, CourierID: trip.Courier, Leave: trip.Leave, Orders: trip.Orders,
				Stops: trip.Stops, Why: why,
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		s.wake()
	}
	return err
}

// ask makes an offer of a held order's delivery, one of so many of its trip.
func (s *Service) ask(ctx context.Context, tx *postgres.Tx, r *round, o *postgres.LockedOrder, f postgres.Offer, orders int) error {
	event, err := o.Delivery.State.Step(rules.VerbOffer, domain.RoleSystem)
	if err != nil {
		return err
	}
	meters, until := int(o.Delivery.Pickup.Meters(*r.workers[f.CourierID].At)), o.Now.Add(rules.OfferTTL)
	if err := tx.MakeOffer(ctx, f, meters, until); err != nil {
		return err
	}
	event.Data = map[string]any{
		"offerId": f.ID.String(), "tripId": f.TripID.String(), "place": f.Place, "orders": orders, "meters": meters, "expiresAt": until.UTC(),
	}
	o.CourierID = f.CourierID
	return tx.StoreOrder(ctx, o, domain.System, event)
}

func newID() domain.ID { return domain.ID(id.New()) }
