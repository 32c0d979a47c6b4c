package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/zoop-dev/zoop/internal/dbtest"
)

// receiver is a partner's server that remembers the webhooks which came.
type receiver struct {
	server *httptest.Server
	mu     sync.Mutex
	status int
	came   []webhookCame
}

type webhookCame struct {
	kind   string
	test   bool
	header http.Header
	body   []byte
}

// receiver VAR starts one at $VAR, which takes whatever comes.
func newReceiver(ts *testscript.TestScript, _ bool, args []string) {
	r := &receiver{status: http.StatusOK}
	r.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		c := webhookCame{header: req.Header}
		c.body, _ = io.ReadAll(req.Body)
		var payload struct {
			Type string
			Test bool
		}
		_ = json.Unmarshal(c.body, &payload)
		c.kind, c.test = payload.Type, payload.Test
		r.mu.Lock()
		defer r.mu.Unlock()
		r.came = append(r.came, c)
		w.WriteHeader(r.status)
		_, _ = fmt.Fprintf(w, "answer %d", r.status)
	}))
	storyOf(ts).receivers[args[0]] = r
	ts.Setenv(args[0], r.server.URL)
}

// receiver-answers VAR STATUS has it answer so from now on.
func receiverAnswers(ts *testscript.TestScript, _ bool, args []string) {
	r := storyOf(ts).receivers[args[0]]
	r.mu.Lock()
	defer r.mu.Unlock()
	_, err := fmt.Sscan(args[1], &r.status)
	ts.Check(err)
}

// received VAR TYPE SECRET [SECRET…] waits until a webhook of a type has come that each of the secrets has signed; negated, none may have
// come. test:TYPE is a sample.
func received(ts *testscript.TestScript, neg bool, args []string) {
	r := storyOf(ts).receivers[args[0]]
	has := func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, c := range r.came {
			kind := c.kind
			if c.test {
				kind = "test:" + kind
			}
			if kind == args[1] && c.signedBy(args[2:]) {
				return true
			}
		}
		return false
	}
	if neg {
		if has() {
			ts.Fatalf("%s has come", args[1])
		}
		return
	}
	if !dbtest.Within(patience, has) {
		r.mu.Lock()
		defer r.mu.Unlock()
		ts.Fatalf("%s has not come within %s, but %d others", args[1], patience, len(r.came))
	}
}

func (c webhookCame) signedBy(secrets []string) bool {
	for _, s := range secrets {
		w, err := standardwebhooks.NewWebhook(s)
		if err != nil || w.Verify(c.body, c.header) != nil {
			return false
		}
	}
	return true
}
