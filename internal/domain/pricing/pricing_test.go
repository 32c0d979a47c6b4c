package pricing

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/zoop-dev/zoop/internal/domain"
)

func TestAQuoteByHand(t *testing.T) {
	t.Parallel()
	inr := func(n int64) domain.Money { return domain.Money{Amount: n, Currency: "INR"} }
	q := Price(Order{
		Currency: "INR", Packaging: inr(1000), TaxRate: 500, Delivery: true, Meters: 3200, Tip: inr(2000),
		Portions: []Portion{
			{"Thali", inr(24900), inr(300), 500, 2}, {"Lassi", inr(9000), inr(0), 500, 1}, {"Beer", inr(18005), inr(205), 1250, 1},
			{"Bread", inr(2000), inr(0), 0, 1},
		},
	})
	// Food 2 × 249 + 90 + 180.05 + 20 = 788.05; packaging 10 + 2 × 3 + 2.05. Taxed at 5 %: 588 + 16, so 30.20; at 12.5 %:
	// 180.05 + 2.05 = 182.10, so 22.7625, in whole paise 22.76. Delivery 25 + 2 further km begun × 8 = 41; tip 20.
	require.Equal(t, []Line{
		{Item, "2 × Thali", inr(49800), Customer}, {Item, "Lassi", inr(9000), Customer}, {Item, "Beer", inr(18005), Customer},
		{Item, "Bread", inr(2000), Customer}, {Packaging, "Packaging", inr(1805), Customer}, {Tax, "Tax 5.00%", inr(3020), Customer},
		{Tax, "Tax 12.50%", inr(2276), Customer}, {DeliveryFee, "Delivery", inr(4100), Customer}, {Tip, "Tip", inr(2000), Customer},
	}, q.Lines)
	require.Equal(t, inr(92006), q.Total)
	require.Equal(t, inr(78805), q.Food())
}

func TestTheTotalIsAlwaysTheSumOfTheLines(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		currency := rapid.SampledFrom([]domain.Currency{"INR", "USD", "JPY", "KWD", "IDR", "XXX"}).Draw(t, "currency")
		money := func(name string, most int64) domain.Money {
			return domain.Money{Amount: rapid.Int64Range(0, most).Draw(t, name), Currency: currency}
		}
		o := Order{
			Currency: currency, Packaging: money("packaging", 1e6), Tip: money("tip", 1e6), Delivery: rapid.Bool().Draw(t, "delivery"),
			TaxRate: domain.BasisPoints(rapid.IntRange(0, 5000).Draw(t, "tax")), Meters: rapid.Float64Range(0, 30000).Draw(t, "meters"),
		}
		for range rapid.IntRange(1, 20).Draw(t, "portions") {
			o.Portions = append(o.Portions, Portion{
				"x", money("unit", 1e9), money("portion's packaging", 1e6),
				rapid.SampledFrom([]domain.BasisPoints{0, 1, 500, 700, 1250, 5000, o.TaxRate}).Draw(t, "rate"), rapid.IntRange(1, 99).Draw(t, "quantity"),
			})
		}
		q := Price(o)
		if want := taxByHand(o); sumOf(q, Tax) != want {
			t.Fatalf("tax is %d, want %d", sumOf(q, Tax), want)
		}
		if want := packagingByHand(o); sumOf(q, Packaging) != want {
			t.Fatalf("packaging is %d, want %d", sumOf(q, Packaging), want)
		}
		sum := domain.Money{Currency: currency}
		for _, l := range q.Lines {
			if l.Amount.Amount < 0 {
				t.Fatalf("%s is negative", l.Kind)
			}
			sum = sum.Add(l.Amount)
		}
		if sum != q.Total {
			t.Fatalf("lines come to %s, total is %s", sum, q.Total)
		}
	})
}

// taxByHand rounds half up in each rate, with another arithmetic than the quote's.
func taxByHand(o Order) (tax int64) {
	bases := map[domain.BasisPoints]int64{}
	bases[o.TaxRate] += o.Packaging.Amount
	for _, p := range o.Portions {
		bases[p.TaxRate] += (p.Unit.Amount + p.Packaging.Amount) * int64(p.Quantity)
	}
	for rate, base := range bases {
		exact := new(big.Rat).SetFrac(big.NewInt(2*base*int64(rate)+10_000), big.NewInt(20_000))
		tax += new(big.Int).Quo(exact.Num(), exact.Denom()).Int64()
	}
	return tax
}

func packagingByHand(o Order) int64 {
	sum := o.Packaging.Amount
	for _, p := range o.Portions {
		sum += p.Packaging.Amount * int64(p.Quantity)
	}
	return sum
}

func sumOf(q Quote, kind Kind) (sum int64) {
	for _, l := range q.Lines {
		if l.Kind == kind {
			sum += l.Amount.Amount
		}
	}
	return sum
}

func TestFeesGrowWithDistance(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Float64Range(0, 30000).Draw(t, "a"), rapid.Float64Range(0, 30000).Draw(t, "b")
		if a > b {
			a, b = b, a
		}
		for currency := range tariffs {
			if Fee(currency, a).Amount > Fee(currency, b).Amount {
				t.Fatalf("%s: %g m costs more than %g m", currency, a, b)
			}
		}
	})
	require.Equal(t, int64(2500), Fee("INR", 0).Amount)
	require.Equal(t, int64(2500), Fee("INR", 2000).Amount)
	require.Equal(t, int64(3300), Fee("INR", 2001).Amount)
}
