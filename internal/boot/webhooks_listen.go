package boot

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/app/webhooks"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/webhook"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/webhook"
	"github.com/zoop-dev/zoop/internal/wire"
)

// anywhere is where people may forward events to from their own machines.
var anywhere = rules.Networks{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}

// ListenOptions are how events are forwarded.
type ListenOptions struct {
	ForwardTo string
	Secret    string                // whsec_…; "": one is made
	Events    []string              // empty: all
	Ready     func(secret string)   // hears when events are followed
	Forwarded func(Forwarded) error // hears of each; an error ends it
	Lost      func(why error)       // hears when the connection is lost, which is made again
}

// Forwarded is one event that was posted.
type Forwarded struct {
	At     time.Time `json:"at"`
	ID     string    `json:"id"`
	Type   string    `json:"type"`
	Status int       `json:"status"`          // of the answer; 0: there was none
	Error  string    `json:"error,omitempty"` // why it did not arrive, in a word
	Millis int       `json:"millis"`
}

// Listen follows what happens at the vendor on the live feed, and posts each event as its webhook would be posted, once, until ctx ends.
// Samples that SampleToListener asks for on this machine come as well. It takes a person's token: keys open no socket.
// Errors: Invalid for the options; *client.Problem when the feed is not for the bearer; what Forwarded returns.
func (w *Webhooks) Listen(ctx context.Context, o ListenOptions) error {
	f, err := newForwarder(w.Vendor, o)
	if err != nil {
		return err
	}
	if _, err := w.Client.Vendor(ctx, w.Vendor); err != nil { // the feed is silent about a vendor that there is not
		return err
	}
	local, err := listenForSamples(ctx)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return local.serve(ctx, f.sample) })
	group.Go(func() error { return f.follow(ctx, w.Client) })
	return group.Wait()
}

// forwarder posts events to one address.
type forwarder struct {
	ListenOptions
	vendor domain.ID
	secret []byte
	sender *webhook.Sender
	told   chan struct{} // a place for the one who tells
}

func newForwarder(vendor domain.ID, o ListenOptions) (*forwarder, error) {
	f := &forwarder{ListenOptions: o, vendor: vendor, sender: webhook.New(webhook.Options{Open: anywhere}), told: make(chan struct{}, 1)}
	to, err := url.Parse(o.ForwardTo)
	if err != nil || to.Scheme != "http" && to.Scheme != "https" || to.Hostname() == "" {
		return nil, domain.Invalidf("--forward-to", "format", "must be a URL such as http://127.0.0.1:3000/zoop")
	}
	if len(o.Events) > 0 {
		if f.Events, err = rules.ParseFilter(o.Events); err != nil {
			return nil, err
		}
	}
	if f.Secret == "" {
		f.secret = make([]byte, rules.SecretBytes)
		_, _ = rand.Read(f.secret) // never fails: the process ends instead
		f.Secret = rules.SecretMark + base64.StdEncoding.EncodeToString(f.secret)
		return f, nil
	}
	f.secret, err = base64.StdEncoding.DecodeString(strings.TrimPrefix(f.Secret, rules.SecretMark))
	if err != nil || len(f.secret) < 24 || len(f.secret) > 64 {
		return nil, domain.Invalidf("--secret", "format", "must be whsec_ and 24 to 64 bytes in base64")
	}
	return f, nil
}

func (f *forwarder) follow(ctx context.Context, api *client.Client) error {
	for m := range api.Feed(ctx, client.Topic{Name: "vendor:" + f.vendor.String()}) {
		switch m.Kind {
		case client.Refused:
			return m.Err
		case client.Down:
			if client.IsCode(m.Err, "unauthenticated", "forbidden", "session_revoked") {
				return m.Err
			}
			f.Lost(m.Err)
		case client.Subscribed:
			f.Ready(f.Secret)
		case client.Event:
			if err := f.event(ctx, m.Event); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

func (f *forwarder) event(ctx context.Context, e dto.Event) error {
	if len(f.Events) > 0 && !rules.Wants(f.Events, e.Type) {
		return nil
	}
	body, err := json.Marshal(dto.WebhookPayload{Type: e.Type, Timestamp: e.At, Data: e})
	if err != nil {
		return fmt.Errorf("encode event: %w", err)
	}
	_, err = f.post(ctx, rules.MessageID(e.SubjectID, e.Version), e.Type, body)
	return err
}

// sample posts something that has not happened.
func (f *forwarder) sample(ctx context.Context, kind string) (Forwarded, error) {
	r, err := webhooks.Sample(kind, f.vendor, time.Now())
	if err != nil {
		return Forwarded{}, err
	}
	body, err := wire.Webhook(r, true)
	if err != nil {
		return Forwarded{}, err
	}
	return f.post(ctx, rules.SampleID(id.New()), kind, body)
}

func (f *forwarder) post(ctx context.Context, messageID, kind string, body []byte) (Forwarded, error) {
	now := time.Now()
	r := f.sender.Send(ctx, webhook.Message{URL: f.ForwardTo, ID: messageID, At: now, Body: body, Secrets: [][]byte{f.secret}})
	if ctx.Err() != nil {
		return Forwarded{}, ctx.Err()
	}
	done := Forwarded{At: now.UTC(), ID: messageID, Type: kind, Status: r.Status, Error: string(r.Fault), Millis: int(r.Took.Milliseconds())}
	f.told <- struct{}{} // lines of two do not mix
	defer func() { <-f.told }()
	return done, f.ListenOptions.Forwarded(done)
}
