package money

import (
	"time"

	"pgregory.net/rapid"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/ledger"
	"github.com/zoop-dev/zoop/internal/domain/pricing"
)

// terms are a vendor's menu, and the rules by which it is priced.
type terms struct {
	Currency   domain.Currency
	Dishes     []dish
	Packaging  int64
	Tax        domain.BasisPoints // of the standard category; the reduced one has a third of it
	Tariff     pricing.Tariff
	Commission domain.BasisPoints
	Coupons    []pricing.Promotion
}

type dish struct {
	Price, Packaging int64
	Reduced          bool // taxed at the lower rate
}

func drawTerms(t *rapid.T) terms {
	amount := func(name string, most int64) int64 { return rapid.Int64Range(0, most).Draw(t, name) }
	m := terms{
		Currency: rapid.SampledFrom([]domain.Currency{"INR", "JPY", "KWD"}).Draw(t, "currency"), Packaging: amount("packaging", 2000),
		Tax: domain.BasisPoints(amount("tax", 2800)), Commission: domain.BasisPoints(amount("commission", 3500)),
	}
	for range rapid.IntRange(1, 3).Draw(t, "dishes") {
		m.Dishes = append(m.Dishes, dish{1 + amount("price", 50_000), amount("box", 500), rapid.Bool().Draw(t, "reduced")})
	}
	m.Tariff = pricing.Tariff{
		ID: domain.ID{1}, Currency: m.Currency, Bands: []pricing.Band{{Fee: amount("fee", 5000), PerKm: amount("per km", 500)}},
		SmallOrder: pricing.SmallOrder{Below: amount("small", 20_000), Fee: amount("small fee", 3000)},
	}
	share := domain.BasisPoints(amount("share", 10_000))
	m.Coupons = []pricing.Promotion{
		{Code: "VENDORS", Benefit: pricing.Percent, Share: share, VendorShare: 10_000},
		{Code: "OURS", Benefit: pricing.Flat, Amount: 1 + amount("off", 30_000), Currency: m.Currency},
		{Code: "SHARED", Benefit: pricing.Percent, Share: share, VendorShare: domain.BasisPoints(amount("of the vendor", 10_000))},
		{Code: "NO-FEE", Benefit: pricing.FreeDelivery},
		{Code: "ALL", Benefit: pricing.Percent, Share: 10_000, VendorShare: 5000},
	}
	for i := range m.Coupons {
		m.Coupons[i].ID, m.Coupons[i].Label = domain.ID{2, byte(i)}, m.Coupons[i].Code
	}
	return m
}

func (m terms) money(n int64) domain.Money { return domain.Money{Amount: n, Currency: m.Currency} }

// rate is what a dish is taxed at.
func (m terms) rate(d dish) domain.BasisPoints {
	if d.Reduced {
		return m.Tax / 3
	}
	return m.Tax
}

// meters are from the vendor to the customer.
const meters = 1482

// basket is what a wish comes to. A wish for nothing is one for a portion of the first dish.
func (m terms) basket(w wish, at time.Time) pricing.Order {
	o := pricing.Order{
		Currency: m.Currency, Packaging: m.money(m.Packaging), TaxRate: m.Tax, TaxSystem: pricing.TaxSystemOf("IN"), Delivery: !w.Pickup, Meters: meters,
		Tip: m.money(w.Tip), Tariffs: []pricing.Tariff{m.Tariff}, Scene: pricing.Scene{Now: at, Place: time.UTC},
	}
	for i, d := range m.Dishes {
		n := portions(w.Lines, i)
		if n == 0 {
			continue
		}
		category := domain.TaxStandard
		if d.Reduced {
			category = domain.TaxReduced
		}
		o.Portions = append(o.Portions, pricing.Portion{Name: "dish", Unit: m.money(d.Price), Packaging: m.money(d.Packaging), Category: category, TaxRate: m.rate(d), Quantity: n})
	}
	if len(o.Portions) == 0 {
		return m.basket(wish{Lines: []int{1}, Pickup: w.Pickup, Tip: w.Tip, Coupon: w.Coupon}, at)
	}
	if w.Coupon >= 0 {
		o.Coupon = &m.Coupons[w.Coupon]
	}
	return o
}

func portions(lines []int, of int) int {
	if of < len(lines) {
		return lines[of]
	}
	return 0
}

// bill adds up a quote as the books see it.
func bill(q pricing.Quote, commission domain.BasisPoints) ledger.Bill {
	sum := func(k pricing.Kind) int64 { return q.Sum(k).Amount }
	return ledger.Bill{
		Currency: q.Total.Currency, Food: sum(pricing.Item), Packaging: sum(pricing.Packaging), VendorDiscount: sum(pricing.VendorDiscount),
		PlatformDiscount: sum(pricing.PlatformDiscount), Tax: sum(pricing.Tax), Delivery: sum(pricing.DeliveryFee), SmallOrder: sum(pricing.SmallOrderFee),
		Surge: sum(pricing.SurgeFee), Tip: sum(pricing.Tip), Commission: q.Commission(commission).Amount,
	}
}
