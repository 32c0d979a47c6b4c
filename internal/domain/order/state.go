// Package order holds the rules of an order's life: which states it has, who may move it, when its timers fire, and who bears
// what when it ends before its time.
//
// Machine is the one truth of what may happen; Postgres mirrors the states with a CHECK, and docs/orders.md is drawn from it.
// Verbs change an Order in memory and return the event that tells of it; whoever stores the change checks that the row still was
// in the old state. Time is an argument, and always the database's.
package order

import (
	"slices"

	"github.com/zoop-dev/zoop/internal/domain"
)

// State is where an order stands.
type State string

// The states.
const (
	PendingPayment State = "pending_payment"
	PaymentFailed  State = "payment_failed"
	Scheduled      State = "scheduled"
	Placed         State = "placed"
	Accepted       State = "accepted"
	Rejected       State = "rejected"
	Expired        State = "expired"
	Preparing      State = "preparing"
	Ready          State = "ready"
	PickedUp       State = "picked_up"
	Delivered      State = "delivered"
	Collected      State = "collected"
	Undeliverable  State = "undeliverable"
	Returned       State = "returned"
	Cancelled      State = "cancelled"
	Completed      State = "completed"
)

// The verbs that move an order, or happen to it where it stands. Those of timers are kept with the order by these words.
const (
	VerbSchedule  = "schedule"
	VerbPlace     = "place"
	VerbFail      = "fail"
	VerbNudge     = "nudge"
	VerbAccept    = "accept"
	VerbReject    = "reject"
	VerbExpire    = "expire"
	VerbPrepTime  = "change the prep time of"
	VerbPropose   = "propose a revision of"
	VerbAgree     = "accept the revision of"
	VerbRefuse    = "refuse the revision of"
	VerbLapse     = "lapse"
	VerbStart     = "start"
	VerbReady     = "make ready"
	VerbPickUp    = "pick up"
	VerbDeliver   = "deliver"
	VerbCollect   = "collect"
	VerbGiveUp    = "give up"
	VerbLose      = "lose"
	VerbReturn    = "return"
	VerbRedeliver = "deliver again"
	VerbCancel    = "cancel"
	VerbRestore   = "restore"
	VerbComplete  = "complete"
)

var (
	byVendor   = []domain.Role{domain.RoleVendor}
	byCustomer = []domain.Role{domain.RoleCustomer}
	byCourier  = []domain.Role{domain.RoleCourier}
	bySystem   = []domain.Role{domain.RoleSystem}                    // timers, loops, and what a payment gateway says
	bySaying   = []domain.Role{domain.RoleVendor, domain.RoleSystem} // the system for a vendor that accepts everything
	byStaff    = []domain.Role{domain.RoleAdmin, domain.RoleSupport}
	byOps      = []domain.Role{domain.RoleSystem, domain.RoleAdmin, domain.RoleSupport}
	byRoad     = []domain.Role{domain.RoleCourier, domain.RoleAdmin, domain.RoleSupport}
	byAsker    = []domain.Role{domain.RoleCustomer, domain.RoleAdmin, domain.RoleSupport, domain.RoleSystem}
	byParty    = []domain.Role{domain.RoleCustomer, domain.RoleVendor, domain.RoleAdmin, domain.RoleSupport}
	byAnybody  = append(slices.Clone(byParty), domain.RoleSystem) // the system when a payment cannot be captured
)

type transition = domain.Transition[State]

func cancel(by []domain.Role) transition {
	return transition{Verb: VerbCancel, To: Cancelled, By: by, Event: "order.cancelled"}
}

// revision is what may happen to a revision while the order stays where it is.
func revision(at State) []transition {
	return []transition{
		{Verb: VerbPropose, To: at, By: byVendor, Event: "order.revision_proposed"},
		{Verb: VerbAgree, To: at, By: byCustomer, Event: "order.revision_accepted"},
		{Verb: VerbRefuse, To: at, By: byCustomer, Event: "order.revision_refused"},
		{Verb: VerbLapse, To: at, By: bySystem, Event: "order.revision_lapsed"},
	}
}

