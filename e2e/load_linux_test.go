package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/redis"
)

// The load that the console's bars are for.
const (
	crowdOrders  = 10_000
	crowdPerTick = 250 // events every 50 ms: 5,000 a second
	crowdTick    = 50 * time.Millisecond
)

// crowd is a marketplace that only tells: so many orders, of which thousands change a second.
type crowd struct {
	rdb    *redis.Client
	orders []crowdOrder
	at     int // the next that changes
	seq    atomic.Int64
}

type crowdOrder struct {
	id      domain.ID
	number  string
	version int
	born    time.Time
}

// stages are the events of an order's life, from its second version on.
var stages = []order.State{order.Accepted, order.Preparing, order.Ready, order.PickedUp, order.Delivered, order.Completed}

func newCrowd(b *testing.B) (c *crowd, env []string) {
	b.Helper()
	url := dbtest.OwnRedis(b).URL()
	rdb, err := redis.Open(url, redis.Options{})
	require.NoError(b, err)
	b.Cleanup(func() { _ = rdb.Close() })
	c = &crowd{rdb: rdb, orders: make([]crowdOrder, crowdOrders)}
	for i := range c.orders {
		c.orders[i] = c.born(1 + i%5)
	}
	c.seq.Store(1)
	_, err = rdb.Begin(b.Context(), "e1", []domain.Record{c.next(1)})
	require.NoError(b, err)
	api := httptest.NewServer(http.HandlerFunc(c.serve))
	b.Cleanup(api.Close)
	return c, []string{"ZOOP_API_URL=" + api.URL, "ZOOP_REDIS_URL=" + url, "ZOOP_TOKEN=none"}
}

func (c *crowd) born(version int) crowdOrder {
	o := crowdOrder{id: id.New(), version: version, born: time.Now()}
	o.number = strings.ToUpper(o.id.String()[30:])
	return o
}

// serve answers what the console asks.
func (c *crowd) serve(w http.ResponseWriter, r *http.Request) {
	var answer any = struct{}{}
	switch {
	case strings.HasSuffix(r.URL.Path, "/admin/feed"):
		answer = c.snapshot()
	case strings.HasSuffix(r.URL.Path, "/admin/events"):
		answer = dto.EventPage{Epoch: "e1", Last: c.seq.Load(), Data: []dto.Event{}}
	case strings.HasSuffix(r.URL.Path, "/me"):
		answer = dto.User{Email: asha, Role: "admin"}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}

// snapshot is all orders, before any of them changes.
func (c *crowd) snapshot() dto.Feed {
	f := dto.Feed{Epoch: "e1", Seq: 1, Alerts: []dto.Alert{}}
	for i, o := range c.orders {
		state := order.Placed
		if o.version > 1 {
			state = stages[o.version-2]
		}
		due := o.born.Add(time.Duration(i%40) * time.Minute)
		f.Orders = append(f.Orders, dto.OrderSummary{
			ID: o.id, Number: o.number, State: dto.OrderState(state), Version: o.version, City: "New Delhi", Fulfilment: dto.Fulfilment(order.Delivery),
			Vendor: dto.Party{ID: vendorOf(i), Name: fmt.Sprintf("Kitchen %d", i%500)}, Customer: dto.Party{ID: vendorOf(i), Name: "Ravi"},
			Total: dto.Money{Amount: 24900, Currency: "INR"}, PlacedAt: o.born, PromisedAt: due.Add(20 * time.Minute), ReadyBy: &due, EstimatedAt: &due,
		})
	}
	return f
}

func vendorOf(slot int) domain.ID {
	return domain.MustParseID(fmt.Sprintf("01900000-0000-7000-8000-%012x", slot%500))
}

// next is what happens to the next order: its next state, or another order in its place.
func (c *crowd) next(seq int64) domain.Record {
	slot, now := c.at, time.Now()
	c.at = (c.at + 1) % len(c.orders)
	o := &c.orders[slot]
	if o.version++; o.version > len(stages)+1 {
		*o = c.born(1)
	}
	r := domain.Record{
		Seq: seq, Subject: domain.SubjectOrder, SubjectID: o.id, Version: o.version, ActorRole: domain.RoleVendor, City: "New Delhi", VendorID: vendorOf(slot), CustomerID: o.id, At: now,
	}
	told := map[string]any{"estimatedAt": now.Add(30 * time.Minute).Format(time.RFC3339)}
	if r.Type = "order.placed"; o.version == 1 {
		told["number"], told["vendorName"], told["fulfilment"] = o.number, fmt.Sprintf("Kitchen %d", slot%500), "delivery"
		told["total"] = dto.Money{Amount: 24900, Currency: "INR"}
		told["promisedAt"], told["deadlineAt"] = now.Add(40*time.Minute).Format(time.RFC3339), now.Add(5*time.Minute).Format(time.RFC3339)
	} else {
		r.Type = "order." + string(stages[o.version-2])
	}
	r.Data, _ = json.Marshal(told)
	return r
}

// run has orders change until done is closed.
func (c *crowd) run(b *testing.B, done <-chan struct{}) {
	tick := time.NewTicker(crowdTick)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
		}
		records := make([]domain.Record, crowdPerTick)
		last := c.seq.Load()
		for i := range records {
			records[i] = c.next(last + int64(i) + 1)
		}
		if _, err := c.rdb.Append(b.Context(), "e1", records); err != nil {
			b.Error(err)
			return
		}
		c.seq.Store(last + crowdPerTick)
	}
}

