package stripe

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/payment"
)

const webhookSecret = "whsec_of_a_test"

// stub answers as Stripe does, in shapes of our own making, and remembers what it was asked.
type stub struct {
	mu      sync.Mutex
	answers []reply
	asked   []asked
}

type reply struct {
	status int
	body   any
}

type asked struct {
	call string // such as "POST /v1/refunds"
	form url.Values
	key  string
}

func (s *stub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	form, _ := url.ParseQuery(string(body))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, asked{r.Method + " " + r.URL.Path, form, r.Header.Get("Idempotency-Key")})
	next := reply{500, map[string]any{}}
	if len(s.answers) > 0 {
		next, s.answers = s.answers[0], s.answers[1:]
	}
	w.WriteHeader(next.status)
	_ = json.NewEncoder(w).Encode(next.body)
}

func setup(t *testing.T, answers ...reply) (*Gateway, *stub) {
	t.Helper()
	s := &stub{answers: answers}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	g, err := New(Options{Key: "sk_test_secret", WebhookSecret: webhookSecret, URL: server.URL})
	require.NoError(t, err)
	return g, s
}

type object = map[string]any

var somePayment = domain.MustParseID("01920000-0000-7000-8000-000000000001")

// intent is a PaymentIntent of 249.00 rupees.
func intent(status string, more object) object {
	o := object{
		"id": "pi_1", "object": "payment_intent", "amount": 24900, "amount_capturable": 0, "amount_received": 0, "currency": "inr",
		"status": status, "client_secret": "pi_1_secret_2", "metadata": object{metaPayment: somePayment.String()},
	}
	for k, v := range more {
		o[k] = v
	}
	return o
}

func failure(status int, kind, code, decline string) reply {
	return reply{status, object{"error": object{"type": kind, "code": code, "decline_code": decline, "message": "Mr Jones has no money"}}}
}

func rupees(amount int64) domain.Money { return domain.Money{Amount: amount, Currency: "INR"} }

func operation(amount int64) payment.Operation {
	return payment.Operation{ID: domain.ID(id.New()), Reference: "pi_1", Amount: rupees(amount)}
}

func TestBegin(t *testing.T) {
	t.Parallel()
	g, s := setup(t, reply{200, intent("requires_payment_method", nil)})
	i := payment.Intent{PaymentID: somePayment, OrderID: domain.ID(id.New()), Number: "ZX-1", Amount: rupees(24_900)}
	session, err := g.Begin(t.Context(), i)
	require.NoError(t, err)
	require.Equal(t, payment.Session{Reference: "pi_1", ClientSecret: "pi_1_secret_2"}, session)
	require.Equal(t, "POST /v1/payment_intents", s.asked[0].call)
	require.Equal(t, "begin-"+somePayment.String(), s.asked[0].key)
	for field, want := range map[string]string{
		"amount": "24900", "currency": "inr", "capture_method": "manual", "metadata[zoop_payment]": somePayment.String(),
	} {
		require.Equal(t, want, s.asked[0].form.Get(field), field)
	}
}

func TestHowThingsStand(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		intent object
		want   payment.Standing
	}{
		"new":      {intent("requires_payment_method", nil), payment.Standing{State: payment.Created}},
		"declined": {intent("requires_payment_method", object{"last_payment_error": object{"code": "card_declined", "decline_code": "stolen_card"}}), payment.Standing{State: payment.Created, Code: "stolen_card"}},
		"asked":    {intent("requires_action", nil), payment.Standing{State: payment.Created}},
		"held":     {intent("requires_capture", object{"amount_capturable": 24900}), payment.Standing{State: payment.Authorized, Authorized: rupees(24_900)}},
		"gone":     {intent("canceled", nil), payment.Standing{State: payment.Voided}},
		"taken":    {intent("succeeded", object{"amount_received": 20000}), payment.Standing{State: payment.Captured, Authorized: rupees(24_900), Captured: rupees(20_000)}},
		"part back": {
			intent("succeeded", object{"amount_received": 20000, "latest_charge": object{"id": "ch_1", "amount_refunded": 5}}),
			payment.Standing{State: payment.PartiallyRefunded, Authorized: rupees(24_900), Captured: rupees(20_000), Refunded: rupees(5)},
		},
		"all back": {
			intent("succeeded", object{"amount_received": 20000, "latest_charge": object{"id": "ch_1", "amount_refunded": 20000}}),
			payment.Standing{State: payment.Refunded, Authorized: rupees(24_900), Captured: rupees(20_000), Refunded: rupees(20_000)},
		},
	} {
		g, _ := setup(t, reply{200, tc.intent})
		got, err := g.Status(t.Context(), "pi_1")
		require.NoError(t, err, name)
		tc.want.Reference, tc.want.PaymentID = "pi_1", somePayment
		for _, m := range []*domain.Money{&tc.want.Authorized, &tc.want.Captured, &tc.want.Refunded} {
			m.Currency = "INR"
		}
		require.Equal(t, tc.want, got, name)
	}
}

