package sim

import (
	"math"
	"time"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
)

// metersPerDegree is the length of a degree of latitude on a sphere of the Earth's mean radius.
const metersPerDegree = 111_195

// speeds are metres a second in a city by day, with its traffic and lights; a ride is a fifth quicker or slower.
var speeds = map[dto.Vehicle]float64{dto.Foot: 1.3, dto.Bicycle: 4, dto.Motorbike: 5.5, dto.Car: 6}

// offset is the point so many metres away in a direction (radians, clockwise from north). It is meant for a city's
// distances, where a degree of longitude is as long at one end as at the other.
func offset(p domain.Point, direction, meters float64) domain.Point {
	north, east := meters*math.Cos(direction), meters*math.Sin(direction)
	return domain.Point{
		Lat: p.Lat + north/metersPerDegree,
		Lng: p.Lng + east/(metersPerDegree*math.Cos(p.Lat*math.Pi/180)),
	}
}

// detour is how many metres of road there are to one of a straight line.
const detour = 1.3

// ride is a way, drawn as a straight line, that takes as long as its roads do.
type ride struct {
	from, to domain.Point
	total    time.Duration
}

func newRide(from, to domain.Point, metersPerSecond float64) ride {
	return ride{from, to, time.Duration(from.Meters(to) * detour / metersPerSecond * float64(time.Second))}
}

// at is where one is after so long.
func (r ride) at(elapsed time.Duration) domain.Point {
	if elapsed >= r.total {
		return r.to
	}
	share := float64(elapsed) / float64(r.total)
	return domain.Point{Lat: r.from.Lat + share*(r.to.Lat-r.from.Lat), Lng: r.from.Lng + share*(r.to.Lng-r.from.Lng)}
}

// heading is the direction of the ride, in degrees clockwise from north.
func (r ride) heading() float64 {
	east := (r.to.Lng - r.from.Lng) * math.Cos(r.from.Lat*math.Pi/180)
	degrees := math.Atan2(east, r.to.Lat-r.from.Lat) * 180 / math.Pi
	return math.Mod(degrees+360, 360)
}

func toPoint(p dto.Point) domain.Point   { return domain.Point{Lat: p.Lat, Lng: p.Lng} }
func fromPoint(p domain.Point) dto.Point { return dto.Point{Lat: p.Lat, Lng: p.Lng} }
