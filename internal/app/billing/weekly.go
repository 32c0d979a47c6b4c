package billing

import (
	"context"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// DraftWeekly drafts payouts for everybody who is owed something, once a week from payout.PayDay on, by the database's clock:
// of any number of instances one does, and of a week in which none ran on the day, the first that runs later. It never says that
// there is more to do.
func (s *Payouts) DraftWeekly(ctx context.Context) (bool, error) {
	return false, s.db.InTx(ctx, func(tx *postgres.Tx) error {
		now, fresh, err := tx.BeginPayoutWeek(ctx)
		if err != nil || !fresh {
			return err
		}
		_, err = draft(ctx, tx, domain.System, domain.Nil, now)
		return err
	})
}
