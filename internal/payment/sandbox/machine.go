package sandbox

import (
	"slices"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/payment"
)

// record is one payment as the sandbox keeps it.
type record struct {
	Reference  string        `json:"reference"`
	Intent     intent        `json:"intent"`
	State      payment.State `json:"state"`
	Authorized int64         `json:"authorized"`
	Captured   int64         `json:"captured"`
	Refunded   int64         `json:"refunded"`
	Card       string        `json:"card,omitempty"` // the last one tried
	Attempts   int           `json:"attempts,omitempty"`
	Challenged bool          `json:"challenged,omitempty"` // the bank waits for the customer
	AnswerAt   time.Time     `json:"answerAt,omitzero"`    // when a slow bank answers; zero: it need not
	Code       string        `json:"code,omitempty"`
	Operations []operation   `json:"operations,omitempty"`
	CreatedAt  time.Time     `json:"createdAt"`
}

// operation is what was asked of a payment that was begun.
type operation struct {
	ID     domain.ID `json:"id"`
	Kind   string    `json:"kind"`
	Amount int64     `json:"amount"`
	State  string    `json:"state"`
	Code   string    `json:"code,omitempty"`
	Due    time.Time `json:"due,omitzero"` // when a pending one is done
	Of     domain.ID `json:"of,omitzero"`  // what a reinstatement takes back
}

// The kinds of operation, which are also the last part of their paths, and the states of one.
const (
	opCapture = "capture"
	opVoid    = "void"
	opRefund  = "refund"

	// What no merchant asks for: who works at the gateway, or the customer's bank, gives money back, or takes that back.
	opGiveBack   = "giveback"
	opChargeBack = "chargeback"
	opReinstate  = "reinstate"

	opPending = "pending"
	opDone    = "done"
	opFailed  = "failed"
)

const (
	maxAttempts   = 3  // of a customer to pay; the last one that is declined ends the payment
	maxOperations = 64 // of a payment
)

// fact is what a change lets the merchant know.
type fact struct {
	kind      payment.Kind
	operation domain.ID
	amount    int64
	code      string
	refund    domain.ID // that was given back, or is taken back
}

// gives says whether an operation gives money back.
func gives(kind string) bool { return kind == opRefund || kind == opGiveBack || kind == opChargeBack }

// clone copies the record deeply enough to be changed.
func (r *record) clone() *record {
	c := *r
	c.Operations = slices.Clone(r.Operations)
	return &c
}

// pay is an attempt with a card. Refused with a code when none can be made.
func (r *record) pay(card Card, now time.Time, slow time.Duration) (facts []fact, refusal string) {
	if code := r.payable(); code != "" {
		return nil, code
	}
	r.Card = card.Number
	switch does := card.does; {
	case does.decline != "":
		return r.decline(does.decline), ""
	case does.challenge:
		r.Challenged = true
		return nil, ""
	case does.slow:
		r.AnswerAt = now.Add(slow)
		return nil, ""
	}
	return r.authorize(), ""
}

// payable says why no attempt can be made, "" when one can.
func (r *record) payable() string {
	switch {
	case r.State != payment.Created:
		return "already_" + string(r.State)
	case !r.AnswerAt.IsZero():
		return "bank_is_thinking"
	case r.pending(""):
		return "being_voided"
	}
	return ""
}

// answer is the customer's, to their bank's question.
func (r *record) answer(yes bool) (facts []fact, refusal string) {
	if code := r.payable(); code != "" {
		return nil, code
	}
	if !r.Challenged {
		return nil, "nothing_was_asked"
	}
	r.Challenged = false
	if !yes {
		return r.decline("authentication_failed"), ""
	}
	return r.authorize(), ""
}

// giveUp is the customer going away.
func (r *record) giveUp() (facts []fact, refusal string) {
	if code := r.payable(); code != "" {
		return nil, code
	}
	return r.fail("abandoned"), ""
}

func (r *record) authorize() []fact {
	r.State, r.Authorized, r.Challenged, r.AnswerAt, r.Code = payment.Authorized, r.Intent.Amount, false, time.Time{}, ""
	return []fact{{kind: payment.KindAuthorized, amount: r.Authorized}}
}

func (r *record) decline(code string) []fact {
	r.Attempts++
	r.Code, r.Challenged = code, false
	facts := []fact{{kind: payment.KindDeclined, amount: r.Intent.Amount, code: code}}
	if r.Attempts >= maxAttempts {
		facts = append(facts, r.fail(code)...)
	}
	return facts
}

