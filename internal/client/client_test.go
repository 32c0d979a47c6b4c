package client_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/domain"
)

var orderID = domain.MustParseID("0190b5a8-0000-7000-8000-000000000001")

// setup starts a server that answers the n-th request, from 1, with script(n).
func setup(t *testing.T, opts client.Options, script func(n int, w http.ResponseWriter, r *http.Request)) *client.Client {
	t.Helper()
	var n atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { script(int(n.Add(1)), w, r) }))
	t.Cleanup(server.Close)
	c, err := client.New(server.URL+"/", opts)
	require.NoError(t, err)
	return c
}

func problem(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"type": "about:blank", "title": "t", "status": status, "code": code,
		"requestId": "r1", "detail": "d", "errors": []map[string]string{{"field": "items[0].quantity", "code": "min", "message": "at least 1"}}})
}

func TestRepeatsReadsUntilServed(t *testing.T) {
	t.Parallel()
	seen := 0
	c := setup(t, client.Options{}, func(n int, w http.ResponseWriter, r *http.Request) {
		seen = n
		switch n {
		case 1:
			problem(w, http.StatusServiceUnavailable, "unavailable")
		case 2:
			panic(http.ErrAbortHandler) // the connection breaks
		default:
			require.Equal(t, "/api/v1/orders/"+orderID.String(), r.URL.Path)
			_, _ = io.WriteString(w, `{"number":"Z-1","state":"placed","later":"a field of a newer server"}`)
		}
	})
	order, err := c.Order(t.Context(), orderID)
	require.NoError(t, err)
	require.Equal(t, "Z-1", order.Number)
	require.Equal(t, 3, seen)
}

func TestNeverRepeatsWhatIsNotSafe(t *testing.T) {
	t.Parallel()
	seen := 0
	c := setup(t, client.Options{}, func(n int, w http.ResponseWriter, _ *http.Request) {
		seen = n
		problem(w, http.StatusServiceUnavailable, "unavailable")
	})
	_, err := c.AcceptOrder(t.Context(), orderID, 10)
	require.True(t, client.IsCode(err, "unavailable"))
	require.True(t, client.Transient(err))
	require.Equal(t, 1, seen)
}

