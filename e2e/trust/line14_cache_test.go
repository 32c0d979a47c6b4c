package trust

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/dbtest"
)

// chain is a vendor on three processes, with a Redis of the test's own.
type chain struct {
	*shop
	server    *dbtest.RedisServer
	instances []*instance
	owner     string
	version   int // of the vendor
}

// crowd is how many ask at the same moment.
const crowd = 500

func newChain(t *testing.T) *chain {
	t.Helper()
	server := dbtest.OwnRedis(t)
	c := &chain{server: server, shop: newShop(t, "ZOOP_REDIS_URL="+server.URL(), "ZOOP_MAX_CONNS=8"), version: 1}
	const owner = "owner@example.com"
	c.owner = c.token("vendor", owner)
	c.exec(`INSERT INTO vendor_members (vendor_id, user_id, role) SELECT $1, id, 'owner' FROM users WHERE email = $2`, c.vendor, owner)
	c.exec(`UPDATE vendors SET told_open = true`) // no worker raises the version to tell it
	for range 3 {
		c.instances = append(c.instances, c.serve())
	}
	for _, i := range c.instances { // before the feed is followed, nothing is served from memory
		require.Eventually(t, func() bool {
			i.do("GET", "/api/v1/cities", "", "")
			return i.metric(`zoop_catalog_reads_total{from="memory",of="list"}`) > 0
		}, patience, 10*time.Millisecond)
	}
	c.change(c.instances[0])
	c.know(c.version) // what the feed still tells of the vendor's making is news to nobody
	return c
}

// pages are what many read, by the word that the numbers of reads have for them.
func (c *chain) pages() map[string][]string {
	vendor := "/api/v1/vendors/" + c.vendor
	return map[string][]string{
		"page": {vendor, vendor + "/menu"}, // hours are what know reads
		"list": {"/api/v1/vendors?lat=28.61&lng=77.21", "/api/v1/vendors?lat=28.61&lng=77.21&sort=rating"},
	}
}

// loads is how often a process had to leave its memory, for pages or for lists.
func loads(i *instance, of string) int {
	return int(i.metric(fmt.Sprintf(`zoop_catalog_reads_total{from="postgres",of=%q}`, of)) + i.metric(fmt.Sprintf(`zoop_catalog_reads_total{from="redis",of=%q}`, of)))
}

// rush has a crowd read a page on every process at the same moment, and says how long it took. All must be answered.
func (c *chain) rush(path string) time.Duration {
	c.t.Helper()
	var group sync.WaitGroup
	var failed atomic.Int64
	start := make(chan struct{})
	for _, i := range c.instances {
		for range crowd {
			group.Go(func() {
				<-start
				ctx, cancel := context.WithTimeout(c.t.Context(), patience)
				defer cancel()
				if status, _, err := i.try(ctx, http.MethodGet, path, "", ""); err != nil || status != http.StatusOK {
					failed.Add(1)
				}
			})
		}
	}
	begun := time.Now()
	close(start)
	group.Wait()
	require.Zero(c.t, failed.Load(), path)
	return time.Since(begun)
}

// change has the owner change the vendor on a process, and gives the version that came of it.
func (c *chain) change(at *instance) int {
	c.t.Helper()
	status, header, text := at.do("PATCH", "/api/v1/vendors/"+c.vendor, c.owner, fmt.Sprintf(`{"prepMinutes":%d}`, 10+c.version%50))
	require.Equal(c.t, http.StatusOK, status, "%s", text)
	c.version = versionOf(c.t, header)
	return c.version
}

// versionOf reads the vendor's version from the tag of its page.
func versionOf(t *testing.T, header http.Header) int {
	t.Helper()
	number, _, _ := strings.Cut(strings.Trim(header.Get("ETag"), `"`), "-")
	version, err := strconv.Atoi(number)
	require.NoError(t, err, "ETag %q", header.Get("ETag"))
	return version
}

// know waits until every process shows a version; readers are not told how long that takes.
func (c *chain) know(version int) {
	c.t.Helper()
	for _, i := range c.instances {
		require.Eventually(c.t, func() bool {
			_, header, _ := i.do("GET", "/api/v1/vendors/"+c.vendor+"/hours", "", "")
			return versionOf(c.t, header) >= version
		}, patience, time.Millisecond)
	}
}

