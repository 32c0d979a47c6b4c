package catalog

import (
	"context"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// SetDishPicture makes a picture of an uploaded file the dish's; version is the dish's that the caller saw, 0 for whatever it
// is. It returns NotFound, Forbidden, Precondition, and what keeping the picture returns: Invalid and Unavailable.
func (s *Service) SetDishPicture(ctx context.Context, actor domain.Actor, dishID domain.ID, version int, upload []byte) (DishView, error) {
	// Who may not is told so before the file costs anything.
	if _, err := s.dish(ctx, actor, dishID, editMenu, func(_ context.Context, _ *postgres.Tx, d *menu.Dish, _ *vendor.Profile) (*domain.Event, error) {
		return nil, domain.Fresh(version, d.Version)
	}); err != nil {
		return DishView{}, err
	}
	key, err := s.pictures(ctx, upload)
	if err != nil {
		return DishView{}, err
	}
	return s.showDish(ctx, actor, dishID, version, key)
}

// DropDishPicture takes the dish's picture away, if it has one. See SetDishPicture.
func (s *Service) DropDishPicture(ctx context.Context, actor domain.Actor, dishID domain.ID, version int) error {
	_, err := s.showDish(ctx, actor, dishID, version, "")
	return err
}

func (s *Service) showDish(ctx context.Context, actor domain.Actor, dishID domain.ID, version int, key string) (DishView, error) {
	return s.dish(ctx, actor, dishID, editMenu, func(ctx context.Context, tx *postgres.Tx, d *menu.Dish, _ *vendor.Profile) (*domain.Event, error) {
		if err := domain.Fresh(version, d.Version); err != nil || d.Picture == key {
			return nil, err
		}
		return menuChanged("dishId", d.ID, "dish_changed"), tx.SaveDishPicture(ctx, d.ID, key)
	})
}

// SetVendorPicture is SetDishPicture for a vendor and its version.
func (s *Service) SetVendorPicture(ctx context.Context, actor domain.Actor, id domain.ID, version int, upload []byte) (VendorView, error) {
	look := func(context.Context, *postgres.Tx, *vendor.Profile) (*domain.Event, error) { return nil, nil }
	if _, err := s.do(ctx, change{actor: actor, needs: editVendor, version: version, on: onVendor(id), apply: look}); err != nil {
		return VendorView{}, err
	}
	key, err := s.pictures(ctx, upload)
	if err != nil {
		return VendorView{}, err
	}
	return s.showVendor(ctx, actor, id, version, key)
}

// DropVendorPicture takes the vendor's picture away, if it has one. See SetDishPicture.
func (s *Service) DropVendorPicture(ctx context.Context, actor domain.Actor, id domain.ID, version int) error {
	_, err := s.showVendor(ctx, actor, id, version, "")
	return err
}

func (s *Service) showVendor(ctx context.Context, actor domain.Actor, id domain.ID, version int, key string) (VendorView, error) {
	return s.keep(ctx, change{actor: actor, needs: editVendor, version: version, on: onVendor(id),
		apply: func(ctx context.Context, tx *postgres.Tx, p *vendor.Profile) (*domain.Event, error) {
			if p.Picture == key {
				return nil, nil
			}
			p.Picture = key
			return &domain.Event{Type: "vendor.updated"}, tx.SaveVendorPicture(ctx, p.ID, key)
		}})
}
