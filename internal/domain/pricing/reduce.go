package pricing

import (
	"slices"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Used is a promotion that an order was placed with, and what it took off.
type Used struct {
	Promotion
	Vendor, Platform domain.Money // what each bears; not below zero, and together above it
}

// Reduce prices what is left of an order whose vendor cannot make all of it. left has its portions and packaging; used are its
// promotions in the order in which they were taken. Fees and the tip stay as they were: the way is the same, and nobody pays for a
// small order whose vendor made it small.
//
// For the same reason a promotion stays whose minimum is no longer reached, and one of a fixed amount stays whole, up to the food
// that is left. One of a share is reckoned anew, at the least in proportion to the food, for its rule may have changed meanwhile.
// None takes off more than it did, and who bears it does so in the same proportion.
func Reduce(was Quote, left Order, used []Used) Quote {
	left.Delivery = false
	b := newBasket(&left)
	q := Quote{Total: b.money(0)}
	var vendorOff int64
	food := b.food
	for _, u := range used {
		off := u.Vendor.Amount + u.Platform.Amount
		if u.Benefit != FreeDelivery {
			off = min(b.again(u, was.Food().Amount), food)
			food -= off
		}
		if off == 0 {
			continue
		}
		parts := b.money(off).Split(u.Vendor.Amount, u.Platform.Amount)
		q.Applied = append(q.Applied, Applied{
			Promotion: u.ID, Code: u.Code, Label: u.Label, OnDelivery: u.Benefit == FreeDelivery, Vendor: parts[0], Platform: parts[1],
		})
		if u.Benefit != FreeDelivery {
			vendorOff += parts[0].Amount
		}
	}
	q.addGoods(b, vendorOff)
	for _, l := range was.Lines {
		if slices.Contains([]Kind{DeliveryFee, SmallOrderFee, SurgeFee, Tip}, l.Kind) {
			q.append(l)
		}
	}
	return q
}

// again is what a promotion on the food takes off what is left of so much of it.
func (b *basket) again(u Used, was int64) int64 {
	before := u.Vendor.Amount + u.Platform.Amount
	if u.Benefit != Percent {
		return before
	}
	part := b.money(before).Split(b.food, was-b.food)[0].Amount
	return min(before, max(part, b.benefit(&u.Promotion)))
}
