package money

import (
	"reflect"
	"slices"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/domain/ledger"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/domain/payment"
	"github.com/zoop-dev/zoop/internal/domain/pricing"
)

func (c *city) step(s step) error {
	switch s.Verb {
	case place:
		return c.place(s.Wish)
	case pass:
		c.now = c.now.Add(time.Duration(s.Minutes) * time.Minute)
		return c.fireDue()
	case credit:
		return c.post(ledger.Credited(c.id(), c.customer, c.money(s.Amount)))
	case deposit:
		return c.post(ledger.Deposited(c.id(), c.couriers[s.Who], c.money(s.Amount)))
	case draft:
		return c.draft(s)
	case payOut:
		return c.payOut(s)
	case operate:
		if err := c.operate(!s.Wallet); err != nil {
			return err
		}
		return c.fireDue()
	}
	if s.Order >= len(c.meals) {
		return errNothing
	}
	m := c.meals[s.Order]
	switch s.Verb {
	case hear:
		if err := c.hearNews(m, s); err != nil {
			return err
		}
		return c.fireDue()
	case again:
		return c.again(m)
	case unasked:
		return c.unasked(m, s)
	case refund:
		return c.refund(m, s)
	case offer, take, decline, arrive, pickUp, door, deliver, giveUp, turnBack, bringBack, redeliver:
		return c.carry(m, s)
	}
	return c.change(m, s)
}

// rule has a rule change something, and sees that it leaves it as it was when it refuses.
func rule[T any](c *city, of *T, verb func() error) error {
	before := *of
	err := verb()
	if err != nil && !reflect.DeepEqual(before, *of) {
		c.fatal("refused with %v, yet %+v became %+v", err, before, *of)
	}
	return err
}

// verb is rule for an order.
func (c *city) verb(m *meal, do func(*order.Order) (domain.Event, error)) error {
	return rule(c, &m.Order, func() error { _, err := do(&m.Order); return err })
}

// pay is rule for a payment.
func (c *city) pay(p *payment.Payment, do func(*payment.Payment) (domain.Event, error)) error {
	return rule(c, p, func() error { _, err := do(p); return err })
}

func (m *meal) step(c *city, verb string, by domain.Role) error {
	return rule(c, &m.way.State, func() error { _, err := m.way.Step(verb, by); return err })
}

func (c *city) place(w wish) error {
	if len(c.meals) == most {
		return errNotNow
	}
	basket := c.basket(w, c.now)
	q := pricing.Price(basket)
	m := &meal{basket: basket, rate: c.Commission}
	n := order.New{
		ID: c.id(), Fulfilment: order.Delivery, OrderCode: "0042", Total: q.Total, Tip: c.money(w.Tip), PromisedAt: c.now.Add(40 * time.Minute),
		AcceptWithin: 5 * time.Minute, Prepaid: w.Method == payment.Card, Cash: w.Method == payment.COD,
	}
	if w.Pickup {
		n.Fulfilment = order.Pickup
	} else {
		m.way.State = delivery.Unassigned
	}
	if w.Later {
		n.ScheduledFor, n.ReleaseAt = c.now.Add(3*time.Hour), c.now.Add(2*time.Hour)
	}
	m.Order, _ = order.Begin(n, c.now)
	m.books = ledger.Order{ID: m.ID, CustomerID: c.customer, VendorID: c.vendor}
	m.bill(q)
	provider := ""
	if w.Method == payment.Card {
		provider = "sandbox"
	}
	p := payment.New(c.id(), m.ID, w.Method, provider, q.Total)
	if w.Method == payment.Wallet {
		if err := c.pay(&p, (*payment.Payment).Authorize); err != nil {
			return err
		}
		if err := c.post(m.books.Captured(p.ID, ledger.Wallet(c.customer), p.Amount.Amount)); err != nil {
			return err
		}
	}
	m.payments = append(m.payments, p)
	c.meals = append(c.meals, m)
	return nil
}

// bill has an order cost what a quote says.
func (m *meal) bill(q pricing.Quote) {
	m.quote, m.books.Bill, m.dishes = q, bill(q, m.rate), nil
	for _, p := range m.basket.Portions {
		m.dishes = append(m.dishes, ledger.Dish{Portions: p.Quantity, Food: p.Unit.Amount, Packaging: p.Packaging.Amount, TaxRate: p.TaxRate})
	}
}