func TestCaptureAndVoid(t *testing.T) {
	t.Parallel()
	taken := intent("succeeded", object{"amount_received": 20000})
	unexpected := failure(400, "invalid_request_error", "payment_intent_unexpected_state", "")
	for name, tc := range map[string]struct {
		answers []reply
		void    bool
		want    payment.Progress
		code    string
		final   bool
	}{
		"done":            {answers: []reply{{200, taken}}, want: payment.Done},
		"later":           {answers: []reply{{200, intent("processing", nil)}}, want: payment.Pending},
		"done long ago":   {answers: []reply{unexpected, {200, taken}}, want: payment.Done},
		"of another sum":  {answers: []reply{unexpected, {200, intent("succeeded", object{"amount_received": 19999})}}, code: "payment_intent_unexpected_state", final: true},
		"voided before":   {answers: []reply{unexpected, {200, intent("canceled", nil)}}, code: "payment_intent_unexpected_state", final: true},
		"declined":        {answers: []reply{failure(402, "card_error", "card_declined", "expired_card")}, code: "expired_card", final: true},
		"two at once":     {answers: []reply{failure(409, "idempotency_error", "idempotency_key_in_use", "")}, code: "idempotency_key_in_use"},
		"key reused":      {answers: []reply{failure(400, "idempotency_error", "", "")}, code: "key_reused", final: true},
		"too often":       {answers: []reply{failure(429, "invalid_request_error", "rate_limit", "")}, code: "rate_limit"},
		"wrong key":       {answers: []reply{failure(401, "invalid_request_error", "", "")}, code: "unknown"},
		"stripe is ill":   {answers: []reply{failure(500, "api_error", "", "")}, code: "unknown"},
		"voided":          {answers: []reply{{200, intent("canceled", nil)}}, void: true, want: payment.Done},
		"voided long ago": {answers: []reply{unexpected, {200, intent("canceled", nil)}}, void: true, want: payment.Done},
		"void too late":   {answers: []reply{unexpected, {200, taken}}, void: true, code: "payment_intent_unexpected_state", final: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, s := setup(t, tc.answers...)
			do, verb := g.Capture, "capture"
			if tc.void {
				do, verb = g.Void, "void"
			}
			o := operation(20_000)
			got, err := do(t.Context(), o)
			require.Equal(t, verb+"-"+o.ID.String(), s.asked[0].key)
			if tc.code == "" {
				require.NoError(t, err)
				require.Equal(t, tc.want, got)
				return
			}
			require.Equal(t, tc.code, payment.CodeOf(err))
			require.Equal(t, tc.final, payment.Final(err))
			require.NotContains(t, err.Error(), "Jones")
			require.NotContains(t, err.Error(), "sk_test")
		})
	}
}

func TestRefunds(t *testing.T) {
	t.Parallel()
	o := operation(500)
	refund := func(op domain.ID, status string) object {
		return object{"id": "re_1", "object": "refund", "amount": 500, "currency": "inr", "status": status, "metadata": object{metaOperation: op.String()}, "failure_reason": "expired_or_canceled_card"}
	}
	list := func(refunds ...object) reply {
		return reply{200, object{"object": "list", "data": refunds, "has_more": true}}
	}
	g, s := setup(t, list(refund(somePayment, "succeeded")), reply{200, refund(o.ID, "pending")}, list(refund(o.ID, "succeeded")), list(refund(o.ID, "failed")))
	got, err := g.Refund(t.Context(), o)
	require.NoError(t, err)
	require.Equal(t, payment.Pending, got)
	require.Equal(t, "refund-"+o.ID.String(), s.asked[1].key)
	require.Equal(t, "500", s.asked[1].form.Get("amount"))
	got, err = g.Refund(t.Context(), o)
	require.NoError(t, err)
	require.Equal(t, payment.Done, got)
	_, err = g.Refund(t.Context(), o)
	require.Equal(t, "expired_or_canceled_card", payment.CodeOf(err))
	require.True(t, payment.Final(err))
	calls := make([]string, 0, len(s.asked))
	for _, a := range s.asked {
		calls = append(calls, a.call)
	}
	require.Equal(t, []string{"GET /v1/refunds", "POST /v1/refunds", "GET /v1/refunds", "GET /v1/refunds"}, calls, "what is there is not asked for again")
}

func TestAmounts(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		amount domain.Money
		ok     bool
	}{
		{domain.Money{Amount: 24_900, Currency: "INR"}, true},
		{domain.Money{Amount: 500, Currency: "JPY"}, true}, // yen, not sen
		{domain.Money{Amount: 1_250, Currency: "KWD"}, true},
		{domain.Money{Amount: 1_255, Currency: "KWD"}, false}, // Stripe knows no single fils
		{domain.Money{Amount: 0, Currency: "INR"}, false},
		{domain.Money{Amount: -1, Currency: "INR"}, false},
		{domain.Money{Amount: domain.MaxAmount + 1, Currency: "INR"}, false},
		{domain.Money{Amount: 500, Currency: "UGX"}, false}, // not traded in
	} {
		got, ok := toStripe(tc.amount)
		require.Equal(t, tc.ok, ok, tc.amount)
		if ok {
			require.Equal(t, tc.amount.Amount, got)
			back, ok := fromStripe(got, string(tc.amount.Currency))
			require.True(t, ok)
			require.Equal(t, tc.amount, back)
		}
	}
	for _, c := range slices.Concat(zeroDecimal, threeDecimal) {
		require.True(t, !c.Known() || digits(c) == c.MinorDigits(), "%s: Stripe counts otherwise than ISO 4217", c)
	}
}

func TestSettingsNeverShowKeys(t *testing.T) {
	t.Parallel()
	for _, o := range []Options{{Key: "pk_live_public", WebhookSecret: webhookSecret}, {Key: "sk_live_secret", WebhookSecret: "sk_live_secret"}, {}} {
		_, err := New(o)
		require.Equal(t, domain.Invalid, domain.KindOf(err))
		require.NotContains(t, fmt.Sprint(err), "live")
	}
}
