package fleet

import (
	"context"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Shift is when a courier has planned to work.
type Shift = rules.Shift

// Shifts lists a courier's shifts that overlap a stretch of time, oldest first; those that have not ended when it is not given.
// NotFound for who is no courier; Invalid for no time at all.
func (s *Service) Shifts(ctx context.Context, courier domain.ID, since, until time.Time) ([]Shift, error) {
	standing, err := s.db.CourierStanding(ctx, courier)
	if err != nil {
		return nil, err
	}
	if since.IsZero() {
		since = standing.Now
	}
	if until.IsZero() {
		until = since.Add(rules.MaxShiftAhead)
	}
	if !since.Before(until) {
		return nil, domain.Invalidf("until", "range", "must be after %s, since when shifts are listed", since.UTC().Format(time.RFC3339))
	}
	return s.db.Shifts(ctx, courier, since, until)
}

// PlanShift plans a shift of a courier, for them and for staff. Errors: those of rules.NewShift; NotFound; Conflict "shift.overlap" and
// "shift.too_many"; Precondition when version (0: any) is not the courier's.
func (s *Service) PlanShift(ctx context.Context, actor domain.Actor, courier domain.ID, version int, start, end time.Time) (Shift, error) {
	var shift Shift
	_, err := s.changeCourier(ctx, actor, courier, version, func(tx *postgres.Tx, _ *Courier) (domain.Event, error) {
		now, err := tx.Moment(ctx)
		if err != nil {
			return domain.Event{}, err
		}
		if shift, err = rules.NewShift(id.New(), start.Truncate(time.Microsecond), end.Truncate(time.Microsecond), now); err != nil {
			return domain.Event{}, err
		}
		if err := tx.PlanShift(ctx, courier, shift); err != nil {
			return domain.Event{}, err
		}
		return shiftEvent("courier.shift_planned", shift), auditShift(ctx, tx, actor, courier, "courier.shift_plan", shift)
	})
	return shift, err
}

// DropShift takes a shift back; the courier only before it has begun: Conflict "shift.begun". Its other errors are those of PlanShift.
func (s *Service) DropShift(ctx context.Context, actor domain.Actor, courier, shiftID domain.ID, version int) error {
	_, err := s.changeCourier(ctx, actor, courier, version, func(tx *postgres.Tx, _ *Courier) (domain.Event, error) {
		shift, err := tx.DropShift(ctx, courier, shiftID)
		if err != nil {
			return domain.Event{}, err
		}
		now, err := tx.Moment(ctx)
		if err != nil {
			return domain.Event{}, err
		}
		if !actor.Role.Staff() && !shift.Start.After(now) {
			return domain.Event{}, domain.Errorf(domain.Conflict, "shift.begun", "the shift has begun; go offline, or ask staff")
		}
		return shiftEvent("courier.shift_dropped", shift), auditShift(ctx, tx, actor, courier, "courier.shift_drop", shift)
	})
	return err
}

func shiftEvent(kind string, s Shift) domain.Event {
	return domain.Event{Type: kind, Data: map[string]any{"shiftId": s.ID.String(), "startsAt": s.Start.UTC(), "endsAt": s.End.UTC()}}
}

func auditShift(ctx context.Context, tx *postgres.Tx, actor domain.Actor, courier domain.ID, deed string, s Shift) error {
	if !actor.Role.Staff() {
		return nil
	}
	return tx.Audit(ctx, actor, postgres.AuditEntry{
		Action: deed, Subject: "courier", SubjectID: courier, After: map[string]any{"startsAt": s.Start.UTC(), "endsAt": s.End.UTC()},
	})
}
