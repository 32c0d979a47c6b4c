package support

import (
	"context"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/postgres"
	"github.com/zoop-dev/zoop/internal/redis"
)

// DeskVendor is a vendor as staff see it at work.
type DeskVendor = postgres.DeskVendor

// Filter selects rows of the desk's lists.
type Filter = postgres.DeskFilter

// Place is where a page of vendors ends.
type Place = postgres.DeskPlace

// Start is before every vendor.
var Start = postgres.DeskStart

// Vendors lists vendors with work now, the worst first, behind a place; of a text those first whose name fits best.
func (s *Service) Vendors(ctx context.Context, f Filter, after Place) ([]DeskVendor, error) {
	return s.db.DeskVendors(ctx, f, after)
}

// Vendor is one of them, with work or without. NotFound when there is none.
func (s *Service) Vendor(ctx context.Context, id domain.ID) (DeskVendor, error) {
	found, err := s.db.DeskVendors(ctx, Filter{Only: id, Limit: 1}, Start)
	if err != nil {
		return DeskVendor{}, err
	}
	if len(found) == 0 {
		return DeskVendor{}, domain.Missing("vendor")
	}
	return found[0], nil
}

// Change is what somebody did to a dish.
type Change = postgres.Change

// DishChanges are the last ten of a dish, oldest first, as far as they are known.
func (s *Service) DishChanges(ctx context.Context, d menu.Dish) ([]Change, error) {
	return s.db.DishChanges(ctx, d.VendorID, d.ID)
}

// Streams is how far events have come on their way from the database to those who follow them.
type Streams struct {
	postgres.Outbox
	Streams []redis.Info // none: Redis is away
}

// Streams looks at the outbox, and at the streams that it is published to.
func (s *Service) Streams(ctx context.Context) (Streams, error) {
	box, err := s.db.Outbox(ctx)
	if err != nil {
		return Streams{}, err
	}
	out := Streams{Outbox: box}
	if info, err := s.redis.Info(ctx, box.Epoch); err == nil {
		out.Streams = append(out.Streams, info)
	}
	return out, nil
}
