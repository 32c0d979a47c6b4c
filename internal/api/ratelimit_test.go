package api

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/redis"
)

// limited is the API with limits, in front of no use case: what is let through gets 400 or 404 here. A token is a customer's ID.
type limited struct {
	t   *testing.T
	h   http.Handler
	reg *prometheus.Registry
}

func newLimited(t *testing.T, l Limits) limited {
	t.Helper()
	out := limited{t: t, reg: prometheus.NewRegistry()}
	var err error
	out.h, err = New(Deps{
		Log: slog.New(slog.DiscardHandler), Registry: out.reg, Limits: l, Metrics: http.NotFoundHandler(),
		Ready: func(context.Context) error { return nil },
		Authenticate: func(_ context.Context, token string) (domain.Actor, error) {
			id, err := domain.ParseID(token)
			if err != nil {
				return domain.Actor{}, domain.Errorf(domain.Unauthenticated, string(domain.Unauthenticated), "no")
			}
			return domain.Actor{ID: id, Role: domain.RoleCustomer}, nil
		},
	})
	require.NoError(t, err)
	return out
}

func (l limited) do(method, path, from, token string, headers ...string) *httptest.ResponseRecorder {
	l.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(`{}`))
	if method == http.MethodGet {
		r = httptest.NewRequest(method, path, nil)
	}
	r.RemoteAddr = netip.AddrPortFrom(netip.MustParseAddr(from), 4711).String()
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	l.h.ServeHTTP(w, r)
	return w
}

// allowed sends n requests and counts those that were not limited.
func (l limited) allowed(n int, method, path, from, token string) (allowed int) {
	l.t.Helper()
	for range n {
		if l.do(method, path, from, token).Code != http.StatusTooManyRequests {
			allowed++
		}
	}
	return allowed
}

func (l limited) count(class, outcome, by string) float64 {
	l.t.Helper()
	families, err := l.reg.Gather()
	require.NoError(l.t, err)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			labels := map[string]string{}
			for _, p := range m.GetLabel() {
				labels[p.GetName()] = p.GetValue()
			}
			if f.GetName() == "zoop_rate_limit_total" && labels["class"] == class && labels["outcome"] == outcome && labels["by"] == by {
				return m.GetCounter().GetValue()
			}
		}
	}
	return -1
}

const (
	asha = "01900000-0000-7000-8000-00000000000a"
	ravi = "01900000-0000-7000-8000-00000000000b"
)

func TestASignInIsLimitedByAddress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // in which no time passes
		l := newLimited(t, Limits{Times: 1})
		const path = "/api/v1/auth/login"
		burst := table[classAuth].address.Burst
		first := l.do("POST", path, "203.0.113.7", "")
		require.Equal(t, 400, first.Code)
		require.Equal(t, `"auth-address";q=40;w=40`, first.Header().Get("RateLimit-Policy"))
		require.Equal(t, `"auth-address";r=39;t=1`, first.Header().Get("RateLimit"))
		require.Equal(t, burst-1, l.allowed(burst+9, "POST", path, "203.0.113.7", ""))

		refused := l.do("POST", path, "203.0.113.7", "")
		require.Equal(t, 429, refused.Code)
		require.Equal(t, "1", refused.Header().Get("Retry-After"))
		require.Equal(t, `"auth-address";r=0;t=40`, refused.Header().Get("RateLimit"))
		require.Equal(t, "application/problem+json", refused.Header().Get("Content-Type"))
		require.Contains(t, refused.Body.String(), `"code":"rate_limited"`)

		require.Equal(t, 400, l.do("POST", path, "203.0.113.8", "").Code, "somebody else")
		require.Equal(t, burst, l.allowed(burst+9, "POST", path, "2001:db8:1:1::1", ""))
		require.Equal(t, 429, l.do("POST", path, "2001:db8:1:1:ffff::2", "").Code, "the same /64")
		require.Equal(t, 400, l.do("POST", path, "2001:db8:1:2::1", "").Code, "another /64")
		require.Equal(t, 200, l.do("GET", "/healthz", "203.0.113.7", "").Code)
		require.InDelta(t, 2*burst+2, l.count("auth", "allowed", "fallback"), 0)
		require.InDelta(t, 21, l.count("auth", "limited", "fallback"), 0)
	})
}

