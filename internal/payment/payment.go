// Package payment is how zoop speaks with payment gateways: one interface, and what its implementations share.
//
// Invariants: no call is made inside a transaction of the database. Whatever changes something at a gateway carries an
// identifier of ours as its idempotency key, so that a call whose answer was lost is simply made again. Every call ends in
// bounded time and reads a bounded answer. Errors and events carry codes, never what a gateway says in words, because that
// may name a person and errors end up in logs.
package payment

import (
	"context"
	"net/http"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/payment"
)

// CallTimeout bounds each call to a gateway, unless the caller's context ends sooner.
const CallTimeout = 10 * time.Second

// MaxBody bounds a webhook's body and a gateway's answer, in bytes.
const MaxBody = 1 << 20

// Tolerance is how far a webhook's signed time may be from now, before or after.
const Tolerance = 5 * time.Minute

// Gateway holds cards' money until it is captured. Implementations may be used by several goroutines at once.
//
// Errors of all calls are *Error; for those of ParseWebhook, see there.
type Gateway interface {
	// Name is the provider's name in routes and tables: lower-case letters.
	Name() string

	// Takes says whether cards can be charged with, and given back, exactly that much: no gateway takes every currency, and some only
	// round amounts of it.
	Takes(m domain.Money) bool

	// Begin opens a payment, which the customer then authorises at the gateway. The payment's ID is the idempotency key:
	// asking again gives the same session, and Refused when the amount is another one.
	Begin(ctx context.Context, i Intent) (Session, error)

	// Status asks how a payment stands.
	Status(ctx context.Context, reference string) (Standing, error)

	// Capture takes what was authorised, or less; the rest is let go. Void lets all of it go, and may come before anything was
	// authorised. Refund gives back some of what was captured. The operation's ID is the idempotency key: asking again never
	// does a thing twice and tells how it stands by then. Pending means that the gateway has the operation and will tell
	// its outcome by a webhook, or when asked again. A nil error and Done are the only success.
	Capture(ctx context.Context, o Operation) (Progress, error)
	Void(ctx context.Context, o Operation) (Progress, error)
	Refund(ctx context.Context, o Operation) (Progress, error)

	// ParseWebhook reads what the gateway posted, which is believed only if it is signed and was signed within Tolerance of now.
	// Errors: ErrForged, ErrStale, ErrMalformed.
	ParseWebhook(header http.Header, body []byte, now time.Time) (Event, error)
}

// Intent is a payment to be opened.
type Intent struct {
	PaymentID domain.ID // ours; comes back with each event
	OrderID   domain.ID
	Number    string // of the order, shown to its customer; at most 32 characters
	Amount    domain.Money
	ReturnURL string // where the gateway's page sends the customer, which the caller has checked; "": nowhere
}

// Session is where a customer authorises a payment.
type Session struct {
	Reference    string // the gateway's name for the payment
	ClientSecret string // for the gateway's own form in an app or a page; may be empty. Never logged or stored.
	HostedURL    string // page of the gateway; may be empty
}

// Operation changes a payment that was begun.
type Operation struct {
	ID        domain.ID // ours: the idempotency key
	Reference string
	Amount    domain.Money // of a capture or refund; positive
}

// Progress is how far an operation that was not refused is.
type Progress string

// The kinds of progress.
const (
	Pending Progress = "pending"
	Done    Progress = "done"
)

// State is that of a payment at a gateway, in the words of the rules.
type State = rules.State

// The states.
const (
	Created           = rules.Created
	Authorized        = rules.Authorized
	Captured          = rules.Captured
	PartiallyRefunded = rules.PartiallyRefunded
	Refunded          = rules.Refunded
	Failed            = rules.Failed
	Voided            = rules.Voided
)

// Standing is how a payment stands at a gateway. Amounts are minor units of the currency in which it was begun, and only grow.
type Standing struct {
	Reference  string
	PaymentID  domain.ID
	State      State // refunded in part as soon as one refund went through
	Authorized domain.Money
	Captured   domain.Money
	Refunded   domain.Money
	Code       string // why it failed; "" otherwise
}

// Kind is what an event tells.
type Kind string

// The kinds of event.
const (
	KindIgnored       Kind = "ignored"    // nothing that matters here
	KindDeclined      Kind = "declined"   // one attempt of the customer; they may try another card
	KindFailed        Kind = "failed"     // nothing will come of the payment
	KindAuthorized    Kind = "authorized" // Amount is held
	KindCaptured      Kind = "captured"   // Amount was taken
	KindCaptureFailed Kind = "capture_failed"
	KindVoided        Kind = "voided"
	KindRefunded      Kind = "refunded" // Amount was given back by Operation
	KindRefundFailed  Kind = "refund_failed"
	KindChargedBack   Kind = "charged_back" // the customer's bank has taken Amount from us, by Refund
	KindReinstated    Kind = "reinstated"   // what was taken by Refund is with us again
)

// Event is what a gateway told by a webhook. Gateways repeat events, send them in any order, and may never send one.
type Event struct {
	ID        string // the gateway's, the same each time it is delivered; at most MaxEventID bytes
	Kind      Kind
	Reference string
	PaymentID domain.ID // Nil for a payment that is not one of ours
	Operation domain.ID // ours; Nil where the gateway did it by itself
	Refund    string    // the gateway's name of what it gave back, refund or chargeback; at most MaxEventID bytes, "" for other kinds
	Amount    domain.Money
	Code      string // why something failed: a word of the gateway's, see Code
	At        time.Time
}

// MaxEventID bounds the identifiers of events and payments at a gateway, in bytes.
const MaxEventID = 128

// Fresh says whether a webhook that was signed at a Unix time may be believed at now. It counts in whole seconds, as the
// signed time does, and cannot overflow.
func Fresh(signed int64, now time.Time) bool {
	const most = int64(Tolerance / time.Second)
	n := now.Unix()
	return signed >= n-most && signed <= n+most
}
