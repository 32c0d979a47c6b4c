package fleet

import (
	"context"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// DeskCourier is a courier as staff see them at work.
type DeskCourier = postgres.DeskCourier

// DeskFilter selects couriers of the desk's list.
type DeskFilter = postgres.DeskFilter

// Desk lists couriers with work now, by ID, those behind one.
func (s *Service) Desk(ctx context.Context, f DeskFilter, after domain.ID) ([]DeskCourier, error) {
	return s.positions.Desk(ctx, f, after)
}

// AtDesk is one of them, with work or without, and what was last done to them. NotFound for who is no courier.
func (s *Service) AtDesk(ctx context.Context, id domain.ID) (DeskCourier, error) {
	found, err := s.Desk(ctx, DeskFilter{Only: id, Limit: 1}, domain.Nil)
	if err != nil {
		return DeskCourier{}, err
	}
	if len(found) == 0 {
		return DeskCourier{}, domain.Missing("courier")
	}
	found[0].Changes, err = s.db.CourierChanges(ctx, id)
	return found[0], err
}
