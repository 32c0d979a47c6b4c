package sandbox

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/payment"
)

// Name is the gateway's in routes and tables.
const Name = "sandbox"

// MinSecret is the least length of the secret that both sides share, in bytes.
const MinSecret = 32

// intent opens a payment.
type intent struct {
	PaymentID domain.ID `json:"paymentId"`
	OrderID   domain.ID `json:"orderId"`
	Number    string    `json:"number"`
	Amount    int64     `json:"amount"` // minor units
	Currency  string    `json:"currency"`
	ReturnURL string    `json:"returnUrl,omitempty"` // of the last time that it was asked for
}

// standing is a payment as both sides tell it. Amounts are minor units.
type standing struct {
	Reference  string        `json:"reference"`
	PaymentID  domain.ID     `json:"paymentId"`
	State      payment.State `json:"state"`
	Currency   string        `json:"currency"`
	Amount     int64         `json:"amount"`
	Authorized int64         `json:"authorized"`
	Captured   int64         `json:"captured"`
	Refunded   int64         `json:"refunded"`
	Code       string        `json:"code,omitempty"`
	HostedURL  string        `json:"hostedUrl,omitempty"`
}

// order asks for an operation.
type order struct {
	ID     domain.ID `json:"id"`
	Amount int64     `json:"amount"` // 0 for a void
	Of     domain.ID `json:"of,omitzero"`
}

// outcome is how an operation stands.
type outcome struct {
	ID    domain.ID `json:"id"`
	State string    `json:"state"` // opPending, opDone, opFailed
	Code  string    `json:"code,omitempty"`
}

// event is a webhook's body.
type event struct {
	ID        string       `json:"id"`
	Type      payment.Kind `json:"type"`
	At        time.Time    `json:"at"`
	Payment   standing     `json:"payment"`
	Operation domain.ID    `json:"operation,omitzero"`
	Refund    domain.ID    `json:"refund,omitzero"`
	Amount    int64        `json:"amount"`
	Code      string       `json:"code,omitempty"`
}

// problem is the body of an answer that is no success.
type problem struct {
	Code string `json:"code"`
}

// bearer is the key of API calls. It is another one than that of webhooks: whoever overhears a call can forge no webhook.
func bearer(secret string) string { return hex.EncodeToString(derive(secret, "zoop sandbox: calls")) }

// signer signs webhooks, and knows signed ones, as https://www.standardwebhooks.com has it.
func signer(secret string) *standardwebhooks.Webhook {
	w, _ := standardwebhooks.NewWebhookRaw(derive(secret, "zoop sandbox: webhooks")) // cannot fail
	return w
}

func derive(secret, use string) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = mac.Write([]byte(use))
	return mac.Sum(nil)
}
