package postgres

import (
	"cmp"
	"encoding/json"
	"fmt"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// groupJSON is an option group as dishes.option_groups holds it; prices are minor units of the vendor's currency.
type groupJSON struct {
	ID           domain.ID    `json:"id"`
	Name         string       `json:"name"`
	Min          int          `json:"min"`
	Max          int          `json:"max"`
	Variants     bool         `json:"variants,omitempty"`
	Options      []optionJSON `json:"options"`
	Translations textsJSON    `json:"translations,omitempty"`
}

type optionJSON struct {
	ID           domain.ID `json:"id"`
	Name         string    `json:"name"`
	Price        int64     `json:"price"`
	Default      bool      `json:"default,omitempty"`
	Available    bool      `json:"available"`
	Until        time.Time `json:"until,omitzero"` // when it is back by itself
	Translations textsJSON `json:"translations,omitempty"`
}

// textsJSON are translations as columns and option groups hold them, by language.
type textsJSON map[string]textJSON

type textJSON struct {
	Name        string `json:"name,omitempty"`
	Description string `json:"description,omitempty"`
}

// toDish reads a row of dishes, whose prices are in its vendor's currency.
func toDish(r query.Dish, currency domain.Currency) (menu.Dish, error) {
	d := menu.Dish{
		ID: r.ID, VendorID: r.VendorID, CategoryID: orNil(r.CategoryID), Name: r.Name, Description: r.Description,
		Price: domain.Money{Amount: r.Price, Currency: currency}, Packaging: domain.Money{Amount: r.Packaging, Currency: currency},
		TaxCategory: domain.TaxCategory(r.TaxCategory), Diet: menu.Diet(r.Diet), Allergens: r.Allergens, Spice: r.Spice,
		Tags: r.Tags, MinAge: r.MinAge, Available: r.Available, Stock: r.Stock, Position: r.Position, Picture: textOr(r.Picture),
		RatingAverage: r.RatingAverage, RatingCount: r.RatingCount, Version: r.Version,
	}
	if r.UnavailableUntil != nil {
		d.UnavailableUntil = *r.UnavailableUntil
	}
	var err error
	if d.Groups, err = toGroups(r.OptionGroups, currency); err == nil {
		d.Translations, err = toTranslations(r.Translations)
	}
	if err != nil {
		return menu.Dish{}, fmt.Errorf("dish %s: %w", r.ID, err)
	}
	return d, nil
}

func toGroups(text []byte, currency domain.Currency) ([]menu.OptionGroup, error) {
	if string(text) == "[]" {
		return nil, nil
	}
	var stored []groupJSON
	if err := json.Unmarshal(text, &stored); err != nil {
		return nil, fmt.Errorf("decode option groups: %w", err)
	}
	groups := make([]menu.OptionGroup, len(stored))
	for i, g := range stored {
		groups[i] = menu.OptionGroup{
			ID: g.ID, Name: g.Name, Min: g.Min, Max: g.Max, Variants: g.Variants, Options: make([]menu.Option, len(g.Options)),
			Translations: g.Translations.texts(),
		}
		for j, o := range g.Options {
			groups[i].Options[j] = menu.Option{
				ID: o.ID, Name: o.Name, Price: domain.Money{Amount: o.Price, Currency: currency}, Default: o.Default,
				Available: o.Available, UnavailableUntil: o.Until, Translations: o.Translations.texts(),
			}
		}
	}
	return groups, nil
}

func fromGroups(groups []menu.OptionGroup) ([]byte, error) {
	stored := make([]groupJSON, len(groups)) // never null: the column holds an array
	for i, g := range groups {
		stored[i] = groupJSON{g.ID, g.Name, g.Min, g.Max, g.Variants, make([]optionJSON, len(g.Options)), textsOf(g.Translations)}
		for j, o := range g.Options {
			stored[i].Options[j] = optionJSON{
				o.ID, o.Name, o.Price.Amount, o.Default, o.Available, o.UnavailableUntil, textsOf(o.Translations),
			}
		}
	}
	text, err := json.Marshal(stored)
	if err != nil {
		return nil, fmt.Errorf("encode option groups: %w", err)
	}
	return text, nil
}

func (t textsJSON) texts() menu.Translations {
	if len(t) == 0 {
		return nil
	}
	out := make(menu.Translations, len(t))
	for language, text := range t {
		out[language] = menu.Text(text)
	}
	return out
}

func textsOf(t menu.Translations) textsJSON {
	out := make(textsJSON, len(t)) // never null: the columns hold an object
	for language, text := range t {
		out[language] = textJSON(text)
	}
	return out
}

func toTranslations(text []byte) (menu.Translations, error) {
	if string(text) == "{}" {
		return nil, nil
	}
	var stored textsJSON
	if err := json.Unmarshal(text, &stored); err != nil {
		return nil, fmt.Errorf("decode translations: %w", err)
	}
	return stored.texts(), nil
}

func fromTranslations(t menu.Translations) ([]byte, error) {
	text, err := json.Marshal(textsOf(t))
	if err != nil {
		return nil, fmt.Errorf("encode translations: %w", err)
	}
	return text, nil
}

// scheduleJSON is a schedule as categories.schedule holds it.
type scheduleJSON struct {
	Windows  []windowJSON `json:"windows,omitempty"`
	StartsOn string       `json:"startsOn,omitempty"`
	EndsOn   string       `json:"endsOn,omitempty"`
}

type windowJSON struct {
	Days []int `json:"days"`
	From int   `json:"from"`
	To   int   `json:"to"`
}

func toSchedule(text []byte) (menu.Schedule, error) {
	if string(text) == "{}" {
		return menu.Schedule{}, nil
	}
	var stored scheduleJSON
	if err := json.Unmarshal(text, &stored); err != nil {
		return menu.Schedule{}, fmt.Errorf("decode schedule: %w", err)
	}
	var s menu.Schedule
	for _, w := range stored.Windows {
		s.Windows = append(s.Windows, menu.Window(w))
	}
	s.Windows = domain.KeptWindows(s.Windows)
	for _, d := range []struct {
		text string
		to   *domain.Date
	}{{stored.StartsOn, &s.StartsOn}, {stored.EndsOn, &s.EndsOn}} {
		if d.text == "" {
			continue
		}
		var err error
		if *d.to, err = domain.ParseDate("schedule", d.text); err != nil {
			return menu.Schedule{}, fmt.Errorf("decode schedule: %w", err)
		}
	}
	return s, nil
}

func fromSchedule(s menu.Schedule) ([]byte, error) {
	var stored scheduleJSON
	for _, w := range s.Windows {
		stored.Windows = append(stored.Windows, windowJSON(w))
	}
	if !s.StartsOn.IsZero() {
		stored.StartsOn = s.StartsOn.String()
	}
	if !s.EndsOn.IsZero() {
		stored.EndsOn = s.EndsOn.String()
	}
	text, err := json.Marshal(stored)
	if err != nil {
		return nil, fmt.Errorf("encode schedule: %w", err)
	}
	return text, nil
}

// categoryRow is a category as every statement that writes one takes it.
func categoryRow(vendorID domain.ID, c menu.Category) (query.CopyCategoriesParams, error) {
	schedule, err := fromSchedule(c.Schedule)
	if err != nil {
		return query.CopyCategoriesParams{}, fmt.Errorf("category %q: %w", c.Name, err)
	}
	translations, err := fromTranslations(c.Translations)
	if err != nil {
		return query.CopyCategoriesParams{}, fmt.Errorf("category %q: %w", c.Name, err)
	}
	return query.CopyCategoriesParams{
		ID: c.ID, VendorID: vendorID, Name: c.Name, Position: c.Position, Schedule: schedule, Translations: translations,
	}, nil
}

// dishRow is a dish as every statement that writes one takes it: without its stock, and available.
func dishRow(d menu.Dish) (query.CopyDishesParams, error) {
	groups, err := fromGroups(d.Groups)
	if err != nil {
		return query.CopyDishesParams{}, fmt.Errorf("dish %q: %w", d.Name, err)
	}
	translations, err := fromTranslations(d.Translations)
	if err != nil {
		return query.CopyDishesParams{}, fmt.Errorf("dish %q: %w", d.Name, err)
	}
	return query.CopyDishesParams{
		ID: d.ID, VendorID: d.VendorID, CategoryID: orNull(d.CategoryID), Name: d.Name, Description: d.Description,
		Price: d.Price.Amount, Packaging: d.Packaging.Amount, TaxCategory: string(cmp.Or(d.TaxCategory, domain.TaxStandard)),
		Diet: string(d.Diet), Allergens: orEmpty(d.Allergens), Spice: d.Spice, Tags: orEmpty(d.Tags), MinAge: d.MinAge,
		Position: d.Position, OptionGroups: groups, Translations: translations,
	}, nil
}
