package trust

import (
	"context"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
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
	"github.com/zoop-dev/zoop/internal/payment/sandbox"
)

const sandboxSecret = "a secret of a test, long enough for it"

// posted is a webhook as a gateway sent it.
type posted struct {
	header http.Header
	body   string
}

// psp is a gateway whose webhooks the test keeps instead of passing them on.
type psp struct {
	*sandbox.Client
	url string

	mu   sync.Mutex
	kept []posted
	more chan struct{}
}

// newPSP starts one whose clock is so far off.
func newPSP(t *testing.T, off time.Duration) *psp {
	t.Helper()
	p := &psp{more: make(chan struct{}, 1)}
	collect := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		p.mu.Lock()
		defer p.mu.Unlock()
		p.kept = append(p.kept, posted{r.Header.Clone(), string(body)})
		select {
		case p.more <- struct{}{}:
		default:
		}
	}))
	t.Cleanup(collect.Close)
	front := httptest.NewUnstartedServer(nil)
	p.url = "http://" + front.Listener.Addr().String()
	server, err := sandbox.New(sandbox.Options{
		Secret: sandboxSecret, PublicURL: p.url, WebhookURL: collect.URL, Now: func() time.Time { return time.Now().Add(off) },
	})
	require.NoError(t, err)
	front.Config.Handler = server
	front.Start()
	t.Cleanup(front.Close)
	p.Client, err = sandbox.NewClient(p.url, sandboxSecret, 0)
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- server.Run(ctx) }()
	t.Cleanup(func() { stop(); require.NoError(t, <-done) })
	return p
}

// wait gives the webhooks once there are so many.
func (p *psp) wait(t *testing.T, n int) []posted {
	t.Helper()
	deadline := time.After(patience)
	for {
		p.mu.Lock()
		kept := append([]posted(nil), p.kept...)
		p.mu.Unlock()
		if len(kept) >= n {
			return kept
		}
		select {
		case <-p.more:
		case <-deadline:
			require.FailNow(t, "webhooks did not come", "%d of %d", len(kept), n)
		}
	}
}

// paid pays a session by card and captures it at the gateway, so that it tells of both.
func (p *psp) paid(t *testing.T, hosted, reference string, amount domain.Money) {
	t.Helper()
	resp, err := http.PostForm(hosted, url.Values{"card": {sandbox.Cards[0].Number}})
	require.NoError(t, err)
	_ = resp.Body.Close()
	require.Less(t, resp.StatusCode, 400)
	_, err = p.Capture(t.Context(), payment.Operation{ID: id.New(), Reference: reference, Amount: amount})
	require.NoError(t, err)
}

// TestLine04WebhooksHaveTheirEffectOnce posts what a gateway tells twenty times, in any order, to processes that are killed
// meanwhile, until each was taken as often: every payment is in the books once.
func TestLine04WebhooksHaveTheirEffectOnce(t *testing.T) {
	t.Parallel()
	gateway := newPSP(t, 0)
	s := newShop(t, "ZOOP_SANDBOX_URL="+gateway.url, "ZOOP_SANDBOX_SECRET="+sandboxSecret)
	at := []*instance{s.serve("ZOOP_ROLES=api"), s.serve("ZOOP_ROLES=api")}
	token := s.token("customer", "asha@example.com")
	payments := times(500, 15)
	for n := range payments {
		s.prepaid(at[n%2], token, gateway)
	}
	require.Equal(t, payments, s.count(`SELECT count(*) FROM payments WHERE state = 'created' AND provider_ref <> ''`))
	events := gateway.wait(t, 2*payments)

	s.refuses(at[0], events[0])
	s.barrage(at, events)
	require.Equal(t, payments, s.count(`SELECT count(*) FROM payments WHERE state = 'captured' AND captured = amount`))
	require.Equal(t, payments, s.count(`SELECT count(*) FROM transfers WHERE kind = 'order.captured'`))
	require.Equal(t, payments, s.count(`SELECT count(*) FROM transfers`), "and nothing else is in the books")
	require.Equal(t, payments*24_900, s.count(`SELECT sum(e.amount)::int FROM entries e JOIN accounts a ON a.id = e.account_id WHERE a.kind = 'held'`))
	require.Equal(t, 2*payments, s.count(`SELECT count(*) FROM gateway_events`))
	require.Equal(t, payments, s.count(`SELECT count(*) FROM events WHERE type = 'payment.captured'`))

	s.serve() // whose timers move on what is paid
	require.Eventually(t, func() bool {
		return s.count(`SELECT count(*) FROM orders WHERE state <> 'pending_payment'`) == payments
	}, patience, 20*time.Millisecond)
	require.Zero(t, s.count(`SELECT count(*) FROM orders WHERE state = 'payment_failed'`))
}

