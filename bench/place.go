package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/zoop-dev/zoop/internal/local"
)

// Place is where goals are measured: a private Postgres and Redis, and the binary, built for the occasion.
type Place struct {
	dir     string
	self    string // this binary
	zoop    string
	cluster *local.Cluster
	redis   int                  // logical databases that were given out
	servers map[string]int       // processes by where they serve
	profile string               // where profiles of servers go; "": none are taken
	pprof   map[string]string    // where servers tell what they spend their time on, by where they serve
	kept    map[string]*Database // those that several goals read
	undo    []func()             // what the goal under way has started
	last    []func()             // the same, of the run
}

// patience bounds every wait for something to start or to stop.
const patience = 30 * time.Second

func newPlace(ctx context.Context, profile string) (*Place, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "zoop-bench-")
	if err != nil {
		return nil, err
	}
	p := &Place{dir: dir, self: self, zoop: filepath.Join(dir, "zoop"), servers: map[string]int{}, profile: profile, pprof: map[string]string{}, kept: map[string]*Database{}}
	if err := p.open(ctx); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (p *Place) open(ctx context.Context) (err error) {
	if err := os.Chmod(p.dir, 0o711); err != nil { //nolint:gosec // the stores run as another user where this is root
		return err
	}
	tags := ""
	if p.profile != "" {
		tags = "profile"
	}
	build := exec.CommandContext(ctx, "go", "build", "-tags="+tags, "-o", p.zoop, "github.com/zoop-dev/zoop/cmd/zoop")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build zoop: %w\n%s", err, out)
	}
	if p.cluster, err = local.Open(ctx, local.Options{DataDir: filepath.Join(p.dir, "stores")}); err != nil {
		return err
	}
	if p.cluster.Demo() {
		return errors.New("there is no Redis here: make deps")
	}
	return nil
}

func (p *Place) close() {
	p.clear()
	p.undo = p.last
	p.clear()
	if p.cluster != nil {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_ = p.cluster.Close(ctx)
	}
	_ = os.RemoveAll(p.dir)
}

// clear ends what a goal has started.
func (p *Place) clear() {
	for len(p.undo) > 0 {
		last := len(p.undo) - 1
		p.undo[last]()
		p.undo = p.undo[:last]
	}
}

// atEnd is called when the goal is done, the last first.
func (p *Place) atEnd(do func()) { p.undo = append(p.undo, do) }

func (p *Place) env(db *Database, more ...string) []string {
	return append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + p.dir, "TMPDIR=" + os.TempDir(), "ZOOP_DATABASE_URL=" + db.URL,
		"ZOOP_MAIL_DIR=" + filepath.Join(p.dir, "mail"), "ZOOP_MEDIA_DIR=" + filepath.Join(p.dir, "media"), "ZOOP_UNREADY=0s",
	}, more...)
}

// Run runs a zoop command to its end, and gives what it printed.
func (p *Place) Run(ctx context.Context, db *Database, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, p.zoop, args...) //nolint:gosec // the arguments are the goals'
	cmd.Env = p.env(db)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("zoop %s: %w\n%s", strings.Join(args, " "), err, &errs)
	}
	return strings.TrimSpace(out.String()), nil
}

// Token mints an access token; the account is made when it is not there.
func (p *Place) Token(ctx context.Context, db *Database, role, email string) (string, error) {
	return p.Run(ctx, db, "token", "--yes", "--role", role, "--email", email)
}

// Serve starts `zoop serve` on a database and a Redis of its own, and waits until it is ready. Its rate limits are counted,
// but so high that one client reaches none. Env adds settings such as "ZOOP_ROLES=api".
func (p *Place) Serve(ctx context.Context, db *Database, env ...string) (address string, err error) {
	if address, err = freeAddress(ctx); err != nil {
		return "", err
	}
	p.redis++
	cmd := exec.CommandContext(ctx, p.zoop, "serve")
	cmd.Env = p.env(db, append([]string{
		"ZOOP_HTTP=" + address, "ZOOP_REDIS_URL=" + p.redisURL(), "ZOOP_RATE_LIMITS=1000", "ZOOP_QUEUE_WAIT=5s", "ZOOP_LOG_LEVEL=warn",
	}, env...)...)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := p.watch(ctx, cmd, address); err != nil {
		return "", err
	}
	if err := p.start(ctx, cmd, address); err != nil {
		return "", err
	}
	for {
		if _, err = get(ctx, address, "/readyz"); err == nil {
			return address, nil
		}
		if !pause(ctx, 20*time.Millisecond) {
			return "", err
		}
	}
}

// redisURL is the Redis of the server that was started last: goals follow one another, and a cache knows what is its own.
func (p *Place) redisURL() string {
	u, err := url.Parse(p.cluster.RedisURL())
	if err != nil {
		panic(err)
	}
	u.Path = fmt.Sprintf("/%d", p.redis%16)
	return u.String()
}

// start starts a server, which ends with the goal, and waits until it listens.
func (p *Place) start(ctx context.Context, cmd *exec.Cmd, address string) error {
	if err := cmd.Start(); err != nil {
		return err
	}
	p.servers[address] = cmd.Process.Pid
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = cmd.Wait()
	}()
	p.atEnd(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-done:
		case <-time.After(patience):
			_ = cmd.Process.Kill()
			<-done
		}
	})
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		c, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
		if err == nil {
			return c.Close()
		}
		select {
		case <-done:
			return fmt.Errorf("%s ended before it listened", filepath.Base(cmd.Path))
		default:
		}
		if !pause(ctx, 20*time.Millisecond) {
			return err
		}
	}
}

func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

func freeAddress(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// get reads what a server answers with 200; headers are name, value, name, value.
func get(ctx context.Context, address, path string, headers ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+path, nil)
	if err != nil {
		return nil, err
	}
	for n := 0; n+1 < len(headers); n += 2 {
		req.Header.Set(headers[n], headers[n+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("GET %s: %s: %.300s", path, res.Status, text)
	}
	return text, err
}
