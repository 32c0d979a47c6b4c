// Package payout holds the rules of paying vendors and couriers what they are owed: the states of a payout.
//
// A payout is a sum of entries of one account, each of which is in one payout at a time. What it comes to is in the books from
// when it is exported, for then the money is on its way; one that fails is taken back there, and its entries are owed again.
package payout

import "github.com/zoop-dev/zoop/internal/domain"

// State is where a payout stands.
type State string

// The states.
const (
	Draft    State = "draft"    // somebody has put it together
	Approved State = "approved" // somebody else has looked at it
	Exported State = "exported" // the bank has been told
	Paid     State = "paid"
	Failed   State = "failed" // refused by staff, or by the bank
)

// States lists every state.
var States = []State{Draft, Approved, Exported, Paid, Failed}

// The verbs that move a payout.
const (
	VerbApprove = "approve"
	VerbExport  = "export"
	VerbPay     = "mark as paid"
	VerbFail    = "mark as failed"
)

var (
	byStaff = []domain.Role{domain.RoleAdmin, domain.RoleSupport}
	approve = domain.Transition[State]{Verb: VerbApprove, To: Approved, By: byStaff}
	fail    = domain.Transition[State]{Verb: VerbFail, To: Failed, By: byStaff}
)

// Machine is the table of everything that may happen to a payout.
var Machine = domain.Machine[State]{Thing: "payout", Table: map[State][]domain.Transition[State]{
	Draft:    {approve, fail},
	Approved: {{Verb: VerbExport, To: Exported, By: byStaff}, approve, fail}, // again, with the bank account that its payee has now
	Exported: {{Verb: VerbPay, To: Paid, By: byStaff}, fail},
}}

// MaxNote bounds the reason of a failure, and the bank's reference, in characters.
const MaxNote = 200

// Payout is what the rules need to know of one.
type Payout struct {
	ID      domain.ID
	State   State
	Version int
	Amount  domain.Money // above zero
	MadeBy  domain.ID    // who put it together; Nil: the weekly job
}

// ErrOwnDraft refuses an approval by whoever has made the draft.
var ErrOwnDraft = domain.Errorf(domain.Forbidden, "payout.own_draft", "somebody else than who made the draft approves it")

// Step moves a payout by a verb.
// Errors: ErrOwnDraft; those of domain.Machine.Step; Precondition for a version that is not what somebody saw, 0 for any.
func (p *Payout) Step(verb string, by domain.Actor, seen int) error {
	if err := domain.Fresh(seen, p.Version); err != nil {
		return err
	}
	t, err := Machine.Step(p.State, verb, by.Role)
	if err != nil {
		return err
	}
	if verb == VerbApprove && by.ID == p.MadeBy {
		return ErrOwnDraft
	}
	p.State, p.Version = t.To, p.Version+1
	return nil
}

// Owed says whether the payout's entries are owed again.
func (p *Payout) Owed() bool { return p.State == Failed }
