// Package order holds the rules of an order's life: which states it has, who may move it, and when its timers fire.
//
// Table is the one truth of what may happen; Postgres mirrors the states with a CHECK. Verbs change an Order in memory
// and return the event that tells of it; whoever stores the change checks that the row still was in the old state.
package order

import "github.com/zoop-dev/zoop/internal/domain"

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

// The verbs that move an order.
const (
	VerbAccept   = "accept"
	VerbReject   = "reject"
	VerbExpire   = "expire"
	VerbStart    = "start"
	VerbReady    = "ready"
	VerbPickUp   = "pickup"
	VerbDeliver  = "deliver"
	VerbCollect  = "collect"
	VerbCancel   = "cancel"
	VerbComplete = "complete"
)

var (
	byVendor  = []domain.Role{domain.RoleVendor}
	byCourier = []domain.Role{domain.RoleCourier}
	bySaying  = []domain.Role{domain.RoleVendor, domain.RoleSystem} // the system for a vendor that accepts everything
	byTimer   = []domain.Role{domain.RoleSystem}
	byStaff   = []domain.Role{domain.RoleAdmin, domain.RoleSupport}
	byAsker   = []domain.Role{domain.RoleCustomer, domain.RoleAdmin, domain.RoleSupport, domain.RoleSystem}
)

// Machine is the table of everything that may happen to an order.
var Machine = domain.Machine[State]{Thing: "order", Table: map[State][]domain.Transition[State]{
	Placed: {
		{Verb: VerbAccept, To: Accepted, By: bySaying, Event: "order.accepted"},
		{Verb: VerbReject, To: Rejected, By: byVendor, Event: "order.rejected"},
		{Verb: VerbExpire, To: Expired, By: byTimer, Event: "order.expired"},
		{Verb: VerbCancel, To: Cancelled, By: byAsker, Event: "order.cancelled"},
	},
	Accepted: {
		{Verb: VerbStart, To: Preparing, By: byVendor, Event: "order.preparing"},
		{Verb: VerbCancel, To: Cancelled, By: byStaff, Event: "order.cancelled"},
	},
	Preparing: {
		{Verb: VerbReady, To: Ready, By: byVendor, Event: "order.ready"},
		{Verb: VerbCancel, To: Cancelled, By: byStaff, Event: "order.cancelled"},
	},
	Ready: {
		{Verb: VerbPickUp, To: PickedUp, By: byCourier, Event: "order.picked_up"},
		{Verb: VerbCollect, To: Collected, By: byVendor, Event: "order.collected"},
		{Verb: VerbCancel, To: Cancelled, By: byStaff, Event: "order.cancelled"},
	},
	PickedUp: {
		{Verb: VerbDeliver, To: Delivered, By: byCourier, Event: "order.delivered"},
	},
	Delivered: {
		{Verb: VerbComplete, To: Completed, By: byTimer, Event: "order.completed"},
	},
	Collected: {
		{Verb: VerbComplete, To: Completed, By: byTimer, Event: "order.completed"},
	},
}}

// States lists every state, in the order of an order's life.
var States = []State{
	PendingPayment, PaymentFailed, Scheduled, Placed, Accepted, Rejected, Expired, Preparing, Ready, PickedUp,
	Delivered, Collected, Undeliverable, Returned, Cancelled, Completed,
}

// Known says whether s is a state of an order.
func (s State) Known() bool {
	for _, k := range States {
		if s == k {
			return true
		}
	}
	return false
}

// Live says whether somebody still waits for something: the order is neither handed over nor given up.
func (s State) Live() bool {
	switch s {
	case PendingPayment, Scheduled, Placed, Accepted, Preparing, Ready, PickedUp, Undeliverable:
		return true
	}
	return false
}

// HandedOver says whether the food has reached its customer.
func (s State) HandedOver() bool { return s == Delivered || s == Collected || s == Completed }
