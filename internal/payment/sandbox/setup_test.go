package sandbox

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/payment"
)

const testSecret = "a secret of a test, long enough for it"

// shop is a merchant: it takes webhooks in, refusing the first few, and keeps what it believed.
type shop struct {
	refuse int

	mu     sync.Mutex
	events []payment.Event
	seen   chan struct{}
	client *Client
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuse > 0 {
		s.refuse--
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	e, err := s.client.ParseWebhook(r.Header, body, time.Now())
	if err != nil {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	s.events = append(s.events, e)
	select {
	case s.seen <- struct{}{}:
	default:
	}
}

// wait gives the events once enough says so.
func (s *shop) wait(t *testing.T, enough func([]payment.Event) bool) []payment.Event {
	t.Helper()
	deadline := time.After(time.Minute)
	for {
		s.mu.Lock()
		events := append([]payment.Event(nil), s.events...)
		s.mu.Unlock()
		if enough(events) {
			return events
		}
		select {
		case <-s.seen:
		case <-deadline:
			require.FailNow(t, "webhooks did not come", "%+v", events)
		}
	}
}

// heard waits for an event of a kind about a payment.
func (s *shop) heard(t *testing.T, of domain.ID, kind payment.Kind) payment.Event {
	t.Helper()
	var found payment.Event
	s.wait(t, func(all []payment.Event) bool {
		for _, e := range all {
			if e.PaymentID == of && e.Kind == kind {
				found = e
				return true
			}
		}
		return false
	})
	return found
}

type bundle struct {
	*Client
	server *Server
	shop   *shop
	url    string
}

// setup runs a sandbox and a shop.
func setup(t *testing.T, o Options) *bundle {
	t.Helper()
	b := &bundle{shop: &shop{seen: make(chan struct{}, 1)}}
	receiver := httptest.NewServer(b.shop)
	t.Cleanup(receiver.Close)
	front := httptest.NewUnstartedServer(nil)
	b.url = "http://" + front.Listener.Addr().String()
	o.Secret, o.PublicURL = testSecret, b.url
	if o.WebhookURL == "" {
		o.WebhookURL = receiver.URL
	}
	if o.RetryFirst == 0 {
		o.RetryFirst = time.Millisecond
	}
	var err error
	b.server, err = New(o)
	require.NoError(t, err)
	t.Cleanup(b.server.Close)
	front.Config.Handler = b.server
	front.Start()
	t.Cleanup(front.Close)
	b.Client, err = NewClient(b.url, testSecret, 0)
	require.NoError(t, err)
	b.shop.client = b.Client
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.server.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-done)
	})
	return b
}

func rupees(amount int64) domain.Money { return domain.Money{Amount: amount, Currency: "INR"} }

func newIntent(amount int64) payment.Intent {
	return payment.Intent{PaymentID: domain.ID(id.New()), OrderID: domain.ID(id.New()), Number: "ZX-1234", Amount: rupees(amount)}
}

// begun opens a payment.
func (b *bundle) begun(t *testing.T, amount int64) (payment.Intent, payment.Session) {
	t.Helper()
	i := newIntent(amount)
	s, err := b.Begin(t.Context(), i)
	require.NoError(t, err)
	return i, s
}

// post fills in the hosted page's form and gives the page that follows.
func post(t *testing.T, page string, form url.Values) string {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	resp, err := (&http.Client{Jar: jar}).Post(page, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return string(text)
}

func pay(t *testing.T, s payment.Session, does func(behaviour) bool) string {
	t.Helper()
	for _, c := range Cards {
		if does(c.does) {
			return post(t, s.HostedURL, url.Values{"card": {c.Number}})
		}
	}
	require.FailNow(t, "no such card")
	return ""
}

func accepted(b behaviour) bool { return b == behaviour{} }

// authorized is a payment that a good card paid.
func (b *bundle) authorized(t *testing.T, amount int64, does func(behaviour) bool) (payment.Intent, payment.Session) {
	t.Helper()
	i, s := b.begun(t, amount)
	pay(t, s, does)
	standing, err := b.Status(t.Context(), s.Reference)
	require.NoError(t, err)
	require.Equal(t, payment.Authorized, standing.State)
	return i, s
}

func (b *bundle) operation(s payment.Session, amount int64) payment.Operation {
	return payment.Operation{ID: domain.ID(id.New()), Reference: s.Reference, Amount: rupees(amount)}
}
