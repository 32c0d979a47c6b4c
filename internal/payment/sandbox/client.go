package sandbox

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/payment"
)

// Client is the merchant's side; it implements payment.Gateway.
type Client struct {
	url    string
	bearer string
	signer *standardwebhooks.Webhook
	http   *http.Client
}

// NewClient makes a client of the sandbox at a URL; it does not connect. A timeout of 0 is payment.CallTimeout.
// It returns Invalid, which never shows the secret.
func NewClient(baseURL, secret string, timeout time.Duration) (*Client, error) {
	u, err := url.Parse(baseURL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.RawQuery != "" {
		return nil, domain.Invalidf("sandbox_url", "format", "must be a URL such as http://127.0.0.1:4242")
	}
	if len(secret) < MinSecret {
		return nil, domain.Invalidf("sandbox_secret", "min", "needs at least %d bytes", MinSecret)
	}
	return &Client{strings.TrimSuffix(baseURL, "/"), bearer(secret), signer(secret), payment.HTTPClient(timeout)}, nil
}

// Name implements payment.Gateway.
func (c *Client) Name() string { return Name }

// Takes implements payment.Gateway.
func (c *Client) Takes(m domain.Money) bool {
	return m.Currency.Known() && m.Amount >= 1 && m.Amount <= domain.MaxAmount
}

// Begin implements payment.Gateway.
func (c *Client) Begin(ctx context.Context, i payment.Intent) (payment.Session, error) {
	var got standing
	err := c.call(ctx, "begin", "", intent{i.PaymentID, i.OrderID, i.Number, i.Amount.Amount, string(i.Amount.Currency), i.ReturnURL}, &got)
	return payment.Session{Reference: got.Reference, HostedURL: got.HostedURL}, err
}

// Status implements payment.Gateway.
func (c *Client) Status(ctx context.Context, reference string) (payment.Standing, error) {
	var got standing
	if err := c.call(ctx, "status", "/"+url.PathEscape(reference), nil, &got); err != nil {
		return payment.Standing{}, err
	}
	return got.shared(), nil
}

func (s standing) shared() payment.Standing {
	money := func(amount int64) domain.Money {
		return domain.Money{Amount: amount, Currency: domain.Currency(s.Currency)}
	}
	return payment.Standing{
		Reference: s.Reference, PaymentID: s.PaymentID, State: s.State, Code: s.Code,
		Authorized: money(s.Authorized), Captured: money(s.Captured), Refunded: money(s.Refunded),
	}
}

// Capture implements payment.Gateway.
func (c *Client) Capture(ctx context.Context, o payment.Operation) (payment.Progress, error) {
	return c.operate(ctx, opCapture, o)
}

// Void implements payment.Gateway.
func (c *Client) Void(ctx context.Context, o payment.Operation) (payment.Progress, error) {
	o.Amount.Amount = 0
	return c.operate(ctx, opVoid, o)
}

// Refund implements payment.Gateway.
func (c *Client) Refund(ctx context.Context, o payment.Operation) (payment.Progress, error) {
	return c.operate(ctx, opRefund, o)
}

// GiveBack is a refund that somebody at the gateway makes, without the merchant.
func (c *Client) GiveBack(ctx context.Context, o payment.Operation) (payment.Progress, error) {
	return c.operate(ctx, opGiveBack, o)
}

// ChargeBack is the customer's bank that takes money back from the merchant.
func (c *Client) ChargeBack(ctx context.Context, o payment.Operation) (payment.Progress, error) {
	return c.operate(ctx, opChargeBack, o)
}

// Reinstate takes back what an operation has given back, all of it.
func (c *Client) Reinstate(ctx context.Context, o payment.Operation, of domain.ID) (payment.Progress, error) {
	return c.operateOn(ctx, opReinstate, o, of)
}

func (c *Client) operate(ctx context.Context, kind string, o payment.Operation) (payment.Progress, error) {
	return c.operateOn(ctx, kind, o, domain.Nil)
}

func (c *Client) operateOn(ctx context.Context, kind string, o payment.Operation, of domain.ID) (payment.Progress, error) {
	var got outcome
	if err := c.call(ctx, kind, "/"+url.PathEscape(o.Reference)+"/"+kind, order{o.ID, o.Amount.Amount, of}, &got); err != nil {
		return "", err
	}
	switch got.State {
	case opDone:
		return payment.Done, nil
	case opPending:
		return payment.Pending, nil
	}
	return "", &payment.Error{Gateway: Name, Step: kind, Verdict: payment.Declined, Code: payment.Code(got.Code)}
}

// call makes one call. A nil body is a GET.
func (c *Client) call(ctx context.Context, step, path string, body, into any) error {
	ctx, cancel := context.WithTimeout(ctx, payment.CallTimeout)
	defer cancel()
	method, text := http.MethodGet, []byte(nil)
	if body != nil {
		method = http.MethodPost
		var err error
		if text, err = json.Marshal(body); err != nil {
			return fmt.Errorf("%s: %w", step, err)
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, c.url+"/v1/payments"+path, bytes.NewReader(text))
	if err != nil {
		return &payment.Error{Gateway: Name, Step: step, Verdict: payment.Refused, Code: "no_such_address"}
	}
	req.Header.Set("Authorization", "Bearer "+c.bearer)
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.http.Do(req)
	if err != nil {
		return payment.Unanswered(Name, step, err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return payment.Unanswered(Name, step, err)
	}
	if resp.StatusCode != http.StatusOK {
		var p problem
		_ = json.Unmarshal(answer, &p) // no word is "unknown"
		return &payment.Error{Gateway: Name, Step: step, Verdict: payment.VerdictOf(resp.StatusCode), Code: payment.Code(p.Code), Status: resp.StatusCode}
	}
	if err := json.Unmarshal(answer, into); err != nil {
		return &payment.Error{Gateway: Name, Step: step, Verdict: payment.Transient, Code: "answer_unreadable", Status: resp.StatusCode}
	}
	return nil
}

// ParseWebhook implements payment.Gateway.
func (c *Client) ParseWebhook(header http.Header, body []byte, now time.Time) (payment.Event, error) {
	if len(body) > payment.MaxBody || c.signer.VerifyIgnoringTimestamp(body, header) != nil {
		return payment.Event{}, payment.ErrForged
	}
	// The library has read the same header, and compares it with the machine's clock only.
	seconds, err := strconv.ParseInt(header.Get(standardwebhooks.HeaderWebhookTimestamp), 10, 64)
	if err != nil {
		return payment.Event{}, payment.ErrForged
	}
	if !payment.Fresh(seconds, now) {
		return payment.Event{}, payment.ErrStale
	}
	var e event
	if err := json.Unmarshal(body, &e); err != nil || e.ID == "" || len(e.ID) > payment.MaxEventID || e.ID != header.Get(standardwebhooks.HeaderWebhookID) {
		return payment.Event{}, payment.ErrMalformed
	}
	return e.shared()
}

// shared checks an event of a gateway that is believed and puts it in the words of all gateways.
func (e event) shared() (payment.Event, error) {
	switch e.Type {
	case payment.KindDeclined, payment.KindFailed, payment.KindAuthorized, payment.KindCaptured, payment.KindCaptureFailed,
		payment.KindVoided, payment.KindRefunded, payment.KindRefundFailed, payment.KindChargedBack, payment.KindReinstated:
	default:
		return payment.Event{ID: e.ID, Kind: payment.KindIgnored, At: e.At}, nil
	}
	currency := domain.Currency(e.Payment.Currency)
	if e.Payment.PaymentID.IsNil() || len(e.Payment.Reference) > payment.MaxEventID || e.Amount < 0 || e.Amount > domain.MaxAmount || !currency.Known() {
		return payment.Event{}, payment.ErrMalformed
	}
	out := payment.Event{
		ID: e.ID, Kind: e.Type, Reference: e.Payment.Reference, PaymentID: e.Payment.PaymentID, Operation: e.Operation,
		Amount: domain.Money{Amount: e.Amount, Currency: currency}, At: e.At,
	}
	if !e.Refund.IsNil() {
		out.Refund = e.Refund.String()
	}
	if e.Code != "" {
		out.Code = payment.Code(e.Code)
	}
	return out, nil
}
