package money

import (
	"errors"
	"slices"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/ledger"
	"github.com/zoop-dev/zoop/internal/domain/order"
	rules "github.com/zoop-dev/zoop/internal/domain/payment"
	"github.com/zoop-dev/zoop/internal/payment"
)

// account is the order as the books see it now.
func (m *meal) account() ledger.Order {
	o := m.books
	o.CourierID = m.way.Courier
	return o
}

// settle is what handing over does to the money.
func (c *city) settle(m *meal) error {
	o, p := m.account(), m.newest()
	if p.Method == rules.COD {
		total := c.money(o.Bill.Total())
		if err := c.pay(p, func(p *rules.Payment) (domain.Event, error) { return p.Capture(total) }); err != nil {
			return err
		}
		if err := c.post(o.Captured(p.ID, o.Till(), total.Amount)); err != nil {
			return err
		}
	}
	return c.post(o.Settled())
}

// release is what the end of an order before its time does to the money.
func (c *city) release(m *meal) error {
	o, p := m.account(), m.newest()
	lost := c.stands(m, ledger.OrderLost)
	if err := c.takeBack(m, ledger.OrderLost); err != nil {
		return err
	}
	kept := m.Outcome.Fee.Amount
	if lost || p.Method == rules.COD || p.State == rules.Voided || p.State == rules.Failed { // there is nothing to keep
		kept = 0
		if p.Provider != "" {
			m.Outcome.Fee.Amount = 0
		}
	}
	out := m.outcome(kept)
	if p.Provider != "" && p.Refunded.Amount+p.Excess.Amount > 0 { // what is held of it and neither kept nor goes back, the bank has taken
		out.Borne = c.standing(m).Held - kept - max(0, p.Refundable().Amount-kept)
	}
	if err := c.giveBack(m, p, kept); err != nil {
		return err
	}
	return c.post(o.Cancelled(c.id(), out))
}

// outcome is what the others get when so much is kept of what the customer paid.
func (m *meal) outcome(kept int64) ledger.Outcome {
	b := m.books.Bill
	res := ledger.Outcome{Kept: kept, Liable: ledger.Party(m.Outcome.Liable)}
	if res.Liable != ledger.ByVendor {
		res.Vendor = b.Compensation(m.Outcome.Lost.Amount)
	}
	if m.way.Carried() && res.Liable != ledger.ByCourier {
		res.Courier = b.Delivery + b.Surge
	}
	return res
}

// giveBack gives back what was paid, but for what is kept.
func (c *city) giveBack(m *meal, p *rules.Payment, kept int64) error {
	if p.Provider != "" {
		return c.giveBackByGateway(m, p, kept)
	}
	wallet := ledger.Wallet(c.customer)
	switch p.State {
	case rules.Created:
		return c.pay(p, (*rules.Payment).Void)
	case rules.Authorized:
		if err := c.post(m.account().Released(p.ID, wallet, p.Amount.Amount-kept)); err != nil {
			return err
		}
		if kept == 0 {
			return c.pay(p, (*rules.Payment).Void)
		}
		return c.pay(p, func(p *rules.Payment) (domain.Event, error) { return p.Capture(c.money(kept)) })
	case rules.Captured, rules.PartiallyRefunded:
		if left := p.Refundable().Amount - kept; left > 0 {
			if err := c.post(m.account().Released(c.id(), wallet, left)); err != nil {
				return err
			}
			return c.pay(p, func(p *rules.Payment) (domain.Event, error) { return p.Refund(c.money(left)) })
		}
	}
	return nil
}

func (c *city) giveBackByGateway(m *meal, p *rules.Payment, kept int64) error {
	switch p.State {
	case rules.Created:
		return c.askVoid(m, p)
	case rules.Authorized:
		for i := range m.ops { // nobody has begun it
			m.ops[i].failed = m.ops[i].failed || m.ops[i].PaymentID == p.ID && m.ops[i].Verb == rules.VerbCapture && !m.ops[i].done
		}
		if kept > 0 {
			return c.ask(m, p, rules.VerbCapture, kept)
		}
		return c.askVoid(m, p)
	case rules.Captured, rules.PartiallyRefunded:
		if left := p.Refundable().Amount - kept; left > 0 {
			if err := rule(c, p, func() error { return p.AskRefund(c.money(left)) }); err != nil {
				return err
			}
			return c.ask(m, p, rules.VerbRefund, left)
		}
	}
	return nil
}

// capture takes what is set aside for an order that was accepted.
func (c *city) capture(m *meal) error {
	p := m.newest()
	switch {
	case p.State != rules.Authorized:
		return nil
	case p.Provider != "":
		return c.ask(m, p, rules.VerbCapture, m.Total.Amount)
	}
	return c.pay(p, func(p *rules.Payment) (domain.Event, error) { return p.Capture(p.Amount) })
}

