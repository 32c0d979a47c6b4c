// Package menu holds the rules of what a vendor sells: dishes, their options, and what a valid choice of them is.
package menu

import (
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
	ID           domain.ID
	Name         string // in the vendor's own language, as are all names and descriptions
	Position     int
	Schedule     Schedule
	Translations Translations // of the name
	Dishes       []Dish
}

// Dish is one thing to eat or drink. It owns its option groups.
type Dish struct {
	ID               domain.ID
	VendorID         domain.ID
	CategoryID       domain.ID
	Name             string
	Description      string
	Price            domain.Money // of one portion without options; with variants, that of the cheapest
	Packaging        domain.Money // for packing one portion
	TaxCategory      domain.TaxCategory
	Diet             Diet
	Allergens        []string // see Allergen
	Spice            int      // 0 none … 3 hot
	Tags             []string
	MinAge           int // whom it may be sold to, in years; 0: anybody
	Available        bool
	UnavailableUntil time.Time // when an unavailable dish comes back by itself; zero: when somebody says so
	Stock            *int      // nil: not counted
	Position         int
	Picture          string // key of the picture, "" for none
	Groups           []OptionGroup
	Translations     Translations
	RatingAverage    float64 // of 5, to a hundredth; 0: nobody has voted
	RatingCount      int     // votes
	Version          int
}

// OptionGroup is a choice to make, of at least Min and at most Max different options.
type OptionGroup struct {
	ID       domain.ID
	Name     string
	Min, Max int
	// Variants says that the options are kinds of the dish, such as its sizes: exactly one is chosen, and its price is that
	// of the dish itself. A dish has at most one such group; the prices of all other options come on top.
	Variants     bool
	Options      []Option
	Translations Translations // of the name
}

// Option is one thing to choose.
type Option struct {
	ID               domain.ID
	Name             string
	Price            domain.Money
	Default          bool // chosen unless the customer chooses otherwise
	Available        bool
	UnavailableUntil time.Time    // as a dish's
	Translations     Translations // of the name
}

// Reason is why a dish cannot be had at a moment.
type Reason string

// The reasons.
const (
	SoldOut       Reason = "sold_out"
	OutOfSchedule Reason = "out_of_schedule" // its category is not served at that time
)

// State is whether a dish can be had at a moment.
type State struct {
	Available bool
	Reason    Reason    // "" when it is
	Until     time.Time // when it can be had by itself, whatever else stands in its way by then; zero: when somebody says so
}

// StateAt is whether a dish, of a category with that schedule, can be had at a moment, by the clocks of a place.
func (d Dish) StateAt(now time.Time, schedule Schedule, place *time.Location) State {
	reason, until := d.obstacle(now, schedule, place)
	if !until.IsZero() {
		if then := d.StateAt(until, schedule, place); !then.Available {
			until = then.Until
		}
	}
	return State{reason == "", reason, until}
}

// obstacle is the first thing because of which a dish cannot be had at a moment, and when it is gone by itself; zero: never.
func (d Dish) obstacle(now time.Time, schedule Schedule, place *time.Location) (Reason, time.Time) {
	switch {
	case d.Stock != nil && *d.Stock == 0:
		return SoldOut, time.Time{}
	case !back(d.Available, d.UnavailableUntil, now):
		return SoldOut, d.UnavailableUntil
	}
	if turn := schedule.TurnAt(now, place); !turn.On {
		return OutOfSchedule, turn.Until
	}
	for _, g := range d.Groups {
		if left, next := g.left(now); left < g.Min {
			return SoldOut, next
		}
	}
	return "", time.Time{}
}

// AvailableAt says whether an option can be chosen at a moment.
func (o Option) AvailableAt(now time.Time) bool { return back(o.Available, o.UnavailableUntil, now) }

func back(available bool, until, now time.Time) bool {
	return available || !until.IsZero() && !now.Before(until)
}

// left counts the options that can be had, and gives the next moment at which one more can; zero: none by itself.
func (g OptionGroup) left(now time.Time) (n int, next time.Time) {
	for _, o := range g.Options {
		switch {
		case o.AvailableAt(now):
			n++
		case !o.UnavailableUntil.IsZero():
			next = earlier(next, o.UnavailableUntil)
		}
	}
	return n, next
}

// earlier is the earlier of two moments, of which a zero one is never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// NextChange is when the categories next say something else than at a moment, by the mere passing of time; zero: never.
func NextChange(categories []Category, now time.Time, place *time.Location) time.Time {
	var next time.Time
	returns := func(available bool, until time.Time) {
		if !available && until.After(now) {
			next = earlier(next, until)
		}
	}
	for _, c := range categories {
		next = earlier(next, c.Schedule.TurnAt(now, place).Until)
		for _, d := range c.Dishes {
			returns(d.Available, d.UnavailableUntil)
			for _, g := range d.Groups {
				for _, o := range g.Options {
					returns(o.Available, o.UnavailableUntil)
				}
			}
		}
	}
	return next
}
