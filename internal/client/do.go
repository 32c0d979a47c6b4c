package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"
)

// request is one call before it is sent; its body is encoded once, so that a repetition is the same byte for byte.
type request struct {
	method string
	path   string // below /api/v1, escaped
	query  url.Values
	body   any // nil: none
	key    string
	opts   []CallOption
}

// once says whether the request has its effect once, however often it is sent.
func (r request) once() bool {
	h := http.Header{}
	for _, opt := range r.opts {
		opt(h)
	}
	return r.key != "" || h.Get(keyHeader) != ""
}

// none is the answer of calls that answer nothing.
type none struct{}

func get[T any](ctx context.Context, c *Client, path string, query url.Values) (T, error) {
	return do[T](ctx, c, request{method: http.MethodGet, path: path, query: query})
}

func post[T any](ctx context.Context, c *Client, path string, body any, opts ...CallOption) (T, error) {
	return do[T](ctx, c, request{method: http.MethodPost, path: path, body: body, opts: opts})
}

func put[T any](ctx context.Context, c *Client, path string, body any, opts ...CallOption) (T, error) {
	return do[T](ctx, c, request{method: http.MethodPut, path: path, body: body, opts: opts})
}

func patch[T any](ctx context.Context, c *Client, path string, body any, opts ...CallOption) (T, error) {
	return do[T](ctx, c, request{method: http.MethodPatch, path: path, body: body, opts: opts})
}

func remove(ctx context.Context, c *Client, path string) error {
	_, err := do[none](ctx, c, request{method: http.MethodDelete, path: path})
	return err
}

// do sends a request, again while that is harmless and may help, and decodes the answer.
func do[T any](ctx context.Context, c *Client, r request) (T, error) {
	var out T
	var body []byte
	if r.body != nil {
		var err error
		if body, err = json.Marshal(r.body); err != nil {
			return out, fmt.Errorf("encode %s %s: %w", r.method, r.path, err)
		}
	}
	attempts := 1
	if r.method == http.MethodGet || r.once() {
		attempts = c.opts.Attempts
	}
	renewed := false
	for attempt := 1; ; attempt++ {
		token, err := c.attempt(ctx, r, body, &out)
		if err == nil {
			return out, nil
		}
		if !renewed && c.renew(ctx, token, err) {
			renewed = true // the server did nothing with the first request, so that this is no repetition
			attempt--
			continue
		}
		if attempt >= attempts || !repeatable(err) || wait(ctx, backoff(attempt, err)) != nil {
			return out, fmt.Errorf("%s %s: %w", r.method, r.path, err)
		}
	}
}

// download copies the answer of a read as it comes. It is tried once.
func (c *Client) download(ctx context.Context, path string, query url.Values, to io.Writer) error {
	r := request{method: http.MethodGet, path: path, query: query}
	_, err := c.attempt(ctx, r, nil, to)
	if err != nil {
		return fmt.Errorf("%s %s: %w", r.method, r.path, err)
	}
	return nil
}

// renew says whether the source has another token than the one that the server turned down.
func (c *Client) renew(ctx context.Context, token string, err error) bool {
	if token == "" || !IsStatus(err, http.StatusUnauthorized) {
		return false
	}
	other, err := c.opts.Tokens(ctx, token)
	return err == nil && other != token
}

// attempt sends the request once and says with which token.
func (c *Client) attempt(ctx context.Context, r request, body []byte, out any) (token string, err error) {
	if c.opts.Tokens != nil {
		if token, err = c.opts.Tokens(ctx, ""); err != nil {
			return "", fmt.Errorf("get an access token: %w", err)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, c.opts.Timeout)
	defer cancel()
	req, err := c.build(ctx, r, body, token)
	if err != nil {
		return token, err
	}
	res, err := c.opts.HTTPClient.Do(req)
	if err != nil {
		return token, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return token, problemOf(res)
	}
	return token, decode(res.Body, out)
}

func (c *Client) build(ctx context.Context, r request, body []byte, token string) (*http.Request, error) {
	target := c.base.String() + "/api/v1" + r.path
	if len(r.query) > 0 {
		target += "?" + r.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, r.method, target, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("build request: %w", err)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.opts.UserAgent)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if r.key != "" {
		req.Header.Set(keyHeader, r.key)
	}
	for _, opt := range r.opts {
		opt(req.Header)
	}
	return req, nil
}

// decode reads an answer: as it comes into a writer, else as JSON of bounded size. Fields it does not know are left out, so that an older client outlives a newer server.
func decode(body io.Reader, out any) error {
	if w, ok := out.(io.Writer); ok {
		if _, err := io.Copy(w, body); err != nil {
			return fmt.Errorf("read the answer: %w", err)
		}
		return nil
	}
	raw, err := io.ReadAll(io.LimitReader(body, maxBody+1))
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	if len(raw) > maxBody {
		return fmt.Errorf("the answer is larger than %d bytes", maxBody)
	}
	if _, ok := out.(*none); ok || len(raw) == 0 {
		return nil
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return fmt.Errorf("decode the answer: %w", err)
	}
	return nil
}

// repeatable says whether sending the request again may help.
func repeatable(err error) bool {
	if errors.Is(err, context.Canceled) {
		return false
	}
	return Transient(err) && !IsStatus(err, http.StatusInternalServerError)
}

// backoff is how long to wait before the next attempt: what the server asks for, or 100 ms doubling to 2 s; jittered, so
// that many clients do not come back at once.
func backoff(attempt int, err error) time.Duration {
	var p *Problem
	if errors.As(err, &p) && p.RetryAfter > 0 {
		return p.RetryAfter + jitter(p.RetryAfter/4)
	}
	most := min(100*time.Millisecond<<min(attempt-1, 10), 2*time.Second)
	return most/2 + jitter(most/2)
}

func jitter(most time.Duration) time.Duration {
	if most <= 0 {
		return 0
	}
	return rand.N(most) //nolint:gosec // spreads load; nothing secret depends on it
}

// wait sleeps, or gives the context's error when that ends first.
func wait(ctx context.Context, d time.Duration) error {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < d {
		return context.DeadlineExceeded
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
