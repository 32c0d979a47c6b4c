package api

import (
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/app/catalog"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
)

// menuDocument is a dto.MenuDocument of the types that changes of single things have. The contract has seen to it that what must
// be there is, and that nothing is which is not a document's.
type menuDocument struct {
	Categories []struct {
		dto.CategoryPatch
		ID     domain.ID      `json:"id"`
		Dishes []documentDish `json:"dishes"`
	} `json:"categories"`
}

type documentDish struct {
	dto.DishPatch
	ID          domain.ID  `json:"id"`
	Stock       *int       `json:"stock"`
	Available   *bool      `json:"available"`
	AvailableAt *time.Time `json:"availableAt"`
	Picture     *string    `json:"picture"`
}

func (d menuDocument) document() (catalog.Document, error) {
	doc := catalog.Document{Categories: make([]catalog.DocumentCategory, len(d.Categories))}
	for i, c := range d.Categories {
		edit, err := toCategoryEdit(c.CategoryPatch)
		if err != nil {
			return doc, within(fmt.Sprintf("categories[%d]", i), err)
		}
		doc.Categories[i] = catalog.DocumentCategory{ID: c.ID, CategoryEdit: edit, Dishes: make([]catalog.DocumentDish, len(c.Dishes))}
		for j, dish := range c.Dishes {
			edit, err := toDishEdit(dish.DishPatch)
			if err != nil {
				return doc, within(fmt.Sprintf("categories[%d].dishes[%d]", i, j), err)
			}
			doc.Categories[i].Dishes[j] = catalog.DocumentDish{
				ID: dish.ID, DishEdit: edit, Picture: dish.Picture, Stock: dish.Stock, Available: dish.Available, Until: deref(dish.AvailableAt),
			}
		}
	}
	return doc, nil
}

// within names the thing that the fields of an error belong to.
func within(place string, err error) error {
	var e *domain.Error
	if errors.As(err, &e) {
		for i := range e.Fields {
			e.Fields[i].Field = place + "." + e.Fields[i].Field
		}
	}
	return err
}

// fromDocument is a menu as its members write it; with state, also with what sells out.
func fromDocument(categories []menu.Category, state bool) dto.MenuDocument {
	out := dto.MenuDocument{Categories: make([]dto.MenuCategory, len(categories))}
	for i, c := range categories {
		category := dto.MenuCategory{
			ID: &c.ID, Name: c.Name, Schedule: fromSchedule(c.Schedule), Translations: fromNames(c.Translations), Dishes: make([]dto.MenuDish, len(c.Dishes)),
		}
		for j, d := range c.Dishes {
			category.Dishes[j] = fromDocumentDish(d)
			if state {
				category.Dishes[j].Stock, category.Dishes[j].Available = d.Stock, &d.Available
				if !d.Available {
					category.Dishes[j].AvailableAt = at(d.UnavailableUntil)
				}
			}
		}
		out.Categories[i] = category
	}
	return out
}

// fromDocumentDish leaves out what is as for a new dish.
func fromDocumentDish(d menu.Dish) dto.MenuDish {
	out := dto.MenuDish{
		ID: &d.ID, Name: d.Name, Description: some(d.Description), Price: fromPrice(d.Price), Diet: dto.Diet(d.Diet), Spice: some(d.Spice),
		MinAge: some(d.MinAge), Picture: some(d.Picture), OptionGroups: make([]dto.MenuOptionGroup, len(d.Groups)), Translations: fromTexts(d.Translations),
	}
	if d.Packaging.Amount != 0 {
		packaging := fromPrice(d.Packaging)
		out.Packaging = &packaging
	}
	if d.TaxCategory != domain.TaxStandard {
		out.TaxCategory = some(dto.TaxCategory(d.TaxCategory))
	}
	if len(d.Allergens) > 0 {
		out.Allergens = &d.Allergens
	}
	if len(d.Tags) > 0 {
		out.Tags = &d.Tags
	}
	for i, g := range d.Groups {
		group := dto.MenuOptionGroup{
			Name: g.Name, Min: g.Min, Max: g.Max, Variants: some(g.Variants), Options: make([]dto.MenuOption, len(g.Options)), Translations: fromNames(g.Translations),
		}
		for j, o := range g.Options {
			group.Options[j] = dto.MenuOption{Name: o.Name, Default: some(o.Default), Translations: fromNames(o.Translations)}
			if o.Price.Amount != 0 {
				price := fromPrice(o.Price)
				group.Options[j].Price = &price
			}
		}
		out.OptionGroups[i] = group
	}
	return out
}

func fromPrice(m domain.Money) dto.Price {
	return dto.Price{Amount: m.Amount, Currency: string(m.Currency)}
}

// maxShown bounds, in bytes, a value that a difference shows.
const maxShown = 200

func fromDiff(r catalog.Replacement, trial bool) dto.MenuDiff {
	return dto.MenuDiff{
		Version: r.Version, Categories: fromDifferences(r.Diff.Categories, trial), Dishes: fromDifferences(r.Diff.Dishes, trial),
	}
}

// fromDifferences gives what is added no ID in a trial: it would get another one.
func fromDifferences(d menu.Differences, trial bool) dto.MenuDifferences {
	return dto.MenuDifferences{
		Added: fromDifference(d.Added, !trial), Changed: fromDifference(d.Changed, true), Removed: fromDifference(d.Removed, true),
		Unchanged: fromDifference(d.Unchanged, true),
	}
}

func fromDifference(list []menu.Difference, known bool) []dto.MenuDifference {
	out := make([]dto.MenuDifference, len(list))
	for i, d := range list {
		out[i] = dto.MenuDifference{Name: d.Name, Category: some(d.Category)}
		if known {
			out[i].ID = &d.ID
		}
		for _, f := range d.Fields {
			out[i].Fields = append(out[i].Fields, dto.MenuFieldChange{Field: f.Field, Before: cut(f.Before), After: cut(f.After)})
		}
	}
	return out
}

// cut shortens a text between two characters.
func cut(text string) string {
	if len(text) <= maxShown {
		return text
	}
	end := maxShown
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}
