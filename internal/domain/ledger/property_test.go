package ledger

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/zoop-dev/zoop/internal/domain"
)

// meal is an order with the dishes on it, as it was quoted.
type meal struct {
	Order
	Dishes    []Dish
	TaxOnRest domain.BasisPoints
}

func draw(t *rapid.T) meal {
	amount := func(name string, most int64) int64 { return rapid.Int64Range(0, most).Draw(t, name) }
	rate := func(name string) domain.BasisPoints { return domain.BasisPoints(amount(name, 5000)) }
	m := meal{TaxOnRest: rate("tax on the rest")}
	b := Bill{
		Currency: rapid.SampledFrom([]domain.Currency{"INR", "JPY", "KWD"}).Draw(t, "currency"), Packaging: amount("packaging", 1e5),
		Delivery: amount("delivery", 1e5), SmallOrder: amount("small order", 1e5), Surge: amount("surge", 1e5), Tip: amount("tip", 1e6),
	}
	b.Tax = domain.Money{Amount: b.Packaging}.Share(m.TaxOnRest).Amount
	for range rapid.IntRange(1, 6).Draw(t, "dishes") {
		d := Dish{
			Portions: rapid.IntRange(1, 9).Draw(t, "portions"), Food: amount("food", 1e9), Packaging: amount("its packaging", 1e4), TaxRate: rate("tax"),
		}
		food, packed := d.Food*int64(d.Portions), d.Packaging*int64(d.Portions)
		b.Food += food
		b.Packaging += packed
		b.Tax += domain.Money{Amount: food + packed}.Share(d.TaxRate).Amount
		m.Dishes = append(m.Dishes, d)
	}
	b.VendorDiscount = -amount("vendor's discount", b.Food)
	b.PlatformDiscount = -amount("our discount", b.Food+b.VendorDiscount)
	b.Commission = CommissionOf(b.Base(), rate("commission"))
	m.Order = Order{ID: domain.ID{9}, CustomerID: asha, VendorID: diner, CourierID: ravi, Bill: b}
	if rapid.Bool().Draw(t, "pickup") {
		m.CourierID = domain.Nil
		m.Bill.Delivery, m.Bill.Surge = 0, 0
	}
	return m
}

// books adds transfers up, and finds the wrong ones.
type books struct {
	t   *rapid.T
	sum map[Account]int64
}

func (b books) write(transfers ...Transfer) {
	for _, x := range transfers {
		if err := x.Check(); err != nil {
			b.t.Fatal(err)
		}
		for _, e := range x.Entries {
			b.sum[e.Account] += e.Amount
		}
	}
}

func (b books) is(what string, a Account, want int64) {
	if b.sum[a] != want {
		b.t.Fatalf("%s: %s has %d, want %d", what, a.Kind, b.sum[a], want)
	}
}

// TestPartsComeToTheWhole gives all dishes back in random bits: no bit is less than nothing, and together they are all of the
// food, packaging, discounts, tax and commission. Borne by the vendor, nothing of the sale is left in the books.
func TestPartsComeToTheWhole(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m, b := draw(t), books{t, map[Account]int64{}}
		b.write(m.Captured(first, Gateway("sandbox"), m.Bill.Total()), m.Settled())
		left := m.Bill
		for open := true; open; {
			open = false
			for i := range m.Dishes {
				d := &m.Dishes[i]
				d.Gone += d.Back
				d.Back = rapid.IntRange(0, d.Portions-d.Gone).Draw(t, "back")
				open = open || d.Gone+d.Back < d.Portions
			}
			part := m.Bill.Part(m.Dishes, m.TaxOnRest)
			if part.Food < 0 || part.Packaging < 0 || part.Tax < 0 || part.VendorDiscount > 0 || part.PlatformDiscount > 0 || part.Commission < 0 {
				t.Fatalf("less than nothing: %+v", part)
			}
			left = left.Minus(part)
			b.write(m.Refunded(next, Gateway("sandbox"), part, ByVendor))
		}
		kept := m.Bill.Carriage() + m.Bill.SmallOrder
		if left.Total() != kept || left.Base() != 0 || left.Tax != 0 || left.Commission != 0 {
			t.Fatalf("left over: %+v", left)
		}
		b.is("all dishes back", Gateway("sandbox"), -kept)
		b.is("all dishes back", Commission, 0)
		b.is("all dishes back", Tax, 0)
		b.is("all dishes back", Promotions, 0)
	})
}

// TestSharesAreRoundedOnce compares share with big numbers.
func TestSharesAreRoundedOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		whole := rapid.Int64Range(1, 1e17).Draw(t, "whole")
		part := rapid.Int64Range(0, whole).Draw(t, "part")
		amount := rapid.Int64Range(0, domain.MaxAmount).Draw(t, "amount")
		got, want := share(amount, part, whole), byBig(amount, part, whole)
		if got != want {
			t.Fatalf("%d × %d / %d is %d, want %d", amount, part, whole, got, want)
		}
	})
}

// byBig is the floor of amount × part / whole + ½.
func byBig(amount, part, whole int64) int64 {
	n := new(big.Int).Mul(big.NewInt(amount), big.NewInt(part))
	n.Add(n.Lsh(n, 1), big.NewInt(whole))
	return n.Div(n, new(big.Int).Lsh(big.NewInt(whole), 1)).Int64()
}
