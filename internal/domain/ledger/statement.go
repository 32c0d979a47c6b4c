package ledger

// Parts are what an entry of a vendor's or a courier's account is made of, in minor units. Their sum is the entry.
type Parts struct {
	Sale         int64 // the food, before all else
	Packaging    int64
	Promotion    int64 // discounts that the vendor bears: not above zero
	Commission   int64 // ours: not above zero, but for what comes back with a refund
	Delivery     int64 // the fee
	Surge        int64
	Tip          int64
	Refund       int64 // what customers got back at their expense: not above zero
	Compensation int64 // for, or at the expense of, somebody when an order ended before its time
	Cash         int64 // that the vendor took over the counter: not above zero
	Adjustment   int64 // all the rest: what was taken back in the books, and what is of no order
}

// Part is one of Parts by its name.
type Part struct {
	Name   string
	Amount int64
}

// List names all parts, in the order in which statements have them.
func (p Parts) List() []Part {
	return []Part{
		{"sale", p.Sale}, {"packaging", p.Packaging}, {"promotion", p.Promotion}, {"commission", p.Commission}, {"delivery", p.Delivery},
		{"surge", p.Surge}, {"tip", p.Tip}, {"refund", p.Refund}, {"compensation", p.Compensation}, {"cash", p.Cash}, {"adjustment", p.Adjustment},
	}
}

// Sum is what they come to.
func (p Parts) Sum() (sum int64) {
	for _, part := range p.List() {
		sum += part.Amount
	}
	return sum
}

// Plus adds others, part by part.
func (p Parts) Plus(o Parts) Parts {
	return Parts{
		p.Sale + o.Sale, p.Packaging + o.Packaging, p.Promotion + o.Promotion, p.Commission + o.Commission, p.Delivery + o.Delivery, p.Surge + o.Surge,
		p.Tip + o.Tip, p.Refund + o.Refund, p.Compensation + o.Compensation, p.Cash + o.Cash, p.Adjustment + o.Adjustment,
	}
}

// PartsOf takes an entry of a transfer of an order with this bill apart: that of a vendor's or a courier's account, with what the same
// transfer posted to our commission. The vendor carries what no courier does.
func (b Bill) PartsOf(of AccountKind, kind Kind, amount, commission int64, carried bool) (p Parts) {
	switch {
	case kind == OrderSettled:
		if of == AccountVendor {
			p.Sale, p.Packaging, p.Promotion, p.Commission = b.Food, b.Packaging, b.VendorDiscount, -commission
		}
		if (of == AccountCourier) == carried {
			p.Delivery, p.Surge, p.Tip = b.Delivery, b.Surge, b.Tip
		}
		p.Adjustment = amount - p.Sum()
	case kind == OrderRefunded && of == AccountVendor:
		p.Commission = -commission
		p.Refund = amount - p.Commission
	case kind == OrderRefunded:
		p.Refund = amount
	case kind == OrderCancelled:
		p.Compensation = amount
	case kind == OrderCaptured:
		p.Cash = amount
	default:
		p.Adjustment = amount
	}
	return p
}
