package delivery

import (
	"context"
	"errors"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/positions"
	"github.com/zoop-dev/zoop/internal/postgres"
	"github.com/zoop-dev/zoop/internal/redis"
)

// GiveBack is for a courier who cannot go on: an accident, a flat tyre. What they have not fetched goes to another; food that they have is
// fetched from where they are. Errors: NotFound for a delivery that is not theirs; Conflict "delivery.illegal_transition", and
// "delivery.no_position" when nobody knows where the food is; Precondition when version (0: any) is not the order's.
func (s *Service) GiveBack(ctx context.Context, actor domain.Actor, id domain.ID, version int, reason string) error {
	c, err := s.db.CourierByID(ctx, actor.ID)
	if err != nil {
		return err
	}
	at := s.positions.LastSeen(ctx, c)
	return s.change(ctx, actor, id, version, func(tx *postgres.Tx, o *postgres.LockedOrder) error {
		if !o.Delivery.State.Coming() {
			return s.free(ctx, tx, o, actor, reason)
		}
		if !at.Fresh(o.Now) {
			return domain.Errorf(domain.Conflict, "delivery.no_position", "say where you are first: POST /courier/location")
		}
		return strand(ctx, tx, o, actor, at.Point, reason)
	})
}

const (
	anywhereNear = 100_000   // metres that food, or who is to bring it, may be away: whoever takes latitude for longitude is told
	rescueSeen   = time.Hour // that a courier's last place is taken for that of the food
)

// Rescue has another courier fetch food from one who cannot bring it, for staff: where it is, or where that courier was seen last, in the
// last hour.
// Errors: those of GiveBack, NotFound only for a delivery that there is none of, and Invalid for a place that is too far away.
func (s *Service) Rescue(ctx context.Context, actor domain.Actor, id domain.ID, version int, at *domain.Point, reason string) error {
	var from domain.ID // whose place is taken for that of the food
	if at == nil {
		d, err := s.db.DeliveryByID(ctx, id)
		if err != nil {
			return err
		}
		if !d.CourierID.IsNil() {
			c, err := s.db.CourierByID(ctx, d.CourierID)
			if err != nil {
				return err
			}
			if seen := s.positions.LastSeen(ctx, c); time.Since(seen.At) < rescueSeen && seen.Point.Meters(d.Dropoff) <= anywhereNear {
				at, from = &seen.Point, c.ID
			}
		}
	}
	return s.byStaff(ctx, actor, id, version, func(tx *postgres.Tx, o *postgres.LockedOrder) error {
		was, where := o.Delivery.CourierID, o.Delivery.Pickup // which is not needed where strand refuses
		switch {
		case !o.Delivery.State.Coming():
		case at == nil, !from.IsNil() && from != was:
			return domain.Errorf(domain.Conflict, "delivery.no_position", "nobody knows where the food is: say it")
		case from.IsNil() && at.Meters(o.Delivery.Dropoff) > anywhereNear:
			return domain.Invalidf("location", "range", "must be within %d km of the customer's door", anywhereNear/1000)
		default:
			where = *at
		}
		if err := strand(ctx, tx, o, actor, where, reason); err != nil {
			return err
		}
		return tx.Audit(ctx, actor, postgres.AuditEntry{
			Action: "delivery.rescue", Subject: "delivery", SubjectID: o.Delivery.ID,
			Before: map[string]any{"courier": was}, After: map[string]any{"order": o.ID, "reason": reason},
		})
	})
}

// strand leaves food to whoever fetches it where it is. Its courier is told, and asked for it no more.
func strand(ctx context.Context, tx *postgres.Tx, o *postgres.LockedOrder, actor domain.Actor, at domain.Point, reason string) error {
	event, err := o.Delivery.State.Step(rules.VerbStrand, actor.Role)
	if err != nil {
		return err
	}
	event.Data = map[string]any{"reason": reason}
	o.CourierID = o.Delivery.CourierID
	if err := tx.Strand(ctx, o, at, reason); err != nil {
		return err
	}
	return tx.StoreOrder(ctx, o, actor, event)
}

