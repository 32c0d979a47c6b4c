package ordering

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/domain/pricing"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Problem is something that stands against ordering a cart.
type Problem struct {
	Code    string
	Message string
	DishID  domain.ID // Nil where no dish is meant
	Until   time.Time // when it goes away by itself; zero: it does not, or nobody knows
}

// Quoted is a cart with its price and what stands against ordering it.
type Quoted struct {
	postgres.Cart
	VendorName string
	Items      []order.Item
	Quote      pricing.Quote
	ExpiresAt  time.Time
	Problems   []Problem
	MinAge     int       // what its customer has to confirm to be, in years; 0: nothing
	ReadyAt    time.Time // when the food would be ready if it were ordered now; zero: the kitchen is full
	PromisedAt time.Time // when the customer would have it; zero as well

	offer  postgres.Offering
	plan   vendor.Plan
	meters float64
}

// Wish is what a customer puts into the cart.
type Wish struct {
	VendorID   domain.ID
	Choices    []menu.Choice
	Fulfilment order.Fulfilment
	AddressID  domain.ID // Nil: the customer's default, for a delivery
	Tip        *domain.Money
	Seen       int // version of the cart that is replaced; 0: whatever it is
}

// PutCart replaces a customer's cart and quotes it. Problems do not keep it from being stored: they keep it from being ordered.
// Errors: NotFound for a vendor that does not exist or is not approved; Invalid for a tip in another currency;
// Precondition when another cart than the one seen would be replaced.
func (s *Service) PutCart(ctx context.Context, actor domain.Actor, w Wish) (Quoted, error) {
	given := !w.AddressID.IsNil()
	if !given && w.Fulfilment == order.Delivery {
		var err error
		if w.AddressID, err = s.db.DefaultAddress(ctx, actor.ID); err != nil {
			return Quoted{}, err
		}
	}
	cart := postgres.Cart{
		CustomerID: actor.ID, VendorID: w.VendorID, Choices: w.Choices, Fulfilment: w.Fulfilment, AddressID: w.AddressID,
	}
	if w.Tip != nil {
		cart.Tip = w.Tip.Amount
	}
	offer, err := s.db.Offering(ctx, cart)
	if err != nil {
		return Quoted{}, err
	}
	if offer.Vendor.Status != "approved" {
		return Quoted{}, domain.Missing("vendor")
	}
	if w.Tip != nil && w.Tip.Currency != offer.Vendor.Currency {
		return Quoted{}, domain.Invalidf("tip.currency", "currency", "the vendor is paid in %s", offer.Vendor.Currency)
	}
	cart.Choices = withDefaults(cart.Choices, offer)
	q := quote(cart, offer)
	if given && offer.Address == nil {
		return Quoted{}, domain.Invalidf("addressId", "exists", "is no address of yours")
	}
	q.QuoteID, q.QuoteTotal = domain.ID(id.New()), q.Quote.Total.Amount
	if err := s.db.PutCart(ctx, &q.Cart, w.Seen); err != nil {
		return Quoted{}, err
	}
	q.ExpiresAt = q.QuotedAt.Add(pricing.QuoteTTL)
	return q, nil
}

// withDefaults gives a choice that does not say which options it wants the dish's defaults. One that wants none has an empty
// list of them.
func withDefaults(choices []menu.Choice, offer postgres.Offering) []menu.Choice {
	out := slices.Clone(choices)
	for i, c := range out {
		if c.Options == nil {
			out[i].Options = offer.Dishes[c.DishID].Defaults()
		}
	}
	return out
}

// Cart quotes a customer's cart afresh. NotFound when it is empty.
func (s *Service) Cart(ctx context.Context, actor domain.Actor) (Quoted, error) {
	cart, err := s.db.Cart(ctx, actor.ID)
	if err != nil {
		return Quoted{}, err
	}
	offer, err := s.db.Offering(ctx, cart)
	if err != nil {
		return Quoted{}, err
	}
	q := quote(cart, offer)
	q.QuoteID, q.QuoteTotal = domain.ID(id.New()), q.Quote.Total.Amount
	if err := s.db.RequoteCart(ctx, &q.Cart); err != nil {
		return Quoted{}, err
	}
	q.ExpiresAt = q.QuotedAt.Add(pricing.QuoteTTL)
	return q, nil
}

