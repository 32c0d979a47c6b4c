package api_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// findChromium gives what makes a command of a browser without a window, which ends with the test. Without a browser the test is skipped.
func findChromium(t *testing.T) func(args ...string) *exec.Cmd {
	t.Helper()
	for _, name := range []string{"google-chrome", "chromium-browser", "chromium"} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		return func(args ...string) *exec.Cmd {
			cmd := exec.CommandContext(t.Context(), path, append([]string{"--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", //nolint:gosec // found above
				"--user-data-dir=" + t.TempDir(), "--no-first-run", "--enable-logging=stderr"}, args...)...)
			cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // killed, it would leave its children in its directory
			cmd.WaitDelay = 10 * time.Second
			return cmd
		}
	}
	t.Skip("no chromium on this machine")
	return nil
}

// wire is between a page and the API, and can be cut.
type wire struct {
	*httptest.Server
	cut   atomic.Bool
	asked chan string // method, last part of the path, and where it goes on from
}

func (w *world) wire() *wire {
	to, err := url.Parse(w.url)
	require.NoError(w.t, err)
	l, proxy := &wire{asked: make(chan string, 100)}, httputil.NewSingleHostReverseProxy(to)
	l.Server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if l.cut.Load() {
			panic(http.ErrAbortHandler)
		}
		if r.Method != http.MethodOptions {
			l.asked <- strings.TrimSpace(fmt.Sprint(r.Method, " ", strings.TrimPrefix(r.URL.Path, "/api/v1/"), " ", r.URL.Query().Get("lastEventId")))
		}
		proxy.ServeHTTP(rw, r)
	}))
	w.t.Cleanup(l.Close)
	return l
}

// heard is what was asked since it was last looked at.
func (l *wire) heard() (asked []string) {
	for len(l.asked) > 0 {
		asked = append(asked, <-l.asked)
	}
	return asked
}

// sample is the code of the only page in docs/websocket.md.
func sample(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/websocket.md")
	require.NoError(t, err)
	_, code, _ := strings.Cut(string(text), "```js\n")
	code, _, ok := strings.Cut(code, "```")
	require.True(t, ok)
	return code
}

// following is a page of another host than the API's that follows orders, and what it tells of them.
type following struct {
	*httptest.Server
	body string
	told chan string
}

func newFollowing(t *testing.T) *following {
	t.Helper()
	f := &following{told: make(chan string, 100)}
	f.Server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			f.told <- r.URL.Query().Get("what")
			return
		}
		_, _ = io.WriteString(rw, "<!doctype html><script>"+f.body+"</script>")
	}))
	t.Cleanup(f.Close)
	return f
}

// next are the next things that are told, so many.
func (f *following) next(t *testing.T, n int) (told []string) {
	t.Helper()
	for range n {
		select {
		case what := <-f.told:
			told = append(told, what)
		case <-time.After(time.Minute):
			require.Fail(t, "the page tells nothing more", "%v", told)
		}
	}
	return told
}

// TestThePageOfTheDocsFollowsAnOrder in a browser: it misses nothing while it is cut off, and ends where there is nothing for it.
func TestThePageOfTheDocsFollowsAnOrder(t *testing.T) {
	chromium, page := findChromium(t), newFollowing(t)
	w := newWorld(t, "ZOOP_ROLES=api,relay", "ZOOP_ORIGINS="+page.URL)
	order, line := w.order("placed"), w.wire()
	page.body = sample(t) + fmt.Sprintf(`
		let before = Promise.resolve()
		const tell = (what) => { before = before.then(() => fetch("/?what=" + encodeURIComponent(what), { method: "POST" })) }
		const begin = (who, token) => follow({ api: %q, order: %q, token: () => token, show: (e) => tell(e ? e.version + " " + e.type : "read") })
			.then((status) => tell(who + " " + status))
		begin("customer", %q)
		begin("another", %q)
		begin("nobody", "forged")`, line.URL, order, w.who("customer").token, w.who("another customer").token)
	browser := chromium(page.URL)
	var said strings.Builder
	browser.Stderr = &said
	require.NoError(t, browser.Start())
	t.Cleanup(func() { // its context has ended
		_ = browser.Wait()
		if t.Failed() {
			t.Log(said.String())
		}
	})
	step := func(verb, body string) {
		t.Helper()
		status, problem := w.call(t, http.MethodPost, about("/api/v1/orders/%s/"+verb, order, body), w.who("the vendor's kitchen"))
		require.Equal(t, http.StatusOK, status, problem)
	}

	require.ElementsMatch(t, []string{"read", "another 404", "nobody 401"}, page.next(t, 3))
	stream := "orders/" + order.String() + "/events/stream"
	require.ElementsMatch(t, []string{"POST ws/ticket", "POST ws/ticket", "POST ws/ticket", "GET " + stream, "GET " + stream, "HEAD " + stream}, line.heard())
	step("accept", `{"prepMinutes":10}`)
	require.Equal(t, []string{"2 order.accepted"}, page.next(t, 1))
	line.cut.Store(true)
	line.CloseClientConnections()
	step("start", "")
	line.cut.Store(false)
	require.Equal(t, []string{"3 order.preparing"}, page.next(t, 1))
	step("ready", "")
	require.Equal(t, []string{"4 order.ready"}, page.next(t, 1))
	var seen string
	require.NoError(t, w.pool.QueryRow(t.Context(), `SELECT pub_seq FROM events WHERE subject_id = $1 AND version = 2`, order).Scan(&seen))
	again := line.heard()
	require.Regexp(t, "^GET "+stream+" [0-9a-f]+:"+seen+"$", again[len(again)-1], "from what it had seen last")
	require.NotContains(t, again, "GET "+stream, "whoever may not see it has stopped")
}
