package review

import (
	"context"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/review"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// ShowRatings brings what one vendor with its dishes, or one courier, shows up to what was voted, and says whether there may be
// another that is behind. A vendor is shown anew at most once in a pause, whatever was voted meanwhile. Any number of instances
// may do this at once.
func (s *Service) ShowRatings(ctx context.Context) (bool, error) {
	err := s.db.InTx(ctx, func(tx *postgres.Tx) error {
		stale, err := tx.HoldStaleRating(ctx, s.pause)
		if err != nil {
			return err
		}
		if stale.Subject == rules.OfCourier {
			return tx.ShowCourierRating(ctx, stale)
		}
		return tx.ShowVendorRating(ctx, stale)
	})
	if domain.KindOf(err) == domain.NotFound {
		return false, nil
	}
	if err == nil {
		s.wake()
	}
	return err == nil, err
}
