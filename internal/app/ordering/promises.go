package ordering

import (
	"context"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// LookAtPromises tells of orders whose promises are at risk, or broken, some hundreds at most, and says whether there may be more. Each is told
// once, on whichever instance holds the row; it costs one look when there is none.
func (s *Service) LookAtPromises(ctx context.Context) (more bool, err error) {
	return inHaste(ctx, s.LookAtOne)
}

// LookAtOne looks at the promises of one order that are due for it, and says whether there was one.
func (s *Service) LookAtOne(ctx context.Context) (bool, error) {
	return s.oneDue(ctx, "look at promises", &s.promises, s.db.OrdersToLookAt, (*postgres.Tx).OrderToLookAt,
		func(_ context.Context, _ *postgres.Tx, o *postgres.LockedOrder) ([]domain.Event, error) {
			return o.Look(o.Now), nil
		})
}
