package trust

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// TestLine03CutAfterCommitWasSent cuts the connection to Postgres each time that an order's COMMIT was carried out and before its
// answer comes. Whoever asks again with the same key gets the order that was made.
func TestLine03CutAfterCommitWasSent(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	token := s.token("customer", "asha@example.com")
	cut := newCutter(t, s.db)
	at := s.serve("ZOOP_DATABASE_URL="+cut.url, "ZOOP_POOLER=true", "ZOOP_ROLES=api") // where statements have no names, so that the cutter can read them
	rounds := times(200, 10)
	for round := range rounds {
		body, key := s.fill(at, token), fmt.Sprint("cut-", round)
		cut.armed.Store(true)
		status, _, _ := at.do(http.MethodPost, "/api/v1/orders", token, body, "Idempotency-Key", key)
		require.GreaterOrEqual(t, status, 500, "nobody knows whether it was done")
		require.False(t, cut.armed.Load(), "nothing was cut")
		require.Equal(t, round+1, s.count(`SELECT count(*) FROM orders`), "it was done")

		status, header, text := at.do(http.MethodPost, "/api/v1/orders", token, body, "Idempotency-Key", key)
		require.Equal(t, 201, status, "%s", text)
		require.Equal(t, "true", header.Get("Idempotency-Replayed"))
		var made struct{ ID string }
		require.NoError(t, json.Unmarshal(text, &made))
		require.Equal(t, 1, s.count(`SELECT count(*) FROM orders WHERE id = $1`, made.ID))
	}
	require.Equal(t, rounds, s.count(`SELECT count(*) FROM orders`))
	require.Equal(t, rounds, s.count(`SELECT count(*) FROM events WHERE type = 'order.placed'`))
}

// TestLine03CutOfStaff cuts the same way what staff do to what they have looked at. Whoever asks again with the same key and the same
// If-Match is told that it was done, and not that somebody was faster; it is done once.
func TestLine03CutOfStaff(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	asha, ops := s.token("customer", "asha@example.com"), s.token("admin", "ops@example.com")
	cut := newCutter(t, s.db)
	cut.of = []byte("INSERT INTO events")
	at := s.serve("ZOOP_DATABASE_URL="+cut.url, "ZOOP_POOLER=true", "ZOOP_ROLES=api")
	for round := range times(20, 2) {
		_, _, text := at.do(http.MethodPost, "/api/v1/orders", asha, s.fill(at, asha), "Idempotency-Key", fmt.Sprint("order-", round))
		var made struct{ ID string }
		require.NoError(t, json.Unmarshal(text, &made), "%s", text)
		order, vendor, dish := "/api/v1/orders/"+made.ID, "/api/v1/vendors/"+s.vendor, "/api/v1/dishes/"+s.dish
		for n, deed := range []struct{ method, of, id, path, body string }{
			{http.MethodPost, "orders", made.ID, order + "/cancel", `{"reason":"OPS"}`},
			{http.MethodPost, "vendors", s.vendor, vendor + "/pause", `{"reason":"oven"}`},
			{http.MethodPost, "vendors", s.vendor, vendor + "/resume", ""},
			{http.MethodPut, "dishes", s.dish, dish + "/availability", `{"available":false}`},
			{http.MethodPut, "dishes", s.dish, dish + "/availability", `{"available":true}`},
		} {
			before := s.count(`SELECT count(*) FROM events`)
			version := s.count(`SELECT version FROM `+deed.of+` WHERE id = $1`, deed.id) // a page may be a second older than what was not answered
			headers := []string{"Idempotency-Key", fmt.Sprint("deed-", round, "-", n), "If-Match", fmt.Sprintf("%q", fmt.Sprint(version))}
			cut.armed.Store(true)
			status, _, text := at.do(deed.method, deed.path, ops, deed.body, headers...)
			require.GreaterOrEqual(t, status, 500, "nobody knows whether it was done: %s %s", deed.path, text)
			require.False(t, cut.armed.Load(), "nothing was cut: %s", deed.path)
			after := s.count(`SELECT count(*) FROM events`)
			require.Greater(t, after, before, "it was done: %s", deed.path)
			status, _, text = at.do(deed.method, deed.path, ops, deed.body, headers...)
			require.Equal(t, 409, status, "%s: %s", deed.path, text)
			require.Contains(t, string(text), `"idempotency.answer_lost"`, deed.path)
			require.Equal(t, after, s.count(`SELECT count(*) FROM events`), "and once: %s", deed.path)
		}
	}
}

// cutter stands between zoop and Postgres. Armed, it lets the next COMMIT of an order, or of another statement, through and its answer not.
type cutter struct {
	of       []byte
	url      string
	network  string
	upstream string
	armed    atomic.Bool
}

func newCutter(t *testing.T, database string) *cutter {
	t.Helper()
	config, err := pgx.ParseConfig(database)
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	c := &cutter{of: []byte("INSERT INTO orders"), network: "tcp", upstream: net.JoinHostPort(config.Host, fmt.Sprint(config.Port))}
	if strings.HasPrefix(config.Host, "/") {
		c.network, c.upstream = "unix", fmt.Sprintf("%s/.s.PGSQL.%d", config.Host, config.Port)
	}
	u := url.URL{Scheme: "postgres", User: url.UserPassword(config.User, config.Password), Host: l.Addr().String(), Path: "/" + config.Database, RawQuery: "sslmode=disable"}
	c.url = u.String()
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go c.carry(client)
		}
	}()
	return c
}

// carry passes bytes on. zoop waits for the answer to each statement, so that what comes in one piece is whole messages.
func (c *cutter) carry(client net.Conn) {
	defer client.Close()
	server, err := net.Dial(c.network, c.upstream)
	if err != nil {
		return
	}
	defer server.Close()
	var swallow atomic.Bool
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer client.Close()
		buffer := make([]byte, 64<<10)
		for {
			n, err := server.Read(buffer)
			if err != nil || swallow.Load() {
				return
			}
			if _, err := client.Write(buffer[:n]); err != nil {
				return
			}
		}
	}()
	ordering := false
	buffer := make([]byte, 64<<10)
	for {
		n, err := client.Read(buffer)
		if err != nil {
			return
		}
		ordering = ordering || bytes.Contains(buffer[:n], c.of)
		if commits(buffer[:n]) {
			if ordering && c.armed.CompareAndSwap(true, false) {
				swallow.Store(true)
			}
			ordering = false
		}
		if _, err := server.Write(buffer[:n]); err != nil {
			return
		}
		if swallow.Load() {
			<-done // Postgres has answered: it is committed
			return
		}
	}
}

// commits says whether messages have a COMMIT carried out: one that is parsed, and executed, which it is not when it is only described.
func commits(messages []byte) bool {
	const execute = "E\x00\x00\x00\x09\x00\x00\x00\x00\x00"
	_, after, found := bytes.Cut(messages, []byte("\x00commit\x00"))
	return found && bytes.Contains(after, []byte(execute))
}
