// Package pricing turns a choice of dishes into a quote: pure, in whole minor units, of one currency.
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
	Name     string
	Unit     domain.Money // one portion, options included
	Quantity int
}

// Order is what there is to price.
type Order struct {
	Currency  domain.Currency
	Portions  []Portion
	Packaging domain.Money
	TaxRate   domain.BasisPoints // on food and packaging
	Delivery  bool
	Meters    float64 // from the vendor to the customer, great circle
	Tip       domain.Money
}

// Price makes the quote. Tax is one line, rounded once on the sum of food and packaging.
func Price(o Order) Quote {
	q := Quote{Total: domain.Money{Currency: o.Currency}}
	for _, p := range o.Portions {
		q.add(Item, label(p), p.Unit.Times(p.Quantity))
	}
	if o.Packaging.Amount > 0 {
		q.add(Packaging, "Packaging", o.Packaging)
	}
	if tax := q.Total.Share(o.TaxRate); tax.Amount > 0 {
		q.add(Tax, fmt.Sprintf("Tax %d.%02d%%", o.TaxRate/100, o.TaxRate%100), tax)
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
