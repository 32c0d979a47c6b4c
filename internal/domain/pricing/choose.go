package pricing

import (
	"bytes"
	"slices"
)

// set is what promotions an order has, in the order in which they are taken; nil: none.
type set [3]*Promotion

const (
	onFood = iota
	onDelivery
	byCode
)

// cut is what one promotion takes off, and what of it the vendor bears.
type cut struct{ off, vendor int64 }

// cuts is what each promotion of a set takes off, its benefit of what those before it have left, and what of all that the vendor
// takes off the food.
func (b *basket) cuts(s set) (out [len(set{})]cut, vendorOff int64) {
	food, fee := b.food, b.fee
	for i, p := range s {
		if p == nil {
			continue
		}
		left := &food
		if p.Benefit == FreeDelivery {
			left = &fee
		}
		off := min(b.benefit(p), *left)
		*left -= off
		out[i] = cut{off, b.money(off).Share(p.VendorShare).Amount}
		if p.Benefit != FreeDelivery {
			vendorOff += out[i].vendor
		}
	}
	return out, vendorOff
}

// benefit is what a promotion takes off what things cost.
func (b *basket) benefit(p *Promotion) int64 {
	var off int64
	switch p.Benefit {
	case Percent:
		off = b.money(b.food).Share(p.Share).Amount
	case Flat:
		off = p.Amount
	case FreeDelivery:
		off = b.fee
	}
	if p.Cap > 0 {
		off = min(off, p.Cap)
	}
	return off
}

// deal is a set, and how much less an order costs by it, tax included.
type deal struct {
	set
	saved int64
}

func (b *basket) deal(s set) deal {
	cuts, vendorOff := b.cuts(s)
	d := deal{set: s}
	for _, c := range cuts {
		d.saved += c.off
	}
	if vendorOff > 0 {
		d.saved += b.untouched - b.tax(vendorOff)
	}
	return d
}

// or is the other deal if it saves more.
func (d deal) or(other deal) deal {
	if other.saved > d.saved {
		return other
	}
	return d
}

// choose finds the set that saves most, and of those that save the same the one without the coupon, then the one of the oldest
// promotions (IDs sort by time of birth).
func (b *basket) choose() set {
	offers := b.offers()
	best := b.join(set{}, offers)
	for _, p := range offers {
		if p.Alone {
			best = best.or(b.deal(set{}.with(p)))
		}
	}
	coupon := b.order.Coupon
	switch {
	case coupon == nil || b.refuses(coupon) != "":
	case coupon.Alone:
		best = best.or(b.deal(set{byCode: coupon}))
	default:
		best = best.or(b.join(set{byCode: coupon}, offers))
	}
	return best.set
}

// join adds to a set the offers that go with others and save most. What is on the food saves the same whatever is on the
// delivery, so that each is looked for by itself.
func (b *basket) join(s set, offers []*Promotion) deal {
	best := b.deal(s)
	for _, p := range offers {
		if !p.Alone {
			best = best.or(b.deal(best.with(p)))
		}
	}
	return best
}

// with is a set with an offer in its place.
func (s set) with(p *Promotion) set {
	place := onFood
	if p.Benefit == FreeDelivery {
		place = onDelivery
	}
	s[place] = p
	return s
}

// offers are the promotions without a code that apply, the oldest first.
func (b *basket) offers() []*Promotion {
	var out []*Promotion
	for i := range b.order.Offers {
		if p := &b.order.Offers[i]; b.refuses(p) == "" {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(x, y *Promotion) int { return bytes.Compare(x.ID[:], y.ID[:]) })
	return out
}

// applied tells of what a set takes off.
func (b *basket) applied(cuts [len(set{})]cut, s set) []Applied {
	var out []Applied
	for i, c := range cuts {
		if p := s[i]; c.off > 0 {
			out = append(out, Applied{
				Promotion: p.ID, Code: p.Code, Label: p.Label, OnDelivery: p.Benefit == FreeDelivery,
				Vendor: b.money(c.vendor), Platform: b.money(c.off - c.vendor),
			})
		}
	}
	return out
}
