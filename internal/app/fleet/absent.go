package fleet

import (
	"context"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// sweepMost bounds a sweep.
const sweepMost = 200

// TakeOffline takes couriers offline who are not there any more, or whose shift is over; more says that there may be others. Several
// instances may do it at once.
func (s *Service) TakeOffline(ctx context.Context) (more bool, err error) {
	if err := s.positions.Hear(ctx); err != nil {
		return false, err
	}
	gone, err := s.db.Absent(ctx, domain.Nil, s.positions.Silence(time.Now()), sweepMost)
	if err != nil {
		return false, err
	}
	for courier := range gone {
		if err := s.takeOffline(ctx, courier); err != nil && domain.KindOf(err) != domain.NotFound {
			return false, err
		}
	}
	return len(gone) == sweepMost, nil
}

func (s *Service) takeOffline(ctx context.Context, id domain.ID) error {
	_, err := s.changeCourier(ctx, domain.System, id, 0, func(tx *postgres.Tx, c *Courier) (domain.Event, error) {
		still, err := tx.Absent(ctx, id, rules.OfflineAfter, 1) // they may have come back while this waited
		reason, gone := still[id]
		if err != nil || !gone {
			return domain.Event{}, err
		}
		c.Online = false
		return domain.Event{Type: "courier.offline", Data: map[string]any{"reason": reason}}, nil
	})
	return err
}