func TestAnAccountIsLimitedOnAllInstancesTogether(t *testing.T) {
	t.Parallel()
	url := dbtest.Redis(t)
	var instances []limited
	for range 3 {
		rdb, err := redis.Open(url, redis.Options{LimitTimeout: time.Minute}) // a machine that has too much to do is no Redis that is away
		require.NoError(t, err)
		t.Cleanup(func() { _ = rdb.Close() })
		instances = append(instances, newLimited(t, Limits{Times: 0.001, Redis: rdb})) // the next one is let through in minutes
	}
	allowed := 0
	for i, from := range []string{"203.0.113.1", "203.0.113.2", "203.0.113.3"} {
		allowed += instances[i].allowed(5, "POST", "/api/v1/orders", from, asha)
	}
	require.Equal(t, 1, allowed, "the burst, wherever they come from")
	require.Equal(t, 400, instances[0].do("POST", "/api/v1/orders", "203.0.113.4", ravi).Code, "somebody else")
	require.Equal(t, 404, instances[0].do("GET", "/api/v1/orders/42", "203.0.113.1", asha).Code, "another class")
	by := 0.0
	for _, l := range instances {
		by += l.count("orders", "allowed", "redis")
		require.Zero(t, l.count("orders", "allowed", "fallback"))
	}
	require.InDelta(t, 2, by, 0)
}

func TestLimitsGoOnWithoutRedis(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // in which no time passes
		rdb, err := redis.Open("redis://127.0.0.1:1", redis.Options{})
		require.NoError(t, err)
		t.Cleanup(func() { _ = rdb.Close() })
		l := newLimited(t, Limits{Times: 0.1, Redis: rdb})
		require.Equal(t, 6, l.allowed(20, "POST", "/api/v1/orders", "203.0.113.1", asha))
		require.InDelta(t, 6, l.count("orders", "allowed", "fallback"), 0)
		require.InDelta(t, 14, l.count("orders", "limited", "fallback"), 0)
	})
}

func TestTheCatalogueIsLimitedInTheProcess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // in which no time passes
		l := newLimited(t, Limits{Times: 0.01})
		first := l.do("GET", "/api/v1/vendors/42", "203.0.113.1", "")
		require.Equal(t, 404, first.Code)
		require.Empty(t, first.Header().Get("RateLimit"), "an answer that many share says nothing of one of them")
		require.Equal(t, 9, l.allowed(20, "GET", "/api/v1/vendors/42", "203.0.113.1", ""))
		require.NotEmpty(t, l.do("GET", "/api/v1/vendors/42", "203.0.113.1", "").Header().Get("RateLimit"))
		require.InDelta(t, 10, l.count("reads", "allowed", "process"), 0)
	})
}

func TestBadTokensAreLimitedAndGoodOnesAreNot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // in which no time passes
		l := newLimited(t, Limits{Times: 0.1})
		statuses := map[int]int{}
		for range 15 {
			statuses[l.do("GET", "/api/v1/orders/42", "203.0.113.1", "forged").Code]++
		}
		require.Equal(t, map[int]int{401: 10, 429: 5}, statuses)
		require.Equal(t, 404, l.do("GET", "/api/v1/orders/42", "203.0.113.1", asha).Code, "a neighbour who is somebody")
	})
}

func TestWhoIsExemptAndWhoIsBehindAProxy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // in which no time passes
		l := newLimited(t, Limits{
			Times: 0.1, Exempt: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.1/32")},
		})
		const path = "/api/v1/auth/login"
		require.Equal(t, 50, l.allowed(50, "POST", path, "192.0.2.9", ""))
		require.Equal(t, 4, l.allowed(50, "POST", path, "203.0.113.1", ""))
		require.Equal(t, 429, l.do("POST", path, "203.0.113.1", "", "X-Forwarded-For", "192.0.2.9").Code, "a stranger's word")
		require.Equal(t, 429, l.do("POST", path, "10.0.0.1", "", "X-Forwarded-For", "192.0.2.9, 203.0.113.1").Code, "the same client")
		for i := range 20 {
			require.Equal(t, 400, l.do("POST", path, "10.0.0.1", "", "X-Forwarded-For", "203.0.113."+strconv.Itoa(100+i)).Code, "many behind one proxy")
		}
		require.Equal(t, 50, newLimited(t, Limits{}).allowed(50, "POST", path, "203.0.113.1", ""), "no limits")
	})
}

