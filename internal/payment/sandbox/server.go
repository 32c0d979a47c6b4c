// Package sandbox is a payment gateway of our own, so that the prepaid path runs anywhere: a server with an API, a page on
// which customers pay with cards of nobody, and signed webhooks; and the client that speaks with it.
//
// It is as awkward as gateways are: operations end later than their answer, webhooks come twice, out of order, late, or never.
// What it was asked to do it remembers, if it has a directory, before it answers; so it survives kill -9, and whoever asks
// again with the same key finds what was done. It moves no money and is not for production.
package sandbox

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"golang.org/x/sync/errgroup"

	"github.com/zoop-dev/zoop/internal/payment"
)

// Options are how a sandbox behaves. The zero value of all but Secret is the kindest gateway there is.
type Options struct {
	Secret     string        // shared with the merchant; at least MinSecret bytes
	PublicURL  string        // where customers reach the server, without a slash at its end
	WebhookURL string        // where events go; "": they wait
	Dir        string        // where the journal is kept; "": in memory only
	Delay      time.Duration // until an operation is done; 0: before its call is answered
	Duplicates int           // copies of each webhook besides the first, 0 to MaxDuplicates
	Disorder   time.Duration // each copy comes up to so much later
	SlowAfter  time.Duration // when a slow bank answers; 0: 30 min
	RetryFirst time.Duration // pause after a webhook's first failure, doubling up to RetryLast; 0: 1 s
	Seed       uint64        // of delays and copies
	Log        *slog.Logger
	Now        func() time.Time // nil: time.Now
}

// Bounds of delivery.
const (
	MaxDuplicates = 20
	RetryLast     = 5 * time.Minute
	maxTries      = 24 // some 90 minutes; reconciliation finds what was given up
	postTimeout   = 5 * time.Second
	postsAtOnce   = 8
)

// Server is the gateway's side. It implements http.Handler; Run must be running for anything to happen later.
type Server struct {
	options Options
	book    *book
	bearer  string
	signer  *standardwebhooks.Webhook
	client  *http.Client
	mux     *http.ServeMux
}

// New makes a server and reads its journal.
func New(o Options) (*Server, error) {
	if len(o.Secret) < MinSecret {
		return nil, fmt.Errorf("sandbox: the secret needs at least %d bytes", MinSecret)
	}
	if o.Duplicates < 0 || o.Duplicates > MaxDuplicates {
		return nil, fmt.Errorf("sandbox: duplicates: from 0 to %d", MaxDuplicates)
	}
	if u, err := url.Parse(o.WebhookURL); o.WebhookURL != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		return nil, fmt.Errorf("sandbox: the webhook URL must be http or https")
	}
	o.SlowAfter = cmp.Or(o.SlowAfter, 30*time.Minute)
	o.RetryFirst = cmp.Or(o.RetryFirst, time.Second)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{options: o, bearer: bearer(o.Secret), signer: signer(o.Secret), client: payment.HTTPClient(postTimeout)}
	s.book = &book{now: o.Now, tell: s.tell, copies: s.copies, rand: rand.New(rand.NewPCG(o.Seed, 1))} //nolint:gosec // delays
	if err := s.book.open(o.Dir); err != nil {
		return nil, err
	}
	s.mux = s.routes()
	return s, nil
}

// Close gives up the directory.
func (s *Server) Close() { s.book.journal.close() }

// Run does what comes later, until ctx ends: slow banks answer, operations end, webhooks are posted. It returns an error only
// when the journal cannot be written.
func (s *Server) Run(ctx context.Context) error {
	for {
		next, err := s.round(ctx)
		if err != nil {
			return err
		}
		pause := time.Minute
		if !next.IsZero() {
			pause = max(min(pause, next.Sub(s.options.Now())), 0)
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-s.book.changed:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// round does what is due and says when there is next something; zero: nothing is known of.
func (s *Server) round(ctx context.Context) (time.Time, error) {
	next, err := s.book.settle()
	if err != nil || s.options.WebhookURL == "" {
		return next, err
	}
	due, later := s.book.waiting(postsAtOnce)
	if len(due) > 0 {
		return s.options.Now(), s.post(ctx, due)
	}
	if next.IsZero() || !later.IsZero() && later.Before(next) {
		next = later
	}
	return next, nil
}

// post delivers some messages at once and notes what became of them.
func (s *Server) post(ctx context.Context, due []message) error {
	var group errgroup.Group
	for i := range due {
		group.Go(func() error {
			arrived := s.deliver(ctx, due[i])
			due[i] = s.after(due[i], arrived)
			return nil
		})
	}
	_ = group.Wait()
	if ctx.Err() != nil {
		return nil // whether they arrived will be found out by posting them again
	}
	return s.book.posted(due)
}

// after is what remains of a message once it was tried.
func (s *Server) after(m message, arrived bool) message {
	m.Tries++
	m.Body = nil
	if arrived || m.Tries >= maxTries {
		m.Posted = true
		return m
	}
	pause := RetryLast
	if m.Tries < 16 {
		pause = min(RetryLast, s.options.RetryFirst<<(m.Tries-1))
	}
	s.book.random(func(r *rand.Rand) { pause = pause/2 + time.Duration(r.Int64N(int64(pause/2)+1)) })
	m.Due = s.options.Now().Add(pause)
	return m
}

// copies says when the copies of a new webhook are due.
func (s *Server) copies(r *rand.Rand, now time.Time) []time.Time {
	out := make([]time.Time, 1+s.options.Duplicates)
	for i := range out {
		out[i] = now.Add(time.Duration(r.Int64N(int64(s.options.Disorder) + 1)))
	}
	return out
}
