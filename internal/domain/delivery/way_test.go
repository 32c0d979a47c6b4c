package delivery

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/zoop-dev/zoop/internal/domain"
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
	// 1 km apart: 4 minutes by motorbike, with the streets.
	w := Way{Pickup: domain.Point{Lat: 28.61, Lng: 77.21}, Dropoff: domain.Point{Lat: 28.619, Lng: 77.21}, Vehicle: "motorbike", PromisedAt: in(40), ReadyBy: in(10)}
	guess := func(s State, change func(*Way)) time.Time {
		w := w
		w.State, w.Accepted = s, true
		if change != nil {
			change(&w)
		}
		return w.Estimate(noon)
	}
	seen := func(north float64, ago time.Duration) func(*Way) {
		return func(w *Way) { w.Courier = Sighting{domain.Point{Lat: 28.61 + north, Lng: 77.21}, noon.Add(-ago)} }
	}
	require.Equal(t, in(40), guess(Unassigned, func(w *Way) { w.Accepted = false }), "what was promised")
	require.Equal(t, in(18.5), guess(Unassigned, nil))
	require.Equal(t, in(18.5), guess(Assigned, seen(0.009, 0)), "they are there before the food is")
	require.Equal(t, in(28.5), guess(Assigned, seen(0.045, 0)), "the food waits for them")
	require.Equal(t, in(18.5), guess(Assigned, seen(0.045, time.Hour)), "nobody knows where they are")
	require.Equal(t, in(18.5), guess(AtStore, nil))
	require.Equal(t, in(8.5), guess(AtStore, func(w *Way) { w.ReadyBy = noon.Add(-time.Hour) }), "it is never ready before now")
	require.Equal(t, in(6.5), guess(PickedUp, nil))
	require.Equal(t, in(4.5), guess(PickedUp, seen(0.0045, 0)))
	require.Equal(t, in(2), guess(AtCustomer, nil))
	require.Equal(t, in(10), guess("", nil), "to collect")
	require.Equal(t, in(40), guess("", func(w *Way) { w.Accepted = false }))
	for _, s := range []State{Delivered, Failed, Returning, Returned, Cancelled} {
		require.Zero(t, guess(s, nil), s)
	}
	require.Equal(t, noon.Add(30*time.Second), Way{State: Unassigned, PromisedAt: noon.Add(-time.Hour)}.Estimate(noon.Add(time.Second)), "never before now")
}
