package catalog

import (
	"context"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Bounds of a menu.
const (
	maxCategories = 100
	maxDishes     = 2000
)

// CategoryView is a category at a moment, by its vendor's clock.
type CategoryView struct {
	menu.Category
	At    time.Time
	Place *time.Location
}

func (s *Service) viewCategory(c menu.Category, p vendor.Profile) CategoryView {
	return CategoryView{c.Into(p.Languages[1:]), s.now(), p.Place}
}

// CategoryEdit is a change of a category; nil leaves a thing as it is.
type CategoryEdit struct {
	Name         *string
	Position     *int
	Schedule     *menu.Schedule
	Translations *menu.Translations
}

// Write changes a category of a vendor: Invalid naming the field that is wrong.
func (e CategoryEdit) Write(c *menu.Category, p *vendor.Profile) (err error) {
	if e.Name != nil {
		if c.Name, err = requiredText("name", *e.Name); err != nil {
			return err
		}
	}
	if e.Schedule != nil {
		if c.Schedule = *e.Schedule; c.Schedule.Check() != nil {
			return c.Schedule.Check()
		}
	}
	if e.Translations != nil {
		if c.Translations, err = translated("translations", *e.Translations, p); err != nil {
			return err
		}
	}
	set(&c.Position, e.Position)
	return nil
}

func menuChanged(what string, id domain.ID, how string) *domain.Event {
	return &domain.Event{Type: "vendor.menu_changed", Data: map[string]any{what: id, "change": how}}
}

// AddCategory adds a category, which must have a name, to a vendor's menu; without a position as the last.
// It returns NotFound, Forbidden, Invalid, and Conflict when the name is taken or the menu full.
func (s *Service) AddCategory(ctx context.Context, actor domain.Actor, vendorID domain.ID, e CategoryEdit) (CategoryView, error) {
	var c menu.Category
	p, err := s.do(ctx, change{actor: actor, needs: editMenu, on: onVendor(vendorID),
		apply: func(ctx context.Context, tx *postgres.Tx, p *vendor.Profile) (*domain.Event, error) {
			n, last, err := tx.CategoryCount(ctx, p.ID)
			if err != nil {
				return nil, err
			}
			if n >= maxCategories {
				return nil, domain.Errorf(domain.Conflict, "menu.full", "a menu has at most %d categories", maxCategories)
			}
			c = menu.Category{ID: id.New(), Position: last}
			if err := e.Write(&c, p); err != nil {
				return nil, err
			}
			return menuChanged("categoryId", c.ID, "category_added"), tx.AddCategory(ctx, p.ID, c)
		}})
	if err != nil {
		return CategoryView{}, err
	}
	return s.viewCategory(c, p), nil
}

// EditCategory changes a category; version is that of the menu the caller saw, 0 for whatever it is.
// It returns NotFound, Forbidden, Precondition, Invalid, and Conflict when the name is taken.
func (s *Service) EditCategory(ctx context.Context, actor domain.Actor, categoryID domain.ID, version int, e CategoryEdit) (CategoryView, error) {
	var c menu.Category
	p, err := s.do(ctx, change{actor: actor, needs: editMenu, version: version, on: onCategory(categoryID),
		apply: func(ctx context.Context, tx *postgres.Tx, p *vendor.Profile) (*domain.Event, error) {
			var err error
			if c, err = tx.CategoryByID(ctx, categoryID, p.Currency); err != nil {
				return nil, err
			}
			before := c
			if err := e.Write(&c, p); err != nil || sameCategory(before, c) {
				return nil, err
			}
			return menuChanged("categoryId", c.ID, "category_changed"), tx.SaveCategory(ctx, c)
		}})
	if err != nil {
		return CategoryView{}, err
	}
	return s.viewCategory(c, p), nil
}

// sameCategory says whether a category is what it was, whatever its dishes.
func sameCategory(before, after menu.Category) bool {
	return before.Position == after.Position && menu.Compare([]menu.Category{before}, []menu.Category{after}).Empty()
}

// RemoveCategory removes a category; version as for EditCategory. It returns NotFound, Forbidden, Precondition, and Conflict
// while it has dishes.
func (s *Service) RemoveCategory(ctx context.Context, actor domain.Actor, categoryID domain.ID, version int) error {
	_, err := s.do(ctx, change{actor: actor, needs: editMenu, version: version, on: onCategory(categoryID),
		apply: func(ctx context.Context, tx *postgres.Tx, _ *vendor.Profile) (*domain.Event, error) {
			gone, err := tx.RemoveEmptyCategory(ctx, categoryID)
			if err == nil && !gone {
				err = domain.Errorf(domain.Conflict, "category.not_empty", "the category still has dishes")
			}
			return menuChanged("categoryId", categoryID, "category_removed"), err
		}})
	return err
}
