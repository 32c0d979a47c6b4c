package trust

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// maxInFlight bounds the load generator: what would go beyond is not sent, and counts as refused.
const maxInFlight = 2000

// result is what a load had for answers.
type result struct {
	took   time.Duration
	served []time.Duration // how long each success took
	shed   int             // 503
	unsent int
	other  map[int]int // by status; 0 is an error of the connection
	orders sales       // in the same time
	worth  float64     // of an order, in searches
	own    float64     // the load generator's own share of the machine's processors, 0 … 1
}

// sales are what the buyers did.
type sales struct{ placed, refused int64 }

func (s sales) minus(o sales) sales { return sales{s.placed - o.placed, s.refused - o.refused} }

// goodput is what was done a second, in searches: an order and its cart count as what they cost.
func (r result) goodput() float64 {
	return (float64(len(r.served)) + r.worth*float64(r.orders.placed)) / r.took.Seconds()
}

// left is goodput for the processors that the load generator, which runs on the same machine, has left to the rest.
func (r result) left() float64 { return r.goodput() / (1 - r.own) }

// ownTime is what this process has had of the processors so far.
func ownTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func (r result) percentile(p int) time.Duration {
	if len(r.served) == 0 {
		return 0
	}
	return r.served[(len(r.served)-1)*p/100]
}

// String sums it up.
func (r result) String() string {
	return fmt.Sprintf("%.0f/s with %.0f%% of the processors taken by the load itself, searches p50 %s, p99 %s, shed %d, unsent %d, other %v, orders placed %d, refused %d", r.goodput(), 100*r.own,
		r.percentile(50).Round(time.Millisecond), r.percentile(99).Round(time.Millisecond), r.shed, r.unsent, r.other, r.orders.placed, r.orders.refused)
}

// results collects them from many goroutines.
type results struct {
	mu sync.Mutex
	result
}

func (r *results) note(status int, took time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case status >= 200 && status < 300:
		r.served = append(r.served, took)
	case status == http.StatusServiceUnavailable:
		r.shed++
	default:
		if r.other == nil {
			r.other = map[int]int{}
		}
		r.other[status]++
	}
}

// run takes the measure of a load.
func (m *market) run(load func(out *results, start time.Time)) result {
	var r results
	start, before, own := time.Now(), m.buyers.sales(), ownTime()
	load(&r, start)
	r.took, r.orders, r.worth = time.Since(start), m.buyers.sales().minus(before), m.buyers.worth
	r.own = (ownTime() - own).Seconds() / r.took.Seconds() / float64(runtime.NumCPU())
	slices.Sort(r.served)
	return r.result
}

// closedLoop keeps so many requests in flight for a while.
func (m *market) closedLoop(workers int, d time.Duration) result {
	return m.run(func(out *results, start time.Time) {
		var group sync.WaitGroup
		for range workers {
			group.Go(func() {
				for time.Since(start) < d {
					sent := time.Now()
					out.note(m.search(), time.Since(sent))
				}
			})
		}
		group.Wait()
	})
}

// openLoop sends so many requests a second, whatever becomes of them.
func (m *market) openLoop(rate float64, d time.Duration) result {
	return m.run(func(out *results, start time.Time) {
		var group sync.WaitGroup
		slots := make(chan struct{}, maxInFlight)
		pace := time.NewTicker(time.Millisecond)
		defer pace.Stop()
		for sent := 0; time.Since(start) < d; <-pace.C {
			for due := int(rate * time.Since(start).Seconds()); sent < due; sent++ {
				select {
				case slots <- struct{}{}:
				default:
					out.unsent++
					continue
				}
				group.Go(func() {
					defer func() { <-slots }()
					begun := time.Now()
					out.note(m.search(), time.Since(begun))
				})
			}
		}
		group.Wait()
	})
}

// search is a request that costs: no cache has its answer.
func (m *market) search() int {
	letter := func() rune { return 'a' + rand.N[rune](26) }
	return m.status("GET", fmt.Sprintf("/api/v1/vendors?lat=12.9%d&lng=77.59&q=%c%c", 600+rand.N(200), letter(), letter()), "", "")
}

// status sends a request and gives the status, 0 when there is no answer.
func (m *market) status(method, path, token, body string, headers ...string) int {
	req, err := http.NewRequestWithContext(m.instance.t.Context(), method, m.url+path, strings.NewReader(body))
	if err != nil {
		return 0
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for n := 0; n+1 < len(headers); n += 2 {
		req.Header.Set(headers[n], headers[n+1])
	}
	res, err := m.client.Do(req)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode
}

// buyers are customers who order without a pause.
type buyers struct {
	placed, refused atomic.Int64
	worth           float64 // of an order, in searches
	done            chan struct{}
	group           sync.WaitGroup
}

func (b *buyers) sales() sales { return sales{b.placed.Load(), b.refused.Load()} }

func (b *buyers) stop() {
	close(b.done)
	b.group.Wait()
}

// buy fills a cart and orders it; that a cart is refused is no refusal of an order.
func (m *market) buy(c *shopper, key string) {
	if m.status("PUT", "/api/v1/cart", c.token, c.cart) != http.StatusOK {
		return
	}
	if m.status("POST", "/api/v1/orders", c.token, m.orderBody, "Idempotency-Key", key) == http.StatusCreated {
		m.buyers.placed.Add(1)
	} else {
		m.buyers.refused.Add(1)
	}
}

// placeOrders finds out what an order costs, one at a time, and then has all customers buy until the buyers are stopped.
func (m *market) placeOrders() {
	const times = 100
	measure := func(do func(n int)) time.Duration {
		start := time.Now()
		for n := range times {
			do(n)
		}
		return time.Since(start)
	}
	order := measure(func(n int) { m.buy(m.customers[0], fmt.Sprint("first-", n)) })
	m.buyers.worth = order.Seconds() / measure(func(int) { m.search() }).Seconds()
	m.buyers.done = make(chan struct{})
	for i, c := range m.customers {
		m.buyers.group.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-m.buyers.done:
					return
				default:
					m.buy(c, fmt.Sprintf("%d-%d", i, n))
				}
			}
		})
	}
}

// untilCalm tells how long it takes until fifty requests in a row are served.
func (m *market) untilCalm() time.Duration {
	start, calm := time.Now(), time.Now()
	for row := 0; row < 50 && time.Since(start) < patience; {
		if status := m.search(); status != http.StatusOK {
			row, calm = 0, time.Now()
			continue
		}
		row++
	}
	return calm.Sub(start)
}
