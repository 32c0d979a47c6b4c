package api

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
)

// edge is the API without use cases on a socket, as browsers and attackers meet it.
func edge(t *testing.T, origins ...string) *httptest.Server {
	t.Helper()
	return edgeWithin(t, time.Minute, origins...)
}

// edgeWithin waits so long for a request to have come.
func edgeWithin(t *testing.T, patience time.Duration, origins ...string) *httptest.Server {
	t.Helper()
	h, err := New(Deps{
		Log: slog.New(slog.DiscardHandler), Registry: prometheus.NewRegistry(), Metrics: http.NotFoundHandler(),
		Ready: func(context.Context) error { return nil }, Origins: origins, HSTS: time.Hour,
		Authenticate: func(context.Context, string) (domain.Actor, error) {
			return domain.Actor{ID: domain.ID{1}, Role: domain.RoleCustomer}, nil
		},
	})
	require.NoError(t, err)
	server := httptest.NewUnstartedServer(h)
	server.Config.ReadTimeout = patience
	server.Start()
	t.Cleanup(server.Close)
	return server
}

// send writes a request as it stands and reads the answer.
func send(t *testing.T, server *httptest.Server, method, raw string) (*http.Response, string) {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(time.Minute)))
	_, err = io.WriteString(conn, raw)
	require.NoError(t, err)
	res, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	require.NoError(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res, string(text)
}

const (
	me    = "Host: api.example\r\nAuthorization: Bearer x\r\n"
	login = "POST /api/v1/auth/login HTTP/1.1\r\nHost: api.example\r\n"
)