var complete = transition{Verb: VerbComplete, To: Completed, By: bySystem, Event: "order.completed"}

// Machine is the table of everything that may happen to an order.
var Machine = domain.Machine[State]{Thing: "order", Table: map[State][]transition{
	PendingPayment: {
		{Verb: VerbPlace, To: Placed, By: bySystem, Event: "order.placed"},
		{Verb: VerbSchedule, To: Scheduled, By: bySystem, Event: "order.scheduled"},
		{Verb: VerbFail, To: PaymentFailed, By: bySystem, Event: "order.payment_failed"},
		cancel(byAsker), // the system: paid, but the vendor no longer can
	},
	Scheduled: {
		{Verb: VerbPlace, To: Placed, By: bySystem, Event: "order.placed"},
		cancel(byAsker),
	},
	Placed: append(revision(Placed), []transition{
		{Verb: VerbNudge, To: Placed, By: bySystem, Event: "order.nudge"},
		{Verb: VerbAccept, To: Accepted, By: bySaying, Event: "order.accepted"},
		{Verb: VerbReject, To: Rejected, By: byVendor, Event: "order.rejected"},
		{Verb: VerbExpire, To: Expired, By: bySystem, Event: "order.expired"},
		cancel(byAsker),
	}...),
	Accepted: append(revision(Accepted), []transition{
		{Verb: VerbPrepTime, To: Accepted, By: byVendor, Event: "order.prep_time_changed"},
		{Verb: VerbStart, To: Preparing, By: byVendor, Event: "order.preparing"},
		cancel(byAnybody),
	}...),
	Preparing: append(revision(Preparing), []transition{
		{Verb: VerbPrepTime, To: Preparing, By: byVendor, Event: "order.prep_time_changed"},
		{Verb: VerbReady, To: Ready, By: byVendor, Event: "order.ready"},
		cancel(byParty),
	}...),
	Ready: {
		{Verb: VerbPickUp, To: PickedUp, By: byCourier, Event: "order.picked_up"},
		{Verb: VerbCollect, To: Collected, By: byVendor, Event: "order.collected"},
		cancel(byParty),
	},
	PickedUp: {
		{Verb: VerbDeliver, To: Delivered, By: byCourier, Event: "order.delivered"},
		{Verb: VerbGiveUp, To: Undeliverable, By: byCourier, Event: "order.undeliverable"},
		{Verb: VerbLose, To: Undeliverable, By: byOps, Event: "order.undeliverable"},
	},
	Undeliverable: {
		{Verb: VerbReturn, To: Returned, By: byRoad, Event: "order.returned"},
		{Verb: VerbRedeliver, To: PickedUp, By: byRoad, Event: "order.picked_up"},
	},
	Cancelled: {
		{Verb: VerbRestore, To: Accepted, By: byStaff, Event: "order.restored"},
	},
	Delivered: {complete},
	Collected: {complete},
}}

// States lists every state, in the order of an order's life.
var States = []State{
	PendingPayment, PaymentFailed, Scheduled, Placed, Accepted, Rejected, Expired, Preparing, Ready, PickedUp,
	Delivered, Collected, Undeliverable, Returned, Cancelled, Completed,
}

// Known says whether s is a state of an order.
func (s State) Known() bool { return slices.Contains(States, s) }

// Live says whether somebody still waits for something: the order is neither handed over nor given up.
func (s State) Live() bool {
	switch s {
	case PendingPayment, Scheduled, Placed, Accepted, Preparing, Ready, PickedUp, Undeliverable:
		return true
	}
	return false
}

// AtVendor says whether the vendor has accepted the order and still has it.
func (s State) AtVendor() bool { return s == Accepted || s == Preparing || s == Ready }

// HandedOver says whether the food has reached its customer.
func (s State) HandedOver() bool { return s == Delivered || s == Collected || s == Completed }
