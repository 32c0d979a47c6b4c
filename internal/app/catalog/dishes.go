package catalog

import (
	"context"
	"reflect"
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// DishEdit is a change of a dish; nil leaves a thing as it is. Groups replaces all option groups: a group, and an option in
// it, that keeps its name keeps its ID, so that carts which hold it stay right. IDs in it are not looked at.
//
// The price of a dish with variants is that of the cheapest: another one is Invalid, and none leaves it to follow them.
type DishEdit struct {
	CategoryID              *domain.ID
	Name, Description       *string
	Price, Packaging        *domain.Money
	TaxCategory             *domain.TaxCategory
	Diet                    *menu.Diet
	Allergens, Tags         *[]string
	Spice, MinAge, Position *int
	Groups                  *[]menu.OptionGroup
	Translations            *menu.Translations
}

// NewDish is a dish to add: an edit of nothing, with a category, a name, a price and a diet. Without a position it goes last.
type NewDish struct {
	DishEdit
	Stock *int // nil: not counted
}

// DishView is a dish, and whether it can be had at a moment.
type DishView struct {
	menu.Dish
	State    menu.State
	At       time.Time
	Language string // of its texts
}

func (s *Service) viewDish(d postgres.DishOnMenu, p vendor.Profile) DishView {
	now := s.now()
	return DishView{d.Into(p.Languages[1:]), d.StateAt(now, d.Schedule, p.Place), now, p.Languages[0]}
}

// AddDish adds a dish to a vendor's menu. It returns NotFound, Forbidden, Invalid, and Conflict when the menu is full.
func (s *Service) AddDish(ctx context.Context, actor domain.Actor, vendorID domain.ID, n NewDish) (DishView, error) {
	var d postgres.DishOnMenu
	p, err := s.do(ctx, change{actor: actor, needs: editMenu, on: onVendor(vendorID),
		apply: func(ctx context.Context, tx *postgres.Tx, p *vendor.Profile) (*domain.Event, error) {
			count, last, err := tx.DishCount(ctx, p.ID, *n.CategoryID)
			if err != nil {
				return nil, err
			}
			if count >= maxDishes {
				return nil, domain.Errorf(domain.Conflict, "menu.full", "a menu has at most %d dishes", maxDishes)
			}
			made := menu.Dish{
				ID: id.New(), VendorID: p.ID, Available: true, Stock: n.Stock, Position: last, Version: 1,
				Packaging: domain.Money{Currency: p.Currency}, TaxCategory: domain.TaxStandard,
			}
			if err := n.apply(ctx, tx, &made, p); err != nil {
				return nil, err
			}
			if err := tx.AddDish(ctx, made); err != nil {
				return nil, err
			}
			d, err = tx.DishByID(ctx, made.ID, p.Currency)
			return menuChanged("dishId", made.ID, "dish_added"), err
		}})
	if err != nil {
		return DishView{}, err
	}
	return s.viewDish(d, p), nil
}

// EditDish changes a dish; what it says already is no change. version is the dish's that the caller saw, 0 for whatever it is.
// It returns NotFound, Forbidden, Precondition and Invalid.
func (s *Service) EditDish(ctx context.Context, actor domain.Actor, dishID domain.ID, version int, e DishEdit) (DishView, error) {
	return s.dish(ctx, actor, dishID, editMenu, func(ctx context.Context, tx *postgres.Tx, d *menu.Dish, p *vendor.Profile) (*domain.Event, error) {
		if err := domain.Fresh(version, d.Version); err != nil {
			return nil, err
		}
		before := *d
		if err := e.apply(ctx, tx, d, p); err != nil || same(before, *d) {
			return nil, err
		}
		return menuChanged("dishId", d.ID, "dish_changed"), tx.SaveDish(ctx, *d)
	})
}

// same says whether a dish is what it was.
func same(before, after menu.Dish) bool {
	alone := func(d menu.Dish) []menu.Category { return []menu.Category{{ID: d.CategoryID, Dishes: []menu.Dish{d}}} }
	return before.Position == after.Position && menu.Compare(alone(before), alone(after)).Empty() &&
		(len(after.Groups) == 0 || reflect.DeepEqual(before.Groups, after.Groups)) // whether options are sold out, too
}

// RemoveDish takes a dish off the menu for good; orders that name it keep doing so. version is the dish's that the caller
// saw, 0 for whatever it is. It returns NotFound, Forbidden and Precondition.
func (s *Service) RemoveDish(ctx context.Context, actor domain.Actor, dishID domain.ID, version int) error {
	_, err := s.do(ctx, change{actor: actor, needs: editMenu, on: onDish(dishID),
		apply: func(ctx context.Context, tx *postgres.Tx, p *vendor.Profile) (*domain.Event, error) {
			d, err := tx.DishByID(ctx, dishID, p.Currency)
			if err != nil {
				return nil, err
			}
			if err := domain.Fresh(version, d.Version); err != nil {
				return nil, err
			}
			return menuChanged("dishId", dishID, "dish_removed"), tx.DeleteDish(ctx, dishID)
		}})
	return err
}

type dishChange func(ctx context.Context, tx *postgres.Tx, d *menu.Dish, p *vendor.Profile) (*domain.Event, error)

// dish makes a change of one dish, and gives the dish as it is stored then.
func (s *Service) dish(ctx context.Context, actor domain.Actor, dishID domain.ID, needs right, apply dishChange) (DishView, error) {
	var d postgres.DishOnMenu
	p, err := s.do(ctx, change{actor: actor, needs: needs, on: onDish(dishID),
		apply: func(ctx context.Context, tx *postgres.Tx, p *vendor.Profile) (*domain.Event, error) {
			var err error
			if d, err = tx.DishByID(ctx, dishID, p.Currency); err != nil {
				return nil, err
			}
			event, err := apply(ctx, tx, &d.Dish, p)
			if err != nil {
				return nil, err
			}
			if d, err = tx.DishByID(ctx, dishID, p.Currency); err == nil && event != nil {
				event.Data["dishVersion"] = d.Version // the event's own is the vendor's
			}
			return event, err
		}})
	if err != nil {
		return DishView{}, err
	}
	return s.viewDish(d, p), nil
}

// apply changes the dish in hand, within its vendor's menu and currency.
func (e DishEdit) apply(ctx context.Context, tx *postgres.Tx, d *menu.Dish, p *vendor.Profile) error {
	if e.CategoryID != nil {
		if owner, err := tx.VendorOfCategoryID(ctx, *e.CategoryID); domain.KindOf(err) == domain.NotFound || err == nil && owner != p.ID {
			return domain.Invalidf("categoryId", "unknown", "is no category of this vendor")
		} else if err != nil {
			return err
		}
		d.CategoryID = *e.CategoryID
	}
	return e.Write(d, p)
}

// Write changes a dish of a vendor, but for its category: Invalid naming the field that is wrong.
func (e DishEdit) Write(d *menu.Dish, p *vendor.Profile) error {
	if err := e.texts(d, p); err != nil {
		return err
	}
	if e.Packaging != nil {
		if err := priced("packaging", *e.Packaging, p); err != nil {
			return err
		}
	}
	if e.Groups != nil {
		groups, err := regroup(d.Groups, *e.Groups, p)
		if err != nil {
			return err
		}
		d.Groups = groups
	}
	set(&d.Packaging, e.Packaging)
	set(&d.TaxCategory, e.TaxCategory)
	set(&d.Diet, e.Diet)
	set(&d.Spice, e.Spice)
	set(&d.MinAge, e.MinAge)
	set(&d.Position, e.Position)
	return e.price(d, p)
}

func (e DishEdit) price(d *menu.Dish, p *vendor.Profile) error {
	cheapest, variants := d.CheapestVariant()
	switch {
	case e.Price == nil && variants:
		d.Price = cheapest
	case e.Price == nil:
	case variants && *e.Price != cheapest:
		return domain.Invalidf("price", "variants", "must be %s, the price of the cheapest variant; change the variants' prices", cheapest)
	default:
		d.Price = *e.Price
		return priced("price", d.Price, p)
	}
	return nil
}

func (e DishEdit) texts(d *menu.Dish, p *vendor.Profile) (err error) {
	if e.Name != nil {
		if d.Name, err = requiredText("name", *e.Name); err != nil {
			return err
		}
	}
	if e.Description != nil {
		if d.Description, err = paragraph("description", *e.Description); err != nil {
			return err
		}
	}
	if e.Allergens != nil {
		known := make([]string, len(*e.Allergens))
		for i, a := range *e.Allergens {
			known[i] = menu.Allergen(strings.TrimSpace(a))
		}
		if d.Allergens, err = texts("allergens", known); err != nil {
			return err
		}
	}
	if e.Tags != nil {
		if d.Tags, err = texts("tags", *e.Tags); err != nil {
			return err
		}
	}
	if e.Translations != nil {
		d.Translations, err = translated("translations", *e.Translations, p)
	}
	return err
}
