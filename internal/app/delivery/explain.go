package delivery

import (
	"context"
	"maps"
	"slices"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Explained is how a delivery came to whoever was asked, and why it waits if it does.
type Explained struct {
	postgres.Delivery
	Attempts []postgres.Decided // newest first, at most explainMost
	Couriers map[domain.ID]postgres.CourierName
	Orders   map[domain.ID]postgres.OrderName // the delivery's own, and those of trips
}

const explainMost = 50

// Decision explains a delivery, for staff. NotFound when there is none.
func (s *Service) Decision(ctx context.Context, id domain.ID) (Explained, error) {
	d, err := s.db.DeliveryByID(ctx, id)
	if err != nil {
		return Explained{}, err
	}
	x := Explained{Delivery: d}
	if x.Attempts, err = s.db.Decisions(ctx, id, explainMost); err != nil {
		return x, err
	}
	couriers, orders := x.named()
	if x.Couriers, err = s.db.CourierNames(ctx, couriers); err != nil {
		return x, err
	}
	x.Orders, err = s.db.OrderNames(ctx, orders)
	return x, err
}

// named are the couriers and orders that an explanation speaks of.
func (x Explained) named() (couriers, orders []domain.ID) {
	who, what := map[domain.ID]bool{x.CourierID: true}, map[domain.ID]bool{x.OrderID: true}
	note := func(seen map[domain.ID]bool, ids ...domain.ID) {
		for _, id := range ids {
			seen[id] = true
		}
	}
	for _, a := range x.Attempts {
		note(who, a.CourierID)
		note(what, a.Orders...)
		if a.Why == nil {
			continue
		}
		for _, c := range a.Why.Candidates {
			note(who, c.Courier)
			note(what, c.Instead...)
		}
		for _, some := range a.Why.Who {
			note(who, some...)
		}
	}
	delete(who, domain.Nil)
	return slices.Collect(maps.Keys(who)), slices.Collect(maps.Keys(what))
}

// OrderOf is a delivery's order. NotFound when there is no such delivery.
func (s *Service) OrderOf(ctx context.Context, id domain.ID) (domain.ID, error) {
	d, err := s.db.DeliveryByID(ctx, id)
	return d.OrderID, err
}