func TestEveryRouteHasItsClass(t *testing.T) {
	t.Parallel()
	want := map[string]class{
		"GET /media/{name}": classFiles, "PUT /api/v1/dishes/{id}/image": classUploads, "PUT /api/v1/me/picture": classUploads,
		"GET /healthz": classNone, "GET /metrics": classNone, "GET /docs": classNone,
		"GET /api/v1/vendors/{id}/menu": classReads, "GET /api/v1/me": classAccount, "GET /api/v1/orders": classAccount,
		"PUT /api/v1/cart": classCart, "PATCH /api/v1/me": classWrites, "POST /api/v1/auth/refresh": classWrites, "POST /api/v1/auth/logout": classWrites,
		"POST /api/v1/auth/login": classAuth, "POST /api/v1/auth/verify": classAuth, "POST /api/v1/orders": classOrders,
		"POST /api/v1/orders/{id}/accept": classOrders, "POST /api/v1/courier/location": classLocation, "GET /api/v1/ws": classSockets, "GET /api/v1/orders/{id}/events/stream": classSockets,
		"POST /api/v1/admin/vendors/{id}/approve": classStaff, "GET /api/v1/admin/feed": classStaff,
	}
	seen := 0
	for _, rt := range (&handlers{}).routes() {
		k := classOf(rt.method, rt.path, rt.may.public)
		name := rt.method + " " + rt.path
		if w, ok := want[name]; ok {
			require.Equal(t, w, k, name)
			seen++
		}
		require.Equal(t, !strings.HasPrefix(rt.path, "/api/") && !strings.HasPrefix(rt.path, "/media/") && !strings.HasPrefix(rt.path, "/t/"), k == classNone, name)
	}
	require.Len(t, want, seen)
	require.Equal(t, classWebhooks, classOf("POST", "/api/v1/psp/{provider}/webhook", true))
	for k, b := range table {
		require.Equal(t, class(k) == classNone, b.name == "")
		require.Equal(t, class(k) == classNone, b.account.Burst+b.address.Burst == 0, b.name)
	}
}

// What limits cost a request, over none: with Redis next door, and in the process alone.
func BenchmarkLimits(b *testing.B) {
	rdb, err := redis.Open(dbtest.Redis(b), redis.Options{})
	require.NoError(b, err)
	b.Cleanup(func() { _ = rdb.Close() })
	wide := Limits{Times: 1000, Slots: 16, Queue: 100, Redis: rdb}
	for _, with := range []struct {
		name   string
		limits Limits
	}{{"none", Limits{}}, {"limits", wide}} {
		reg := prometheus.NewRegistry()
		s := &server{
			log: slog.New(slog.DiscardHandler), duration: newDuration(reg), limits: newLimiter(with.limits, reg), gate: newGate(with.limits, reg),
			auth: func(context.Context, string) (domain.Actor, error) {
				return domain.Actor{ID: domain.ID{1}, Role: domain.RoleCustomer}, nil
			},
		}
		page := make([]byte, 38<<10)
		answer := func(*call) (answer, error) { return answer{status: http.StatusOK, raw: page}, nil }
		for _, rt := range []route{
			{method: "GET", path: "/api/v1/vendors/{id}/menu", may: public, handle: answer},
			{method: "GET", path: "/api/v1/cart", may: customers, handle: answer},
		} {
			b.Run(fmt.Sprintf("%s/%s", with.name, strings.TrimPrefix(rt.path, "/api/v1/")), func(b *testing.B) {
				h := s.serve(rt, &operation{})
				r := httptest.NewRequest(rt.method, rt.path, nil)
				if !rt.may.public {
					r.Header.Set("Authorization", "Bearer x")
				}
				b.ReportAllocs()
				for b.Loop() {
					w := &discard{h: http.Header{}}
					if h.ServeHTTP(w, r); w.status != http.StatusOK {
						b.Fatal(w.status)
					}
				}
			})
		}
	}
}

// discard is a ResponseWriter that keeps the status only.
type discard struct {
	h      http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.h }
func (d *discard) WriteHeader(status int)      { d.status = status }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }

// Looking up an API key costs the database something: an address that only guesses is stopped before, and nobody else is.
func TestWhoGuessesKeysIsNotLookedUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // in which no time passes
		looked := 0
		h, err := New(Deps{
			Log: slog.New(slog.DiscardHandler), Registry: prometheus.NewRegistry(), Limits: Limits{Times: 1}, Metrics: http.NotFoundHandler(),
			Ready: func(context.Context) error { return nil },
			Authenticate: func(context.Context, string) (domain.Actor, error) {
				looked++
				return domain.Actor{}, domain.Errorf(domain.RateLimited, string(domain.RateLimited), "too many keys are looked up")
			},
		})
		require.NoError(t, err)
		l := limited{t: t, h: h}
		for range 300 {
			require.Equal(t, http.StatusTooManyRequests, l.do("GET", "/api/v1/me/vendors", "203.0.113.7", account.KeyMark+"guess").Code)
		}
		most := table[classTokens].address.Burst
		require.LessOrEqual(t, looked, most+10)
		before := looked
		l.do("GET", "/api/v1/me/vendors", "203.0.113.8", account.KeyMark+"real")
		require.Equal(t, before+1, looked, "another address is looked up")
		l.do("GET", "/api/v1/me/vendors", "203.0.113.7", "a session's token")
		require.Equal(t, before+2, looked, "a signature is checked, whoever the neighbours are")
	})
}
