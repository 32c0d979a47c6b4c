package ledger

import (
	"math/bits"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Bill is what an order, or a part of one, is made of: sums of the lines of its quote, in minor units. Discounts are not above
// zero, the others not below.
type Bill struct {
	Currency         domain.Currency
	Food             int64
	Packaging        int64
	VendorDiscount   int64 // borne by the vendor
	PlatformDiscount int64 // borne by us
	Tax              int64
	Delivery         int64
	SmallOrder       int64
	Surge            int64
	Tip              int64

	Commission int64 // ours of the vendor's share, frozen with the order; not a part of the total
}

// Total is what the customer pays.
func (b Bill) Total() int64 {
	return b.Base() + b.PlatformDiscount + b.Tax + b.Carriage() + b.SmallOrder
}

// Base is what commission is taken of: the vendor's share, without tax.
func (b Bill) Base() int64 { return b.Food + b.Packaging + b.VendorDiscount }

// Due is what the vendor gets: its share without our commission.
func (b Bill) Due() int64 { return b.Base() - b.Commission }

// Carriage is what the courier gets, or for the tip of an order that its customer collects, the vendor.
func (b Bill) Carriage() int64 { return b.Delivery + b.Surge + b.Tip }

// Compensation is the vendor's, when so much of the order, of its total without the tip, is spent: the same share of its due.
func (b Bill) Compensation(spent int64) int64 { return share(b.Due(), spent, b.Total()-b.Tip) }

// CommissionOf is a rate's share of a bill's base, rounded as ever; nothing of a base below zero.
func CommissionOf(base int64, rate domain.BasisPoints) int64 {
	return domain.Money{Amount: max(base, 0)}.Share(rate).Amount
}

// Minus is what is left of a bill without a part of it.
func (b Bill) Minus(part Bill) Bill {
	return Bill{
		Currency: b.Currency, Food: b.Food - part.Food, Packaging: b.Packaging - part.Packaging, Tax: b.Tax - part.Tax,
		VendorDiscount: b.VendorDiscount - part.VendorDiscount, PlatformDiscount: b.PlatformDiscount - part.PlatformDiscount,
		Delivery: b.Delivery - part.Delivery, SmallOrder: b.SmallOrder - part.SmallOrder, Surge: b.Surge - part.Surge, Tip: b.Tip - part.Tip,
		Commission: b.Commission - part.Commission,
	}
}

// Dish is a line of dishes on a bill, and what of it is given back.
type Dish struct {
	Portions  int   // at least 1
	Food      int64 // of one portion, options included
	Packaging int64 // of one portion
	TaxRate   domain.BasisPoints
	Gone      int // portions that were given back before
	Back      int // portions that are given back now
}

// Part is the part of a bill that some portions are: their food and packaging, and what of the discounts, the tax and the
// commission is due to them. All dishes of the bill are named, also those of which nothing is given back; taxOnRest is the
// rate on the packaging that is no dish's.
//
// Shares are exact: however an order is given back bit by bit, the parts come to the bill's own food, packaging, discounts, tax
// and commission. Each is the difference of two rounded shares, of what is gone afterwards and of what was gone before, and
// the last portion takes the packaging of the order with it.
func (b Bill) Part(dishes []Dish, taxOnRest domain.BasisPoints) Bill {
	before, after := make([]int, len(dishes)), make([]int, len(dishes))
	for i, d := range dishes {
		before[i], after[i] = d.Gone, d.Gone+d.Back
	}
	return b.first(dishes, after, taxOnRest).Minus(b.first(dishes, before, taxOnRest))
}

// first is the part of a bill that the first so many portions of each dish are.
func (b Bill) first(dishes []Dish, portions []int, taxOnRest domain.BasisPoints) Bill {
	part := Bill{Currency: b.Currency}
	var taxed, taxable, packed int64 // in minor units times basis points
	whole := true
	for i, d := range dishes {
		n, all := int64(portions[i]), int64(d.Portions)
		whole = whole && n == all
		part.Food += n * d.Food
		part.Packaging += n * d.Packaging
		packed += all * d.Packaging
		taxed += n * (d.Food + d.Packaging) * int64(d.TaxRate)
		taxable += all * (d.Food + d.Packaging) * int64(d.TaxRate)
	}
	if whole {
		return Bill{
			Currency: b.Currency, Food: b.Food, Packaging: b.Packaging, VendorDiscount: b.VendorDiscount,
			PlatformDiscount: b.PlatformDiscount, Tax: b.Tax, Commission: b.Commission,
		}
	}
	part.VendorDiscount = -share(-b.VendorDiscount, part.Food, b.Food)
	part.PlatformDiscount = -share(-b.PlatformDiscount, part.Food, b.Food)
	part.Tax = share(b.Tax, taxed, taxable+(b.Packaging-packed)*int64(taxOnRest))
	part.Commission = share(b.Commission, part.Base(), b.Base())
	return part
}

// share is amount × part / whole, rounded half up; nothing of nothing. None is below zero, and part is at most whole.
func share(amount, part, whole int64) int64 {
	if amount <= 0 || part <= 0 || whole <= 0 {
		return 0
	}
	high, low := bits.Mul64(uint64(amount), uint64(min(part, whole)))
	low, carry := bits.Add64(low, uint64(whole)/2, 0)
	quotient, _ := bits.Div64(high+carry, low, uint64(whole))
	return int64(quotient) //nolint:gosec // at most amount
}

// Standing is what of an order is in the books, in minor units: our commission, the tax and the discounts that we bear, which are
// not above zero, of one that is settled; what was given back at the vendor's expense; and what is held that no gateway is about to
// give back.
type Standing struct{ Commission, Tax, Promotions, Gone, Held int64 }

// Left is what is left of the bill to give back at the vendor's expense, without what carries it: of the tax, the commission and our
// discounts what stands, and the rest of the food.
func (b Bill) Left(s Standing) Bill {
	left := Bill{Currency: b.Currency, Tax: s.Tax, PlatformDiscount: s.Promotions, Commission: s.Commission}
	left.Food = max(0, b.Base()+b.PlatformDiscount+b.Tax-s.Gone) - left.Tax - left.PlatformDiscount
	return left
}

// Within is a part with no more of the tax, the commission and our discounts than is left of its bill. Its total stays.
func (b Bill) Within(left Bill) Bill {
	total := b.Total()
	b.Tax, b.Commission, b.PlatformDiscount = min(b.Tax, left.Tax), min(b.Commission, left.Commission), max(b.PlatformDiscount, left.PlatformDiscount)
	b.Food += total - b.Total()
	return b
}

// Worth is the part of what is left of a bill that an amount stands for when no dishes are named: food, with the tax, the discount of
// ours and the commission that are due to it. Its total is the amount.
func (b Bill) Worth(amount int64) Bill {
	whole := b.Base() + b.PlatformDiscount + b.Tax
	part := Bill{
		Currency: b.Currency, Tax: share(b.Tax, amount, whole), PlatformDiscount: -share(-b.PlatformDiscount, amount, whole),
		Commission: share(b.Commission, amount, whole),
	}
	part.Food = amount - part.Tax - part.PlatformDiscount
	return part
}
