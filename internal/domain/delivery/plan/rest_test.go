package plan

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
)

func TestWhatIsLeftToDo(t *testing.T) {
	t.Parallel()
	job := func(n int, ready int) Job {
		m := meal(n, 1000, float64(100*n), ready)
		return Job{Order: m.ID, Vendor: m.Vendor, Pickup: m.Pickup, Door: m.Door, Ready: m.Ready, Place: n}
	}
	road, p := Plane{MetersPerMinute: 100}, Defaults()
	require.Equal(t, Rest{Doors: map[domain.ID]time.Time{}, Free: noon, At: metres(0, 0)}, Finish(noon, metres(0, 0), Bicycle, nil, road, p))

	rest := Finish(noon, metres(0, 0), Bicycle, []Job{job(2, 20), job(1, 0)}, road, p)
	require.Equal(t, in(25), rest.Doors[id('o', 1)], "at 10 at the vendor's, who hands over both at 20 and takes two minutes more; a minute of way, two at the door")
	require.Equal(t, in(30), rest.Doors[id('o', 2)])
	require.Equal(t, in(32), rest.Free)
	require.Equal(t, metres(1000, 200), rest.At)

	one, two := job(1, 0), job(2, 0)
	one.Fetched, two.Fetched, two.AtDoor = true, true, true
	rest = Finish(noon, metres(1000, 200), Bicycle, []Job{one, two}, road, p)
	require.Equal(t, map[domain.ID]time.Time{id('o', 2): in(2), id('o', 1): in(7)}, rest.Doors, "where the courier stands comes first")

	one.Back, one.Door, two.AtDoor = true, one.Pickup, false
	rest = Finish(noon, metres(1000, 200), Bicycle, []Job{one, two}, road, p)
	require.Equal(t, map[domain.ID]time.Time{id('o', 2): in(2), id('o', 1): in(8)}, rest.Doors, "what nobody wanted is brought back at last")
	require.Equal(t, two.Order, NextDoor([]Job{one, two}))
}