// DeleteCart empties a customer's cart. Precondition when it is not at the version seen, 0 for whatever it is.
func (s *Service) DeleteCart(ctx context.Context, actor domain.Actor, seen int) error {
	return s.db.DeleteCart(ctx, actor.ID, seen)
}

// quote prices a cart with what Postgres offers at this moment, and finds what stands against ordering it.
func quote(cart postgres.Cart, offer postgres.Offering) Quoted {
	v := offer.Vendor
	q := Quoted{Cart: cart, VendorName: v.Name, offer: offer}
	input := pricing.Order{
		Currency: v.Currency, Packaging: v.PackagingFee, TaxRate: v.TaxRate, Delivery: cart.Fulfilment == order.Delivery,
		Tip: domain.Money{Amount: cart.Tip, Currency: v.Currency},
	}
	for _, c := range cart.Choices {
		item, problems := choose(c, offer)
		q.Problems = append(q.Problems, problems...)
		if item != nil {
			q.Items = append(q.Items, *item)
			dish := offer.Dishes[c.DishID]
			q.MinAge = max(q.MinAge, dish.MinAge)
			input.Portions = append(input.Portions, pricing.Portion{
				Name: item.Name, Unit: item.Unit, Packaging: dish.Packaging, TaxRate: v.TaxRates.Of(dish.TaxCategory, v.TaxRate), Quantity: item.Quantity,
			})
		}
	}
	q.Problems = append(q.Problems, stockProblems(cart, offer)...)
	if input.Delivery && offer.Address != nil {
		q.meters = v.Location.Meters(offer.Address.Location)
		input.Meters = q.meters
	}
	q.Quote = pricing.Price(input)
	q.promise(offer.Plan())
	q.Problems = append(q.Problems, vendorProblems(q)...)
	return q
}

// promise says when the food would be ready and with the customer.
func (q *Quoted) promise(plan vendor.Plan) {
	q.plan, q.ReadyAt, q.PromisedAt = plan, plan.ReadyAt, time.Time{}
	if q.ReadyAt.IsZero() {
		return
	}
	if q.PromisedAt = q.ReadyAt; q.Fulfilment == order.Delivery {
		q.PromisedAt = q.ReadyAt.Add(time.Duration(vendor.ETAMinutes(0, q.meters)) * time.Minute)
	}
}

func choose(c menu.Choice, offer postgres.Offering) (*order.Item, []Problem) {
	dish, ok := offer.Dishes[c.DishID]
	if !ok {
		return nil, []Problem{{Code: "dish_unavailable", Message: "a dish is no longer on the menu", DishID: c.DishID}}
	}
	var problems []Problem
	switch state := dish.StateAt(offer.Now, dish.Schedule.TurnAt(offer.Now, offer.Vendor.Place)); state.Reason {
	case menu.SoldOut:
		problems = append(problems, Problem{"dish_unavailable", dish.Name + " is sold out", c.DishID, state.Until})
	case menu.OutOfSchedule:
		problems = append(problems, Problem{"out_of_schedule", dish.Name + " is not served at this time", c.DishID, state.Until})
	}
	unit, chosen, wrong := dish.Choose(c.Options, offer.Now)
	for _, w := range wrong {
		problems = append(problems, Problem{Code: w.Code, Message: w.Message, DishID: c.DishID})
	}
	item := &order.Item{DishID: c.DishID, Name: dish.Name, Quantity: c.Quantity, Unit: unit, Note: c.Note}
	for _, o := range chosen {
		item.Options = append(item.Options, order.Option{ID: o.ID, Name: o.Name, Price: o.Price})
	}
	return item, problems
}

// stockProblems compares what a cart takes of each counted dish, over all its lines, with what is left.
func stockProblems(cart postgres.Cart, offer postgres.Offering) []Problem {
	var problems []Problem
	for dishID, wanted := range portions(cart.Choices) {
		if dish, ok := offer.Dishes[dishID]; ok && dish.Stock != nil && wanted > *dish.Stock {
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
	v, now := q.offer.Vendor, q.offer.Now
	var out []Problem
	switch {
	case v.Status != vendor.Approved:
		out = append(out, Problem{Code: "vendor_unavailable", Message: v.Name + " is not on the marketplace at present"})
	case v.Paused(now):
		out = append(out, Problem{Code: "vendor_paused", Message: v.Name + " takes no orders for the moment", Until: v.ClockAt(now).OpensAt})
	case !v.Open(now):
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
