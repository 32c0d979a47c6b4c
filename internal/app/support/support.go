// Package support is what the marketplace's own people see: everything, at one moment and then as it happens.
package support

import (
	"context"

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
}

// New makes the service. wake tells the relay of a commit; it may be nil.
func New(db *postgres.DB, rdb *redis.Client, wake func()) *Service {
	if wake == nil {
		wake = func() {}
	}
	return &Service{db, rdb, wake}
}

// MaxLive bounds how many live orders a snapshot holds; the newest are in it.
const MaxLive = 20_000

// Snapshot is all live orders and alerts, and the place in the published order of events at which this was true.
type Snapshot struct {
	Epoch  string
	Seq    int64
	Orders []order.Summary
	Alerts []Alert
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
		if out.Orders, err = tx.Live(ctx, MaxLive); err != nil {
			return err
		}
		out.Alerts, err = tx.LiveAlerts(ctx, MaxLiveAlerts)
		return err
	})
	return out, err
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
