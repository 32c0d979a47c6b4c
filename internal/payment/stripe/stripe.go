// Package stripe is the gateway of https://stripe.com: PaymentIntents that are authorised by the customer and captured by us.
package stripe

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	stripe "github.com/stripe/stripe-go/v85"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/payment"
)

// Name is the gateway's in routes and tables.
const Name = "stripe"

// What we write on intents and refunds, and read from events.
const (
	metaPayment   = "zoop_payment"
	metaOrder     = "zoop_order"
	metaOperation = "zoop_operation"
)

// Options are the settings of a gateway.
type Options struct {
	Key           string        // secret or restricted API key: sk_… or rk_…
	WebhookSecret string        // of the webhook endpoint: whsec_…
	URL           string        // of the API; "": Stripe's own
	Timeout       time.Duration // of a call; 0: payment.CallTimeout
}

// Gateway implements payment.Gateway.
type Gateway struct {
	api    *stripe.Client
	secret string
}

// New makes the gateway; it does not connect. It returns Invalid, which never shows a key.
func New(o Options) (*Gateway, error) {
	if !strings.HasPrefix(o.Key, "sk_") && !strings.HasPrefix(o.Key, "rk_") {
		return nil, domain.Invalidf("stripe_key", "format", "must be a secret or restricted key: sk_… or rk_…")
	}
	if !strings.HasPrefix(o.WebhookSecret, "whsec_") {
		return nil, domain.Invalidf("stripe_webhook_secret", "format", "must be the signing secret of a webhook endpoint: whsec_…")
	}
	config := &stripe.BackendConfig{
		HTTPClient:        payment.HTTPClient(o.Timeout),
		EnableTelemetry:   stripe.Bool(false),
		LeveledLogger:     &stripe.LeveledLogger{Level: stripe.LevelNull}, // it would log what Stripe says in words
		MaxNetworkRetries: stripe.Int64(0),                                // who calls tries again, later
	}
	if o.URL != "" {
		if u, err := url.Parse(o.URL); err != nil || u.Host == "" {
			return nil, domain.Invalidf("stripe_url", "format", "must be a URL")
		}
		config.URL = stripe.String(o.URL)
	}
	return &Gateway{stripe.NewClient(o.Key, stripe.WithBackends(stripe.NewBackendsWithConfig(config))), o.WebhookSecret}, nil
}

// Name implements payment.Gateway.
func (g *Gateway) Name() string { return Name }

// Takes implements payment.Gateway.
func (g *Gateway) Takes(m domain.Money) bool {
	_, ok := toStripe(m)
	return ok
}

// Begin implements payment.Gateway.
func (g *Gateway) Begin(ctx context.Context, i payment.Intent) (payment.Session, error) {
	ctx, cancel := context.WithTimeout(ctx, payment.CallTimeout)
	defer cancel()
	amount, ok := toStripe(i.Amount)
	if !ok {
		return payment.Session{}, &payment.Error{Gateway: Name, Step: "begin", Verdict: payment.Refused, Code: "amount_unsupported"}
	}
	params := &stripe.PaymentIntentCreateParams{
		Amount:        stripe.Int64(amount),
		Currency:      stripe.String(strings.ToLower(string(i.Amount.Currency))),
		CaptureMethod: stripe.String(string(stripe.PaymentIntentCaptureMethodManual)),
		AutomaticPaymentMethods: &stripe.PaymentIntentCreateAutomaticPaymentMethodsParams{
			Enabled: stripe.Bool(true),
		},
		Description: stripe.String("Order " + i.Number),
		Metadata:    map[string]string{metaPayment: i.PaymentID.String(), metaOrder: i.OrderID.String()},
	}
	params.SetIdempotencyKey("begin-" + i.PaymentID.String())
	got, err := g.api.V1PaymentIntents.Create(ctx, params)
	if err != nil {
		return payment.Session{}, explain("begin", err)
	}
	return payment.Session{Reference: got.ID, ClientSecret: got.ClientSecret}, nil
}

