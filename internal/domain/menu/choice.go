package menu

import (
	"fmt"
	"slices"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Choice is what somebody wants of a menu: a dish, how many times, with which options. It carries no price.
type Choice struct {
	DishID   domain.ID
	Quantity int
	Options  []domain.ID
	Note     string
}

// Problem is why a choice cannot be ordered; Code is one of the contract's codes of cart problems.
type Problem struct {
	Code    string
	Message string
}

// Defaults are the options of a dish that somebody has who chooses none.
func (d Dish) Defaults() []domain.ID {
	var out []domain.ID
	for _, g := range d.Groups {
		for _, o := range g.Options {
			if o.Default {
				out = append(out, o.ID)
			}
		}
	}
	return out
}

// Option finds an option of the dish, which may be changed in place; nil: it has none of that ID.
func (d Dish) Option(id domain.ID) *Option {
	for _, g := range d.Groups {
		if i := slices.IndexFunc(g.Options, func(o Option) bool { return o.ID == id }); i >= 0 {
			return &g.Options[i]
		}
	}
	return nil
}

// Choose finds the chosen options of a dish, the price of one portion with them, and what is wrong with the choice at a
// moment. The price counts the options that were found, so that a cart with a problem still shows one.
func (d Dish) Choose(optionIDs []domain.ID, now time.Time) (unit domain.Money, chosen []Option, problems []Problem) {
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
			if count++; g.Variants && count == 1 {
				unit = unit.Add(domain.Money{Amount: -d.Price.Amount, Currency: unit.Currency}) // the variant's takes its place
			}
			unit = unit.Add(o.Price)
			chosen = append(chosen, o)
			if !o.AvailableAt(now) {
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
