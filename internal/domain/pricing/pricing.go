// Package pricing turns a choice of dishes into a quote: pure, in whole minor units, of one currency.
//
// Price is the one function. Its quote's lines stand in the order of their kinds, their sum is the total, and the total is never
// below zero: a discount on dishes is at most the dishes, one on the delivery at most its fee.
//
// Whatever is a share of an amount is rounded once, half away from zero, to the currency's minor unit (domain.Money.Share);
// whatever is divided among several is divided to the last unit (domain.Money.Split). No figure is rounded anywhere else, and
// none depends on how many digits a currency has.
package pricing

import (
	"fmt"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Kind is what a line of a quote is for. Lines stand in the order of these kinds.
type Kind string

// The kinds.
const (
	Item             Kind = "item" // a dish with its options
	Packaging        Kind = "packaging"
	VendorDiscount   Kind = "vendor_discount"   // what the vendor gives up; negative
	PlatformDiscount Kind = "platform_discount" // what the marketplace pays in the customer's place; negative
	Tax              Kind = "tax"
	DeliveryFee      Kind = "delivery_fee"
	SmallOrderFee    Kind = "small_order_fee"
	SurgeFee         Kind = "surge"
	Tip              Kind = "tip"
)

// Bearer is who pays a line.
type Bearer string

// The bearers. Who bears a discount has that much less of the order.
const (
	Customer Bearer = "customer"
	Vendor   Bearer = "vendor"
	Platform Bearer = "platform"
)

// Line is one line of a quote.
type Line struct {
	Kind   Kind
	Label  string
	Amount domain.Money
	Bearer Bearer
	Tax    *TaxDetail // of a line of tax, else nil
}

// Quote is a price with its reasons; Total is always the sum of the lines.
type Quote struct {
	Lines   []Line
	Total   domain.Money
	Applied []Applied // the promotions that its discounts are of, in the order in which they were taken
	Refusal *Refusal  // why the coupon does not apply; nil without one, and for one that does
}

// QuoteTTL is how long a quote may be confirmed.
const QuoteTTL = 5 * time.Minute

// Portion is a dish with its options, so many times.
type Portion struct {
	Name      string
	Unit      domain.Money // one portion, options included
	Packaging domain.Money // of one portion
	Category  domain.TaxCategory
	TaxRate   domain.BasisPoints // of the category
	Quantity  int
}

// Order is what there is to price, where and when, and by which rules. The rules have been checked.
type Order struct {
	Currency  domain.Currency
	Portions  []Portion
	Packaging domain.Money       // of the whole order, on top of what its portions need
	TaxRate   domain.BasisPoints // on that packaging, and of portions of the standard category
	TaxSystem TaxSystem
	Delivery  bool
	Meters    float64 // from the vendor to the customer, great circle
	Tip       domain.Money

	Scene   Scene
	Earlier int // orders that the customer has placed before and that were not cancelled, rejected or expired
	Tariffs []Tariff
	Surges  []Surge
	Offers  []Promotion // that need no code
	Coupon  *Promotion  // whose code the customer gave, if any
}

// Scene is where and when an order is placed: what rules are compared with.
type Scene struct {
	Vendor   domain.ID
	City     string // the vendor's
	Cuisines []string
	Location domain.Point // the vendor's
	Now      time.Time
	Place    *time.Location // whose wall clock windows follow
}

// Price makes the quote.
//
// There is one line of tax for each category and rate, rounded once on the sum of all food and packaging that it is on: a
// portion's packaging is taxed as its food. A vendor's discount lowers what is taxed, shared in proportion among the categories
// of the food; the marketplace's does not (see tax.go). Fees contain what tax is on them.
func Price(o Order) Quote {
	b := newBasket(&o)
	chosen := b.choose()
	cuts, vendorOff := b.cuts(chosen)
	q := Quote{Total: b.money(0), Applied: b.applied(cuts, chosen), Refusal: b.refusal(chosen)}
	q.addGoods(b, vendorOff)
	if o.Delivery {
		q.add(DeliveryFee, "Delivery", b.fee, Customer)
		q.addSome(SmallOrderFee, "Small order", b.tariff.SmallOrder.fee(b.food), Customer)
		if s, amount := surgeOf(&o, b.fee); amount > 0 {
			q.add(SurgeFee, s.Label, amount, Customer)
		}
	}
	q.addSome(Tip, "Tip", max(0, o.Tip.Amount), Customer)
	return q
}

// addGoods adds the lines from the dishes to the tax, with the discounts that have been applied.
func (q *Quote) addGoods(b *basket, vendorOff int64) {
	for _, p := range b.order.Portions {
		q.add(Item, label(p), p.Unit.Amount*int64(p.Quantity), Customer)
	}
	q.addSome(Packaging, "Packaging", b.packaging, Customer)
	for _, a := range q.Applied {
		q.addSome(VendorDiscount, a.Label, -a.Vendor.Amount, Vendor)
	}
	for _, a := range q.Applied {
		q.addSome(PlatformDiscount, a.Label, -a.Platform.Amount, Platform)
	}
	for _, l := range b.taxLines(vendorOff) {
		q.append(l)
	}
}

// Sum is the sum of a quote's lines of some kinds.
func (q Quote) Sum(kinds ...Kind) domain.Money {
	sum := domain.Money{Currency: q.Total.Currency}
	for _, l := range q.Lines {
		for _, k := range kinds {
			if l.Kind == k {
				sum = sum.Add(l.Amount)
			}
		}
	}
	return sum
}

// Food is the sum of a quote's dishes, before any discount: what a minimum order is compared with.
func (q Quote) Food() domain.Money { return q.Sum(Item) }

func (q *Quote) append(l Line) {
	q.Lines = append(q.Lines, l)
	q.Total = q.Total.Add(l.Amount)
}

func (q *Quote) add(kind Kind, label string, amount int64, bearer Bearer) {
	q.append(Line{Kind: kind, Label: label, Amount: domain.Money{Amount: amount, Currency: q.Total.Currency}, Bearer: bearer})
}

// addSome adds a line unless it is of nothing.
func (q *Quote) addSome(kind Kind, label string, amount int64, bearer Bearer) {
	if amount != 0 {
		q.add(kind, label, amount, bearer)
	}
}

func label(p Portion) string {
	if p.Quantity == 1 {
		return p.Name
	}
	return fmt.Sprintf("%d × %s", p.Quantity, p.Name)
}
