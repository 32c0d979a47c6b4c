package delivery

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/delivery/eta"
	"github.com/zoop-dev/zoop/internal/domain/delivery/plan"
)

func TestACoarsePlaceTellsOnlyItsCell(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := domain.Point{Lat: rapid.Float64Range(-80, 80).Draw(t, "lat"), Lng: rapid.Float64Range(-179.9, 179.9).Draw(t, "lng")}
		c := Coarse(p)
		if !c.Valid() {
			t.Fatalf("%v is nowhere", c)
		}
		if m := p.Meters(c); m > Grid*0.75 {
			t.Fatalf("%.0f m away", m)
		}
		if again := Coarse(c); again != c {
			t.Fatalf("%v is in the cell of %v", c, again)
		}
	})
	delhi := domain.Point{Lat: 28.6139, Lng: 77.2090}
	cells := map[domain.Point]bool{}
	for i := range 100 { // a walk of a kilometre to the north
		cells[Coarse(domain.Point{Lat: delhi.Lat + float64(i)*0.00009, Lng: delhi.Lng})] = true
	}
	require.InDelta(t, 3, len(cells), 1, "it crosses two or three cells")
}

func TestWhoSeesACourierWhen(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	at := Sighting{domain.Point{Lat: 28.6139123, Lng: 77.2090123}, noon.Add(-time.Minute)}
	for _, s := range append([]State{""}, States...) {
		p, coarse, ok := s.Shown(at, true, noon)
		switch s {
		case Assigned, AtStore:
			require.True(t, ok)
			require.True(t, coarse)
			require.Equal(t, Coarse(at.Point), p, "before pickup, roughly")
		case PickedUp, AtCustomer:
			require.True(t, ok)
			require.False(t, coarse)
			require.Equal(t, domain.Point{Lat: 28.61391, Lng: 77.20901}, p)
			p, coarse, ok = s.Shown(at, false, noon)
			require.True(t, ok)
			require.True(t, coarse)
			require.Equal(t, Coarse(at.Point), p, "nobody sees at whose door they are before")
		default:
			require.False(t, ok, "%s: nobody's business", s)
		}
		_, _, ok = s.Shown(Sighting{at.Point, noon.Add(-ShownFor - 1)}, true, noon)
		require.False(t, ok, "too old")
		_, _, ok = s.Shown(Sighting{}, true, noon)
		require.False(t, ok, "never seen")
	}
}

func TestAGuessOfTheRestOfTheWay(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	in := func(minutes float64) time.Time { return noon.Add(time.Duration(minutes * float64(time.Minute))) }
	// 1 km apart: 4 minutes by motorbike at noon, with the streets.
	roads := plan.City()
	ride := func(meters float64) float64 {
		return meters * roads.Detour / (roads.Speed[plan.Motorbike] * roads.Hours[12]) / 60
	}
	km := domain.Point{Lat: 28.61, Lng: 77.21}.Meters(domain.Point{Lat: 28.619, Lng: 77.21})
	w := Way{
		Pickup: domain.Point{Lat: 28.61, Lng: 77.21}, Dropoff: domain.Point{Lat: 28.619, Lng: 77.21}, Vehicle: "motorbike", PromisedAt: in(40),
		FirstGuess: in(35), Answer: 2 * time.Minute, Food: eta.Claim{ReadyBy: in(10)},
	}
	guess := func(s State, change func(*Way)) time.Time {
		w := w
		w.State, w.Accepted = s, true
		if change != nil {
			change(&w)
		}
		return w.Estimate(noon, roads)
	}
	about := func(minutes float64, at time.Time, why ...any) {
		t.Helper()
		require.WithinDuration(t, in(minutes).Add(15*time.Second), at, 15*time.Second, why...)
		require.Zero(t, at.Sub(noon)%(30*time.Second))
	}
	seen := func(north float64, ago time.Duration) func(*Way) {
		return func(w *Way) { w.Courier = Sighting{domain.Point{Lat: 28.61 + north, Lng: 77.21}, noon.Add(-ago)} }
	}
	rest := 2 + ride(km) + 2
	about(10+2+rest, guess(Unassigned, nil), "it waits a little")
	about(4+rest, guess(Unassigned, func(w *Way) { w.Food.ReadyAt = noon }), "somebody has to be found")
	about(10+8+2+rest, guess(Unassigned, func(w *Way) { w.Food.Late = 8 * time.Minute }), "a vendor who is late is known to be")
	about(10+rest, guess(Assigned, seen(0.009, 0)), "they are there before the food is")
	about(ride(5*km)+rest, guess(Assigned, seen(0.045, 0)), "the food waits for them")
	about(10+rest, guess(Assigned, seen(0.045, time.Hour)), "nobody knows where they are")
	about(10+rest, guess(AtStore, nil))
	about(2+rest, guess(AtStore, func(w *Way) { w.Food.ReadyBy = noon.Add(-time.Hour) }), "it must come soon")
	about(rest, guess(AtStore, func(w *Way) { w.Food.ReadyAt = noon.Add(-time.Minute) }))
	about(ride(km)+2, guess(PickedUp, nil))
	about(ride(km/2)+2, guess(PickedUp, seen(0.0045, 0)))
	require.Equal(t, in(2), guess(AtCustomer, nil))
	require.Equal(t, in(10), guess("", nil), "to collect")
	require.Equal(t, noon.Add(30*time.Second), Way{State: Unassigned, PromisedAt: noon.Add(-time.Hour)}.Estimate(noon.Add(time.Second), roads), "never before now")
	for _, s := range []State{Delivered, Failed, Returning, Returned, Cancelled} {
		require.Zero(t, guess(s, nil), s)
	}

	// Before the vendor says yes, it is as it was guessed first, and as much later as the vendor takes longer than usual.
	waiting := func(asked time.Time) func(*Way) { return func(w *Way) { w.Accepted, w.AskedAt = false, asked } }
	for _, s := range []State{"", Unassigned} {
		require.Equal(t, in(35), guess(s, waiting(time.Time{})))
		require.Equal(t, in(35), guess(s, waiting(in(-2))))
		require.Equal(t, in(38), guess(s, waiting(in(-5))))
	}
	require.Equal(t, in(40), guess(Unassigned, func(w *Way) { w.Accepted, w.FirstGuess = false, time.Time{} }), "of an older version: what was promised")

	// Traffic is that of the place.
	tokyo := time.FixedZone("", 9*3600) // there it is night
	require.True(t, guess(AtStore, func(w *Way) { w.Zone, w.Dropoff.Lat = tokyo, 28.7 }).Before(guess(AtStore, func(w *Way) { w.Dropoff.Lat = 28.7 })))
}

