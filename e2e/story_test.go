package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/zoop-dev/zoop/internal/dbtest"
)

// patience bounds every wait of a story.
const patience = time.Minute

type storyKey struct{}

// story is what the commands of one story share.
type story struct {
	processes map[string]*process
	answer    []byte
	sockets   map[string]*listener
	receivers map[string]*receiver
}

// process is a zoop in the background.
type process struct {
	cmd   *exec.Cmd
	log   *os.File
	done  chan error
	ended bool
}

func newStory(env *testscript.Env, tb testing.TB) *story {
	s := &story{processes: map[string]*process{}, sockets: map[string]*listener{}, receivers: map[string]*receiver{}}
	env.Defer(func() {
		for _, l := range s.sockets {
			l.close()
		}
		for _, r := range s.receivers {
			r.server.Close()
		}
		for _, p := range s.processes {
			if err := p.verify(); err != nil {
				tb.Error(err)
			}
			_ = p.cmd.Process.Kill()
			<-p.done
		}
	})
	return s
}

func storyOf(ts *testscript.TestScript) *story { return ts.Value(storyKey{}).(*story) }

func expectCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N ARGS…")
	}
	err := ts.Exec("zoop", args[1:]...)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("run zoop: %v", err)
	}
	if fmt.Sprint(got) != args[0] {
		ts.Fatalf("exit code %d, not %s", got, args[0])
	}
}

func serve(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) == 0 {
		ts.Fatalf("usage: serve NAME [ARGS…]")
	}
	name, line := args[0], args[1:]
	if len(line) == 0 {
		line = []string{"serve"}
	}
	log, err := os.Create(ts.MkAbs(name + ".log"))
	ts.Check(err)
	cmd := exec.Command(binary, line...) //nolint:gosec // our own binary
	cmd.Dir, cmd.Stdout, cmd.Stderr = ts.MkAbs("."), log, log
	for _, key := range []string{"PATH", "HOME", "TMPDIR", "ZOOP_DATABASE_URL", "ZOOP_POOLER", "ZOOP_REDIS_URL", "ZOOP_HTTP", "ZOOP_MAIL_DIR", "ZOOP_MEDIA_DIR", "ZOOP_UNREADY", "ZOOP_REFUND_GRACE", "ZOOP_SANDBOX_URL", "ZOOP_SANDBOX_SECRET", "ZOOP_RETURN_URLS", "ZOOP_WEBHOOK_NETWORKS"} {
		if value := ts.Getenv(key); value != "" {
			cmd.Env = append(cmd.Env, key+"="+value)
		}
	}
	ts.Check(cmd.Start())
	p := &process{cmd: cmd, log: log, done: make(chan error, 1)}
	go func() { p.done <- cmd.Wait() }()
	storyOf(ts).processes[name] = p
	ready := dbtest.Within(patience, func() bool {
		select {
		case err := <-p.done:
			p.done <- err
			ts.Fatalf("%s ended: %v\n%s", name, err, ts.ReadFile(name+".log"))
		default:
		}
		return answers(ts.Getenv("API") + "/readyz")
	})
	if !ready {
		ts.Fatalf("%s is not ready after %s\n%s", name, patience, ts.ReadFile(name+".log"))
	}
}

func answers(url string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// verify is the end of every story, and of every process in it that has a database of its own: `zoop verify` on what they
// have done. A story has its own ideas about time, so what is due may wait.
func (p *process) verify() error {
	if p.ended {
		return nil
	}
	p.ended = true
	line := []string{"verify", "--grace", "10m"}
	if i := slices.Index(p.cmd.Args, "--data-dir"); i >= 0 {
		line = append(line, p.cmd.Args[i:i+2]...)
	}
	cmd := exec.Command(binary, line...) //nolint:gosec // our own binary
	cmd.Dir, cmd.Env = p.cmd.Dir, p.cmd.Env
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("zoop verify: %w\n%s", err, out)
	}
	return nil
}

func stop(ts *testscript.TestScript, _ bool, args []string) {
	p := storyOf(ts).processes[args[0]]
	ts.Check(p.verify())
	ts.Check(p.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case err := <-p.done:
		p.done <- err
		if err != nil {
			ts.Fatalf("%s stopped with %v\n%s", args[0], err, ts.ReadFile(args[0]+".log"))
		}
	case <-time.After(patience):
		ts.Fatalf("%s did not stop within %s\n%s", args[0], patience, ts.ReadFile(args[0]+".log"))
	}
}

