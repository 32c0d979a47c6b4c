package delivery

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// AssignTo gives a delivery that nobody has fetched to a courier, for staff: whoever it was offered or given to loses it. Nobody is asked.
// A courier who is offline, away, off their shift, thinking about another offer, or picks up elsewhere, gets it only with override.
// Errors: NotFound; Precondition when version (0: any) is not the order's; Conflict "courier.excluded" with the reason,
// "courier.cash_limit", "courier.busy", "courier.not_approved", "delivery.theirs" for who has it already, "delivery.not_yet" before its vendor has accepted, "delivery.illegal_transition".
func (s *Service) AssignTo(ctx context.Context, actor domain.Actor, id domain.ID, version int, courierID domain.ID, override bool) error {
	worker, err := s.positions.Worker(ctx, courierID)
	if err != nil {
		return err
	}
	return s.byStaff(ctx, actor, id, version, func(tx *postgres.Tx, o *postgres.LockedOrder) error {
		was := o.Delivery.CourierID
		if o.Delivery.State == rules.Unassigned && o.Delivery.DispatchAt.IsZero() {
			return domain.Errorf(domain.Conflict, "delivery.not_yet", "its vendor has not accepted the order")
		}
		if was == courierID {
			return domain.Errorf(domain.Conflict, "delivery.theirs", "the courier has it already")
		}
		if err := excluded(worker, o.Delivery.Pickup, override); err != nil {
			return err
		}
		if err := s.free(ctx, tx, o, actor, "reassigned"); err != nil {
			return err
		}
		f := postgres.Offer{ID: newID(), DeliveryID: o.Delivery.ID, OrderID: o.ID, CourierID: courierID, TripID: newID(), Place: 1}
		meters := 0
		if worker.At != nil {
			meters = int(o.Delivery.Pickup.Meters(*worker.At))
		}
		if err := tx.MakeOffer(ctx, f, meters, o.Now); err != nil {
			return err
		}
		slot, err := mayCarry(ctx, tx, f.ID, courierID, o)
		if err != nil {
			return err
		}
		event, err := o.Delivery.State.Step(rules.VerbAssign, actor.Role)
		if err != nil {
			return err
		}
		if err := tx.Together(ctx, courierID, postgres.Joining{LockedOrder: o, Place: f.Place}); err != nil {
			return err
		}
		give(o, courierID, slot, f)
		o.CourierID = courierID
		if err := tx.StoreOrder(ctx, o, actor, event); err != nil {
			return err
		}
		err = tx.SaveDecision(ctx, rules.Decision{
			DeliveryID: o.Delivery.ID, At: o.Now, Outcome: rules.OutcomeAssigned, CourierID: courierID, Orders: []domain.ID{o.ID},
		})
		if err != nil {
			return err
		}
		return tx.Audit(ctx, actor, postgres.AuditEntry{
			Action: "delivery.assign", Subject: "delivery", SubjectID: o.Delivery.ID,
			Before: map[string]any{"courier": was}, After: map[string]any{"order": o.ID, "courier": courierID, "override": override},
		})
	})
}

// excluded is why staff cannot give a courier a delivery.
func excluded(w Worker, pickup domain.Point, override bool) error {
	why := w.Excluded
	if why == "" && !w.PicksUp(pickup) {
		why = rules.OutOfZone
	}
	meters := 0.0 // as far as it is known: where they were weeks ago says nothing
	if w.At != nil && time.Since(w.SeenAt) < rescueSeen {
		meters = w.At.Meters(pickup)
	}
	if why == "" && rules.TooFar(meters, w.Vehicle) {
		why = rules.Far
	}
	switch {
	case meters > anywhereNear:
		return domain.Errorf(domain.Conflict, "courier.excluded", "the courier cannot take it: the vendor is %d km away from them", int(meters/1000)).
			With("excluded", string(rules.Far)).With("overridable", false)
	case why == "" || override && slices.Contains(rules.Overridable, why):
		return nil
	}
	return domain.Errorf(domain.Conflict, "courier.excluded", "the courier cannot take it: %s", why).
		With("excluded", string(why)).With("overridable", slices.Contains(rules.Overridable, why))
}

