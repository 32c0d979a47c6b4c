package fleet

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
)

// TestWhatWasDoneToACourier is told of the one who is asked for, with who it was and the version that it made: their standing, their papers and
// terms, and that they came and went.
func TestWhatWasDoneToACourier(t *testing.T) {
	b := setup(t)
	c, other := b.courier(), b.courier()
	told := func(of domain.Actor) (out []string) {
		t.Helper()
		v, err := b.AtDesk(b.ctx, of.ID)
		require.NoError(t, err)
		for _, c := range v.Changes {
			require.WithinDuration(t, time.Now(), c.At, time.Minute)
			out = append(out, fmt.Sprintf("%s by %s (%s)", c.What, c.Name, c.Role))
		}
		if n := len(v.Changes); n > 0 {
			require.Equal(t, v.Version, v.Changes[n-1].Version)
		}
		return out
	}
	before := len(told(c))
	asha, kim := b.somebody("Asha", domain.RoleSupport), b.boss()
	_, err := b.Judge(b.ctx, asha, c.ID, 0, vendor.VerbSuspend, "late")
	require.NoError(t, err)
	city := "Pune"
	_, err = b.SetTerms(b.ctx, kim, c.ID, 0, Terms{City: &city})
	require.NoError(t, err)
	b.exec(`UPDATE couriers SET vehicle = 'bicycle' WHERE user_id = $1`, c.ID.String())
	_, err = b.PutDocument(b.ctx, c, 0, rules.Document{Kind: rules.Identity, Number: "A 1234567"})
	require.NoError(t, err)
	_, err = b.Judge(b.ctx, kim, c.ID, 0, vendor.VerbApprove, "")
	require.NoError(t, err)
	_, err = b.SetOnline(b.ctx, c, 0, true)
	require.NoError(t, err)
	require.Equal(t, []string{
		"suspended by Asha (support)", "terms_changed by Kim (admin)", "document_shown by Ravi (courier)", "approved by Kim (admin)", "online by Ravi (courier)",
	}, told(c)[before:])
	require.Len(t, told(other), before)

	for _, online := range []bool{false, true, false, true, false, true, false} {
		_, err = b.SetOnline(b.ctx, c, 0, online)
		require.NoError(t, err)
	}
	require.Len(t, told(c), 10)

	listed, err := b.Desk(b.ctx, DeskFilter{Limit: 10}, domain.Nil)
	require.NoError(t, err)
	for _, v := range listed {
		require.Empty(t, v.Changes, "of the one who is asked for alone")
	}
}