func TestRepeatsAnOrderWithItsKeyAndBody(t *testing.T) {
	t.Parallel()
	var bodies, keys []string
	c := setup(t, client.Options{}, func(n int, w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		bodies, keys = append(bodies, string(body)), append(keys, r.Header.Get("Idempotency-Key"))
		if n == 1 {
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"number":"Z-2"}`)
	})
	order, err := c.PlaceOrder(t.Context(), "k1", dto.OrderRequest{Payment: dto.PaymentRequest{Method: "cod"}})
	require.NoError(t, err)
	require.Equal(t, "Z-2", order.Number)
	require.Equal(t, []string{"k1", "k1"}, keys)
	require.Equal(t, bodies[0], bodies[1])
}

func TestGivesUpAfterItsAttempts(t *testing.T) {
	t.Parallel()
	seen := 0
	c := setup(t, client.Options{Attempts: 2}, func(n int, w http.ResponseWriter, _ *http.Request) {
		seen = n
		problem(w, http.StatusTooManyRequests, "rate_limited")
	})
	_, err := c.Me(t.Context())
	require.True(t, client.IsStatus(err, http.StatusTooManyRequests))
	require.Equal(t, 2, seen)
}

func TestHonoursRetryAfterOnlyWithinTheDeadline(t *testing.T) {
	t.Parallel()
	seen := 0
	c := setup(t, client.Options{}, func(n int, w http.ResponseWriter, _ *http.Request) {
		seen = n
		w.Header().Set("Retry-After", "3600")
		problem(w, http.StatusServiceUnavailable, "unavailable")
	})
	ctx, cancel := context.WithTimeout(t.Context(), 20e9)
	defer cancel()
	_, err := c.Me(ctx)
	require.True(t, client.IsCode(err, "unavailable")) // at once: the wait would have been longer than ctx lives
	require.NoError(t, ctx.Err())
	require.Equal(t, 1, seen)
}

func TestProblemTellsEverything(t *testing.T) {
	t.Parallel()
	c := setup(t, client.Options{}, func(_ int, w http.ResponseWriter, _ *http.Request) { problem(w, 400, "invalid") })
	_, err := c.PutCart(t.Context(), dto.CartRequest{})
	var p *client.Problem
	require.ErrorAs(t, err, &p)
	require.Equal(t, "invalid", p.Code)
	require.Equal(t, "items[0].quantity", p.Errors[0].Field)
	require.ErrorContains(t, err, "at least 1")
	require.False(t, client.Transient(err))
}

func TestProblemOfAProxy(t *testing.T) {
	t.Parallel()
	c := setup(t, client.Options{Attempts: 1}, func(_ int, w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadGateway)
		_, _ = io.WriteString(w, "<html>")
	})
	_, err := c.Cities(t.Context())
	require.True(t, client.IsCode(err, "http_502"))
}

// TestAProxyRefusesNoToken: whoever stands before the API may refuse a request, and the token is as good as before.
func TestAProxyRefusesNoToken(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden} {
		said := setup(t, client.Options{Attempts: 1}, func(_ int, w http.ResponseWriter, _ *http.Request) { problem(w, status, "token.expired") })
		_, err := said.Cities(t.Context())
		require.True(t, client.RefusedToken(err), err)
		unsaid := setup(t, client.Options{Attempts: 1}, func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
		_, err = unsaid.Cities(t.Context())
		require.True(t, client.IsStatus(err, status), err)
		require.False(t, client.RefusedToken(err), err)
	}
}

func TestSendsTokenVersionAndQuery(t *testing.T) {
	t.Parallel()
	c := setup(t, client.Options{Tokens: client.Static("tok")}, func(_ int, w http.ResponseWriter, r *http.Request) {
		require.Equal(t, "Bearer tok", r.Header.Get("Authorization"))
		switch r.Method {
		case http.MethodGet:
			require.Equal(t, "live", r.URL.Query().Get("state"))
			require.False(t, r.URL.Query().Has("cursor"))
		case http.MethodPatch:
			require.Equal(t, `"7"`, r.Header.Get("If-Match"))
		}
		_, _ = io.WriteString(w, `{}`)
	})
	_, err := c.Orders(t.Context(), client.OrderFilter{State: "live"}, client.Page{})
	require.NoError(t, err)
	_, err = c.PatchMe(t.Context(), dto.UserPatch{}, client.IfMatch(7))
	require.NoError(t, err)
}

func TestSessionRenewsARefusedToken(t *testing.T) {
	t.Parallel()
	var refreshes int
	c := setup(t, client.Options{}, func(_ int, w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/api/v1/auth/refresh":
			refreshes++
			require.Empty(t, r.Header.Get("Authorization"))
			_, _ = io.WriteString(w, `{"accessToken":"new","refreshToken":"r2","expiresIn":900}`)
		case r.Header.Get("Authorization") != "Bearer new":
			problem(w, http.StatusUnauthorized, "unauthenticated")
		default:
			w.WriteHeader(http.StatusNoContent)
		}
	})
	c = c.As(c.Session(dto.Tokens{AccessToken: "old", RefreshToken: "r1", ExpiresIn: 900}))
	require.NoError(t, c.Logout(t.Context())) // even a call that is never repeated: it was turned down before it did anything
	require.NoError(t, c.Logout(t.Context()))
	require.Equal(t, 1, refreshes)
}

func TestStaticTokenThatIsRefusedIsTheEnd(t *testing.T) {
	t.Parallel()
	seen := 0
	c := setup(t, client.Options{Tokens: client.Static("x")}, func(n int, w http.ResponseWriter, _ *http.Request) {
		seen = n
		problem(w, http.StatusUnauthorized, "unauthenticated")
	})
	_, err := c.Me(t.Context())
	require.True(t, client.IsCode(err, "unauthenticated"))
	require.Equal(t, 1, seen)
}
