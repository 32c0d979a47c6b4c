package delivery

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Whichever of the two is suspended, the courier or their account: the offer goes to somebody else.
func TestSuspendedCouriersOfferIsTakenBack(t *testing.T) {
	for name, sql := range map[string]string{
		"the courier": `UPDATE couriers SET status = 'suspended' WHERE user_id = $1`,
		"the account": `UPDATE users SET status = 'suspended' WHERE id = $1`,
	} {
		t.Run(name, func(t *testing.T) {
			b := setup(t)
			b.order("preparing")
			near := b.courier(0.001)
			_, err := b.Dispatch(b.ctx)
			require.NoError(t, err)
			offerID := b.offerOf(near)
			b.exec(sql, near.ID.String())
			_, err = b.Accept(b.ctx, near, offerID, 0)
			require.Equal(t, domain.Conflict, domain.KindOf(err))

			far := b.courier(0.01)
			closed, err := b.ExpireOffers(b.ctx)
			require.NoError(t, err)
			require.Equal(t, 1, closed)
			require.Equal(t, 1, b.scan(`SELECT count(*) FROM offers WHERE state = 'withdrawn'`))
			made, err := b.Dispatch(b.ctx)
			require.NoError(t, err)
			require.Equal(t, 1, made)
			require.NotEqual(t, offerID, b.offerOf(far), "not to the same courier again")
		})
	}
}
