package pricing

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/zoop-dev/zoop/internal/domain"
)

// usedBy are the promotions of a quote, as Reduce takes them.
func usedBy(o Order, q Quote) (out []Used) {
	for _, a := range q.Applied {
		rules := o.Offers
		if o.Coupon != nil {
			rules = append(slices.Clone(rules), *o.Coupon)
		}
		i := slices.IndexFunc(rules, func(p Promotion) bool { return p.ID == a.Promotion })
		out = append(out, Used{rules[i], a.Vendor, a.Platform})
	}
	return out
}

// What is left of an order never costs more, save for units that are rounded; its lines and its promotions hold what all hold.
func TestWhatIsLeftNeverCostsMore(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		o := draw(t)
		was := Price(o)
		used := usedBy(o, was)
		left := o
		left.Portions = nil
		for _, p := range o.Portions {
			if p.Quantity = rapid.IntRange(0, p.Quantity).Draw(t, "left"); p.Quantity > 0 {
				left.Portions = append(left.Portions, p)
			}
		}
		q := Reduce(was, left, used)
		checkLines(t, q)
		slack := int64(len(newBasket(&o).groups) + len(used))
		if len(used) == 0 {
			slack = 0
		}
		if q.Total.Amount > was.Total.Amount+slack {
			t.Fatalf("%d before, %d for less", was.Total.Amount, q.Total.Amount)
		}
		if q.Sum(DeliveryFee, SmallOrderFee, SurgeFee, Tip) != was.Sum(DeliveryFee, SmallOrderFee, SurgeFee, Tip) {
			t.Fatalf("fees have changed")
		}
		var vendor, platform int64
		for _, a := range q.Applied {
			before := used[slices.IndexFunc(used, func(u Used) bool { return u.ID == a.Promotion })]
			if a.Off().Amount <= 0 || a.Off().Amount > before.Vendor.Amount+before.Platform.Amount {
				t.Fatalf("%+v of %+v", a, before)
			}
			vendor, platform = vendor+a.Vendor.Amount, platform+a.Platform.Amount
		}
		if q.Sum(VendorDiscount).Amount != -vendor || q.Sum(PlatformDiscount).Amount != -platform {
			t.Fatalf("lines of discounts are not what was applied")
		}
	})
}

func TestReduceKeepsAll(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		o := draw(t)
		was := Price(o)
		again := Reduce(was, o, usedBy(o, was))
		again.Refusal = was.Refusal
		require.Equal(t, was, again)
	})
}

func TestPromotionsOnWhatIsLeft(t *testing.T) {
	t.Parallel()
	inr := func(n int64) domain.Money { return domain.Money{Amount: n, Currency: "INR"} }
	for name, tt := range map[string]struct {
		rule Promotion
		off  int64 // of what is left
	}{
		"a share":               {Promotion{Benefit: Percent, Share: 2000}, 4000},
		"a share up to its cap": {Promotion{Benefit: Percent, Share: 5000, Cap: 7000}, 7000},
		"an amount":             {Promotion{Benefit: Flat, Amount: 5000, MinOrder: 90_000}, 5000},
		"more than is left":     {Promotion{Benefit: Flat, Amount: 50_000}, 20_000},
	} {
		tt.rule.Label, tt.rule.VendorShare, tt.rule.Currency = "off", 2500, "INR"
		o := Order{Currency: "INR", Portions: []Portion{{Name: "Thali", Unit: inr(20_000), Quantity: 5}}, Offers: []Promotion{tt.rule}}
		was := Price(o)
		require.Len(t, was.Applied, 1, name)
		o.Portions = []Portion{{Name: "Thali", Unit: inr(20_000), Quantity: 1}}
		q := Reduce(was, o, usedBy(o, was))
		require.Equal(t, tt.off, q.Applied[0].Off().Amount, name)
		require.Equal(t, tt.off/4, q.Applied[0].Vendor.Amount, name)
		require.Equal(t, 20_000-tt.off, q.Total.Amount, name)
	}
}
