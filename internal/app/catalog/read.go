package catalog

import (
	"context"
	"errors"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// MenuView is a menu at a moment: whether a dish can be had depends on it.
type MenuView struct {
	postgres.Menu
	At time.Time
}

// VendorPage gives a vendor's page, encoded by encode when no cache has it. NotFound for what the actor may not know of.
func (s *Service) VendorPage(ctx context.Context, actor domain.Actor, id domain.ID, encode func(VendorView) ([]byte, error)) (Page, error) {
	return s.page(ctx, actor, key{kind: kindVendor, id: id}, func(ctx context.Context) ([]byte, vendor.Profile, time.Time, error) {
		p, _, err := s.db.VendorFor(ctx, id, domain.Nil)
		if err != nil {
			return nil, p, time.Time{}, err
		}
		v := s.view(p)
		body, err := encode(v)
		return body, p, v.Clock.Until, err
	})
}

// HoursPage is VendorPage for the opening hours.
func (s *Service) HoursPage(ctx context.Context, actor domain.Actor, id domain.ID, encode func(vendor.Hours) ([]byte, error)) (Page, error) {
	return s.page(ctx, actor, key{kind: kindHours, id: id}, func(ctx context.Context) ([]byte, vendor.Profile, time.Time, error) {
		p, _, err := s.db.VendorFor(ctx, id, domain.Nil)
		if err != nil {
			return nil, p, time.Time{}, err
		}
		body, err := encode(p.Hours)
		return body, p, time.Time{}, err
	})
}

// MenuPage is VendorPage for the whole menu.
func (s *Service) MenuPage(ctx context.Context, actor domain.Actor, id domain.ID, encode func(MenuView) ([]byte, error)) (Page, error) {
	return s.page(ctx, actor, key{kind: kindMenu, id: id}, func(ctx context.Context) ([]byte, vendor.Profile, time.Time, error) {
		at := s.now()
		m, err := s.db.MenuOf(ctx, id)
		if err != nil {
			return nil, m.Vendor, time.Time{}, err
		}
		body, err := encode(MenuView{m, at})
		return body, m.Vendor, menu.NextChange(m.Categories, at, m.Vendor.Place), err
	})
}

// page takes an approved vendor's page from the cache. One of another standing is made afresh, for those who may see it.
func (s *Service) page(ctx context.Context, actor domain.Actor, k key, build builder) (Page, error) {
	page, err := s.cache.page(ctx, k, build)
	if !errors.Is(err, errPrivate) {
		return page, err
	}
	if _, err := s.Vendor(ctx, actor, k.id); err != nil {
		return Page{}, err
	}
	body, p, _, err := build(ctx)
	if err != nil {
		return Page{}, err
	}
	return pageOf(body, p.Version), nil
}

// Dish reads a dish. NotFound for one that was deleted or whose vendor the actor may not know of.
func (s *Service) Dish(ctx context.Context, actor domain.Actor, id domain.ID) (DishView, error) {
	d, p, role, err := s.db.DishFor(ctx, id, actor.ID)
	if err != nil {
		return DishView{}, err
	}
	if p.Status != vendor.Approved && !insider(actor, p.ID, role) {
		return DishView{}, domain.Missing("dish")
	}
	return s.viewDish(d, p), nil
}
