package delivery

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/account"
	"github.com/zoop-dev/zoop/internal/domain"
)

// A courier who takes an order while their account is suspended: one of the two comes first, and the other is refused.
func TestAcceptAgainstTheSuspensionOfTheAccount(t *testing.T) {
	b := setup(t)
	acc := account.New(b.db, account.Options{})
	m, err := acc.Mint(b.ctx, account.Mint{Email: "boss@example.com", Role: domain.RoleAdmin})
	require.NoError(t, err)
	admin := domain.Actor{ID: m.User.ID, Role: domain.RoleAdmin}
	for range 30 {
		b.order("preparing")
		c := b.courier(0.001)
		_, err := b.Dispatch(b.ctx)
		require.NoError(t, err)
		offer := b.offerOf(c)
		var wg sync.WaitGroup
		var accepted, suspended error
		wg.Go(func() { _, accepted = b.Accept(b.ctx, c, offer, 0) })
		wg.Go(func() { _, suspended = acc.Suspend(b.ctx, admin, c.ID, 0, "x") })
		wg.Wait()
		require.NotEqual(t, accepted == nil, suspended == nil, "%v / %v", accepted, suspended)
		_, err = b.ExpireOffers(b.ctx)
		require.NoError(t, err)
		b.exec("UPDATE deliveries SET state = 'cancelled', courier_id = NULL")
		b.exec("UPDATE couriers SET online = false")
	}
}