// TakeAway takes a delivery that nobody has fetched from whoever it was offered or given to, for staff; another courier is looked for, and that one
// not asked for an hour. Errors: NotFound; Precondition; Conflict "delivery.illegal_transition" when nobody has it, or it was fetched.
func (s *Service) TakeAway(ctx context.Context, actor domain.Actor, id domain.ID, version int, reason string) error {
	return s.byStaff(ctx, actor, id, version, func(tx *postgres.Tx, o *postgres.LockedOrder) error {
		was := o.Delivery.CourierID
		if o.Delivery.State == rules.Unassigned {
			_, err := o.Delivery.State.Step(rules.VerbTakeAway, actor.Role)
			return err
		}
		if err := s.free(ctx, tx, o, actor, reason); err != nil {
			return err
		}
		return tx.Audit(ctx, actor, postgres.AuditEntry{
			Action: "delivery.take_away", Subject: "delivery", SubjectID: o.Delivery.ID,
			Before: map[string]any{"courier": was}, After: map[string]any{"order": o.ID, "reason": reason},
		})
	})
}

// byStaff is change, for staff.
func (s *Service) byStaff(ctx context.Context, actor domain.Actor, id domain.ID, version int, change func(*postgres.Tx, *postgres.LockedOrder) error) error {
	if !actor.Role.Staff() {
		return domain.Errorf(domain.Forbidden, string(domain.Forbidden), "this is for staff")
	}
	return s.change(ctx, actor, id, version, change)
}

// change changes a delivery while its order is held, for staff and for its courier: NotFound for all others, whatever version they name.
func (s *Service) change(ctx context.Context, actor domain.Actor, id domain.ID, version int, change func(*postgres.Tx, *postgres.LockedOrder) error) error {
	d, err := s.db.DeliveryByID(ctx, id)
	if err != nil {
		return err
	}
	err = s.db.InTx(ctx, func(tx *postgres.Tx) error {
		o, err := tx.HoldOrder(ctx, d.OrderID)
		if err != nil {
			return err
		}
		if !actor.Role.Staff() && o.CourierID != actor.ID {
			return domain.Missing("delivery")
		}
		if err := o.Fresh(version); err != nil {
			return err
		}
		return change(tx, o)
	})
	if err == nil {
		s.wake()
	}
	return err
}

// free leaves a held order's delivery to nobody; whoever it was offered or given to is told. It does nothing where nobody was.
func (s *Service) free(ctx context.Context, tx *postgres.Tx, o *postgres.LockedOrder, actor domain.Actor, reason string) error {
	switch o.Delivery.State {
	case rules.Unassigned:
		return nil
	case rules.Offered:
		return withdraw(ctx, tx, o, actor, reason)
	}
	event, err := o.Delivery.State.Step(rules.VerbTakeAway, actor.Role)
	if err != nil {
		return err
	}
	event.Data = map[string]any{"reason": reason}
	o.CourierID = o.Delivery.CourierID
	if err := tx.TakeAway(ctx, o, reason); err != nil {
		return err
	}
	return tx.StoreOrder(ctx, o, actor, event)
}

// withdraw takes back the open offer of a held order's delivery.
func withdraw(ctx context.Context, tx *postgres.Tx, o *postgres.LockedOrder, actor domain.Actor, reason string) error {
	event, err := o.Delivery.State.Step(rules.VerbWithdraw, domain.RoleSystem)
	if err != nil {
		return err
	}
	event.Data = map[string]any{"reason": reason}
	if err := tx.Withdraw(ctx, o, "taken_away", reason); err != nil {
		return err
	}
	return tx.StoreOrder(ctx, o, actor, event)
}

// tellUnclaimed tells staff of what nobody takes, once until somebody does.
func (s *Service) tellUnclaimed(ctx context.Context) error {
	all, err := s.db.Unclaimed(ctx, sweepMost)
	if err != nil {
		return err
	}
	var errs []error
	for _, orderID := range all {
		err := s.db.InTx(ctx, func(tx *postgres.Tx) error {
			o, err := tx.HoldOrder(ctx, orderID)
			if err != nil {
				return err
			}
			d := o.Delivery
			if !d.UnclaimedAt.IsZero() || d.State != rules.Unassigned && d.State != rules.Offered {
				return nil
			}
			d.UnclaimedAt = o.Now
			return tx.StoreOrder(ctx, o, domain.System, domain.Event{Type: rules.EventUnclaimed, Data: map[string]any{"readyBy": o.ReadyBy.UTC(), "state": string(d.State)}})
		})
		if domain.KindOf(err) != domain.NotFound {
			errs = append(errs, err)
		}
	}
	if len(all) > 0 {
		s.wake()
	}
	return errors.Join(errs...)
}
