// Package plan decides which courier carries which orders, and when they set out. A round looks at every order that waits and
// at every courier who is free or soon will be, plans trips for all of them, and gives out only those that cannot wait any
// longer: the rest is planned again in the next round, with what is known by then.
//
// A round is a function of its input: it reads no clock, draws no dice that the input does not load, and does not depend on
// the order in which couriers and orders are listed. No courier gets two trips in a round, and no order two couriers.
package plan

import (
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Courier is somebody who delivers.
type Courier struct {
	ID       domain.ID
	At       domain.Point // where the courier is, or will be once free
	Free     time.Time    // since when, or from when on, the courier can set out
	Off      time.Time    // no pickup after this; the zero time is never
	Capacity int          // most orders on one trip; 0 is Params.Bundle
	Vehicle  Vehicle
	CashRoom int64         // how much cash may still be taken, in minor units; negative is without limit
	Idle     time.Duration // how long the courier has had nothing to do, for fairness
}

// Order is one that waits for a courier.
type Order struct {
	ID       domain.ID
	Vendor   domain.ID
	Pickup   domain.Point
	Door     domain.Point
	Placed   time.Time
	Ready    time.Time               // when the food is, or will be, ready
	Promised time.Time               // the zero time is Placed + Params.Target
	Cash     int64                   // what is to be taken at the door, in minor units
	Reach    time.Duration           // longest way of a courier to the vendor; 0 is any
	Barred   map[domain.ID]Exclusion // couriers who must not be asked, and why
	Alone    bool                    // it goes with nothing else; its Vendor is no other order's
}

// Input is all that a round looks at.
type Input struct {
	Now      time.Time
	Couriers []Courier
	Orders   []Order
	Lately   []Order // placed in the last Params.Again, whatever became of them: couriers are planned with the like in mind
	Travel   Travel
	Params   Params
}

// Trip is what one courier is asked to do now: go to the vendors, then to the doors, in this order.
type Trip struct {
	Courier domain.ID
	Leave   time.Time
	Orders  []domain.ID // by door
	Stops   []Stop
	Why     *Why // nil unless Params.Candidates is positive
}

// Stop is one place of a trip.
type Stop struct {
	Order  domain.ID // at a door: whose; at a vendor: nil
	Vendor domain.ID // at a vendor: which
	Arrive time.Time
	Done   time.Time // picked up, or handed over
	Leave  time.Time
}

// Waiting is an order that no courier is sent for yet.
type Waiting struct {
	Order   domain.ID
	Reason  Reason
	Courier domain.ID // who is to carry it as things stand; nil where nobody is
	Leave   time.Time // when that courier would set out
	Why     *Why      // where the reason is Nobody, and for the explainedMost that are to set out first; else nil
}

// Reason is why an order waits.
type Reason string

// The reasons.
const (
	Later   Reason = "later"   // a courier who leaves later is there in time
	Busy    Reason = "busy"    // the courier who suits best is still on the way
	Queued  Reason = "queued"  // behind another trip of the same courier
	Nobody  Reason = "nobody"  // no courier can: all are excluded, or off before they are there
	Surplus Reason = "surplus" // more orders wait than a round looks at
)

// Output is what a round decides. Trips are sorted by courier, Waiting by order.
type Output struct {
	Trips   []Trip
	Waiting []Waiting
}

// Decide plans a round.
func Decide(in Input) Output {
	w := newWorld(in)
	s := newSearch(w)
	s.build()
	s.improve()
	return s.output()
}
