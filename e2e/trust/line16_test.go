package trust

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestLine16TenLeft has two hundred customers order at once what there are ten of: uses of a coupon, and portions of a dish. Ten
// get it, and a cancelled order gives one back, once.
func TestLine16TenLeft(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	at := []*instance{s.serve(), s.serve()}
	tokens := s.claimants(200)
	s.exec(`INSERT INTO promotions (id, code, label, benefit, share, use_limit) VALUES ($1, 'TEN', 'Tenth off', 'percent', 1000, 10)`, newID())
	for range times(50, 3) {
		s.exec(`UPDATE promotions SET used = 0`)
		s.exec(`DELETE FROM promotion_redemptions`)
		got, refused := s.claim(at, tokens, `,"couponCode":"TEN"`)
		require.Len(t, got, 10)
		require.Equal(t, map[string]int{"409 price_changed": 190}, refused)
		require.Equal(t, 10, s.count(`SELECT used FROM promotions`))
		require.Equal(t, 10, s.count(`SELECT count(*) FROM promotion_redemptions`))
		s.cancelTwice(at, got)
		require.Equal(t, 9, s.count(`SELECT used FROM promotions`))
		require.Equal(t, 9, s.count(`SELECT count(*) FROM promotion_redemptions WHERE given_back_at IS NULL`))

		s.exec(`UPDATE dishes SET stock = 10`)
		got, refused = s.claim(at, tokens, "")
		require.Len(t, got, 10)
		require.Equal(t, 190, refused["409 cart_problems"]+refused["409 not_enough_stock"], "%v", refused)
		require.Zero(t, s.count(`SELECT stock FROM dishes`))
		s.cancelTwice(at, got)
		require.Equal(t, 1, s.count(`SELECT stock FROM dishes`))
		s.exec(`UPDATE dishes SET stock = NULL`)
	}
}

// claimants are so many customers' tokens; it makes the accounts in one statement's time each.
func (s *shop) claimants(n int) []string {
	s.t.Helper()
	tokens := make([]string, n)
	var wg sync.WaitGroup
	turn := make(chan struct{}, 8)
	for i := range tokens {
		wg.Go(func() {
			turn <- struct{}{}
			defer func() { <-turn }()
			tokens[i] = s.token("customer", fmt.Sprintf("c%d@example.com", i))
		})
	}
	wg.Wait()
	return tokens
}

// got is an order and whose token it was made with.
type got struct{ order, token string }

// claim fills a cart for each, with something more in it, then orders all of them at the same moment.
func (s *shop) claim(at []*instance, tokens []string, more string) (made []got, refused map[string]int) {
	s.t.Helper()
	bodies, turn := make([]string, len(tokens)), make(chan struct{}, 16)
	var wg sync.WaitGroup
	for n, token := range tokens {
		wg.Go(func() {
			turn <- struct{}{}
			defer func() { <-turn }()
			_, _, text, err := at[n%len(at)].send(s.t.Context(), "PUT", "/api/v1/cart", token,
				fmt.Sprintf(`{"vendorId":%q,"items":[{"dishId":%q,"quantity":1}],"fulfilment":"pickup"%s}`, s.vendor, s.dish, more))
			var cart struct{ Quote struct{ ID string } }
			if err == nil && json.Unmarshal(text, &cart) == nil {
				bodies[n] = fmt.Sprintf(`{"quoteId":%q,"payment":{"method":"cod"}}`, cart.Quote.ID)
			}
		})
	}
	wg.Wait()
	require.NotContains(s.t, bodies, "")
	refused = map[string]int{}
	var mu sync.Mutex
	for n, token := range tokens {
		wg.Go(func() {
			status, _, text, err := at[n%len(at)].send(s.t.Context(), "POST", "/api/v1/orders", token, bodies[n], "Idempotency-Key", "k"+newID())
			var order struct{ ID string }
			mu.Lock()
			defer mu.Unlock()
			if err == nil && status == 201 && json.Unmarshal(text, &order) == nil {
				made = append(made, got{order.ID, token})
				return
			}
			refused[fmt.Sprintf("%d %s", status, codeOf(text))]++
		})
	}
	wg.Wait()
	return made, refused
}

// cancelTwice cancels the first of some orders from ten sides at once: one of them does it.
func (s *shop) cancelTwice(at []*instance, made []got) {
	s.t.Helper()
	var wg sync.WaitGroup
	var mu sync.Mutex
	done := 0
	for n := range 10 {
		wg.Go(func() {
			status, _, _, err := at[n%len(at)].send(s.t.Context(), "POST", "/api/v1/orders/"+made[0].order+"/cancel", made[0].token,
				`{"reason":"CHANGED_MIND"}`)
			mu.Lock()
			defer mu.Unlock()
			if err == nil && status == 200 {
				done++
			}
		})
	}
	wg.Wait()
	require.Equal(s.t, 1, done)
}