// TestLine14AStampedeIsOneLoad lets crowds come upon a cache that has nothing, and upon one that lost it by a change.
func TestLine14AStampedeIsOneLoad(t *testing.T) {
	t.Parallel()
	c := newChain(t)
	for of, paths := range c.pages() {
		for _, path := range paths {
			before := make([]int, len(c.instances))
			for n, i := range c.instances {
				before[n] = loads(i, of)
			}
			begun := time.Now()
			took := c.rush(path)
			allowed := 1
			if of == "list" { // made anew when a minute ends, and when a machine is too slow to follow the feed
				allowed += minutes(begun.Add(took)) - minutes(begun) + int(took/time.Second)
			}
			for n, i := range c.instances {
				made := loads(i, of) - before[n]
				require.Positive(t, made, "%s: instance %d", path, n)
				require.LessOrEqual(t, made, allowed, "%s: instance %d, in %s", path, n, took)
			}
		}
	}
	menu := c.pages()["page"][1]
	for round := range times(20, 3) {
		before := make([]int, len(c.instances))
		for n, i := range c.instances {
			before[n] = loads(i, "page")
		}
		writer := round % len(c.instances)
		c.change(c.instances[writer])
		c.rush(menu)
		require.Equal(t, 1, loads(c.instances[writer], "page")-before[writer], "on the writer's instance all of them came after the change")
		c.know(c.version) // reads another page: one load more, unless the writer's
		c.rush(menu)
		for n, i := range c.instances {
			require.Equal(t, 2, loads(i, "page")-before[n], "menu and hours once each, instance %d", n)
		}
	}
}

// minutes is how many had ended by a moment.
func minutes(at time.Time) int { return int(at.Unix() / 60) }

// TestLine14NoOldPage has readers at every process while the vendor changes, and Redis is flushed, killed and comes back:
// what a reader gets is never older than what it had, never older than what was answered to a writer of the same process
// before it asked, and not by more than a second older than what was answered to any.
func TestLine14NoOldPage(t *testing.T) {
	t.Parallel()
	c := newChain(t)
	address, err := url.Parse(c.server.URL())
	require.NoError(t, err)
	o, err := goredis.ParseURL(address.String())
	require.NoError(t, err)
	rdb := goredis.NewClient(o)
	t.Cleanup(func() { _ = rdb.Close() })

	w := newWatch(c)
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for n := range c.instances {
		for range 4 {
			readers.Go(func() { w.read(n, stop) })
		}
	}
	rounds := times(40, 6)
	for round := range rounds {
		what := "Redis is there"
		switch round % 6 {
		case 1:
			what = "Redis was flushed"
			require.NoError(t, rdb.FlushAll(t.Context()).Err())
		case 3:
			what = "Redis is gone"
			c.server.Kill()
		case 5:
			what = "Redis is back, and empty"
			c.server.Restart()
		}
		for n, i := range c.instances {
			w.answered(n, c.change(i))
		}
		c.know(c.version)
		if t.Failed() {
			t.Log(what)
			break
		}
	}
	close(stop)
	readers.Wait()
	require.Empty(t, w.wrong)
	require.Greater(t, w.reads.Load(), int64(rounds), "somebody was reading")
	t.Logf("%d reads, up to version %d", w.reads.Load(), c.version)
}

// watch knows which versions readers may still be shown.
type watch struct {
	c       *chain
	late    time.Duration // how long a process may take to hear of another one's change
	reads   atomic.Int64
	slowest atomic.Int64 // of the reads, in nanoseconds
	written atomic.Int64 // the slowest of the writes

	mu    sync.Mutex
	own   []int    // by instance: the last that it answered to a writer
	all   []answer // to any writer, ascending
	wrong []string
}

type answer struct {
	version int
	at      time.Time
}

// late is how long other processes may take to hear of a change; a machine that runs all tests at once is given longer.
func late() time.Duration {
	if full() {
		return time.Second
	}
	return 5 * time.Second
}

func newWatch(c *chain) *watch { return &watch{c: c, late: late(), own: make([]int, len(c.instances))} }

func (w *watch) answered(instance, version int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.own[instance] = version
	w.all = append(w.all, answer{version, time.Now()})
}

// least is what a reader who asks a process now must at least be shown.
func (w *watch) least(instance int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	least := w.own[instance]
	for _, a := range w.all {
		if time.Since(a.at) > w.late {
			least = max(least, a.version)
		}
	}
	return least
}

// read reads the menu again and again.
func (w *watch) read(instance int, stop <-chan struct{}) {
	i, had := w.c.instances[instance], 0
	for {
		select {
		case <-stop:
			return
		default:
		}
		least := w.least(instance)
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		begun := time.Now()
		status, header, err := i.try(ctx, http.MethodGet, "/api/v1/vendors/"+w.c.vendor+"/menu", "", "")
		cancel()
		number, _, _ := strings.Cut(strings.Trim(header.Get("ETag"), `"`), "-")
		version, bad := strconv.Atoi(number)
		w.reads.Add(1)
		longest(&w.slowest, time.Since(begun))
		if err != nil || status != http.StatusOK || bad != nil || version < least || version < had {
			w.mu.Lock()
			w.wrong = append(w.wrong, fmt.Sprintf("instance %d: status %d, error %v, version %d after %d, at least %d", instance, status, err, version, had, least))
			w.mu.Unlock()
			return
		}
		had = version
	}
}

