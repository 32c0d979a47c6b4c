// Package client speaks the marketplace's REST and WebSocket API for Go programs: the console, the synthetic city, tests.
//
// A Client is safe for many goroutines and cheap to copy for another account (As). Every answer of the server that is no
// success is a *Problem; everything else that fails is a wrapped transport error. Requests that may be sent twice without
// harm (GET, and POSTs that carry an idempotency key) are repeated for a bounded time; others never are. Bodies, waits and
// attempts are bounded.
package client

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/version"
)

// The bounds of a request, when Options leaves them open.
const (
	DefaultTimeout  = 30 * time.Second // of one attempt
	DefaultAttempts = 4                // of a request that may be repeated
	maxBody         = 16 << 20         // bytes of an answer
	maxRetryAfter   = 30 * time.Second // the longest wait a server may ask for
)

// TokenSource gives the access token for a request. refused is the token that the server has just turned down, or "": a
// source that can get another one does so then, and the request is sent once more if it differs.
type TokenSource func(ctx context.Context, refused string) (string, error)

// Static is a source of one token that never changes.
func Static(token string) TokenSource {
	return func(context.Context, string) (string, error) { return token, nil }
}

// Options are what a Client can be told; the zero value serves anonymous reads.
type Options struct {
	Tokens     TokenSource   // nil: no Authorization header
	HTTPClient *http.Client  // nil: one with connections of its own
	UserAgent  string        // "": zoop/<version>
	Timeout    time.Duration // of one attempt; 0: DefaultTimeout
	Attempts   int           // of a request that may be repeated; 0: DefaultAttempts
}

// Client calls one marketplace as one account.
type Client struct {
	base *url.URL // without a trailing slash
	opts Options
}

// New makes a client of the server at base, such as "http://127.0.0.1:4000".
func New(base string, opts Options) (*Client, error) {
	u, err := url.Parse(strings.TrimRight(base, "/"))
	if err != nil {
		return nil, fmt.Errorf("parse the API's address: %w", err)
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, fmt.Errorf("the API's address %q is no http or https URL", base)
	}
	if opts.HTTPClient == nil {
		opts.HTTPClient = &http.Client{Transport: NewTransport(16)}
	}
	if opts.UserAgent == "" {
		opts.UserAgent = "zoop/" + version.Version
	}
	if opts.Timeout <= 0 {
		opts.Timeout = DefaultTimeout
	}
	if opts.Attempts <= 0 {
		opts.Attempts = DefaultAttempts
	}
	return &Client{base: u, opts: opts}, nil
}

// NewTransport is a transport that keeps up to conns connections to the server, and opens no more than twice as many.
func NewTransport(conns int) *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConns = conns
	t.MaxIdleConnsPerHost = conns
	t.MaxConnsPerHost = 2 * conns
	return t
}

// As is the same client for another account; both share their connections.
func (c *Client) As(tokens TokenSource) *Client {
	other := *c
	other.opts.Tokens = tokens
	return &other
}

// CallOption changes one request.
type CallOption func(http.Header)

// IfMatch makes a write fail with 412 unless the thing still has this version.
func IfMatch(version int) CallOption {
	return func(h http.Header) { h.Set("If-Match", fmt.Sprintf("%q", fmt.Sprint(version))) }
}

// Once has a write done once for a key: asked for again it gives the first answer, whatever version the thing has by then. A call whose
// answer was lost is made again by itself, as often as one that reads.
func Once(key string) CallOption {
	return func(h http.Header) { h.Set(keyHeader, key) }
}

// keyHeader names a request that is done once.
const keyHeader = "Idempotency-Key"

// DoneUnheard says whether what was asked for under a key was done, and its answer died with the process that did it: there is nothing left
// but to read how the thing is now.
func DoneUnheard(err error) bool { return IsCode(err, "idempotency.answer_lost") }