func killed(ts *testscript.TestScript, _ bool, args []string) {
	p := storyOf(ts).processes[args[0]]
	p.ended = true // whoever comes after it finds what it has left
	ts.Check(p.cmd.Process.Kill())
	p.done <- <-p.done
}

// request makes one call for a story and keeps its answer.
func request(ts *testscript.TestScript, args []string) (int, error) {
	req := &http.Request{Method: http.MethodGet, Header: http.Header{}}
	if strings.HasPrefix(args[0], "@") {
		if who := args[0][1:]; who != "nobody" {
			req.Header.Set("Authorization", "Bearer "+ts.Getenv("TOKEN_"+who))
		}
		args = args[1:]
	}
	method, path, body, key, version := args[0], args[1], "", "", ""
	if len(args) > 2 {
		body = args[2]
	}
	if len(args) > 3 {
		key = args[3]
	}
	if len(args) > 4 {
		version = args[4]
	}
	kind := "application/json"
	if shade, ok := strings.CutPrefix(body, "photo:"); ok {
		var err error
		if kind, body, err = photoForm(shade); err != nil {
			return 0, err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	made, err := http.NewRequestWithContext(ctx, method, ts.Getenv("API")+path, strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	made.Header = req.Header
	if body != "" {
		made.Header.Set("Content-Type", kind)
	}
	if key != "" {
		made.Header.Set("Idempotency-Key", key)
	}
	if version != "" {
		made.Header.Set("If-Match", `"`+version+`"`)
	}
	resp, err := http.DefaultClient.Do(made)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 4<<20))
	storyOf(ts).answer = answer
	return resp.StatusCode, err
}

// photoForm is a form with a small picture in one shade of gray, and its content type.
func photoForm(shade string) (kind, body string, err error) {
	n, err := strconv.ParseUint(shade, 10, 8)
	if err != nil {
		return "", "", err
	}
	picture := image.NewGray(image.Rect(0, 0, 8, 8))
	for i := range picture.Pix {
		picture.Pix[i] = uint8(n)
	}
	var text bytes.Buffer
	form := multipart.NewWriter(&text)
	part, err := form.CreateFormFile("image", "photo.png")
	if err == nil {
		err = png.Encode(part, picture)
	}
	if err == nil {
		err = form.Close()
	}
	return form.FormDataContentType(), text.String(), err
}

// api makes a call: a body of photo:N uploads a small picture in a shade of gray from 0 to 255.
func api(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 3 {
		ts.Fatalf("usage: api STATUS [@WHO] METHOD PATH [BODY [IDEMPOTENCY-KEY [VERSION]]]")
	}
	status, err := request(ts, args[1:])
	ts.Check(err)
	answer := storyOf(ts).answer
	if fmt.Sprint(status) != args[0] {
		ts.Fatalf("status %d, not %s: %s", status, args[0], bytes.TrimSpace(answer))
	}
	_, err = ts.Stdout().Write(append(answer, '\n'))
	ts.Check(err)
}

func get(ts *testscript.TestScript, _ bool, args []string) {
	value, err := dig(storyOf(ts).answer, args[1])
	ts.Check(err)
	ts.Setenv(args[0], value)
}

// await FILE TEXT waits until a file holds a text.
func await(ts *testscript.TestScript, _ bool, args []string) {
	if !dbtest.Within(patience, func() bool { return strings.Contains(ts.ReadFile(args[0]), args[1]) }) {
		ts.Fatalf("%s does not say %q after %s:\n%s", args[0], args[1], patience, ts.ReadFile(args[0]))
	}
}

// fromJSON FILE SOURCE PATH writes a value of a JSON file into a file of its own.
func fromJSON(ts *testscript.TestScript, _ bool, args []string) {
	value, err := dig([]byte(ts.ReadFile(args[1])), args[2])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(value), 0o600))
}

// asFile VAR FILE sets a variable to what a file holds.
func asFile(ts *testscript.TestScript, _ bool, args []string) {
	ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile(args[1])))
}

func token(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(ts.Exec("zoop", "token", "--yes", "--role", args[1], "--email", args[2]))
	ts.Setenv("TOKEN_"+args[0], strings.TrimSpace(ts.ReadFile("stdout")))
}
