package trust

import (
	"bufio"
	"context"
	"encoding/json"
	"maps"
	"math"
	"os/exec"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	restapi "github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/redis"
	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/feed"
)

// TestLine10ConsolesDoNotDrift has consoles follow orders that change thousands of times a second, while every connection to Redis is cut ten
// times and Redis is flushed once, and a worker looks after all those orders: at the end the board is what Postgres has, lines have told each
// event once and in order, and what the stream keeps is what Postgres has.
func TestLine10ConsolesDoNotDrift(t *testing.T) {
	t.Parallel()
	store := dbtest.OwnRedis(t)
	s := newShop(t, "ZOOP_REDIS_URL="+store.URL())
	s.forged = true
	s.redis = store.URL()
	i := s.serve("ZOOP_ROLES=api,relay")
	s.serve("ZOOP_ROLES=api,worker") // a process of its own: what it does costs the consoles nothing but events
	token := s.token("admin", "boss@example.com")
	options, err := goredis.ParseURL(store.URL())
	require.NoError(t, err)
	rdb := goredis.NewClient(options)
	t.Cleanup(func() { _ = rdb.Close() })

	rate, most := times(5000, 400), times(3_000_000, 2000)
	c := newRushHour(s, times(10_000, 400))
	lines := s.lines(i, token)
	screen := s.board(i, store.URL(), token)
	require.Eventually(t, func() bool { return len(screen.now().Orders) > 0 }, patience, 10*time.Millisecond)

	rush := c.run(rate, most)
	cuts := times(10, 3)
	for n := range cuts {
		rush.await((n + 1) * most / (cuts + 2))
		if n == cuts/2 {
			require.NoError(t, rdb.FlushAll(t.Context()).Err())
			rush.await((2*n + 3) * most / (cuts + 2) / 2)
		}
		require.NoError(t, rdb.ClientKillByFilter(t.Context(), "TYPE", "normal", "SKIPME", "yes").Err())
	}
	took := rush.end()
	t.Logf("%d events in %s: %.0f a second, of %d that were asked for", most, took.Round(time.Second), float64(most)/took.Seconds(), rate)

	last := s.published()
	require.Eventually(t, func() bool {
		last = s.newest() // the worker may still have something to tell
		return screen.now().Seq == last && lines.last() == last && maps.Equal(c.orders(), screen.live())
	}, 2*patience, 50*time.Millisecond, "the board, or the lines, are not what Postgres has")
	require.Zero(t, screen.now().Gaps, "%+v", screen.now().LastGap)
	wrong, after := lines.mistakes()
	require.Zero(t, wrong, "lines out of order, twice or missing; the first after %d", after)
	require.GreaterOrEqual(t, s.count(`SELECT count(*) FROM events WHERE subject = 'order'`), most)
	s.requireStream(last)
	late := screen.delays()
	t.Logf("%d events in all, %d cuts and a flush: no drift; a batch of the board was at most %s behind the commit, at the median %s, 99 of 100 %s", last, cuts,
		percentile(late, 100), percentile(late, 50), percentile(late, 99))
}

// rushHour moves orders along, as no zoop could on one machine: their rows and events are written by the hundred.
type rushHour struct {
	s     *shop
	slots int
}

