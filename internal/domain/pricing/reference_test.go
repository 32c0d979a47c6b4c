package pricing

import (
	"cmp"
	"math/big"
	"slices"

	"github.com/zoop-dev/zoop/internal/domain"
)

// The second arithmetic: fractions of big numbers, and every set of promotions tried.

func rat(n int64) *big.Rat { return big.NewRat(n, 1) }

// floor is the largest whole number not above a fraction that is not negative.
func floor(r *big.Rat) int64 { return new(big.Int).Quo(r.Num(), r.Denom()).Int64() }

// shareOf rounds a share half up.
func shareOf(amount int64, share domain.BasisPoints) int64 {
	r := new(big.Rat).Mul(rat(amount), big.NewRat(int64(share), 10_000))
	return floor(r.Add(r, big.NewRat(1, 2)))
}

type taxKey struct {
	rate     domain.BasisPoints
	category domain.TaxCategory
}

// taxed gives what is taxed by rate and category, when the vendor takes so much off the food.
func taxed(o Order, vendorOff int64) map[taxKey]int64 {
	foods, out := map[taxKey]int64{}, map[taxKey]int64{}
	standard := taxKey{o.TaxRate, domain.TaxStandard}
	foods[standard] += 0
	out[standard] += o.Packaging.Amount
	all := int64(0)
	for _, p := range o.Portions {
		k := taxKey{p.TaxRate, cmp.Or(p.Category, domain.TaxStandard)}
		n := int64(p.Quantity)
		foods[k] += n * p.Unit.Amount
		out[k] += n * (p.Unit.Amount + p.Packaging.Amount)
		all += n * p.Unit.Amount
	}
	if all == 0 {
		return out
	}
	var keys []taxKey
	for k := range foods {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b taxKey) int { return cmp.Or(cmp.Compare(a.rate, b.rate), cmp.Compare(a.category, b.category)) })
	rests, left := map[taxKey]*big.Rat{}, vendorOff
	for _, k := range keys {
		exact := new(big.Rat).Mul(rat(vendorOff), big.NewRat(foods[k], all))
		out[k] -= floor(exact)
		left -= floor(exact)
		rests[k] = exact.Sub(exact, rat(floor(exact)))
	}
	slices.SortStableFunc(keys, func(a, b taxKey) int { return rests[b].Cmp(rests[a]) })
	for _, k := range keys[:left] {
		out[k]--
	}
	return out
}

func taxByHand(o Order, vendorOff int64) (sum int64) {
	for k, value := range taxed(o, vendorOff) {
		sum += shareOf(value, k.rate)
	}
	return sum
}

// lowest is the least that an order can cost by any set of promotions that may go together.
func lowest(o Order) int64 {
	promotions := slices.Clone(o.Offers)
	if o.Coupon != nil {
		promotions = append(promotions, *o.Coupon)
	}
	least := int64(-1)
	for bits := range 1 << len(promotions) {
		var chosen []Promotion
		for i, p := range promotions {
			if bits>>i&1 == 1 {
				chosen = append(chosen, p)
			}
		}
		if allowed(o, chosen) {
			if total := costs(o, chosen); least < 0 || total < least {
				least = total
			}
		}
	}
	return least
}

func allowed(o Order, chosen []Promotion) bool {
	seen := map[string]int{}
	for _, p := range chosen {
		if !meant(o, p) || p.Alone && len(chosen) > 1 {
			return false
		}
		place := "food"
		switch {
		case p.Code != "":
			place = "code"
		case p.Benefit == FreeDelivery:
			place = "delivery"
		}
		if seen[place]++; seen[place] > 1 {
			return false
		}
	}
	return true
}

// meant says whether a promotion is for an order, as far as the generator goes.
func meant(o Order, p Promotion) bool {
	food := int64(0)
	for _, x := range o.Portions {
		food += int64(x.Quantity) * x.Unit.Amount
	}
	first := !p.FirstOrder || o.Earlier == 0
	left := (p.Limit == 0 || p.Limit > p.Used) && (p.PerCustomer == 0 || p.PerCustomer > p.UsedByThem)
	where := len(p.Cities) == 0 || slices.Contains(p.Cities, o.Scene.City)
	begun := !p.StartsAt.After(o.Scene.Now) && (p.EndsAt.IsZero() || p.EndsAt.After(o.Scene.Now))
	return food >= p.MinOrder && first && left && where && begun && (p.Benefit != FreeDelivery || o.Delivery)
}

// costs is the total by some promotions: what is on the food without a code comes before the coupon.
func costs(o Order, chosen []Promotion) int64 {
	slices.SortStableFunc(chosen, func(a, b Promotion) int { return cmp.Compare(len(a.Code), len(b.Code)) })
	food, packed := int64(0), o.Packaging.Amount
	for _, x := range o.Portions {
		food += int64(x.Quantity) * x.Unit.Amount
		packed += int64(x.Quantity) * x.Packaging.Amount
	}
	fee, extra := int64(0), int64(0)
	if o.Delivery {
		fee = TariffOf(o.Tariffs, o.Currency, o.Scene.City).Fee(o.Meters).Amount
		if t := o.Tariffs; len(t) > 0 && food < t[0].SmallOrder.Below {
			extra = min(t[0].SmallOrder.Fee, t[0].SmallOrder.Below-food)
		}
		dearest := int64(0)
		for _, s := range o.Surges {
			adds := s.Flat
			if s.Times != 0 {
				adds = shareOf(fee, s.Times) - fee
			}
			if s.Cap != 0 && s.Cap < adds {
				adds = s.Cap
			}
			dearest = max(dearest, adds)
		}
		extra += dearest
	}
	leftFood, leftFee, vendorOff := food, fee, int64(0)
	for _, p := range chosen {
		off := map[Benefit]int64{Percent: shareOf(food, p.Share), Flat: p.Amount, FreeDelivery: fee}[p.Benefit]
		if p.Cap != 0 && off > p.Cap {
			off = p.Cap
		}
		if p.Benefit == FreeDelivery {
			leftFee -= min(off, leftFee)
			continue
		}
		off = min(off, leftFood)
		leftFood -= off
		vendorOff += shareOf(off, p.VendorShare)
	}
	return leftFood + packed + taxByHand(o, vendorOff) + leftFee + extra + o.Tip.Amount
}
