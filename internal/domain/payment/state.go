// Package payment holds the rules of what a customer pays for an order: the states of a payment, the amounts that were taken
// and given back, and what a gateway may be asked to do.
//
// Machine is the table of what we do; verbs change a Payment in memory and return the event that tells of it. What a gateway
// says is taken over by Advance, in whatever order and however often it is said. Nothing here moves money between accounts:
// that is domain/ledger.
package payment

import "github.com/zoop-dev/zoop/internal/domain"

// State is where a payment stands.
type State string

// The states. A customer who tries again has another payment.
const (
	Created           State = "created"            // cash that is not handed over, a card that nothing is known of
	Authorized        State = "authorized"         // set aside: the gateway, or their wallet, vouches for it
	Captured          State = "captured"           // taken
	PartiallyRefunded State = "partially_refunded" // some of it given back
	Refunded          State = "refunded"           // all of it given back
	Failed            State = "failed"             // refused
	Voided            State = "voided"             // given up before it was taken
)

// States lists every state in the order in which a gateway's words win: what stands further on was said later, or outweighs
// the other. A refused card that succeeds after all is good; a void that came too late has taken money.
var States = []State{Created, Failed, Authorized, Voided, Captured, PartiallyRefunded, Refunded}

// The verbs that move a payment.
const (
	VerbAuthorize  = "authorize"
	VerbCapture    = "capture"
	VerbFail       = "fail"
	VerbVoid       = "void"
	VerbRefundPart = "partially refund"
	VerbRefund     = "refund"

	VerbReinstatePart = "partially reinstate"
	VerbReinstate     = "reinstate"
)

// A payment follows its order, and nobody moves it for its own sake.
var bySystem = []domain.Role{domain.RoleSystem}

var (
	authorize  = domain.Transition[State]{Verb: VerbAuthorize, To: Authorized, By: bySystem, Event: "payment.authorized"}
	capture    = domain.Transition[State]{Verb: VerbCapture, To: Captured, By: bySystem, Event: "payment.captured"}
	fail       = domain.Transition[State]{Verb: VerbFail, To: Failed, By: bySystem, Event: "payment.failed"}
	void       = domain.Transition[State]{Verb: VerbVoid, To: Voided, By: bySystem, Event: "payment.voided"}
	refundPart = domain.Transition[State]{Verb: VerbRefundPart, To: PartiallyRefunded, By: bySystem, Event: "payment.partially_refunded"}
	reinsPart  = domain.Transition[State]{Verb: VerbReinstatePart, To: PartiallyRefunded, By: bySystem, Event: "payment.reinstated"}
	reinstate  = domain.Transition[State]{Verb: VerbReinstate, To: Captured, By: bySystem, Event: "payment.reinstated"}
	refund     = domain.Transition[State]{Verb: VerbRefund, To: Refunded, By: bySystem, Event: "payment.refunded"}
)

// Machine is the table of everything that we may do to a payment. Cash is captured without having been authorised; an
// authorisation that cannot be captured is voided.
var Machine = domain.Machine[State]{Thing: "payment", Table: map[State][]domain.Transition[State]{
	Created:           {authorize, capture, fail, void},
	Authorized:        {capture, void},
	Captured:          {refundPart, refund},
	PartiallyRefunded: {refundPart, refund, reinsPart, reinstate},
	Refunded:          {reinsPart, reinstate},
}}

// MaxAttempts is how many payments an order may have while it waits: after so many that failed, it fails.
const MaxAttempts = 3

// Taken says whether the payment's money is, or was, with us.
func (s State) Taken() bool { return s == Captured || s == PartiallyRefunded || s == Refunded }
