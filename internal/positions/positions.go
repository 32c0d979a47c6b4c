// Package positions is where couriers are, as far as this process, the others by way of Redis, and Postgres have heard, and for how long
// anybody could have been heard at all.
package positions

import (
	"context"
	"log/slog"
	"maps"
	"sync"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/logkey"
	"github.com/zoop-dev/zoop/internal/postgres"
	"github.com/zoop-dev/zoop/internal/redis"
)

// KeepEvery is how often one courier's position goes to Postgres, and their standing is looked at.
const KeepEvery = 30 * time.Second

const (
	shareEvery  = 50 * time.Millisecond // how often new positions go to Redis
	keepBatch   = 500                   // how many go there at once
	forgetAfter = 15 * time.Minute
)

// Positions are where couriers are, as this process heard it last: on their way to Redis, where all processes find them, and now and
// then to Postgres, which outlives it. So a courier costs Postgres a read and a write in KeepEvery, however often their phone
// says where it is.
type Positions struct {
	db    *postgres.DB
	redis *redis.Client // nil: there is none
	log   *slog.Logger
	loads loads
	ears

	mu    sync.Mutex
	of    map[domain.ID]*position
	ahead time.Duration // of the database's clock before ours
}

// New makes them. Without a Redis, nil, Postgres alone has them, some seconds old, and nobody is told.
func New(db *postgres.DB, rdb *redis.Client, log *slog.Logger) *Positions {
	return &Positions{db: db, redis: rdb, log: log, of: map[domain.ID]*position{}, loads: loads{of: map[domain.ID]*load{}}}
}

type position struct {
	standing postgres.CourierStanding
	read     time.Time // when that was, by our clock
	last     rules.Fix
	kept     time.Time // of the fix that Postgres has
	tried    time.Time // when it was last written there, by our clock
	fresh    bool      // Redis does not have it yet
}

// Move notes where a courier is: the newest of some fixes. The first one after a while is in Postgres when it returns; the others follow.
// Errors: those of rules.Newest; NotFound before there is a profile; Conflict "courier.not_approved" for one who may not take offers and
// carries nothing. Whoever is suspended is noticed within half a minute.
func (p *Positions) Move(ctx context.Context, courier domain.ID, fixes ...rules.Fix) error {
	standing, err := p.standing(ctx, courier)
	if err != nil {
		return err
	}
	if !standing.Followed {
		return domain.Errorf(domain.Conflict, "courier.not_approved", "the courier is %s", standing.Status).With("status", string(standing.Status))
	}
	fix, err := rules.Newest(fixes, p.now())
	if err != nil {
		return err
	}
	p.mu.Lock()
	at := p.of[courier]
	if at == nil || !fix.At.After(at.last.At) { // forgotten at this very moment, or late
		p.mu.Unlock()
		return nil
	}
	at.last, at.fresh = fix, true
	first := fix.At.Sub(at.kept) >= KeepEvery && time.Since(at.tried) >= KeepEvery
	if first {
		at.tried = time.Now()
	}
	p.mu.Unlock()
	if first {
		return p.keep(ctx, []postgres.Located{{CourierID: courier, Point: fix.Point, At: fix.At}})
	}
	return nil
}

// LastSeen is where a courier was seen last, who was just read: by this process, by another, or the last that was kept.
func (p *Positions) LastSeen(ctx context.Context, c postgres.Courier) rules.Sighting {
	var seen rules.Sighting
	if c.Location != nil {
		seen = rules.Sighting{Point: *c.Location, At: c.LocatedAt}
	}
	p.Later(ctx, []Known{{c.ID, c.City, seen.At}}, func(_ int, at redis.Place) { seen = rules.Sighting{Point: at.Point, At: at.At} })
	p.mu.Lock()
	defer p.mu.Unlock()
	if at := p.of[c.ID]; at != nil && at.last.Point != (domain.Point{}) && at.last.At.After(seen.At) { // else it was only read when they were seen
		seen = rules.Sighting{Point: at.last.Point, At: at.last.At}
	}
	return seen
}

// Known is a courier with when they were seen, as far as Postgres has heard.
type Known struct {
	Courier domain.ID
	City    string // that they work in
	SeenAt  time.Time
}

// Later tells of those couriers of whom Redis has heard later than Postgres.
func (p *Positions) Later(ctx context.Context, all []Known, tell func(i int, at redis.Place)) {
	if p.redis == nil {
		return
	}
	of := map[string][]domain.ID{}
	for _, k := range all {
		of[k.City] = append(of[k.City], k.Courier)
	}
	places := map[domain.ID]redis.Place{}
	for city, couriers := range of {
		maps.Copy(places, p.redis.Places(ctx, city, couriers))
	}
	for i, k := range all {
		if at, heard := places[k.Courier]; heard && at.At.After(k.SeenAt) {
			tell(i, at)
		}
	}
}

