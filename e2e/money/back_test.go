package money

import (
	"slices"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/ledger"
	"github.com/zoop-dev/zoop/internal/domain/order"
	rules "github.com/zoop-dev/zoop/internal/domain/payment"
	"github.com/zoop-dev/zoop/internal/domain/payout"
)

// refund is what staff decide to give back of an order that has ended.
func (c *city) refund(m *meal, s step) error {
	p := m.newest()
	bearer, err := rules.RefundReason(s.Reason).Bearer()
	if err != nil {
		return err
	}
	by := ledger.Party(bearer)
	switch {
	case m.EndedAt.IsZero(), !s.Wallet && p.Method == rules.COD:
		return errNotNow
	case !m.State.HandedOver():
		by = ledger.ByPlatform
	}
	part, err := c.part(m, p, s)
	if err != nil {
		return err
	}
	standing := c.standing(m)
	g := given{id: c.id(), amount: part.Total(), by: by, back: s.Take}
	to := ledger.Wallet(c.customer)
	if !s.Wallet && p.Provider != "" {
		to = ledger.Gateway(p.Provider)
		if err := rule(c, p, func() error { return p.AskRefund(c.money(g.amount)) }); err != nil {
			return err
		}
		m.ops = append(m.ops, op{Operation: rules.Operation{ID: g.id, PaymentID: p.ID, Verb: rules.VerbRefund, Amount: c.money(g.amount)}})
	} else if err := c.pay(p, func(p *rules.Payment) (domain.Event, error) { return p.Refund(c.money(g.amount)) }); err != nil {
		return err
	}
	m.refunds = append(m.refunds, g)
	if !m.State.HandedOver() {
		return c.post(m.account().GivenBack(g.id, to, g.amount, standing.Held))
	}
	return c.post(m.account().Refunded(g.id, to, part, by))
}

// part is what is given back, as a part of the bill.
func (c *city) part(m *meal, p *rules.Payment, s step) (ledger.Bill, error) {
	refundable, b := p.Refundable().Amount, m.books.Bill
	left := b.Left(c.standing(m))
	if len(s.Take) == 0 {
		amount := s.Amount
		if amount == 0 {
			amount = refundable
		}
		switch {
		case amount < 1 || amount > refundable:
			return b, rules.ErrRefund
		case amount == b.Total():
			return b, nil
		}
		return left.Worth(amount), nil
	}
	dishes := slices.Clone(m.dishes)
	for i := range dishes {
		d := &dishes[i]
		for _, r := range m.refunds {
			if !r.failed {
				d.Gone += portions(r.back, i)
			}
		}
		if d.Back = portions(s.Take, i); d.Gone+d.Back > d.Portions {
			return b, errNotNow
		}
	}
	part := b.Part(dishes, m.basket.TaxRate).Within(left)
	if part.Total() < 1 || part.Total() > refundable {
		return b, rules.ErrRefund
	}
	return part, nil
}

// draft puts together what everybody is owed.
func (c *city) draft(s step) error {
	for _, a := range []ledger.Account{ledger.Vendor(c.vendor), ledger.Courier(c.couriers[0]), ledger.Courier(c.couriers[1])} {
		o := &out{to: a, Payout: payout.Payout{ID: c.id(), State: payout.Draft, Version: 1, MadeBy: c.staff[s.Who]}}
		var sum int64
		for _, t := range c.books {
			if amount := t.Of(a); amount != 0 && c.ripe(t) && !c.inPayout(a, t.ID) {
				o.entries = append(o.entries, entry{t.ID, amount})
				sum += amount
			}
		}
		if o.Amount = c.money(sum); sum > 0 {
			c.outs = append(c.outs, o)
		}
	}
	return nil
}

// ripe says whether a transfer may be paid out: it is of no payout, and of no order that may still be complained about.
func (c *city) ripe(t ledger.Transfer) bool {
	if t.Kind == ledger.PaidOut || t.Kind == ledger.Reversed && slices.ContainsFunc(c.outs, func(o *out) bool { return o.transfer == t.Source }) {
		return false
	}
	for _, m := range c.meals {
		if m.ID == t.OrderID {
			return m.State == order.Completed || !m.EndedAt.IsZero() && !c.now.Before(m.EndedAt.Add(24*time.Hour))
		}
	}
	return true
}

func (c *city) inPayout(a ledger.Account, transfer domain.ID) bool {
	return slices.ContainsFunc(c.outs, func(o *out) bool {
		return o.to == a && !o.Owed() && slices.ContainsFunc(o.entries, func(e entry) bool { return e.Transfer == transfer })
	})
}

func (c *city) payOut(s step) error {
	if s.Nth >= len(c.outs) {
		return errNothing
	}
	o := c.outs[s.Nth]
	by := domain.Actor{ID: c.staff[s.Who], Role: s.Role}
	if err := rule(c, &o.Payout, func() error { return o.Step(s.Reason, by, 0) }); err != nil {
		return err
	}
	if o.State == payout.Exported {
		t := ledger.Payout(o.ID, o.to, o.Amount)
		t.ID = c.id()
		o.transfer = t.ID
		return c.post(t)
	}
	if !o.Owed() || o.transfer.IsNil() {
		return nil
	}
	i := slices.IndexFunc(c.books, func(t ledger.Transfer) bool { return t.ID == o.transfer })
	return c.reverse(c.books[i])
}
