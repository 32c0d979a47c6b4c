package pricing

import (
	"cmp"
	"slices"

	"github.com/zoop-dev/zoop/internal/domain"
)

// basket is an order added up, before any discount, in minor units.
type basket struct {
	order     *Order
	tariff    Tariff
	food      int64
	packaging int64
	fee       int64 // for the delivery, without surge
	groups    []taxGroup
	foods     []int64 // food of each group
	untouched int64   // tax without any discount
}

// taxGroup is what is taxed alike.
type taxGroup struct {
	category        domain.TaxCategory
	rate            domain.BasisPoints
	food, packaging int64
}

func newBasket(o *Order) *basket {
	b := &basket{order: o, packaging: o.Packaging.Amount}
	b.group(domain.TaxStandard, o.TaxRate).packaging += o.Packaging.Amount
	for _, p := range o.Portions {
		food, packed := p.Unit.Amount*int64(p.Quantity), p.Packaging.Amount*int64(p.Quantity)
		g := b.group(cmp.Or(p.Category, domain.TaxStandard), p.TaxRate)
		g.food += food
		g.packaging += packed
		b.food += food
		b.packaging += packed
	}
	slices.SortFunc(b.groups, func(x, y taxGroup) int {
		return cmp.Or(cmp.Compare(x.rate, y.rate), cmp.Compare(x.category, y.category))
	})
	for _, g := range b.groups {
		b.foods = append(b.foods, g.food)
	}
	b.untouched = b.tax(0)
	if o.Delivery {
		b.tariff = TariffOf(o.Tariffs, o.Currency, o.Scene.City)
		b.fee = b.tariff.Fee(o.Meters).Amount
	}
	return b
}

// group finds or begins a group. What it gives is good until the next call.
func (b *basket) group(category domain.TaxCategory, rate domain.BasisPoints) *taxGroup {
	for i := range b.groups {
		if g := &b.groups[i]; g.category == category && g.rate == rate {
			return g
		}
	}
	b.groups = append(b.groups, taxGroup{category: category, rate: rate})
	return &b.groups[len(b.groups)-1]
}

// value is what is taxed in a group when the vendor takes so much off its food, one part of b.parts for each group.
func (g taxGroup) value(off domain.Money) domain.Money {
	return domain.Money{Amount: g.food + g.packaging - off.Amount, Currency: off.Currency}
}

// parts shares what the vendor takes off the food among the groups, in proportion to their food, to the last unit.
func (b *basket) parts(vendorOff int64) []domain.Money { return b.money(vendorOff).Split(b.foods...) }

// tax is all tax when the vendor takes so much off the food.
func (b *basket) tax(vendorOff int64) int64 {
	sum := int64(0)
	for i, off := range b.parts(vendorOff) {
		sum += b.groups[i].value(off).Share(b.groups[i].rate).Amount
	}
	return sum
}

func (b *basket) money(amount int64) domain.Money {
	return domain.Money{Amount: amount, Currency: b.order.Currency}
}
