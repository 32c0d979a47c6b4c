// Package ws is the WebSocket face: GET /api/v1/ws, as docs/websocket.md tells its clients.
//
// The Hub takes every event once from the process's feed and hands it to the subscriptions it concerns. An event is encoded
// once, and framed once a topic, for all of them. Nothing here waits for a client: each has a bounded queue, and one that does
// not keep up is closed and resumes, from Postgres, where it was. So a client that resumes with `since` gets each event of a
// topic once, in order.
package ws

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/zoop-dev/zoop/internal/app/feed"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/logkey"
	"github.com/zoop-dev/zoop/internal/postgres"
	"github.com/zoop-dev/zoop/internal/redis"
	"github.com/zoop-dev/zoop/internal/wire"
)

// Authorizer knows who may follow what.
type Authorizer interface {
	// Authorize allows an actor to follow an order, a vendor or a courier, or returns Forbidden or NotFound, which the client
	// cannot tell apart. The topics me and ops are not asked about.
	Authorize(ctx context.Context, actor domain.Actor, t Topic) error
	// MemberOf lists the vendors that an actor of the role vendor belongs to.
	MemberOf(ctx context.Context, actor domain.Actor) ([]domain.ID, error)
}

// Deps are what a Hub works with.
type Deps struct {
	DB         *postgres.DB
	Redis      *redis.Client
	Authorizer Authorizer
	Log        *slog.Logger
	Registry   prometheus.Registerer                                           // may be nil
	TicketKey  func() []byte                                                   // at least 32 bytes, secret, the same on every instance; they may change
	Origins    []string                                                        // "https://app.example", besides the host itself; "*" is any
	OnLocation func(ctx context.Context, actor domain.Actor, l Location) error // may be nil
	MaxConns   int                                                             // sockets at once; 0: 20,000
	MaxEach    int                                                             // of these, of one account; 0: 100
}

// Hub holds the connections of one process.
type Hub struct {
	Deps
	log      *slog.Logger
	maxQueue int
	used     memory[string]    // nonces of tickets
	revoked  memory[domain.ID] // sessions, for as long as a ticket of theirs may turn up

	mu       sync.Mutex
	epoch    string // "" until the feed is up
	seq      int64  // of the last event handed out
	index    map[party]map[*subscription]struct{}
	conns    map[*conn]struct{}
	sessions map[domain.ID]map[*conn]struct{}
	actors   map[domain.ID]map[*conn]struct{} // by account
	doubts   int                              // how often rights were doubted
	accounts map[domain.ID]int                // sockets of each, open or in their handshake
	draining bool
	empty    chan struct{} // closed when the last connection ends while draining
	scratch  []party

	connections prometheus.Gauge
	sent        prometheus.Counter
	located     prometheus.Counter
	replayed    prometheus.Counter
	closed      *prometheus.CounterVec

	doubtful chan *conn
}

// New makes a hub. It fails on a ticket key that is too short.
func New(d Deps) (*Hub, error) {
	if len(d.TicketKey()) < 32 {
		return nil, errors.New("the ticket key has fewer than 32 bytes")
	}
	if d.MaxConns == 0 {
		d.MaxConns = 20_000
	}
	if d.MaxEach == 0 {
		d.MaxEach = 100
	}
	f := promauto.With(d.Registry)
	return &Hub{
		Deps: d, log: d.Log, maxQueue: maxQueue,
		index: map[party]map[*subscription]struct{}{}, conns: map[*conn]struct{}{}, sessions: map[domain.ID]map[*conn]struct{}{},
		actors: map[domain.ID]map[*conn]struct{}{}, doubtful: make(chan *conn, maxDoubtful),
		accounts:    map[domain.ID]int{},
		empty:       make(chan struct{}),
		connections: f.NewGauge(prometheus.GaugeOpts{Name: "zoop_ws_connections", Help: "Open WebSocket connections."}),
		sent:        f.NewCounter(prometheus.CounterOpts{Name: "zoop_ws_events_total", Help: "Event frames queued for clients."}),
		located:     f.NewCounter(prometheus.CounterOpts{Name: "zoop_ws_positions_total", Help: "Frames with a courier's position queued for clients."}),
		replayed:    f.NewCounter(prometheus.CounterOpts{Name: "zoop_ws_replayed_total", Help: "Events sent again to clients that resumed."}),
		closed:      f.NewCounterVec(prometheus.CounterOpts{Name: "zoop_ws_closed_total", Help: "Connections closed, by close code."}, []string{"code"}),
	}, nil
}