func newRushHour(s *shop, slots int) *rushHour {
	s.exec(`INSERT INTO users (id, email, first_name, role) VALUES ('00000000-0000-7000-8000-000000000001', 'rush@example.com', 'Asha', 'customer')`)
	s.exec(`CREATE TABLE rush (slot int PRIMARY KEY, order_id uuid NOT NULL)`)
	// An order of a slot gets its next state, or its successor.
	s.exec(`CREATE FUNCTION rush(first int, many int, vendor uuid) RETURNS int LANGUAGE sql AS $$
		WITH old AS (
			SELECT r.slot, o.id, o.version FROM rush r JOIN orders o ON o.id = r.order_id WHERE r.slot >= first AND r.slot < first + many),
		moved AS (
			UPDATE orders o SET version = o.version + 1, state = (ARRAY['accepted', 'preparing', 'ready', 'picked_up', 'delivered', 'completed'])[o.version],
				deadline_at = NULL, deadline_verb = NULL, timers = '[]', ended_at = CASE WHEN o.version = 6 THEN now() END
			FROM old WHERE o.id = old.id AND old.version < 7
			RETURNING o.id, o.version, o.state, o.customer_id, o.vendor_id, o.city),
		slots AS (
			SELECT slot, gen_random_uuid() AS id FROM (SELECT slot FROM old WHERE version = 7 UNION SELECT n FROM generate_series(first, first + many - 1) n
				WHERE NOT EXISTS (SELECT FROM rush WHERE slot = n)) s),
		made AS (
			INSERT INTO orders (id, number, state, version, customer_id, vendor_id, city, fulfilment, currency, total, address, delivery_pin, order_code,
				accept_seconds, promised_at, deadline_at, deadline_verb)
			SELECT id, left(id::text, 13), 'placed', 1, '00000000-0000-7000-8000-000000000001', vendor, 'New Delhi', 'delivery', 'INR', 24900, '{}', '0042', '4711', 300,
				now() + interval '40 minutes', now() + interval '5 minutes', 'expire'
			FROM slots RETURNING id, number, version, state, customer_id, vendor_id, city, total, promised_at, deadline_at),
		kept AS (
			INSERT INTO rush SELECT slot, id FROM slots ON CONFLICT (slot) DO UPDATE SET order_id = excluded.order_id),
		told AS (
			INSERT INTO events (subject, subject_id, version, type, actor_role, customer_id, vendor_id, city, data)
			SELECT 'order', id, version, 'order.' || state, 'system', customer_id, vendor_id, city, '{}' FROM moved
			UNION ALL
			SELECT 'order', id, version, 'order.placed', 'customer', customer_id, vendor_id, city, jsonb_build_object('number', number, 'vendorName', 'Casa Lima',
				'fulfilment', 'delivery', 'total', jsonb_build_object('amount', total, 'currency', 'INR'), 'promisedAt', promised_at, 'deadlineAt', deadline_at)
			FROM made
			RETURNING 1)
		SELECT count(*)::int FROM told $$`)
	c := &rushHour{s, slots}
	for first := 0; first < slots; first += rushStep {
		s.exec(`SELECT rush($1, $2, $3)`, first, rushStep, s.vendor)
	}
	s.exec(`ANALYZE rush`)
	s.exec(`ANALYZE orders`)
	return c
}

// rushStep is how many orders change at once.
const rushStep = 100

// rush is an hour's orders on their way.
type rush struct {
	s     *shop
	group errgroup.Group
	slow  time.Time // by when all is to have been told
	told  atomic.Int64
	ended atomic.Bool // or failed: see end
	took  time.Duration
}

// run moves so many orders in all, so many a second, or slower where the machine is: down to a third of that.
func (c *rushHour) run(rate, most int) *rush {
	began := time.Now()
	r := &rush{s: c.s, slow: began.Add(3*time.Duration(most/rate)*time.Second + patience)}
	r.group.Go(func() error {
		defer r.ended.Store(true)
		for first := 0; r.told.Load() < int64(most); first = (first + rushStep) % c.slots {
			var n int
			if err := c.s.pool.QueryRow(c.s.t.Context(), `SELECT rush($1, $2, $3)`, first, rushStep, c.s.vendor).Scan(&n); err != nil {
				return err
			}
			told := r.told.Add(int64(n))
			r.took = time.Since(began)
			if ahead := time.Duration(told)*time.Second/time.Duration(rate) - r.took; ahead > 0 {
				time.Sleep(ahead) // the pace that was asked for
			}
		}
		return nil
	})
	return r
}

// await waits until so many were moved.
func (r *rush) await(many int) {
	r.s.t.Helper()
	require.Eventually(r.s.t, func() bool { return r.ended.Load() || r.told.Load() >= int64(many) }, time.Until(r.slow), 20*time.Millisecond, "%d of %d are told", r.told.Load(), many)
}

// end waits until all were moved, and tells how long that took.
func (r *rush) end() time.Duration {
	r.s.t.Helper()
	r.await(int(math.MaxInt64))
	require.NoError(r.s.t, r.group.Wait())
	return r.took
}

// shown is what is compared of an order.
type shown struct {
	Number, State, Vendor string
	Version               int
	Total                 int64
}