// Status implements payment.Gateway.
func (g *Gateway) Status(ctx context.Context, reference string) (payment.Standing, error) {
	ctx, cancel := context.WithTimeout(ctx, payment.CallTimeout)
	defer cancel()
	got, err := g.fetch(ctx, reference)
	if err != nil {
		return payment.Standing{}, explain("status", err)
	}
	s, ok := standing(got)
	if !ok {
		return payment.Standing{}, &payment.Error{Gateway: Name, Step: "status", Verdict: payment.Refused, Code: "amount_unsupported"}
	}
	return s, nil
}

func (g *Gateway) fetch(ctx context.Context, reference string) (*stripe.PaymentIntent, error) {
	params := &stripe.PaymentIntentRetrieveParams{}
	params.AddExpand("latest_charge") // which knows what was refunded
	return g.api.V1PaymentIntents.Retrieve(ctx, reference, params)
}

// Capture implements payment.Gateway.
func (g *Gateway) Capture(ctx context.Context, o payment.Operation) (payment.Progress, error) {
	ctx, cancel := context.WithTimeout(ctx, payment.CallTimeout)
	defer cancel()
	amount, ok := toStripe(o.Amount)
	if !ok {
		return "", &payment.Error{Gateway: Name, Step: "capture", Verdict: payment.Refused, Code: "amount_unsupported"}
	}
	params := &stripe.PaymentIntentCaptureParams{AmountToCapture: stripe.Int64(amount)}
	params.AddMetadata(metaOperation, o.ID.String())
	params.SetIdempotencyKey("capture-" + o.ID.String())
	got, err := g.api.V1PaymentIntents.Capture(ctx, o.Reference, params)
	return g.became(ctx, "capture", o, got, err, func(p *stripe.PaymentIntent) bool {
		return p.Status == stripe.PaymentIntentStatusSucceeded && p.AmountReceived == amount
	})
}

// Void implements payment.Gateway.
func (g *Gateway) Void(ctx context.Context, o payment.Operation) (payment.Progress, error) {
	ctx, cancel := context.WithTimeout(ctx, payment.CallTimeout)
	defer cancel()
	params := &stripe.PaymentIntentCancelParams{}
	params.SetIdempotencyKey("void-" + o.ID.String())
	got, err := g.api.V1PaymentIntents.Cancel(ctx, o.Reference, params)
	return g.became(ctx, "void", o, got, err, func(p *stripe.PaymentIntent) bool { return p.Status == stripe.PaymentIntentStatusCanceled })
}

// became judges the answer to a capture or void. Stripe forgets keys after a day, and then refuses the second time as being out
// of turn: if the intent is by then what was asked for, it was the first time that did it.
func (g *Gateway) became(ctx context.Context, step string, o payment.Operation, got *stripe.PaymentIntent, err error, reached func(*stripe.PaymentIntent) bool) (payment.Progress, error) {
	var e *stripe.Error
	if errors.As(err, &e) && (e.Code == stripe.ErrorCodePaymentIntentUnexpectedState || e.Code == stripe.ErrorCodeChargeAlreadyCaptured) {
		now, fetchErr := g.fetch(ctx, o.Reference)
		if fetchErr != nil {
			return "", explain(step, fetchErr)
		}
		if reached(now) {
			return payment.Done, nil
		}
	}
	switch {
	case err != nil:
		return "", explain(step, err)
	case reached(got):
		return payment.Done, nil
	}
	return payment.Pending, nil
}

// Refund implements payment.Gateway. It looks first whether the refund is there, because Stripe forgets keys after a day and
// answers to a key that it knows as it did the first time.
func (g *Gateway) Refund(ctx context.Context, o payment.Operation) (payment.Progress, error) {
	ctx, cancel := context.WithTimeout(ctx, payment.CallTimeout)
	defer cancel()
	amount, ok := toStripe(o.Amount)
	if !ok {
		return "", &payment.Error{Gateway: Name, Step: "refund", Verdict: payment.Refused, Code: "amount_unsupported"}
	}
	refund, err := g.findRefund(ctx, o)
	if err == nil && refund == nil {
		params := &stripe.RefundCreateParams{PaymentIntent: stripe.String(o.Reference), Amount: stripe.Int64(amount)}
		params.AddMetadata(metaOperation, o.ID.String())
		params.SetIdempotencyKey("refund-" + o.ID.String())
		refund, err = g.api.V1Refunds.Create(ctx, params)
	}
	if err != nil {
		return "", explain("refund", err)
	}
	switch refund.Status {
	case stripe.RefundStatusSucceeded:
		return payment.Done, nil
	case stripe.RefundStatusFailed, stripe.RefundStatusCanceled:
		return "", &payment.Error{Gateway: Name, Step: "refund", Verdict: payment.Declined, Code: payment.Code(string(refund.FailureReason))}
	}
	return payment.Pending, nil
}

