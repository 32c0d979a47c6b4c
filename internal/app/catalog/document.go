package catalog

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/id"
)

// maxMistakes bounds how many mistakes of a document one error lists.
const maxMistakes = 20

// Document is a whole menu as somebody writes it, in its order. What it leaves out of a category or dish is as it is for a new
// one, but for what the fields of DocumentDish say.
type Document struct{ Categories []DocumentCategory }

// DocumentCategory is a category of a document; its position is its place there. Without an ID, or with that of one that is gone,
// it is the one that has its name.
type DocumentCategory struct {
	ID domain.ID
	CategoryEdit
	Dishes []DocumentDish
}

// DocumentDish is a dish of a document; its category and position are its place there. Without an ID it is one of its name in
// the category, if there is one. Picture, stock and availability stay as they are unless they are given, and whether options
// are sold out always stays.
type DocumentDish struct {
	ID domain.ID
	DishEdit
	Picture   *string // key of one that is kept; "" for none
	Stock     *int    // what is left now, whatever orders have taken since the document was written
	Available *bool
	Until     time.Time // with Available false: when it comes back by itself; what has passed means that it is back
}

// asWritten is a menu as documents of a vendor say it at a moment: with translations into the vendor's languages alone, whatever was
// written before it gave one up, and with what has come back by itself available.
func asWritten(categories []menu.Category, p vendor.Profile, now time.Time) []menu.Category {
	out := make([]menu.Category, len(categories))
	for i, c := range categories {
		out[i] = c.Into(p.Languages[1:]) // the first is the menu's own
		for j := range out[i].Dishes {
			if d := &out[i].Dishes[j]; !d.UnavailableUntil.IsZero() && !now.Before(d.UnavailableUntil) {
				d.Available, d.UnavailableUntil = true, time.Time{}
			}
		}
	}
	return out
}

// documentOf writes a menu, which is asWritten, as a document: with its pictures, and without stock and what is sold out.
func documentOf(categories []menu.Category) Document {
	doc := Document{Categories: make([]DocumentCategory, len(categories))}
	for i, c := range categories {
		doc.Categories[i] = DocumentCategory{ID: c.ID, CategoryEdit: categoryEditOf(c)}
		for _, d := range c.Dishes {
			doc.Categories[i].Dishes = append(doc.Categories[i].Dishes, DocumentDish{ID: d.ID, DishEdit: dishEditOf(d), Picture: &d.Picture})
		}
	}
	return doc
}

// anew is the document without IDs: of another menu.
func (doc Document) anew() Document {
	for i := range doc.Categories {
		doc.Categories[i].ID = domain.Nil
		for j := range doc.Categories[i].Dishes {
			doc.Categories[i].Dishes[j].ID = domain.Nil
		}
	}
	return doc
}

// categoryEditOf and dishEditOf say all that an edit can say but for where a thing stands.
func categoryEditOf(c menu.Category) CategoryEdit {
	return CategoryEdit{Name: &c.Name, Schedule: &c.Schedule, Translations: &c.Translations}
}

func dishEditOf(d menu.Dish) DishEdit {
	return DishEdit{
		Name: &d.Name, Description: &d.Description, Price: &d.Price, Packaging: &d.Packaging, TaxCategory: &d.TaxCategory, Diet: &d.Diet,
		Allergens: &d.Allergens, Spice: &d.Spice, Tags: &d.Tags, MinAge: &d.MinAge, Groups: &d.Groups, Translations: &d.Translations,
	}
}

// dishIDs are the IDs that a document names dishes by.
func (doc Document) dishIDs() []domain.ID {
	var out []domain.ID
	for _, c := range doc.Categories {
		for _, d := range c.Dishes {
			if !d.ID.IsNil() {
				out = append(out, d.ID)
			}
		}
	}
	return out
}

// settling makes the menu that a document describes out of the one that there is.
type settling struct {
	vendor     *vendor.Profile
	now        time.Time
	ours       bool // the document is one that was kept: categories that are gone come back by their IDs
	categories *identities[menu.Category]
	dishes     *identities[menu.Dish]
	mistakes   []domain.FieldError
}

// settle gives the menu after the document, with IDs and positions. removed are dishes that were on the menu earlier and that
// the document names. It returns Invalid, naming each field that is wrong, up to twenty.
func (s *Service) settle(doc Document, before []menu.Category, removed []menu.Dish, p *vendor.Profile, ours bool) ([]menu.Category, error) {
	st := &settling{vendor: p, now: s.now(), ours: ours, categories: newIdentities[menu.Category](), dishes: newIdentities[menu.Dish]()}
	var order []menu.Place
	places := map[domain.ID][]menu.Place{} // of dishes, by category
	for _, c := range before {
		st.categories.add(c.ID, c.Name, c)
		order = append(order, menu.Place{ID: c.ID, Position: c.Position})
		for _, d := range c.Dishes {
			st.dishes.add(d.ID, dishName(c.ID, d.Name), d)
			places[c.ID] = append(places[c.ID], menu.Place{ID: d.ID, Position: d.Position})
		}
	}
	for _, d := range removed {
		st.dishes.add(d.ID, "", d)
	}
	after, err := st.menu(doc)
	if err != nil {
		return nil, err
	}
	arranged, _ := menu.Arrange(order, idsOf(after, func(c menu.Category) domain.ID { return c.ID }))
	for i := range after {
		c := &after[i]
		c.Position = arranged[i].Position
		arranged, _ := menu.Arrange(places[c.ID], idsOf(c.Dishes, func(d menu.Dish) domain.ID { return d.ID }))
		for j := range c.Dishes {
			c.Dishes[j].Position = arranged[j].Position
		}
	}
	return after, nil
}