// ask writes down what a gateway is to be asked for: a capture or a void once, unless it failed.
func (c *city) ask(m *meal, p *rules.Payment, verb string, amount int64) error {
	if verb != rules.VerbRefund && m.asked(p, verb) {
		return errAsked
	}
	m.ops = append(m.ops, op{Operation: rules.Operation{ID: c.id(), PaymentID: p.ID, Verb: verb, Amount: c.money(amount)}})
	return nil
}

func (m *meal) asked(p *rules.Payment, verb string) bool {
	return slices.ContainsFunc(m.ops, func(o op) bool { return o.PaymentID == p.ID && o.Verb == verb && !o.failed })
}

func (c *city) askVoid(m *meal, p *rules.Payment) error {
	if m.asked(p, rules.VerbVoid) {
		return nil
	}
	return c.ask(m, p, rules.VerbVoid, p.Amount.Amount)
}

// operate has gateways do, or refuse, all that they are asked for. Voids are never refused.
func (c *city) operate(does bool) error {
	for _, m := range c.meals {
		for _, o := range slices.Clone(m.ops) {
			if o.done || o.failed {
				continue
			}
			n := news{map[string]payment.Kind{rules.VerbCapture: payment.KindCaptured, rules.VerbVoid: payment.KindVoided, rules.VerbRefund: payment.KindRefunded}[o.Verb], o.Amount.Amount, o.ID}
			if !does && o.Verb == rules.VerbCapture {
				n.kind = payment.KindCaptureFailed
			}
			if !does && o.Verb == rules.VerbRefund {
				n.kind = payment.KindRefundFailed
			}
			if err := c.record(m, m.payment(o.PaymentID), n); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *meal) payment(id domain.ID) *rules.Payment {
	return &m.payments[slices.IndexFunc(m.payments, func(p rules.Payment) bool { return p.ID == id })]
}

// again is a customer whose payment has failed, and who begins another one.
func (c *city) again(m *meal) error {
	p := m.newest()
	if p.Method != rules.Card || p.State != rules.Failed || m.State != order.PendingPayment || !m.DeadlineAt().After(c.now) {
		return errNotNow
	}
	m.payments = append(m.payments, rules.New(c.id(), m.ID, rules.Card, p.Provider, m.Total))
	return nil
}

// news is what a gateway tells of an order's payment.
type news struct {
	kind      payment.Kind
	amount    int64
	operation domain.ID
}

func (c *city) hearNews(m *meal, s step) error {
	p := &m.payments[len(m.payments)-1-s.Pay]
	if p.Provider == "" {
		return nil // of nothing of ours
	}
	n := news{kind: s.News, amount: s.Amount}
	if s.Nth >= 0 {
		open := slices.DeleteFunc(slices.Clone(m.ops), func(o op) bool { return o.done || o.failed })
		if s.Nth >= len(open) {
			return nil
		}
		n.operation, p = open[s.Nth].ID, m.payment(open[s.Nth].PaymentID)
	}
	return c.record(m, p, n)
}

// record takes news over.
func (c *city) record(m *meal, p *rules.Payment, n news) error {
	if p != m.newest() && slices.Contains([]payment.Kind{payment.KindFailed, payment.KindAuthorized, payment.KindVoided, payment.KindCaptured}, n.kind) {
		return c.overtaken(m, p, n)
	}
	switch n.kind {
	case payment.KindAuthorized:
		return c.authorized(m, p, n)
	case payment.KindCaptured:
		return c.captured(m, p, n)
	case payment.KindVoided:
		return c.voided(m, p, n)
	case payment.KindFailed:
		if _, err := c.advance(p, rules.Seen{State: rules.Failed}); err != nil {
			return err
		}
		if p.State == rules.Failed && len(m.payments) >= rules.MaxAttempts {
			m.PaymentLost(c.now)
		}
	case payment.KindRefunded:
		return c.refunded(m, p, n)
	case payment.KindRefundFailed:
		return c.refundFailed(m, p, n)
	case payment.KindCaptureFailed:
		return c.captureFailed(m, p, n)
	}
	return nil
}

func (c *city) advance(p *rules.Payment, s rules.Seen) (events []domain.Event, err error) {
	err = rule(c, p, func() error { events, err = p.Advance(s); return err })
	return events, err
}

func (c *city) authorized(m *meal, p *rules.Payment, n news) error {
	if n.amount != p.Amount.Amount {
		return rules.ErrClaim
	}
	events, err := c.advance(p, rules.Seen{State: rules.Authorized})
	switch {
	case err != nil:
		return err
	case p.State == rules.Voided:
		return c.askVoid(m, p)
	case len(events) == 0:
		return nil
	case m.EndedAt.IsZero():
		m.PaymentHeld(c.now)
		return nil
	}
	return c.giveBack(m, p, 0)
}

func (c *city) captured(m *meal, p *rules.Payment, n news) error {
	m.end(p, rules.VerbCapture, n.operation, true)
	was := p.State
	if _, err := c.advance(p, rules.Seen{State: rules.Captured, Captured: n.amount}); err != nil || was.Taken() {
		return err
	}
	if err := c.post(m.account().Captured(p.ID, ledger.Gateway(p.Provider), p.Captured.Amount)); err != nil {
		return err
	}
	if err := c.takeBack(m, ledger.OrderLost); err != nil {
		return err
	}
	switch {
	case m.EndedAt.IsZero():
		m.PaymentHeld(c.now)
		return c.giveBack(m, p, m.Total.Amount)
	case m.State.HandedOver():
		return c.giveBack(m, p, m.Total.Amount)
	}
	return c.giveBack(m, p, p.Captured.Amount-max(0, c.standing(m).Held))
}

func (c *city) voided(m *meal, p *rules.Payment, n news) error {
	m.end(p, rules.VerbVoid, n.operation, true)
	events, err := c.advance(p, rules.Seen{State: rules.Voided})
	if err != nil || p.State != rules.Voided || len(events) == 0 {
		return err
	}
	m.PaymentLost(c.now)
	if !m.EndedAt.IsZero() && !m.State.HandedOver() && m.Outcome.Fee.Amount > 0 {
		return c.forgo(m)
	}
	return c.unpaid(m, p)
}

// forgo has the marketplace bear what was to be kept of a payment that is lost.
func (c *city) forgo(m *meal) error {
	if err := c.uncancel(m); err != nil {
		return err
	}
	m.Outcome.Fee.Amount = 0
	return c.post(m.account().Cancelled(c.id(), m.outcome(0)))
}

func (c *city) captureFailed(m *meal, p *rules.Payment, n news) error {
	if len(m.end(p, rules.VerbCapture, n.operation, false)) == 0 {
		return nil
	}
	if !m.EndedAt.IsZero() && !m.State.HandedOver() {
		return c.askVoid(m, p)
	}
	return c.unpaid(m, p)
}

// unpaid ends an order whose payment is lost, or has the marketplace bear it, once it is cooked.
func (c *city) unpaid(m *meal, p *rules.Payment) error {
	switch {
	case m.State == order.PendingPayment || !m.EndedAt.IsZero() && !m.State.HandedOver():
		return nil
	case m.State != order.Scheduled && m.State != order.Placed && m.State != order.Accepted:
		return c.bear(m, p)
	}
	return c.ends(m, func(o *order.Order) (domain.Event, error) { return o.Cancel(domain.RoleSystem, c.now, order.Unpaid) })
}

func (c *city) bear(m *meal, p *rules.Payment) error {
	if p.State.Taken() {
		return nil
	}
	if !c.stands(m, ledger.OrderLost) {
		if err := c.post(m.account().Lost(c.id(), m.Total.Amount)); err != nil {
			return err
		}
	}
	if p.State != rules.Authorized {
		return nil
	}
	return c.askVoid(m, p)
}

// end ends one operation, or all of a verb, and gives what waited.
func (m *meal) end(p *rules.Payment, verb string, id domain.ID, done bool) (ended []rules.Operation) {
	for i := range m.ops {
		o := &m.ops[i]
		if o.done || o.failed || o.PaymentID != p.ID || o.Verb != verb || !id.IsNil() && o.ID != id {
			continue
		}
		o.done, o.failed = done, !done
		ended = append(ended, o.Operation)
	}
	return ended
}

func (c *city) refunded(m *meal, p *rules.Payment, n news) error {
	if n.operation.IsNil() {
		return nil
	}
	for _, o := range m.end(p, rules.VerbRefund, n.operation, true) {
		if err := c.pay(p, func(p *rules.Payment) (domain.Event, error) { return p.RefundDone(o.Amount) }); err != nil {
			return err
		}
		if err := c.post(m.account().Released(o.ID, ledger.Gateway(p.Provider), o.Amount.Amount)); err != nil && !errors.Is(err, errPosted) {
			return err
		}
	}
	return nil
}

func (c *city) refundFailed(m *meal, p *rules.Payment, n news) error {
	if n.operation.IsNil() {
		return nil
	}
	for _, o := range m.end(p, rules.VerbRefund, n.operation, false) {
		if err := rule(c, p, func() error { return p.RefundFailed(o.Amount) }); err != nil {
			return err
		}
		_, taken, err := p.Absorb()
		if err != nil {
			return err
		}
		for i := range m.refunds {
			m.refunds[i].failed = m.refunds[i].failed || m.refunds[i].id == o.ID
		}
		held := o.Amount.Amount
		if t, posted := c.posted(ledger.OrderRefunded, o.ID); posted {
			held = -t.Of(ledger.Held)
			if err := c.reverse(t); err != nil {
				return err
			}
		} else if rest := o.Amount.Add(taken.Times(-1)); rest.Amount > 0 && (p != m.newest() || m.EndedAt.IsZero() || m.State.HandedOver()) {
			// what a revision has made too much, or the first of two payments
			if err := c.pay(p, func(p *rules.Payment) (domain.Event, error) { return p.Refund(rest) }); err != nil {
				return err
			}
			if err := c.post(m.account().Released(o.ID, ledger.Wallet(c.customer), rest.Amount)); err != nil {
				return err
			}
		}
		if err := c.level(m, p, min(held, taken.Amount)); err != nil {
			return err
		}
	}
	return nil
}

// overtaken: of a payment whose customer has begun another one since nothing is wanted.
func (c *city) overtaken(m *meal, p *rules.Payment, n news) error {
	if n.kind == payment.KindVoided {
		m.end(p, rules.VerbVoid, n.operation, true)
	}
	was := p.State
	if _, err := c.advance(p, rules.Seen{State: rules.State(n.kind), Captured: n.amount}); err != nil || p.State == was {
		return err
	}
	if p.State == rules.Captured {
		if err := c.post(m.account().Captured(p.ID, ledger.Gateway(p.Provider), p.Captured.Amount)); err != nil {
			return err
		}
	}
	return c.giveBack(m, p, 0)
}

func (c *city) posted(kind ledger.Kind, source domain.ID) (ledger.Transfer, bool) {
	i := slices.IndexFunc(c.books, func(t ledger.Transfer) bool { return t.Kind == kind && t.Source == source })
	if i < 0 {
		return ledger.Transfer{}, false
	}
	return c.books[i], true
}

// unasked is what a gateway gives back, or has again, without having been asked.
func (c *city) unasked(m *meal, s step) error {
	p := &m.payments[len(m.payments)-1-s.Pay]
	if p.Provider == "" {
		return nil
	}
	source := p.ID
	source[0] = byte(1 + s.Of) // the gateway's name for it
	t, known := c.posted(ledger.OrderRefunded, source)
	switch {
	case s.News == payment.KindReinstated || s.News == payment.KindRefundFailed:
		if _, back := c.posted(ledger.Reversed, t.ID); !known || back {
			return nil
		}
		return c.reinstated(m, p, t)
	case known:
		return nil
	}
	due := min(c.spare(m), p.Refundable().Amount-m.price(p))
	if err := rule(c, p, func() error { _, err := p.TakeBack(c.money(s.Amount)); return err }); err != nil {
		return err
	}
	return c.post(m.account().GivenBack(source, ledger.Gateway(p.Provider), s.Amount, due))
}

// level has as much held as there is to give back beyond the price.
func (c *city) level(m *meal, p *rules.Payment, amount int64) error {
	if p == m.newest() {
		amount = c.spare(m) - max(0, p.Refundable().Amount-m.price(p))
	}
	if amount == 0 {
		return nil
	}
	return c.post(m.account().Released(c.id(), ledger.Refunds, amount))
}

// spare is what is held beyond the price.
func (c *city) spare(m *meal) int64 {
	held := c.standing(m).Held
	if m.EndedAt.IsZero() {
		held -= m.Total.Amount
	}
	return held
}

// price is what of a payment is ours to keep.
func (m *meal) price(p *rules.Payment) int64 {
	switch {
	case p != m.newest():
		return 0
	case !m.EndedAt.IsZero() && !m.State.HandedOver():
		return m.Outcome.Fee.Amount
	}
	return m.Total.Amount
}

// reinstated: what the order does not cost goes on to its customer.
func (c *city) reinstated(m *meal, p *rules.Payment, t ledger.Transfer) error {
	back := c.money(t.Of(ledger.Gateway(p.Provider)))
	if err := c.pay(p, func(p *rules.Payment) (domain.Event, error) { return p.Reinstate(back) }); err != nil {
		return err
	}
	if err := c.reverse(t); err != nil {
		return err
	}
	if err := c.level(m, p, -t.Of(ledger.Held)-p.Refundable().Amount); err != nil {
		return err
	}
	return c.giveBack(m, p, m.price(p))
}