func (r *record) fail(code string) []fact {
	r.State, r.Code, r.Challenged = payment.Failed, code, false
	return []fact{{kind: payment.KindFailed, amount: r.Intent.Amount, code: code}}
}

// find gives an operation by its ID, nil when there is none.
func (r *record) find(id domain.ID) *operation {
	for i := range r.Operations {
		if r.Operations[i].ID == id {
			return &r.Operations[i]
		}
	}
	return nil
}

// pending says whether an operation of a kind, or "" for any, is not done yet.
func (r *record) pending(kind string) bool {
	return slices.ContainsFunc(r.Operations, func(o operation) bool { return o.State == opPending && (kind == "" || o.Kind == kind) })
}

// refusal says why an operation cannot be taken on, "" when it can. What is pending counts as if it were done.
func (r *record) refusal(kind string, amount int64, of domain.ID) string {
	if len(r.Operations) == maxOperations {
		return "too_many_operations"
	}
	switch {
	case kind == opReinstate && !r.reinstates(of, amount):
		return "nothing_to_reinstate"
	case kind == opCapture && (r.State != payment.Authorized || r.pending(opCapture) || r.pending(opVoid)),
		kind == opVoid && (r.State != payment.Created && r.State != payment.Authorized || r.pending(opCapture) || r.pending(opVoid)),
		gives(kind) && r.State != payment.Captured && r.State != payment.PartiallyRefunded:
		return "state_is_" + string(r.State)
	case kind == opCapture && (amount < 1 || amount > r.Authorized):
		return "amount_exceeds_authorized"
	case gives(kind) && (amount < 1 || amount > r.Captured-r.Refunded-r.refunding()):
		return "amount_exceeds_captured"
	}
	return ""
}

// reinstates says whether an operation has given so much back, and nothing has taken it back.
func (r *record) reinstates(of domain.ID, amount int64) bool {
	given := r.find(of)
	return given != nil && gives(given.Kind) && given.State == opDone && given.Amount == amount &&
		!slices.ContainsFunc(r.Operations, func(o operation) bool { return o.Of == of })
}

// refunding is what pending refunds will give back.
func (r *record) refunding() int64 {
	sum := int64(0)
	for _, o := range r.Operations {
		if gives(o.Kind) && o.State == opPending {
			sum += o.Amount
		}
	}
	return sum
}

// settle does what is due by now.
func (r *record) settle(now time.Time) []fact {
	var facts []fact
	if !r.AnswerAt.IsZero() && !r.AnswerAt.After(now) {
		facts = append(facts, r.authorize()...)
	}
	for i := range r.Operations {
		if o := &r.Operations[i]; o.State == opPending && !o.Due.After(now) {
			facts = append(facts, r.perform(o))
		}
	}
	return facts
}

// due is when there is next something to settle; zero: never.
func (r *record) due() time.Time {
	next := r.AnswerAt
	for _, o := range r.Operations {
		if o.State == opPending && (next.IsZero() || o.Due.Before(next)) {
			next = o.Due
		}
	}
	return next
}

// perform ends a pending operation.
func (r *record) perform(o *operation) fact {
	o.State, o.Due = opDone, time.Time{}
	f := fact{operation: o.ID, amount: o.Amount}
	switch does := behaves(r.Card); {
	case o.Kind == opCapture && does.failCapture:
		o.State, o.Code = opFailed, "capture_declined"
		f.kind, f.code = payment.KindCaptureFailed, o.Code
	case o.Kind == opRefund && does.failRefund:
		o.State, o.Code = opFailed, "refund_declined"
		f.kind, f.code = payment.KindRefundFailed, o.Code
	case o.Kind == opCapture:
		r.State, r.Captured = payment.Captured, o.Amount
		f.kind = payment.KindCaptured
	case o.Kind == opVoid:
		r.State, r.AnswerAt, r.Challenged = payment.Voided, time.Time{}, false
		f.kind, f.amount = payment.KindVoided, r.Authorized
	case o.Kind == opReinstate:
		r.Refunded -= o.Amount
		r.State = payment.PartiallyRefunded
		if r.Refunded == 0 {
			r.State = payment.Captured
		}
		f = fact{kind: payment.KindReinstated, amount: o.Amount, refund: o.Of}
	default:
		r.Refunded += o.Amount
		r.State = payment.PartiallyRefunded
		if r.Refunded == r.Captured {
			r.State = payment.Refunded
		}
		f.kind, f.refund = payment.KindRefunded, o.ID
		if o.Kind != opRefund {
			f.operation = domain.Nil
		}
		if o.Kind == opChargeBack {
			f.kind = payment.KindChargedBack
		}
	}
	return f
}