// Lose ends the way of food that nobody will bring, for staff: its order cannot be delivered, at the marketplace's cost. Then it is returned, or
// brought again after all, by whoever had it last. Errors: NotFound; Precondition; Conflict "order.illegal_transition" for food that is
// not on its way, and "courier.busy" when whoever left it somewhere has taken on all that can be carried.
func (s *Service) Lose(ctx context.Context, actor domain.Actor, id domain.ID, version int) error {
	return s.byStaff(ctx, actor, id, version, func(tx *postgres.Tx, o *postgres.LockedOrder) error {
		was := o.Delivery.CourierID
		if err := s.lose(ctx, tx, o, actor); err != nil {
			return err
		}
		return tx.Audit(ctx, actor, postgres.AuditEntry{
			Action: "delivery.lose", Subject: "delivery", SubjectID: o.Delivery.ID,
			Before: map[string]any{"courier": was}, After: map[string]any{"order": o.ID},
		})
	})
}

func (s *Service) lose(ctx context.Context, tx *postgres.Tx, o *postgres.LockedOrder, actor domain.Actor) error {
	if !o.Delivery.StrandedBy.IsNil() {
		if err := s.leave(ctx, tx, o, actor); err != nil {
			return err
		}
	}
	event, err := o.Lose(actor.Role)
	if err != nil {
		return err
	}
	lost, err := o.Delivery.State.Step(rules.VerbLose, actor.Role)
	if err != nil {
		return err
	}
	o.Delivery.LostAt = o.Now
	return tx.StoreOrder(ctx, o, actor, event, lost)
}

// leave leaves stranded food, which nobody will fetch, to whoever had it.
func (s *Service) leave(ctx context.Context, tx *postgres.Tx, o *postgres.LockedOrder, actor domain.Actor) error {
	if err := s.free(ctx, tx, o, actor, "lost"); err != nil {
		return err
	}
	d, by := o.Delivery, o.Delivery.StrandedBy
	if _, err := tx.HoldCourier(ctx, by); err != nil { // so that nobody takes the place
		return err
	}
	slot, err := tx.FreeSlot(ctx, by, true)
	if err != nil {
		return err
	}
	d.CourierID, d.Slot, o.CourierID = by, slot, by
	return tx.Unstrand(ctx, o)
}

// watchFood tells staff of couriers who have food and are not heard of, and gives up on them after a while.
func (s *Service) watchFood(ctx context.Context) error {
	all, err := s.db.FoodOnTheRoad(ctx, rules.LostAfter, sweepMost)
	if err != nil {
		return err
	}
	s.hear(ctx, all)
	var errs []error
	for _, c := range all {
		seen := c.SeenAt
		if c.ActedAt.After(seen) {
			seen = c.ActedAt
		}
		silent := c.Now.Sub(seen)
		// What we might have missed is no silence. Where nobody at all is heard staff are told, but nothing is given up.
		awake, listened := min(silent, s.positions.Awake(time.Now())), min(silent, s.positions.Listened(time.Now()))
		found := !c.LostAt.IsZero() && silent < rules.LostAfter
		lost := c.LostAt.IsZero() && awake >= rules.LostAfter
		if !found && !lost && listened < rules.GiveUpOn {
			continue // nothing new
		}
		err := s.db.InTx(ctx, func(tx *postgres.Tx) error {
			o, err := tx.HoldOrder(ctx, c.OrderID)
			if err != nil {
				return err
			}
			d := o.Delivery
			if d.CourierID != c.CourierID || !d.State.Coming() || !d.LostAt.Equal(c.LostAt) {
				return nil // they went on, or another instance has told it
			}
			facts := map[string]any{"seenAt": c.SeenAt.UTC()}
			switch {
			case found:
				d.LostAt = time.Time{}
				return tx.StoreOrder(ctx, o, domain.System, domain.Event{Type: rules.EventCourierFound, Data: facts})
			case lost:
				d.LostAt = o.Now
				return tx.StoreOrder(ctx, o, domain.System, domain.Event{Type: rules.EventCourierLost, Data: facts})
			}
			return s.lose(ctx, tx, o, domain.System)
		})
		if domain.KindOf(err) != domain.NotFound && domain.KindOf(err) != domain.Conflict {
			errs = append(errs, err)
		}
		s.wake()
	}
	return errors.Join(errs...)
}

// hear notes of whom Redis has heard later.
func (s *Service) hear(ctx context.Context, all []postgres.Carried) {
	known := make([]positions.Known, len(all))
	for i, c := range all {
		known[i] = positions.Known{Courier: c.CourierID, City: c.City, SeenAt: c.SeenAt}
	}
	s.positions.Later(ctx, known, func(i int, at redis.Place) { all[i].SeenAt = at.At })
}