// Sink is where the feed delivers.
func (h *Hub) Sink() feed.Sink { return feed.Sink{Records: h.deliver, Reset: h.reset} }

// deliver hands events to the subscriptions they concern.
func (h *Hub) deliver(records []domain.Record) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, r := range records {
		h.seq = r.Seq
		h.fanOut(r)
		if id := doubter(r); !id.IsNil() {
			h.doubt(id)
		}
	}
}

// fanOut needs the lock.
func (h *Hub) fanOut(r domain.Record) {
	var text []byte
	var frames map[spelling][]byte
	h.scratch = partiesOf(r, h.scratch)
	for _, p := range h.scratch {
		for sub := range h.index[p] {
			if r.Seq <= sub.after {
				continue
			}
			if p.role == anOrder {
				sub.version = max(sub.version, r.Version)
			}
			if text == nil {
				var err error
				if text, err = wire.Event(r); err != nil {
					h.log.Error("event cannot be encoded", logkey.Seq, r.Seq, logkey.Error, err.Error())
					return
				}
				frames = map[spelling][]byte{}
			}
			as := spelling{sub.topic, sub.c.stream}
			frame := frames[as]
			if frame == nil {
				frame = as.event(h.epoch, r.Seq, text)
				frames[as] = frame
			}
			sub.take(frame)
			h.sent.Inc()
		}
	}
}

// spelling is in which form an event goes out.
type spelling struct {
	topic  string
	stream bool
}

func (s spelling) event(epoch string, seq int64, text []byte) []byte {
	if s.stream {
		return streamedEvent(epoch, seq, text)
	}
	return eventFrame(s.topic, seq, text)
}

// take needs the hub's lock.
func (s *subscription) take(frame []byte) {
	if s.holding || s.doubts > 0 {
		s.held = append(s.held, frame)
		s.c.reserve(frame)
		return
	}
	s.c.send(frame)
}

// reset learns where the feed stands. Unless that is where it stood before, every client has to begin again.
func (h *Hub) reset(epoch string, seq int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.epoch == epoch && h.seq == seq {
		return
	}
	h.epoch, h.seq = epoch, seq
	for c := range h.conns {
		for topic, sub := range c.subs {
			h.drop(sub)
			c.tell(topicFrame{Type: "resync", Topic: topic})
		}
	}
}

// Run pings clients and closes those whose session has ended, until ctx ends. It closes nothing then: see Drain.
func (h *Hub) Run(ctx context.Context) error {
	var looking sync.WaitGroup
	looking.Go(func() { h.settleDoubts(ctx) })
	defer looking.Wait()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			h.pingDue(now)
			if n%checkSessions == 0 {
				h.used.forget(now)
				h.revoked.forget(now)
				h.endRevoked(ctx)
			}
		}
	}
}

func (h *Hub) pingDue(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.conns {
		if now.After(c.ping) {
			c.ping = now.Add(pingEvery)
			if c.stream {
				c.send(streamedPing)
			} else {
				c.send(pingWire)
			}
		}
	}
}

// drainSpread is how much time a connection adds to that over which a draining hub closes them all; drainMost bounds it.
const (
	drainSpread = 5 * time.Millisecond
	drainMost   = 2 * time.Second
)

// Drain refuses new connections, closes all others with 4012 at moments spread over up to two seconds, so that they do not
// all come back at once, and returns when they have ended, or with ctx's error.
func (h *Hub) Drain(ctx context.Context) error {
	h.mu.Lock()
	if !h.draining {
		h.draining = true
		h.checkEmpty()
	}
	spread := min(drainMost, time.Duration(len(h.conns))*drainSpread)
	for c := range h.conns {
		after := rand.N(spread) //nolint:gosec // it spreads load, and guards nothing
		time.AfterFunc(after, func() { c.close(CloseDraining, "draining: reconnect elsewhere") })
	}
	h.mu.Unlock()
	select {
	case <-h.empty:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// checkEmpty needs the lock.
func (h *Hub) checkEmpty() {
	if h.draining && len(h.conns) == 0 {
		select {
		case <-h.empty:
		default:
			close(h.empty)
		}
	}
}
