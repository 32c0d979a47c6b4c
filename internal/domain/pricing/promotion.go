package pricing

import (
	"slices"
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Benefit is what a promotion gives.
type Benefit string

// The benefits.
const (
	Percent      Benefit = "percent"       // a share of the food
	Flat         Benefit = "flat"          // an amount off the food, at most the food
	FreeDelivery Benefit = "free_delivery" // the fee of the delivery, without surge; the courier gets it all the same
)

// Promotion is a rule that takes something off. Its amounts are in minor units of its currency.
//
// How promotions go together: at most one without a code is on the food, at most one without a code is on the delivery, and at
// most one coupon is on either; one that is Alone goes with no other. Of all that is allowed the customer gets what makes the
// total lowest, and a coupon that does not lower it is not used up. Each is reckoned on what things cost before any discount;
// together they never take off more than there is, and then the coupon is what is cut.
type Promotion struct {
	ID       domain.ID
	Code     string // as CheckCode gives it; "" for one that needs none
	Label    string // shown on the quote's line
	Benefit  Benefit
	Share    domain.BasisPoints // of Percent
	Amount   int64              // of Flat
	Currency domain.Currency    // of the amounts, and of the orders it is for; "": it has none, and is for any
	MinOrder int64              // food, before any discount, that it begins at
	Cap      int64              // most that it takes off; 0: no bound

	FirstOrder  bool // only for a customer's first order
	PerCustomer int  // times that one customer may use it; 0: any number
	Limit       int  // times that it may be used by all together; 0: any number

	StartsAt, EndsAt time.Time       // from the former until before the latter; zero: no bound
	Windows          []domain.Window // by the vendor's clock; none: at any time of day
	Vendors          []domain.ID     // whom it is for; none: all
	Cities           []string        // as Vendors
	Cuisines         []string        // of which the vendor has one; as Vendors

	VendorShare domain.BasisPoints // of the discount, borne by the vendor; the marketplace bears the rest
	Alone       bool

	Used       int // times that it has been used by all together, as of now; no part of the rule
	UsedByThem int // of those, by the customer of the order
}

// Applied is a promotion that a quote's discounts are of.
type Applied struct {
	Promotion        domain.ID
	Code             string
	Label            string
	OnDelivery       bool         // else on the food
	Vendor, Platform domain.Money // what each bears; not below zero, and together above it
}

// Off is all that it takes off.
func (a Applied) Off() domain.Money { return a.Vendor.Add(a.Platform) }

// Reasons why a coupon does not apply.
const (
	CouponNotYet    = "coupon_not_yet"   // until Refusal.Until
	CouponExpired   = "coupon_expired"   // it has ended
	CouponHours     = "coupon_hours"     // it is for other times of day, next at Refusal.Until
	CouponCurrency  = "coupon_currency"  // it is for orders in another currency
	CouponVendor    = "coupon_vendor"    // it is for other vendors
	CouponCity      = "coupon_city"      // it is for other cities
	CouponCuisine   = "coupon_cuisine"   // it is for other cuisines
	CouponDelivery  = "coupon_delivery"  // it is on the delivery, and there is none
	CouponNotFirst  = "coupon_not_first" // it is for first orders
	CouponExhausted = "coupon_exhausted" // it has been used as often as it may be, by all together
	CouponUsed      = "coupon_used"      // it has been used as often as it may be, by this customer
	CouponMinimum   = "coupon_minimum"   // Refusal.Missing is missing
	CouponNoGain    = "coupon_no_gain"   // other promotions take off as much without it
)

var refusals = map[string]string{
	CouponNotYet: "the coupon does not apply yet", CouponExpired: "the coupon has expired",
	CouponHours: "the coupon does not apply at this time of day", CouponCurrency: "the coupon is for orders in another currency",
	CouponVendor: "the coupon is for other vendors", CouponCity: "the coupon is for other cities",
	CouponCuisine: "the coupon is for other cuisines", CouponDelivery: "the coupon is for deliveries",
	CouponNotFirst: "the coupon is for first orders", CouponExhausted: "the coupon has been used up",
	CouponUsed: "you have used the coupon as often as one may", CouponMinimum: "the dishes come to less than the coupon asks for",
	CouponNoGain: "the order costs as little without the coupon",
}

// Refusal is why a coupon does not apply.
type Refusal struct {
	Code    string
	Missing domain.Money // of CouponMinimum: what food is missing
	Until   time.Time    // of CouponNotYet and CouponHours: when it applies
}

// Message says it to the customer.
func (r Refusal) Message() string {
	if r.Code == CouponMinimum {
		return "dishes for another " + r.Missing.String() + " are missing for the coupon"
	}
	return refusals[r.Code]
}

// refuses is why a promotion does not apply; "" when it does. What customers can do nothing about comes first.
func (b *basket) refuses(p *Promotion) string {
	o, s := b.order, &b.order.Scene
	switch {
	case !p.EndsAt.IsZero() && !s.Now.Before(p.EndsAt):
		return CouponExpired
	case p.Limit > 0 && p.Used >= p.Limit:
		return CouponExhausted
	case p.PerCustomer > 0 && p.UsedByThem >= p.PerCustomer:
		return CouponUsed
	case p.FirstOrder && o.Earlier > 0:
		return CouponNotFirst
	case p.Currency != "" && p.Currency != o.Currency:
		return CouponCurrency
	case len(p.Vendors) > 0 && !slices.Contains(p.Vendors, s.Vendor):
		return CouponVendor
	case len(p.Cities) > 0 && !anyOf(p.Cities, s.City):
		return CouponCity
	case len(p.Cuisines) > 0 && !anyOf(p.Cuisines, s.Cuisines...):
		return CouponCuisine
	case s.Now.Before(p.StartsAt):
		return CouponNotYet
	case !domain.Within(p.Windows, s.Now, s.Place):
		return CouponHours
	case p.Benefit == FreeDelivery && !o.Delivery:
		return CouponDelivery
	case b.food < p.MinOrder:
		return CouponMinimum
	}
	return ""
}

// anyOf says whether one of some words is among others, in whatever case they are written.
func anyOf(list []string, words ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool {
		return slices.ContainsFunc(list, func(l string) bool { return strings.EqualFold(l, w) })
	})
}

// refusal is why the coupon is not among what was chosen; nil when it is, and without one.
func (b *basket) refusal(chosen set) *Refusal {
	coupon, s := b.order.Coupon, &b.order.Scene
	if chosen[byCode] == coupon {
		return nil
	}
	r := &Refusal{Code: b.refuses(coupon)}
	switch r.Code {
	case "":
		r.Code = CouponNoGain
	case CouponMinimum:
		r.Missing = b.money(coupon.MinOrder - b.food)
	case CouponNotYet:
		r.Until = coupon.StartsAt
	case CouponHours:
		r.Until = domain.NextOf(coupon.Windows, s.Now, s.Place)
	}
	return r
}
