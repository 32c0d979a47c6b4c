package api

import (
	"maps"
	"slices"
	"time"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/app/catalog"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
)

// fromMenu is the menu as diners read it: without translations, for it is in one language.
func (b pictureBase) fromMenu(m catalog.MenuView) dto.Menu {
	out := dto.Menu{
		VendorID: m.Vendor.ID, Version: m.Vendor.Version, Currency: string(m.Vendor.Currency), Categories: make([]dto.Category, len(m.Categories)),
	}
	for i, c := range m.Categories {
		out.Categories[i] = b.fromCategory(c, m.At, m.Vendor.Place)
	}
	return out
}

// fromCategoryView is a category as its vendor edits it, with its translations.
func (b pictureBase) fromCategoryView(v catalog.CategoryView) dto.Category {
	out := b.fromCategory(v.Category, v.At, v.Place)
	out.Translations = fromNames(v.Translations)
	return out
}

func (b pictureBase) fromCategory(c menu.Category, now time.Time, place *time.Location) dto.Category {
	turn := c.Schedule.TurnAt(now, place)
	out := dto.Category{
		ID: c.ID, Name: c.Name, Position: c.Position, Schedule: fromSchedule(c.Schedule), Served: turn.On, Dishes: make([]dto.Dish, len(c.Dishes)),
	}
	if !turn.On {
		out.ServedAt = at(turn.Until)
	}
	for i, d := range c.Dishes {
		out.Dishes[i] = b.fromDish(d, d.StateAt(now, c.Schedule, place), now)
	}
	return out
}

// fromDishView is a dish by itself, with its translations.
func (b pictureBase) fromDishView(v catalog.DishView) dto.Dish {
	out := b.fromDish(v.Dish, v.State, v.At)
	out.Translations = fromTexts(v.Translations)
	for i, g := range v.Groups {
		out.OptionGroups[i].Translations = fromNames(g.Translations)
		for j, o := range g.Options {
			out.OptionGroups[i].Options[j].Translations = fromNames(o.Translations)
		}
	}
	return out
}

func (b pictureBase) fromDish(d menu.Dish, state menu.State, now time.Time) dto.Dish {
	out := dto.Dish{
		ID: d.ID, VendorID: d.VendorID, CategoryID: d.CategoryID, Name: d.Name, Description: d.Description, Price: fromMoney(d.Price),
		Packaging: fromMoney(d.Packaging), TaxCategory: dto.TaxCategory(d.TaxCategory), ImageURL: b.url(d.Picture), Images: b.urls(d.Picture),
		Diet: dto.Diet(d.Diet), Allergens: d.Allergens, Spice: d.Spice, Tags: d.Tags, MinAge: some(d.MinAge), Available: state.Available,
		UnavailableReason: some(dto.DishUnavailableReason(state.Reason)), AvailableAt: at(state.Until), Stock: d.Stock, Position: d.Position,
		OptionGroups: make([]dto.OptionGroup, len(d.Groups)), Version: d.Version,
		Rating: dto.Rating{Average: d.RatingAverage, Count: d.RatingCount},
	}
	for i, g := range d.Groups {
		out.OptionGroups[i] = dto.OptionGroup{
			ID: g.ID, Name: g.Name, Min: g.Min, Max: g.Max, Variants: some(g.Variants), Options: make([]dto.Option, len(g.Options)),
		}
		for j, o := range g.Options {
			option := dto.Option{ID: o.ID, Name: o.Name, Price: fromMoney(o.Price), Default: some(o.Default), Available: o.AvailableAt(now)}
			if !option.Available {
				option.AvailableAt = at(o.UnavailableUntil)
			}
			out.OptionGroups[i].Options[j] = option
		}
	}
	return out
}

func fromSchedule(s menu.Schedule) *dto.Schedule {
	if s.Always() {
		return nil
	}
	out := &dto.Schedule{StartsOn: fromDate(s.StartsOn), EndsOn: fromDate(s.EndsOn)}
	if len(s.Windows) > 0 {
		out.Windows = fromWindows(s.Windows)
	}
	return out
}

func fromDate(d domain.Date) *string {
	if d.IsZero() {
		return nil
	}
	text := d.String()
	return &text
}

// toSchedule keeps absence.
func toSchedule(s *dto.Schedule) (_ *menu.Schedule, err error) {
	if s == nil {
		return nil, nil
	}
	var out menu.Schedule
	out.Windows = toWindows(s.Windows)
	if s.StartsOn != nil {
		if out.StartsOn, err = domain.ParseDate("schedule.startsOn", *s.StartsOn); err != nil {
			return nil, err
		}
	}
	if s.EndsOn != nil {
		if out.EndsOn, err = domain.ParseDate("schedule.endsOn", *s.EndsOn); err != nil {
			return nil, err
		}
	}
	return &out, nil
}

