package delivery

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
)

func TestEveryVerbInEveryState(t *testing.T) {
	t.Parallel()
	legal := map[string]map[State]State{
		VerbOffer:      {Unassigned: Offered},
		VerbAssign:     {Unassigned: Assigned},
		VerbTakeAway:   {Assigned: Unassigned, AtStore: Unassigned},
		VerbStrand:     {PickedUp: Unassigned, AtCustomer: Unassigned},
		VerbTakeOver:   {Assigned: PickedUp, AtStore: PickedUp},
		VerbLose:       {Unassigned: Failed, PickedUp: Failed, AtCustomer: Failed},
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
	bySystem := map[string]bool{VerbOffer: true, VerbTakeAway: true, VerbLose: true, VerbExpire: true, VerbCancel: true, VerbRestore: true}
	for verb, from := range legal {
		for _, state := range States {
			by, other := domain.RoleCourier, domain.RoleVendor
			switch {
			case bySystem[verb]:
				by = domain.RoleSystem
			case verb == VerbAssign:
				by = domain.RoleSupport
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
	require.ErrorAs(t, Visit{ArrivedAt: noon, Contacts: 1}.Waited(noon.Add(WaitAtDoor-1)), &e)
	require.Equal(t, map[string]any{"waitUntil": noon.Add(5 * time.Minute), "contactsLeft": 1}, e.Details)
	require.Error(t, Visit{ArrivedAt: noon, Contacts: 1}.Waited(noon.Add(WaitAtDoor)))
	require.Error(t, Visit{ArrivedAt: noon, Contacts: 2}.Waited(noon.Add(WaitAtDoor-1)))
	require.NoError(t, Visit{ArrivedAt: noon, Contacts: 2}.Waited(noon.Add(WaitAtDoor)))
	require.True(t, Failed.Active(), "they still have the food")
	v := Visit{ArrivedAt: noon}
	require.True(t, v.Contact(noon))
	require.False(t, v.Contact(noon.Add(ContactApart-1)), "that is the same try")
	require.True(t, v.Contact(noon.Add(ContactApart)))
	require.Equal(t, Visit{ArrivedAt: noon, Contacts: 2, ContactedAt: noon.Add(ContactApart)}, v)
}

func TestDispatchInTimeForTheFood(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	require.Equal(t, noon.Add(15*time.Minute), DispatchAt(noon, noon.Add(time.Hour)))
	require.Equal(t, noon, DispatchAt(noon, noon.Add(5*time.Minute)))
}

func TestTheReachGrows(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	require.Equal(t, 12*time.Minute, Reach(noon, noon.Add(20*time.Minute), 0))
	require.Equal(t, 20*time.Minute, Reach(noon, noon.Add(20*time.Minute), 2), "two have said no")
	require.Equal(t, 22*time.Minute, Reach(noon, noon, 0), "the food is ready")
	require.Equal(t, 45*time.Minute, Reach(noon.Add(time.Hour), noon, 9))
}
