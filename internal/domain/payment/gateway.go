package payment

import (
	"slices"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Operation is something that a gateway is to be asked for, outside the transaction that decides it. Its ID is the key by
// which the gateway does it once.
type Operation struct {
	ID        domain.ID
	PaymentID domain.ID
	Verb      string       // VerbCapture, VerbVoid or VerbRefund
	Amount    domain.Money // what is captured or refunded; all of it when voided
}

// Seen is what a gateway says of a payment: how far it has come, up to Captured, and what it has taken, in minor units.
type Seen struct {
	State    State
	Captured int64 // 0 with Captured: all of it
}

// Advance takes over what a gateway says and gives the events that tell of it: none for what is known or overtaken. So it
// does not matter in which order and how often things are said. What was given back is told by Refund, RefundDone and Reinstate.
// Errors: Invalid for a state that is none of these; ErrClaim when it would have taken more than the payment's amount. Then nothing
// changes.
func (p *Payment) Advance(seen Seen) ([]domain.Event, error) {
	reached := rank(seen.State)
	if reached < 0 || reached > rank(Captured) {
		return nil, domain.Invalidf("state", "enum", "%q is no state that a gateway brings a payment to", seen.State)
	}
	taken := seen.Captured
	switch {
	case seen.State != Captured:
		taken = 0
	case taken == 0:
		taken = p.Amount.Amount
	}
	if taken < 0 || taken > p.Amount.Amount {
		return nil, ErrClaim
	}
	if reached <= rank(p.State) {
		return nil, nil
	}
	p.State = seen.State
	event := domain.Event{Type: "payment." + string(p.State), Data: map[string]any{}}
	if p.State == Captured {
		p.Captured.Amount = taken
		event.Data["amount"] = told(p.Captured)
	}
	return []domain.Event{event}, nil
}

func rank(s State) int { return slices.Index(States, s) }
