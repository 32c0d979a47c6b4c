package delivery

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/zoop-dev/zoop/internal/domain"
)

func TestEveryVerbInEveryState(t *testing.T) {
	t.Parallel()
	legal := map[string]map[State]State{
		VerbOffer:      {Unassigned: Offered},
		VerbAccept:     {Offered: Assigned},
		VerbDecline:    {Offered: Unassigned},
		VerbExpire:     {Offered: Unassigned},
		VerbArrive:     {Assigned: AtStore},
		VerbPickUp:     {Assigned: PickedUp, AtStore: PickedUp},
		VerbArriveDoor: {PickedUp: AtCustomer},
		VerbDeliver:    {PickedUp: Delivered, AtCustomer: Delivered},
		VerbFail:       {PickedUp: Failed, AtCustomer: Failed},
		VerbTurnBack:   {Failed: Returning},
		VerbReturn:     {Failed: Returned, Returning: Returned},
		VerbRedeliver:  {Failed: PickedUp, Returning: PickedUp},
		VerbCancel:     {Unassigned: Cancelled, Offered: Cancelled, Assigned: Cancelled, AtStore: Cancelled},
		VerbRestore:    {Cancelled: Unassigned},
	}
	bySystem := map[string]bool{VerbOffer: true, VerbExpire: true, VerbCancel: true, VerbRestore: true}
	for verb, from := range legal {
		for _, state := range States {
			by, other := domain.RoleCourier, domain.RoleVendor
			if bySystem[verb] {
				by = domain.RoleSystem
			}
			s := state
			_, err := s.Step(verb, by)
			if to, ok := from[state]; ok {
				require.NoError(t, err, "%s when %s", verb, state)
				require.Equal(t, to, s)
				s = state
				_, err = s.Step(verb, other)
				require.Equal(t, domain.Forbidden, domain.KindOf(err), "a vendor can never %s", verb)
				continue
			}
			require.Equal(t, domain.Conflict, domain.KindOf(err), "%s when %s", verb, state)
			require.Equal(t, state, s)
		}
	}
}

func TestACourierWaitsAtTheDoor(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	require.ErrorContains(t, Visit{}.Waited(noon), "not_at_door")
	require.ErrorContains(t, Visit{}.AtDoor(), "not_at_door")
	var e *domain.Error
	require.ErrorAs(t, Visit{noon, 1}.Waited(noon.Add(WaitAtDoor-1)), &e)
	require.Equal(t, map[string]any{"waitUntil": noon.Add(5 * time.Minute), "contactsLeft": 1}, e.Details)
	require.Error(t, Visit{noon, 1}.Waited(noon.Add(WaitAtDoor)))
	require.Error(t, Visit{noon, 2}.Waited(noon.Add(WaitAtDoor-1)))
	require.NoError(t, Visit{noon, 2}.Waited(noon.Add(WaitAtDoor)))
	require.True(t, Failed.Active(), "they still have the food")
}

func TestDispatchInTimeForTheFood(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	require.Equal(t, noon.Add(20*time.Minute), DispatchAt(noon, noon.Add(30*time.Minute)))
	require.Equal(t, noon, DispatchAt(noon, noon.Add(5*time.Minute)))
}

func TestAssignment(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		id := func(kind, n int) domain.ID { return domain.ID{byte(kind), byte(n)} }
		point := func(name string) domain.Point {
			return domain.Point{Lat: rapid.Float64Range(28.5, 28.7).Draw(t, name), Lng: rapid.Float64Range(77.1, 77.3).Draw(t, name)}
		}
		var tasks []Task
		var free []Candidate
		couriers := rapid.IntRange(0, 8).Draw(t, "couriers")
		for i := range couriers {
			free = append(free, Candidate{id(1, i), point("courier")})
		}
		for i := range rapid.IntRange(0, 8).Draw(t, "tasks") {
			task := Task{DeliveryID: id(2, i), Pickup: point("vendor")}
			if couriers > 0 && rapid.Bool().Draw(t, "refused") {
				task.Refused = []domain.ID{id(1, rapid.IntRange(0, couriers-1).Draw(t, "who"))}
			}
			tasks = append(tasks, task)
		}
		pairs := Assign(tasks, free)
		seenTask, seenCourier := map[domain.ID]bool{}, map[domain.ID]bool{}
		for _, p := range pairs {
			if seenTask[p.DeliveryID] || seenCourier[p.CourierID] {
				t.Fatal("one delivery or courier twice")
			}
			seenTask[p.DeliveryID], seenCourier[p.CourierID] = true, true
			for _, task := range tasks {
				if task.DeliveryID == p.DeliveryID && len(task.Refused) > 0 && task.Refused[0] == p.CourierID {
					t.Fatal("asked again after a no")
				}
			}
			if p.Meters > MaxPickupMeters {
				t.Fatal("out of reach")
			}
		}
	})
	near, far := Candidate{domain.ID{1}, domain.Point{Lat: 28.61, Lng: 77.2}}, Candidate{domain.ID{2}, domain.Point{Lat: 28.65, Lng: 77.2}}
	pairs := Assign([]Task{{DeliveryID: domain.ID{9}, Pickup: domain.Point{Lat: 28.6, Lng: 77.2}}}, []Candidate{far, near})
	require.Len(t, pairs, 1)
	require.Equal(t, near.CourierID, pairs[0].CourierID)
	require.InDelta(t, 1112, pairs[0].Meters, 2)
}
