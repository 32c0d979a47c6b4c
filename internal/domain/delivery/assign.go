package delivery

import (
	"slices"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Candidate is a courier who is free.
type Candidate struct {
	CourierID domain.ID
	At        domain.Point
}

// Task is a delivery that waits for a courier.
type Task struct {
	DeliveryID domain.ID
	Pickup     domain.Point
	Refused    []domain.ID  // couriers who declined it or let its offer expire, or may not have it
	Cash       domain.Money // to be taken at the door; zero when it is paid already
}

// Pair is an offer to make.
type Pair struct {
	DeliveryID domain.ID
	CourierID  domain.ID
	Meters     int // from the courier to the vendor, great circle
}

// MaxPickupMeters bounds how far from the vendor a courier may be to be asked.
const MaxPickupMeters = 15_000

// Assign gives each task, in the order given, the nearest courier that is free, within reach and has not refused it.
// It is deterministic: equally near couriers are taken by ID.
func Assign(tasks []Task, free []Candidate) []Pair {
	left := slices.Clone(free)
	pairs := make([]Pair, 0, min(len(tasks), len(free)))
	for _, task := range tasks {
		best, meters := nearest(task, left)
		if best < 0 {
			continue
		}
		pairs = append(pairs, Pair{task.DeliveryID, left[best].CourierID, int(meters)})
		left = slices.Delete(left, best, best+1)
	}
	return pairs
}

func nearest(task Task, free []Candidate) (best int, meters float64) {
	best, meters = -1, MaxPickupMeters
	for i, c := range free {
		d := task.Pickup.Meters(c.At)
		if d > meters || slices.Contains(task.Refused, c.CourierID) {
			continue
		}
		if best < 0 || d < meters || c.CourierID.String() < free[best].CourierID.String() {
			best, meters = i, d
		}
	}
	return best, meters
}