// change is what a vendor, a customer or staff do.
func (c *city) change(m *meal, s step) error {
	switch s.Verb {
	case accept:
		if err := c.verb(m, func(o *order.Order) (domain.Event, error) { return o.Accept(s.Role, c.now, 20) }); err != nil {
			return err
		}
		return c.capture(m)
	case reject:
		return c.ends(m, func(o *order.Order) (domain.Event, error) { return o.Reject(s.Role, c.now, order.Reason(s.Reason)) })
	case cancel:
		return c.ends(m, func(o *order.Order) (domain.Event, error) { return o.Cancel(s.Role, c.now, order.Reason(s.Reason)) })
	case start:
		return c.verb(m, func(o *order.Order) (domain.Event, error) { return o.Start(s.Role) })
	case ready:
		return c.verb(m, func(o *order.Order) (domain.Event, error) { return o.Ready(s.Role, c.now) })
	case collect:
		if err := c.verb(m, func(o *order.Order) (domain.Event, error) {
			return o.Collect(s.Role, c.now, o.OrderCode, order.CompleteAfter)
		}); err != nil {
			return err
		}
		return c.settle(m)
	case restore:
		return c.restore(m, s)
	case propose:
		return c.propose(m, s)
	case agree:
		return c.agree(m, s)
	case refuse:
		return c.verb(m, func(o *order.Order) (domain.Event, error) { return o.Refuse(s.Role) })
	}
	c.fatal("%s is no change", s.Verb)
	return nil
}

// ends ends an order before its time.
func (c *city) ends(m *meal, verb func(*order.Order) (domain.Event, error)) error {
	if err := c.verb(m, verb); err != nil {
		return err
	}
	return c.ended(m)
}

func (c *city) ended(m *meal) error {
	if err := c.release(m); err != nil {
		return err
	}
	if m.way.State == "" {
		return nil
	}
	m.way.Courier, m.way.Asked = domain.Nil, domain.Nil
	return m.step(c, delivery.VerbCancel, domain.RoleSystem)
}

