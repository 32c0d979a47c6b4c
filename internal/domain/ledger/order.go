package ledger

import "github.com/zoop-dev/zoop/internal/domain"

// Order is what the books need to know of an order.
type Order struct {
	ID         domain.ID
	CustomerID domain.ID
	VendorID   domain.ID
	CourierID  domain.ID // Nil for one that its customer collects
	Bill       Bill
}

// Party is who bears what goes wrong.
type Party string

// The parties.
const (
	ByVendor   Party = "vendor"
	ByCourier  Party = "courier"
	ByPlatform Party = "platform"
)

// Till is where the cash for an order goes: into its courier's pocket, or over the vendor's counter.
func (o Order) Till() Account {
	if o.CourierID.IsNil() {
		return Vendor(o.VendorID)
	}
	return Cash(o.CourierID)
}

// carrier is who gets the delivery fee, the surge and the tip.
func (o Order) carrier() Account {
	if o.CourierID.IsNil() {
		return Vendor(o.VendorID)
	}
	return Courier(o.CourierID)
}

// bearer is the account of who bears something.
func (o Order) bearer(p Party) Account {
	switch {
	case p == ByVendor:
		return Vendor(o.VendorID)
	case p == ByCourier && !o.CourierID.IsNil():
		return Courier(o.CourierID)
	}
	return Refunds
}

// Captured is posted when the money of a payment is with us: from a gateway's account when it says so, from a wallet when the
// order is placed, from Till at handover. A payment is captured once; it is the source.
func (o Order) Captured(paymentID domain.ID, from Account, amount int64) Transfer {
	t := o.begin(OrderCaptured, paymentID)
	t.post(from, -amount)
	t.post(Held, amount)
	return t.done()
}

// Lost is posted when nothing will come of the payment of an order that is cooked already, or handed over: the marketplace pays it in
// the customer's stead, so that the others get what they have earned. It is taken back when the order ends before its time, becomes
// cheaper or is paid after all. The source is the loss.
func (o Order) Lost(lossID domain.ID, amount int64) Transfer {
	t := o.begin(OrderLost, lossID)
	t.post(Refunds, -amount)
	t.post(Held, amount)
	return t.done()
}

// Settled is posted at handover: what was held becomes everybody's. An order is settled once; it is the source.
func (o Order) Settled() Transfer {
	b, t := o.Bill, o.begin(OrderSettled, o.ID)
	t.post(Held, -b.Total())
	t.post(Vendor(o.VendorID), b.Due())
	t.post(Commission, b.Commission)
	t.post(Tax, b.Tax)
	t.post(o.carrier(), b.Carriage())
	t.post(Fees, b.SmallOrder)
	t.post(Promotions, b.PlatformDiscount)
	return t.done()
}

// Released is posted when held money goes back where it came from, or to the customer's wallet: the order will not be made,
// or the policy gives a part back. The source is the refund.
func (o Order) Released(refundID domain.ID, to Account, amount int64) Transfer {
	t := o.begin(OrderRefunded, refundID)
	t.post(Held, -amount)
	t.post(to, amount)
	return t.done()
}

// Outcome is what a cancellation's policy comes to, in minor units.
type Outcome struct {
	Kept    int64 // of what was captured: what does not go back
	Vendor  int64 // for the vendor's work; at most its due
	Courier int64 // for the courier's way
	Liable  Party // who bears what the others get beyond what was kept
	Borne   int64 // of what we bore of refunds that nobody asked the gateway for: what is the customer's own money now, or below zero, more that we bear
}

// Cancelled is posted, next to Released, when an order ends after it was accepted: what was kept of the customer's money bears
// its share of the tax, as of the total without the tip, and pays the vendor and the courier. What is left of it is our fee; what lacks, the liable party bears.
// The source is the cancellation, for an order that was restored can be cancelled again.
func (o Order) Cancelled(cancellationID domain.ID, out Outcome) Transfer {
	t := o.begin(OrderCancelled, cancellationID)
	tax := share(o.Bill.Tax, out.Kept, o.Bill.Total()-o.Bill.Tip)
	t.post(Held, -out.Kept-out.Borne)
	t.post(Refunds, out.Borne)
	t.post(Vendor(o.VendorID), out.Vendor)
	t.post(o.carrier(), out.Courier)
	t.post(Tax, tax)
	if rest := out.Kept - tax - out.Vendor - out.Courier; rest > 0 {
		t.post(Fees, rest)
	} else {
		t.post(o.bearer(out.Liable), rest)
	}
	return t.done()
}

// Refunded is posted when a part of an order, or all of it, is given back after handover. What the vendor bears is as if it
// had not been sold: its share, our commission, the tax and the discounts of that part are taken back; what others have
// earned with it, the vendor pays. A courier or the marketplace bears the whole amount, and the sale stands. The source is
// the refund.
func (o Order) Refunded(refundID domain.ID, to Account, part Bill, by Party) Transfer {
	t := o.begin(OrderRefunded, refundID)
	if by == ByVendor {
		t.post(Vendor(o.VendorID), -part.Due()-part.Carriage())
		t.post(Commission, -part.Commission)
		t.post(Tax, -part.Tax)
		t.post(Fees, -part.SmallOrder)
		t.post(Promotions, -part.PlatformDiscount)
	} else {
		t.post(o.bearer(by), -part.Total())
	}
	t.post(to, part.Total())
	return t.done()
}

// GivenBack is posted when a customer gets back some of what they paid for an order that was not handed over. What of it is still
// held, as after a refund that the bank refused, goes first; the marketplace bears the rest. The source is the refund.
func (o Order) GivenBack(refundID domain.ID, to Account, amount, held int64) Transfer {
	t := o.begin(OrderRefunded, refundID)
	held = max(0, min(held, amount))
	t.post(Held, -held)
	t.post(Refunds, held-amount)
	t.post(to, amount)
	return t.done()
}

func (o Order) begin(f Kind, source domain.ID) Transfer {
	return Transfer{Kind: f, Source: source, OrderID: o.ID, Currency: o.Bill.Currency}
}
