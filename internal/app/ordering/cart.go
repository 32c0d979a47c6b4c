package ordering

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/delivery/eta"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/domain/pricing"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// noPrice stands for the price of a dish that was not on the menu.
const noPrice = int64(-1)

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
	PromisedAt time.Time // when the customer is promised to have it; zero as well
	ExpectedAt time.Time // when the customer would have it, without the margin of a promise

	ScheduledFor time.Time // when the customer wants it; zero: as soon as can be

	offer  postgres.Offering
	plan   vendor.Plan
	meters float64
	units  []int64 // a portion's price of each choice now, as Cart.Shown
}

// Wish is what a customer puts into the cart.
type Wish struct {
	VendorID   domain.ID
	Choices    []menu.Choice
	Fulfilment order.Fulfilment
	AddressID  domain.ID // Nil: the customer's default, for a delivery
	Tip        *domain.Money
	CouponCode string // "": none
	Seen       int    // version of the cart that is replaced; 0: whatever it is
}

// PutCart replaces a customer's cart and quotes it. Problems do not keep it from being stored: they keep it from being ordered.
// Errors: NotFound for a vendor that does not exist or is not approved; Invalid for what is no coupon's code, for a tip in another currency, and for a dish
// that the vendor never had: one that has left the menu is a problem;
// Precondition when another cart than the one seen would be replaced.
//
// Round trips of PutCart, 2: Moment+AddressOf+CartVendor+DishesByID, PutCart. A cart without an address looks for the default one
// before, a kitchen that counts its places is asked for them.
func (s *Service) PutCart(ctx context.Context, actor domain.Actor, w Wish) (Quoted, error) {
	given := !w.AddressID.IsNil()
	if !given && w.Fulfilment == order.Delivery {
		var err error
		if w.AddressID, err = s.db.DefaultAddress(ctx, actor.ID); err != nil {
			return Quoted{}, err
		}
	}
	cart := postgres.Cart{
		ID: id.New(), CustomerID: actor.ID, VendorID: w.VendorID, Choices: w.Choices, Fulfilment: w.Fulfilment, AddressID: w.AddressID,
	}
	if w.CouponCode != "" {
		var err error
		if cart.CouponCode, err = pricing.CheckCode("couponCode", w.CouponCode); err != nil {
			return Quoted{}, err
		}
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
	for i, c := range cart.Choices {
		if _, known := offer.Dishes[c.DishID]; !known {
			return Quoted{}, domain.Invalidf(fmt.Sprintf("items[%d].dishId", i), "exists", "is no dish of this vendor")
		}
	}
	cart.Choices = withDefaults(cart.Choices, offer)
	s.ride(ctx, &cart, offer)
	q := quote(cart, offer)
	if given && offer.Address == nil {
		return Quoted{}, domain.Invalidf("addressId", "exists", "is no address of yours")
	}
	q.QuoteID, q.QuoteTotal, q.Shown = domain.ID(id.New()), q.Quote.Total.Amount, q.units
	q.note(offer.Now)
	if err := s.db.PutCart(ctx, &q.Cart, w.Seen); err != nil {
		return Quoted{}, err
	}
	q.ExpiresAt = q.QuotedAt.Add(pricing.QuoteTTL)
	err = s.substitute(ctx, &q)
	return q, err
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

// Cart quotes a customer's cart afresh: while the price stays, a quote that has not expired is renewed. NotFound when it is empty.
func (s *Service) Cart(ctx context.Context, actor domain.Actor) (Quoted, error) {
	cart, err := s.db.Cart(ctx, actor.ID)
	if err != nil {
		return Quoted{}, err
	}
	offer, err := s.db.Offering(ctx, cart)
	if err != nil {
		return Quoted{}, err
	}
	s.ride(ctx, &cart, offer)
	q := quote(cart, offer)
	if total := q.Quote.Total.Amount; q.QuoteTotal != total || q.expired() {
		q.QuoteID, q.QuoteTotal = domain.ID(id.New()), total
	}
	q.note(offer.Now)
	if err := s.db.RequoteCart(ctx, &q.Cart); err != nil {
		return Quoted{}, err
	}
	q.ExpiresAt = q.QuotedAt.Add(pricing.QuoteTTL)
	err = s.substitute(ctx, &q)
	return q, err
}

// expired says whether the cart's last quote can no longer be confirmed.
func (q *Quoted) expired() bool { return q.offer.Now.After(q.QuotedAt.Add(pricing.QuoteTTL)) }

// cartFor is Cart for somebody who wants it at a moment, with what stands against that; a zero one is now.
func (s *Service) cartFor(ctx context.Context, actor domain.Actor, wanted time.Time) (Quoted, error) {
	now, err := s.Cart(ctx, actor)
	if err != nil || wanted.IsZero() {
		return now, err
	}
	offer, err := s.db.OfferingFor(ctx, now.Cart, wanted)
	if err != nil {
		return now, err
	}
	q := quoteFor(now.Cart, offer, wanted)
	q.ExpiresAt = now.ExpiresAt
	return q, s.substitute(ctx, &q)
}

// Slots gives the slots, of the 24 hours from a moment on (a zero one is now), for which what is in the customer's cart can be
// scheduled: there is time enough, its vendor is open and has a place in its kitchen, and the dishes are served. Problems that are
// the same at any time, such as the lack of an address, do not count.
// Errors: NotFound when the cart is empty; Invalid for a moment more than order.MaxAhead from now.
func (s *Service) Slots(ctx context.Context, actor domain.Actor, from time.Time) ([]time.Time, error) {
	cart, err := s.db.Cart(ctx, actor.ID)
	if err != nil {
		return nil, err
	}
	offer, err := s.db.OfferingFor(ctx, cart, from)
	if err != nil {
		return nil, err
	}
	if from.After(offer.Now.Add(order.MaxAhead)) {
		return nil, domain.Invalidf("from", "range", "must lie at most %d days ahead", int(order.MaxAhead.Hours()/24))
	}
	if from.Before(offer.Now) {
		from = offer.Now
	}
	free := []time.Time{}
	first := from.Add(order.SlotLength - 1).Truncate(order.SlotLength)
	for slot := first; slot.Before(first.Add(24 * time.Hour)); slot = slot.Add(order.SlotLength) {
		q := quoteFor(cart, offer, slot)
		if _, err := q.releaseAt(); err == nil && !slices.ContainsFunc(q.Problems, Problem.passes) {
			free = append(free, slot)
		}
	}
	return free, nil
}

// DeleteCart empties a customer's cart. Precondition when it is not at the version seen, 0 for whatever it is.
func (s *Service) DeleteCart(ctx context.Context, actor domain.Actor, seen int) error {
	return s.db.DeleteCart(ctx, actor.ID, seen)
}

// quote prices a cart with what Postgres offers at this moment, and finds what stands against ordering it now.
func quote(cart postgres.Cart, offer postgres.Offering) Quoted {
	return quoteFor(cart, offer, time.Time{})
}

// quoteFor is quote for an order that is scheduled for a moment; a zero one is now.
func quoteFor(cart postgres.Cart, offer postgres.Offering, wanted time.Time) Quoted {
	v := offer.Vendor
	q := Quoted{Cart: cart, VendorName: v.Name, ScheduledFor: wanted}
	if cart.Fulfilment == order.Delivery && offer.Address != nil {
		q.meters = v.Location.Meters(offer.Address.Location)
	}
	q.offer = offer
	if !wanted.IsZero() {
		offer.ReadyAt = wanted.Add(-q.travel())
		q.offer = offer
	}
	input := pricing.Order{
		Currency: v.Currency, Packaging: v.PackagingFee, TaxRate: v.TaxRate, Delivery: cart.Fulfilment == order.Delivery,
		Tip: domain.Money{Amount: cart.Tip, Currency: v.Currency}, TaxSystem: pricing.TaxSystemOf(v.Country), Scene: sceneOf(offer),
	}
	follow(&input, offer.Rules)
	for i, c := range cart.Choices {
		item, problems := choose(c, offer)
		q.Problems = append(q.Problems, problems...)
		unit := noPrice
		if item != nil {
			unit = item.Unit.Amount
			if i < len(cart.Shown) && cart.Shown[i] != noPrice && cart.Shown[i] != unit {
				q.Problems = append(q.Problems, priceChanged(*item, cart.Shown[i]))
			}
		}
		q.units = append(q.units, unit)
		if item != nil {
			q.Items = append(q.Items, *item)
			q.MinAge = max(q.MinAge, offer.Dishes[c.DishID].MinAge)
			input.Portions = append(input.Portions, portion(*item))
		}
	}
	q.Problems = append(q.Problems, stockProblems(cart, offer)...)
	input.Meters = q.meters
	q.Quote = pricing.Price(input)
	q.promise(offer.Plan())
	q.Problems = append(q.Problems, vendorProblems(q)...)
	q.Problems = append(q.Problems, couponProblems(q)...)
	return q
}

// portion is an item as it is priced.
func portion(i order.Item) pricing.Portion {
	return pricing.Portion{Name: i.Name, Unit: i.Unit, Packaging: i.Packaging, Category: i.TaxCategory, TaxRate: i.TaxRate, Quantity: i.Quantity}
}

// promise says when the food would be ready and with the customer. Who wants it at a moment is promised that.
func (q *Quoted) promise(plan vendor.Plan) {
	q.plan, q.ReadyAt, q.PromisedAt, q.ExpectedAt = plan, plan.ReadyAt, time.Time{}, time.Time{}
	if q.ReadyAt.IsZero() {
		return
	}
	q.ExpectedAt = q.ReadyAt.Add(q.travel())
	q.PromisedAt = q.ExpectedAt
	if q.ScheduledFor.IsZero() {
		_, margin := q.offer.Cooked()
		q.PromisedAt = q.PromisedAt.Add(margin)
	}
}

// ride finds out how long the courier of a cart's order rides. It may ask a server, so no transaction is open.
func (s *Service) ride(ctx context.Context, cart *postgres.Cart, offer postgres.Offering) {
	cart.Ride = 0
	if cart.Fulfilment == order.Delivery && offer.Address != nil {
		from, to := offer.Vendor.Location, offer.Address.Location
		s.roads.Ask(ctx, from, to, eta.Assumed)
		cart.Ride = s.roads.Time(from, to, eta.Assumed, offer.Now.In(offer.Vendor.Place))
	}
}

// travel is how long the food is on its way.
func (q *Quoted) travel() time.Duration {
	if q.Fulfilment != order.Delivery {
		return 0
	}
	if q.Ride == 0 { // of a cart that an older version has quoted
		return eta.Bring(eta.Ride(q.meters, q.offer.Now.In(q.offer.Vendor.Place).Hour()))
	}
	return eta.Bring(q.Ride)
}

// releaseAt is when a scheduled order is placed with its vendor; zero for one that is wanted now. Invalid for what is no slot.
func (q *Quoted) releaseAt() (time.Time, error) {
	if q.ScheduledFor.IsZero() {
		return time.Time{}, nil
	}
	v := q.offer.Vendor
	minutes := func(n int) time.Duration { return time.Duration(n) * time.Minute }
	accept := time.Duration(v.AcceptSeconds) * time.Second
	cooking := max(minutes(v.PrepAt(q.offer.ReadyAt)), q.offer.Kitchen.Cook(postgres.StatedBy(v.Vendor, q.offer.ReadyAt), q.offer.ReadyAt.In(v.Place), eta.UsualLoad))
	return order.ReleaseAt(q.offer.Now, q.ScheduledFor, accept, cooking, q.travel())
}
