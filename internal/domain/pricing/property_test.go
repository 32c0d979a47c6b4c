package pricing

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/zoop-dev/zoop/internal/domain"
)

var currencies = []domain.Currency{"INR", "USD", "JPY", "KWD", "IDR", "XXX"}

// draw makes an order with rules of whatever kind.
func draw(t *rapid.T) Order {
	currency := rapid.SampledFrom(currencies).Draw(t, "currency")
	most := rapid.SampledFrom([]int64{3, 100, 100_000, 1e9}).Draw(t, "scale")
	amount := func(name string) int64 { return rapid.Int64Range(0, most).Draw(t, name) }
	money := func(name string) domain.Money { return domain.Money{Amount: amount(name), Currency: currency} }
	rates := []domain.BasisPoints{0, 1, 500, 700, 1250, 5000}
	o := Order{
		Currency: currency, Packaging: money("packaging"), Tip: money("tip"), Delivery: rapid.Bool().Draw(t, "delivery"),
		TaxRate: rapid.SampledFrom(rates).Draw(t, "standard rate"), Meters: rapid.Float64Range(0, 30_000).Draw(t, "meters"),
		TaxSystem: rapid.SampledFrom([]TaxSystem{{}, TaxSystemOf("IN"), {"GST", []TaxPart{{"A", 5}, {"B", 7}, {"C", 1}}}}).Draw(t, "system"),
		Scene:     Scene{City: "Delhi", Now: noon(), Place: delhi()}, Earlier: rapid.IntRange(0, 1).Draw(t, "earlier"),
	}
	for range rapid.IntRange(1, 8).Draw(t, "portions") {
		o.Portions = append(o.Portions, Portion{
			"x", money("unit"), money("portion's packaging"),
			rapid.SampledFrom([]domain.TaxCategory{"", domain.TaxStandard, domain.TaxPackaged, domain.TaxAlcohol}).Draw(t, "category"),
			rapid.SampledFrom(rates).Draw(t, "rate"), rapid.IntRange(1, 99).Draw(t, "quantity"),
		})
	}
	for i := range rapid.IntRange(0, 4).Draw(t, "offers") {
		o.Offers = append(o.Offers, drawPromotion(t, byte(i), "", currency, most*8))
	}
	if rapid.Bool().Draw(t, "coupon") {
		p := drawPromotion(t, 9, "CODE", currency, most*8)
		o.Coupon = &p
	}
	for range rapid.IntRange(0, 2).Draw(t, "surges") {
		s := Surge{Label: "Busy", Currency: currency, Flat: 1 + amount("surge"), Cap: amount("surge's cap")}
		if rapid.Bool().Draw(t, "multiplies") {
			s.Flat, s.Times = 0, domain.BasisPoints(rapid.IntRange(10_001, 50_000).Draw(t, "times"))
		}
		o.Surges = append(o.Surges, s)
	}
	if rapid.Bool().Draw(t, "tariff") {
		below := amount("below")
		o.Tariffs = []Tariff{{
			Currency: currency, SmallOrder: SmallOrder{below, min(below, amount("small order"))},
			Bands: []Band{{0, amount("near"), 0}, {1500, most, amount("per km")}},
		}}
	}
	return o
}

