package trust

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// trap listens at one port of all addresses of this machine that can be had, and counts who connects.
type trap struct {
	port     int
	hosts    []string // as they stand in a URL
	accepted atomic.Int64
}

func newTrap(t *testing.T) *trap {
	t.Helper()
	x := &trap{}
	addresses := []string{"127.0.0.1", "127.0.0.2", "::1"}
	all, err := net.InterfaceAddrs()
	require.NoError(t, err)
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok && !n.IP.IsLoopback() && !n.IP.IsLinkLocalUnicast() {
			addresses = append(addresses, n.IP.String())
		}
	}
	for _, a := range addresses {
		l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", net.JoinHostPort(a, fmt.Sprint(x.port)))
		if err != nil {
			require.NotZero(t, x.port, "not even %s can be had", a)
			continue
		}
		t.Cleanup(func() { _ = l.Close() })
		x.port = l.Addr().(*net.TCPAddr).Port
		host, _, err := net.SplitHostPort(l.Addr().String())
		require.NoError(t, err)
		if strings.Contains(host, ":") {
			host = "[" + host + "]"
		}
		x.hosts = append(x.hosts, host)
		go x.count(l)
	}
	return x
}

func (x *trap) count(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		x.accepted.Add(1)
		_ = c.Close()
	}
}

// disguises are other ways to write loopback, and other addresses inside.
var disguises = []string{
	"[::ffff:127.0.0.1]", "2130706433", "127.1", "0x7f000001", "0177.0.0.1", "localhost", "0.0.0.0", "[::]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]",
	"[2002:7f00:1::]", "0", "0x7f.1", "017700000001", "127.0.1", "169.254.169.254", "[fd00:ec2::254]", "10.0.0.1", "192.168.0.1", "172.16.0.1", "100.100.100.200", "[fe80::1]",
	"[ff02::1]", "224.0.0.1", "255.255.255.255",
}

// hook makes a webhook over the API, and gives its ID.
func (s *shop) hook(at *instance, token, url string) string {
	s.t.Helper()
	status, _, text := at.do(http.MethodPost, "/api/v1/vendors/"+s.vendor+"/webhooks", token, fmt.Sprintf(`{"url":%q,"events":["*"]}`, url))
	require.Equal(s.t, 201, status, "%s", text)
	var made struct{ ID string }
	require.NoError(s.t, json.Unmarshal(text, &made))
	return made.ID
}

// outcome has a webhook told of something, and waits for what comes of it.
func (s *shop) outcome(at *instance, token, hook string) (status int, fault string) {
	s.t.Helper()
	code, _, text := at.do(http.MethodPost, "/api/v1/vendors/"+s.vendor+"/webhooks/"+hook+"/test", token, `{}`)
	require.Equal(s.t, 202, code, "%s", text)
	var d struct{ ID string }
	require.NoError(s.t, json.Unmarshal(text, &d))
	require.Eventually(s.t, func() bool { // and the turn is over
		return s.pool.QueryRow(s.t.Context(), `SELECT d.status, d.error FROM webhook_deliveries d JOIN webhook_endpoints e ON e.id = d.endpoint_id
			WHERE d.id = $1 AND d.attempts > 0 AND e.turn IS NULL`, d.ID).Scan(&status, &fault) == nil
	}, patience, 20*time.Millisecond, "nothing has come of it")
	return status, fault
}

// TestLine23NothingInsideIsReachedByAWebhook gives webhooks that lead inside to a process: they are refused when they are made; those that are
// there all the same, as if the rules had been others or their names led elsewhere, connect to nobody; and a receiver that redirects gets
// nobody to follow.
func TestLine23NothingInsideIsReachedByAWebhook(t *testing.T) {
	t.Parallel()
	inside := newTrap(t)
	s := newShop(t)
	at := s.serve()
	token := s.token("vendor", "owner@example.com")
	s.exec(`INSERT INTO vendor_members (vendor_id, user_id) SELECT $1, id FROM users WHERE email = 'owner@example.com'`, s.vendor)
	hosts := append(inside.hosts, disguises[:times(len(disguises), 6)]...)
	for _, host := range append(inside.hosts, disguises...) {
		for _, url := range []string{"https://%s:%d/", "http://%s:%d/"} {
			status, _, text := at.do(http.MethodPost, "/api/v1/vendors/"+s.vendor+"/webhooks", token, fmt.Sprintf(`{"url":%q,"events":["*"]}`, fmt.Sprintf(url, host, inside.port)))
			require.Equal(t, 400, status, "%s: %s", host, text)
		}
	}
	hook := s.hook(at, token, "https://pos.example.com/")
	for range times(3, 1) {
		for _, host := range hosts {
			for _, scheme := range []string{"https", "http"} {
				url := fmt.Sprintf("%s://%s:%d/", scheme, host, inside.port)
				s.exec(`UPDATE webhook_endpoints SET url = $2 WHERE id = $1`, hook, url)
				status, fault := s.outcome(at, token, hook)
				require.Zero(t, status, url)
				require.Contains(t, []string{"address", "name"}, fault, url)
				require.Zero(t, inside.accepted.Load(), "%s was connected to", url)
			}
		}
	}

	// For development a network may be opened: that and no more, and no redirect leads even there.
	redirect := httptest.NewServer(http.RedirectHandler(fmt.Sprintf("http://127.0.0.1:%d/", inside.port), http.StatusTemporaryRedirect))
	defer redirect.Close()
	at.kill()
	open := s.serve("ZOOP_WEBHOOK_NETWORKS=127.0.0.1/32")
	hook = s.hook(open, token, redirect.URL)
	status, fault := s.outcome(open, token, hook)
	require.Equal(t, 307, status)
	require.Equal(t, "redirect", fault)
	for _, host := range []string{"127.0.0.2", "[::1]"} {
		s.exec(`UPDATE webhook_endpoints SET url = $2 WHERE id = $1`, hook, fmt.Sprintf("http://%s:%d/", host, inside.port))
		_, fault = s.outcome(open, token, hook)
		require.Equal(t, "address", fault, host)
	}
	require.Zero(t, inside.accepted.Load())
	s.exec(`UPDATE webhook_endpoints SET url = $2 WHERE id = $1`, hook, fmt.Sprintf("http://127.0.0.1:%d/", inside.port))
	_, fault = s.outcome(open, token, hook)
	require.Equal(t, "connection", fault)
	require.Positive(t, inside.accepted.Load(), "the trap is one")
}
