package stripe

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	stripe "github.com/stripe/stripe-go/v85"
	"pgregory.net/rapid"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/payment"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func sign(body []byte, at time.Time) http.Header {
	signature := stripe.ComputeSignature(at, body, webhookSecret)
	return http.Header{signatureHeader: {fmt.Sprintf("t=%d,v1=%x,v0=ab", at.Unix(), signature)}}
}

func told(kind string, of object) []byte {
	body, _ := json.Marshal(object{"id": "evt_1", "object": "event", "type": kind, "created": noon.Unix(), "api_version": "2024-01-01", "data": object{"object": of}})
	return body
}

func newGateway(t require.TestingT) *Gateway {
	g, err := New(Options{Key: "sk_test_secret", WebhookSecret: webhookSecret})
	require.NoError(t, err)
	return g
}

func TestWhatEventsTell(t *testing.T) {
	t.Parallel()
	refund := func(status string) object {
		return object{
			"id": "re_1", "object": "refund", "amount": 500, "currency": "inr", "status": status, "payment_intent": "pi_1",
			"metadata": object{metaOperation: somePayment.String()}, "failure_reason": "lost_or_stolen_card",
		}
	}
	dispute := object{"id": "dp_1", "object": "dispute", "amount": 24900, "currency": "inr", "payment_intent": "pi_1", "reason": "fraudulent"}
	for name, tc := range map[string]struct {
		kind string
		of   object
		want payment.Event
	}{
		"held":         {"payment_intent.amount_capturable_updated", intent("requires_capture", object{"amount_capturable": 24900}), payment.Event{Kind: payment.KindAuthorized, Amount: rupees(24_900)}},
		"taken":        {"payment_intent.succeeded", intent("succeeded", object{"amount_received": 100, "metadata": object{metaPayment: somePayment.String(), metaOperation: somePayment.String()}}), payment.Event{Kind: payment.KindCaptured, Amount: rupees(100), Operation: somePayment}},
		"declined":     {"payment_intent.payment_failed", intent("requires_payment_method", object{"last_payment_error": object{"code": "card_declined", "decline_code": "insufficient_funds"}}), payment.Event{Kind: payment.KindDeclined, Amount: rupees(24_900), Code: "insufficient_funds"}},
		"gone":         {"payment_intent.canceled", intent("canceled", nil), payment.Event{Kind: payment.KindVoided, Amount: rupees(24_900)}},
		"created":      {"payment_intent.created", intent("requires_payment_method", nil), payment.Event{Kind: payment.KindIgnored}},
		"back":         {"refund.created", refund("succeeded"), payment.Event{Kind: payment.KindRefunded, Amount: rupees(500), Operation: somePayment, Refund: "re_1"}},
		"charged back": {"charge.dispute.funds_withdrawn", dispute, payment.Event{Kind: payment.KindChargedBack, Amount: rupees(24_900), Refund: "dp_1", Code: "fraudulent"}},
		"won":          {"charge.dispute.funds_reinstated", dispute, payment.Event{Kind: payment.KindReinstated, Amount: rupees(24_900), Refund: "dp_1", Code: "fraudulent"}},
		"asked about":  {"charge.dispute.created", dispute, payment.Event{Kind: payment.KindIgnored}},
		"on its way": {
			"refund.created", refund("pending"), payment.Event{Kind: payment.KindIgnored},
		},
		"not back": {"refund.failed", refund("failed"), payment.Event{Kind: payment.KindRefundFailed, Amount: rupees(500), Operation: somePayment, Refund: "re_1", Code: "lost_or_stolen_card"}},
		"else":     {"customer.created", object{"id": "cus_1"}, payment.Event{Kind: payment.KindIgnored}},
	} {
		body := told(tc.kind, tc.of)
		got, err := newGateway(t).ParseWebhook(sign(body, noon), body, noon)
		require.NoError(t, err, name)
		tc.want.ID, tc.want.At = "evt_1", noon
		if tc.want.Kind != payment.KindIgnored {
			tc.want.Reference = "pi_1"
			if strings.HasPrefix(tc.kind, "payment_intent") {
				tc.want.PaymentID = somePayment
			}
		}
		require.Equal(t, tc.want, got, name)
	}
	for name, of := range map[string]object{
		"no currency": intent("succeeded", object{"currency": "xxx"}),
		"no name":     intent("succeeded", object{"id": ""}),
		"negative":    intent("succeeded", object{"amount_received": -1}),
		"wrong type":  intent("succeeded", object{"amount_received": "1"}),
	} {
		body := told("payment_intent.succeeded", of)
		_, err := newGateway(t).ParseWebhook(sign(body, noon), body, noon)
		require.ErrorIs(t, err, payment.ErrMalformed, name)
	}
}

func TestAgeAndSignature(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	rapid.Check(t, func(t *rapid.T) {
		body := told("payment_intent.canceled", intent("canceled", nil))
		age := rapid.OneOf(rapid.Int64Range(-310, 310), rapid.Int64Range(-1<<40, 1<<40), rapid.SampledFrom([]int64{-301, -300, 300, 301})).Draw(t, "age")
		header := sign(body, time.Unix(noon.Unix()-age, 0))
		_, err := g.ParseWebhook(header, body, noon)
		if age < -300 || age > 300 {
			require.ErrorIs(t, err, payment.ErrStale)
		} else {
			require.NoError(t, err)
		}
		at := rapid.IntRange(0, len(body)-1).Draw(t, "at")
		forged := append([]byte(nil), body...)
		forged[at] ^= byte(rapid.IntRange(1, 255).Draw(t, "bits"))
		_, err = g.ParseWebhook(header, forged, noon)
		require.ErrorIs(t, err, payment.ErrForged)
	})
}

// An old webhook does not become young by a second time in its header.
func TestOneTimeOnly(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	body := told("payment_intent.canceled", intent("canceled", nil))
	old := sign(body, noon.Add(-time.Hour))
	_, err := g.ParseWebhook(old, body, noon)
	require.ErrorIs(t, err, payment.ErrStale)
	old.Set(signatureHeader, fmt.Sprintf("t=%d,%s", noon.Unix(), old.Get(signatureHeader)))
	_, err = g.ParseWebhook(old, body, noon)
	require.ErrorIs(t, err, payment.ErrForged)
}

func FuzzParseWebhook(f *testing.F) {
	f.Add("", told("payment_intent.succeeded", intent("succeeded", nil)), true)
	f.Add("t=1,v1=00", told("refund.updated", object{"status": "succeeded", "payment_intent": object{"id": "x"}}), false)
	f.Add("", []byte(`{"object":"event","id":"x","type":"refund.failed","data":{"object":null}}`), true)
	f.Add("", []byte(`{"object":"event","id":"x","type":"payment_intent.","data":{"object":{"amount":1e400}}}`), true)
	g := newGateway(f)
	f.Fuzz(func(t *testing.T, header string, body []byte, signed bool) {
		h := http.Header{signatureHeader: {header}}
		if signed {
			h = sign(body, noon)
		}
		e, err := g.ParseWebhook(h, body, noon)
		if err != nil {
			require.Zero(t, e)
			return
		}
		require.True(t, signed)
		require.NotEmpty(t, e.ID)
		if e.Kind != payment.KindIgnored {
			require.NotEmpty(t, e.Reference)
			require.True(t, e.Amount.Currency.Known() && e.Amount.Amount >= 0 && e.Amount.Amount <= domain.MaxAmount)
		}
	})
}
