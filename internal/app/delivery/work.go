package delivery

import (
	"context"
	"slices"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Bounds of a sweep.
const (
	sweepMost = 200
	watchMost = 2000
)

// Worker is a courier as dispatch sees them.
type Worker = postgres.Worker

// Sweep makes one round of what is looked after: it takes deliveries from couriers who do not come, gives up on food that is lost with
// its courier, and tells staff of what nobody takes. Several instances may do it at once.
func (s *Service) Sweep(ctx context.Context) error {
	if err := s.watch(ctx); err != nil {
		return err
	}
	if err := s.watchFood(ctx); err != nil {
		return err
	}
	return s.tellUnclaimed(ctx)
}

// watch looks at couriers on the way to vendors.
func (s *Service) watch(ctx context.Context) error {
	all, err := s.db.Watched(ctx, watchMost)
	if err != nil {
		return err
	}
	of := map[string][]domain.ID{}
	for _, w := range all {
		of[w.City] = append(of[w.City], w.CourierID)
	}
	places := s.positions.Heard(ctx, of)
	for i, w := range all {
		if p, heard := places[w.CourierID]; heard && p.At.After(w.SeenAt) {
			all[i].At = p.Point
		}
	}
	told := map[domain.ID][]domain.Event{}
	for i := range all {
		w := &all[i]
		meters := int(w.Pickup.Meters(w.At))
		if w.Watch.MovedAt.IsZero() {
			w.Watch = rules.NewWatch(w.Now, meters, w.Vehicle)
			continue
		}
		if events := w.Watch.Look(w.Now, meters); len(events) > 0 {
			told[w.DeliveryID] = events
		}
	}
	if err := s.db.SaveWatches(ctx, all); err != nil {
		return err
	}
	for _, w := range all {
		for _, event := range told[w.DeliveryID] {
			if err := s.tell(ctx, w, event); err != nil && domain.KindOf(err) != domain.NotFound {
				return err
			}
		}
		if slices.ContainsFunc(told[w.DeliveryID], func(e domain.Event) bool { return e.Type == rules.EventStalled }) {
			if err := s.relieve(ctx, w.CourierID); err != nil {
				return err
			}
		}
	}
	return nil
}

// tell tells of a courier who does not come, unless another instance has, or they have come meanwhile.
func (s *Service) tell(ctx context.Context, w postgres.Watched, event domain.Event) error {
	err := s.db.InTx(ctx, func(tx *postgres.Tx) error {
		o, err := tx.HoldOrder(ctx, w.OrderID)
		if err != nil {
			return err
		}
		if o.Delivery == nil || o.Delivery.State != rules.Assigned || o.CourierID != w.CourierID {
			return nil
		}
		first, err := tx.FlagDelivery(ctx, w.DeliveryID, event.Type == rules.EventNoShow)
		if err != nil || !first {
			return err
		}
		return tx.StoreOrder(ctx, o, domain.System, event)
	})
	if err == nil {
		s.wake()
	}
	return err
}
