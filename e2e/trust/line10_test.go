package trust

import (
	"bufio"
	"context"
	"encoding/json"
	"os/exec"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/redis"
)

// current is how soon after a disturbance everybody hears of events again.
const current = 10 * time.Second

// TestLine10OrdersOutliveRedis flushes Redis, kills it again and again, and keeps it away for a while, under three processes: no order
// fails, sockets miss nothing, and they and a console are current again within seconds.
func TestLine10OrdersOutliveRedis(t *testing.T) {
	t.Parallel()
	store := dbtest.OwnRedis(t)
	w := newWeather(t, stores{url: store.URL()})
	options, err := goredis.ParseURL(store.URL())
	require.NoError(t, err)
	rdb := goredis.NewClient(options)
	t.Cleanup(func() { _ = rdb.Close() })
	for range times(10, 2) {
		w.disturb("flushed", func() { require.NoError(t, rdb.FlushAll(t.Context()).Err()) })
	}
	for range times(10, 2) {
		w.disturb("killed", store.Restart) // which stops it first
	}
	store.Kill()
	time.Sleep(time.Duration(times(60, 2)) * time.Second)
	w.disturb("away", store.Restart)
	w.end()
}

// TestLine10AReplicaIsPromoted: the same when a Sentinel promotes a replica for a master that died.
func TestLine10AReplicaIsPromoted(t *testing.T) {
	t.Parallel()
	r := bySentinel(t)
	w := newWeather(t, r)
	w.takeover(r.group)
	w.end()
}

// TestLine10AClustersMasterIsKilled: the same in a Redis Cluster, with PgBouncer before Postgres.
func TestLine10AClustersMasterIsKilled(t *testing.T) {
	t.Parallel()
	r := inCluster(t)
	w := newWeather(t, r, (*shop).pooled)
	w.takeover(r.group)
	w.end()
}

// weather is a trade at three processes, with sockets and a console that follow it.
type weather struct {
	*shop
	trade   *trade
	sockets []*follower
	console *watcher
	stream  atomic.Int64 // where it ends
	waits   map[string][]time.Duration
}

func newWeather(t *testing.T, r stores, also ...func(*shop) []string) *weather {
	t.Helper()
	w := &weather{shop: r.shop(t), waits: map[string][]time.Duration{}}
	for _, settings := range also {
		w.env = append(w.env, settings(w.shop)...)
	}
	mint := w.accounts()
	customers, boss := party(mint, times(20, 4)), mint(domain.RoleAdmin, "boss@example.com")
	at := []*instance{w.serve(), w.serve(), w.serve()}
	to := newBalancer(t, at...)
	for _, i := range at {
		for range times(10, 2) {
			w.sockets = append(w.sockets, w.follow(newBalancer(t, i), boss, "ops"))
		}
	}
	w.console = w.watch(at[0], boss)
	w.followStream()
	for _, f := range w.sockets {
		require.Eventually(t, f.begun, patience, 10*time.Millisecond)
	}
	w.trade = w.shop.trade(to, false, customers, 500*time.Millisecond)
	w.awaitCurrent()
	return w
}

// disturb does something to Redis, and finds out when all are current again.
func (w *weather) disturb(what string, do func()) {
	w.t.Helper()
	start := time.Now()
	do()
	w.waits[what] = append(w.waits[what], w.awaitCurrent().Sub(start))
}

// takeover kills the master, and once another has taken over that one, when the first is its replica.
func (w *weather) takeover(group *dbtest.RedisGroup) {
	w.t.Helper()
	for range times(3, 1) {
		var killed string
		w.disturb("master killed", func() { killed = group.KillMaster() })
		group.Rejoin(killed)
	}
}

