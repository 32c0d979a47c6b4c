package plan

import (
	"math"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Vehicle is what a courier moves with.
type Vehicle string

// The vehicles.
const (
	Foot      Vehicle = "foot"
	Bicycle   Vehicle = "bicycle"
	Motorbike Vehicle = "motorbike"
	Car       Vehicle = "car"
)

// Travel knows how long a way takes. It is asked many times a round and answers from memory: a source that is asked over the
// network is asked before the round, for the places of its input.
type Travel interface {
	Time(from, to domain.Point, by Vehicle, at time.Time) time.Duration
}

// Roads estimates by great circle, times a detour, by the speed of the vehicle at that hour.
type Roads struct {
	Detour float64             // road metres a metre of great circle
	Speed  map[Vehicle]float64 // metres a second
	Hours  [24]float64         // what traffic leaves of the speed of cars, by the hour of the round's time
}

// City is Roads as they are in most cities: 1.3 metres of road a metre, and traffic at noon and in the evening.
func City() Roads {
	r := Roads{Detour: 1.3, Speed: map[Vehicle]float64{Foot: 1.3, Bicycle: 4.2, Motorbike: 6.5, Car: 7.5}}
	for h := range r.Hours {
		switch {
		case h >= 17 && h < 20:
			r.Hours[h] = 0.65
		case h >= 7 && h < 10, h >= 12 && h < 14:
			r.Hours[h] = 0.75
		case h >= 6 && h < 23:
			r.Hours[h] = 0.85
		default:
			r.Hours[h] = 1
		}
	}
	return r
}

// Time implements Travel; an unknown vehicle is a bicycle.
func (r Roads) Time(from, to domain.Point, by Vehicle, at time.Time) time.Duration {
	return r.Ride(from.Meters(to), by, at)
}

// Ride is how long a way takes of so many metres of great circle.
func (r Roads) Ride(meters float64, by Vehicle, at time.Time) time.Duration {
	speed, ok := r.Speed[by]
	if !ok {
		speed = r.Speed[Bicycle]
	}
	if by == Car || by == Motorbike {
		speed *= r.Hours[at.Hour()]
	}
	return time.Duration(meters * r.Detour / speed * float64(time.Second))
}

// Plane measures on a metric plane, Lng being x and Lat y in metres, and rounds up to whole minutes.
type Plane struct {
	MetersPerMinute float64
}

// Time implements Travel.
func (p Plane) Time(from, to domain.Point, _ Vehicle, _ time.Time) time.Duration {
	dx, dy := to.Lng-from.Lng, to.Lat-from.Lat
	return time.Duration(math.Ceil(math.Sqrt(dx*dx+dy*dy)/p.MetersPerMinute)) * time.Minute
}
