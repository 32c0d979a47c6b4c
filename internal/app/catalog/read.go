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
	return s.profilePage(ctx, actor, kindVendor, id, func(p vendor.Profile) ([]byte, time.Time, error) {
		v := s.view(p)
		body, err := encode(v)
		return body, v.Clock.Until, err
	})
}

// HoursPage is VendorPage for the opening hours.
func (s *Service) HoursPage(ctx context.Context, actor domain.Actor, id domain.ID, encode func(vendor.Hours) ([]byte, error)) (Page, error) {
	return s.profilePage(ctx, actor, kindHours, id, func(p vendor.Profile) ([]byte, time.Time, error) {
		body, err := encode(p.Hours)
		return body, time.Time{}, err
	})
}

// profilePage gives a page of what a profile says, which encode makes, with when it changes by itself.
func (s *Service) profilePage(
	ctx context.Context, actor domain.Actor, of kind, id domain.ID, encode func(vendor.Profile) ([]byte, time.Time, error),
) (Page, error) {
	return s.page(ctx, actor, key{kind: of, id: id}, 0, func(ctx context.Context) ([]byte, vendor.Profile, time.Time, error) {
		p, _, err := s.db.VendorFor(ctx, id, domain.Nil)
		if err != nil {
			return nil, p, time.Time{}, err
		}
		body, until, err := encode(p)
		return body, p, until, err
	})
}

// MenuPage is VendorPage for the whole menu, in that of its languages which suits an Accept-Language header best. What
// languages there are stands with the page in the vendor's own.
func (s *Service) MenuPage(
	ctx context.Context, actor domain.Actor, id domain.ID, accept string, encode func(MenuView) ([]byte, error),
) (Page, error) {
	page, err := s.menuIn(ctx, actor, id, "", 0, encode)
	if err != nil {
		return Page{}, err
	}
	language, translated := s.tongues.choose(page.Languages, accept)
	if translated {
		page, err = s.menuIn(ctx, actor, id, language, page.version, encode)
	}
	page.Language = language
	return page, err
}

// menuIn gives the menu in a language, "" for the vendor's own, of at least a version.
func (s *Service) menuIn(
	ctx context.Context, actor domain.Actor, id domain.ID, language string, least int, encode func(MenuView) ([]byte, error),
) (Page, error) {
	k := key{kind: kindMenu, language: language, id: id}
	return s.page(ctx, actor, k, least, func(ctx context.Context) ([]byte, vendor.Profile, time.Time, error) {
		at := s.now()
		m, err := s.db.MenuOf(ctx, id)
		if err != nil {
			return nil, m.Vendor, time.Time{}, err
		}
		if language != "" {
			for i, c := range m.Categories {
				m.Categories[i] = c.In(language)
			}
		}
		body, err := encode(MenuView{m, at})
		return body, m.Vendor, menu.NextChange(m.Categories, at, m.Vendor.Place), err
	})
}

// page takes an approved vendor's page from the cache. One of another standing is made afresh, for those who may see it.
func (s *Service) page(ctx context.Context, actor domain.Actor, k key, least int, build builder) (Page, error) {
	page, err := s.cache.page(ctx, k, least, build)
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
	return vendorPage(body, p), nil
}

// Dish reads a dish, in that of its vendor's languages which suits an Accept-Language header best; to members as they wrote it,
// with all translations, for they may be about to change it. NotFound for one that was deleted or whose vendor the actor may not know of.
func (s *Service) Dish(ctx context.Context, actor domain.Actor, id domain.ID, accept string) (DishView, error) {
	d, p, role, err := s.db.DishFor(ctx, id, actor.ID)
	if err != nil {
		return DishView{}, err
	}
	if p.Status != vendor.Approved && !insider(actor, p.ID, role) {
		return DishView{}, domain.Missing("dish")
	}
	v := s.viewDish(d, p)
	if role == "" {
		v.Dish, v.Language, _ = s.inTongue(v.Dish, p, accept)
	}
	if !insider(actor, p.ID, role) {
		v.Dish = v.Into(nil)
	}
	return v, nil
}
