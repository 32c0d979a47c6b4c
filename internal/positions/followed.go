package positions

import (
	"context"
	"sync"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/logkey"
	"github.com/zoop-dev/zoop/internal/postgres"
	"github.com/zoop-dev/zoop/internal/redis"
)

const (
	tellEvery = time.Second      // where one courier is, at most
	loadFresh = 10 * time.Second // how long what a courier carries is believed; events correct it sooner
	maxLoads  = 20_000
)

// loads is what couriers carry, as far as this process has looked lately: those who say where they are every few seconds cost
// Postgres, all together, a read in shareEvery at most.
type loads struct {
	mu sync.Mutex
	of map[domain.ID]*load
}

type load struct {
	orders []postgres.TrackedOrder
	read   time.Time
	told   time.Time // when it was last told where the courier is
}

// tell tells everybody who follows an order that these couriers bring where they are: by Redis, to the sockets of every process.
// It may be lost.
func (p *Positions) tell(ctx context.Context, places []redis.Place) {
	carried, err := p.loads.due(ctx, p.db, places)
	if err != nil {
		p.log.WarnContext(ctx, "nobody is told where couriers are", logkey.Count, len(places), logkey.Error, err.Error())
		return
	}
	now := p.now()
	var moves []redis.Move
	for _, place := range places {
		for _, o := range carried[place.CourierID] {
			if point, coarse, ok := o.State.Shown(rules.Sighting{Point: place.Point, At: place.At}, o.Next, now); ok {
				moves = append(moves, redis.Move{
					OrderID: o.OrderID, CourierID: place.CourierID, Version: o.Version, Lat: point.Lat, Lng: point.Lng, Coarse: coarse, At: place.At.UTC().Truncate(time.Millisecond),
				})
			}
		}
	}
	p.redis.SendMoves(ctx, moves)
}

// due is what those couriers carry of whom nothing was told just now.
func (l *loads) due(ctx context.Context, db *postgres.DB, places []redis.Place) (map[domain.ID][]postgres.TrackedOrder, error) {
	now := time.Now()
	carried := map[domain.ID][]postgres.TrackedOrder{}
	reading := map[domain.ID]*load{}
	var unread []domain.ID
	l.mu.Lock()
	if len(l.of) >= maxLoads {
		clear(l.of)
	}
	for _, place := range places {
		id := place.CourierID
		switch of := l.of[id]; {
		case of != nil && now.Sub(of.told) < tellEvery:
		case of != nil && now.Sub(of.read) < loadFresh:
			of.told = now
			if len(of.orders) > 0 {
				carried[id] = of.orders
			}
		default:
			reading[id] = &load{told: now}
			l.of[id] = reading[id]
			unread = append(unread, id)
		}
	}
	l.mu.Unlock()
	if len(unread) == 0 {
		return carried, nil
	}
	read, err := db.TrackedOrders(ctx, unread)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, of := range reading {
		if l.of[id] == of { // else something has happened to it meanwhile
			of.orders, of.read = read[id], now
		}
		carried[id] = read[id]
	}
	return carried, nil
}

func (l *loads) drop(couriers ...domain.ID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range couriers {
		delete(l.of, id)
	}
}

// Records looks again at what couriers carry of whom the feed tells something.
func (p *Positions) Records(records []domain.Record) {
	var of []domain.ID
	for _, r := range records {
		if !r.CourierID.IsNil() && r.Subject == domain.SubjectOrder {
			of = append(of, r.CourierID)
		}
	}
	p.loads.drop(of...)
}

// Reset looks again at what everybody carries: the feed has begun anew.
func (p *Positions) Reset(string, int64) {
	l := &p.loads
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.of)
}