// findRefund gives the refund that an operation made, nil when there is none. A payment has at most a hundred of them.
func (g *Gateway) findRefund(ctx context.Context, o payment.Operation) (*stripe.Refund, error) {
	params := &stripe.RefundListParams{PaymentIntent: stripe.String(o.Reference)}
	params.Limit = stripe.Int64(100)
	params.Single = true
	for refund, err := range g.api.V1Refunds.List(ctx, params).All(ctx) {
		if err != nil {
			return nil, err
		}
		if refund.Metadata[metaOperation] == o.ID.String() {
			return refund, nil
		}
	}
	return nil, nil //nolint:nilnil // none is an answer
}

// standing puts an intent in the words of all gateways; false for amounts that we have none for.
func standing(p *stripe.PaymentIntent) (payment.Standing, bool) {
	currency := strings.ToUpper(string(p.Currency))
	s := payment.Standing{Reference: p.ID, PaymentID: idOf(p.Metadata[metaPayment]), State: payment.Created}
	refunded, authorized := int64(0), int64(0)
	if p.LatestCharge != nil {
		refunded = p.LatestCharge.AmountRefunded
	}
	switch p.Status {
	case stripe.PaymentIntentStatusRequiresCapture:
		s.State, authorized = payment.Authorized, p.AmountCapturable
	case stripe.PaymentIntentStatusCanceled:
		s.State = payment.Voided
	case stripe.PaymentIntentStatusSucceeded:
		s.State, authorized = payment.Captured, p.Amount
		if refunded > 0 {
			s.State = payment.PartiallyRefunded
		}
		if refunded == p.AmountReceived {
			s.State = payment.Refunded
		}
	}
	if p.LastPaymentError != nil {
		s.Code = codeOf(p.LastPaymentError)
	}
	var ok [3]bool
	s.Authorized, ok[0] = fromStripe(authorized, currency)
	s.Captured, ok[1] = fromStripe(p.AmountReceived, currency)
	s.Refunded, ok[2] = fromStripe(refunded, currency)
	return s, ok == [3]bool{true, true, true}
}

// idOf reads an ID of ours; Nil for what is none.
func idOf(text string) domain.ID {
	id, err := domain.ParseID(text)
	if err != nil {
		return domain.Nil
	}
	return id
}

// codeOf prefers the bank's word to Stripe's.
func codeOf(e *stripe.Error) string {
	if e.DeclineCode != "" {
		return payment.Code(string(e.DeclineCode))
	}
	return payment.Code(string(e.Code))
}

// explain makes of Stripe's error one that may be logged.
func explain(step string, err error) *payment.Error {
	var e *stripe.Error
	if !errors.As(err, &e) {
		return payment.Unanswered(Name, step, err)
	}
	out := &payment.Error{Gateway: Name, Step: step, Verdict: payment.VerdictOf(e.HTTPStatusCode), Code: codeOf(e), Status: e.HTTPStatusCode}
	switch {
	case e.Type == stripe.ErrorTypeCard:
		out.Verdict = payment.Declined
	case e.Type == stripe.ErrorTypeIdempotency && e.HTTPStatusCode == 400: // the key was used with something else
		out.Verdict, out.Code = payment.Refused, "key_reused"
	case e.Type == stripe.ErrorTypeAPI:
		out.Verdict = payment.Transient
	case e.Code == "lock_timeout":
		out.Verdict = payment.Transient
	}
	return out
}
