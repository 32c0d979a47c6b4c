// Package delivery holds the rules of bringing an order from a vendor to a customer: the delivery's states, the offer to
// one courier at a time, and which courier is asked.
package delivery

import (
	"slices"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// State is where a delivery stands.
type State string

// The states.
const (
	Unassigned State = "unassigned"
	Offered    State = "offered"
	Assigned   State = "assigned"
	AtStore    State = "at_store"
	PickedUp   State = "picked_up"
	AtCustomer State = "at_customer"
	Delivered  State = "delivered"
	Failed     State = "failed"
	Returning  State = "returning"
	Returned   State = "returned"
	Cancelled  State = "cancelled"
)

// States lists every state.
var States = []State{
	Unassigned, Offered, Assigned, AtStore, PickedUp, AtCustomer, Delivered, Failed, Returning, Returned, Cancelled,
}

// The verbs that move a delivery.
const (
	VerbOffer      = "offer"
	VerbAccept     = "accept"
	VerbDecline    = "decline"
	VerbExpire     = "expire"
	VerbWithdraw   = "withdraw"
	VerbArrive     = "arrive at the store with"
	VerbPickUp     = "pick up"
	VerbArriveDoor = "arrive at the customer with"
	VerbDeliver    = "deliver"
	VerbCancel     = "cancel"
)

var (
	bySystem  = []domain.Role{domain.RoleSystem}
	byCourier = []domain.Role{domain.RoleCourier}
	cancel    = domain.Transition[State]{Verb: VerbCancel, To: Cancelled, By: bySystem, Event: ""}
)

// Machine is the table of everything that may happen to a delivery. A transition without an event of its own happens
// together with one of the order.
var Machine = domain.Machine[State]{Thing: "delivery", Table: map[State][]domain.Transition[State]{
	Unassigned: {
		{Verb: VerbOffer, To: Offered, By: bySystem, Event: "delivery.offered"},
		cancel,
	},
	Offered: {
		{Verb: VerbAccept, To: Assigned, By: byCourier, Event: "delivery.assigned"},
		{Verb: VerbDecline, To: Unassigned, By: byCourier, Event: "delivery.offer_declined"},
		{Verb: VerbExpire, To: Unassigned, By: bySystem, Event: "delivery.offer_expired"},
		{Verb: VerbWithdraw, To: Unassigned, By: bySystem, Event: "delivery.offer_withdrawn"},
		cancel,
	},
	Assigned: {
		{Verb: VerbArrive, To: AtStore, By: byCourier, Event: "delivery.at_store"},
		{Verb: VerbPickUp, To: PickedUp, By: byCourier},
		cancel,
	},
	AtStore: {
		{Verb: VerbPickUp, To: PickedUp, By: byCourier},
		cancel,
	},
	PickedUp: {
		{Verb: VerbArriveDoor, To: AtCustomer, By: byCourier, Event: "delivery.at_customer"},
		{Verb: VerbDeliver, To: Delivered, By: byCourier},
	},
	AtCustomer: {
		{Verb: VerbDeliver, To: Delivered, By: byCourier},
	},
}}

// Step moves a state by a verb. Its errors are those of domain.Machine.Step.
func (s *State) Step(verb string, by domain.Role) (domain.Event, error) {
	t, err := Machine.Step(*s, verb, by)
	if err != nil {
		return domain.Event{}, err
	}
	*s = t.To
	return domain.Event{Type: t.Event, Data: map[string]any{}}, nil
}

// Active says whether a courier is busy with the delivery.
func (s State) Active() bool {
	return slices.Contains([]State{Assigned, AtStore, PickedUp, AtCustomer, Returning}, s)
}

// OfferTTL is how long a courier has to answer.
const OfferTTL = 30 * time.Second

// Lead is how long before the food is ready a courier is looked for.
const Lead = 10 * time.Minute

// DispatchAt is from when on a courier is looked for: Lead before the food is ready, and never before now.
func DispatchAt(now, readyBy time.Time) time.Time {
	if at := readyBy.Add(-Lead); at.After(now) {
		return at
	}
	return now
}

// ErrWrongPIN is the answer to a guess of the customer's PIN.
var ErrWrongPIN = domain.Errorf(domain.Conflict, "delivery.wrong_pin", "the PIN is not this order's")
