package plan

import (
	"cmp"
	"slices"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Job is a delivery that a courier has taken on.
type Job struct {
	Order   domain.ID
	Vendor  domain.ID
	Pickup  domain.Point
	Door    domain.Point
	Ready   time.Time // when the food is, or will be, ready
	Fetched bool      // it is with the courier
	AtDoor  bool      // so is the courier at the door
	Back    bool      // it could not be handed over, and goes to the vendor after all others: there is its door
	Place   int       // among the doors of its trip
}

// Rest is what a courier has still to do.
type Rest struct {
	Doors map[domain.ID]time.Time // when each order is handed over
	Free  time.Time               // when all of it is done
	At    domain.Point            // where, then
}

// Finish tells when a courier who is at a place now will have done their jobs: at the door where they stand first, then to the vendors, then
// to the doors, in the order of their trip. At a vendor's counter where they are already they need not arrive.
func Finish(now time.Time, at domain.Point, by Vehicle, jobs []Job, travel Travel, p Params) Rest {
	left := slices.SortedFunc(slices.Values(jobs), byDoor)
	rest := Rest{Doors: make(map[domain.ID]time.Time, len(left)), Free: now, At: at}
	for len(left) > 0 && left[0].AtDoor {
		rest.hand(left[0], rest.Free.Add(p.DropTime/2), p)
		left = left[1:]
	}
	for _, stop := range stopsOf(left) {
		arrive := rest.Free
		if rest.At != stop.Pickup { // else they stand at the counter
			arrive = arrive.Add(travel.Time(rest.At, stop.Pickup, by, rest.Free)).Add(p.PickupTime / 2)
		}
		rest.Free, rest.At = latest(arrive, stop.Ready).Add(p.PickupTime/2), stop.Pickup
	}
	for _, job := range left {
		arrive := rest.Free.Add(travel.Time(rest.At, job.Door, by, rest.Free))
		rest.hand(job, arrive.Add(p.DropTime/2), p)
	}
	return rest
}

// byDoor is the order in which a courier comes to the doors: that at which they stand, those of their trip, and what they bring back.
func byDoor(a, b Job) int {
	return cmp.Or(first(a.AtDoor, b.AtDoor), first(b.Back, a.Back), cmp.Compare(a.Place, b.Place), domain.CompareIDs(a.Order, b.Order))
}

// first sorts what is so before what is not.
func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// NextDoor is the order to whose door a courier with these jobs, of which there are some, comes first.
func NextDoor(jobs []Job) domain.ID { return slices.MinFunc(jobs, byDoor).Order }

func (r *Rest) hand(job Job, at time.Time, p Params) {
	r.Doors[job.Order], r.Free, r.At = at, at.Add(p.DropTime/2), job.Door
}

// stopsOf are the vendors where something is still to be fetched, each once, with the moment when the last of it is ready.
func stopsOf(jobs []Job) []Job {
	var stops []Job
	for _, job := range jobs {
		if job.Fetched {
			continue
		}
		if i := slices.IndexFunc(stops, func(s Job) bool { return s.Vendor == job.Vendor }); i >= 0 {
			stops[i].Ready = latest(stops[i].Ready, job.Ready)
			continue
		}
		stops = append(stops, job)
	}
	return stops
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
