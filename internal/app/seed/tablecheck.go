package seed

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zoop-dev/zoop/internal/domain/menu"
)

// strictness orders the diets: an option may stand on a dish of its own diet or a less strict one.
var strictness = map[menu.Diet]int{menu.Vegan: 0, menu.Veg: 1, menu.Egg: 2, menu.NonVeg: 3}

// knownAllergens is what dishes may name: the fourteen of European food law that occur here, with milk for dairy.
var knownAllergens = []string{
	"celery", "egg", "fish", "gluten", "milk", "mustard", "nuts", "peanut", "sesame", "shellfish", "soy",
}

// check finds what makes the table wrong for diners: a diet that a dish or an option breaks, an allergen nobody knows.
func (r *tableReader) check() error {
	for _, c := range r.table {
		names := map[string]bool{}
		for _, d := range c.dishes {
			if names[strings.ToLower(d.name)] {
				return fmt.Errorf("%s: %s comes twice", c.name, d.name)
			}
			names[strings.ToLower(d.name)] = true
			if err := c.check(d); err != nil {
				return fmt.Errorf("%s: %s: %w", c.name, d.name, err)
			}
		}
		for _, like := range c.like {
			if r.table.find(like) == nil {
				return fmt.Errorf("%s: is like an unknown cuisine %q", c.name, like)
			}
		}
	}
	return nil
}

func (c *cuisine) check(d *dish) error {
	strict, known := strictness[d.diet]
	switch {
	case !known:
		return fmt.Errorf("unknown diet %q", d.diet)
	case c.veg && strict > strictness[menu.Veg]:
		return fmt.Errorf("diet %q in a vegetarian kitchen", d.diet)
	case d.spice < 0 || d.spice > 3:
		return fmt.Errorf("spice %d is not from 0 to 3", d.spice)
	case d.price < 3 || d.price > 200:
		return fmt.Errorf("price %d is not from 3 to 200", d.price)
	case d.meat != "" && d.diet != menu.NonVeg, d.meat != "" && d.meat != "beef" && d.meat != "pork":
		return fmt.Errorf("meat %q of a %s dish", d.meat, d.diet)
	}
	for _, a := range d.allergens {
		if !slices.Contains(knownAllergens, a) {
			return fmt.Errorf("unknown allergen %q", a)
		}
		if broken := dietBreach(d.diet, a); broken {
			return fmt.Errorf("allergen %q in a %s dish", a, d.diet)
		}
	}
	for _, g := range d.groups {
		if s, ok := strictness[g.diet]; !ok || s > strict {
			return fmt.Errorf("options %q (%s) on a %s dish", g.name, g.diet, d.diet)
		}
	}
	return nil
}

// dietBreach says whether an allergen cannot be in a dish of a diet.
func dietBreach(d menu.Diet, allergen string) bool {
	switch allergen {
	case "fish", "shellfish":
		return d != menu.NonVeg
	case "egg":
		return d == menu.Vegan || d == menu.Veg
	case "milk":
		return d == menu.Vegan
	}
	return false
}