func drawPromotion(t *rapid.T, n byte, code string, currency domain.Currency, most int64) Promotion {
	amount := func(name string) int64 { return rapid.Int64Range(0, most).Draw(t, name) }
	some := func(name string) bool { return rapid.IntRange(0, 5).Draw(t, name) == 0 }
	p := Promotion{
		ID: id(n), Code: code, Label: fmt.Sprintf("p%d", n), Currency: currency, Alone: some("alone"), FirstOrder: some("first"),
		VendorShare: rapid.SampledFrom([]domain.BasisPoints{0, 1, 3333, 5000, 10_000}).Draw(t, "vendor's share"),
		Benefit:     rapid.SampledFrom([]Benefit{Percent, Flat, FreeDelivery}).Draw(t, "benefit"),
	}
	switch p.Benefit {
	case Percent:
		p.Share = domain.BasisPoints(rapid.IntRange(1, 10_000).Draw(t, "share"))
	case Flat:
		p.Amount = 1 + amount("flat")
	}
	if p.Benefit != Flat && rapid.Bool().Draw(t, "capped") {
		p.Cap = 1 + amount("cap")
	}
	if some("minimum") {
		p.MinOrder = amount("minimum order")
	}
	if some("elsewhere") {
		p.Cities = []string{rapid.SampledFrom([]string{"Delhi", "Pune"}).Draw(t, "city")}
	}
	if some("limited") {
		p.Limit, p.Used = rapid.IntRange(1, 2).Draw(t, "limit"), rapid.IntRange(0, 2).Draw(t, "used")
	}
	if some("limited each") {
		p.PerCustomer, p.UsedByThem = 1, rapid.IntRange(0, 1).Draw(t, "used by them")
	}
	if some("dated") {
		p.StartsAt = noon().Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, "starts")) * time.Second)
		p.EndsAt = p.StartsAt.Add(time.Second)
	}
	return p
}

func TestQuotesHoldWhateverTheRules(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		o := draw(t)
		q := Price(o)
		checkLines(t, q)
		checkDiscounts(t, o, q)
		if want := lowest(o); q.Total.Amount != want {
			t.Fatalf("costs %d, but any way %d", q.Total.Amount, want)
		}
		if (q.Refusal == nil) != (o.Coupon == nil || slices.ContainsFunc(q.Applied, func(a Applied) bool { return a.Code != "" })) {
			t.Fatalf("refusal %v, applied %v", q.Refusal, q.Applied)
		}
		if r := q.Refusal; r != nil && (r.Code == CouponNoGain) != meant(o, *o.Coupon) {
			t.Fatalf("refused for %s", r.Code)
		}
		slices.Reverse(o.Offers)
		require.Equal(t, q, Price(o), "the order of the rules does not matter")
	})
}

var order = []Kind{Item, Packaging, VendorDiscount, PlatformDiscount, Tax, DeliveryFee, SmallOrderFee, SurgeFee, Tip}

// checkLines holds a quote against what is true of all: order, sum, signs, bearers, parts of taxes.
func checkLines(t *rapid.T, q Quote) {
	sum, at := int64(0), 0
	for _, l := range q.Lines {
		sum += l.Amount.Amount
		place := slices.Index(order, l.Kind)
		if place < at {
			t.Fatalf("%s comes too late", l.Kind)
		}
		at = place
		bearer, negative := Customer, false
		switch l.Kind {
		case VendorDiscount:
			bearer, negative = Vendor, true
		case PlatformDiscount:
			bearer, negative = Platform, true
		}
		if l.Bearer != bearer || l.Amount.Amount < 0 != negative || l.Amount.Currency != q.Total.Currency {
			t.Fatalf("%s of %s is borne by %s", l.Kind, l.Amount, l.Bearer)
		}
		if (l.Tax != nil) != (l.Kind == Tax) {
			t.Fatalf("%s has %v", l.Kind, l.Tax)
		}
		if l.Tax != nil && len(l.Tax.Parts) > 0 {
			parts := int64(0)
			for _, p := range l.Tax.Parts {
				parts += p.Amount.Amount
			}
			if parts != l.Amount.Amount {
				t.Fatalf("parts of a tax of %s come to %d", l.Amount, parts)
			}
		}
	}
	if sum != q.Total.Amount || sum < 0 {
		t.Fatalf("lines come to %d, total is %s", sum, q.Total)
	}
}

