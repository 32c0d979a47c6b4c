package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
)

// face is the API without use cases: enough for what happens before a handler.
func face(t *testing.T, actor domain.Actor) http.Handler {
	t.Helper()
	h, err := New(Deps{
		Log: slog.New(slog.DiscardHandler), Registry: prometheus.NewRegistry(), Metrics: http.NotFoundHandler(),
		Ready: func(context.Context) error { return nil },
		Authenticate: func(_ context.Context, token string) (domain.Actor, error) {
			if token != "good" {
				return domain.Actor{}, domain.Errorf(domain.Unauthenticated, string(domain.Unauthenticated), "no")
			}
			return actor, nil
		},
	})
	require.NoError(t, err, "routes and contract are equal")
	return h
}

func TestEveryAnswerBeforeTheHandlerIsAProblem(t *testing.T) {
	t.Parallel()
	h := face(t, domain.Actor{ID: domain.ID{1}, Role: domain.RoleCustomer})
	big := `{"note":"` + strings.Repeat("x", maxBody) + `"}`
	for name, tc := range map[string]struct {
		method, path, token, body string
		status                    int
		code                      string
	}{
		"no route":        {"GET", "/api/v1/nope", "", "", 404, "not_found"},
		"no method":       {"DELETE", "/api/v1/orders", "", "", 405, "method_not_allowed"},
		"nobody":          {"GET", "/api/v1/orders", "", "", 401, "unauthenticated"},
		"bad token":       {"GET", "/api/v1/orders", "bad", "", 401, "unauthenticated"},
		"wrong role":      {"POST", "/api/v1/orders/01900000-0000-7000-8000-000000000000/accept", "good", `{"prepMinutes":1}`, 403, "forbidden"},
		"staff only":      {"GET", "/api/v1/admin/feed", "good", "", 403, "forbidden"},
		"no key":          {"POST", "/api/v1/orders", "good", `{"payment":{"method":"cod"}}`, 400, "invalid"},
		"no such id":      {"GET", "/api/v1/orders/42", "good", "", 404, "not_found"},
		"too large":       {"PUT", "/api/v1/cart", "good", big, 413, "too_large"},
		"panic":           {"GET", "/api/v1/cart", "good", "", 500, "internal"}, // there is no use case behind it
		"unknown query":   {"GET", "/api/v1/orders?stat=live", "good", "", 400, "invalid"},
		"unknown state":   {"GET", "/api/v1/orders?state=eaten", "good", "", 400, "invalid"},
		"no cursor of us": {"GET", "/api/v1/orders?cursor=x", "good", "", 400, "invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(tc.method, tc.path, strings.NewReader(tc.body))
			if tc.token != "" {
				r.Header.Set("Authorization", "Bearer "+tc.token)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			require.Equal(t, tc.status, w.Code, w.Body)
			require.Equal(t, "application/problem+json", w.Header().Get("Content-Type"))
			require.NotEmpty(t, w.Header().Get("X-Request-Id"))
			require.Contains(t, w.Body.String(), `"code":"`+tc.code+`"`)
		})
	}
}

func TestATokenThatRanOutDoesNotKeepAnybodyFromRenewingIt(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest(http.MethodPost, "/api/v1/auth/refresh", strings.NewReader(`{"refreshToken":""}`))
	r.Header.Set("Authorization", "Bearer old")
	w := httptest.NewRecorder()
	face(t, domain.Actor{}).ServeHTTP(w, r)
	require.Equal(t, http.StatusBadRequest, w.Code, "the body is looked at")
}

func TestInternalErrorsAreNotShown(t *testing.T) {
	t.Parallel()
	p, internal := problemOf(errors.New("password=hunter2"), "r1")
	require.True(t, internal)
	text, err := encode(p)
	require.NoError(t, err)
	require.NotContains(t, string(text), "hunter2")
	cause := domain.Errorf(domain.Unavailable, "unavailable", "away")
	cause.Cause = errors.New("host db.internal refused")
	p, _ = problemOf(cause, "r1")
	require.Equal(t, http.StatusServiceUnavailable, p.Status)
	text, err = encode(p)
	require.NoError(t, err)
	require.NotContains(t, string(text), "db.internal")
}

func TestIfMatchIsAVersionInQuotes(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]int{
		"": 0, "*": 0, `"3"`: 3, `"3-5f2a"`: 3, `"2147483647-907b1d0786077e5e-gzip"`: 2147483647,
		"3": -1, `"3`: -1, `3"`: -1, `"0"`: -1, `"-1"`: -1, `"x"`: -1, `""`: -1, `W/"3"`: -1, `"3", "4"`: -1, `"99999999999999999999"`: -1,
	} {
		c := &call{Request: httptest.NewRequest(http.MethodGet, "/", nil)}
		c.Header.Set("If-Match", header)
		got, err := c.version()
		if want < 0 {
			require.Equal(t, domain.Invalid, domain.KindOf(err), header)
			continue
		}
		require.NoError(t, err, header)
		require.Equal(t, want, got, header)
	}
}

func TestEntityTags(t *testing.T) {
	t.Parallel()
	require.True(t, etagMatches(`"3"`, `"3"`))
	require.True(t, etagMatches(`W/"3"`, `"3"`))
	require.True(t, etagMatches(`"1", "3"`, `"3"`))
	require.True(t, etagMatches(`*`, `"3"`))
	require.False(t, etagMatches(``, `"3"`))
	require.False(t, etagMatches(`"33"`, `"3"`))
}
