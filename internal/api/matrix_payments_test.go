package api_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/payment/sandbox"
)

const sandboxSecret = "a secret of a test, long enough for it"

// newSandbox starts a gateway that tells nothing, and gives its URL.
func newSandbox(t *testing.T) string {
	t.Helper()
	front := httptest.NewUnstartedServer(nil)
	s, err := sandbox.New(sandbox.Options{Secret: sandboxSecret, PublicURL: "http://" + front.Listener.Addr().String()})
	require.NoError(t, err)
	front.Config.Handler = s
	front.Start()
	t.Cleanup(front.Close)
	return front.URL
}

func init() {
	maps.Copy(fixtures, map[string]fixture{
		"GET /api/v1/me/wallet": {},
		"POST /api/v1/orders/{id}/payments": {make: func(w *world) target {
			orderID := w.order("pending_payment")
			w.exec(`UPDATE payments SET method = 'card', provider = 'sandbox' WHERE order_id = $1`, orderID)
			return about("/api/v1/orders/%s/payments", orderID, "")
		}},
		"GET /api/v1/orders/{id}/refunds": {make: func(w *world) target { return about("/api/v1/orders/%s/refunds?limit=1", w.order("delivered"), "") }},
		"GET /api/v1/orders/{id}/ledger":  {make: func(w *world) target { return about("/api/v1/orders/%s/ledger?limit=1", w.order("delivered"), "") }},
		// Support without a limit may give nothing back.
		"POST /api/v1/orders/{id}/refunds": {make: func(w *world) target {
			orderID := w.order("delivered")
			w.exec(`UPDATE orders SET ended_at = now() WHERE id = $1`, orderID)
			w.exec(`UPDATE payments SET state = 'captured', captured = amount WHERE order_id = $1`, orderID)
			return keyed(about("/api/v1/orders/%s/refunds", orderID, `{"reason":"GOODWILL","to":"wallet","amount":{"amount":100,"currency":"INR"}}`))
		}, wants: []int{201, 403}},
		"POST /api/v1/orders/{id}/refund-quote": {make: func(w *world) target {
			orderID := w.order("delivered")
			w.exec(`UPDATE orders SET ended_at = now() WHERE id = $1`, orderID)
			w.exec(`UPDATE payments SET state = 'captured', captured = amount WHERE order_id = $1`, orderID)
			return about("/api/v1/orders/%s/refund-quote", orderID, `{"reason":"GOODWILL","to":"wallet","amount":{"amount":100,"currency":"INR"}}`)
		}, wants: []int{200, 403}},
		"POST /api/v1/admin/users/{id}/credits": {make: func(w *world) target {
			return keyed(about("/api/v1/admin/users/%s/credits", w.user("customer", "active"), `{"amount":{"amount":100,"currency":"INR"},"reason":"sorry"}`))
		}, wants: []int{201, 403}},
		"POST /api/v1/psp/{provider}/webhook": {make: func(*world) target {
			return target{path: "/api/v1/psp/sandbox/webhook", body: `{"id":"evt_1","type":"captured"}`}
		}, wants: []int{401}},
	})
}

// keyed gives a request a key of its own.
func keyed(x target) target {
	x.headers = append(x.headers, "Idempotency-Key", domain.ID(id.New()).String())
	return x
}

func TestWebhooksAreBoundedAndNamed(t *testing.T) {
	w := newWorld(t)
	for name, tc := range map[string]struct {
		path string
		size int
		want int
	}{
		"unsigned":    {"sandbox", 100, http.StatusUnauthorized},
		"nobody":      {"acme", 100, http.StatusNotFound},
		"not set up":  {"stripe", 100, http.StatusNotFound},
		"much":        {"sandbox", 256 << 10, http.StatusUnauthorized},
		"far too big": {"sandbox", 256<<10 + 1, http.StatusRequestEntityTooLarge},
	} {
		status, problem := w.call(t, http.MethodPost, target{path: "/api/v1/psp/" + tc.path + "/webhook", body: string(make([]byte, tc.size))}, w.who("nobody"))
		require.Equal(t, tc.want, status, "%s: %v", name, problem)
	}
}
