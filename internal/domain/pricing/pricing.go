// Package pricing turns a choice of dishes into a quote: pure, in whole minor units, of one currency.
package pricing

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Kind is what a line of a quote is for. Lines stand in the order of these kinds.
type Kind string

// The kinds.
const (
	Item        Kind = "item"
	Packaging   Kind = "packaging"
	Tax         Kind = "tax"
	DeliveryFee Kind = "delivery_fee"
	Tip         Kind = "tip"
)

// Bearer is who pays a line.
type Bearer string

// Customer bears every line while there are no promotions.
const Customer Bearer = "customer"

// Line is one line of a quote.
type Line struct {
	Kind   Kind
	Label  string
	Amount domain.Money
	Bearer Bearer
}

// Quote is a price with its reasons; Total is always the sum of the lines.
type Quote struct {
	Lines []Line
	Total domain.Money
}

// QuoteTTL is how long a quote may be confirmed.
const QuoteTTL = 5 * time.Minute

// Portion is a dish with its options, so many times.
type Portion struct {
	Name      string
	Unit      domain.Money // one portion, options included
	Packaging domain.Money // of one portion
	TaxRate   domain.BasisPoints
	Quantity  int
}

// Order is what there is to price.
type Order struct {
	Currency  domain.Currency
	Portions  []Portion
	Packaging domain.Money       // of the whole order, on top of what its portions need
	TaxRate   domain.BasisPoints // on that packaging
	Delivery  bool
	Meters    float64 // from the vendor to the customer, great circle
	Tip       domain.Money
}

// Price makes the quote. There is one line of tax for each rate, rounded once (domain.Money.Share) on the sum of all food and
// packaging that it is on: a portion's packaging is taxed as its food.
func Price(o Order) Quote {
	q := Quote{Total: domain.Money{Currency: o.Currency}}
	packaging := o.Packaging
	taxed := map[domain.BasisPoints]domain.Money{o.TaxRate: o.Packaging}
	for _, p := range o.Portions {
		food, packed := p.Unit.Times(p.Quantity), p.Packaging.Times(p.Quantity)
		q.add(Item, label(p), food)
		packaging = packaging.Add(packed)
		if base, ok := taxed[p.TaxRate]; ok {
			food = food.Add(base)
		}
		taxed[p.TaxRate] = food.Add(packed)
	}
	if packaging.Amount > 0 {
		q.add(Packaging, "Packaging", packaging)
	}
	for _, rate := range slices.Sorted(maps.Keys(taxed)) {
		if tax := taxed[rate].Share(rate); tax.Amount > 0 {
			q.add(Tax, fmt.Sprintf("Tax %d.%02d%%", rate/100, rate%100), tax)
		}
	}
	if o.Delivery {
		q.add(DeliveryFee, "Delivery", Fee(o.Currency, o.Meters))
	}
	if o.Tip.Amount > 0 {
		q.add(Tip, "Tip", o.Tip)
	}
	return q
}

// Food is the sum of a quote's dishes: what a minimum order is compared with.
func (q Quote) Food() domain.Money {
	sum := domain.Money{Currency: q.Total.Currency}
	for _, l := range q.Lines {
		if l.Kind == Item {
			sum = sum.Add(l.Amount)
		}
	}
	return sum
}

func (q *Quote) add(kind Kind, label string, amount domain.Money) {
	q.Lines = append(q.Lines, Line{kind, label, amount, Customer})
	q.Total = q.Total.Add(amount)
}

func label(p Portion) string {
	if p.Quantity == 1 {
		return p.Name
	}
	return fmt.Sprintf("%d × %s", p.Quantity, p.Name)
}
