// Package feed follows the published order of events for one process, and hands every event to whoever attached a Sink.
//
// It reads the Redis stream from a cursor of its own, and Postgres wherever the stream is not enough: a gap, an entry that is
// spoilt, a Redis that is away, or a second of silence while events were published. So a sink gets every event of an
// epoch exactly once, in the order of seq, without a hole; Redis only makes it quicker and spares Postgres.
package feed

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/logkey"
	"github.com/zoop-dev/zoop/internal/postgres"
	"github.com/zoop-dev/zoop/internal/redis"
)

// The rhythm of the feed.
const (
	silence  = 500 * time.Millisecond // of a stream, before Postgres is asked
	lagging  = 100 * time.Millisecond // the same, while the stream was last found behind
	fallback = 50 * time.Millisecond  // between looks at Postgres while Redis is away
	retry    = time.Second            // between tries of a Redis that is away
	retryMax = 2 * time.Second        // between tries of a Postgres that is away
)

// Sink takes events as they are published. Its functions are called one at a time and must not block: the feed waits for
// them. They must neither keep nor change the slice.
type Sink struct {
	// Records gets events of ascending seq, each one above the one before.
	Records func([]domain.Record)
	// Reset is called before the first Records, and whenever what was seen no longer counts: the next event is seq+1 of
	// the epoch. It may be nil.
	Reset func(epoch string, seq int64)
	// Current is told whether the stream is being followed: true after every read of it that came to its end, at least
	// once a second; false as soon as that fails, and events may be late. It may be nil.
	Current func(yes bool)
}

// Feed is the process's one reader.
type Feed struct {
	db    *postgres.DB
	rdb   *redis.Client
	log   *slog.Logger
	sinks []Sink

	reader  *redis.Reader
	epoch   string
	seq     int64     // of the last event handed on
	behind  bool      // the stream was last found to lack something
	tryNext time.Time // Redis is left alone until then

	filled, streamed prometheus.Counter
	position         prometheus.Gauge
}

// New makes a feed. The registry may be nil.
func New(db *postgres.DB, rdb *redis.Client, log *slog.Logger, reg prometheus.Registerer) *Feed {
	f := promauto.With(reg)
	read := f.NewCounterVec(prometheus.CounterOpts{Name: "zoop_feed_events_total", Help: "Events handed on, by where they were read."}, []string{"from"})
	return &Feed{
		db: db, rdb: rdb, log: log, filled: read.WithLabelValues("postgres"), streamed: read.WithLabelValues("stream"),
		position: f.NewGauge(prometheus.GaugeOpts{Name: "zoop_feed_seq", Help: "The place in the published order that this process has reached."}),
	}
}

// Attach adds a sink; before Run.
func (f *Feed) Attach(s Sink) { f.sinks = append(f.sinks, s) }

// Run follows the events from now on until ctx ends. It waits for Postgres as long as it takes.
func (f *Feed) Run(ctx context.Context) error {
	pause := fallback
	for ctx.Err() == nil {
		err := f.step(ctx)
		switch {
		case err == nil:
			pause = fallback
		case ctx.Err() == nil:
			f.log.WarnContext(ctx, "feed waits for Postgres", logkey.Error, err.Error())
			sleep(ctx, pause)
			pause = min(2*pause, retryMax)
		}
	}
	return nil
}

// step does one read. Its errors are those of Postgres: without Redis it goes on.
func (f *Feed) step(ctx context.Context) error {
	if f.reader == nil {
		return f.start(ctx)
	}
	if time.Now().Before(f.tryNext) {
		sleep(ctx, fallback)
		return f.catchUp(ctx)
	}
	wait := silence
	if f.behind {
		wait = lagging
	}
	records, err := f.reader.Next(ctx, wait)
	var gap *redis.GapError
	switch {
	case errors.As(err, &gap):
		f.current(false)
		f.log.InfoContext(ctx, "stream has a gap", logkey.Seq, gap.From, logkey.Count, gap.To-gap.From+1)
		if whole, err := f.fill(ctx, gap.To); whole || err != nil {
			return err
		}
		sleep(ctx, fallback) // the stream has what Postgres does not: the relay is about to end the epoch
		return f.catchUp(ctx)
	case err != nil:
		f.current(false)
		if ctx.Err() == nil {
			f.log.WarnContext(ctx, "feed reads from Postgres", logkey.Error, err.Error())
		}
		f.tryNext = time.Now().Add(retry)
		return f.catchUp(ctx)
	case len(records) == 0:
		if err := f.catchUp(ctx); err != nil {
			return err
		}
		f.current(true)
		return nil
	}
	f.behind = false
	f.streamed.Add(float64(len(records)))
	f.hand(records)
	if len(records) < redis.Page {
		f.current(true)
	}
	return nil
}

func (f *Feed) current(yes bool) {
	for _, s := range f.sinks {
		if s.Current != nil {
			s.Current(yes)
		}
	}
}

// start takes the position from Postgres.
func (f *Feed) start(ctx context.Context) error {
	epoch, last, err := f.db.FeedPosition(ctx)
	if err != nil {
		return err
	}
	f.reset(epoch, last)
	return nil
}

func (f *Feed) reset(epoch string, seq int64) {
	f.epoch, f.seq, f.reader = epoch, seq, f.rdb.Reader(epoch, seq)
	f.position.Set(float64(seq))
	for _, s := range f.sinks {
		if s.Reset != nil {
			s.Reset(epoch, seq)
		}
	}
}

// catchUp looks whether Postgres has more than was seen, and takes it from there.
func (f *Feed) catchUp(ctx context.Context) error {
	epoch, last, err := f.db.FeedPosition(ctx)
	if err != nil {
		return err
	}
	if epoch != f.epoch || last < f.seq {
		f.log.WarnContext(ctx, "feed begins anew", logkey.Epoch, epoch, logkey.Seq, last)
		f.reset(epoch, last)
		return nil
	}
	f.behind = last > f.seq
	_, err = f.fill(ctx, last)
	return err
}

// fill hands on what Postgres has up to a seq, and says whether that was all.
func (f *Feed) fill(ctx context.Context, to int64) (whole bool, err error) {
	for f.seq < to {
		page, err := f.db.EventsSince(ctx, f.seq, int(min(to-f.seq, postgres.MaxPage)))
		if err != nil || len(page) == 0 {
			return false, err
		}
		f.filled.Add(float64(len(page)))
		f.hand(page)
		f.reader.Skip(f.seq)
	}
	return true, nil
}

func (f *Feed) hand(records []domain.Record) {
	f.seq = records[len(records)-1].Seq
	f.position.Set(float64(f.seq))
	for _, s := range f.sinks {
		s.Records(records)
	}
}

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
