package plan

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
)

// An order for next week has waited for days when its hour comes, and is not given up for that.
func TestWhatWasOrderedDaysAgoIsFetched(t *testing.T) {
	t.Parallel()
	order := meal(1, 500, 300, 0)
	order.Placed, order.Promised = noon.Add(-7*24*time.Hour), in(30)
	out := Decide(round([]Courier{rider(1, 0, 0)}, order))
	require.Len(t, out.Trips, 1, "%+v", out.Waiting)
}

// nowhere knows no way to the places east of a line.
type nowhere struct{ Plane }

func (n nowhere) Time(from, to domain.Point, by Vehicle, at time.Time) time.Duration {
	if from.Lng > 1000 || to.Lng > 1000 {
		return math.MaxInt64
	}
	return n.Plane.Time(from, to, by, at)
}

func TestAWayThatThereIsNotIsNotShort(t *testing.T) {
	t.Parallel()
	now := round([]Courier{rider(1, 0, 0), rider(2, 1500, 0)}, meal(1, 400, 0, 0))
	now.Travel = nowhere{Plane{MetersPerMinute: 100}}
	out := Decide(now)
	require.Len(t, out.Trips, 1)
	require.Equal(t, id('c', 1), out.Trips[0].Courier, "courier 2 cannot get there")

	now.Orders = []Order{meal(1, 1400, 0, 0), meal(2, 1400, 0, 0), meal(3, 1400, 0, 0)}
	for _, trip := range Decide(now).Trips {
		for _, stop := range trip.Stops {
			require.False(t, stop.Arrive.Before(noon), "a long way is no way back in time")
		}
	}
}

// A round in which there is nothing to weigh ends as soon as others.
func TestARoundOfManyCouriersIsBounded(t *testing.T) {
	t.Parallel()
	now := round(nil)
	for n := range 2000 {
		c := rider(0, float64(n%50)*100, float64(n/50)*100)
		c.ID, c.Off = domain.ID{'c', 14: byte(n / 256), 15: byte(n)}, in(1)
		now.Couriers = append(now.Couriers, c)
	}
	for n := range 50 {
		now.Orders = append(now.Orders, meal(n, float64(n%20)*300, float64(n)*10, 30))
	}
	s := newSearch(newWorld(now))
	s.build()
	s.improve()
	require.Less(t, s.looked, looks*now.Params.Effort+(ruined+1)*len(now.Couriers))
}
