package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// Menu is a vendor and its whole menu, as of one moment.
type Menu struct {
	Vendor     vendor.Profile
	Categories []menu.Category
}

// MenuOf reads a vendor's whole menu. NotFound when there is no such vendor.
func (db *DB) MenuOf(ctx context.Context, vendorID domain.ID) (Menu, error) {
	var m Menu
	err := db.Snapshot(ctx, func(tx *Tx) error {
		row, err := tx.Vendor(ctx, query.VendorParams{ID: vendorID})
		if err != nil {
			return missing("vendor", err)
		}
		if m.Vendor, err = toProfile(row.Vendor); err != nil {
			return err
		}
		categories, err := tx.Categories(ctx, vendorID)
		if err != nil {
			return fmt.Errorf("read categories: %w", err)
		}
		dishes, err := tx.Dishes(ctx, vendorID)
		if err != nil {
			return fmt.Errorf("read dishes: %w", err)
		}
		m.Categories, err = arrange(categories, dishes, m.Vendor.Currency)
		return err
	})
	return m, err
}

// arrange puts dishes, in their order, under their categories.
func arrange(categories []query.Category, dishes []query.Dish, currency domain.Currency) ([]menu.Category, error) {
	out := make([]menu.Category, len(categories))
	place := make(map[domain.ID]int, len(categories))
	for i, c := range categories {
		var err error
		if out[i], err = toCategory(c); err != nil {
			return nil, err
		}
		place[c.ID] = i
	}
	for _, r := range dishes {
		d, err := toDish(r, currency)
		if err != nil {
			return nil, err
		}
		if i, ok := place[d.CategoryID]; ok {
			out[i].Dishes = append(out[i].Dishes, d)
		}
	}
	return out, nil
}

func toCategory(r query.Category) (menu.Category, error) {
	c := menu.Category{ID: r.ID, Name: r.Name, Position: r.Position}
	var err error
	if c.Schedule, err = toSchedule(r.Schedule); err == nil {
		c.Translations, err = toTranslations(r.Translations)
	}
	if err != nil {
		return menu.Category{}, fmt.Errorf("category %s: %w", r.ID, err)
	}
	return c, nil
}

// DishOnMenu is a dish with when its category is served, always for one whose category is gone.
type DishOnMenu struct {
	menu.Dish
	Schedule menu.Schedule
	Gone     bool // it has left the menu
}

// DishFor reads a dish with its vendor, and what a user is to that vendor. NotFound when there is no such dish.
func (db *DB) DishFor(ctx context.Context, id, userID domain.ID) (DishOnMenu, vendor.Profile, account.MemberRole, error) {
	row, err := db.q().Dish(ctx, id)
	if err != nil {
		return DishOnMenu{}, vendor.Profile{}, "", missing("dish", err)
	}
	p, role, err := db.VendorFor(ctx, row.Dish.VendorID, userID)
	if err != nil {
		return DishOnMenu{}, vendor.Profile{}, "", err
	}
	d, err := toDishOnMenu(row.Dish, row.Schedule, p.Currency)
	return d, p, role, err
}

func toDishOnMenu(r query.Dish, schedule []byte, currency domain.Currency) (d DishOnMenu, err error) {
	d.Gone = r.DeletedAt != nil
	if d.Dish, err = toDish(r, currency); err == nil {
		d.Schedule, err = toSchedule(schedule)
	}
	return d, err
}

// VendorOfDishID tells whose dish it is. NotFound when there is no such dish.
func (tx *Tx) VendorOfDishID(ctx context.Context, id domain.ID) (domain.ID, error) {
	vendorID, err := tx.VendorOfDish(ctx, id)
	if err != nil {
		return domain.Nil, missing("dish", err)
	}
	return vendorID, nil
}

// VendorOfCategoryID tells whose category it is. NotFound when there is no such category.
func (tx *Tx) VendorOfCategoryID(ctx context.Context, id domain.ID) (domain.ID, error) {
	vendorID, err := tx.VendorOfCategory(ctx, id)
	if err != nil {
		return domain.Nil, missing("category", err)
	}
	return vendorID, nil
}

// DishByID reads a dish under its vendor's lock. NotFound when it was deleted.
func (tx *Tx) DishByID(ctx context.Context, id domain.ID, currency domain.Currency) (DishOnMenu, error) {
	row, err := tx.Dish(ctx, id)
	if err != nil {
		return DishOnMenu{}, missing("dish", err)
	}
	return toDishOnMenu(row.Dish, row.Schedule, currency)
}

// CategoryByID reads a category with its dishes. NotFound when there is none.
func (tx *Tx) CategoryByID(ctx context.Context, id domain.ID, currency domain.Currency) (menu.Category, error) {
	row, err := tx.Category(ctx, id)
	if err != nil {
		return menu.Category{}, missing("category", err)
	}
	dishes, err := tx.DishesOfCategory(ctx, &id)
	if err != nil {
		return menu.Category{}, fmt.Errorf("read dishes: %w", err)
	}
	arranged, err := arrange([]query.Category{row}, dishes, currency)
	if err != nil {
		return menu.Category{}, err
	}
	return arranged[0], nil
}

