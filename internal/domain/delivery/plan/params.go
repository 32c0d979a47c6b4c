package plan

import "time"

// Params are the knobs of a round. Costs are in seconds of waiting: what one order waits for one second costs 1.
type Params struct {
	Round      time.Duration // until the next round: who would leave before it leaves now
	Horizon    time.Duration // couriers who are free later than this are not planned for
	PickupTime time.Duration // at a vendor, half of it before the pickup, half after
	DropTime   time.Duration // at a door, likewise
	Target     time.Duration // promise of an order that has none, from its placement
	Bundle     int           // most orders on a trip; at most MaxBundle
	Nearby     time.Duration // vendors this far apart share a trip; 0 never
	Again      time.Duration // orders of so long before now are expected again, so much later
	Expected   float64       // what an expected order's waiting counts
	Late       float64       // extra cost of a second after the promise
	Scarce     float64       // cost of a courier's second after Lead, times orders that wait a courier
	Lead       time.Duration // how long after now today's orders do not need the courier
	Far        float64       // cost of a second's way between where a courier ends and where orders come from, in the busiest hours
	Fair       float64       // what a courier's idle second takes off
	Orders     int           // most orders a round looks at
	Effort     int           // trips that the search may weigh; it looks at a bounded number of couriers for each
	Candidates int           // couriers that an explanation lists; 0 is no explanations
}

// What couriers take at a vendor and at a door in Defaults. What is promised counts the same: see eta.
const (
	PickupTime = 4 * time.Minute
	DropTime   = 4 * time.Minute
)

// MaxBundle bounds Params.Bundle.
const MaxBundle = 6

// Defaults are the parameters that fit a city of couriers on bicycles and in cars.
func Defaults() Params {
	return Params{
		Round:      15 * time.Second,
		Horizon:    time.Hour,
		PickupTime: PickupTime,
		DropTime:   DropTime,
		Target:     40 * time.Minute,
		Bundle:     4,
		Nearby:     2 * time.Minute,
		Again:      10 * time.Minute,
		Expected:   0.3,
		Late:       0.1,
		Scarce:     0.2,
		Lead:       15 * time.Minute,
		Far:        0.2,
		Fair:       0.01,
		Orders:     400,
		Effort:     60_000,
		Candidates: 5,
	}
}
