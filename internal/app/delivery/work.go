package delivery

import (
	"context"
	"slices"
	"time"

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

// Workers gives the couriers who work in a city, or wherever they are, with why they cannot take work; everybody: also those who are
// offline. Where they are is what Redis has heard, or what Postgres has, if that is newer or Redis is gone.
func (s *Service) Workers(ctx context.Context, city string, everybody bool) ([]Worker, error) {
	return s.workers(ctx, postgres.WorkerFilter{City: city, Everybody: everybody, Most: roundCouriers})
}

func (s *Service) workers(ctx context.Context, f postgres.WorkerFilter) ([]Worker, error) {
	all, now, err := s.db.Workers(ctx, f)
	if err == nil {
		s.locate(ctx, now, all)
	}
	return all, err
}

// locate puts workers where Redis has heard of them later than Postgres.
func (s *Service) locate(ctx context.Context, now time.Time, all []Worker) {
	of := map[string][]domain.ID{}
	for _, w := range all {
		of[w.City] = append(of[w.City], w.CourierID)
	}
	places := s.positions.heard(ctx, of)
	for i := range all {
		w := &all[i]
		if p, heard := places[w.CourierID]; heard && p.At.After(w.SeenAt) {
			w.At, w.SeenAt = &p.Point, p.At
			if w.Excluded == rules.Away && now.Sub(p.At) < rules.AwayAfter {
				w.Excluded = ""
			}
		}
	}
}

// Sweep makes one round of what is looked after: it takes couriers offline who are not there any more, takes deliveries from those who do
// not come, and tells staff of what nobody takes. Several instances may do it at once.
func (s *Service) Sweep(ctx context.Context) (more bool, err error) {
	gone, err := s.db.Absent(ctx, domain.Nil, s.ears.silence(time.Now()), sweepMost)
	if err != nil {
		return false, err
	}
	s.ears.heard(time.Now())
	for courier := range gone {
		if err := s.takeOffline(ctx, courier); err != nil && domain.KindOf(err) != domain.NotFound {
			return false, err
		}
	}
	if err := s.watch(ctx); err != nil {
		return false, err
	}
	if err := s.watchFood(ctx); err != nil {
		return false, err
	}
	return len(gone) == sweepMost, s.tellUnclaimed(ctx)
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
	places := s.positions.heard(ctx, of)
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
