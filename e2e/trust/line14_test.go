package trust

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// till is a shop whose owner changes the price of its dish while customers order it.
type till struct {
	*shop
	owner string
}

func newTill(t *testing.T) *till {
	t.Helper()
	const owner = "owner@example.com"
	s := &till{shop: newShop(t)}
	s.owner = s.token("vendor", owner)
	s.exec(`INSERT INTO vendor_members (vendor_id, user_id, role) SELECT $1, id, 'owner' FROM users WHERE email = $2`, s.vendor, owner)
	return s
}

// price sets the dish's price.
func (s *till) price(at *instance, amount int64) {
	status, _, text := at.do("PATCH", "/api/v1/dishes/"+s.dish, s.owner, fmt.Sprintf(`{"price":{"amount":%d,"currency":"INR"}}`, amount))
	if status != 200 {
		s.t.Errorf("set price: %d %s", status, text)
	}
}

type money struct {
	Amount   int64
	Currency string
}

type quoted struct {
	ID    string
	Total money
}

// basket puts the dish into a customer's cart, and gives the quote.
func (s *till) basket(at *instance, token string) quoted {
	s.t.Helper()
	status, _, text := at.do("PUT", "/api/v1/cart", token,
		fmt.Sprintf(`{"vendorId":%q,"items":[{"dishId":%q,"quantity":2}],"fulfilment":"pickup"}`, s.vendor, s.dish))
	require.Equal(s.t, 200, status, "%s", text)
	var cart struct{ Quote quoted }
	require.NoError(s.t, json.Unmarshal(text, &cart))
	return cart.Quote
}

// refusal is a 409 with the cart as it stands.
type refusal struct {
	Code    string
	Details struct {
		Cart struct {
			Quote    quoted
			Problems []struct {
				Code     string
				Blocks   bool
				Was, Now money
			}
		}
	}
}

// requireCharged says that an order was made for this total, and that every record of it says so.
func (s *till) requireCharged(text []byte, total money) {
	s.t.Helper()
	var o struct {
		ID    string
		Quote quoted
	}
	require.NoError(s.t, json.Unmarshal(text, &o))
	require.Equal(s.t, total, o.Quote.Total, "what is charged is what was confirmed")
	require.Equal(s.t, 1, s.count(`SELECT count(*) FROM orders o JOIN payments p ON p.order_id = o.id
		WHERE o.id = $1 AND o.total = $2 AND p.amount = $2
		  AND (SELECT sum(amount) FROM quote_lines WHERE order_id = o.id) = $2
		  AND (SELECT sum(unit_price * quantity) FROM order_items WHERE order_id = o.id) = $2`, o.ID, total.Amount))
}

// TestLine14WhatIsConfirmedIsCharged changes a dish's price while a customer orders it, by one process and the other: the order
// is made at the price that the customer confirmed, or refused with the new quote, which then is what it costs. Of four
// rounds one changes the price before the order, one after it, and two at the same moment.
func TestLine14WhatIsConfirmedIsCharged(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	shop, kitchen := s.serve(), s.serve()
	asha := s.token("customer", "asha@example.com")
	next := int64(24900)
	for round := range times(200, 16) {
		confirmed := s.basket(shop, asha)
		require.Equal(t, 2*next, confirmed.Total.Amount)
		if next = 20000 + rand.Int64N(20000); 2*next == confirmed.Total.Amount {
			next++
		}
		body := fmt.Sprintf(`{"quoteId":%q,"payment":{"method":"cod"}}`, confirmed.ID)
		if round%3 == 0 {
			body = fmt.Sprintf(`{"expectedTotal":{"amount":%d,"currency":"INR"},"payment":{"method":"cod"}}`, confirmed.Total.Amount)
		}
		before, after := round%4 == 0, round%4 == 1
		var racing sync.WaitGroup
		switch {
		case before:
			s.price(kitchen, next)
		case !after:
			racing.Go(func() { s.price(kitchen, next) })
		}
		status, _, text := shop.do("POST", "/api/v1/orders", asha, body, "Idempotency-Key", fmt.Sprint("first-", round))
		racing.Wait()
		if after {
			s.price(kitchen, next)
		}
		if status == 201 {
			require.False(t, before, "the price had changed: %s", text)
			s.requireCharged(text, confirmed.Total)
			continue
		}
		require.Equal(t, 409, status, "%s", text)
		require.False(t, after, "the price had not changed yet: %s", text)
		var r refusal
		require.NoError(t, json.Unmarshal(text, &r))
		require.Equal(t, "price_changed", r.Code)
		cart := r.Details.Cart
		require.Equal(t, 2*next, cart.Quote.Total.Amount, "the new quote")
		require.NotEqual(t, confirmed.ID, cart.Quote.ID)
		require.Len(t, cart.Problems, 1)
		require.False(t, cart.Problems[0].Blocks)
		require.Equal(t, confirmed.Total.Amount, 2*cart.Problems[0].Was.Amount)
		require.Equal(t, next, cart.Problems[0].Now.Amount)
		status, _, text = shop.do("POST", "/api/v1/orders", asha, fmt.Sprintf(`{"quoteId":%q,"payment":{"method":"cod"}}`, cart.Quote.ID),
			"Idempotency-Key", fmt.Sprint("second-", round))
		require.Equal(t, 201, status, "%s", text)
		s.requireCharged(text, cart.Quote.Total)
	}
	require.Equal(t, times(200, 16), s.count(`SELECT count(*) FROM orders`), "each round ends with one order")
}
