// Package webhook posts signed messages to addresses that strangers chose, as Standard Webhooks has them
// (https://www.standardwebhooks.com).
//
// Whatever is at the address, it gets no more than one POST: no connection is made to where no webhook may go, no redirect is followed, no
// proxy is asked, and time, headers and what is read of an answer are bounded.
package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	rules "github.com/zoop-dev/zoop/internal/domain/webhook"
	"github.com/zoop-dev/zoop/internal/sanitize"
	"github.com/zoop-dev/zoop/internal/version"
)

// Bounds of an attempt.
const (
	Timeout    = 15 * time.Second // all of it
	dialTime   = 5 * time.Second
	answerTime = 2 * time.Second // for the beginning of an answer, after its headers
	maxHeaders = 16 << 10        // bytes
	maxAnswer  = 4 * rules.MaxAnswer
	maxRetry   = time.Hour // that an endpoint may ask to be left alone for
	idleConns  = 64
	idleTime   = 30 * time.Second
)

// Options are how messages are sent; the zero value sends https to the public Internet.
type Options struct {
	Open     rules.Networks // see guard
	Timeout  time.Duration  // 0: Timeout
	Resolver *net.Resolver  // nil: the system's
	Roots    *x509.CertPool // nil: the system's
}

// Sender sends messages. It is safe for many goroutines.
type Sender struct {
	timeout      time.Duration
	plain, https *http.Client
}

// New makes a sender.
func New(o Options) *Sender {
	if o.Timeout == 0 {
		o.Timeout = Timeout
	}
	return &Sender{
		timeout: o.Timeout, plain: newClient(o, guard{o.Open, true}.control), https: newClient(o, guard{o.Open, false}.control),
	}
}

func newClient(o Options, control func(context.Context, string, string, syscall.RawConn) error) *http.Client {
	dialer := &net.Dialer{Timeout: dialTime, Resolver: o.Resolver, ControlContext: control}
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext:            dialer.DialContext,
			TLSClientConfig:        &tls.Config{RootCAs: o.Roots, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    dialTime,
			TLSNextProto:           map[string]func(string, *tls.Conn) http.RoundTripper{}, // one request at a time needs no HTTP/2
			DisableCompression:     true,
			MaxResponseHeaderBytes: maxHeaders,
			MaxIdleConns:           idleConns,
			MaxIdleConnsPerHost:    2,
			IdleConnTimeout:        idleTime,
		},
	}
}

var errNoSecret = errors.New("sign webhook: there is no secret")

// Message is one to be sent.
type Message struct {
	URL     string
	ID      string    // of the event: the same each time
	At      time.Time // of the attempt
	Body    []byte
	Secrets [][]byte // one, or two while a new one takes the place of an old one
}

// Result is what became of an attempt.
type Result struct {
	Status     int // of the answer; 0: there was none
	Fault      rules.Fault
	Answer     string // how it begins, in one line of text
	RetryAfter time.Duration
	Took       time.Duration
}

// Headers are those that a message is sent with: its ID, the time of the attempt, and a signature by each secret.
func Headers(m Message) (http.Header, error) {
	signatures := make([]string, len(m.Secrets))
	if len(m.Secrets) == 0 {
		return nil, errNoSecret
	}
	for i, secret := range m.Secrets {
		if len(secret) == 0 {
			return nil, errNoSecret
		}
		signer, err := standardwebhooks.NewWebhookRaw(secret)
		if err != nil {
			return nil, fmt.Errorf("sign webhook: %w", err)
		}
		if signatures[i], err = signer.Sign(m.ID, m.At, m.Body); err != nil {
			return nil, fmt.Errorf("sign webhook: %w", err)
		}
	}
	h := http.Header{}
	h.Set("Content-Type", "application/json")
	h.Set("User-Agent", "zoop-webhooks/"+version.Version)
	h.Set(standardwebhooks.HeaderWebhookID, m.ID)
	h.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(m.At.Unix(), 10))
	h.Set(standardwebhooks.HeaderWebhookSignature, strings.Join(signatures, " "))
	return h, nil
}

// Send posts a message once.
func (s *Sender) Send(ctx context.Context, m Message) Result {
	begun := time.Now()
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	r := s.send(ctx, cancel, m)
	r.Took = time.Since(begun)
	return r
}

func (s *Sender) send(ctx context.Context, cancel func(), m Message) Result {
	header, err := Headers(m)
	if err != nil {
		return Result{Fault: rules.FaultSecret}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.URL, bytes.NewReader(m.Body))
	if err != nil {
		return Result{Fault: rules.FaultAddress}
	}
	req.Header = header
	req.Header["Idempotency-Key"] = []string{} // is not sent, and has a connection that was found closed cost no attempt
	client := s.https
	if req.URL.Scheme == "http" {
		client = s.plain
	}
	res, err := client.Do(req)
	if err != nil {
		return Result{Fault: fault(err)}
	}
	defer func() { _ = res.Body.Close() }()
	r := Result{Status: res.StatusCode, RetryAfter: retryAfter(res)}
	if res.StatusCode >= 200 { // else it has become another protocol, whose reader no time limit ends
		stop := time.AfterFunc(answerTime, cancel)
		defer stop.Stop()
		text, _ := io.ReadAll(io.LimitReader(res.Body, maxAnswer)) // as much as comes in time
		r.Answer = shown(text)
	}
	switch {
	case res.StatusCode >= 300 && res.StatusCode < 400:
		r.Fault = rules.FaultRedirect
	case res.StatusCode < 200 || res.StatusCode > 299:
		r.Fault = rules.FaultStatus
	}
	return r
}

// fault names what went wrong, without a word of where: names of ours may lead to addresses that are nobody's business.
func fault(err error) rules.Fault {
	var name *net.DNSError
	var timeout net.Error
	var cert *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	switch {
	case errors.Is(err, errForbidden):
		return rules.FaultAddress
	case errors.As(err, &name):
		return rules.FaultName
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return rules.FaultTimeout
	case errors.As(err, &cert), errors.As(err, &record), errors.As(err, &alert), strings.Contains(err.Error(), "tls: "):
		return rules.FaultTLS
	}
	return rules.FaultConnection
}

// retryAfter is how long an answer asks to be left alone, in seconds or until a moment.
func retryAfter(res *http.Response) time.Duration {
	text := res.Header.Get("Retry-After")
	if seconds, err := strconv.Atoi(text); err == nil && seconds > 0 {
		return min(time.Duration(min(seconds, int(maxRetry/time.Second)))*time.Second, maxRetry)
	}
	if at, err := http.ParseTime(text); err == nil {
		return min(max(time.Until(at), 0), maxRetry)
	}
	return 0
}

// shown is the beginning of an answer as one line.
func shown(text []byte) string {
	line := []rune(sanitize.Line(strings.ToValidUTF8(string(text), "�")))
	return string(line[:min(len(line), rules.MaxAnswer)])
}
