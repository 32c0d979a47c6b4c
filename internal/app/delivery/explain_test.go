package delivery

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/delivery"
)

func TestADecisionIsExplainedByName(t *testing.T) {
	b := setup(t)
	c, orders, offers := b.trip()
	far := b.courier(0.5)
	x, err := b.Decision(b.ctx, offers[0].DeliveryID)
	require.NoError(t, err)
	require.Equal(t, rules.Offered, x.State)
	require.Len(t, x.Attempts, 1)
	require.ElementsMatch(t, orders, x.Attempts[0].Orders)
	require.Len(t, x.Orders, 2)
	for id, o := range x.Orders {
		require.Equal(t, id, o.ID)
		require.NotEmpty(t, o.Number)
		require.NotEmpty(t, o.VendorName)
	}
	require.NotEmpty(t, x.Couriers[c.ID].Name)

	// Whom staff give it to was not asked, and has no answer; that it was taken from them is one.
	require.NoError(t, b.Decline(b.ctx, c, offers[0].ID, 0, "BREAK"))
	boss := b.boss()
	require.NoError(t, b.AssignTo(b.ctx, boss, offers[0].DeliveryID, 0, far.ID, true))
	x, err = b.Decision(b.ctx, offers[0].DeliveryID)
	require.NoError(t, err)
	require.Equal(t, far.ID, x.CourierID)
	require.Equal(t, rules.OutcomeAssigned, x.Attempts[0].Outcome)
	require.Empty(t, x.Attempts[0].Answer)
	require.NoError(t, b.TakeAway(b.ctx, boss, offers[0].DeliveryID, 0, "ACCIDENT"))
	x, err = b.Decision(b.ctx, offers[0].DeliveryID)
	require.NoError(t, err)
	require.Equal(t, []string{"taken_away", "ACCIDENT"}, []string{x.Attempts[0].Answer, x.Attempts[0].AnswerReason})
	require.Equal(t, "declined", x.Attempts[1].Answer)

	_, err = b.Decision(b.ctx, newID())
	require.Equal(t, domain.NotFound, domain.KindOf(err))
	_, err = b.OrderOf(b.ctx, newID())
	require.Equal(t, domain.NotFound, domain.KindOf(err))
}
