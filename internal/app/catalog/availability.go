package catalog

import (
	"context"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// maxAbsence is for how long a sold-out dish or option may be told to come back by itself.
const maxAbsence = 30 * 24 * time.Hour

// SetAvailable says that a dish is sold out, with an until that it comes back then by itself, or that it is back. A dish that
// is back with none left in stock is no longer counted. What staff do is in the audit log. It returns NotFound, Forbidden, Precondition and Invalid.
func (s *Service) SetAvailable(ctx context.Context, actor domain.Actor, dishID domain.ID, version int, available bool, until time.Time) (DishView, error) {
	if err := s.checkAbsence(available, until); err != nil {
		return DishView{}, err
	}
	return s.dish(ctx, actor, dishID, takeOff, func(ctx context.Context, tx *postgres.Tx, d *menu.Dish, _ *vendor.Profile) (*domain.Event, error) {
		if err := domain.Fresh(version, d.Version); err != nil {
			return nil, err
		}
		soldOut := d.Stock != nil && *d.Stock == 0
		if d.Available == available && d.UnavailableUntil.Equal(until) && !(available && soldOut) {
			return nil, nil
		}
		event := menuChanged("dishId", dishID, "dish_available")
		if !available {
			event = &domain.Event{Type: "vendor.item_unavailable", Data: map[string]any{"dishId": dishID}}
			if !until.IsZero() {
				event.Data["until"] = until.UTC()
			}
		}
		if actor.Role.Staff() {
			if err := tx.Audit(ctx, actor, postgres.AuditEntry{
				Action: "dish.availability", Subject: "dish", SubjectID: dishID,
				Before: absence(d.Available, d.UnavailableUntil), After: absence(available, until),
			}); err != nil {
				return nil, err
			}
		}
		return event, tx.SaveAvailability(ctx, dishID, available, until)
	})
}

// absence is what staff change of a dish.
func absence(available bool, until time.Time) map[string]any {
	facts := map[string]any{"available": available}
	if !until.IsZero() {
		facts["until"] = until.UTC()
	}
	return facts
}

// SetOptionAvailable is SetAvailable for one option of a dish; the version is the dish's. NotFound when the dish has no such
// option.
func (s *Service) SetOptionAvailable(
	ctx context.Context, actor domain.Actor, dishID, optionID domain.ID, version int, available bool, until time.Time,
) (DishView, error) {
	if err := s.checkAbsence(available, until); err != nil {
		return DishView{}, err
	}
	return s.dish(ctx, actor, dishID, runMenu, func(ctx context.Context, tx *postgres.Tx, d *menu.Dish, _ *vendor.Profile) (*domain.Event, error) {
		if err := domain.Fresh(version, d.Version); err != nil {
			return nil, err
		}
		o := d.Option(optionID)
		if o == nil {
			return nil, domain.Missing("option")
		}
		if o.Available == available && o.UnavailableUntil.Equal(until) {
			return nil, nil
		}
		o.Available, o.UnavailableUntil = available, until
		event := menuChanged("dishId", dishID, "option_available")
		if !available {
			event = menuChanged("dishId", dishID, "option_unavailable")
		}
		event.Data["optionId"] = optionID
		return event, tx.SaveDish(ctx, *d)
	})
}

// checkAbsence is Invalid for an end that does not lie ahead, within maxAbsence, of an absence.
func (s *Service) checkAbsence(available bool, until time.Time) error {
	now := s.now()
	switch {
	case until.IsZero():
	case available:
		return domain.Invalidf("until", "unavailable", "goes with available: false only")
	case !until.After(now) || until.After(now.Add(maxAbsence)):
		return domain.Invalidf("until", "range", "must lie ahead, by at most 30 days")
	}
	return nil
}

// SetStock says how many portions of a dish are left, or with nil that they are no longer counted. With none left it is sold
// out, and with some it is not, unless somebody has said that it is. Orders count on from there.
// It returns NotFound, Forbidden and Precondition.
func (s *Service) SetStock(ctx context.Context, actor domain.Actor, dishID domain.ID, version int, stock *int) (DishView, error) {
	return s.dish(ctx, actor, dishID, runMenu, func(ctx context.Context, tx *postgres.Tx, d *menu.Dish, _ *vendor.Profile) (*domain.Event, error) {
		if err := domain.Fresh(version, d.Version); err != nil {
			return nil, err
		}
		if stock == nil && d.Stock == nil || stock != nil && d.Stock != nil && *stock == *d.Stock {
			return nil, nil
		}
		event := menuChanged("dishId", dishID, "restocked")
		if stock != nil && *stock == 0 {
			// Not what SetAvailable says, which portions do not undo.
			event = &domain.Event{Type: "vendor.item_unavailable", Data: map[string]any{"dishId": dishID, "stock": 0}}
		}
		return event, tx.SaveStock(ctx, dishID, stock)
	})
}
