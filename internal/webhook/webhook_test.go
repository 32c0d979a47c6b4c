package webhook

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"

	rules "github.com/zoop-dev/zoop/internal/domain/webhook"
)

const patience = 30 * time.Second

var loopback = rules.Networks{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

const body = `{"type":"order.placed","timestamp":"2026-05-01T12:00:00Z","data":{}}`

func secretOf(b byte) []byte { return []byte(strings.Repeat(string(b), rules.SecretBytes)) }

func message(url string) Message {
	return Message{URL: url, ID: "evt_1", At: time.Now(), Body: []byte(body), Secrets: [][]byte{secretOf('a'), secretOf('b')}}
}

func TestASignedMessage(t *testing.T) {
	t.Parallel()
	var header http.Header
	var got string
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		header, got = r.Header, r.Method+" "+r.URL.String()+" "+string(text)
		_, _ = io.WriteString(w, "thanks\r\n\x1b[2J\u202eyou")
	}))
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	s := New(Options{Open: loopback, Roots: roots})
	m := message(server.URL + "/zoop?key=1")
	r := s.Send(t.Context(), m)
	require.Equal(t, Result{Status: 200, Answer: "thanks you", Took: r.Took}, r)
	require.Equal(t, "POST /zoop?key=1 "+body, got)
	require.Equal(t, "application/json", header.Get("Content-Type"))
	require.Equal(t, "evt_1", header.Get("webhook-id"))
	require.Equal(t, fmt.Sprint(m.At.Unix()), header.Get("webhook-timestamp"))
	require.Regexp(t, `^v1,[A-Za-z0-9+/]{43}= v1,[A-Za-z0-9+/]{43}=$`, header.Get("webhook-signature"))
	for secret, good := range map[byte]bool{'a': true, 'b': true, 'c': false} {
		receiver, err := standardwebhooks.NewWebhookRaw(secretOf(secret))
		require.NoError(t, err)
		require.Equal(t, good, receiver.Verify([]byte(body), header) == nil, string(secret))
		require.Error(t, receiver.Verify([]byte(body+" "), header))
	}

	require.Equal(t, rules.FaultTLS, New(Options{Open: loopback}).Send(t.Context(), m).Fault, "of a certificate that nobody knows")
	m.Secrets = [][]byte{{}}
	require.Equal(t, rules.FaultSecret, s.Send(t.Context(), m).Fault)
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	var follow atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/followed":
			follow.Add(1)
		case "/301", "/302", "/303", "/307", "/308":
			http.Redirect(w, r, "/followed", int(r.URL.Path[1]-'0')*100+int(r.URL.Path[3]-'0'))
		case "/busy":
			w.Header().Set("Retry-After", "120")
			w.WriteHeader(http.StatusTooManyRequests)
		case "/later":
			w.Header().Set("Retry-After", time.Now().Add(10*time.Minute).UTC().Format(http.TimeFormat))
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/never":
			w.Header().Set("Retry-After", "99999999999999999999")
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/long":
			w.Header().Set("Retry-After", "999999999")
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/204":
			w.WriteHeader(http.StatusNoContent)
		default:
			w.WriteHeader(http.StatusGone)
			_, _ = io.WriteString(w, strings.Repeat("ä", 5000))
		}
	}))
	defer server.Close()
	s := New(Options{Open: loopback})
	for path, fault := range map[string]rules.Fault{
		"/204": "", "/301": rules.FaultRedirect, "/302": rules.FaultRedirect, "/303": rules.FaultRedirect, "/307": rules.FaultRedirect, "/308": rules.FaultRedirect,
		"/410": rules.FaultStatus, "/busy": rules.FaultStatus,
	} {
		require.Equal(t, fault, s.Send(t.Context(), message(server.URL+path)).Fault, path)
	}
	require.Zero(t, follow.Load(), "a redirect was followed")
	gone := s.Send(t.Context(), message(server.URL+"/410"))
	require.Equal(t, 410, gone.Status)
	require.Equal(t, strings.Repeat("ä", rules.MaxAnswer), gone.Answer)
	require.Equal(t, 2*time.Minute, s.Send(t.Context(), message(server.URL+"/busy")).RetryAfter)
	require.InDelta(t, 600, s.Send(t.Context(), message(server.URL+"/later")).RetryAfter.Seconds(), 5)
	require.Equal(t, time.Hour, s.Send(t.Context(), message(server.URL+"/long")).RetryAfter)
	require.Zero(t, s.Send(t.Context(), message(server.URL+"/never")).RetryAfter)
}