// checkDiscounts holds what was applied against its bounds, and against the lines.
func checkDiscounts(t *rapid.T, o Order, q Quote) {
	var onFood, onDelivery, vendor, platform, vendorOff int64
	for _, a := range q.Applied {
		i := slices.IndexFunc(o.Offers, func(p Promotion) bool { return p.ID == a.Promotion })
		p := o.Coupon
		if i >= 0 {
			p = &o.Offers[i]
		}
		off := a.Off().Amount
		if a.Vendor.Amount < 0 || a.Platform.Amount < 0 || off <= 0 || p.Cap > 0 && off > p.Cap || p.Benefit == Flat && off > p.Amount {
			t.Fatalf("%+v by %+v", a, p)
		}
		if want := shareOf(off, p.VendorShare); a.Vendor.Amount != want {
			t.Fatalf("of %d the vendor bears %s, not %d", off, a.Vendor, want)
		}
		if a.OnDelivery {
			onDelivery += off
		} else {
			onFood += off
			vendorOff += a.Vendor.Amount
		}
		vendor += a.Vendor.Amount
		platform += a.Platform.Amount
	}
	if onFood > q.Food().Amount || onDelivery > q.Sum(DeliveryFee).Amount {
		t.Fatalf("more is taken off than there is")
	}
	if q.Sum(VendorDiscount).Amount != -vendor || q.Sum(PlatformDiscount).Amount != -platform {
		t.Fatalf("lines of discounts are not what was applied")
	}
	values := taxed(o, vendorOff)
	for _, l := range q.Lines {
		if l.Tax != nil && l.Tax.Value.Amount != values[taxKey{l.Tax.Rate, l.Tax.Category}] {
			t.Fatalf("%s is on %s", l.Label, l.Tax.Value)
		}
	}
}

// A promotion that begins at a minimum makes a bigger cart cheaper: that is what it is for. So does one that takes off what fills
// up a small order, and one that takes all of the food, which cuts the coupon and with it what that would have lowered the tax by.
// Without such, a bigger cart never costs less, but for units that are rounded: one for each rate that shares a
// discount with others, and for each promotion when there are several.
func TestABiggerCartNeverCostsLess(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		o := draw(t)
		for i := range o.Offers {
			o.Offers[i].MinOrder = 0
		}
		if o.Coupon != nil {
			o.Coupon.MinOrder = 0
		}
		if len(o.Tariffs) > 0 && (len(o.Offers) > 0 || o.Coupon != nil) {
			o.Tariffs[0].SmallOrder = SmallOrder{}
		}
		bigger := o
		bigger.Portions = slices.Clone(o.Portions)
		grown := &bigger.Portions[rapid.IntRange(0, len(o.Portions)-1).Draw(t, "which")]
		grown.Unit.Amount += rapid.Int64Range(0, 2000).Draw(t, "dearer")
		grown.Quantity += rapid.IntRange(0, 1).Draw(t, "more")
		if o.Coupon != nil && foodOff(Price(o)) == Price(o).Food().Amount {
			return
		}
		slack := int64(0)
		if promotions := len(Price(o).Applied) + len(Price(bigger).Applied); promotions > 0 {
			b := newBasket(&bigger)
			if slack = int64(len(b.groups) - 1); promotions > 2 {
				slack += int64(promotions)
			}
		}
		if was, is := Price(o).Total.Amount, Price(bigger).Total.Amount; is < was-slack {
			t.Fatalf("%d before, %d with more; %d would be rounding", was, is, slack)
		}
	})
}

// foodOff is what is taken off the food.
func foodOff(q Quote) (off int64) {
	for _, a := range q.Applied {
		if !a.OnDelivery {
			off += a.Off().Amount
		}
	}
	return off
}

func TestABetterPromotionNeverCostsMore(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		o := draw(t)
		more := o
		more.Offers = append(slices.Clone(o.Offers), drawPromotion(t, 50, "", o.Currency, 1e6))
		if was, is := Price(o).Total.Amount, Price(more).Total.Amount; is > was {
			t.Fatalf("%d before, %d with one more promotion", was, is)
		}
	})
}
