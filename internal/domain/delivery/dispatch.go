package delivery

import (
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/delivery/plan"
)

// The rhythm of dispatch.
const (
	RoundEvery = 15 * time.Second // a city's rounds, while something waits
	RoundLeast = 2 * time.Second  // between two, though something has changed
	OfferTTL   = 30 * time.Second // how long a courier has to answer
	AnswerTime = 45 * time.Second // how much earlier than they must set out couriers are asked: somebody may say no first
)

// Lead is how long before the food is ready a delivery is planned for. It is offered much later: when waiting cannot help any more.
const Lead = 45 * time.Minute

// DispatchAt is from when on a delivery is planned for: Lead before the food is ready, and never before now.
func DispatchAt(now, readyBy time.Time) time.Time {
	if at := readyBy.Add(-Lead); at.After(now) {
		return at
	}
	return now
}

// Source is what rounds take for the vendor of a delivery: its own vendor, whose other food goes with it, or, of food that was fetched and
// waits where its courier stopped, the delivery itself, as nothing else does.
func Source(deliveryID, vendorID domain.ID, fetched bool) domain.ID {
	if fetched {
		return deliveryID
	}
	return vendorID
}

// How far couriers are asked.
const (
	reachFirst   = 12 * time.Minute // of way to the vendor
	reachRefusal = 4 * time.Minute  // more for each who has said no
	reachSoon    = 10 * time.Minute // before the food is ready, whoever is there late is better than nobody: from then on a minute a minute
	reachMost    = 45 * time.Minute
)

// TooFar says whether a courier who is so many metres away is never asked, however late food is.
func TooFar(meters float64, vehicle string) bool {
	return plan.City().Ride(meters, plan.Vehicle(vehicle), time.Time{}) > reachMost
}

// Reach is how long a courier's way to the vendor may be who is asked for a delivery that so many have refused.
func Reach(now, ready time.Time, refusals int) time.Duration {
	urgent := max(0, now.Sub(ready.Add(-reachSoon)))
	return min(reachMost, reachFirst+urgent+time.Duration(refusals)*reachRefusal)
}

// Staff are told of a delivery that nobody has taken UnclaimedAfter after its vendor accepted it, and that long after UnclaimedEarly before
// its food is ready.
const (
	UnclaimedAfter = 8 * time.Minute
	UnclaimedEarly = 10 * time.Minute
	EventUnclaimed = "delivery.unclaimed"
)

// Params are those of a city's rounds.
func Params() plan.Params {
	p := plan.Defaults()
	p.Round = RoundEvery + AnswerTime
	return p
}

// Outcome is what a round made of a delivery.
type Outcome string

// The outcomes; the others are reasons to wait, those of the plan.
const (
	OutcomeOffered  Outcome = "offered"
	OutcomeAssigned Outcome = "assigned" // by staff
)

// Decision is why a delivery was offered to somebody, or why it waits.
type Decision struct {
	DeliveryID domain.ID
	Attempt    int       // from 1; a delivery has one more with each offer
	At         time.Time // of the round
	Outcome    Outcome
	CourierID  domain.ID   // who was asked, or is planned; Nil: nobody
	Leave      time.Time   // when they set out; zero where nobody does
	Orders     []domain.ID // of the trip, by door
	Stops      []plan.Stop // of the trip
	Why        *plan.Why   // nil where there was nothing to weigh
}
