package worker_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	goredis "github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/feed"
	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
	"github.com/zoop-dev/zoop/internal/redis"
	"github.com/zoop-dev/zoop/internal/worker"
)

// bundle is a database, a Redis and what runs on them.
type bundle struct {
	pool *pgxpool.Pool
	db   *postgres.DB
	rdb  *redis.Client
}

func setup(t *testing.T, redisURL string) *bundle {
	t.Helper()
	pool := dbtest.New(t)
	db, err := postgres.FromPool(t.Context(), pool)
	require.NoError(t, err)
	t.Cleanup(db.Close)
	rdb, err := redis.Open(redisURL, redis.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = rdb.Close() })
	return &bundle{pool, db, rdb}
}

// run runs something until the test ends, or the returned function is called.
func run(t *testing.T, fn func(context.Context) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- fn(ctx) }()
	var once sync.Once
	stop = func() { once.Do(func() { cancel(); require.NoError(t, <-done) }) }
	t.Cleanup(stop)
	return stop
}

func (b *bundle) relay() *worker.Relay {
	return worker.NewRelay(b.db, b.rdb, slog.New(slog.DiscardHandler), nil)
}

// commit appends n events to a subject in one transaction, as a use case does: under the subject's lock.
func (b *bundle) commit(ctx context.Context, subject domain.ID, n int, rollback bool) error {
	tx, err := b.pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx)
	if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtext($1))", subject.String()); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO events (subject, subject_id, version, type, actor_role, customer_id, city, data)
		SELECT 'order', $1::text::uuid, g + (SELECT count(*) FROM events WHERE subject_id = $1::text::uuid), 'order.placed', 'customer', $1::text::uuid, 'Lisboa', '{"n": 1}'
		FROM generate_series(1, $2) g`, subject.String(), n)
	if err != nil || rollback {
		return err
	}
	return tx.Commit(ctx)
}

// write lets writers commit, and now and then roll back, until stop is closed; it tells how many events were committed.
func (b *bundle) write(t *testing.T, writers int, wake func(), stop <-chan struct{}) (total int) {
	subjects := make([]domain.ID, 20)
	for i := range subjects {
		subjects[i] = id.New()
	}
	counts := make([]int, writers)
	var wg sync.WaitGroup
	for w := range writers {
		rnd := rand.New(rand.NewPCG(1, uint64(w)))
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				n, rollback := 1+rnd.IntN(3), rnd.IntN(5) == 0
				if err := b.commit(context.Background(), subjects[rnd.IntN(len(subjects))], n, rollback); err != nil {
					t.Error(err)
					return
				}
				if !rollback {
					counts[w] += n
					wake()
				}
			}
		})
	}
	wg.Wait()
	for _, n := range counts {
		total += n
	}
	return total
}

// published reads all events in their published order and proves it dense, and the versions of each subject contiguous.
func (b *bundle) published(t *testing.T) []domain.Record {
	t.Helper()
	var all []domain.Record
	versions := map[domain.ID]int{}
	for {
		page, err := b.db.EventsSince(t.Context(), int64(len(all)), postgres.MaxPage)
		require.NoError(t, err)
		if len(page) == 0 {
			return all
		}
		for _, r := range page {
			all = append(all, r)
			require.EqualValues(t, len(all), r.Seq, "a hole or an inversion in pub_seq")
			versions[r.SubjectID]++
			require.Equal(t, versions[r.SubjectID], r.Version, "versions of a subject out of order")
		}
	}
}

// awaitStream reads the stream from its first entry until it has come to want, and returns it.
func (b *bundle) awaitStream(t *testing.T, want []domain.Record) []domain.Record {
	t.Helper()
	epoch, _, err := b.db.FeedPosition(t.Context())
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		end, err := b.rdb.Last(t.Context(), epoch)
		return err == nil && end.Seq == int64(len(want))
	}, time.Minute, 10*time.Millisecond, "the stream does not come to the end")
	r := b.rdb.Reader(epoch, 0)
	var got []domain.Record
	for len(got) < len(want) {
		page, err := r.Next(t.Context(), 0)
		require.NoError(t, err)
		require.NotEmpty(t, page)
		got = append(got, page...)
	}
	return got
}

// collector is a sink that proves the order while it takes events.
type collector struct {
	mu    sync.Mutex
	epoch string
	last  int64
	bad   string
	more  chan struct{}
}

func (c *collector) sink() feed.Sink {
	c.more = make(chan struct{}, 1)
	return feed.Sink{
		Reset: func(epoch string, seq int64) { c.mu.Lock(); c.epoch, c.last = epoch, seq; c.mu.Unlock() },
		Records: func(rs []domain.Record) {
			c.mu.Lock()
			for _, r := range rs {
				if r.Seq != c.last+1 {
					c.bad = fmt.Sprintf("%d after %d", r.Seq, c.last)
				}
				c.last = r.Seq
			}
			c.mu.Unlock()
			select {
			case c.more <- struct{}{}:
			default:
			}
		},
	}
}

// ready waits until the feed has a position.
func (c *collector) ready(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool { c.mu.Lock(); defer c.mu.Unlock(); return c.epoch != "" }, time.Minute, time.Millisecond)
}

func (c *collector) await(t *testing.T, seq int64) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		c.mu.Lock()
		last, bad := c.last, c.bad
		c.mu.Unlock()
		require.Empty(t, bad)
		if last == seq {
			return
		}
		select {
		case <-c.more:
		case <-deadline:
			t.Fatalf("the feed stands at %d, not %d", last, seq)
		}
	}
}

func TestRelayLosesNothing(t *testing.T) {
	t.Parallel()
	server := dbtest.OwnRedis(t)
	b := setup(t, server.URL())
	one, two := b.relay(), b.relay()
	stopOne := run(t, one.Run)
	run(t, two.Run)
	c := &collector{}
	f := feed.New(b.db, b.rdb, slog.New(slog.DiscardHandler), nil)
	f.Attach(c.sink())
	run(t, f.Run)
	c.ready(t)

	stop, total := make(chan struct{}), make(chan int, 1)
	go func() { total <- b.write(t, 8, one.Wake, stop) }()
	flushes := 0
	raw, err := goredis.ParseURL(server.URL())
	require.NoError(t, err)
	admin := goredis.NewClient(raw)
	defer admin.Close()
	flush := func(n int) {
		for range n {
			time.Sleep(100 * time.Millisecond) // the disturbances are spread over the writing; nothing is awaited
			require.NoError(t, admin.FlushAll(t.Context()).Err())
			flushes++
		}
	}
	flush(8)
	server.Kill()
	time.Sleep(1500 * time.Millisecond)
	server.Restart()
	flush(12) // long enough for the feed to come back to the stream
	stopOne()
	flush(4)
	close(stop)
	n := <-total

	c.await(t, int64(n))
	want := b.published(t)
	require.Len(t, want, n)
	got := b.awaitStream(t, want)
	for i := range want {
		require.Equal(t, plain(want[i]), plain(got[i]))
	}
	t.Logf("%d events, %d flushes, 1 kill: no gap, duplicate or inversion", n, flushes)
}

func TestLostEventsBeginANewEpoch(t *testing.T) {
	t.Parallel()
	b := setup(t, dbtest.Redis(t))
	run(t, b.relay().Run)
	subject := domain.ID(id.New())
	require.NoError(t, b.commit(t.Context(), subject, 10, false))
	old, _, err := b.db.FeedPosition(t.Context())
	require.NoError(t, err)
	b.awaitStream(t, make([]domain.Record, 10))

	// A restored backup, which soon is as far as the lost database was.
	_, err = b.pool.Exec(t.Context(), "WITH lost AS (DELETE FROM events WHERE pub_seq > 7) UPDATE relay SET last = 7")
	require.NoError(t, err)
	require.NoError(t, b.commit(t.Context(), subject, 3, false))
	require.Eventually(t, func() bool {
		epoch, last, err := b.db.FeedPosition(t.Context())
		return err == nil && epoch != old && last == 10
	}, time.Minute, 10*time.Millisecond)
	want := b.published(t)
	for i, got := range b.awaitStream(t, want) {
		require.Equal(t, plain(want[i]), plain(got))
	}
}

// TestAnEndThatCannotBeReadIsNoEmptyStream: a later version, or a stranger, has written what stands at the end of the stream. What Postgres
// has in that place is not written again, and what it has lost still ends the epoch.
func TestAnEndThatCannotBeReadIsNoEmptyStream(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		entry    string // its ID
		spoilt   bool   // all before it cannot be read, either
		lost     string // what Postgres has lost
		newEpoch bool
	}{
		{name: "of a later version", entry: "11-0"},
		{name: "of a later version, and Postgres was restored", entry: "11-0", lost: "WITH lost AS (DELETE FROM events WHERE pub_seq > 7) UPDATE relay SET last = 7", newEpoch: true},
		{name: "a place that Postgres has not given out", entry: "10000-0", newEpoch: true},
		{name: "a stranger's", entry: "*", newEpoch: true},
		{name: "and none before it can be read", entry: "11-0", spoilt: true, newEpoch: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			redisURL := dbtest.Redis(t)
			b := setup(t, redisURL)
			stop := run(t, b.relay().Run)
			subject := domain.ID(id.New())
			require.NoError(t, b.commit(t.Context(), subject, 10, false))
			old, _, err := b.db.FeedPosition(t.Context())
			require.NoError(t, err)
			b.awaitStream(t, make([]domain.Record, 10))
			stop()
			options, err := goredis.ParseURL(redisURL)
			require.NoError(t, err)
			raw := goredis.NewClient(options)
			defer raw.Close()
			stream := "zoop:{events}:" + old + ":orders"
			if test.spoilt {
				require.NoError(t, raw.XTrimMaxLen(t.Context(), stream, 0).Err())
			}
			require.NoError(t, raw.XAdd(t.Context(), &goredis.XAddArgs{Stream: stream, ID: test.entry, Values: []string{"what", "ever"}}).Err())
			if test.lost != "" {
				_, err := b.pool.Exec(t.Context(), test.lost)
				require.NoError(t, err)
			}
			_, last, err := b.db.FeedPosition(t.Context())
			require.NoError(t, err)
			// What happens next is numbered before the relay looks at the stream.
			require.NoError(t, b.commit(t.Context(), subject, 13-int(last), false))
			_, n, err := b.db.Publish(t.Context())
			require.NoError(t, err)
			require.Equal(t, 13-int(last), n)

			counts := prometheus.NewRegistry()
			run(t, worker.NewRelay(b.db, b.rdb, slog.New(slog.DiscardHandler), counts).Run)
			end := func() int64 {
				epoch, _, err := b.db.FeedPosition(t.Context())
				require.NoError(t, err)
				ids, err := raw.XRevRangeN(t.Context(), "zoop:{events}:"+epoch+":orders", "+", "-", 1).Result()
				require.NoError(t, err)
				if len(ids) == 0 || (epoch != old) != test.newEpoch {
					return 0
				}
				seq, err := strconv.ParseInt(strings.TrimSuffix(ids[0].ID, "-0"), 10, 64)
				require.NoError(t, err)
				return seq
			}
			require.Eventually(t, func() bool { return end() == 13 }, time.Minute, 10*time.Millisecond, "the stream does not go on as it should")
			want := 13
			if !test.newEpoch {
				want = 2 // what follows the entry
			}
			require.Eventually(t, func() bool { return counted(t, counts, "zoop_relay_appended_total") == want }, time.Minute, 10*time.Millisecond)
		})
	}
}

// counted reads a counter.
func counted(t *testing.T, from *prometheus.Registry, name string) int {
	t.Helper()
	families, err := from.Gather()
	require.NoError(t, err)
	for _, f := range families {
		if f.GetName() == name {
			return int(f.GetMetric()[0].GetCounter().GetValue())
		}
	}
	return 0
}

func TestFeedNeedsNoRedis(t *testing.T) {
	t.Parallel()
	server := dbtest.OwnRedis(t)
	server.Kill()
	b := setup(t, server.URL())
	run(t, b.relay().Run)
	c := &collector{}
	f := feed.New(b.db, b.rdb, slog.New(slog.DiscardHandler), nil)
	f.Attach(c.sink())
	run(t, f.Run)
	c.ready(t)
	require.NoError(t, b.commit(t.Context(), id.New(), 5, false))
	c.await(t, 5)
	server.Restart()
	require.NoError(t, b.commit(t.Context(), id.New(), 5, false))
	c.await(t, 10)
	b.awaitStream(t, make([]domain.Record, 10))
}

func TestFeedBeginsAnewWithTheEpoch(t *testing.T) {
	t.Parallel()
	b := setup(t, dbtest.Redis(t))
	run(t, b.relay().Run)
	c := &collector{}
	f := feed.New(b.db, b.rdb, slog.New(slog.DiscardHandler), nil)
	f.Attach(c.sink())
	run(t, f.Run)
	c.ready(t)
	require.NoError(t, b.commit(t.Context(), id.New(), 5, false))
	c.await(t, 5)
	epoch, _, err := b.db.FeedPosition(t.Context())
	require.NoError(t, err)
	require.NoError(t, b.db.EndEpoch(t.Context(), epoch, "next"))
	require.Eventually(t, func() bool { c.mu.Lock(); defer c.mu.Unlock(); return c.epoch == "next" }, time.Minute, 10*time.Millisecond)
	require.NoError(t, b.commit(t.Context(), id.New(), 5, false))
	c.await(t, 10)
}

// plain makes a record of Postgres and one of the stream comparable.
func plain(r domain.Record) string {
	r.ActorID = domain.Nil
	r.At = r.At.UTC()
	return fmt.Sprintf("%+v %s", r, r.Data)
}
