package money

import (
	"fmt"
	"strings"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/domain/ledger"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/domain/payment"
	"github.com/zoop-dev/zoop/internal/domain/payout"
)

// scene is all that there is to see of a world at a moment.
type scene struct {
	Orders   []seen
	Books    []ledger.Transfer
	Balances map[ledger.Account]int64 // those that are kept
	Payouts  []paid
}

// seen is an order.
type seen struct {
	ID       domain.ID
	State    order.State
	Delivery delivery.State // "" of one that is collected
	Courier  int            // which is asked or has it; -1: none
	Total    int64
	Revising bool // its customer is asked to take less
	Bill     ledger.Bill
	Payments []payment.Payment   // the newest first
	Ops      []payment.Operation // that gateways have not answered
	Refused  bool                // a bank has refused to give something back: it is for staff
}

// paid is a payout.
type paid struct {
	State   payout.State
	To      ledger.Account
	Amount  int64
	Entries []entry // all that it was made of
}

// entry is the one of a transfer on the account that a payout is of.
type entry struct {
	Transfer domain.ID
	Amount   int64
}

// String tells of a scene; of two that tell the same nothing has changed.
func (s scene) String() string {
	var b strings.Builder
	for _, o := range s.Orders {
		fmt.Fprintf(&b, "%s %s of %d %+v\n", o.State, o.Delivery, o.Total, o.Bill)
		for _, p := range o.Payments {
			fmt.Fprintf(&b, "  %s %s %d, captured %d, refunded %d, refunding %d, excess %d\n", p.Method, p.State, p.Amount.Amount, p.Captured.Amount, p.Refunded.Amount, p.Refunding.Amount, p.Excess.Amount)
		}
		for _, op := range o.Ops {
			fmt.Fprintf(&b, "  asked to %s %d\n", op.Verb, op.Amount.Amount)
		}
		for _, t := range s.Books {
			if t.OrderID == o.ID {
				fmt.Fprintf(&b, "  %s:", t.Kind)
				for _, e := range t.Entries {
					fmt.Fprintf(&b, " %s %d", e.Account.Kind, e.Amount)
				}
				b.WriteString("\n")
			}
		}
	}
	fmt.Fprintf(&b, "%d transfers\n", len(s.Books))
	for _, p := range s.Payouts {
		fmt.Fprintf(&b, "payout %s %s %d of %d entries\n", p.State, p.To.Kind, p.Amount, len(p.Entries))
	}
	return b.String()
}

// wrong is what does not hold of the money; "" when all does.
func (s scene) wrong() string {
	for _, find := range []func() string{s.wrongTransfers, s.wrongBalances, s.wrongPayouts} {
		if wrong := find(); wrong != "" {
			return wrong
		}
	}
	for i, o := range s.Orders {
		for _, find := range []func(seen) string{s.wrongPayments, s.wrongSource, s.wrongHeld, s.wrongShares} {
			if wrong := find(o); wrong != "" {
				return fmt.Sprintf("order %d: %s", i, wrong)
			}
		}
	}
	return ""
}

// wrongTransfers: each sums to zero, and is there once.
func (s scene) wrongTransfers() string {
	type once struct {
		kind   ledger.Kind
		source domain.ID
	}
	posted := map[once]bool{}
	for _, t := range s.Books {
		if err := t.Check(); err != nil {
			return err.Error()
		}
		if posted[once{t.Kind, t.Source}] {
			return fmt.Sprintf("%s of %s twice", t.Kind, t.Source)
		}
		posted[once{t.Kind, t.Source}] = true
	}
	return ""
}

// wrongBalances: what is kept is the sum of its entries; nobody owes us by a wallet, and no courier has less than no cash.
func (s scene) wrongBalances() string {
	folds := map[ledger.Account]int64{}
	for _, t := range s.Books {
		for _, e := range t.Entries {
			if e.Account.Kept() {
				folds[e.Account] += e.Amount
			}
		}
	}
	for a, sum := range folds {
		if s.Balances[a] != sum {
			return fmt.Sprintf("%s has %d, its entries %d", a.Kind, s.Balances[a], sum)
		}
		if a.Kind == ledger.AccountWallet && sum < 0 || a.Kind == ledger.AccountCash && sum > 0 {
			return fmt.Sprintf("%s has %d", a.Kind, sum)
		}
	}
	return ""
}

// wrongPayouts: an entry is in one payout that stands; a payout is the sum of its entries, and more than nothing; and what is in
// an account is what is in no payout, and what is in one and not on its way.
func (s scene) wrongPayouts() string {
	type place struct {
		account  ledger.Account
		transfer domain.ID
	}
	taken, open := map[place]bool{}, map[ledger.Account]int64{}
	for _, p := range s.Payouts {
		var sum int64
		for _, e := range p.Entries {
			sum += e.Amount
			if p.State == payout.Failed {
				continue
			}
			if taken[place{p.To, e.Transfer}] {
				return fmt.Sprintf("an entry of %d on %s is paid twice", e.Amount, p.To.Kind)
			}
			taken[place{p.To, e.Transfer}] = true
		}
		if sum != p.Amount || sum < 1 {
			return fmt.Sprintf("a payout of %d has entries of %d", p.Amount, sum)
		}
		if p.State == payout.Draft || p.State == payout.Approved {
			open[p.To] += p.Amount
		}
	}
	balance, paidOut := map[ledger.Account]int64{}, map[domain.ID]bool{}
	for _, t := range s.Books {
		paidOut[t.ID] = t.Kind == ledger.PaidOut
	}
	for _, t := range s.Books {
		for _, e := range t.Entries {
			balance[e.Account] += e.Amount
			if t.Kind != ledger.PaidOut && !paidOut[t.Source] && !taken[place{e.Account, t.ID}] {
				open[e.Account] += e.Amount
			}
		}
	}
	for a, sum := range balance {
		if (a.Kind == ledger.AccountVendor || a.Kind == ledger.AccountCourier) && sum != open[a] {
			return fmt.Sprintf("%s has %d, of which %d is not paid out", a.Kind, sum, open[a])
		}
	}
	return ""
}