// awaitCurrent waits until everybody has heard of what is committed from now on within a second of it, several times in a row, and gives
// the moment from when on that is so. A machine that runs all tests at once is given longer.
func (w *weather) awaitCurrent() (from time.Time) {
	w.t.Helper()
	const enough = 4
	for deadline, row := time.Now().Add(6*current), 0; row < enough; {
		before, start := w.trade.placed(), time.Now()
		require.Eventually(w.t, func() bool { return w.trade.placed() > before }, patience, 5*time.Millisecond, "nobody orders")
		event, committed := w.count(`SELECT max(id) FROM events`), time.Now()
		heard := func() bool {
			seq := w.count(`SELECT coalesce(pub_seq, 0) FROM events WHERE id = $1`, event)
			return seq > 0 && w.allAt(int64(seq))
		}
		soon, over := context.WithDeadline(w.t.Context(), committed.Add(time.Duration(times(1, 5))*time.Second))
		all := until(soon, heard)
		over()
		switch {
		case !all:
			row = 0
			require.True(w.t, time.Now().Before(deadline), "sockets %v, console %d, stream %d of %d", w.places(), w.console.at(), w.stream.Load(), w.newest())
		case row == 0:
			from, row = start, 1
		default:
			row++
		}
	}
	return from
}

func (w *weather) allAt(seq int64) bool {
	for _, f := range w.sockets {
		if f.at() < seq {
			return false
		}
	}
	return w.console.at() >= seq && w.stream.Load() >= seq
}

// followStream finds out where the stream ends, as long as the test runs.
func (w *weather) followStream() {
	w.t.Helper()
	c, err := redis.Open(w.redis, redis.Options{})
	require.NoError(w.t, err)
	var epoch string
	require.NoError(w.t, w.pool.QueryRow(w.t.Context(), `SELECT epoch FROM relay`).Scan(&epoch))
	done := make(chan struct{})
	w.t.Cleanup(func() { <-done; _ = c.Close() })
	go func() {
		defer close(done)
		for w.t.Context().Err() == nil {
			end, err := c.Last(w.t.Context(), epoch)
			if err == nil {
				w.stream.Store(end.Seq)
			}
			time.Sleep(20 * time.Millisecond) // between two looks
		}
	}()
}

func (w *weather) places() (all []int64) {
	for _, f := range w.sockets {
		all = append(all, f.at())
	}
	return all
}

func (w *weather) end() {
	w.t.Helper()
	w.trade.end()
	last := w.published()
	for _, f := range w.sockets {
		f.requireWhole(`true`)
	}
	require.Eventually(w.t, func() bool { return w.console.at() == last }, patience, 10*time.Millisecond)
	require.Zero(w.t, w.console.gaps(), "the console missed events")
	for what, waits := range w.waits {
		w.t.Logf("%s: %d times, current again after %s (median), %s (longest)", what, len(waits), percentile(waits, 50), percentile(waits, 100))
		if full() {
			require.LessOrEqual(w.t, percentile(waits, 100), current)
		}
	}
	w.t.Logf("%d orders, p99 %s, none refused; %d events", w.trade.orders, percentile(w.trade.took, 99), last)
}

// watcher is a console that writes what it sees.
type watcher struct {
	mu    sync.Mutex
	last  int64
	holes int
}

// watch runs `zoop console --json` against a process's API and Redis.
func (s *shop) watch(i *instance, token string) *watcher {
	s.t.Helper()
	w := &watcher{}
	cmd := exec.CommandContext(s.t.Context(), binary, "console", "--json")
	cmd.Env = append(append([]string{}, s.env...), "ZOOP_API_URL="+i.url, "ZOOP_TOKEN="+token)
	out, err := cmd.StdoutPipe()
	require.NoError(s.t, err)
	require.NoError(s.t, cmd.Start())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			w.take(lines.Bytes())
		}
		_ = cmd.Wait()
	}()
	s.t.Cleanup(func() { <-done })
	return w
}

func (w *watcher) take(line []byte) {
	var m struct {
		Seq int64
		Gap bool
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := json.Unmarshal(line, &m); err != nil || m.Gap || w.last > 0 && m.Seq != w.last+1 {
		w.holes++
	}
	w.last = m.Seq
}

func (w *watcher) at() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last
}

func (w *watcher) gaps() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.holes
}
