// Package trust shows what zoop promises, a test a promise: real processes of the real binary, a real Postgres and Redis,
// and whatever can go wrong. The numbers of the tests are the lines of docs/trust.md. `make test` runs a short form, `make trust`
// the full one (ZOOP_TRUST=full). Promises that need no process of their own are tested next to the code they are about,
// under the same names.
package trust

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/dbtest"
)

// patience bounds every wait.
const patience = time.Minute

var binary string

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "zoop-trust-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "zoop")
	build := exec.Command("go", "build", "-o", binary, "../../cmd/zoop")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build zoop: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// full says whether the full figures are asked for; otherwise a short form runs.
func full() bool { return os.Getenv("ZOOP_TRUST") == "full" }

// times is how often something is done: in full, or in the short form.
func times(inFull, short int) int {
	if full() {
		return inFull
	}
	return short
}

// until looks every 5 ms, closely enough for what is measured, and says whether it became so before the context ended.
func until(ctx context.Context, so func() bool) bool {
	for !so() {
		if ctx.Err() != nil {
			return false
		}
		time.Sleep(5 * time.Millisecond) // between two looks
	}
	return true
}

// place is a database, a Redis and a mailbox of a test's own, on which processes run.
type place struct {
	t     *testing.T
	env   []string
	db    string // the database's URL
	redis string
	mail  string // the development mailbox's directory

	forged bool // rows were written that no zoop writes: they are not verified
}

// newPlace makes an empty, migrated marketplace. Env adds settings for its processes, such as "ZOOP_MAX_CONNS=8". There are no
// rate limits unless it says so: everybody here comes from one address, in a hurry.
func newPlace(t *testing.T, env ...string) *place {
	t.Helper()
	p := &place{t: t, db: dbtest.URL(t), redis: dbtest.Redis(t), mail: filepath.Join(t.TempDir(), "mail")}
	p.env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "TMPDIR=" + os.TempDir(), "ZOOP_DATABASE_URL=" + p.db, "ZOOP_REDIS_URL=" + p.redis,
		"ZOOP_MAIL_DIR=" + p.mail, "ZOOP_UNREADY=0s", "ZOOP_REFUND_GRACE=0s", "ZOOP_RATE_LIMITS=0", "ZOOP_MEDIA_DIR=" + filepath.Join(t.TempDir(), "media"),
	}, env...)
	t.Cleanup(p.verify) // the last of all: its processes have ended
	return p
}

// verify is the end of every test, however its processes ended: `zoop verify` finds nothing wrong with what they left.
func (p *place) verify() {
	if p.t.Failed() || p.forged {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, "verify", "--grace", "10m")
	cmd.Env = p.env
	if out, err := cmd.CombinedOutput(); err != nil {
		p.t.Errorf("zoop verify: %v\n%s", err, out)
	}
}

// run runs a zoop command to its end, and gives what it printed; it must succeed.
func (p *place) run(args ...string) string {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Env = p.env
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	require.NoError(p.t, cmd.Run(), "zoop %s: %s", strings.Join(args, " "), &errs)
	return strings.TrimSpace(out.String())
}

// token mints an access token; the account is made when it is not there.
func (p *place) token(role, email string) string {
	p.t.Helper()
	return p.run("token", "--yes", "--role", role, "--email", email)
}

// instance is a running `zoop serve`.
type instance struct {
	t    *testing.T
	url  string // such as http://127.0.0.1:10001
	cmd  *exec.Cmd
	log  *logged
	done chan struct{} // closed when the process has ended
}

// serve starts a process and waits until it is ready; it ends with the test.
func (p *place) serve(env ...string) *instance {
	p.t.Helper()
	return p.serveAs(binary, env...)
}

// serveAs is serve for another build of zoop.
func (p *place) serveAs(binary string, env ...string) *instance {
	p.t.Helper()
	address := freeAddress(p.t)
	i := &instance{t: p.t, url: "http://" + address, log: &logged{}, done: make(chan struct{})}
	i.cmd = exec.Command(binary, "serve")
	i.cmd.Env = append(append(append([]string{}, p.env...), "ZOOP_HTTP="+address), env...)
	i.cmd.Stdout, i.cmd.Stderr = i.log, i.log
	require.NoError(p.t, i.cmd.Start())
	go func() {
		defer close(i.done)
		_ = i.cmd.Wait()
	}()
	p.t.Cleanup(i.kill)
	i.awaitReady()
	return i
}

func (i *instance) awaitReady() {
	i.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		ctx, cancel := context.WithTimeout(i.t.Context(), time.Second)
		status, _, _ := i.try(ctx, http.MethodGet, "/readyz", "", "")
		cancel()
		if status == http.StatusOK {
			return
		}
		select {
		case <-i.done:
			i.t.Fatalf("zoop serve ended:\n%s", i.log)
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			i.t.Fatalf("zoop serve is not ready after %s:\n%s", patience, i.log)
		}
	}
}

// kill ends the process as a crash would, and waits until it is gone.
func (i *instance) kill() {
	_ = i.cmd.Process.Kill()
	<-i.done
}

// try sends one request and gives the status, the header and the body; an error is one of the connection.
// Headers are name, value, name, value.
func (i *instance) try(ctx context.Context, method, path, token, body string, headers ...string) (int, http.Header, error) {
	status, header, _, err := i.send(ctx, method, path, token, body, headers...)
	return status, header, err
}

func (i *instance) send(ctx context.Context, method, path, token, body string, headers ...string) (int, http.Header, []byte, error) {
	return i.sendBy(ctx, client, method, path, token, body, headers...)
}

func (i *instance) sendBy(ctx context.Context, client *http.Client, method, path, token, body string, headers ...string) (int, http.Header, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, i.url+path, strings.NewReader(body))
	if err != nil {
		return 0, nil, nil, err
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for n := 0; n+1 < len(headers); n += 2 {
		req.Header.Set(headers[n], headers[n+1])
	}
	res, err := client.Do(req)
	if err != nil {
		return 0, nil, nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 16<<20))
	return res.StatusCode, res.Header, text, err
}

// do is send for a request that must be answered, whatever the answer.
func (i *instance) do(method, path, token, body string, headers ...string) (int, http.Header, []byte) {
	i.t.Helper()
	ctx, cancel := context.WithTimeout(i.t.Context(), patience)
	defer cancel()
	status, header, text, err := i.send(ctx, method, path, token, body, headers...)
	require.NoError(i.t, err)
	return status, header, text
}

var client = &http.Client{
	Transport:     &http.Transport{MaxIdleConnsPerHost: 256, IdleConnTimeout: 10 * time.Second},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// logged collects what a process says.
type logged struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write implements io.Writer.
func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

// String is all that was said.
func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// nextPort makes sure that no two processes of this run try the same port.
var nextPort atomic.Int64

// freeAddress finds a loopback port that nobody listens on, below the ephemeral range and apart from that of the stories.
func freeAddress(t *testing.T) string {
	t.Helper()
	const first, ports = 20_000, 10_000
	for range ports {
		port := first + (int64(os.Getpid())*7+nextPort.Add(1))%ports
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		address := l.Addr().String()
		require.NoError(t, l.Close())
		return address
	}
	require.NoError(t, errors.New("no free port"))
	return ""
}
