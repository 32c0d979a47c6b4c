package trust

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/account"
	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/postgres"
)

const interrupt = syscall.SIGTERM

// pooled are the settings of a process behind PgBouncer in transaction mode.
func (s *shop) pooled() []string {
	s.t.Helper()
	return []string{"ZOOP_DATABASE_URL=" + dbtest.Pooled(s.t, s.db), "ZOOP_POOLER=true"}
}

// accounts mints tokens in this process, quicker than `zoop token`.
func (s *shop) accounts() func(role domain.Role, email string) (token string) {
	s.t.Helper()
	db, err := postgres.Open(s.t.Context(), s.db, postgres.Options{MaxConns: 2})
	require.NoError(s.t, err)
	s.t.Cleanup(db.Close)
	all := account.New(db, account.Options{})
	return func(role domain.Role, email string) string {
		minted, err := all.Mint(s.t.Context(), account.Mint{Email: email, Name: "Asha", Role: role})
		require.NoError(s.t, err)
		return minted.Token
	}
}

// trade is customers who order and change their mind without a pause.
type trade struct {
	s      *shop
	to     *balancer
	crash  bool // processes may die: what was not answered is asked again, with the same key
	stop   context.CancelFunc
	group  sync.WaitGroup
	mu     sync.Mutex
	orders int
	sent   int
	failed []string
	took   []time.Duration // of orders
}

// trade has so many customers order, each as often.
func (s *shop) trade(to *balancer, crash bool, tokens []string, every time.Duration) *trade {
	ctx, cancel := context.WithCancel(s.t.Context())
	t := &trade{s: s, to: to, crash: crash, stop: cancel}
	for n, token := range tokens {
		t.group.Go(func() {
			pace := time.NewTicker(every)
			defer pace.Stop()
			for round := 0; ctx.Err() == nil; round++ {
				t.order(token, fmt.Sprintf("%d-%d", n, round))
				select {
				case <-ctx.Done():
				case <-pace.C:
				}
			}
		})
	}
	s.t.Cleanup(cancel)
	return t
}

// order puts a dish into the cart, orders it and cancels the order.
func (t *trade) order(token, key string) {
	text, ok := t.ask(http.StatusOK, "PUT", "/api/v1/cart", token, fmt.Sprintf(`{"vendorId":%q,"items":[{"dishId":%q,"quantity":1}],"fulfilment":"pickup"}`, t.s.vendor, t.s.dish), "")
	var cart struct{ Quote struct{ ID string } }
	if !ok || json.Unmarshal(text, &cart) != nil {
		return
	}
	start := time.Now()
	text, ok = t.ask(http.StatusCreated, "POST", "/api/v1/orders", token, fmt.Sprintf(`{"quoteId":%q,"payment":{"method":"cod"}}`, cart.Quote.ID), key)
	var order struct{ ID string }
	if !ok || json.Unmarshal(text, &order) != nil {
		return
	}
	t.mu.Lock()
	t.orders++
	t.took = append(t.took, time.Since(start))
	t.mu.Unlock()
	t.ask(http.StatusOK, "POST", "/api/v1/orders/"+order.ID+"/cancel", token, `{"reason":"CHANGED_MIND"}`, key+"-c")
}

// ask sends a request, again where processes may die, and notes whether it was answered as wanted.
func (t *trade) ask(want int, method, path, token, body, key string) ([]byte, bool) {
	var headers []string
	if key != "" {
		headers = []string{"Idempotency-Key", key}
	}
	for deadline := time.Now().Add(patience); ; {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.s.t.Context()), patience)
		status, _, text, err := t.to.pick().send(ctx, method, path, token, body, headers...)
		cancel()
		waits := err != nil || status >= 500 || status == http.StatusConflict && codeOf(text) == "idempotency.running"
		if t.crash && waits && time.Now().Before(deadline) {
			time.Sleep(50 * time.Millisecond) // the balancer has to find out
			continue
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		t.sent++
		if t.crash && err == nil && codeOf(text) == "idempotency.answer_lost" {
			return nil, false // the process died between its commit and its answer: docs/adr/0012
		}
		if err != nil || status != want {
			t.failed = append(t.failed, fmt.Sprintf("%s %s: %d %v %.200s", method, path, status, err, text))
		}
		return text, err == nil && status == want
	}
}

// end lets everybody finish, and requires that nobody was refused.
func (t *trade) end() {
	t.s.t.Helper()
	t.stop()
	t.group.Wait()
	require.Empty(t.s.t, t.failed[:min(len(t.failed), 5)], "%d of %d requests failed", len(t.failed), t.sent)
	require.Positive(t.s.t, t.orders)
}

// placed is how many orders were made so far.
func (t *trade) placed() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.orders
}

// percentile of durations; they are sorted.
func percentile(all []time.Duration, p int) time.Duration {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[(len(all)-1)*p/100].Round(time.Millisecond)
}

// party are the customers of a trade.
func party(mint func(domain.Role, string) string, n int) []string {
	tokens := make([]string, n)
	for i := range tokens {
		tokens[i] = mint(domain.RoleCustomer, fmt.Sprintf("asha%d@example.com", i))
	}
	return tokens
}