// Who carries more than one order comes to one door after the other.
func TestAGuessOfAWayThatIsShared(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	roads := plan.City()
	store := domain.Point{Lat: 28.61, Lng: 77.21}
	north := func(km float64) domain.Point { return domain.Point{Lat: store.Lat + km*0.009, Lng: store.Lng} }
	ride := func(from, to domain.Point) time.Duration { return roads.Time(from, to, plan.Motorbike, noon) }
	about := func(want, got time.Time, why ...any) {
		t.Helper()
		require.WithinDuration(t, want.Add(15*time.Second), got, 15*time.Second, why...)
	}
	first, second := domain.ID{1}, domain.ID{2}
	way := func(order domain.ID, s State, door domain.Point, at domain.Point) Way {
		return Way{
			OrderID: order, State: s, Accepted: true, Pickup: store, Dropoff: door, Vehicle: "motorbike", Courier: Sighting{at, noon},
			Food: eta.Claim{ReadyBy: noon, ReadyAt: noon.Add(-time.Hour)},
			Jobs: []plan.Job{
				{Order: second, Pickup: store, Door: north(1), Ready: noon, Fetched: true, Place: 2},
				{Order: first, Pickup: store, Door: north(3), Ready: noon, Fetched: true, Place: 1},
			},
		}
	}
	one, two := way(first, PickedUp, north(3), north(2)), way(second, PickedUp, north(1), north(2))
	there := noon.Add(ride(north(2), north(3)) + 2*time.Minute)
	about(there, one.Estimate(noon, roads))
	require.True(t, one.Next())
	about(there.Add(2*time.Minute+ride(north(3), north(1))+2*time.Minute), two.Estimate(noon, roads), "after the other's door, far away")
	require.False(t, two.Next())

	// Where the food is now, the way knows better than whoever read the jobs before.
	two.State, two.Courier.Point = AtCustomer, north(1)
	require.Equal(t, noon.Add(2*time.Minute), two.Estimate(noon, roads))
	two.State, two.Courier.At = PickedUp, time.Time{}
	about(noon.Add(ride(store, north(3))+4*time.Minute+ride(north(3), north(1))+2*time.Minute), two.Estimate(noon, roads), "nobody sees them: they leave now")

	// All is fetched first, at the counter where they stand.
	for _, w := range []*Way{&one, &two} {
		w.State, w.Courier = AtStore, Sighting{store, noon}
		w.Jobs[0].Fetched, w.Jobs[1].Fetched, w.Jobs[0].Ready = false, false, noon.Add(10*time.Minute)
	}
	two.Food = eta.Claim{ReadyBy: noon.Add(10 * time.Minute)}
	about(noon.Add(12*time.Minute+ride(store, north(3))+2*time.Minute), one.Estimate(noon, roads), "the other food has to be ready, too")

	// One whose door is coarse is guessed for that.
	two.State, two.Dropoff = PickedUp, north(5)
	require.True(t, two.Estimate(noon, roads).After(noon.Add(ride(store, north(5)))))

	// What the jobs do not know of is alone.
	other := way(domain.ID{3}, PickedUp, north(1), store)
	about(noon.Add(ride(store, north(1))+2*time.Minute), other.Estimate(noon, roads))
	require.True(t, other.Next())
}