// browse reads lists and searches again and again, each of which must be answered and find the vendor.
func (w *watch) browse(instance int, stop <-chan struct{}) {
	paths := []string{"/api/v1/vendors?lat=28.61&lng=77.21", "/api/v1/search?q=thali&lat=28.61&lng=77.21"}
	for n := 0; ; n++ {
		select {
		case <-stop:
			return
		default:
		}
		begun := time.Now()
		status, _, text := w.c.instances[instance].do(http.MethodGet, paths[n%len(paths)], "", "")
		longest(&w.slowest, time.Since(begun))
		w.reads.Add(1)
		if status != http.StatusOK || !strings.Contains(string(text), w.c.vendor) {
			w.mu.Lock()
			w.wrong = append(w.wrong, fmt.Sprintf("instance %d: %s: status %d, %s", instance, paths[n%len(paths)], status, text))
			w.mu.Unlock()
			return
		}
	}
}

func longest(of *atomic.Int64, d time.Duration) {
	for had := of.Load(); int64(d) > had && !of.CompareAndSwap(had, int64(d)); had = of.Load() {
	}
}

// hung bounds a request while Redis hangs. One waits 50 ms for its limits, and a quarter of a second for the page in Redis, once
// at most with each of two looks; what is beyond is left to slow machines.
func hung() time.Duration {
	if full() {
		return 2 * time.Second
	}
	return 10 * time.Second
}

// TestLine14RedisHangs has Redis take connections and answer nothing, while every process changes a price in turn, in bounded time: menus, lists and
// searches are read all the while, in bounded time, too, menus no older than they may be, and what is ordered at a price from before is refused with the new quote.
func TestLine14RedisHangs(t *testing.T) {
	t.Parallel()
	c := newChain(t)
	s := &till{shop: c.shop, owner: c.owner}
	asha := c.token("customer", "asha@example.com")
	w := newWatch(c)
	w.late += time.Second // the word of the feed ends by itself, after a second and a quarter
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for n := range c.instances {
		for range 4 {
			readers.Go(func() { w.read(n, stop) })
		}
		readers.Go(func() { w.browse(n, stop) })
	}
	t.Cleanup(c.server.Thaw)
	amount := int64(24900)
	for round := range times(10, 2) {
		shop := c.instances[round%len(c.instances)]
		confirmed := s.basket(shop, asha)
		c.server.Freeze()
		for n, i := range c.instances {
			amount += 100
			begun := time.Now()
			s.price(i, amount)
			longest(&w.written, time.Since(begun))
			c.version++
			w.answered(n, c.version)
			require.Equal(t, amount, c.shown(i), "who asks the process that changed it")
		}
		c.know(c.version)
		for _, i := range c.instances {
			require.Equal(t, amount, c.shown(i), "everybody")
		}
		s.orderAnew(shop, asha, confirmed, 2*amount, round)
		c.server.Thaw()
		w.answered(round%len(c.instances), c.change(shop))
		c.know(c.version)
		if t.Failed() {
			break
		}
	}
	close(stop)
	readers.Wait()
	require.Empty(t, w.wrong)
	slowest, written := time.Duration(w.slowest.Load()), time.Duration(w.written.Load())
	t.Logf("%d reads, the slowest took %v, the slowest write %v, up to version %d", w.reads.Load(), slowest, written, c.version)
	require.Less(t, slowest, hung())
	require.Less(t, written, hung())
}

// shown is the price of the vendor's dish on the menu of a process.
func (c *chain) shown(at *instance) int64 {
	c.t.Helper()
	status, _, text := at.do("GET", "/api/v1/vendors/"+c.vendor+"/menu", "", "")
	require.Equal(c.t, http.StatusOK, status, "%s", text)
	var menu struct {
		Categories []struct{ Dishes []struct{ Price money } }
	}
	require.NoError(c.t, json.Unmarshal(text, &menu))
	return menu.Categories[0].Dishes[0].Price.Amount
}

// orderAnew orders by a quote from before a change of the price, and then by the one that comes with the refusal.
func (s *till) orderAnew(at *instance, token string, old quoted, total int64, round int) {
	s.t.Helper()
	order := func(quote, key string) (int, []byte) {
		status, _, text := at.do("POST", "/api/v1/orders", token, fmt.Sprintf(`{"quoteId":%q,"payment":{"method":"cod"}}`, quote), "Idempotency-Key", fmt.Sprint(key, round))
		return status, text
	}
	status, text := order(old.ID, "hung-old-")
	require.Equal(s.t, http.StatusConflict, status, "%s", text)
	var r refusal
	require.NoError(s.t, json.Unmarshal(text, &r))
	require.Equal(s.t, "price_changed", r.Code)
	require.Equal(s.t, total, r.Details.Cart.Quote.Total.Amount)
	status, text = order(r.Details.Cart.Quote.ID, "hung-new-")
	require.Equal(s.t, http.StatusCreated, status, "%s", text)
	s.requireCharged(text, r.Details.Cart.Quote.Total)
}
