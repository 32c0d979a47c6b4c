// Package e2e tells whole stories through the real binary: a process is started as an operator starts it, and used over
// HTTP, WebSocket and the command line as strangers use it. Stories are testdata/*.txtar.
//
// Besides testscript's own commands (exec, stdout, cmp, …) there are
//
//	code N ARGS…              run zoop and expect this exit code
//	serve NAME ARGS…          start `zoop serve` (or ARGS) in the background and wait until $API answers /readyz
//	stop NAME                 `zoop verify`, then SIGTERM; expect exit code 0 within 20 s
//	killed NAME               SIGKILL
//	api STATUS [@WHO] METHOD PATH [BODY]   one request as WHO (whose token is $TOKEN_WHO); the answer goes to stdout
//	get VAR PATH              take a value out of the last answer, such as data.0.id
//	token WHO ROLE EMAIL      mint $TOKEN_WHO
//	await FILE TEXT           wait until a file holds a text
//
// and those of live_test.go, helpers_test.go, payments_test.go and webhooks_test.go, which say what they do.
package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/zoop-dev/zoop/internal/dbtest"
)

var binary string

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "zoop-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // another user may run what is in it
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	binary = filepath.Join(dir, "zoop")
	build := exec.Command("go", "build", "-o", binary, "../cmd/zoop")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build zoop: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

func TestStories(t *testing.T) {
	t.Parallel()
	tell(t, testscript.Params{Dir: "testdata"}, nil)
}

// TestStoriesBehindAPooler tells some of them with PgBouncer, in transaction mode, before Postgres.
func TestStoriesBehindAPooler(t *testing.T) {
	t.Parallel()
	files := []string{
		"testdata/migrate.txtar", "testdata/order_life.txtar", "testdata/mail.txtar", "testdata/menus.txtar", "testdata/webhooks.txtar",
		"testdata/whole_path.txtar",
	}
	tell(t, testscript.Params{Files: files}, func(env *testscript.Env, tb testing.TB) {
		env.Setenv("ZOOP_DATABASE_URL", dbtest.Pooled(tb, env.Getenv("DATABASE")))
		env.Setenv("ZOOP_POOLER", "true")
	})
}

// tell runs stories, of which otherwise may change how they are set up.
func tell(t *testing.T, p testscript.Params, otherwise func(*testscript.Env, testing.TB)) {
	t.Helper()
	p.RequireExplicitExec = true
	p.Setup = func(env *testscript.Env) error {
		tb, ok := env.T().(testing.TB)
		if !ok {
			return errors.New("the story has no test")
		}
		address, err := freeAddress()
		if err != nil {
			return err
		}
		env.Setenv("PATH", filepath.Dir(binary)+string(os.PathListSeparator)+os.Getenv("PATH"))
		env.Setenv("ADDRESS", address)
		env.Setenv("API", "http://"+address)
		env.Setenv("DATABASE", dbtest.EmptyURL(tb)) // as the stories' own commands reach it
		env.Setenv("ZOOP_DATABASE_URL", env.Getenv("DATABASE"))
		env.Setenv("ZOOP_REDIS_URL", dbtest.Redis(tb))
		env.Setenv("ZOOP_API_URL", "http://"+address)
		env.Setenv("ZOOP_HTTP", address)
		env.Setenv("ZOOP_MAIL_DIR", filepath.Join(env.WorkDir, "mail"))
		env.Setenv("ZOOP_MEDIA_DIR", filepath.Join(env.WorkDir, "media"))
		env.Setenv("ZOOP_UNREADY", "0s")
		env.Setenv("ZOOP_REFUND_GRACE", "0s")
		data, err := os.MkdirTemp("", "zoop-data-") // which another user, that of the private Postgres, can reach
		if err != nil {
			return err
		}
		env.Defer(func() { _ = os.RemoveAll(data) })
		env.Setenv("DATA", filepath.Join(data, "zoop"))
		if err := os.Chmod(data, 0o755); err != nil { //nolint:gosec // see above
			return err
		}
		_, source, _, _ := runtime.Caller(0)
		env.Setenv("ROOT", filepath.Dir(filepath.Dir(source)))
		if otherwise != nil {
			otherwise(env, tb)
		}
		env.Values[storyKey{}] = newStory(env, tb)
		return nil
	}
	p.Cmds = map[string]func(*testscript.TestScript, bool, []string){
		"code": expectCode, "serve": serve, "stop": stop, "killed": killed, "api": api, "get": get, "token": token,
		"live": live, "seen": seen, "until": until, "code-from-mail": codeFromMail, "invitation-from-mail": invitationFromMail, "eventually": eventually, "closed": closed, "plain-dish": plainDish, "owner-of": ownerOf, "wrong-pin": wrongPIN,
		"slot": slot, "soon": soon, "moment": moment, "pause-passes": pausePasses, "day-passes": dayPasses, "shows": shows, "sandboxed": sandboxed, "form": form,
		"each-once": eachOnce, "await": await, "as-file": asFile, "from-json": fromJSON,
		"receiver": newReceiver, "receiver-answers": receiverAnswers, "received": received,
	}
	testscript.Run(t, p)
}

// nextPort makes sure that no two stories of this run try the same port.
var nextPort atomic.Int64

// freeAddress finds a loopback port that nobody listens on, below the ephemeral range, so that no client takes it meanwhile.
func freeAddress() (string, error) {
	const first, ports = 10_000, 10_000
	for range ports {
		port := first + (int64(os.Getpid())*7+nextPort.Add(1))%ports
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		address := l.Addr().String()
		return address, l.Close()
	}
	return "", errors.New("no free port")
}

// dig takes a value out of JSON by a path of names and indexes.
func dig(text []byte, path string) (string, error) {
	var v any
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	if err := decoder.Decode(&v); err != nil {
		return "", fmt.Errorf("the answer is no JSON: %w", err)
	}
	for part := range strings.SplitSeq(path, ".") {
		switch at := v.(type) {
		case map[string]any:
			v = at[part]
		case []any:
			var i int
			if _, err := fmt.Sscan(part, &i); err != nil || i >= len(at) {
				return "", fmt.Errorf("no entry %s in a list of %d", part, len(at))
			}
			v = at[i]
		default:
			return "", fmt.Errorf("nothing at %s", part)
		}
	}
	switch v := v.(type) {
	case nil:
		return "", fmt.Errorf("nothing at %s", path)
	case string:
		return v, nil
	case json.Number:
		return v.String(), nil
	}
	out, err := json.Marshal(v)
	return string(out), err
}
