package catalog

import (
	"context"
	"slices"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Zone is where a vendor delivers: within a ring, or without one within a radius.
type Zone struct {
	RadiusMeters int
	Ring         []domain.Point
}

// SetZone replaces a vendor's delivery zone; version is the one that the caller saw, 0 for whatever it is.
// It returns NotFound, Forbidden, Precondition, and Invalid as vendor.NewRing.
func (s *Service) SetZone(ctx context.Context, actor domain.Actor, id domain.ID, version int, z Zone) (VendorView, error) {
	return s.keep(ctx, change{actor: actor, needs: editVendor, version: version, on: onVendor(id),
		apply: func(ctx context.Context, tx *postgres.Tx, p *vendor.Profile) (*domain.Event, error) {
			before := *p
			if err := z.apply(p); err != nil {
				return nil, err
			}
			if p.RadiusM == before.RadiusM && slices.Equal(p.Ring, before.Ring) {
				return nil, nil
			}
			return &domain.Event{Type: "vendor.zone_changed"}, tx.SaveZone(ctx, p.Vendor)
		}})
}

func (z Zone) apply(p *vendor.Profile) (err error) {
	if z.Ring == nil {
		p.RadiusM, p.Ring = z.RadiusMeters, nil
		return nil
	}
	if p.Ring, err = vendor.NewRing(z.Ring, p.Location); err == nil {
		p.RadiusM = p.Ring.Reach(p.Location)
	}
	return err
}

// ZonePage is VendorPage for the delivery zone.
func (s *Service) ZonePage(ctx context.Context, actor domain.Actor, id domain.ID, encode func(vendor.Vendor) ([]byte, error)) (Page, error) {
	return s.profilePage(ctx, actor, kindZone, id, func(p vendor.Profile) ([]byte, time.Time, error) {
		body, err := encode(p.Vendor)
		return body, time.Time{}, err
	})
}
