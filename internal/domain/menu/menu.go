// Package menu holds the rules of what a vendor sells: dishes, their options, and what a valid choice of them is.
package menu

import (
	"fmt"
	"slices"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Diet says who may eat a dish.
type Diet string

// The diets.
const (
	Veg    Diet = "veg"
	NonVeg Diet = "nonveg"
	Egg    Diet = "egg"
	Vegan  Diet = "vegan"
)

// Category is a heading of a menu.
type Category struct {
	ID       domain.ID
	Name     string
	Position int
	Dishes   []Dish
}

// Dish is one thing to eat or drink. It owns its option groups.
type Dish struct {
	ID               domain.ID
	VendorID         domain.ID
	CategoryID       domain.ID
	Name             string
	Description      string
	Price            domain.Money
	Diet             Diet
	Allergens        []string
	Spice            int // 0 none … 3 hot
	Available        bool
	UnavailableUntil time.Time // when an unavailable dish comes back by itself; zero: when somebody says so
	Stock            *int      // nil: not counted
	Position         int
	Picture          string // key of the picture, "" for none
	Groups           []OptionGroup
	RatingAverage    float64 // of 5, to a hundredth; 0: nobody has voted
	RatingCount      int     // votes
	Version          int
}

// OptionGroup is a choice to make, of at least Min and at most Max different options.
type OptionGroup struct {
	ID       domain.ID
	Name     string
	Min, Max int
	Options  []Option
}

// Option is one thing to choose, at a price on top of the dish's.
type Option struct {
	ID        domain.ID
	Name      string
	Price     domain.Money
	Available bool
}

// AvailableAt says whether the dish can be ordered at a time.
func (d Dish) AvailableAt(now time.Time) bool {
	if d.Stock != nil && *d.Stock == 0 {
		return false
	}
	return d.Available || (!d.UnavailableUntil.IsZero() && !now.Before(d.UnavailableUntil))
}

// Problem is why a choice cannot be ordered; Code is one of the contract's codes of cart problems.
type Problem struct {
	Code    string
	Message string
}

// Choose finds the chosen options of a dish, the price of one portion with them, and what is wrong with the choice.
// The price counts the options that were found, so that a cart with a problem still shows one.
func (d Dish) Choose(optionIDs []domain.ID) (unit domain.Money, chosen []Option, problems []Problem) {
	unit = d.Price
	left := slices.Clone(optionIDs)
	for _, g := range d.Groups {
		count := 0
		for _, o := range g.Options {
			i := slices.Index(left, o.ID)
			if i < 0 {
				continue
			}
			left = slices.Delete(left, i, i+1)
			count++
			unit = unit.Add(o.Price)
			chosen = append(chosen, o)
			if !o.Available {
				problems = append(problems, Problem{"option_unavailable", fmt.Sprintf("%s: %s is not available", d.Name, o.Name)})
			}
		}
		if count < g.Min || count > g.Max {
			problems = append(problems, Problem{"options_invalid",
				fmt.Sprintf("%s: choose %s of %s, not %d", d.Name, bounds(g.Min, g.Max), g.Name, count)})
		}
	}
	if len(left) > 0 {
		problems = append(problems, Problem{"options_invalid",
			fmt.Sprintf("%s: %d of the options are not this dish's, or were named twice", d.Name, len(left))})
	}
	return unit, chosen, problems
}

func bounds(least, most int) string {
	if least == most {
		return fmt.Sprintf("%d", least)
	}
	return fmt.Sprintf("%d to %d", least, most)
}

// CheckGroups says whether option groups can be chosen from: Invalid naming the group whose bounds do not fit.
func CheckGroups(groups []OptionGroup) error {
	for i, g := range groups {
		if g.Min > g.Max || g.Max > len(g.Options) {
			return domain.Invalidf(fmt.Sprintf("optionGroups[%d]", i), "range",
				"min (%d) ≤ max (%d) ≤ number of options (%d) must hold", g.Min, g.Max, len(g.Options))
		}
	}
	return nil
}
