package trust

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// cutWithin is how long a socket may be slow.
const cutWithin = 5 * time.Second

// TestLine25WhatIsTooMuchIsRefused sends bodies that are too deep and too large, and what a foreign page would send.
func TestLine25WhatIsTooMuchIsRefused(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	at := s.serve("ZOOP_ORIGINS=https://app.example")
	token := s.token("customer", "asha@example.com")
	for _, deep := range []string{"[", `{"items":`, `{"a":[`} {
		start := time.Now()
		status, _, text := at.do("PUT", "/api/v1/cart", token, strings.Repeat(deep, 10_000))
		require.Equal(t, 400, status, "%s", text)
		require.Contains(t, string(text), `"depth"`)
		require.Less(t, time.Since(start), time.Duration(times(1, 10))*time.Second)
	}
	for name, body := range map[string]io.Reader{
		"of a length": strings.NewReader(strings.Repeat(" ", 10<<20)),
		"in chunks":   io.LimitReader(endless{}, 10<<20),
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, at.url+"/api/v1/cart", body)
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+token)
		res, err := client.Do(req)
		require.NoError(t, err, name)
		require.Equal(t, 413, res.StatusCode, name)
		require.NoError(t, res.Body.Close())
	}
	for origin, want := range map[string]int{"https://evil.example": 403, "null": 403, "https://app.example": 200, at.url: 200} {
		status, header, text := at.do("PUT", "/api/v1/courier/profile", s.token("courier", "ravi@example.com"),
			`{"name":"Ravi","phone":"+911123456789","vehicle":"bicycle"}`, "Origin", origin)
		require.Equal(t, want, status, "%s: %s", origin, text)
		require.Equal(t, origin == "https://app.example", header.Get("Access-Control-Allow-Origin") == origin)
	}
	require.Equal(t, 1, s.count(`SELECT count(*) FROM couriers`))
}

type endless struct{}

func (endless) Read(b []byte) (int, error) { return len(b), nil }

// TestLine25SlowSocketsStarveNobody opens sockets that never come to an end, while others go on being served.
func TestLine25SlowSocketsStarveNobody(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	at := s.serve()
	calm := at.ask(t, time.Duration(times(5, 1))*time.Second)
	sockets := times(1000, 100)
	lives := make(chan time.Duration, sockets)
	var slow sync.WaitGroup
	for n := range sockets {
		slow.Go(func() { lives <- drip(t, at, slowly[n%len(slowly)]) })
	}
	besieged := at.ask(t, cutWithin)
	slow.Wait()
	close(lives)
	var longest time.Duration
	for life := range lives {
		longest = max(longest, life)
	}
	t.Logf("%d slow sockets, the last was cut after %s; p99 %s calm (%d requests), %s besieged (%d)",
		sockets, longest.Round(time.Millisecond), p99(calm), len(calm), p99(besieged), len(besieged))
	require.LessOrEqual(t, longest, time.Duration(times(1, 4))*cutWithin)
	if full() { // in the short form, the machine is busy with other tests
		require.LessOrEqual(t, p99(besieged), 2*max(p99(calm), time.Millisecond))
	}
}

// slowly are requests that come a byte at a time after what stands here.
var slowly = []string{
	"GET /version HTTP/1.1\r\nHost: zoop\r\nX-Slow: ",
	"POST /api/v1/auth/login HTTP/1.1\r\nHost: zoop\r\nContent-Length: 1000\r\n\r\n{",
	"POST /api/v1/auth/login HTTP/1.1\r\nHost: zoop\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n",
	"", // says nothing at all
}

// drip holds a socket open, a byte every 200 ms, until the server ends it, and says how long that took.
func drip(t *testing.T, at *instance, start string) time.Duration {
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(at.url, "http://"))
	if err != nil {
		t.Error(err)
		return 0
	}
	defer conn.Close()
	opened := time.Now()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = conn.SetReadDeadline(opened.Add(patience))
		if _, err := io.Copy(io.Discard, conn); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("never cut: %q", start)
		}
	}()
	_, _ = io.WriteString(conn, start)
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			return time.Since(opened)
		case <-tick.C:
			if start != "" {
				_, _ = io.WriteString(conn, "a")
			}
		}
	}
}

// ask reads a vendor's menu again and again for a while, on new connections too, and gives how long each answer took. Each
// must come.
func (i *instance) ask(t *testing.T, during time.Duration) []time.Duration {
	t.Helper()
	var took []time.Duration
	for start := time.Now(); time.Since(start) < during; {
		for path, want := range map[string]int{"/version": 200, "/api/v1/cities": 200, "/api/v1/me": 401} {
			began := time.Now()
			status, _, text := i.do("GET", path, "", "", "Connection", []string{"close", "keep-alive"}[len(took)%2])
			took = append(took, time.Since(began))
			require.Equal(t, want, status, "%s: %s", path, text)
		}
		<-time.After(5 * time.Millisecond) // a pace, so that the calm and the besieged are asked alike
	}
	return took
}

func p99(took []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(took))
	return sorted[len(sorted)*99/100].Round(10 * time.Microsecond)
}