// raw answers each connection with what a function writes, and tells when one has ended.
func raw(t *testing.T, serve func(net.Conn)) (url string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_, _ = http.ReadRequest(bufio.NewReader(c))
				serve(c)
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

// Whatever is at an address, it is over in time, and little of it is read.
func TestReceiversThatDoNotPlayByTheRules(t *testing.T) {
	t.Parallel()
	ended := make(chan int64, 1)
	endless := func(c net.Conn, first, again string) {
		n, _ := io.WriteString(c, first)
		sum := int64(n)
		for {
			n, err := io.WriteString(c, again)
			if sum += int64(n); err != nil {
				ended <- sum
				return
			}
		}
	}
	hang := func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }
	for name, tt := range map[string]struct {
		serve func(net.Conn)
		fault rules.Fault
		ends  bool // it writes until the connection is closed
	}{
		"hangs":            {hang, rules.FaultTimeout, false},
		"hangs in headers": {func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n"); hang(c) }, rules.FaultTimeout, false},
		"drips": {func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n")
			for {
				if _, err := io.WriteString(c, "X: y\r\n"); err != nil {
					return
				}
				time.Sleep(20 * time.Millisecond)
			}
		}, rules.FaultTimeout, false},
		"closes":            {func(net.Conn) {}, rules.FaultConnection, false},
		"is no HTTP":        {func(c net.Conn) { _, _ = io.WriteString(c, "220 mail.example.com ESMTP\r\n") }, rules.FaultConnection, false},
		"has endless heads": {func(c net.Conn) { endless(c, "HTTP/1.1 200 OK\r\n", "X: "+strings.Repeat("y", 1000)+"\r\n") }, rules.FaultConnection, true},
		"has an endless body": {func(c net.Conn) {
			endless(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "400\r\n"+strings.Repeat("z", 1024)+"\r\n")
		}, "", true},
		"hangs in its body": {func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nok"); hang(c) }, "", false},
		"informs for ever":  {func(c net.Conn) { endless(c, "", "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n") }, rules.FaultConnection, true},
		"zips": {func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b")
		}, "", false},
		"switches protocols": {func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n")
			hang(c)
		}, rules.FaultStatus, false},
		"asks for a password": {func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n")
		}, rules.FaultStatus, false},
	} {
		timeout := patience
		if tt.fault == rules.FaultTimeout {
			timeout = 700 * time.Millisecond
		}
		begun := time.Now()
		r := New(Options{Open: loopback, Timeout: timeout}).Send(t.Context(), message(raw(t, tt.serve)))
		require.Equal(t, tt.fault, r.Fault, name)
		require.Less(t, time.Since(begun), patience, name)
		require.LessOrEqual(t, len(r.Answer), rules.MaxAnswer, name)
		if tt.ends {
			select {
			case n := <-ended:
				require.Less(t, n, int64(32<<20), name) // what the kernel holds is most of it
			case <-time.After(patience):
				require.FailNow(t, "the connection was not closed", name)
			}
		}
	}
}

func TestAStopCutsOff(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	url := raw(t, func(c net.Conn) { cancel(); _, _ = io.Copy(io.Discard, c) })
	require.NotEmpty(t, New(Options{Open: loopback}).Send(ctx, message(url)).Fault)
}

// A connection is used again, and one that was closed meanwhile costs no attempt.
func TestConnectionsAreUsedAgain(t *testing.T) {
	t.Parallel()
	var opened atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	s := New(Options{Open: loopback})
	for range 5 {
		require.Empty(t, s.Send(t.Context(), message(server.URL)).Fault)
	}
	require.EqualValues(t, 1, opened.Load())
	server.CloseClientConnections()
	require.Empty(t, s.Send(t.Context(), message(server.URL)).Fault)
}

func TestTLSIsOfOurDay(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.TLS = &tls.Config{MaxVersion: tls.VersionTLS11} //nolint:gosec // what is refused
	server.StartTLS()
	defer server.Close()
	require.Equal(t, rules.FaultTLS, New(Options{Open: loopback}).Send(t.Context(), message(server.URL)).Fault)
}