// CategoryCount counts a vendor's categories, and gives the position after the last one.
func (tx *Tx) CategoryCount(ctx context.Context, vendorID domain.ID) (n, last int, err error) {
	row, err := tx.CountCategories(ctx, vendorID)
	if err != nil {
		return 0, 0, fmt.Errorf("count categories: %w", err)
	}
	return row.Categories, row.NextPosition, nil
}

// AddCategory writes a new category. Conflict when the vendor has one of that name.
func (tx *Tx) AddCategory(ctx context.Context, vendorID domain.ID, c menu.Category) error {
	row, err := categoryRow(vendorID, c)
	if err != nil {
		return err
	}
	return classify(tx.InsertCategory(ctx, query.InsertCategoryParams(row)))
}

// SaveCategory writes back what there is to say of a category. Conflict when the vendor has another one of that name.
func (tx *Tx) SaveCategory(ctx context.Context, c menu.Category) error {
	row, err := categoryRow(domain.Nil, c)
	if err != nil {
		return err
	}
	return classify(tx.UpdateCategory(ctx, query.UpdateCategoryParams{
		ID: row.ID, Name: row.Name, Position: row.Position, Schedule: row.Schedule, Translations: row.Translations,
	}))
}

// RemoveEmptyCategory says whether the category was there and empty, and so is gone.
func (tx *Tx) RemoveEmptyCategory(ctx context.Context, id domain.ID) (bool, error) {
	n, err := tx.DeleteEmptyCategory(ctx, id)
	if err != nil {
		return false, fmt.Errorf("delete category: %w", err)
	}
	return n > 0, nil
}

// DishCount counts a vendor's dishes, and gives the position after the last one of a category.
func (tx *Tx) DishCount(ctx context.Context, vendorID, categoryID domain.ID) (n, last int, err error) {
	row, err := tx.CountDishes(ctx, query.CountDishesParams{VendorID: vendorID, CategoryID: categoryID})
	if err != nil {
		return 0, 0, fmt.Errorf("count dishes: %w", err)
	}
	return row.Dishes, row.NextPosition, nil
}

// AddDish writes a new dish, which is available.
func (tx *Tx) AddDish(ctx context.Context, d menu.Dish) error {
	r, err := dishRow(d)
	if err != nil {
		return err
	}
	err = tx.InsertDish(ctx, query.InsertDishParams{
		ID: r.ID, VendorID: r.VendorID, CategoryID: r.CategoryID, Name: r.Name, Description: r.Description, Price: r.Price,
		Packaging: r.Packaging, TaxCategory: r.TaxCategory, Diet: r.Diet, Allergens: r.Allergens, Spice: r.Spice, Tags: r.Tags,
		MinAge: r.MinAge, Stock: d.Stock, Position: r.Position, OptionGroups: r.OptionGroups, Translations: r.Translations,
	})
	if err != nil {
		return fmt.Errorf("insert dish: %w", err)
	}
	return nil
}

// SaveDish writes back what an edit may change: not the availability, not the stock.
func (tx *Tx) SaveDish(ctx context.Context, d menu.Dish) error {
	r, err := dishRow(d)
	if err != nil {
		return err
	}
	err = tx.UpdateDish(ctx, query.UpdateDishParams{
		ID: r.ID, CategoryID: r.CategoryID, Name: r.Name, Description: r.Description, Price: r.Price, Packaging: r.Packaging,
		TaxCategory: r.TaxCategory, Diet: r.Diet, Allergens: r.Allergens, Spice: r.Spice, Tags: r.Tags, MinAge: r.MinAge,
		Position: r.Position, OptionGroups: r.OptionGroups, Translations: r.Translations,
	})
	if err != nil {
		return fmt.Errorf("update dish: %w", err)
	}
	return nil
}

// SaveStock says how many portions of a dish are left; nil: they are not counted.
func (tx *Tx) SaveStock(ctx context.Context, id domain.ID, stock *int) error {
	if err := tx.SetStock(ctx, query.SetStockParams{ID: id, Stock: stock}); err != nil {
		return fmt.Errorf("set stock: %w", err)
	}
	return nil
}

// SaveAvailability says whether a dish can be had; a zero until means that somebody will say so.
func (tx *Tx) SaveAvailability(ctx context.Context, id domain.ID, available bool, until time.Time) error {
	params := query.SetAvailabilityParams{ID: id, Available: available}
	if !until.IsZero() {
		params.UnavailableUntil = &until
	}
	if err := tx.SetAvailability(ctx, params); err != nil {
		return fmt.Errorf("set availability: %w", err)
	}
	return nil
}

// orEmpty sends nil as an empty array, which columns that are NOT NULL want.
func orEmpty(texts []string) []string {
	if texts == nil {
		return []string{}
	}
	return texts
}