func fromNames(t menu.Translations) *dto.NameTranslations {
	if len(t) == 0 {
		return nil
	}
	var out dto.NameTranslations
	for _, language := range slices.Sorted(maps.Keys(t)) {
		out = append(out, dto.NameTranslation{Language: language, Name: t[language].Name})
	}
	return &out
}

func fromTexts(t menu.Translations) *dto.DishTranslations {
	if len(t) == 0 {
		return nil
	}
	var out dto.DishTranslations
	for _, language := range slices.Sorted(maps.Keys(t)) {
		text := t[language]
		out = append(out, dto.DishTranslation{Language: language, Name: some(text.Name), Description: some(text.Description)})
	}
	return &out
}

// toNames keeps absence.
func toNames(list *dto.NameTranslations) (*menu.Translations, error) {
	return toTranslations(list, func(t dto.NameTranslation) (string, menu.Text) { return t.Language, menu.Text{Name: t.Name} })
}

// toTexts keeps absence.
func toTexts(list *dto.DishTranslations) (*menu.Translations, error) {
	return toTranslations(list, func(t dto.DishTranslation) (string, menu.Text) {
		return t.Language, menu.Text{Name: deref(t.Name), Description: deref(t.Description)}
	})
}

func toTranslations[T any](list *[]T, read func(T) (language string, text menu.Text)) (*menu.Translations, error) {
	if list == nil {
		return nil, nil
	}
	out := make(menu.Translations, len(*list))
	for _, t := range *list {
		language, text := read(t)
		if _, twice := out[language]; twice {
			return nil, domain.Invalidf("translations", "unique", "%s comes twice", language)
		}
		out[language] = text
	}
	return &out, nil
}

// toPrice keeps absence.
func toPrice(p *dto.Price) *domain.Money {
	if p == nil {
		return nil
	}
	return &domain.Money{Amount: p.Amount, Currency: domain.Currency(p.Currency)}
}

func toCategoryEdit(r dto.CategoryPatch) (e catalog.CategoryEdit, err error) {
	e = catalog.CategoryEdit{Name: r.Name, Position: r.Position}
	if e.Schedule, err = toSchedule(r.Schedule); err != nil {
		return e, err
	}
	e.Translations, err = toNames(r.Translations)
	return e, err
}

// newDish is a dto.DishRequest: a change of nothing. The contract has seen to it that what must be there is.
type newDish struct {
	dto.DishPatch
	Stock *int `json:"stock,omitempty"`
}

func toDishEdit(r dto.DishPatch) (e catalog.DishEdit, err error) {
	e = catalog.DishEdit{
		CategoryID: r.CategoryID, Name: r.Name, Description: r.Description, Price: toPrice(r.Price), Packaging: toPrice(r.Packaging),
		TaxCategory: (*domain.TaxCategory)(r.TaxCategory), Diet: (*menu.Diet)(r.Diet), Allergens: r.Allergens, Spice: r.Spice,
		Tags: r.Tags, MinAge: r.MinAge, Position: r.Position,
	}
	if e.Groups, err = toGroups(r.OptionGroups); err != nil {
		return e, err
	}
	e.Translations, err = toTexts(r.Translations)
	return e, err
}

// toGroups keeps absence. An option without a price costs nothing more; one that does not say so is available.
func toGroups(groups *dto.OptionGroupRequests) (*[]menu.OptionGroup, error) {
	if groups == nil {
		return nil, nil
	}
	out := make([]menu.OptionGroup, len(*groups))
	for i, g := range *groups {
		names, err := toNames(g.Translations)
		if err != nil {
			return nil, err
		}
		out[i] = menu.OptionGroup{
			Name: g.Name, Min: g.Min, Max: g.Max, Variants: deref(g.Variants), Options: make([]menu.Option, len(g.Options)), Translations: deref(names),
		}
		for j, o := range g.Options {
			if out[i].Options[j], err = toOption(o); err != nil {
				return nil, err
			}
		}
	}
	return &out, nil
}

func toOption(o dto.OptionRequest) (menu.Option, error) {
	names, err := toNames(o.Translations)
	if err != nil {
		return menu.Option{}, err
	}
	out := menu.Option{
		Name: o.Name, Default: deref(o.Default), Available: o.Available == nil || *o.Available, Translations: deref(names),
	}
	if price := toPrice(o.Price); price != nil {
		out.Price = *price
	}
	if !out.Available {
		out.UnavailableUntil = deref(o.AvailableAt)
	}
	return out, nil
}
