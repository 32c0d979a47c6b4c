package positions

import (
	"context"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/postgres"
	"github.com/zoop-dev/zoop/internal/redis"
)

// Workers gives couriers with why they cannot take work. Where they are is what Redis has heard, or what Postgres has, if that is newer or
// Redis is gone.
func (p *Positions) Workers(ctx context.Context, f postgres.WorkerFilter) ([]postgres.Worker, error) {
	all, now, err := p.db.Workers(ctx, f)
	if err == nil {
		p.locate(ctx, now, all)
	}
	return all, err
}

// Worker is one of them, online or not. NotFound for who is no courier.
func (p *Positions) Worker(ctx context.Context, courier domain.ID) (postgres.Worker, error) {
	w, now, err := p.db.Worker(ctx, courier)
	if err != nil {
		return w, err
	}
	found := []postgres.Worker{w}
	p.locate(ctx, now, found)
	return found[0], nil
}

// Desk gives couriers as staff see them at work, by ID, those behind one. When they were seen is what Redis has heard, or what Postgres has, if
// that is newer or Redis is gone.
func (p *Positions) Desk(ctx context.Context, f postgres.DeskFilter, after domain.ID) ([]postgres.DeskCourier, error) {
	all, now, err := p.db.DeskCouriers(ctx, f, after)
	if err != nil {
		return nil, err
	}
	workers := make([]postgres.Worker, len(all))
	for i, c := range all {
		workers[i] = c.Worker
	}
	p.locate(ctx, now, workers)
	for i, w := range workers {
		all[i].Worker = w
	}
	return all, nil
}

// locate puts workers where Redis has heard of them later than Postgres.
func (p *Positions) locate(ctx context.Context, now time.Time, all []postgres.Worker) {
	known := make([]Known, len(all))
	for i, w := range all {
		known[i] = Known{w.CourierID, w.City, w.SeenAt}
	}
	p.Later(ctx, known, func(i int, at redis.Place) {
		w := &all[i]
		w.At, w.SeenAt = &at.Point, at.At
		if w.Excluded == rules.Away && now.Sub(at.At) < rules.AwayAfter {
			w.Excluded = ""
		}
	})
}
