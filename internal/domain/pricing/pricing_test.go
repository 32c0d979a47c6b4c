package pricing

import (
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
		Portions: []Portion{{"Thali", inr(24900), 2}, {"Lassi", inr(9000), 1}},
	})
	// 2 × 249 + 90 = 588; packaging 10; 5 % of 598 = 29.90; delivery 25 + 2 further km begun × 8 = 41; tip 20.
	require.Equal(t, []Line{
		{Item, "2 × Thali", inr(49800), Customer}, {Item, "Lassi", inr(9000), Customer}, {Packaging, "Packaging", inr(1000), Customer},
		{Tax, "Tax 5.00%", inr(2990), Customer}, {DeliveryFee, "Delivery", inr(4100), Customer}, {Tip, "Tip", inr(2000), Customer},
	}, q.Lines)
	require.Equal(t, inr(68890), q.Total)
	require.Equal(t, inr(58800), q.Food())
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
			o.Portions = append(o.Portions, Portion{"x", money("unit", 1e9), rapid.IntRange(1, 99).Draw(t, "quantity")})
		}
		q := Price(o)
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
