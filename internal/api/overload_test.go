package api

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/catalog"
	"github.com/zoop-dev/zoop/internal/domain"
)

// counter is a server with slots, and handlers that stay in theirs until they are told to go.
type counter struct {
	t    testing.TB
	s    *server
	hold chan struct{}
}

func newCounter(t testing.TB, l Limits) counter {
	t.Helper()
	reg := prometheus.NewRegistry()
	s := &server{
		log: slog.New(slog.DiscardHandler), duration: newDuration(reg), gate: newGate(l, reg),
		auth: func(context.Context, string) (domain.Actor, error) {
			return domain.Actor{ID: domain.ID{1}, Role: domain.RoleCustomer}, nil
		},
	}
	return counter{t, s, make(chan struct{})}
}

func (f counter) ask(method, path string, body io.Reader, handle handler) *httptest.ResponseRecorder {
	may := public
	if method != http.MethodGet {
		may = customers
	}
	r := httptest.NewRequest(method, path, body)
	r.Header.Set("Authorization", "Bearer x")
	w := httptest.NewRecorder()
	op := &operation{}
	if body != nil {
		op.body = openapi3.NewSchema()
	}
	f.s.serve(route{method: method, path: path, may: may, handle: handle}, op).ServeHTTP(w, r)
	return w
}

// read is a read that stays until hold is closed.
func (f counter) read() *httptest.ResponseRecorder {
	return f.ask("GET", "/api/v1/vendors", nil, func(*call) (answer, error) { <-f.hold; return ok("read") })
}

func (f counter) usage(k class) [2]int {
	used, waiting := f.s.gate.slots.Usage(int(k))
	return [2]int{used, waiting}
}

func (f counter) await(k class, used, waiting int) {
	f.t.Helper()
	require.Eventually(f.t, func() bool { return f.usage(k) == [2]int{used, waiting} }, time.Minute, 100*time.Microsecond)
}

// TestAPageInMemoryNeedsNoSlot asks for one while all slots are taken and the queue is full.
func TestAPageInMemoryNeedsNoSlot(t *testing.T) {
	t.Parallel()
	f := newCounter(t, Limits{Slots: 1, Queue: 1, Wait: time.Minute})
	var group sync.WaitGroup
	group.Go(func() { f.read() })
	f.await(classReads, 1, 0)
	group.Go(func() { f.read() })
	f.await(classReads, 1, 1)
	ask := func(path, token string, memory, made func() (answer, error)) *httptest.ResponseRecorder {
		r, w, asked := httptest.NewRequest(http.MethodGet, path, nil), httptest.NewRecorder(), 0
		if token != "" {
			r.Header.Set("Authorization", token)
		}
		f.s.serve(route{method: "GET", path: "/api/v1/vendors", may: public, handle: func(*call) (answer, error) {
			if asked++; asked == 1 {
				return memory()
			}
			return made()
		}}, &operation{atHand: true}).ServeHTTP(w, r)
		return w
	}
	page := func() (answer, error) { return ok("page") }
	absent := func() (answer, error) { return answer{}, catalog.ErrNotAtHand }
	for _, token := range []string{"", "Bearer x"} {
		require.Equal(t, 200, ask("/api/v1/vendors", token, page, nil).Code)
		require.Equal(t, 404, ask("/api/v1/vendors", token, func() (answer, error) { return answer{}, domain.Missing("vendor") }, nil).Code)
		require.Equal(t, 400, ask("/api/v1/vendors?x=1", token, page, nil).Code)
		require.Equal(t, 503, ask("/api/v1/vendors", token, absent, page).Code)
	}
	close(f.hold)
	group.Wait()
	require.Equal(t, 200, ask("/api/v1/vendors", "", absent, page).Code)
	require.Equal(t, [2]int{}, f.usage(classReads))
}

