package sim

import (
	"github.com/zoop-dev/zoop/internal/api/dto"
)

// fill chooses one to four dishes with valid options, worth at least a minimum (minor units). It gives nothing when the
// menu has nothing to order.
func fill(d dice, menu dto.Menu, minimum int64) []dto.CartItemRequest {
	var choice []dto.Dish
	for _, category := range menu.Categories {
		for _, dish := range category.Dishes {
			if dish.Available && canChoose(dish) {
				choice = append(choice, dish)
			}
		}
	}
	if len(choice) == 0 {
		return nil
	}
	var items []dto.CartItemRequest
	worth, wanted := int64(0), 1+d.IntN(3)
	for range 50 { // the most a cart holds
		item, price := one(d, pick(d, choice))
		items = append(items, item)
		worth += price
		if len(items) >= wanted && worth >= minimum {
			break
		}
	}
	return items
}

// canChoose says whether enough options are there to meet every group's minimum.
func canChoose(dish dto.Dish) bool {
	for _, g := range dish.OptionGroups {
		if len(onOffer(g)) < g.Min {
			return false
		}
	}
	return dish.Stock == nil || *dish.Stock >= 2
}

func onOffer(g dto.OptionGroup) []dto.Option {
	var options []dto.Option
	for _, o := range g.Options {
		if o.Available {
			options = append(options, o)
		}
	}
	return options
}

// one is an item of a dish, and its price.
func one(d dice, dish dto.Dish) (dto.CartItemRequest, int64) {
	item := dto.CartItemRequest{DishID: dish.ID, Quantity: 1}
	if d.chance(0.2) {
		item.Quantity = 2
	}
	price := dish.Price.Amount
	for _, g := range dish.OptionGroups {
		options := onOffer(g)
		most := min(g.Max, len(options))
		if most < g.Min || most == 0 {
			continue
		}
		count := g.Min
		if most > g.Min && d.chance(0.4) {
			count++
		}
		if g.Variants != nil && *g.Variants {
			price = 0 // the variant's takes its place
		}
		for _, i := range d.Perm(len(options))[:count] {
			item.Options = append(item.Options, options[i].ID)
			price += options[i].Price.Amount
		}
	}
	if d.chance(0.05) {
		note := pick(d, []string{"less spicy, please", "no onions", "extra napkins", "ring twice"})
		item.Note = &note
	}
	return item, price * int64(item.Quantity)
}
