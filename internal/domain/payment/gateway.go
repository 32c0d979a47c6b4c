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

// Seen is what a gateway says of a payment: its state, and how much it has taken and given back in all, in minor units.
type Seen struct {
	State    State
	Captured int64 // 0 with a state that takes: all of it
	Refunded int64 // 0 with the state Refunded: all that was captured
}

// Advance takes over what a gateway says and gives the events that tell of it: none for what is known or overtaken. So it
// does not matter in which order and how often things are said. Money that the gateway gave back without having been asked
// is noted; what it was asked for is noted by RefundDone, once an operation.
// Errors: Invalid for an unknown state; ErrClaim when it would have taken more than the payment's amount, or given back more
// than it took. Then nothing changes.
func (p *Payment) Advance(seen Seen) ([]domain.Event, error) {
	if err := p.check(&seen); err != nil {
		return nil, err
	}
	var events []domain.Event
	if reached := min(rank(seen.State), rank(Captured)); reached > rank(p.State) {
		p.State = States[reached]
		event := domain.Event{Type: "payment." + string(p.State), Data: map[string]any{}}
		if p.State == Captured {
			p.Captured.Amount = seen.Captured
			event.Data["amount"] = told(p.Captured)
		}
		events = append(events, event)
	}
	unasked := domain.Money{Amount: seen.Refunded - p.Refunded.Amount - p.Refunding.Amount, Currency: p.Amount.Currency}
	if !seen.State.Taken() || unasked.Amount < 1 {
		return events, nil
	}
	event, err := p.Refund(unasked)
	return append(events, event), err
}

// check completes what a gateway left out and refuses what cannot be.
func (p *Payment) check(seen *Seen) error {
	if rank(seen.State) < 0 {
		return domain.Invalidf("state", "enum", "%q is no state of a payment", seen.State)
	}
	if !seen.State.Taken() {
		return nil
	}
	if seen.Captured == 0 {
		seen.Captured = p.Amount.Amount
		if p.State.Taken() {
			seen.Captured = p.Captured.Amount
		}
	}
	if seen.State == Refunded && seen.Refunded == 0 {
		seen.Refunded = seen.Captured
	}
	taken := seen.Captured
	if p.State.Taken() {
		taken = p.Captured.Amount
	}
	if taken < 0 || taken > p.Amount.Amount || seen.Refunded < 0 || seen.Refunded > taken {
		return ErrClaim
	}
	return nil
}

func rank(s State) int { return slices.Index(States, s) }
