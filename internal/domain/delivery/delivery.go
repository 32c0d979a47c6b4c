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
	VerbAssign     = "assign"
	VerbTakeAway   = "take away"
	VerbStrand     = "strand"
	VerbTakeOver   = "take over"
	VerbLose       = "lose"
	VerbAccept     = "accept"
	VerbDecline    = "decline"
	VerbExpire     = "expire"
	VerbWithdraw   = "withdraw"
	VerbArrive     = "arrive at the store with"
	VerbPickUp     = "pick up"
	VerbArriveDoor = "arrive at the customer with"
	VerbDeliver    = "deliver"
	VerbFail       = "give up"
	VerbTurnBack   = "turn back with"
	VerbReturn     = "return"
	VerbRedeliver  = "deliver again"
	VerbCancel     = "cancel"
	VerbRestore    = "restore"
)

var (
	bySystem  = []domain.Role{domain.RoleSystem}
	byCourier = []domain.Role{domain.RoleCourier}
	byRoad    = []domain.Role{domain.RoleCourier, domain.RoleAdmin, domain.RoleSupport}
	fail      = domain.Transition[State]{Verb: VerbFail, To: Failed, By: byCourier, Event: "delivery.failed"}
	redeliver = domain.Transition[State]{Verb: VerbRedeliver, To: PickedUp, By: byRoad}
	back      = domain.Transition[State]{Verb: VerbReturn, To: Returned, By: byRoad}
	byStaff   = []domain.Role{domain.RoleAdmin, domain.RoleSupport}
	byOps     = []domain.Role{domain.RoleSystem, domain.RoleAdmin, domain.RoleSupport}
	byAll     = append(slices.Clone(byOps), domain.RoleCourier)
	assign    = domain.Transition[State]{Verb: VerbAssign, To: Assigned, By: byStaff, Event: "delivery.assigned"}
	takeAway  = domain.Transition[State]{Verb: VerbTakeAway, To: Unassigned, By: byAll, Event: "delivery.taken_away"}
	strand    = domain.Transition[State]{Verb: VerbStrand, To: Unassigned, By: byRoad, Event: "delivery.stranded"}
	takeOver  = domain.Transition[State]{Verb: VerbTakeOver, To: PickedUp, By: byCourier, Event: "delivery.taken_over"}
	lose      = domain.Transition[State]{Verb: VerbLose, To: Failed, By: byOps, Event: "delivery.lost"}
	cancel    = domain.Transition[State]{Verb: VerbCancel, To: Cancelled, By: bySystem, Event: ""}
)

// Machine is the table of everything that may happen to a delivery. A transition without an event of its own happens
// together with one of the order.
var Machine = domain.Machine[State]{Thing: "delivery", Table: map[State][]domain.Transition[State]{
	Unassigned: {
		{Verb: VerbOffer, To: Offered, By: bySystem, Event: "delivery.offered"},
		assign,
		lose, // of food that was stranded, whose courier is its courier again
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
		takeOver,
		takeAway,
		cancel,
	},
	AtStore: {
		{Verb: VerbPickUp, To: PickedUp, By: byCourier},
		takeOver,
		takeAway,
		cancel,
	},
	PickedUp: {
		strand,
		lose,
		{Verb: VerbArriveDoor, To: AtCustomer, By: byCourier, Event: "delivery.at_customer"},
		{Verb: VerbDeliver, To: Delivered, By: byCourier},
		fail,
	},
	AtCustomer: {
		{Verb: VerbDeliver, To: Delivered, By: byCourier},
		fail,
		strand,
		lose,
	},
	Failed: {
		{Verb: VerbTurnBack, To: Returning, By: byCourier, Event: "delivery.returning"},
		redeliver,
		back,
	},
	Returning: {
		redeliver,
		back,
	},
	Cancelled: {
		{Verb: VerbRestore, To: Unassigned, By: bySystem, Event: ""}, // together with its order
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

// Active says whether a courier is busy with the delivery: also with one that has failed, whose food they still have.
func (s State) Active() bool {
	return slices.Contains([]State{Assigned, AtStore, PickedUp, AtCustomer, Failed, Returning}, s)
}

// Over says whether a delivery has come to an end.
func (s State) Over() bool {
	return s == Delivered || s == Returned || s == Cancelled
}

// Met says whether its courier has been where the food is, and so may know the order's code.
func (s State) Met() bool { return s == AtStore || s.Carried() }

// Carried says whether the food has left its vendor with the courier.
func (s State) Carried() bool {
	return slices.Contains([]State{PickedUp, AtCustomer, Delivered, Failed, Returning, Returned}, s)
}

// What a courier does before giving up on somebody who does not come to the door, or leaving the food there.
const (
	WaitAtDoor   = 5 * time.Minute
	MinContacts  = 2
	ContactApart = 30 * time.Second // what comes sooner after the last one is the same try
)

// Visit is what a courier has done at the customer's door.
type Visit struct {
	ArrivedAt   time.Time // zero: not yet
	Contacts    int       // attempts to reach the customer
	ContactedAt time.Time // when the last of them was that counts; zero: there was none
}

// Contact notes that the courier has tried to reach the customer, and says whether that counts.
func (v *Visit) Contact(now time.Time) bool {
	if !v.ContactedAt.IsZero() && now.Sub(v.ContactedAt) < ContactApart {
		return false
	}
	v.Contacts, v.ContactedAt = v.Contacts+1, now
	return true
}

// Waited is Conflict "delivery.too_soon", with how long there is to wait and how often to call, before the courier may say
// that nobody is there.
func (v Visit) Waited(now time.Time) error {
	return v.waited(now, domain.Errorf(domain.Conflict, "delivery.too_soon", "wait %d minutes at the door, and try %d times to reach the customer",
		int(WaitAtDoor.Minutes()), MinContacts))
}

func (v Visit) waited(now time.Time, tooSoon *domain.Error) error {
	if err := v.AtDoor(); err != nil {
		return err
	}
	until, calls := v.ArrivedAt.Add(WaitAtDoor), MinContacts-v.Contacts
	if !now.Before(until) && calls <= 0 {
		return nil
	}
	return tooSoon.With("waitUntil", until.UTC()).With("contactsLeft", max(calls, 0))
}

// AtDoor is Conflict "delivery.not_at_door" before the courier has arrived there.
func (v Visit) AtDoor() error {
	if v.ArrivedAt.IsZero() {
		return domain.Errorf(domain.Conflict, "delivery.not_at_door", "arrive at the customer first")
	}
	return nil
}

// The bounds of how much a courier carries at once.
const (
	MinCapacity = 1
	MaxCapacity = 4
)

// Capacity is how many deliveries are carried at once with a vehicle, unless staff say otherwise.
func Capacity(vehicle string) int {
	switch vehicle {
	case "foot":
		return 1
	case "car":
		return 3
	}
	return 2
}

// ErrWrongPIN is the answer to a guess of the customer's PIN.
var ErrWrongPIN = domain.Errorf(domain.Conflict, "delivery.wrong_pin", "the PIN is not this order's")