func TestWhateverComesIsAnsweredWithAProblem(t *testing.T) {
	t.Parallel()
	server, hasty := edge(t), edgeWithin(t, 500*time.Millisecond)
	deep := strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000)
	body := func(text string) string {
		return login + "Content-Length: " + strconv.Itoa(len(text)) + "\r\n\r\n" + text
	}
	for name, tc := range map[string]struct {
		raw    string
		status int
		code   string
	}{
		"double slash":      {"GET //api/v1/me HTTP/1.1\r\n" + me + "\r\n", 404, "not_found"},
		"dots":              {"GET /api/v1/../v1/me HTTP/1.1\r\n" + me + "\r\n", 404, "not_found"},
		"escaped dots":      {"GET /api/v1/%2e%2e/v1/me HTTP/1.1\r\n" + me + "\r\n", 404, "not_found"},
		"trailing slash":    {"GET /api/v1/me/ HTTP/1.1\r\n" + me + "\r\n", 404, "not_found"},
		"escaped slash":     {"GET /api/v1/vendors/x%2Fmenu HTTP/1.1\r\n" + me + "\r\n", 404, "not_found"},
		"root":              {"GET / HTTP/1.1\r\n" + me + "\r\n", 404, "not_found"},
		"no such method":    {"BREW /api/v1/me HTTP/1.1\r\n" + me + "\r\n", 405, "method_not_allowed"},
		"TRACE":             {"TRACE /api/v1/me HTTP/1.1\r\n" + me + "\r\n", 405, "method_not_allowed"},
		"options nowhere":   {"OPTIONS /api/v2 HTTP/1.1\r\n" + me + "\r\n", 404, "not_found"},
		"deep":              {body(deep), 400, "invalid"},
		"NUL":               {body(`{"email":"a\u0000@example.com"}`), 400, "invalid"},
		"no UTF-8":          {body("{\"email\":\"\xff@example.com\"}"), 400, "invalid"},
		"half a surrogate":  {body(`{"email":"\ud800@example.com"}`), 400, "invalid"},
		"said too large":    {login + "Content-Length: 10000000\r\n\r\n{", 413, "too_large"},
		"chunked too large": {login + "Transfer-Encoding: chunked\r\n\r\n100001\r\n" + strings.Repeat(" ", 0x100001) + "\r\n0\r\n\r\n", 413, "too_large"},
		"too slow":          {login + "Content-Length: 20\r\n\r\n{", 408, "request_timeout"},
		"too slow for none": {"GET /api/v1/me HTTP/1.1\r\n" + me + "Transfer-Encoding: chunked\r\n\r\n", 408, "request_timeout"},
		"a body for none":   {"POST /api/v1/auth/logout HTTP/1.1\r\n" + me + "Content-Length: 2\r\n\r\n{}", 400, "invalid"},
		"a form":            {login + "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1\r\n\r\na", 415, "unsupported_media_type"},
		"text":              {login + "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}", 415, "unsupported_media_type"},
		"latin-1":           {login + "Content-Type: application/json; charset=latin1\r\nContent-Length: 2\r\n\r\n{}", 415, "unsupported_media_type"},
		"zipped":            {login + "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", 415, "unsupported_media_type"},
		"foreign page":      {login + "Origin: https://evil.example\r\nContent-Length: 2\r\n\r\n{}", 403, "origin"},
		"page of a file":    {login + "Origin: null\r\nContent-Length: 2\r\n\r\n{}", 403, "origin"},
		"foreign form":      {login + "Sec-Fetch-Site: cross-site\r\nContent-Length: 2\r\n\r\n{}", 403, "origin"},
		"foreign preflight": {"OPTIONS /api/v1/me HTTP/1.1\r\nHost: api.example\r\nOrigin: https://evil.example\r\nAccess-Control-Request-Method: PATCH\r\n\r\n", 403, "origin"},
		"SQL to sort by":    {"GET /api/v1/vendors?lat=1&lng=1&sort=name);DROP+TABLE+users-- HTTP/1.1\r\n" + me + "\r\n", 400, "invalid"},
		"NUL in the query":  {"GET /api/v1/vendors?lat=1&lng=1&q=a%00 HTTP/1.1\r\n" + me + "\r\n", 400, "invalid"},
		"CRLF in the query": {"GET /api/v1/vendors?lat=1&lng=1&q=a%1b HTTP/1.1\r\n" + me + "\r\n", 400, "invalid"},
		"two keys":          {"POST /api/v1/orders HTTP/1.1\r\n" + me + "Idempotency-Key: a\r\nIdempotency-Key: b\r\nContent-Length: 2\r\n\r\n{}", 400, "invalid"},
		"an empty key":      {"POST /api/v1/orders HTTP/1.1\r\n" + me + "Idempotency-Key:\r\nContent-Length: 2\r\n\r\n{}", 400, "invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			to := server
			if tc.status == http.StatusRequestTimeout {
				to = hasty
			}
			res, text := send(t, to, http.MethodGet, tc.raw)
			require.Equal(t, tc.status, res.StatusCode, text)
			require.Equal(t, "application/problem+json", res.Header.Get("Content-Type"))
			var problem struct{ Code, RequestID string }
			require.NoError(t, json.Unmarshal([]byte(text), &problem))
			require.Equal(t, tc.code, problem.Code)
			require.Equal(t, res.Header.Get("X-Request-Id"), problem.RequestID)
			require.NotEmpty(t, problem.RequestID)
			for _, of := range headers {
				require.Equal(t, of.value, res.Header.Values(of.name))
			}
			require.Equal(t, "max-age=3600; includeSubDomains", res.Header.Get("Strict-Transport-Security"))
			require.Empty(t, res.Header.Get("Access-Control-Allow-Origin"))
			require.Contains(t, res.Header.Values("Vary"), "Origin")
		})
	}
}

func TestMethodsOfAPath(t *testing.T) {
	t.Parallel()
	server := edge(t)
	res, _ := send(t, server, http.MethodPut, "PUT /api/v1/orders HTTP/1.1\r\n"+me+"\r\n")
	require.Equal(t, 405, res.StatusCode)
	require.Equal(t, "GET, HEAD, POST, OPTIONS", res.Header.Get("Allow"))
	res, _ = send(t, server, http.MethodOptions, "OPTIONS /api/v1/me/addresses/01900000-0000-7000-8000-000000000000 HTTP/1.1\r\n"+me+"\r\n")
	require.Equal(t, 204, res.StatusCode)
	require.Equal(t, "PATCH, DELETE, OPTIONS", res.Header.Get("Allow"))
	get, _ := send(t, server, http.MethodGet, "GET /version HTTP/1.1\r\n"+me+"\r\n")
	head, text := send(t, server, http.MethodHead, "HEAD /version HTTP/1.1\r\n"+me+"\r\n")
	require.Equal(t, 200, head.StatusCode)
	require.Equal(t, get.Header.Get("Content-Length"), head.Header.Get("Content-Length"))
	require.Empty(t, text)
}

