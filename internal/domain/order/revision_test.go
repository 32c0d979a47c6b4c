package order

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
)

func TestARevisionWaitsForTheCustomer(t *testing.T) {
	t.Parallel()
	o := placed()
	at := noon.Add(4 * time.Minute)
	_, err := o.Propose(domain.RoleVendor, at)
	require.NoError(t, err)
	require.Equal(t, at.Add(3*time.Minute), o.DeadlineAt(), "the customer's three minutes")
	require.Equal(t, at.Add(4*time.Minute), o.timer(VerbExpire), "then the vendor has a minute")
	require.True(t, o.timer(VerbNudge).IsZero())
	_, err = o.Propose(domain.RoleVendor, at)
	require.ErrorIs(t, err, ErrRevisionOpen)
	_, err = o.Accept(domain.RoleVendor, at, 10)
	require.ErrorIs(t, err, ErrRevisionOpen)

	agreed := o
	event, err := agreed.Agree(domain.RoleCustomer, inr(60_00))
	require.NoError(t, err)
	require.Equal(t, "order.revision_accepted", event.Type)
	require.Equal(t, inr(60_00), agreed.Total)
	_, err = agreed.Agree(domain.RoleCustomer, inr(1))
	require.ErrorIs(t, err, ErrNoRevision)
	_, err = agreed.Accept(domain.RoleVendor, at, 10)
	require.NoError(t, err)

	event, err = o.Fire(at.Add(3 * time.Minute))
	require.NoError(t, err)
	require.Equal(t, "order.revision_lapsed", event.Type)
	require.Equal(t, inr(100_00), o.Total, "silence is no yes")
	require.Equal(t, Placed, o.State)
	_, err = o.Accept(domain.RoleVendor, at.Add(3*time.Minute), 10)
	require.NoError(t, err, "the vendor may make it after all")

	for n := 2; n <= MaxRevisions; n++ {
		_, err = o.Propose(domain.RoleVendor, at)
		require.NoError(t, err)
		_, err = o.Start(domain.RoleVendor)
		if n == 2 {
			require.NoError(t, err, "the rest may go into the pan")
		}
		require.True(t, o.Revising())
		_, err = o.Ready(domain.RoleVendor, noon)
		require.ErrorIs(t, err, ErrRevisionOpen)
		_, err = o.Refuse(domain.RoleCustomer)
		require.NoError(t, err)
	}
	_, err = o.Propose(domain.RoleVendor, at)
	require.ErrorIs(t, err, ErrRevisedOften)
	_, err = o.Cancel(domain.RoleVendor, at, ItemUnavailable)
	require.NoError(t, err)
	require.Equal(t, OfVendor, o.Outcome.Liable)
	require.Equal(t, o.Total, o.Outcome.Refund)
}

func TestWhatIsLeftOfAnOrder(t *testing.T) {
	t.Parallel()
	items := []Item{{Name: "Thali", Quantity: 2}, {Name: "Lassi", Quantity: 1}, {Name: "Naan", Quantity: 3}}
	left, err := Reduce(items, []Reduction{{0, 1}, {2, 0}})
	require.NoError(t, err)
	require.Equal(t, []Item{{Name: "Thali", Quantity: 1}, {Name: "Lassi", Quantity: 1}}, left)
	require.Equal(t, 2, items[0].Quantity, "the order itself is as it was")
	for field, less := range map[string][]Reduction{
		"items[0].line": {{3, 0}}, "items[1].line": {{0, 1}, {0, 0}}, "items[0].quantity": {{0, 2}},
		"items": {{0, 0}, {1, 0}, {2, 0}},
	} {
		_, err := Reduce(items, less)
		var e *domain.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, field, e.Fields[0].Field)
	}
	for _, less := range [][]Reduction{nil, {{-1, 0}}, {{0, -1}}, {{1, 1}}} {
		_, err := Reduce(items, less)
		require.Equal(t, domain.Invalid, domain.KindOf(err))
	}
}