// wrongPayments: nobody gets back more than they gave, but what a gateway has given back unasked when nothing was left.
func (s scene) wrongPayments(o seen) string {
	for _, p := range o.Payments {
		captured, back, asked, excess := p.Captured.Amount, p.Refunded.Amount, p.Refunding.Amount, p.Excess.Amount
		if back < 0 || asked < 0 || back+asked > captured || captured > p.Amount.Amount || excess < 0 || excess > 0 && back+asked < captured {
			return fmt.Sprintf("its payment: %+v", p)
		}
	}
	return ""
}

// of adds up an order's entries on accounts, of the transfers that which says.
func (s scene) of(o seen, which func(ledger.Transfer, ledger.Account) bool) (sum int64) {
	for _, t := range s.Books {
		for _, e := range t.Entries {
			if t.OrderID == o.ID && which(t, e.Account) {
				sum += e.Amount
			}
		}
	}
	return sum
}

func (s scene) on(o seen, kind ledger.AccountKind) int64 {
	return s.of(o, func(_ ledger.Transfer, a ledger.Account) bool { return a.Kind == kind })
}

func (s scene) has(o seen, kind ledger.Kind) bool {
	return s.of(o, func(t ledger.Transfer, a ledger.Account) bool { return t.Kind == kind && a.Kind == ledger.AccountHeld }) != 0
}

// wrongSource: where customers' money comes from and goes to has moved by what they have paid less what they got back, and so all
// other accounts of the order together.
func (s scene) wrongSource(o seen) string {
	want := int64(0)
	for _, p := range o.Payments {
		switch {
		case p.Method == payment.Wallet && p.State == payment.Authorized:
			want += p.Amount.Amount
		case p.State.Taken():
			want += p.Captured.Amount - p.Refunded.Amount - p.Excess.Amount
		}
	}
	for _, op := range o.Ops { // what staff have decided is in the books before the gateway has done it
		for _, t := range s.Books {
			if op.Verb == payment.VerbRefund && t.Kind == ledger.OrderRefunded && t.Source == op.ID {
				want -= op.Amount.Amount
			}
		}
	}
	got := -s.of(o, func(t ledger.Transfer, a ledger.Account) bool {
		return a.Kind == ledger.AccountGateway || a.Kind == ledger.AccountWallet || a.Kind == ledger.AccountCash ||
			a.Kind == ledger.AccountVendor && t.Kind == ledger.OrderCaptured
	})
	if got != want {
		return fmt.Sprintf("paid less given back is %d, in the books %d", want, got)
	}
	return ""
}

// wrongHeld: nothing is held of what has ended, once gateways have answered; but what a bank has refused to give back is until
// staff have. What was cooked although its bank did not pay after all, the marketplace has paid.
func (s scene) wrongHeld(o seen) string {
	if o.State.Live() || len(o.Ops) > 0 {
		return ""
	}
	held := s.on(o, ledger.AccountHeld)
	if o.Refused && !o.State.HandedOver() && held >= 0 && held <= o.Payments[0].Refundable().Amount {
		return ""
	}
	if held != 0 {
		return fmt.Sprintf("it is %s, and %d is held", o.State, held)
	}
	return ""
}

// wrongShares: nobody gets more of an order than its bill gives them, nor gives more back than they have had of it; what was
// settled and not refunded is exactly the bill.
func (s scene) wrongShares(o seen) string {
	b := o.Bill
	ours := b.Base() + b.Tax + b.Carriage() + b.SmallOrder // of which somebody may bear all, and what the others get besides
	var unasked int64                                      // that we bear, too
	for _, p := range o.Payments {
		if p.Provider != "" {
			unasked += p.Refunded.Amount + p.Excess.Amount
		}
	}
	for _, share := range []struct {
		kind        ledger.AccountKind
		least, most int64
	}{
		{ledger.AccountCommission, 0, b.Commission}, {ledger.AccountTax, 0, b.Tax}, {ledger.AccountPromotions, b.PlatformDiscount, 0},
		{ledger.AccountFees, 0, b.Total()}, {ledger.AccountRefunds, -2*ours - unasked, 0}, {ledger.AccountCourier, -2 * ours, b.Carriage()},
	} {
		sum := s.on(o, share.kind)
		if sum < share.least || sum > share.most {
			return fmt.Sprintf("%s has %d, not from %d to %d", share.kind, sum, share.least, share.most)
		}
		if s.has(o, ledger.OrderSettled) && !s.refunded(o) && !map[ledger.AccountKind]bool{ledger.AccountFees: true, ledger.AccountRefunds: true, ledger.AccountCourier: true}[share.kind] &&
			sum != share.least+share.most {
			return fmt.Sprintf("%s has %d of a settled order, not %d", share.kind, sum, share.least+share.most)
		}
	}
	return ""
}

func (s scene) refunded(o seen) bool {
	for _, t := range s.Books {
		if t.OrderID == o.ID && t.Kind == ledger.OrderRefunded {
			return true
		}
	}
	return false
}