func TestPagesOfListedOriginsMayUseTheAPI(t *testing.T) {
	t.Parallel()
	server := edge(t, "https://app.example")
	preflight := func(origin, path string) *http.Response {
		res, _ := send(t, server, http.MethodOptions, "OPTIONS "+path+" HTTP/1.1\r\nHost: api.example\r\nOrigin: "+origin+
			"\r\nAccess-Control-Request-Method: PATCH\r\nAccess-Control-Request-Headers: authorization,if-match\r\n\r\n")
		return res
	}
	res := preflight("https://app.example", "/api/v1/me")
	require.Equal(t, 204, res.StatusCode)
	require.Equal(t, "https://app.example", res.Header.Get("Access-Control-Allow-Origin"))
	require.Equal(t, "GET, HEAD, PATCH, OPTIONS", res.Header.Get("Access-Control-Allow-Methods"))
	require.Contains(t, res.Header.Get("Access-Control-Allow-Headers"), "If-Match")
	require.Contains(t, res.Header.Get("Access-Control-Allow-Headers"), "Last-Event-ID", "of who goes on with an order's stream")
	require.Empty(t, res.Header.Get("Access-Control-Allow-Credentials"))
	require.Equal(t, 404, preflight("https://app.example", "/nowhere").StatusCode)
	require.Equal(t, 403, preflight("http://app.example", "/api/v1/me").StatusCode)
	require.Equal(t, 403, preflight("https://app.example.evil.example", "/api/v1/me").StatusCode)

	for origin, allowed := range map[string]bool{"https://app.example": true, "https://evil.example": false} {
		res, _ := send(t, server, http.MethodGet, "GET /version HTTP/1.1\r\nHost: api.example\r\nOrigin: "+origin+"\r\n\r\n")
		require.Equal(t, 200, res.StatusCode)
		require.Equal(t, allowed, res.Header.Get("Access-Control-Allow-Origin") == origin, origin)
	}
	res, _ = send(t, server, http.MethodPost, login+"Origin: https://app.example\r\nSec-Fetch-Site: cross-site\r\nContent-Length: 2\r\n\r\n{}")
	require.Equal(t, 400, res.StatusCode)
	require.Contains(t, res.Header.Get("Access-Control-Expose-Headers"), "ETag")
	res, _ = send(t, server, http.MethodPost, login+"Origin: https://api.example\r\nContent-Length: 2\r\n\r\n{}")
	require.Equal(t, 400, res.StatusCode, "our own pages need no list")

	_, err := newOrigins([]string{"https://app.example/path"})
	require.Equal(t, domain.Invalid, domain.KindOf(err))
	res, _ = send(t, edge(t, "*"), http.MethodPost, login+"Origin: null\r\nContent-Length: 2\r\n\r\n{}")
	require.Equal(t, "null", res.Header.Get("Access-Control-Allow-Origin"))
}

// TestNoCallerWaitsForAHandlerThatForgotItsTime has one that never looks at its context.
func TestNoCallerWaitsForAHandlerThatForgotItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		forever := make(chan struct{})
		defer close(forever)
		s := &server{log: slog.New(slog.DiscardHandler), duration: newDuration(prometheus.NewRegistry())}
		for name, handle := range map[string]handler{
			"looks at its context": func(c *call) (answer, error) { <-c.Context().Done(); return answer{}, c.Context().Err() },
			"does not":             func(*call) (answer, error) { <-forever; return answer{}, nil },
		} {
			start := time.Now()
			w := httptest.NewRecorder()
			s.serve(route{"GET", "/slow", anybody, handle, nil}, &operation{}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/slow", nil))
			require.Equal(t, http.StatusServiceUnavailable, w.Code, name)
			require.Contains(t, w.Body.String(), `"code":"timeout"`)
			require.Equal(t, "1", w.Header().Get("Retry-After"))
			require.LessOrEqual(t, time.Since(start), requestTimeout+grace, name)
		}
	})
}

func TestTheDocumentsPageRunsOnlyItsOwnScript(t *testing.T) {
	t.Parallel()
	res, text := send(t, edge(t), http.MethodGet, "GET /docs HTTP/1.1\r\nHost: api.example\r\n\r\n")
	policy := res.Header.Get("Content-Security-Policy")
	require.Equal(t, docsPolicy, policy)
	require.NotContains(t, policy, "unsafe")
	for _, element := range []string{"script", "style"} {
		require.Equal(t, 1, strings.Count(text, "<"+element), element)
		require.Contains(t, policy, sumOf([]byte(text), element))
	}
	require.NotContains(t, text, " style=", "the policy would not let it be")
	require.NotRegexp(t, ` on[a-z]+=`, text)
}
