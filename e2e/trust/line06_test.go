package trust

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/redis"
)

// TestLine06TheOutboxIsWhole has sixteen writers commit events of a hundred orders, while three processes publish them, one of them behind
// PgBouncer, and every two seconds one is killed or stands still, and now and then Redis's master is killed, where another takes over: all get
// a place, without a hole, and reach the stream in that order, once. Then all run undisturbed, and how long an event takes is measured.
func TestLine06TheOutboxIsWhole(t *testing.T) {
	t.Parallel()
	onEachRedis(t, "sentinel", theOutboxIsWhole)
}

func theOutboxIsWhole(t *testing.T, r stores) {
	s := r.shop(t)
	s.forged = true // events without orders
	s.exec(`CREATE TABLE subjects AS SELECT n, gen_random_uuid() AS id FROM generate_series(0, 99) n`)
	relay := func(n int) *instance {
		settings := []string{"ZOOP_ROLES=api,relay"}
		if n == 2 {
			settings = append(settings, s.pooled()...)
		}
		return s.serve(settings...)
	}
	at := []*instance{relay(0), relay(1), relay(2)}
	rate, long := times(500, 100), time.Duration(times(60, 6))*time.Second
	w := s.write(rate)
	for n, end := 0, time.Now().Add(long); time.Now().Before(end); n++ {
		victim := at[n%len(at)]
		if n%2 == 0 {
			victim.freeze()
			time.Sleep(2 * time.Second)
		}
		victim.kill()
		at[n%len(at)] = relay(n % len(at))
		if n%8 == 1 {
			r.takeOver()
		}
		time.Sleep(time.Second)
	}
	disturbed := w.sinceCommit()
	time.Sleep(time.Duration(times(20, 2)) * time.Second)
	calm := w.sinceCommit()
	w.end()
	last := s.published()
	require.EqualValues(t, w.count(), last)
	require.Zero(t, s.count(`SELECT count(*) FROM (SELECT pub_seq, row_number() OVER (ORDER BY pub_seq) AS n FROM events) e WHERE pub_seq <> n`), "holes")
	require.Zero(t, s.count(`SELECT count(*) FROM (SELECT version, row_number() OVER (PARTITION BY subject_id ORDER BY pub_seq) AS n FROM events) e WHERE version <> n`), "versions out of order")
	require.Eventually(t, func() bool { return w.read() == last }, patience, 10*time.Millisecond, "the stream ends at %d of %d", w.read(), last)
	require.Zero(t, w.gaps(), "the reader of the stream missed something")
	s.requireStream(last)
	t.Logf("%d events, in a second %d; from the commit to the stream with kills p50 %s, p99 %s; without p50 %s, p99 %s", last, rate,
		percentile(disturbed, 50), percentile(disturbed, 99), percentile(calm, 50), percentile(calm, 99))
	if full() {
		require.LessOrEqual(t, percentile(calm, 99), 250*time.Millisecond)
	}
}

// writers commit events, and a reader of the stream times them.
type writers struct {
	s     *shop
	stop  context.CancelFunc
	group sync.WaitGroup
	mu    sync.Mutex
	made  int
	at    map[string]time.Time // when the commit of an order's version was answered
	seen  map[string]time.Time // in the stream
	took  []time.Duration
	last  int64
	holes int // in the stream
}

// write has sixteen writers commit so many events a second, and follows the stream, which must be without a hole.
func (s *shop) write(rate int) *writers {
	ctx, cancel := context.WithCancel(s.t.Context())
	w := &writers{s: s, stop: cancel, at: map[string]time.Time{}, seen: map[string]time.Time{}}
	const many = 16
	for range many {
		w.group.Go(func() {
			pace := time.NewTicker(time.Second * many / time.Duration(rate))
			defer pace.Stop()
			for ctx.Err() == nil {
				w.commit()
				<-pace.C
			}
		})
	}
	s.t.Cleanup(cancel)
	s.t.Cleanup(func() { w.group.Wait() })
	go w.follow(s.t.Context())
	return w
}

// commit adds an event to one of the orders, under its lock, as a use case does.
func (w *writers) commit() {
	var id string
	var version int
	err := pgx.BeginFunc(w.s.t.Context(), w.s.pool, func(tx pgx.Tx) error {
		if err := tx.QueryRow(w.s.t.Context(), `SELECT id::text FROM subjects WHERE n = $1 FOR UPDATE`, rand.N(100)).Scan(&id); err != nil {
			return err
		}
		return tx.QueryRow(w.s.t.Context(), `
			INSERT INTO events (subject, subject_id, version, type, actor_role, city)
			SELECT 'order', $1::text::uuid, 1 + coalesce(max(version), 0), 'order.placed', 'customer', 'New Delhi' FROM events WHERE subject_id = $1::text::uuid
			RETURNING version`, id).Scan(&version)
	})
	if err != nil {
		if w.s.t.Context().Err() == nil {
			w.s.t.Errorf("commit: %v", err)
		}
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.made++
	w.note(w.at, fmt.Sprintf("%s/%d", id, version))
}

// note needs the lock. Whichever comes second, the commit's answer or the event, finds the other.
func (w *writers) note(in map[string]time.Time, key string) {
	in[key] = time.Now()
	at, committed := w.at[key]
	seen, read := w.seen[key]
	if committed && read {
		w.took = append(w.took, max(0, seen.Sub(at)))
		delete(w.at, key)
		delete(w.seen, key)
	}
}

func (w *writers) follow(ctx context.Context) {
	c, err := redis.Open(w.s.redis, redis.Options{})
	if err != nil {
		w.s.t.Error(err)
		return
	}
	defer func() { _ = c.Close() }()
	var epoch string
	until(ctx, func() bool { // the first relay leaves it
		epoch, err = c.Epoch(ctx)
		return err == nil && epoch != ""
	})
	for reader := c.Reader(epoch, 0); ctx.Err() == nil; {
		var records []domain.Record
		var gap *redis.GapError
		until(ctx, func() bool { // there is a master
			records, err = reader.Next(ctx, time.Second)
			return err == nil || errors.As(err, &gap)
		})
		w.mu.Lock()
		if gap != nil {
			w.holes++
			reader.Skip(gap.To)
		}
		for _, r := range records {
			w.last = r.Seq
			w.note(w.seen, fmt.Sprintf("%s/%d", r.SubjectID, r.Version))
		}
		w.mu.Unlock()
	}
}

// sinceCommit takes how long the events took of which both is known.
func (w *writers) sinceCommit() []time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	took := w.took
	w.took = nil
	return took
}

func (w *writers) read() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last
}

func (w *writers) gaps() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.holes
}

func (w *writers) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.made
}

func (w *writers) end() {
	w.stop()
	w.group.Wait()
}
