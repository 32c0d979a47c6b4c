package postgres

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// HoldVendors takes the locks of several vendors, in the order in which everybody takes them.
func (tx *Tx) HoldVendors(ctx context.Context, ids ...domain.ID) error {
	if err := tx.LockVendors(ctx, ids); err != nil {
		return fmt.Errorf("lock vendors: %w", err)
	}
	return nil
}

// MenuForWrite reads the whole menu of a vendor whose lock the caller holds. Until the transaction ends, orders cannot count
// down its stock. Two round trips.
func (tx *Tx) MenuForWrite(ctx context.Context, p vendor.Profile) ([]menu.Category, error) {
	categories, err := tx.Categories(ctx, p.ID)
	if err != nil {
		return nil, fmt.Errorf("read categories: %w", err)
	}
	dishes, err := tx.LockDishes(ctx, p.ID)
	if err != nil {
		return nil, fmt.Errorf("lock dishes: %w", err)
	}
	slices.SortStableFunc(dishes, func(a, b query.Dish) int { return cmp.Compare(a.Position, b.Position) }) // and by ID, as they come
	return arrange(categories, dishes, p.Currency)
}

// RemovedDishes reads those of some dishes that the vendor has taken off its menu, and locks them.
func (tx *Tx) RemovedDishes(ctx context.Context, p vendor.Profile, ids []domain.ID) ([]menu.Dish, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := tx.LockRemovedDishes(ctx, query.LockRemovedDishesParams{VendorID: p.ID, Ids: ids})
	if err != nil {
		return nil, fmt.Errorf("lock dishes that were removed: %w", err)
	}
	out := make([]menu.Dish, len(rows))
	for i, r := range rows {
		if out[i], err = toDish(r, p.Currency); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// categoryJSON and dishJSON are rows as the statements take many of them.
type categoryJSON struct {
	ID           domain.ID       `json:"id"`
	Name         string          `json:"name"`
	Position     int             `json:"position"`
	Schedule     json.RawMessage `json:"schedule"`
	Translations json.RawMessage `json:"translations"`
}

type dishJSON struct {
	ID               domain.ID       `json:"id"`
	CategoryID       domain.ID       `json:"category_id"`
	Name             string          `json:"name"`
	Description      string          `json:"description"`
	Price            int64           `json:"price"`
	Packaging        int64           `json:"packaging"`
	TaxCategory      string          `json:"tax_category"`
	Diet             string          `json:"diet"`
	Allergens        []string        `json:"allergens"`
	Spice            int             `json:"spice"`
	Tags             []string        `json:"tags"`
	MinAge           int             `json:"min_age"`
	Available        bool            `json:"available"`
	UnavailableUntil *time.Time      `json:"unavailable_until"`
	Stock            *int            `json:"stock"`
	Position         int             `json:"position"`
	Picture          *string         `json:"picture"`
	OptionGroups     json.RawMessage `json:"option_groups"`
	Translations     json.RawMessage `json:"translations"`
}

func categoryToJSON(c menu.Category) (categoryJSON, error) {
	r, err := categoryRow(domain.Nil, c)
	return categoryJSON{c.ID, c.Name, c.Position, r.Schedule, r.Translations}, err
}

func dishToJSON(d menu.Dish) (dishJSON, error) {
	r, err := dishRow(d)
	out := dishJSON{
		ID: d.ID, CategoryID: d.CategoryID, Name: d.Name, Description: d.Description, Price: r.Price, Packaging: r.Packaging,
		TaxCategory: r.TaxCategory, Diet: r.Diet, Allergens: r.Allergens, Spice: d.Spice, Tags: r.Tags, MinAge: d.MinAge,
		Available: d.Available, Stock: d.Stock, Position: d.Position, Picture: textOrNull(d.Picture),
		OptionGroups: r.OptionGroups, Translations: r.Translations,
	}
	if !d.UnavailableUntil.IsZero() {
		out.UnavailableUntil = &d.UnavailableUntil
	}
	return out, err
}

// WriteMenu makes the menu that MenuForWrite has read another one, of things with IDs and positions; only what differs is
// written. Dishes that are gone stay as rows, for the orders that name them. At most eight round trips.
// Invalid when a dish shows a picture that nobody keeps, Unavailable when that is just being cleared away.
func (tx *Tx) WriteMenu(ctx context.Context, vendorID domain.ID, before, after []menu.Category) error {
	w := changesOf(before, after)
	if err := tx.showPictures(ctx, w, after); err != nil {
		return err
	}
	if err := skip(w.goneDishes, tx.DeleteDishes)(ctx); err != nil {
		return fmt.Errorf("delete dishes: %w", err)
	}
	if err := skip(slices.Concat(w.renamed, w.goneCategories), tx.ParkCategories)(ctx); err != nil {
		return fmt.Errorf("park categories: %w", err)
	}
	categories, err := encoded(w.categories, categoryToJSON)
	if err != nil {
		return err
	}
	if err := skip(categories, func(ctx context.Context, rows []byte) error {
		return tx.PutCategories(ctx, query.PutCategoriesParams{VendorID: vendorID, Categories: rows})
	})(ctx); err != nil {
		return fmt.Errorf("write categories: %w", classify(err))
	}
	dishes, err := encoded(w.dishes, dishToJSON)
	if err != nil {
		return err
	}
	if err := skip(dishes, func(ctx context.Context, rows []byte) error {
		return tx.PutDishes(ctx, query.PutDishesParams{VendorID: vendorID, Dishes: rows})
	})(ctx); err != nil {
		return fmt.Errorf("write dishes: %w", classify(err))
	}
	if err := skip(w.goneCategories, tx.DeleteCategories)(ctx); err != nil {
		return fmt.Errorf("delete categories: %w", err)
	}
	return nil
}

// skip leaves out a statement about nothing.
func skip[T any](about []T, statement func(context.Context, []T) error) func(context.Context) error {
	return func(ctx context.Context) error {
		if len(about) == 0 {
			return nil
		}
		return statement(ctx, about)
	}
}

// encoded writes rows as one JSON array; nil for none.
func encoded[T, R any](things []T, row func(T) (R, error)) ([]byte, error) {
	if len(things) == 0 {
		return nil, nil
	}
	rows := make([]R, len(things))
	for i, t := range things {
		var err error
		if rows[i], err = row(t); err != nil {
			return nil, err
		}
	}
	text, err := json.Marshal(rows)
	if err != nil {
		return nil, fmt.Errorf("encode rows: %w", err)
	}
	return text, nil
}

// menuChanges is what is to be written to make one menu another.
type menuChanges struct {
	categories     []menu.Category // new or changed
	dishes         []menu.Dish     // new or changed
	goneCategories []domain.ID
	goneDishes     []domain.ID
	renamed        []domain.ID // categories
	shown          []string    // pictures, by dishes that did not show them before
	released       []string    // pictures, by dishes that showed them before
}

func changesOf(before, after []menu.Category) menuChanges {
	categories, dishes := byID(before)
	d := menu.Compare(before, after)
	write := map[domain.ID]bool{}
	for _, one := range slices.Concat(d.Categories.Added, d.Categories.Changed, d.Dishes.Added, d.Dishes.Changed) {
		write[one.ID] = true
	}
	var w menuChanges
	shown, released := map[string]bool{}, map[string]bool{}
	for _, c := range after {
		was, known := categories[c.ID]
		if write[c.ID] || was.Position != c.Position {
			w.categories = append(w.categories, c)
		}
		if known && was.Name != c.Name {
			w.renamed = append(w.renamed, c.ID)
		}
		for _, dish := range c.Dishes {
			was := dishes[dish.ID]
			if write[dish.ID] || was.Position != dish.Position {
				w.dishes = append(w.dishes, dish)
			}
			if dish.Picture != was.Picture {
				shown[dish.Picture], released[was.Picture] = true, true
			}
		}
	}
	for _, gone := range d.Categories.Removed {
		w.goneCategories = append(w.goneCategories, gone.ID)
	}
	for _, gone := range d.Dishes.Removed {
		w.goneDishes = append(w.goneDishes, gone.ID)
		released[dishes[gone.ID].Picture] = true
	}
	delete(shown, "")
	delete(released, "")
	w.shown, w.released = slices.Sorted(maps.Keys(shown)), slices.Sorted(maps.Keys(released))
	return w
}

func byID(categories []menu.Category) (map[domain.ID]menu.Category, map[domain.ID]menu.Dish) {
	byID, dishes := map[domain.ID]menu.Category{}, map[domain.ID]menu.Dish{}
	for _, c := range categories {
		byID[c.ID] = c
		for _, d := range c.Dishes {
			dishes[d.ID] = d
		}
	}
	return byID, dishes
}

// showPictures claims what dishes of the new menu begin to show, and lets go of what they showed.
func (tx *Tx) showPictures(ctx context.Context, w menuChanges, after []menu.Category) error {
	// What is released first is idle only until it is claimed again.
	if err := skip(w.released, tx.ReleasePictures)(ctx); err != nil {
		return fmt.Errorf("release pictures: %w", err)
	}
	if len(w.shown) == 0 {
		return nil
	}
	got, err := tx.ClaimPictures(ctx, w.shown)
	if err != nil {
		return fmt.Errorf("claim pictures: %w", err)
	}
	if len(got) < len(w.shown) {
		return noPicture(after, slices.DeleteFunc(w.shown, func(key string) bool { return slices.Contains(got, key) }))
	}
	return nil
}

// noPicture names a dish that is to show one of the pictures that are not kept.
func noPicture(menu []menu.Category, missing []string) error {
	for i, c := range menu {
		for j, d := range c.Dishes {
			if slices.Contains(missing, d.Picture) {
				return domain.Invalidf(fmt.Sprintf("categories[%d].dishes[%d].picture", i, j), "unknown", "is not kept here: upload it to the dish")
			}
		}
	}
	return errCollected
}
