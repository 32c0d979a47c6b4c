package ordering

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// PriceChanged is the code of a problem that only wants to be known: a dish costs something else than when it was put in. The
// quote says so, too, and confirming it is enough.
const PriceChanged = "price_changed"

// Problem is something that a customer has to know before ordering a cart.
type Problem struct {
	Code        string
	Message     string
	DishID      domain.ID    // Nil where no dish is meant
	Until       time.Time    // when it goes away by itself; zero: it does not, or nobody knows
	Was, Now    domain.Money // of PriceChanged: a portion's price
	Missing     domain.Money // of pricing.CouponMinimum: what food is missing for it
	Substitutes []menu.Dish  // for a dish that cannot be had
}

// Blocks says whether the cart cannot be ordered while the problem lasts. One with a coupon that does not apply can, at the price
// without it: nobody pays what they have not confirmed.
func (p Problem) Blocks() bool {
	return p.Code != PriceChanged && !strings.HasPrefix(p.Code, "coupon_")
}

func choose(c menu.Choice, offer postgres.Offering) (*order.Item, []Problem) {
	dish, ok := offer.Dishes[c.DishID]
	if !ok {
		return nil, []Problem{{Code: "dish_unavailable", Message: "a dish is no longer on the menu", DishID: c.DishID}}
	}
	var problems []Problem
	at := offer.ServedAt()
	switch state := dish.StateAt(at, dish.Schedule, offer.Vendor.Place); {
	case dish.Gone:
		problems = append(problems, Problem{Code: "dish_unavailable", Message: dish.Name + " is no longer on the menu", DishID: c.DishID})
	case state.Reason == menu.SoldOut:
		problems = append(problems, Problem{Code: "dish_unavailable", Message: dish.Name + " is sold out", DishID: c.DishID, Until: state.Until})
	case state.Reason == menu.OutOfSchedule:
		problems = append(problems, Problem{
			Code: "out_of_schedule", Message: dish.Name + " is not served at this time", DishID: c.DishID, Until: state.Until,
		})
	}
	unit, chosen, wrong := dish.Choose(c.Options, at)
	for _, w := range wrong {
		problems = append(problems, Problem{Code: w.Code, Message: w.Message, DishID: c.DishID})
	}
	item := &order.Item{
		DishID: c.DishID, Name: dish.Name, Quantity: c.Quantity, Unit: unit, Note: c.Note,
		Packaging: dish.Packaging, TaxCategory: dish.TaxCategory, TaxRate: offer.Vendor.TaxRates.Of(dish.TaxCategory, offer.Vendor.TaxRate),
	}
	for _, o := range chosen {
		item.Options = append(item.Options, order.Option{ID: o.ID, Name: o.Name, Price: o.Price})
	}
	return item, problems
}

// priceChanged tells of a line that costs something else than when it was put in.
func priceChanged(item order.Item, shown int64) Problem {
	was := domain.Money{Amount: shown, Currency: item.Unit.Currency}
	return Problem{
		Code: PriceChanged, Message: fmt.Sprintf("%s: now %s, was %s", item.Name, item.Unit, was), DishID: item.DishID, Was: was, Now: item.Unit,
	}
}

// stockProblems compares what a cart takes of each counted dish, over all its lines, with what is left. Of a dish that is sold
// out or gone choose has told.
func stockProblems(cart postgres.Cart, offer postgres.Offering) []Problem {
	var problems []Problem
	for dishID, wanted := range portions(cart.Choices) {
		dish := offer.Dishes[dishID]
		if !dish.Gone && dish.Stock != nil && *dish.Stock > 0 && wanted > *dish.Stock {
			problems = append(problems, Problem{Code: "not_enough_stock", Message: fmt.Sprintf("%s: %d left", dish.Name, *dish.Stock), DishID: dishID})
		}
	}
	return problems
}

func portions(choices []menu.Choice) map[domain.ID]int {
	out := map[domain.ID]int{}
	for _, c := range choices {
		out[c.DishID] += c.Quantity
	}
	return out
}

func vendorProblems(q Quoted) []Problem {
	v, now := q.offer.Vendor, q.offer.ServedAt()
	cooked := now.Add(-time.Duration(v.PrepAt(now)) * time.Minute) // from when on, for a scheduled order
	var out []Problem
	switch {
	case v.Status != vendor.Approved:
		out = append(out, Problem{Code: "vendor_unavailable", Message: v.Name + " is not on the marketplace at present"})
	case v.Paused(now):
		out = append(out, Problem{Code: "vendor_paused", Message: v.Name + " takes no orders for the moment", Until: v.ClockAt(now).OpensAt})
	case !v.Open(now), !q.ScheduledFor.IsZero() && !v.Open(cooked):
		out = append(out, Problem{Code: "vendor_closed", Message: v.Name + " is closed", Until: v.ClockAt(now).OpensAt})
	case q.ReadyAt.IsZero():
		out = append(out, Problem{Code: "vendor_full", Message: v.Name + " has no place left in its kitchen", Until: q.plan.FreeAt})
	}
	if food := q.Quote.Food(); food.Amount < v.MinOrder.Amount {
		out = append(out, Problem{Code: "below_minimum", Message: fmt.Sprintf("the dishes come to %s, below the minimum of %s", food, v.MinOrder)})
	}
	switch {
	case q.Fulfilment != order.Delivery:
	case q.offer.Address == nil:
		out = append(out, Problem{Code: "no_address", Message: "choose an address to deliver to"})
	case !v.DeliversTo(q.offer.Address.Location):
		out = append(out, Problem{Code: "out_of_zone", Message: v.Name + " does not deliver to this address"})
	}
	return out
}

// passes says whether the problem may be none at another time.
func (p Problem) passes() bool {
	switch p.Code {
	case "vendor_paused", "vendor_closed", "vendor_full", "dish_unavailable", "out_of_schedule":
		return true
	}
	return false
}

// maxSubstitutes is how many dishes are named that may stand in for one that cannot be had.
const maxSubstitutes = 3

// substitute names dishes that may stand in for those of the cart that cannot be had.
func (s *Service) substitute(ctx context.Context, q *Quoted) error {
	ids := slices.Collect(maps.Keys(q.missing()))
	if len(ids) == 0 {
		return nil
	}
	asked, offered, err := s.db.DishesLike(ctx, q.offer, ids)
	if err == nil {
		q.substituted(asked, offered)
	}
	return err
}

// missing are the dishes that cannot be had, each with the first of its problems.
func (q *Quoted) missing() map[domain.ID]*Problem {
	missing := map[domain.ID]*Problem{}
	for i := range q.Problems {
		p := &q.Problems[i]
		switch p.Code {
		case "dish_unavailable", "out_of_schedule", "not_enough_stock":
			if missing[p.DishID] == nil {
				missing[p.DishID] = p
			}
		}
	}
	return missing
}

// substituted names dishes that are offered for those that are missing, once for each; none that is in the cart.
func (q *Quoted) substituted(asked map[domain.ID]postgres.DishOnMenu, offered []postgres.DishOnMenu) {
	var had []menu.Dish
	wanted := portions(q.Choices)
	for _, d := range offered {
		if wanted[d.ID] == 0 && d.StateAt(q.offer.ServedAt(), d.Schedule, q.offer.Vendor.Place).Available {
			had = append(had, d.Dish)
		}
	}
	for id, p := range q.missing() {
		if gone, ok := asked[id]; ok {
			p.Substitutes = menu.Substitutes(gone.Dish, had, maxSubstitutes)
		}
	}
}
