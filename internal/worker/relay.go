package worker

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"golang.org/x/sync/errgroup"

	"github.com/zoop-dev/zoop/internal/logkey"
	"github.com/zoop-dev/zoop/internal/postgres"
	"github.com/zoop-dev/zoop/internal/redis"
)

// The rhythm of a relay.
const (
	pollBusy   = 25 * time.Millisecond // between looks while there is work
	pollIdle   = 50 * time.Millisecond // while there is none
	retryFirst = 50 * time.Millisecond // after a failure; doubles
	retryLast  = time.Second
)

// Relay publishes the event log. It gives committed events their place in Postgres, and carries what has a place to the Redis
// stream. These are two loops, so that a Redis that is away delays only the live feed. Any number of relays may run, and
// be paused or killed at any point: Postgres's row lock keeps two from numbering at once, and the stream itself refuses
// what it has, and what does not follow.
type Relay struct {
	db     *postgres.DB
	log    *slog.Logger
	wake   chan struct{} // a commit in this process
	carry  chan struct{} // there is more to carry
	seen   atomic.Pointer[postgres.FeedState]
	doubt  atomic.Bool // Postgres was away: it may not be what it was
	stream carrier

	numbered prometheus.Counter
	lag      prometheus.Gauge
}

// NewRelay makes a relay. The registry may be nil.
func NewRelay(db *postgres.DB, rdb *redis.Client, log *slog.Logger, reg prometheus.Registerer) *Relay {
	f := promauto.With(reg)
	r := &Relay{
		db: db, log: log, wake: make(chan struct{}, 1), carry: make(chan struct{}, 1),
		numbered: f.NewCounter(prometheus.CounterOpts{Name: "zoop_relay_numbered_total", Help: "Events given a place in the published order."}),
		lag:      f.NewGauge(prometheus.GaugeOpts{Name: "zoop_relay_stream_lag", Help: "Published events that this relay has not seen in the stream."}),
	}
	r.stream = carrier{
		db: db, rdb: rdb, log: log,
		appended: f.NewCounter(prometheus.CounterOpts{Name: "zoop_relay_appended_total", Help: "Events appended to the stream."}),
		rebuilds: f.NewCounter(prometheus.CounterOpts{Name: "zoop_relay_rebuilds_total", Help: "Times an empty stream was begun."}),
	}
	return r
}

// Wake tells the relay that events were committed. It never blocks, and may be left out: the relay also looks by itself.
func (r *Relay) Wake() { signal(r.wake) }

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Run works until ctx ends.
func (r *Relay) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return r.loop(ctx, "number events", r.wake, r.number) })
	g.Go(func() error { return r.loop(ctx, "carry events", r.carry, r.bring) })
	return g.Wait()
}

// loop repeats a step until ctx ends: at once while there is more, after a signal or a moment otherwise, and later and
// later while it fails.
func (r *Relay) loop(ctx context.Context, task string, wake <-chan struct{}, step func(context.Context) (pause time.Duration, err error)) error {
	retry := retryFirst
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-wake:
		case <-timer.C:
		}
		pause, err := step(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			r.log.WarnContext(ctx, "relay fell behind", logkey.Task, task, logkey.Error, cause(err))
			pause, retry = retry, min(2*retry, retryLast)
		} else {
			retry = retryFirst
		}
		timer.Reset(pause)
	}
}

// number gives places to what waits for one.
func (r *Relay) number(ctx context.Context) (time.Duration, error) {
	state, err := r.db.FeedState(ctx)
	if err != nil {
		r.doubt.Store(true)
		return 0, err
	}
	pause := pollIdle
	if state.Waiting {
		var n int
		if state, n, err = r.db.Publish(ctx); err != nil {
			r.doubt.Store(true)
			return 0, err
		}
		r.numbered.Add(float64(n))
		if pause = pollBusy; state.Waiting {
			pause = 0
		}
	}
	if old := r.seen.Swap(&state); old == nil || old.Last != state.Last || old.Epoch != state.Epoch {
		signal(r.carry)
	}
	return pause, nil
}

// bring carries what has a place to the stream.
func (r *Relay) bring(ctx context.Context) (time.Duration, error) {
	state := r.seen.Load()
	if state == nil {
		return pollBusy, nil
	}
	if r.doubt.Swap(false) {
		r.stream.forget()
	}
	r.lag.Set(float64(state.Last - r.stream.last))
	err := r.stream.upTo(ctx, state.Epoch, state.Last)
	if err != nil {
		r.stream.forget()
		return 0, err
	}
	r.lag.Set(0)
	return checkStream, nil
}