// BenchmarkConsole is the console at a terminal of 200×60 that answers no question, following 10,000 live orders of which 5,000 change a
// second: from its start to the first frame, and to LIVE; from a key to the frame that shows what it did, with a tenth of a second between
// keys; and what it takes of a core and of memory meanwhile. -benchtime=1500x are that many keys, and some three minutes.
func BenchmarkConsole(b *testing.B) {
	c, env := newCrowd(b)
	began := time.Now()
	p := onPty(b, 200, 60, append(env, "NO_COLOR="), "console", "--settings", b.TempDir())
	p.await(b, "", "Orders")
	frame := time.Since(began)
	p.await(b, "", "LIVE")
	live := time.Since(began)
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		c.run(b, done)
	}()
	defer func() {
		close(done)
		<-ended
	}()
	time.Sleep(3 * time.Second) // until it is busy

	keys := [][2]string{{"?", "the choice above"}, {"\x1b", "VENDOR"}, {"5", "[5]Streams"}, {"1", "[1]Orders"}, {"2", "[2]Alerts"}, {"1", "[1]Orders"}}
	used, at := cpuOf(b, p.pid), time.Now()
	var took []time.Duration
	most := 0
	for n := 0; b.Loop(); n++ {
		k := keys[n%len(keys)]
		took = append(took, p.await(b, k[0], k[1]))
		time.Sleep(50*time.Millisecond + rand.N(100*time.Millisecond)) //nolint:gosec // so that keys do not keep step with frames
		if n%20 == 0 {
			most = max(most, memoryOf(b, p.pid, "VmRSS"))
		}
	}
	cores := (cpuOf(b, p.pid) - used).Seconds() / time.Since(at).Seconds()
	slices.Sort(took)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(0, "ns/op") // says nothing
	b.ReportMetric(ms(frame), "frame-ms")
	b.ReportMetric(ms(live), "live-ms")
	b.ReportMetric(ms(took[len(took)/2]), "key-p50-ms")
	b.ReportMetric(ms(took[len(took)*99/100]), "key-p99-ms")
	b.ReportMetric(cores, "cores")
	b.ReportMetric(float64(most)/1024, "MB")
	b.ReportMetric(float64(memoryOf(b, p.pid, "RssFile"))/1024, "MB-of-files")
	_, err := p.keys.WriteString("q")
	require.NoError(b, err)
	<-p.done
}

// cpuOf is what a process has had of the processors.
func cpuOf(b *testing.B, pid int) time.Duration {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	require.NoError(b, err)
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	user, err := strconv.Atoi(fields[11])
	require.NoError(b, err)
	system, err := strconv.Atoi(fields[12])
	require.NoError(b, err)
	return time.Duration(user+system) * time.Second / 100
}

// memoryOf is a line of what a process has in memory, in KB.
func memoryOf(b *testing.B, pid int, name string) int {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	require.NoError(b, err)
	_, rest, _ := strings.Cut(string(status), name+":")
	kb, err := strconv.Atoi(strings.Fields(rest)[0])
	require.NoError(b, err)
	return kb
}