func idsOf[T any](things []T, of func(T) domain.ID) []domain.ID {
	out := make([]domain.ID, len(things))
	for i, t := range things {
		out[i] = of(t)
	}
	return out
}

func dishName(category domain.ID, name string) string {
	return category.String() + "\n" + strings.TrimSpace(name)
}

func (st *settling) menu(doc Document) ([]menu.Category, error) {
	dishes := 0
	for _, c := range doc.Categories {
		dishes += len(c.Dishes)
	}
	if len(doc.Categories) > maxCategories || dishes > maxDishes {
		return nil, domain.Invalidf("categories", "maxItems", "a menu has at most %d categories and %d dishes", maxCategories, maxDishes)
	}
	// Whatever is named by its ID is no longer found by its name.
	for i, c := range doc.Categories {
		st.note(at(i), st.categories.claim(c.ID, true)) // what is gone is found, or made anew, by its name
		for j, d := range c.Dishes {
			st.note(at(i, j), st.dishes.claim(d.ID, false))
		}
	}
	names := map[string]bool{}
	after := make([]menu.Category, len(doc.Categories))
	for i, c := range doc.Categories {
		after[i] = st.category(at(i), c)
		name := strings.ToLower(after[i].Name)
		if names[name] && name != "" {
			st.note(at(i), domain.Invalidf("name", "unique", "two categories have the name %s", after[i].Name))
		}
		names[name] = true
		for j, d := range c.Dishes {
			after[i].Dishes = append(after[i].Dishes, st.dish(at(i, j), after[i].ID, d))
		}
	}
	if len(st.mistakes) == 0 {
		return after, nil
	}
	e := domain.Invalidf(st.mistakes[0].Field, st.mistakes[0].Code, "%s", st.mistakes[0].Message)
	e.Fields = st.mistakes
	return nil, e
}

// at names a category of the document, and a dish in it.
func at(places ...int) string {
	if len(places) == 1 {
		return fmt.Sprintf("categories[%d]", places[0])
	}
	return fmt.Sprintf("categories[%d].dishes[%d]", places[0], places[1])
}

// note keeps a mistake of the thing at a place.
func (st *settling) note(place string, err error) {
	var e *domain.Error
	if !errors.As(err, &e) {
		return
	}
	for _, f := range e.Fields {
		if f.Field = place + "." + f.Field; len(st.mistakes) < maxMistakes {
			st.mistakes = append(st.mistakes, f)
		}
	}
}

func (st *settling) category(place string, doc DocumentCategory) menu.Category {
	old, known := st.categories.find(doc.ID, deref(doc.Name))
	c := menu.Category{ID: old.ID}
	switch {
	case known:
	case st.ours && !doc.ID.IsNil():
		c.ID = doc.ID
	default:
		c.ID = id.New()
	}
	st.note(place, doc.Write(&c, st.vendor))
	return c
}

func (st *settling) dish(place string, category domain.ID, doc DocumentDish) menu.Dish {
	d, known := st.dishes.find(doc.ID, dishName(category, deref(doc.Name)))
	options := d.Groups
	if !known {
		d = menu.Dish{ID: id.New(), VendorID: st.vendor.ID, Available: true, Version: 1}
	}
	d.CategoryID = category
	d.Description, d.Packaging, d.TaxCategory = "", domain.Money{Currency: st.vendor.Currency}, domain.TaxStandard
	d.Allergens, d.Tags, d.Spice, d.MinAge, d.Translations = nil, nil, 0, 0, nil
	if doc.Groups == nil {
		doc.Groups = &[]menu.OptionGroup{}
	}
	st.note(place, doc.Write(&d, st.vendor))
	d.Groups = asAvailable(options, d.Groups)
	if doc.Picture != nil {
		d.Picture = *doc.Picture
	}
	st.note(place, doc.state(&d, st.now))
	return d
}

// state changes whether and how often the dish can be had, where the document says so. As with a dish that somebody says is back,
// one that has none left is no longer counted then.
func (doc DocumentDish) state(d *menu.Dish, now time.Time) error {
	says := doc.Available != nil
	switch {
	case !doc.Until.IsZero() && (!says || *doc.Available):
		return domain.Invalidf("availableAt", "range", "goes with available: false")
	case doc.Until.After(now.Add(maxAbsence)):
		return domain.Invalidf("availableAt", "range", "must lie at most 30 days ahead")
	case says && *doc.Available:
		d.Available, d.UnavailableUntil = true, time.Time{}
		if d.Stock != nil && *d.Stock == 0 {
			d.Stock = nil
		}
	case says && !doc.Until.IsZero() && !now.Before(doc.Until): // the document has waited
		d.Available, d.UnavailableUntil = true, time.Time{}
	case says:
		d.Available, d.UnavailableUntil = false, doc.Until
	}
	if doc.Stock != nil {
		d.Stock = doc.Stock
	}
	return nil
}

// asAvailable gives option groups in which those options that were there before are as available as they were.
func asAvailable(before, groups []menu.OptionGroup) []menu.OptionGroup {
	old := menu.Dish{Groups: before}
	for i := range groups {
		for j := range groups[i].Options {
			o := &groups[i].Options[j]
			o.Available, o.UnavailableUntil = true, time.Time{}
			if was := old.Option(o.ID); was != nil {
				o.Available, o.UnavailableUntil = was.Available, was.UnavailableUntil
			}
		}
	}
	return groups
}

func deref(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}
