package menu

import (
	"maps"
	"slices"
)

// Text is what a translation puts in place of a name and a description; "" leaves the vendor's own.
type Text struct{ Name, Description string }

// Translations are texts by language, a BCP 47 tag in its canonical form such as "de" or "zh-Hant".
type Translations map[string]Text

// in gives a name and a description in a language, each the vendor's own where it is not translated.
func (t Translations) in(language, name, description string) (string, string) {
	text := t[language]
	if text.Name != "" {
		name = text.Name
	}
	if text.Description != "" {
		description = text.Description
	}
	return name, description
}

// In gives the category with its dishes in a language. It shares nothing that differs with the original.
func (c Category) In(language string) Category {
	c.Name, _ = c.Translations.in(language, c.Name, "")
	dishes := make([]Dish, len(c.Dishes))
	for i, d := range c.Dishes {
		dishes[i] = d.In(language)
	}
	c.Dishes = dishes
	return c
}

// In gives the dish with its options in a language, as Category.In does.
func (d Dish) In(language string) Dish {
	d.Name, d.Description = d.Translations.in(language, d.Name, d.Description)
	groups := make([]OptionGroup, len(d.Groups))
	for i, g := range d.Groups {
		g.Name, _ = g.Translations.in(language, g.Name, "")
		options := make([]Option, len(g.Options))
		for j, o := range g.Options {
			o.Name, _ = o.Translations.in(language, o.Name, "")
			options[j] = o
		}
		g.Options = options
		groups[i] = g
	}
	d.Groups = groups
	return d
}

// Into gives the category with its translations into some languages alone, as those of its dishes. It shares nothing that differs
// with the original.
func (c Category) Into(languages []string) Category {
	c.Translations = c.Translations.into(languages)
	dishes := make([]Dish, len(c.Dishes))
	for i, d := range c.Dishes {
		dishes[i] = d.Into(languages)
	}
	c.Dishes = dishes
	return c
}

// Into gives the dish with its translations into some languages alone, as those of its options; see Category.Into.
func (d Dish) Into(languages []string) Dish {
	d.Translations = d.Translations.into(languages)
	d.Groups = slices.Clone(d.Groups)
	for i := range d.Groups {
		g := &d.Groups[i]
		g.Translations = g.Translations.into(languages)
		g.Options = slices.Clone(g.Options)
		for j, o := range g.Options {
			g.Options[j].Translations = o.Translations.into(languages)
		}
	}
	return d
}

func (t Translations) into(languages []string) Translations {
	out := maps.Clone(t)
	maps.DeleteFunc(out, func(language string, _ Text) bool { return !slices.Contains(languages, language) })
	return out
}
