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
		p, ok := s.Shown(at, noon)
		switch s {
		case Assigned, AtStore:
			require.True(t, ok)
			require.Equal(t, Coarse(at.Point), p, "before pickup, roughly")
		case PickedUp, AtCustomer:
			require.True(t, ok)
			require.Equal(t, domain.Point{Lat: 28.61391, Lng: 77.20901}, p)
		default:
			require.False(t, ok, "%s: nobody's business", s)
		}
		_, ok = s.Shown(Sighting{at.Point, noon.Add(-ShownFor - 1)}, noon)
		require.False(t, ok, "too old")
		_, ok = s.Shown(Sighting{}, noon)
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