func TestReadsDoNotTakeTheReserveOfOrders(t *testing.T) {
	t.Parallel()
	f := newCounter(t, Limits{Slots: 8, Queue: 2, Wait: time.Minute}) // 2 are for orders alone
	var group sync.WaitGroup
	served := make(chan int, 10)
	read := func() { group.Go(func() { served <- f.read().Code }) }
	for n := range 6 {
		read()
		f.await(classReads, n+1, 0)
	}
	read()
	read()
	f.await(classReads, 6, 2)
	for range 50 {
		w := f.read()
		require.Equal(t, 503, w.Code)
		require.Regexp(t, `^[123]$`, w.Header().Get("Retry-After"))
		require.Equal(t, "application/problem+json", w.Header().Get("Content-Type"))
		require.Contains(t, w.Body.String(), `"code":"overloaded"`)
	}
	place := func(*call) (answer, error) { return created("order") }
	for range 50 {
		require.Equal(t, 201, f.ask("POST", "/api/v1/orders", nil, place).Code)
	}
	require.Equal(t, 200, f.ask("GET", "/healthz", nil, func(*call) (answer, error) { return ok("alive") }).Code)
	close(f.hold)
	group.Wait()
	require.Len(t, served, 8)
	for range 8 {
		require.Equal(t, 200, <-served, "who waited is served")
	}
	require.Equal(t, 200, f.read().Code)
	require.Equal(t, [2]int{}, f.usage(classReads))
}

func TestAWaitIsShort(t *testing.T) {
	t.Parallel()
	f := newCounter(t, Limits{Slots: 1, Queue: 10, Wait: 10 * time.Millisecond})
	var group sync.WaitGroup
	group.Go(func() { f.read() })
	f.await(classReads, 1, 0)
	require.Equal(t, 503, f.read().Code)
	close(f.hold)
	group.Wait()
}

func TestASlowBodyHoldsNoSlot(t *testing.T) {
	t.Parallel()
	f := newCounter(t, Limits{Slots: 1, Wait: time.Second})
	body, slow := io.Pipe()
	var group sync.WaitGroup
	var late *httptest.ResponseRecorder
	group.Go(func() {
		late = f.ask("PUT", "/api/v1/cart", body, func(c *call) (answer, error) { return ok(string(c.payload)) })
	})
	_, err := io.WriteString(slow, `{"items":`) // it is being read
	require.NoError(t, err)
	require.Equal(t, [2]int{}, f.usage(classWrites))
	require.Equal(t, 200, f.ask("PUT", "/api/v1/cart", strings.NewReader(`{}`), func(*call) (answer, error) { return ok(1) }).Code)
	_, err = io.WriteString(slow, `[]}`)
	require.NoError(t, err)
	require.NoError(t, slow.Close())
	group.Wait()
	require.Equal(t, 200, late.Code)
}

func TestAHandlerThatPanicsGivesItsSlotBack(t *testing.T) {
	t.Parallel()
	f := newCounter(t, Limits{Slots: 1, Wait: time.Second})
	for range 3 {
		w := f.ask("GET", "/api/v1/vendors", nil, func(*call) (answer, error) { panic("oh") })
		require.Equal(t, 500, w.Code)
	}
	require.Equal(t, [2]int{}, f.usage(classReads))
}

// What a request costs that is refused at once.
func BenchmarkShed(b *testing.B) {
	f := newCounter(b, Limits{Slots: 1, Queue: 1, Wait: time.Hour})
	for range 2 { // one is served, one waits
		go f.read()
	}
	require.Eventually(b, func() bool { return f.usage(classReads) == [2]int{1, 1} }, time.Minute, time.Millisecond)
	h := f.s.serve(route{method: "GET", path: "/api/v1/vendors", may: public}, &operation{})
	r := httptest.NewRequest(http.MethodGet, "/api/v1/vendors", nil)
	b.ReportAllocs()
	for b.Loop() {
		w := &discard{h: http.Header{}}
		if h.ServeHTTP(w, r); w.status != http.StatusServiceUnavailable {
			b.Fatal(w.status)
		}
	}
	close(f.hold)
}
