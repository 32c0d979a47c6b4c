package fleet

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// TestWhoChangedACouriersStanding: the last who did is told of the one who is asked for; what else of them is changed since is nobody's word
// about that.
func TestWhoChangedACouriersStanding(t *testing.T) {
	b := setup(t)
	c, other := b.courier(), b.courier()
	said := func(of domain.Actor) *postgres.Change {
		t.Helper()
		v, err := b.AtDesk(b.ctx, of.ID)
		require.NoError(t, err)
		if v.Changed != nil {
			require.WithinDuration(t, time.Now(), v.Changed.At, time.Minute)
			v.Changed.At = time.Time{}
		}
		return v.Changed
	}
	require.Nil(t, said(c), "nobody has")

	asha, kim := b.somebody("Asha", domain.RoleSupport), b.boss()
	judge := func(by domain.Actor, verb string) {
		t.Helper()
		_, err := b.Judge(b.ctx, by, c.ID, 0, verb, "late")
		require.NoError(t, err)
	}
	judge(asha, vendor.VerbSuspend)
	byAsha := &postgres.Change{What: "suspended", Role: domain.RoleSupport, By: asha.ID, Name: "Asha"}
	require.Equal(t, byAsha, said(c))
	require.Nil(t, said(other))
	city := "Pune"
	_, err := b.SetTerms(b.ctx, kim, c.ID, 0, Terms{City: &city})
	require.NoError(t, err)
	require.Equal(t, byAsha, said(c))

	b.exec(`UPDATE couriers SET vehicle = 'bicycle' WHERE user_id = $1`, c.ID.String())
	_, err = b.PutDocument(b.ctx, c, 0, rules.Document{Kind: rules.Identity, Number: "A 1234567"})
	require.NoError(t, err)
	judge(kim, vendor.VerbApprove)
	byKim := &postgres.Change{What: "approved", Role: domain.RoleAdmin, By: kim.ID, Name: "Kim"}
	require.Equal(t, byKim, said(c))
	_, err = b.SetOnline(b.ctx, c, 0, true)
	require.NoError(t, err)
	require.Equal(t, byKim, said(c))

	listed, err := b.Desk(b.ctx, DeskFilter{Limit: 10}, domain.Nil)
	require.NoError(t, err)
	require.Len(t, listed, 2)
	require.Nil(t, listed[0].Changed, "of the one who is asked for alone")
	require.Nil(t, listed[1].Changed)
}