// fireDue fires all timers that are due.
func (c *city) fireDue() error {
	for _, m := range c.meals {
		for next := m.Next(); next.Verb != "" && !c.now.Before(next.At); next = m.Next() {
			if err := c.verb(m, func(o *order.Order) (domain.Event, error) { return o.Fire(c.now) }); err != nil {
				return err
			}
			if m.State == order.Expired || m.State == order.PaymentFailed {
				if err := c.ended(m); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (c *city) restore(m *meal, s step) error {
	if err := c.verb(m, func(o *order.Order) (domain.Event, error) { return o.Restore(s.Role, c.now) }); err != nil {
		return err
	}
	if m.way.State != "" {
		if err := m.step(c, delivery.VerbRestore, domain.RoleSystem); err != nil {
			return err
		}
	}
	if slices.ContainsFunc(m.refunds, func(g given) bool { return !g.failed }) {
		return errNotNow // staff have given something back
	}
	if err := c.uncancel(m); err != nil {
		return err
	}
	p := m.newest()
	if p.Provider != "" {
		return c.keep(m, p)
	}
	if p.Method == payment.Wallet {
		if err := c.giveBack(m, p, 0); err != nil {
			return err
		}
	}
	m.payments = append(m.payments, payment.New(c.id(), m.ID, p.Method, "", m.Total))
	if p = m.newest(); p.Method == payment.COD {
		return nil
	}
	if err := c.post(m.account().Captured(p.ID, ledger.Wallet(c.customer), p.Amount.Amount)); err != nil {
		return err
	}
	if err := c.pay(p, (*payment.Payment).Authorize); err != nil {
		return err
	}
	return c.pay(p, func(p *payment.Payment) (domain.Event, error) { return p.Capture(p.Amount) })
}

// keep has a gateway not give back what it has not given back yet.
func (c *city) keep(m *meal, p *payment.Payment) error {
	if p.Excess.Amount > 0 {
		return errNotNow
	}
	for i := range m.ops {
		if o := &m.ops[i]; !o.done && !o.failed && o.PaymentID == p.ID {
			o.failed = true
			if o.Verb == payment.VerbRefund {
				if err := rule(c, p, func() error { return p.RefundFailed(o.Amount) }); err != nil {
					return err
				}
			}
		}
	}
	if p.State != payment.Authorized && p.Refundable().Amount < m.Total.Amount {
		return errNotNow
	}
	if err := c.giveBack(m, p, m.Total.Amount); err != nil || !p.State.Taken() {
		return err
	}
	if spare := c.spare(m); spare > 0 { // they have it from the gateway, unasked
		return c.post(m.account().Released(c.id(), ledger.Refunds, spare))
	}
	return nil
}

// uncancel takes back what an order's cancel posted.
func (c *city) uncancel(m *meal) error { return c.takeBack(m, ledger.OrderCancelled) }

// stands says whether something of a kind is in the books of an order and was not taken back.
func (c *city) stands(m *meal, kind ledger.Kind) bool {
	n := 0
	of := map[domain.ID]bool{}
	for _, t := range c.books {
		switch {
		case t.OrderID == m.ID && t.Kind == kind:
			of[t.ID] = true
			n++
		case t.Kind == ledger.Reversed && of[t.Source]:
			n--
		}
	}
	return n > 0
}

// takeBack takes back what of a kind stands of an order.
func (c *city) takeBack(m *meal, kind ledger.Kind) error {
	back := map[domain.ID]bool{}
	for _, t := range c.books {
		back[t.Source] = back[t.Source] || t.Kind == ledger.Reversed
	}
	for _, t := range c.books {
		if t.OrderID == m.ID && t.Kind == kind && !back[t.ID] {
			if err := c.reverse(t); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *city) propose(m *meal, s step) error {
	if err := c.verb(m, func(o *order.Order) (domain.Event, error) { return o.Propose(s.Role, c.now) }); err != nil {
		return err
	}
	left := m.basket
	left.Portions = nil
	for i, p := range m.basket.Portions {
		p.Quantity = min(p.Quantity, portions(s.Take, i))
		if p.Quantity > 0 {
			left.Portions = append(left.Portions, p)
		}
	}
	if len(left.Portions) == 0 {
		return errNotNow
	}
	q := pricing.Reduce(m.quote, left, m.used())
	if q.Total.Amount > m.Total.Amount || q.Total.Amount == 0 && m.newest().Method != payment.COD {
		return errNotNow
	}
	m.revised = &revision{left, q}
	return nil
}

// used are the promotions of an order.
func (m *meal) used() (out []pricing.Used) {
	rules := m.basket.Offers
	if m.basket.Coupon != nil {
		rules = append(slices.Clone(rules), *m.basket.Coupon)
	}
	for _, a := range m.quote.Applied {
		i := slices.IndexFunc(rules, func(p pricing.Promotion) bool { return p.ID == a.Promotion })
		out = append(out, pricing.Used{Promotion: rules[i], Vendor: a.Vendor, Platform: a.Platform})
	}
	return out
}

func (c *city) agree(m *meal, s step) error {
	if m.revised == nil {
		return errNotNow
	}
	r, p := m.revised, m.newest()
	if err := c.verb(m, func(o *order.Order) (domain.Event, error) { return o.Agree(s.Role, r.quote.Total) }); err != nil {
		return err
	}
	was := m.books.Bill.Total()
	m.basket, m.revised = r.left, nil
	m.bill(r.quote)
	switch {
	case p.Method == payment.COD:
		p.Amount = r.quote.Total
		return nil
	case p.Provider != "" && p.State == payment.Authorized && m.AcceptedAt.IsZero():
		return nil
	}
	if c.stands(m, ledger.OrderLost) {
		if err := c.takeBack(m, ledger.OrderLost); err != nil {
			return err
		}
		return c.post(m.account().Lost(c.id(), r.quote.Total.Amount))
	}
	if ours := was - max(m.Total.Amount, p.Refundable().Amount); ours > 0 && p.Provider != "" && p.State.Taken() { // their bank has taken it
		if err := c.post(m.account().Released(c.id(), ledger.Refunds, ours)); err != nil {
			return err
		}
	}
	return c.giveBack(m, p, r.quote.Total.Amount)
}

func (m *meal) newest() *payment.Payment { return &m.payments[len(m.payments)-1] }
