package seed

import (
	"slices"
	"strings"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
)

// Bounds of a composed menu, in dishes.
const (
	minDishes = 15
	maxDishes = 60
)

// kitchen is what a menu follows from.
type kitchen struct {
	key      string
	cuisines []string
	country  *country
	cost     domain.Money // for two people
	level    int          // 1 … 4
	diet     menu.Diet    // the least strict diet it cooks; NonVeg: anything
}

// serves says whether the kitchen cooks a dish.
func (k kitchen) serves(d *dish) bool {
	return strictness[d.diet] <= strictness[k.diet] && (d.meat == "" || !slices.Contains(k.country.avoids, d.meat))
}

// picker gathers the dishes of one menu; no name comes twice.
type picker struct {
	kitchen kitchen
	draw    *draw
	names   map[string]bool
	picked  []*dish
}

// take adds up to n of the dishes.
func (p *picker) take(from []*dish, n int) {
	for _, d := range from {
		if n <= 0 || len(p.picked) >= maxDishes {
			return
		}
		name := strings.ToLower(d.name)
		if p.names[name] || !p.kitchen.serves(d) {
			continue
		}
		p.names[name] = true
		p.picked = append(p.picked, d)
		n--
	}
}

// spread orders a cuisine's dishes so that any beginning of the list has of every category its due share.
func (p *picker) spread(c *cuisine) []*dish {
	byCategory := map[int][]int{}
	for i, d := range c.dishes {
		byCategory[d.category] = append(byCategory[d.category], i)
	}
	type place struct {
		dish int
		at   float64
	}
	places := make([]place, 0, len(c.dishes))
	for category := range categoryOrder { // not by map order, which differs from run to run
		own := byCategory[category]
		for rank, i := range p.draw.shuffled(len(own)) {
			places = append(places, place{own[i], (float64(rank) + p.draw.share()) / float64(len(own))})
		}
	}
	slices.SortStableFunc(places, func(a, b place) int {
		switch {
		case a.at < b.at:
			return -1
		case a.at > b.at:
			return 1
		}
		return a.dish - b.dish
	})
	out := make([]*dish, len(places))
	for i, pl := range places {
		out[i] = c.dishes[pl.dish]
	}
	return out
}

// pick chooses the dishes of a kitchen: from each of its cuisines a share, the first ones more, then from cuisines alike
// until there are enough, and always something plain to drink.
func (t table) pick(k kitchen) []*dish {
	p := &picker{kitchen: k, draw: drawFor(k.key, "menu"), names: map[string]bool{}}
	cuisines := t.known(k.cuisines)
	target := min(18+6*min(len(cuisines), 5)+p.draw.between(0, 8), maxDishes) - houseDrinks
	lists, weights := make([][]*dish, len(cuisines)), 0
	for i, c := range cuisines {
		lists[i] = p.spread(c)
		weights += weight(i)
	}
	for i, list := range lists {
		p.take(list, max(3, target*weight(i)/weights))
	}
	for _, list := range lists {
		p.take(list, target-len(p.picked))
	}
	for _, c := range t.alike(cuisines) {
		p.take(p.spread(c), enoughDishes-len(p.picked))
	}
	house := t.find(houseCuisine)
	p.take(house.dishes, houseDrinks)
	p.take(house.dishes, minDishes-len(p.picked))
	return p.picked
}

const (
	houseDrinks  = 3
	enoughDishes = 18
)

// weight is a cuisine's share by its place in the vendor's list.
func weight(place int) int { return max(2, 5-place) }

// known gives the sections of the cuisines that the table has, each once; the country's kitchen is not assumed here.
func (t table) known(names []string) []*cuisine {
	var out []*cuisine
	for _, n := range names {
		if c := t.find(n); c != nil && !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	if len(out) == 0 {
		out = append(out, t.find(generalCuisine))
	}
	return out
}

// generalCuisine stands for cuisines that the table does not have.
const generalCuisine = "International"

// alike gives the sections that the cuisines refer to, nearest first, without the cuisines themselves.
func (t table) alike(cuisines []*cuisine) []*cuisine {
	all := slices.Clone(cuisines)
	for i := 0; i < len(all); i++ {
		for _, name := range all[i].like {
			if c := t.find(name); !slices.Contains(all, c) {
				all = append(all, c)
			}
		}
	}
	return all[len(cuisines):]
}

// compose makes a kitchen's menu: the same kitchen always gets the same one, but for its IDs.
func (t table) compose(k kitchen, vendorID domain.ID, newID func() domain.ID) []menu.Category {
	picked := t.pick(k)
	slices.SortStableFunc(picked, func(a, b *dish) int { return a.category - b.category })
	ladder, spread := ladderOf(k.cost.Currency), drawFor(k.key, "prices")
	var out []menu.Category
	for i, d := range picked {
		if i == 0 || d.category != picked[i-1].category {
			out = append(out, menu.Category{ID: newID(), Name: categoryOrder[d.category], Position: len(out)})
		}
		c := &out[len(out)-1]
		price := ladder.round(k.base(d) * int64(d.price) * int64(spread.between(94, 106)) / 10_000)
		c.Dishes = append(c.Dishes, menu.Dish{
			ID: newID(), VendorID: vendorID, CategoryID: c.ID, Name: d.name, Description: d.description,
			Price: domain.Money{Amount: price, Currency: k.cost.Currency}, Diet: d.diet, Allergens: d.allergens, Spice: d.spice,
			Available: true, Position: len(c.Dishes), Groups: d.priced(price, ladder, k.cost.Currency, newID), Version: 1,
		})
	}
	return out
}

// base is the cost for two that a dish's price is a share of: what is sold by weight costs in a dear kitchen no more than
// in an ordinary one.
func (k kitchen) base(d *dish) int64 {
	if d.bulk {
		return min(k.cost.Amount, k.country.typical(2).Amount)
	}
	return k.cost.Amount
}

func (d *dish) priced(price int64, l ladder, c domain.Currency, newID func() domain.ID) []menu.OptionGroup {
	var out []menu.OptionGroup
	for _, g := range d.groups {
		made := menu.OptionGroup{ID: newID(), Name: g.name, Min: g.least, Max: g.most, Options: make([]menu.Option, len(g.options))}
		for i, o := range g.options {
			made.Options[i] = menu.Option{
				ID: newID(), Name: o.name, Price: domain.Money{Amount: l.extra(price * int64(o.price) / 100), Currency: c}, Available: true,
			}
		}
		out = append(out, made)
	}
	return out
}
