package delivery

import (
	"context"
	"errors"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/domain/delivery/plan"
	"github.com/zoop-dev/zoop/internal/positions"
	"github.com/zoop-dev/zoop/internal/postgres"
	"github.com/zoop-dev/zoop/internal/redis"
)

// Bounds of a sweep.
const (
	sweepMost = 200
	watchMost = 2000
)

// Worker is a courier as dispatch sees them.
type Worker = postgres.Worker

// Sweep makes one round of what is looked after: it takes deliveries from couriers who do not come, gives up on food that is lost with
// its courier, and tells staff of what nobody takes. Several instances may do it at once. What fails for one order is done for the others.
func (s *Service) Sweep(ctx context.Context) error {
	return errors.Join(s.positions.Hear(ctx), s.watch(ctx), s.watchFood(ctx), s.tellUnclaimed(ctx))
}

// watch looks at couriers on the way to vendors. While nobody at all is heard of they are only looked at.
func (s *Service) watch(ctx context.Context) error {
	all, err := s.db.Watched(ctx, watchMost)
	if err != nil {
		return err
	}
	known := make([]positions.Known, len(all))
	for i, w := range all {
		known[i] = positions.Known{Courier: w.CourierID, City: w.City, SeenAt: w.SeenAt}
	}
	s.positions.Later(ctx, known, func(i int, at redis.Place) { all[i].At = at.Point })
	told := map[domain.ID][]domain.Event{}
	for i := range all {
		w := &all[i]
		meters := int(w.Pickup.Meters(w.At))
		if w.Watch.MovedAt.IsZero() {
			w.Watch = rules.NewWatch(w.Now, meters, plan.Vehicle(w.Vehicle))
			continue
		}
		if events := w.Watch.Look(w.Now, meters, plan.Vehicle(w.Vehicle), w.Ready); len(events) > 0 {
			told[w.DeliveryID] = events
		}
	}
	if err := s.db.SaveWatches(ctx, all); err != nil || s.positions.Listened(time.Now()) < rules.StallAfter {
		return err
	}
	var errs []error
	for _, w := range all {
		for _, event := range told[w.DeliveryID] {
			if err := s.tell(ctx, w, event); domain.KindOf(err) != domain.NotFound {
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}

// tell tells of a courier who does not come, unless another instance has, or they have come meanwhile. Who has stalled loses all that they
// have not fetched.
func (s *Service) tell(ctx context.Context, w postgres.Watched, event domain.Event) error {
	of := []domain.ID{w.OrderID}
	if event.Type == rules.EventStalled {
		var err error
		if of, err = s.db.AssignedTo(ctx, w.CourierID); err != nil {
			return err
		}
	}
	err := s.db.InTx(ctx, func(tx *postgres.Tx) error {
		theirs := map[domain.ID]*postgres.LockedOrder{}
		for _, id := range of {
			o, err := tx.HoldOrder(ctx, id)
			if err != nil {
				return err
			}
			if o.Delivery.CourierID == w.CourierID && o.Delivery.State == rules.Assigned { // else they have come, or somebody else has it
				theirs[id] = o
			}
		}
		o, still := theirs[w.OrderID]
		if !still {
			return nil
		}
		first, err := tx.FlagDelivery(ctx, w.DeliveryID, event.Type == rules.EventNoShow)
		if err != nil || !first {
			return err
		}
		if err := tx.StoreOrder(ctx, o, domain.System, event); err != nil || event.Type != rules.EventStalled {
			return err
		}
		for _, id := range of {
			if o := theirs[id]; o != nil {
				if err := s.free(ctx, tx, o, domain.System, "not_coming"); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err == nil {
		s.wake()
	}
	return err
}
