package postgres_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// TestRestoredOrdersTakePromotionsInOrder: orders that took two promotions in this order and in that are restored and called off at
// once. None waits for another that waits for it: the statements are given without the retry that would hide it.
func TestRestoredOrdersTakePromotionsInOrder(t *testing.T) {
	c := newCity(t)
	promotions := []domain.ID{c.promoted(0), c.promoted(0)}
	orders := make(chan domain.ID, 16)
	for n := range cap(orders) {
		id := c.placed("cod", 1)
		for i := range promotions {
			c.exec(`INSERT INTO promotion_redemptions (promotion_id, order_id, customer_id, vendor_amount, platform_amount, given_back_at) VALUES ($1, $2, $3, 0, 10, now())`,
				promotions[(i+n)%2].String(), id.String(), c.customer.String())
		}
		orders <- id
	}
	won, lost := c.race(8, func() error {
		for range 40 {
			id := <-orders
			for _, do := range []func(*query.Queries, context.Context, domain.ID) error{(*query.Queries).RetakeRedemptions, (*query.Queries).GiveBackRedemptions} {
				if err := do(query.New(c.Pool()), context.Background(), id); err != nil {
					return err
				}
			}
			orders <- id
		}
		return nil
	})
	require.Equal(t, 8, won, "%v", lost)
	require.Zero(t, c.scan(`SELECT sum(used) FROM promotions`))
}