// orders are those that live, as Postgres has them.
func (c *rushHour) orders() map[string]shown {
	out := map[string]shown{}
	rows, err := c.s.pool.Query(c.s.t.Context(), `SELECT o.id::text, o.number, o.state, v.name, o.version, o.total FROM orders o JOIN vendors v ON v.id = o.vendor_id
	                                              WHERE o.ended_at IS NULL`)
	require.NoError(c.s.t, err)
	defer rows.Close()
	for rows.Next() {
		var id string
		var o shown
		require.NoError(c.s.t, rows.Scan(&id, &o.Number, &o.State, &o.Vendor, &o.Version, &o.Total))
		if order.State(o.State).Live() {
			out[id] = o
		}
	}
	require.NoError(c.s.t, rows.Err())
	return out
}

// screen is a console's board.
type screen struct {
	mu   sync.Mutex
	last board.Batch
	late []time.Duration // of the newest event of each batch
}

func (s *screen) now() board.Batch {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}

func (s *screen) delays() []time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.late)
}

func (s *screen) live() map[string]shown {
	out := map[string]shown{}
	for _, o := range s.now().Orders {
		if o.State.Live() {
			out[o.ID.String()] = shown{o.Number, string(o.State), o.Vendor, o.Version, o.Total.Amount}
		}
	}
	return out
}

// board follows as a console does.
func (s *shop) board(i *instance, redisURL, token string) *screen {
	api, err := restapi.New(i.url, restapi.Options{Tokens: restapi.Static(token)})
	require.NoError(s.t, err)
	rdb, err := redis.Open(redisURL, redis.Options{PoolSize: 2})
	require.NoError(s.t, err)
	ctx, cancel := context.WithCancel(s.t.Context())
	facts, out, wanted := make(chan board.Fact, 64), make(chan board.Batch), make(chan board.Want, 256)
	f := feed.New(feed.Options{API: api, Streams: feed.Redis(rdb), Facts: facts, Now: time.Now})
	var g errgroup.Group
	g.Go(func() error { return f.Run(ctx) })
	g.Go(func() error { return f.Fill(ctx, wanted) })
	g.Go(func() error { return board.Loop{Facts: facts, Out: out, Wanted: wanted, Now: time.Now}.Run(ctx) })
	at := &screen{}
	g.Go(func() error {
		for b := range out {
			at.mu.Lock()
			at.last = b
			if n := len(b.Entries); n > 0 && b.Entries[n-1].Gap == nil {
				at.late = append(at.late, time.Since(b.Entries[n-1].Event.At))
			}
			at.mu.Unlock()
		}
		return nil
	})
	s.t.Cleanup(func() {
		cancel()
		require.NoError(s.t, g.Wait())
		_ = rdb.Close()
	})
	return at
}

// told is what `zoop console --json` told.
type told struct {
	mu    sync.Mutex
	seq   int64
	wrong int
	after int64
}

func (l *told) last() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.seq
}

func (l *told) mistakes() (wrong int, after int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.wrong, l.after
}

// lines starts a console that tells each event.
func (s *shop) lines(i *instance, token string) *told {
	cmd := exec.Command(binary, "console", "--json")
	cmd.Env = append(append([]string{}, s.env...), "ZOOP_API_URL="+i.url, "ZOOP_TOKEN="+token)
	out, err := cmd.StdoutPipe()
	require.NoError(s.t, err)
	require.NoError(s.t, cmd.Start())
	l := &told{}
	done := make(chan struct{})
	begun := make(chan struct{})
	go func() {
		defer close(done)
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			var e struct {
				Seq int64
			}
			if json.Unmarshal(lines.Bytes(), &e) != nil || e.Seq == 0 {
				continue
			}
			l.mu.Lock()
			if l.seq != 0 && e.Seq != l.seq+1 {
				if l.wrong++; l.wrong == 1 {
					l.after = l.seq
				}
			}
			if l.seq == 0 {
				close(begun)
			}
			l.seq = e.Seq
			l.mu.Unlock()
		}
	}()
	s.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-done
		_ = cmd.Wait()
	})
	require.Eventually(s.t, func() bool { // it begins with what happens next
		s.exec(`SELECT rush(0, 1, $1)`, s.vendor)
		select {
		case <-begun:
			return true
		default:
			return false
		}
	}, patience, 50*time.Millisecond)
	return l
}
