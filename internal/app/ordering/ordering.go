// Package ordering is the use case of an order's life: the cart and its quote, placing, and everything that customers,
// vendors, staff and timers do to an order.
//
// Each change holds the order's row, asks domain/order, and writes the state and its events in one transaction; so of two
// changes at the same moment one wins, and the other learns the new state. Whether an actor may touch the very order it
// names is decided here: what is not theirs does not exist for them.
package ordering

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/osrm"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Service serves the use cases.
type Service struct {
	db            *postgres.DB
	wake          func()
	completeAfter time.Duration
	providers     []string
	takes         func(provider string, m domain.Money) bool
	roads         *osrm.Router
	kinds         kinds
	timers        backlog // to be fired
	promises      backlog // to be looked at
}

// Options are the service's settings.
type Options struct {
	Wake          func()        // called after each commit that wrote events, so that the relay need not poll; may be nil
	CompleteAfter time.Duration // how long a customer may complain; 0: order.CompleteAfter
	Providers     []string      // gateways that cards are taken by, the first where a customer chooses none

	Roads *osrm.Router // how long ways take; nil: it is estimated

	// Takes says whether a gateway can charge exactly so much; nil: whatever there is.
	Takes func(provider string, m domain.Money) bool
}

// New makes the service.
func New(db *postgres.DB, o Options) *Service {
	if o.Wake == nil {
		o.Wake = func() {}
	}
	if o.CompleteAfter == 0 {
		o.CompleteAfter = order.CompleteAfter
	}
	if o.Takes == nil {
		o.Takes = func(string, domain.Money) bool { return true }
	}
	if o.Roads == nil {
		o.Roads = osrm.New(osrm.Options{})
	}
	return &Service{db: db, wake: o.Wake, completeAfter: o.CompleteAfter, providers: o.Providers, takes: o.Takes, roads: o.Roads}
}

// Order is a whole order.
type Order = postgres.OrderView

// Order reads one order as far as an actor may see it: its customer, its vendor's members, the courier it is offered or
// assigned to, and staff. NotFound for everybody else.
func (s *Service) Order(ctx context.Context, actor domain.Actor, id domain.ID) (Order, error) {
	if err := s.maySee(ctx, actor, id); err != nil {
		return Order{}, err
	}
	view, err := s.db.OrderByID(ctx, id)
	if err != nil {
		return Order{}, err
	}
	return redact(view, actor), nil
}

// Timeline gives an order's events past a version (0: from the first), oldest first, to whoever may see the order; NotFound for
// everybody else. Next is the version to go on after; 0: there are no more.
func (s *Service) Timeline(ctx context.Context, actor domain.Actor, id domain.ID, after, limit int) (records []domain.Record, next int, err error) {
	if err := s.maySee(ctx, actor, id); err != nil {
		return nil, 0, err
	}
	records, err = s.db.Timeline(ctx, id, after, limit+1) // one more tells whether there is a next page
	if len(records) > limit {
		records = records[:limit]
		next = records[limit-1].Version
	}
	if actor.Role == domain.RoleCourier { // whom a review may be about
		records = slices.DeleteFunc(records, func(r domain.Record) bool { return strings.HasPrefix(r.Type, "review.") })
	}
	return records, next, err
}

// Authorize says whether an actor may see an order: NotFound when not.
func (s *Service) Authorize(ctx context.Context, actor domain.Actor, id domain.ID) error {
	return s.maySee(ctx, actor, id)
}

func (s *Service) maySee(ctx context.Context, actor domain.Actor, id domain.ID) error {
	p, err := s.db.OrderParties(ctx, id, actor.ID)
	if err != nil {
		return err
	}
	return sees(actor, p)
}

// sees is NotFound for an actor whose order it is not.
func sees(actor domain.Actor, p postgres.Parties) error {
	switch {
	case actor.Role.Staff(),
		actor.Role == domain.RoleCustomer && p.CustomerID == actor.ID,
		actor.Role == domain.RoleVendor && p.Member && actor.Reaches(p.VendorID),
		actor.Role == domain.RoleCourier && (p.CourierID == actor.ID || p.Offered):
		return nil
	}
	return domain.Missing("order")
}

// redact takes away what is not for the actor: the PIN is the customer's proof, the photo of their door theirs, the code the vendor's, and the courier's once they
// are at its counter; an address is for whoever brings the food there, and a telephone number for the courier while the food is on its way.
// What was given back is its customer's business; a vendor's members who may see money have the refunds.
func redact(v Order, actor domain.Actor) Order {
	customer := actor.Role == domain.RoleCustomer
	assigned := actor.Role == domain.RoleCourier && v.CourierID == actor.ID
	if !customer || v.Fulfilment != order.Delivery {
		v.PIN = ""
	}
	if !customer && !actor.Role.Staff() {
		v.Refunded, v.Refunding = domain.Money{}, domain.Money{}
	}
	v.Outcome.Strike = v.Outcome.Strike && !customer
	v.Photographed = v.Photographed && (customer || actor.Role.Staff())
	if !(actor.Role == domain.RoleVendor || assigned && delivery.State(v.DeliveryState).Met() || customer && v.Fulfilment == order.Pickup) {
		v.OrderCode = ""
	}
	if actor.Role == domain.RoleVendor || actor.Role == domain.RoleCourier && !(assigned && v.State.Live()) {
		v.Address = nil
	}
	if v.Address != nil && !customer && !assigned {
		a := *v.Address
		a.ContactPhone = ""
		v.Address = &a
	}
	return v
}

// Filter selects orders of a list; each zero value leaves out a condition.
type Filter struct {
	VendorID   domain.ID // a vendor's member must name theirs
	CustomerID domain.ID
	Number     string
	States     []order.State
	Since      time.Time // only what was placed then or later
	Before     domain.ID
	Limit      int
}

// Orders lists what concerns an actor and fits the filter, newest first: of a customer's own orders, a courier's, everybody's for
// staff; with a VendorID, that vendor's for its members. NotFound for a vendor that is not theirs, Forbidden for a vendor's
// member who names none.
func (s *Service) Orders(ctx context.Context, actor domain.Actor, f Filter) ([]order.Summary, error) {
	q := postgres.OrderFilter{
		VendorID: f.VendorID, CustomerID: f.CustomerID, Number: f.Number, States: f.States, Since: f.Since, Before: f.Before, Limit: f.Limit,
	}
	switch {
	case actor.Role.Staff():
	case actor.Role == domain.RoleCustomer:
		if !f.CustomerID.IsNil() && f.CustomerID != actor.ID {
			return nil, nil
		}
		q.CustomerID = actor.ID
	case actor.Role == domain.RoleCourier:
		q.CourierID = actor.ID
	case actor.Role == domain.RoleVendor && !f.VendorID.IsNil():
		member, err := s.db.Member(ctx, f.VendorID, actor.ID)
		if err != nil {
			return nil, err
		}
		if !member || !actor.Reaches(f.VendorID) {
			return nil, domain.Missing("vendor")
		}
	default:
		return nil, domain.Errorf(domain.Forbidden, string(domain.Forbidden), "a vendor lists its orders by vendor: /api/v1/vendors/{id}/orders")
	}
	return s.db.Orders(ctx, q)
}