// now is the database's time, as far as this process knows: its own clock may be wrong.
func (p *Positions) now() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Now().Add(p.ahead)
}

// standing is that of a courier, at most KeepEvery old.
func (p *Positions) standing(ctx context.Context, courier domain.ID) (postgres.CourierStanding, error) {
	p.mu.Lock()
	if at := p.of[courier]; at != nil && time.Since(at.read) < KeepEvery && at.standing.Status == vendor.Approved {
		defer p.mu.Unlock()
		return at.standing, nil
	}
	p.mu.Unlock()
	asked := time.Now()
	standing, err := p.db.CourierStanding(ctx, courier)
	if err != nil {
		return standing, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ahead = time.Until(standing.Now)
	at := p.of[courier]
	if at == nil {
		at = &position{last: rules.Fix{At: standing.LocatedAt}}
		p.of[courier] = at
	}
	at.standing, at.read = standing, asked
	if standing.LocatedAt.After(at.kept) {
		at.kept = standing.LocatedAt
	}
	return standing, nil
}

// keep writes positions to Postgres.
func (p *Positions) keep(ctx context.Context, places []postgres.Located) error {
	taken, err := p.db.KeepPlaces(ctx, places)
	if err != nil {
		return err
	}
	of := make(map[domain.ID]time.Time, len(places))
	for _, l := range places {
		of[l.CourierID] = l.At
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, id := range taken {
		if at := p.of[id]; at != nil && of[id].After(at.kept) {
			at.kept = of[id]
		}
	}
	return nil
}

// Run shares and keeps positions until ctx ends, and then keeps what is left.
func (p *Positions) Run(ctx context.Context) error {
	tick := time.NewTicker(shareEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			p.Share(ctx, KeepEvery)
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
			defer cancel()
			p.Share(last, 0)
			return nil
		}
	}
}

// Share shares and tells what is fresh, and keeps what was not kept for so long: what Run does over and over.
func (p *Positions) Share(ctx context.Context, every time.Duration) {
	fresh, due := p.take(every)
	if p.redis != nil {
		for city, places := range fresh {
			p.again(p.redis.Locate(ctx, city, places))
			p.tell(ctx, places)
		}
	}
	for len(due) > 0 {
		page := due[:min(keepBatch, len(due))]
		due = due[len(page):]
		if err := p.keep(ctx, page); err != nil {
			p.log.WarnContext(ctx, "positions are kept later", logkey.Count, len(page)+len(due), logkey.Error, err.Error())
			return
		}
	}
}

// take gives what is fresh, by city, and what is to be kept; it forgets whoever says nothing any more.
func (p *Positions) take(every time.Duration) (fresh map[string][]redis.Place, due []postgres.Located) {
	fresh = map[string][]redis.Place{}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	for id, at := range p.of {
		if at.fresh {
			at.fresh = false
			city := at.standing.City
			fresh[city] = append(fresh[city], redis.Place{CourierID: id, Point: at.last.Point, At: at.last.At})
		}
		if at.last.At.After(at.kept) && now.Sub(at.tried) >= every {
			at.tried = now
			due = append(due, postgres.Located{CourierID: id, Point: at.last.Point, At: at.last.At})
		}
		if now.Sub(at.read) > forgetAfter { // kept or not: Postgres does not take what is older than what another process heard
			delete(p.of, id)
		}
	}
	return fresh, due
}

// again has places shared with the next round, unless there are newer ones by then.
func (p *Positions) again(places []redis.Place) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, place := range places {
		if at := p.of[place.CourierID]; at != nil {
			at.fresh = true
		}
	}
}

// Changed has a courier's standing looked at again when they say next where they are.
func (p *Positions) Changed(courier domain.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if at := p.of[courier]; at != nil {
		at.read = time.Time{}
	}
}

// Forget is for a courier who goes: what they said last is kept, and they are taken out of their city.
func (p *Positions) Forget(ctx context.Context, courier domain.ID, city string) {
	p.settle(ctx, courier)
	p.mu.Lock()
	delete(p.of, courier)
	p.mu.Unlock()
	if p.redis != nil {
		p.redis.ForgetPlace(ctx, city, courier)
	}
}

// Acted is for a courier who fetched something or handed it over: what they carry is looked at again, and their last position kept at once.
func (p *Positions) Acted(ctx context.Context, courier domain.ID) {
	p.loads.drop(courier)
	p.settle(ctx, courier)
}

func (p *Positions) settle(ctx context.Context, courier domain.ID) {
	p.mu.Lock()
	at, here := p.of[courier]
	var l postgres.Located
	if here {
		l = postgres.Located{CourierID: courier, Point: at.last.Point, At: at.last.At}
		here = at.last.At.After(at.kept)
	}
	p.mu.Unlock()
	if here {
		if err := p.keep(ctx, []postgres.Located{l}); err != nil {
			p.log.WarnContext(ctx, "a last position is not kept", logkey.Courier, courier.String(), logkey.Error, err.Error())
		}
	}
}
