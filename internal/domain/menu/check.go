package menu

import (
	"fmt"
	"strings"

	"github.com/zoop-dev/zoop/internal/domain"
)

// CheckGroups says whether option groups can be chosen from: Invalid naming the group whose bounds do not fit, that has more
// defaults than may be chosen, or that is a second one of variants; and naming a second group, or option of a group, of one name,
// in whatever case.
func CheckGroups(groups []OptionGroup) error {
	variants := false
	names := map[string]bool{}
	for i, g := range groups {
		field := fmt.Sprintf("optionGroups[%d]", i)
		if err := once(names, field, g.Name); err != nil {
			return err
		}
		if err := g.check(field); err != nil {
			return err
		}
		if g.Variants && variants {
			return domain.Invalidf(field+".variants", "unique", "a dish has one group of variants at most")
		}
		variants = variants || g.Variants
	}
	return nil
}

// once adds a name to those of its neighbours: Invalid for one that is there.
func once(names map[string]bool, field, name string) error {
	folded := strings.ToLower(name)
	if names[folded] {
		return domain.Invalidf(field+".name", "unique", "is the name of another one beside it: %s", name)
	}
	names[folded] = true
	return nil
}

func (g OptionGroup) check(field string) error {
	defaults := 0
	names := map[string]bool{}
	for i, o := range g.Options {
		if err := once(names, fmt.Sprintf("%s.options[%d]", field, i), o.Name); err != nil {
			return err
		}
		if o.Default {
			defaults++
		}
	}
	switch {
	case g.Min > g.Max || g.Max > len(g.Options):
		return domain.Invalidf(field, "range", "min (%d) ≤ max (%d) ≤ number of options (%d) must hold", g.Min, g.Max, len(g.Options))
	case g.Variants && (g.Min != 1 || g.Max != 1):
		return domain.Invalidf(field, "range", "of variants exactly one is chosen: min and max must be 1")
	case defaults > g.Max:
		return domain.Invalidf(field, "range", "%d options are default, of which at most %d can be chosen", defaults, g.Max)
	}
	return nil
}

// CheapestVariant is the least price of a dish's variants; false for a dish without any.
func (d Dish) CheapestVariant() (least domain.Money, ok bool) {
	for _, g := range d.Groups {
		if !g.Variants {
			continue
		}
		for i, o := range g.Options {
			if i == 0 || o.Price.Amount < least.Amount {
				least, ok = o.Price, true
			}
		}
	}
	return least, ok
}

// allergens are the fourteen of Regulation (EU) No 1169/2011, Annex II, under one name each, with other names they go by.
var allergens = map[string]string{
	"gluten": "gluten", "wheat": "gluten", "cereals containing gluten": "gluten",
	"shellfish": "shellfish", "crustaceans": "shellfish", "crustacean": "shellfish",
	"egg": "egg", "eggs": "egg",
	"fish":   "fish",
	"peanut": "peanut", "peanuts": "peanut",
	"soy": "soy", "soya": "soy", "soybeans": "soy", "soybean": "soy",
	"milk": "milk", "dairy": "milk", "lactose": "milk",
	"nuts": "nuts", "nut": "nuts", "tree nuts": "nuts",
	"celery":  "celery",
	"mustard": "mustard",
	"sesame":  "sesame", "sesame seeds": "sesame",
	"sulphites": "sulphites", "sulfites": "sulphites", "sulphur dioxide": "sulphites", "sulfur dioxide": "sulphites",
	"lupin":    "lupin",
	"molluscs": "molluscs", "mollusc": "molluscs", "mollusks": "molluscs",
}

// Allergen gives an allergen its one name if it is of the fourteen that European food law names (Regulation (EU) No
// 1169/2011, Annex II). Another one keeps its own: a warning that we do not know is still a warning.
func Allergen(name string) string {
	if known, ok := allergens[strings.ToLower(name)]; ok {
		return known
	}
	return name
}
