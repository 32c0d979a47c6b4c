package e2e

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/zoop-dev/zoop/internal/dbtest"
)

// sandboxed ARGS… starts `zoop sandbox` with webhooks to $API, for the story's processes to use, and ends it with the story.
func sandboxed(ts *testscript.TestScript, _ bool, args []string) {
	address, err := freeAddress()
	ts.Check(err)
	ts.Setenv("ZOOP_SANDBOX_URL", "http://"+address)
	ts.Setenv("ZOOP_SANDBOX_SECRET", strings.Repeat("s", 40))
	cmd := exec.Command(binary, append([]string{"sandbox", "--http", address, "--webhook", ts.Getenv("API") + "/api/v1/psp/sandbox/webhook"}, args...)...)
	cmd.Env = []string{"HOME=" + ts.Getenv("HOME"), "ZOOP_SANDBOX_SECRET=" + ts.Getenv("ZOOP_SANDBOX_SECRET")}
	ts.Check(cmd.Start())
	p := &process{cmd: cmd, done: make(chan error, 1), ended: true} // it has no database
	go func() { p.done <- cmd.Wait() }()
	storyOf(ts).processes["sandbox"] = p
	if !dbtest.Within(patience, func() bool { return reached("http://" + address + "/healthz") }) {
		ts.Fatalf("the sandbox does not answer")
	}
}

func reached(url string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err == nil {
		_ = resp.Body.Close()
	}
	return err == nil
}

// form STATUS URL FIELD=VALUE… posts a form, as a page in a browser does, and follows where it leads.
func form(ts *testscript.TestScript, _ bool, args []string) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	fields := url.Values{}
	for _, pair := range args[2:] {
		name, value, _ := strings.Cut(pair, "=")
		fields.Set(name, value)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, args[1], strings.NewReader(fields.Encode()))
	ts.Check(err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(req)
	ts.Check(err)
	_ = resp.Body.Close()
	if fmt.Sprint(resp.StatusCode) != args[0] {
		ts.Fatalf("status %d, not %s", resp.StatusCode, args[0])
	}
}
