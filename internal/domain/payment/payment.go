package payment

import "github.com/zoop-dev/zoop/internal/domain"

// Method is how a customer pays.
type Method string

// The methods.
const (
	COD    Method = "cod"    // cash, when the food is handed over
	Wallet Method = "wallet" // what we owe them already
	Card   Method = "card"   // by a gateway
)

// Payment is what an order is paid with. Captured is at most Amount, and Refunded and Refunding together are at most Captured; there is an
// Excess only when they are all of it. All are of one currency.
type Payment struct {
	ID        domain.ID
	OrderID   domain.ID
	Method    Method
	Provider  string // the gateway; "" for cash and wallets
	Reference string // the gateway's name for it; "" until it has one
	State     State
	Amount    domain.Money
	Captured  domain.Money
	Refunded  domain.Money
	Refunding domain.Money // asked of the gateway, which has not answered
	Excess    domain.Money // given back by the gateway, unasked, beyond what was left
}

// New makes a payment that nothing has happened to.
func New(id, orderID domain.ID, method Method, provider string, amount domain.Money) Payment {
	none := domain.Money{Currency: amount.Currency}
	return Payment{
		ID: id, OrderID: orderID, Method: method, Provider: provider, State: Created,
		Amount: amount, Captured: none, Refunded: none, Refunding: none, Excess: none,
	}
}

// Errors of amounts, for errors.Is.
var (
	ErrCapture = domain.Errorf(domain.Conflict, "payment.capture_exceeds", "more than was authorised, or nothing")
	ErrRefund  = domain.Errorf(domain.Conflict, "payment.refund_exceeds", "more than is left of what was captured, or nothing")
	ErrClaim   = domain.Errorf(domain.Conflict, "payment.claim_exceeds", "the gateway claims to have taken or given back more than there was")
)

// Authorize notes that the money is set aside. Errors of this and the other verbs: those of Machine.Step.
func (p *Payment) Authorize() (domain.Event, error) { return p.step(VerbAuthorize) }

// Fail notes that nothing will come of it. An authorised payment does not fail: it is captured or voided.
func (p *Payment) Fail() (domain.Event, error) { return p.step(VerbFail) }

// Void gives up a payment that was not captured.
func (p *Payment) Void() (domain.Event, error) { return p.step(VerbVoid) }

// Capture takes the money: all of it, or less when the order has become cheaper meanwhile.
// Errors: ErrCapture for more than the payment's amount, or for nothing of something; those of Machine.Step.
func (p *Payment) Capture(amount domain.Money) (domain.Event, error) {
	if amount.Currency != p.Amount.Currency || amount.Amount > p.Amount.Amount || amount.Amount < min(1, p.Amount.Amount) {
		return domain.Event{}, ErrCapture
	}
	event, err := p.step(VerbCapture)
	if err == nil {
		p.Captured = amount
		event.Data["amount"] = told(amount)
	}
	return event, err
}

// Refundable is what of the captured money is neither given back nor on its way.
func (p *Payment) Refundable() domain.Money {
	return p.Captured.Add(p.Refunded.Times(-1)).Add(p.Refunding.Times(-1))
}

// Refund gives money back at once, as to a wallet. Errors: ErrRefund when less is refundable, with what is; those of
// Machine.Step while nothing was captured.
func (p *Payment) Refund(amount domain.Money) (domain.Event, error) {
	if err := p.AskRefund(amount); err != nil {
		return domain.Event{}, err
	}
	return p.RefundDone(amount)
}

// AskRefund sets aside what a gateway is about to be asked to give back, so that of two who ask for the last of it one is
// refused. Errors as Refund's.
func (p *Payment) AskRefund(amount domain.Money) error {
	if _, err := Machine.Step(p.State, VerbRefund, domain.RoleSystem); err != nil {
		return err
	}
	left := p.Refundable()
	if amount.Currency != left.Currency || amount.Amount < 1 || amount.Amount > left.Amount {
		return domain.Errorf(ErrRefund.Kind, ErrRefund.Code, "%s", ErrRefund.Message).With("refundable", told(left))
	}
	p.Refunding = p.Refunding.Add(amount)
	return nil
}

