package catalog

import (
	"context"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Turn tells what the clock has done to one vendor, such as opened it or ended its pause, and says whether there was one. Each
// is told once, by whichever instance holds the row. Pages need no telling: they end at that very moment by themselves.
func (s *Service) Turn(ctx context.Context) (bool, error) {
	var due postgres.Due
	var told bool
	err := s.db.InTx(ctx, func(tx *postgres.Tx) error {
		var err error
		if due, err = tx.DueVendor(ctx); err != nil {
			return err
		}
		events := due.Profile.Turn(due.Now, due.ToldOpen)
		for _, e := range events {
			if due.Version, err = tx.Append(ctx, head(domain.System, due.Profile), e); err != nil {
				return err
			}
		}
		if told = len(events) > 0; told {
			if err := tx.SaveVendor(ctx, due.Profile); err != nil {
				return err
			}
		}
		clock := due.ClockAt(due.Now)
		return tx.Settle(ctx, due.ID, clock.Open, clock.Until)
	})
	if domain.KindOf(err) == domain.NotFound {
		return false, nil
	}
	if err == nil && told {
		s.tell(ctx, due.Profile)
	}
	return err == nil, err
}
