// Package delivery is the use case of bringing orders: the offers that couriers get, and the handover at the vendor's counter and at the
// customer's door.
//
// A delivery changes only while its order's row is held, so a courier's accept, a vendor's ready and a customer's cancel
// never cross; two couriers can never hold one delivery. What is not a courier's own does not exist for it.
package delivery

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/osrm"
	"github.com/zoop-dev/zoop/internal/positions"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Service serves the use cases.
type Service struct {
	db            *postgres.DB
	wake          func()
	completeAfter time.Duration
	arriveWithin  int
	pictures      Pictures
	positions     *positions.Positions
	roads         *osrm.Router
	roundEvery    time.Duration
	roundLeast    time.Duration
	seen          metrics
}

// Options are the service's settings.
type Options struct {
	Wake          func()                // called after each commit that wrote events; may be nil
	CompleteAfter time.Duration         // how long a customer may complain; 0: order.CompleteAfter
	ArriveWithin  int                   // metres from the store or the door that a courier is within when they have arrived; 0: anywhere
	Pictures      Pictures              // nil: no photos
	Positions     *positions.Positions  // nil: those that Postgres has
	Roads         *osrm.Router          // how long ways take; nil: it is estimated
	RoundEvery    time.Duration         // between a city's rounds, while something waits; 0: rules.RoundEvery
	RoundLeast    time.Duration         // between two though something has changed; 0: rules.RoundLeast
	Registry      prometheus.Registerer // of its metrics; may be nil
}

// Pictures makes a picture of an uploaded file and keeps it, and gives the key it is shown under: Invalid or Unavailable.
type Pictures func(ctx context.Context, upload []byte) (string, error)

// New makes the service.
func New(db *postgres.DB, o Options) *Service {
	if o.Wake == nil {
		o.Wake = func() {}
	}
	if o.CompleteAfter == 0 {
		o.CompleteAfter = order.CompleteAfter
	}
	if o.Positions == nil {
		o.Positions = positions.New(db, nil, slog.New(slog.DiscardHandler))
	}
	if o.Roads == nil {
		o.Roads = osrm.New(osrm.Options{})
	}
	return &Service{
		db: db, wake: o.Wake, completeAfter: o.CompleteAfter, arriveWithin: o.ArriveWithin, pictures: o.Pictures, positions: o.Positions, roads: o.Roads,
		roundEvery: cmp.Or(o.RoundEvery, rules.RoundEvery), roundLeast: cmp.Or(o.RoundLeast, rules.RoundLeast), seen: newMetrics(o.Registry),
	}
}

// Delivery is a delivery as its courier sees it.
type Delivery = postgres.DeliveryView

// Offer is an open offer as its courier sees it.
type Offer = postgres.OfferView

// OrderRef names an order to a courier.
type OrderRef = postgres.OrderRef

// Stop is a place where a courier goes.
type Stop = postgres.Stop

// Deliveries lists a courier's deliveries, newest first; only those under way when active is set.
func (s *Service) Deliveries(ctx context.Context, actor domain.Actor, active bool, before domain.ID, limit int) ([]Delivery, error) {
	return s.db.DeliveriesOf(ctx, postgres.DeliveryFilter{CourierID: actor.ID, Active: active, Before: before, Limit: limit})
}

// Arrival is a courier's word that they are where they were to go.
type Arrival struct {
	At      string         // "store" or "customer"
	Despite rules.Override // why they are there though their phone is somewhere else; "": it is not
}

// Arrive says that the courier stands at the vendor's or at the customer's door. With food that they bring back, arriving at the
// store ends the order. Conflict "delivery.too_far" when they were just seen elsewhere, unless they say why: then the event is
// overridden.
// Errors of this and the other steps: NotFound for a delivery that is not the courier's; Conflict
// "delivery.illegal_transition"; Precondition when version (0: any) is not the order's.
func (s *Service) Arrive(ctx context.Context, actor domain.Actor, id domain.ID, version int, a Arrival) (Delivery, error) {
	c, err := s.db.CourierByID(ctx, actor.ID)
	if err != nil {
		return Delivery{}, err
	}
	seen := s.positions.LastSeen(ctx, c)
	return s.step(ctx, actor, id, version, func(tx *postgres.Tx, o *postgres.LockedOrder) ([]domain.Event, error) {
		place := o.Delivery.Pickup
		if a.At == "customer" {
			place = o.Delivery.Dropoff
		}
		events, err := arrive(ctx, tx, o, actor, a.At)
		if err != nil {
			return nil, err
		}
		noted, err := seen.Arrived(place, s.arriveWithin, o.Now, a.Despite)
		if err != nil {
			return nil, err
		}
		note(&events[0], noted)
		return events, nil
	})
}

func arrive(ctx context.Context, tx *postgres.Tx, o *postgres.LockedOrder, actor domain.Actor, at string) ([]domain.Event, error) {
	verb := rules.VerbArrive
	switch {
	case at == "customer":
		verb = rules.VerbArriveDoor
	case o.Delivery.State == rules.Returning:
		return returned(ctx, tx, o, actor)
	}
	event, err := o.Delivery.State.Step(verb, actor.Role)
	if verb == rules.VerbArriveDoor {
		o.Delivery.Visit = rules.Visit{ArrivedAt: o.Now}
	}
	return []domain.Event{event}, err
}

