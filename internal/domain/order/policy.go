package order

import (
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Party is who bears what is lost when an order ends before its time.
type Party string

// The parties.
const (
	OfCustomer Party = "customer"
	OfVendor   Party = "vendor"
	OfCourier  Party = "courier"
	OfPlatform Party = "platform"
)

// Terms is a cell of a policy: what an end for one reason in one state means.
type Terms struct {
	Lost    domain.BasisPoints // share of the order that is spent by then
	Liable  Party              // who bears it; a customer who does is not given it back, everybody else's share is refunded
	Restock bool               // nothing is cooked: portions go back to the menu
	Strike  bool               // it counts against the party
}

// Policy is the cancellation policy of one version: reason × state → terms. A version that an order was made under is never
// changed; another policy is another version.
type Policy struct {
	Terms     map[Reason]map[State]Terms
	FreeFor   time.Duration   // after the accept, in which a customer loses nothing
	LateAfter time.Duration   // behind the promise, from when on TOO_SLOW is not the customer's fault
	Late      map[State]Party // whose it is then
}

// CurrentPolicy is the version that new orders are made under.
const CurrentPolicy = 1

// Policies are all versions.
var Policies = map[int]Policy{1: {
	Terms: lay(
		row{Reasons[GroupCustomer], OfCustomer, false},
		row{Reasons[GroupVendor], OfVendor, true},
		row{[]Reason{NoCourier, Unpaid, "FRAUD", "OPS"}, OfPlatform, false},
		row{[]Reason{VendorTimeout, VendorSuspended}, OfVendor, true},
		row{[]Reason{CustomerAbsent, "REFUSED", BadAddress, "AGE_CHECK"}, OfCustomer, false},
		row{[]Reason{Unsafe}, OfPlatform, false},
		row{[]Reason{Damaged}, OfCourier, true},
	),
	FreeFor:   time.Minute,
	LateAfter: 15 * time.Minute,
	Late:      map[State]Party{Accepted: OfVendor, Preparing: OfVendor, Ready: OfPlatform},
}}

// lost is how much of an order is spent in each state in which it may end before its time: nothing before the vendor has
// accepted it, then shopping, cooking, and in the end all of it.
var lost = map[State]domain.BasisPoints{
	PendingPayment: 0, Scheduled: 0, Placed: 0, Accepted: 2_000, Preparing: 5_000, Ready: 10_000, Undeliverable: 10_000,
}

// row is several reasons that mean the same.
type row struct {
	reasons []Reason
	liable  Party
	strike  bool // once the vendor has accepted; one that lets an order expire always
}

// lay spreads rows over all states.
func lay(rows ...row) map[Reason]map[State]Terms {
	terms := map[Reason]map[State]Terms{}
	for _, r := range rows {
		for _, reason := range r.reasons {
			terms[reason] = map[State]Terms{}
			for state, share := range lost {
				terms[reason][state] = Terms{
					Lost: share, Liable: r.liable, Restock: share <= 2_000, Strike: r.strike && (share > 0 || reason == VendorTimeout),
				}
			}
		}
	}
	return terms
}

// Outcome is what an end before its time means for one order.
type Outcome struct {
	Policy  int          // version; 0: there is no outcome
	Fee     domain.Money // what its customer is not given back; nothing of one in cash
	Refund  domain.Money // what goes back to its customer, or is let go, of what is paid or set aside: the total less the fee; nothing of one in cash
	Lost    domain.Money // what is spent, of the total without the tip
	Liable  Party        // who bears that: of one in cash, the platform in its customer's stead
	Restock bool
	Strike  bool
}

// Quote tells what a cancel by a role for a reason would mean now. Errors are those of Cancel.
func (o *Order) Quote(by domain.Role, now time.Time, reason Reason) (Outcome, error) {
	next := *o
	_, err := next.Cancel(by, now, reason)
	return next.Outcome, err
}

// outcome reads the policy that the order was made under. A state that the policy does not know loses nothing.
func (o *Order) outcome(reason Reason, now time.Time) Outcome {
	version := o.Policy
	policy, ok := Policies[version]
	if !ok {
		version, policy = CurrentPolicy, Policies[CurrentPolicy]
	}
	t := policy.Terms[reason][o.State]
	if reason.In(GroupCustomer) {
		switch {
		case o.State == Accepted && now.Before(o.AcceptedAt.Add(policy.FreeFor)):
			t.Lost = 0
		case reason == TooSlow && o.late(now, policy.LateAfter):
			t.Liable = policy.Late[o.State]
		}
	}
	base := o.Total
	base.Amount -= o.Tip.Amount
	out := Outcome{
		Policy: version, Lost: base.Share(t.Lost), Liable: t.Liable, Restock: t.Restock, Strike: t.Strike,
		Fee: domain.Money{Currency: o.Total.Currency},
	}
	switch {
	case t.Liable != OfCustomer:
	case o.Cash: // nothing is paid that a fee could be kept of, and nobody runs after it
		out.Liable = OfPlatform
	default:
		out.Fee = out.Lost
		if out.Fee.Currency.MinorDigits() == 3 { // gateways move no thousandths
			out.Fee.Amount -= out.Fee.Amount % 10
		}
	}
	out.Refund = o.Back(out.Fee)
	return out
}

// Back is what goes back to the customer of an order that ends before its time, when a fee is kept.
func (o *Order) Back(fee domain.Money) domain.Money {
	if o.Cash { // it is paid at the door
		return domain.Money{Currency: o.Total.Currency}
	}
	return o.Total.Add(fee.Times(-1))
}

// late says whether the food, or once it is ready its courier, is so much behind the promise.
func (o *Order) late(now time.Time, grace time.Duration) bool {
	switch o.State {
	case Accepted, Preparing:
		return now.After(o.ReadyBy.Add(grace))
	case Ready:
		return o.Fulfilment == Delivery && now.After(o.PromisedAt.Add(grace))
	}
	return false
}