// prepaid makes an order and pays it; zoop has not heard of that yet.
func (s *shop) prepaid(at *instance, token string, gateway *psp) {
	s.t.Helper()
	body := strings.Replace(s.fill(at, token), `"cod"`, `"card"`, 1)
	status, _, text := at.do(http.MethodPost, "/api/v1/orders", token, body, "Idempotency-Key", newID())
	require.Equal(s.t, 201, status, "%s", text)
	var made struct{ ID string }
	require.NoError(s.t, json.Unmarshal(text, &made))
	status, _, text = at.do(http.MethodPost, "/api/v1/orders/"+made.ID+"/payments", token, "")
	require.Equal(s.t, 200, status, "%s", text)
	var session struct{ HostedURL string }
	require.NoError(s.t, json.Unmarshal(text, &session))
	reference := session.HostedURL[strings.LastIndex(session.HostedURL, "/")+1:]
	gateway.paid(s.t, session.HostedURL, reference, domain.Money{Amount: 24_900, Currency: "INR"})
}

const webhookPath = "/api/v1/psp/sandbox/webhook"

func (p posted) send(ctx context.Context, at *instance) (int, error) {
	var headers []string
	for name := range p.header {
		headers = append(headers, name, p.header.Get(name))
	}
	status, _, _, err := at.send(ctx, http.MethodPost, webhookPath, "", p.body, headers...)
	return status, err
}

// barrage posts each event twenty times, in any order, again and again until it was taken, while one process after the other
// is killed and started again.
func (s *shop) barrage(at []*instance, events []posted) {
	s.t.Helper()
	const copies = 20
	dice := rand.New(rand.NewPCG(4, 4))
	todo := make(chan posted, copies*len(events))
	for _, n := range dice.Perm(copies * len(events)) {
		todo <- events[n%len(events)]
	}
	var mu sync.RWMutex // over at
	var wg sync.WaitGroup
	wg.Add(copies * len(events))
	for range 16 {
		go func() {
			for p := range todo {
				mu.RLock()
				to := at[rand.N(len(at))]
				mu.RUnlock()
				if status, err := p.send(s.t.Context(), to); err != nil || status != http.StatusNoContent {
					todo <- p // as a gateway does, later
					continue
				}
				wg.Done()
			}
		}()
	}
	over := make(chan struct{})
	go func() { wg.Wait(); close(over) }()
	for kills := 0; ; kills++ {
		select {
		case <-over:
			close(todo)
			require.Positive(s.t, kills, "nobody was killed meanwhile")
			return
		case <-time.After(time.Duration(times(1500, 50)) * time.Millisecond):
		}
		if kills == times(20, 3) {
			<-over
			continue
		}
		at[kills%2].kill()
		started := s.serve("ZOOP_ROLES=api")
		mu.Lock()
		at[kills%2] = started
		mu.Unlock()
	}
}

// refuses sees that what is forged or old is not believed, and changes nothing.
func (s *shop) refuses(at *instance, real posted) {
	s.t.Helper()
	forged := real
	forged.body = strings.Replace(real.body, `"captured":0`, `"captured":1`, 1)
	if forged.body == real.body {
		forged.body += " "
	}
	unsigned := posted{http.Header{"Content-Type": {"application/json"}}, real.body}
	late := newPSP(s.t, -5*time.Minute-2*time.Second)
	session, err := late.Begin(s.t.Context(), payment.Intent{PaymentID: id.New(), OrderID: id.New(), Number: "X", Amount: domain.Money{Amount: 5, Currency: "INR"}})
	require.NoError(s.t, err)
	late.paid(s.t, session.HostedURL, session.Reference, domain.Money{Amount: 5, Currency: "INR"})
	for name, p := range map[string]posted{"forged": forged, "unsigned": unsigned, "old": late.wait(s.t, 1)[0]} {
		status, err := p.send(s.t.Context(), at)
		require.NoError(s.t, err)
		require.Equal(s.t, http.StatusUnauthorized, status, name)
	}
	require.Zero(s.t, s.count(`SELECT count(*) FROM gateway_events`))
}
