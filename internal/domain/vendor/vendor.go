// Package vendor holds the rules of a vendor's standing: whether it is approved, open, paused, and how far it delivers.
package vendor

import (
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Status is what staff decided about a vendor.
type Status string

// The standings.
const (
	Pending   Status = "pending"
	Approved  Status = "approved"
	Rejected  Status = "rejected"
	Suspended Status = "suspended"
)

// The verbs of staff.
const (
	VerbApprove = "approve"
	VerbReject  = "reject"
	VerbSuspend = "suspend"
)

var byStaff = []domain.Role{domain.RoleAdmin, domain.RoleSupport}

// Machine is the table of a vendor's standing; couriers have the same.
var Machine = domain.Machine[Status]{Thing: "vendor", Table: map[Status][]domain.Transition[Status]{
	Pending: {
		{Verb: VerbApprove, To: Approved, By: byStaff, Event: "vendor.approved"},
		{Verb: VerbReject, To: Rejected, By: byStaff, Event: "vendor.rejected"},
	},
	Approved:  {{Verb: VerbSuspend, To: Suspended, By: byStaff, Event: "vendor.suspended"}},
	Rejected:  {{Verb: VerbApprove, To: Approved, By: byStaff, Event: "vendor.approved"}},
	Suspended: {{Verb: VerbApprove, To: Approved, By: byStaff, Event: "vendor.approved"}},
}}

// Vendor is what the rules need to know of a vendor.
type Vendor struct {
	ID          domain.ID
	Name        string
	Status      Status
	Currency    domain.Currency
	City        string
	Location    domain.Point
	RadiusM     int            // of a zone that is a circle; of one that is drawn, a circle's that holds it
	Ring        Ring           // nil: the zone is a circle
	Place       *time.Location // whose wall clock its hours follow
	Hours       Hours
	Closed      []domain.Stretch // closures: sorted, and none touches another
	PausedUntil time.Time        // zero: not paused
	PrepMinutes int              // see PrepAt
	BusyMinutes int              // that everything takes longer until BusyUntil
	BusyUntil   time.Time        // zero: not busy

	Acceptance   Acceptance
	SlotCapacity int // orders made ready in a Quarter; 0: any number
}

// Paused says whether the vendor takes no orders for now.
func (v Vendor) Paused(now time.Time) bool { return now.Before(v.PausedUntil) }

// Open says whether the vendor takes orders at a moment.
func (v Vendor) Open(now time.Time) bool {
	return v.Status == Approved && !v.Paused(now) && v.closedAt(now).IsZero() && v.Hours.TurnAt(now, v.Place).On
}

// Busy says whether everything takes the vendor longer for now.
func (v Vendor) Busy(now time.Time) bool { return now.Before(v.BusyUntil) }

// PrepAt is how many minutes an order that is placed at a moment takes to cook.
func (v Vendor) PrepAt(now time.Time) int {
	if v.Busy(now) {
		return v.PrepMinutes + v.BusyMinutes
	}
	return v.PrepMinutes
}

// DeliversTo says whether a point lies in the vendor's zone.
func (v Vendor) DeliversTo(p domain.Point) bool {
	if v.Ring != nil {
		return v.Ring.Holds(p)
	}
	return v.Location.Meters(p) <= float64(v.RadiusM)
}

// Forever is the end of a pause that lasts until somebody resumes.
var Forever = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
