// Package support is what the marketplace's own people see: everything, at one moment and then as it happens.
package support

import (
	"context"
	"slices"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/postgres"
	"github.com/zoop-dev/zoop/internal/redis"
)

// Service serves the use cases.
type Service struct {
	db    *postgres.DB
	redis *redis.Client
	wake  func()

	maxLive, maxLiveAlerts int // of a snapshot
}

// New makes the service. wake tells the relay of a commit; it may be nil.
func New(db *postgres.DB, rdb *redis.Client, wake func()) *Service {
	if wake == nil {
		wake = func() {}
	}
	return &Service{db: db, redis: rdb, wake: wake, maxLive: MaxLive, maxLiveAlerts: MaxLiveAlerts}
}

// MaxLive bounds how many live orders a snapshot holds; those whose promises break first are in it.
const MaxLive = 20_000

// Snapshot is all live orders and alerts, and the place in the published order of events at which this was true.
type Snapshot struct {
	Epoch  string
	Seq    int64
	Orders []order.Summary
	Alerts []Alert

	TotalOrders, TotalAlerts int // how many there are, also when the snapshot does not hold them all
}

// Snapshot reads the live orders and their place in one moment of the database. An order may be ahead of the place by
// events that are not published yet; they come again, with a version that is not newer.
func (s *Service) Snapshot(ctx context.Context) (Snapshot, error) {
	var out Snapshot
	err := s.db.Snapshot(ctx, func(tx *postgres.Tx) error {
		var err error
		if out.Epoch, out.Seq, err = tx.FeedPosition(ctx); err != nil {
			return err
		}
		if out.Orders, out.TotalOrders, err = tx.Live(ctx, s.maxLive); err != nil {
			return err
		}
		out.Alerts, out.TotalAlerts, err = tx.LiveAlerts(ctx, s.maxLiveAlerts)
		return err
	})
	return out, err
}

// Names gives what the members of the staff who caused events are called, by their ID. It is for staff alone.
func (s *Service) Names(ctx context.Context, events []domain.Record) (map[domain.ID]string, error) {
	var ids []domain.ID
	for _, e := range events {
		if e.ActorRole.Staff() && !slices.Contains(ids, e.ActorID) {
			ids = append(ids, e.ActorID)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	return s.db.NamesOf(ctx, ids)
}

// EventPage is a stretch of the published events.
type EventPage struct {
	Epoch  string
	Last   int64 // seq of the newest published event
	Events []domain.Record
}

// Events gives published events above a seq, oldest first, without holes.
func (s *Service) Events(ctx context.Context, since int64, limit int) (EventPage, error) {
	epoch, last, err := s.db.FeedPosition(ctx)
	if err != nil {
		return EventPage{}, err
	}
	events, err := s.db.EventsSince(ctx, since, limit)
	return EventPage{epoch, last, events}, err
}