// note adds what is to be known of an event.
func note(e *domain.Event, facts map[string]any) {
	if len(facts) == 0 {
		return
	}
	if e.Data == nil {
		e.Data = map[string]any{}
	}
	maps.Copy(e.Data, facts)
}

// Pickup is how a courier who has not arrived yet shows that they are where the food is.
type Pickup struct {
	Code    string         // the order's, as they were told there; "": they have arrived
	Despite rules.Override // why they are there though their phone is somewhere else; "": it is not
}

// PickUp hands the food to the courier, who has arrived at the vendor's, or names the order's code and is seen there.
// Conflict "delivery.not_at_store" otherwise, "delivery.too_far" as of Arrive, "order.illegal_transition" while the food is not ready, and
// those of order.Guess.
func (s *Service) PickUp(ctx context.Context, actor domain.Actor, id domain.ID, version int, p Pickup) (Delivery, error) {
	var seen rules.Sighting
	if p.Code != "" { // else they have arrived, and were looked at then
		c, err := s.db.CourierByID(ctx, actor.ID)
		if err != nil {
			return Delivery{}, err
		}
		seen = s.positions.LastSeen(ctx, c)
	}
	return s.step(ctx, actor, id, version, func(tx *postgres.Tx, o *postgres.LockedOrder) ([]domain.Event, error) {
		var noted map[string]any
		if o.Delivery.State == rules.Assigned {
			var err error
			if noted, err = s.atCounter(o, seen, p); err != nil {
				return nil, err
			}
		}
		event, err := fetch(o, actor)
		if err != nil {
			return nil, err
		}
		if p.Code != "" { // at last: a guess counts only when it could have succeeded
			if err := o.Guess(o.OrderCode, p.Code, order.ErrWrongCode); err != nil {
				return nil, err
			}
		}
		note(&event, noted)
		if o.Delivery.StrandedBy.IsNil() {
			return []domain.Event{event}, nil
		}
		return []domain.Event{event}, tx.Unstrand(ctx, o)
	})
}

// atCounter is what there is to be noted of a courier who has not said yet that they are where the food is.
func (s *Service) atCounter(o *postgres.LockedOrder, seen rules.Sighting, p Pickup) (map[string]any, error) {
	if p.Code == "" {
		return nil, domain.Errorf(domain.Conflict, "delivery.not_at_store", "arrive at the store first, or name the order's code")
	}
	return seen.Arrived(o.Delivery.Pickup, s.arriveWithin, o.Now, p.Despite)
}

// fetch gives the courier the food, from the vendor or from whoever was stranded with it.
func fetch(o *postgres.LockedOrder, actor domain.Actor) (domain.Event, error) {
	if !o.Delivery.StrandedBy.IsNil() {
		return o.Delivery.State.Step(rules.VerbTakeOver, actor.Role)
	}
	event, err := o.PickUp(actor.Role)
	if err != nil {
		return event, err
	}
	_, err = o.Delivery.State.Step(rules.VerbPickUp, actor.Role)
	return event, err
}

// step is the one way in which a courier moves its delivery.
func (s *Service) step(ctx context.Context, actor domain.Actor, id domain.ID, version int,
	verb func(*postgres.Tx, *postgres.LockedOrder) ([]domain.Event, error),
) (Delivery, error) {
	d, err := s.db.DeliveryByID(ctx, id)
	if err != nil {
		return Delivery{}, err
	}
	if d.CourierID != actor.ID {
		return Delivery{}, domain.Missing("delivery")
	}
	var view Delivery
	var wrong error // not an error of the transaction: the guess counts
	err = s.db.InTx(ctx, func(tx *postgres.Tx) error {
		o, err := tx.HoldOrder(ctx, d.OrderID)
		if err != nil {
			return err
		}
		if o.CourierID != actor.ID { // reassigned since
			return domain.Missing("delivery")
		}
		if err := o.Fresh(version); err != nil {
			return err
		}
		missed := o.Delivery.State.Coming() && !o.Delivery.LostAt.IsZero()
		events, err := verb(tx, o)
		if wrong = nil; order.Guessed(err) {
			wrong = err
			return tx.CountGuess(ctx, o, actor)
		}
		if err != nil {
			return err
		}
		tx.DeliveryAfter(ctx, actor.ID, id, &view)
		if len(events) == 0 {
			return nil
		}
		o.Delivery.ActedAt = o.Now
		if missed { // there they are
			o.Delivery.LostAt = time.Time{}
			events = append([]domain.Event{{Type: rules.EventCourierFound, Data: map[string]any{}}}, events...)
		}
		return tx.StoreOrder(ctx, o, actor, events...)
	})
	if err != nil {
		return Delivery{}, err
	}
	s.wake()
	if wrong != nil {
		return Delivery{}, wrong
	}
	s.positions.Acted(ctx, actor.ID)
	return view, nil
}
