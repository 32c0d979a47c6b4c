package trust

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/require"
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
}

func (r result) goodput() float64 { return float64(len(r.served)) / r.took.Seconds() }

func (r result) percentile(p int) time.Duration {
	if len(r.served) == 0 {
		return 0
	}
	return r.served[(len(r.served)-1)*p/100]
}

// String sums it up.
func (r result) String() string {
	return fmt.Sprintf("served %.0f/s, p50 %s, p99 %s, shed %d, unsent %d, other %v", r.goodput(),
		r.percentile(50).Round(time.Millisecond), r.percentile(99).Round(time.Millisecond), r.shed, r.unsent, r.other)
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

func (r *results) end(start time.Time) result {
	r.took = time.Since(start)
	slices.Sort(r.served)
	return r.result
}

// closedLoop keeps so many requests in flight for a while.
func (m *market) closedLoop(workers int, d time.Duration) result {
	var out results
	var group sync.WaitGroup
	start := time.Now()
	for range workers {
		group.Go(func() {
			for time.Since(start) < d {
				before := time.Now()
				out.note(m.something(), time.Since(before))
			}
		})
	}
	group.Wait()
	return out.end(start)
}

// openLoop sends so many requests a second, whatever becomes of them.
func (m *market) openLoop(rate float64, d time.Duration) result {
	var out results
	var group sync.WaitGroup
	slots := make(chan struct{}, maxInFlight)
	start := time.Now()
	for sent := 0; time.Since(start) < d; time.Sleep(time.Millisecond) {
		for due := int(rate * time.Since(start).Seconds()); sent < due; sent++ {
			select {
			case slots <- struct{}{}:
			default:
				out.unsent++
				continue
			}
			group.Go(func() {
				defer func() { <-slots }()
				before := time.Now()
				out.note(m.something(), time.Since(before))
			})
		}
	}
	group.Wait()
	return out.end(start)
}

// something is a request that costs: mostly a search that no cache has, else a cart that is priced and written.
func (m *market) something() int {
	if rand.N(10) < 3 {
		c := m.customers[rand.N(len(m.customers))]
		return m.status("PUT", "/api/v1/cart", c.token, c.cart)
	}
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

// placeOrders has four more customers order without a pause, until the answer is called: how many orders were placed, and how
// many refused. That a cart is refused is no refusal of an order.
func (m *market) placeOrders() func() (placed, refused int64) {
	var placed, refused atomic.Int64
	var group sync.WaitGroup
	done := make(chan struct{})
	some := m.customers[:4]
	m.customers = m.customers[4:]
	for i, c := range some {
		group.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-done:
					return
				default:
				}
				if m.status("PUT", "/api/v1/cart", c.token, c.cart) != http.StatusOK {
					continue
				}
				if m.status("POST", "/api/v1/orders", c.token, m.orderBody, "Idempotency-Key", fmt.Sprintf("%d-%d", i, n)) == http.StatusCreated {
					placed.Add(1)
				} else {
					refused.Add(1)
				}
			}
		})
	}
	return func() (int64, int64) {
		close(done)
		group.Wait()
		return placed.Load(), refused.Load()
	}
}

// untilCalm tells how long it takes until fifty requests in a row are served.
func (m *market) untilCalm() time.Duration {
	start, calm := time.Now(), time.Now()
	for row := 0; row < 50 && time.Since(start) < patience; {
		if status := m.something(); status != http.StatusOK {
			row, calm = 0, time.Now()
			continue
		}
		row++
	}
	return calm.Sub(start)
}

// metric reads one of the process's numbers, 0 when it is not there.
func (m *market) metric(name string) float64 {
	m.instance.t.Helper()
	_, _, text := m.do("GET", "/metrics", "", "")
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		if value, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			f, err := strconv.ParseFloat(value, 64)
			require.NoError(m.instance.t, err)
			return f
		}
	}
	return 0
}
