// Package eta says when things will be: food that is ready, a customer who has it. It learns of each kitchen how long it takes, from what
// it has done, and is a function of its input, like all of domain.
//
// There is one formula: an order is with its customer when its vendor has answered and cooked (Kitchen), a courier has it (Dispatch,
// AtVendor), has come along the way (plan.Travel) and handed it over (AtDoor). What is promised has a margin for the kitchen, what is
// expected has none.
package eta

import (
	"math"
	"time"

	"github.com/zoop-dev/zoop/internal/domain/delivery/plan"
)

// What a delivery takes besides cooking and the ride.
const (
	Dispatch = 2 * time.Minute     // that ready food waits for its courier
	AtVendor = plan.PickupTime / 2 // the half that follows the pickup
	AtDoor   = plan.DropTime / 2   // the half before the handover
	FindOne  = 4 * time.Minute     // until a courier stands at the vendor's, while nobody has the order, or it is not known where they are
)

// Unsaid is how long an order is taken to cook, from its placing on, of which its vendor has not said it.
const Unsaid = 15 * time.Minute

// Assumed is what a courier moves with of whom nothing is known.
const Assumed = plan.Motorbike

// Bring is how long it takes from the readiness of the food to its handover, after a ride of so long, in whole minutes.
func Bring(ride time.Duration) time.Duration {
	return Dispatch + AtVendor + AtDoor + ride.Round(time.Minute)
}

// MinutesPerMeter is how long a courier of whom nothing is known rides for a metre of great circle, by the hour of the day: what lists are
// sorted by, where a way each would be too many.
func MinutesPerMeter() (hours [24]float64) {
	roads := plan.City()
	for h := range hours {
		hours[h] = roads.Detour / (roads.Speed[Assumed] * roads.Hours[h]) / 60
	}
	return hours
}

// Ride is how long that courier rides so many metres at an hour of the day.
func Ride(meters float64, hour int) time.Duration {
	return time.Duration(meters * MinutesPerMeter()[hour] * float64(time.Minute))
}

// Stated is what a vendor says of its own cooking, in minutes.
type Stated struct {
	Minutes int
	Busy    int // more, for now
}

// Kitchen is what is known of how long a vendor's orders take, in minutes. The zero Kitchen is one of which nothing is known: it takes as
// long as it says.
type Kitchen struct {
	Cooking [24]int // from the vendor's yes until the food is ready, by hour of the vendor's day, with the orders that are usual then; 0: nothing is known
	Margin  [24]int // more, that four orders of five keep to, with the answer
	Usual   [24]int // orders that are being cooked then
	Load    [loads]int
	Answer  int // until the vendor's yes
	Late    int // from what the vendor then says to what is true; below 0: it is early
}

// loads are the steps of Kitchen.Load: percent of the usual time, by doublings of the usual orders, from a quarter of them to eightfold.
const (
	loads  = 6
	asEver = 2 // the step of the usual orders
)

// step is that of so many orders, where so many are usual.
func step(load, usual int) int {
	d := math.Round(math.Log2(float64(load+1) / float64(usual+1)))
	return int(min(max(d, -asEver), loads-1-asEver)) + asEver
}

// UsualLoad stands for as many orders as are usual.
const UsualLoad = -1

// Cook is how long the cooking of an order takes that a vendor says yes to at a moment of its wall clock, while it cooks so many others. What is known counts
// between half and twice of what the vendor says: it may have changed.
func (k Kitchen) Cook(s Stated, at time.Time, load int) time.Duration {
	cooking := k.Cooking[at.Hour()]
	if cooking == 0 {
		cooking = s.Minutes
	}
	took := time.Duration(min(max(cooking, (s.Minutes+1)/2), 2*s.Minutes)) * time.Minute
	if load >= 0 && k.Load[asEver] > 0 {
		took = took * time.Duration(k.Load[step(load, k.Usual[at.Hour()])]) / 100
	}
	return took + time.Duration(s.Busy)*time.Minute
}

// Ready is how long it takes from the moment that a vendor is asked until the food is ready, and how much more is promised.
func (k Kitchen) Ready(s Stated, at time.Time, load int) (expected, margin time.Duration) {
	return time.Duration(k.Answer)*time.Minute + k.Cook(s, at, load), time.Duration(k.Margin[at.Hour()]) * time.Minute
}

// Claim is what a vendor has said of the readiness of an order's food.
type Claim struct {
	ReadyBy time.Time     // by the vendor
	ReadyAt time.Time     // since when it is ready; zero: it is not yet, or nobody has noted it
	Made    bool          // it is ready
	Late    time.Duration // by how much the vendor is usually late: Kitchen.Late
}

// overdue is how soon food is expected that should be there already.
const overdue = 2 * time.Minute

// Ready is when the food of an order that was accepted is ready, or has been: as the vendor said, and as much later as it usually is; but
// while it is not ready, not before now.
func (c Claim) Ready(now time.Time) time.Time {
	at := c.ReadyBy.Add(c.Late)
	switch {
	case !c.ReadyAt.IsZero():
		return c.ReadyAt
	case c.Made:
		return now
	case at.Before(now):
		return now.Add(overdue)
	}
	return at
}