// RefundDone notes that what AskRefund set aside was given back. ErrRefund when it was not set aside.
func (p *Payment) RefundDone(amount domain.Money) (domain.Event, error) {
	if err := p.RefundFailed(amount); err != nil {
		return domain.Event{}, err
	}
	verb := VerbRefundPart
	if p.Refunded.Add(amount) == p.Captured {
		verb = VerbRefund
	}
	event, err := p.step(verb)
	if err == nil {
		p.Refunded = p.Refunded.Add(amount)
		event.Data["amount"] = told(amount)
	}
	return event, err
}

// RefundFailed notes that what AskRefund set aside will not be given back, and may be asked for again. ErrRefund when it was
// not set aside.
func (p *Payment) RefundFailed(amount domain.Money) error {
	if amount.Currency != p.Refunding.Currency || amount.Amount < 1 || amount.Amount > p.Refunding.Amount {
		return ErrRefund
	}
	p.Refunding = p.Refunding.Add(amount.Times(-1))
	return nil
}

// TakeBack notes what a gateway has given back without having been asked: what is refundable as refunded, and the rest as Excess, for it
// may be more than there is, or what is set aside for refunds that the gateway has not refused yet. It gives the events that tell of both.
// Errors: ErrRefund for nothing; those of Machine.Step while nothing was captured.
func (p *Payment) TakeBack(amount domain.Money) ([]domain.Event, error) {
	if !p.State.Taken() {
		_, err := Machine.Step(p.State, VerbRefund, domain.RoleSystem)
		return nil, err
	}
	if amount.Currency != p.Amount.Currency || amount.Amount < 1 {
		return nil, ErrRefund
	}
	was := p.Excess
	p.Excess = p.Excess.Add(amount)
	events, _, err := p.Absorb()
	if beyond := p.Excess.Add(was.Times(-1)); beyond.Amount > 0 {
		events = append(events, domain.Event{Type: "payment.overdrawn", Data: map[string]any{"amount": told(beyond)}})
	}
	return events, err
}

// Absorb notes as refunded what of the Excess is refundable by now, as when a refund has failed that it was set aside for. It gives the
// event that tells of it, and how much that is.
func (p *Payment) Absorb() ([]domain.Event, domain.Money, error) {
	part := domain.Money{Amount: min(p.Excess.Amount, p.Refundable().Amount), Currency: p.Amount.Currency}
	if part.Amount < 1 {
		return nil, part, nil
	}
	p.Excess = p.Excess.Add(part.Times(-1))
	event, err := p.Refund(part)
	return []domain.Event{event}, part, err
}

// Reinstate notes that money which a gateway had given back is with us again: the customer's bank has taken a chargeback back, or a
// refund has failed after all. The Excess goes first. Errors: ErrRefund for more than was given back, or nothing.
func (p *Payment) Reinstate(amount domain.Money) (domain.Event, error) {
	back := p.Refunded.Add(p.Excess)
	if amount.Currency != back.Currency || amount.Amount < 1 || amount.Amount > back.Amount {
		return domain.Event{}, ErrRefund
	}
	beyond := domain.Money{Amount: min(amount.Amount, p.Excess.Amount), Currency: amount.Currency}
	p.Excess = p.Excess.Add(beyond.Times(-1))
	event := domain.Event{Type: reinstate.Event, Data: map[string]any{}}
	if part := amount.Add(beyond.Times(-1)); part.Amount > 0 {
		verb := VerbReinstatePart
		if part == p.Refunded {
			verb = VerbReinstate
		}
		var err error
		if event, err = p.step(verb); err != nil {
			return event, err
		}
		p.Refunded = p.Refunded.Add(part.Times(-1))
	}
	event.Data["amount"] = told(amount)
	return event, nil
}

func (p *Payment) step(verb string) (domain.Event, error) {
	t, err := Machine.Step(p.State, verb, domain.RoleSystem)
	if err != nil {
		return domain.Event{}, err
	}
	p.State = t.To
	return domain.Event{Type: t.Event, Data: map[string]any{}}, nil
}

// told is an amount as events and problems write it.
func told(m domain.Money) map[string]any {
	return map[string]any{"amount": m.Amount, "currency": string(m.Currency)}
}
