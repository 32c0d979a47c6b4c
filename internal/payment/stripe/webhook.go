package stripe

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	stripe "github.com/stripe/stripe-go/v85"

	"github.com/zoop-dev/zoop/internal/payment"
)

// signatureHeader carries the time and the signature: "t=1495999758,v1=…".
const signatureHeader = "Stripe-Signature"

// ParseWebhook implements payment.Gateway. The events that matter are payment_intent.amount_capturable_updated, .succeeded,
// .payment_failed and .canceled, refund.created, .updated and .failed, charge.dispute.funds_withdrawn and .funds_reinstated; all
// others are ignored.
func (g *Gateway) ParseWebhook(header http.Header, body []byte, now time.Time) (payment.Event, error) {
	signature := header.Get(signatureHeader)
	if len(body) > payment.MaxBody || stripe.ValidatePayload(body, signature, g.secret, stripe.WithIgnoreTolerance()) != nil {
		return payment.Event{}, payment.ErrForged
	}
	// The library compares the signed time with the machine's clock, and only with one end of the bound.
	seconds, ok := signedAt(signature)
	if !ok {
		return payment.Event{}, payment.ErrForged
	}
	if !payment.Fresh(seconds, now) {
		return payment.Event{}, payment.ErrStale
	}
	var e stripe.Event
	if err := json.Unmarshal(body, &e); err != nil || e.Object != "event" || e.ID == "" || len(e.ID) > payment.MaxEventID || e.Data == nil {
		return payment.Event{}, payment.ErrMalformed
	}
	out := payment.Event{ID: e.ID, Kind: payment.KindIgnored, At: time.Unix(e.Created, 0).UTC()}
	var err error
	switch {
	case strings.HasPrefix(string(e.Type), "payment_intent."):
		err = readIntent(&out, e)
	case strings.HasPrefix(string(e.Type), "refund."):
		err = readRefund(&out, e)
	case e.Type == stripe.EventTypeChargeDisputeFundsWithdrawn:
		err = readDispute(&out, e, payment.KindChargedBack)
	case e.Type == stripe.EventTypeChargeDisputeFundsReinstated:
		err = readDispute(&out, e, payment.KindReinstated)
	}
	if err != nil {
		return payment.Event{}, err
	}
	return out, nil
}

// signedAt reads the time of a header that the library has accepted. The library would take the last of several times: with
// two of them, an old webhook could be shown as a fresh one.
func signedAt(header string) (int64, bool) {
	found, seconds := false, int64(0)
	for pair := range strings.SplitSeq(header, ",") {
		text, ok := strings.CutPrefix(pair, "t=")
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || found {
			return 0, false
		}
		found, seconds = true, n
	}
	return seconds, found
}

func readIntent(out *payment.Event, e stripe.Event) error {
	var p stripe.PaymentIntent
	if err := json.Unmarshal(e.Data.Raw, &p); err != nil {
		return payment.ErrMalformed
	}
	amount := p.Amount
	switch e.Type {
	case stripe.EventTypePaymentIntentAmountCapturableUpdated:
		out.Kind, amount = payment.KindAuthorized, p.AmountCapturable
	case stripe.EventTypePaymentIntentSucceeded:
		out.Kind, amount, out.Operation = payment.KindCaptured, p.AmountReceived, idOf(p.Metadata[metaOperation])
	case stripe.EventTypePaymentIntentPaymentFailed:
		out.Kind = payment.KindDeclined
	case stripe.EventTypePaymentIntentCanceled:
		out.Kind = payment.KindVoided
	default:
		return nil
	}
	if p.LastPaymentError != nil && out.Kind == payment.KindDeclined {
		out.Code = codeOf(p.LastPaymentError)
	}
	out.Reference, out.PaymentID = p.ID, idOf(p.Metadata[metaPayment])
	return settle(out, amount, string(p.Currency))
}

func readRefund(out *payment.Event, e stripe.Event) error {
	var r stripe.Refund
	if err := json.Unmarshal(e.Data.Raw, &r); err != nil {
		return payment.ErrMalformed
	}
	switch r.Status {
	case stripe.RefundStatusSucceeded:
		out.Kind = payment.KindRefunded
	case stripe.RefundStatusFailed, stripe.RefundStatusCanceled:
		out.Kind, out.Code = payment.KindRefundFailed, payment.Code(string(r.FailureReason))
	default:
		return nil
	}
	out.Operation, out.Refund = idOf(r.Metadata[metaOperation]), r.ID
	if r.PaymentIntent != nil {
		out.Reference = r.PaymentIntent.ID
	}
	return settle(out, r.Amount, string(r.Currency))
}

// readDispute reads what a customer's bank has done with our money.
func readDispute(out *payment.Event, e stripe.Event, kind payment.Kind) error {
	var d stripe.Dispute
	if err := json.Unmarshal(e.Data.Raw, &d); err != nil || d.ID == "" {
		return payment.ErrMalformed
	}
	out.Kind, out.Refund, out.Code = kind, d.ID, payment.Code(string(d.Reason))
	if d.PaymentIntent != nil {
		out.Reference = d.PaymentIntent.ID
	}
	return settle(out, d.Amount, string(d.Currency))
}

// settle adds the amount, and refuses an event about nothing we can name.
func settle(out *payment.Event, amount int64, currency string) error {
	var ok bool
	out.Amount, ok = fromStripe(amount, strings.ToUpper(currency))
	if !ok || out.Reference == "" || len(out.Reference) > payment.MaxEventID || len(out.Refund) > payment.MaxEventID {
		return payment.ErrMalformed
	}
	return nil
}
