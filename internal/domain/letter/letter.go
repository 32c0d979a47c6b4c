// Package letter holds the rules of the mail that people get: its kinds, how long each is of use, and what its reader may
// switch off.
//
// A letter is posted in the transaction that gives the reason for it, and written when it is sent. So it holds no more than
// what cannot be looked up then: an order's letter names the order; a code and an invitation are secrets, and their
// addresses need not have an account.
package letter

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Kind is what a letter is about.
type Kind string

// The kinds.
const (
	Code           Kind = "code"            // a sign-in code: To, Secret; Data "purpose", and "role" for a sign-up
	Invitation     Kind = "invitation"      // To; Secret where a token is asked for; Data "role", and "inviter" and "vendor" where there are any
	OrderConfirmed Kind = "order_confirmed" // UserID, OrderID
	OrderCancelled Kind = "order_cancelled" // rejected or expired, too: UserID, OrderID
	Refunded       Kind = "refunded"        // UserID, OrderID; Data "amount" in minor units, "currency", "reason"
	BankChanged    Kind = "bank_changed"    // UserID; Data "account", its end, "" when there is none any more, and "vendor" for a vendor's

	WebhookDisabled Kind = "webhook_disabled" // UserID; Data "vendor", "host" and "reason": gone or failing
)

// Keys of Data.
const (
	Purpose  = "purpose"
	Role     = "role"
	Inviter  = "inviter"
	Vendor   = "vendor"
	Amount   = "amount"
	Currency = "currency"
	Reason   = "reason"
	Account  = "account"
	Host     = "host"
)

// rules are what tells the kinds apart.
type rules struct {
	toAddress bool  // goes to an address that need not have an account; otherwise to an account
	noOrder   bool  // is about no order, though it goes to an account
	attempts  int   // how often it is tried, with growing pauses
	topic     Topic // "": cannot be switched off
}

var kinds = map[Kind]rules{
	Code:           {toAddress: true, attempts: 8},
	Invitation:     {toAddress: true, attempts: 20},
	OrderConfirmed: {attempts: 20, topic: Orders},
	OrderCancelled: {attempts: 20, topic: Changes},
	Refunded:       {attempts: 20, topic: Changes},
	BankChanged:    {attempts: 20, noOrder: true},

	WebhookDisabled: {attempts: 20, noOrder: true},
}

// Known says whether there is such a kind.
func (k Kind) Known() bool { _, ok := kinds[k]; return ok }

// Attempts is how often a letter of the kind is tried before it is dead.
func (k Kind) Attempts() int { return kinds[k].attempts }

// Topic is what a reader switches off to get no more of the kind; "" when that cannot be.
func (k Kind) Topic() Topic { return kinds[k].topic }

// ToAddress says whether the kind goes to an address that need not have an account.
func (k Kind) ToAddress() bool { return kinds[k].toAddress }

// OrderTTL is how long news of an order is worth sending.
const OrderTTL = 24 * time.Hour

// BankTTL is how long the word that an account was changed is worth sending: somebody else may have done it.
const BankTTL = 7 * 24 * time.Hour

// WebhookTTL is how long the word that a webhook was disabled is worth sending: until then nothing is told there.
const WebhookTTL = 7 * 24 * time.Hour

// Bounds of a letter.
const (
	maxTo     = 254 // bytes
	maxSecret = 512 // bytes
	maxData   = 8   // entries
	maxWord   = 300 // characters of one of them
)

// Letter is one message to one person, not yet written.
type Letter struct {
	Kind    Kind
	To      string            // an address; empty where UserID names the reader
	UserID  domain.ID         // an account, whose address is read when the letter is sent
	OrderID domain.ID         // what it is about
	Until   time.Time         // when it is of no use any more, by the poster's clock
	Secret  string            // a code or token; sealed while it waits
	Data    map[string]string // words for the text, sealed as well
}

// AboutOrder is a letter to an order's customer.
func AboutOrder(k Kind, customer, order domain.ID, now time.Time) Letter {
	return Letter{Kind: k, UserID: customer, OrderID: order, Until: now.Add(OrderTTL)}
}

// Check bounds a letter: Invalid, naming the field.
func (l Letter) Check() error {
	switch {
	case !l.Kind.Known():
		return domain.Invalidf("kind", "enum", "%q is no kind of letter", l.Kind)
	case l.Until.IsZero():
		return domain.Invalidf("until", "required", "must say when the letter is of no use any more")
	case l.Kind.ToAddress() && l.To == "":
		return domain.Invalidf("to", "required", "a letter of kind %s has an address", l.Kind)
	case l.Kind == Code && l.Secret == "":
		return domain.Invalidf("secret", "required", "a letter of kind %s has a secret", l.Kind)
	case !l.Kind.ToAddress() && (l.UserID.IsNil() || l.OrderID.IsNil() != kinds[l.Kind].noOrder || l.To != "" || l.Secret != ""):
		return domain.Invalidf("userId", "required", "a letter of kind %s has a reader and, as it may be, an order, and neither address nor secret", l.Kind)
	case len(l.To) > maxTo || strings.ContainsAny(l.To, "\r\n\x00"):
		return domain.Invalidf("to", "format", "must be one address of at most %d bytes", maxTo)
	case len(l.Secret) > maxSecret:
		return domain.Invalidf("secret", "length", "must have at most %d bytes", maxSecret)
	}
	if len(l.Data) > maxData {
		return domain.Invalidf("data", "length", "must have at most %d entries", maxData)
	}
	for key, word := range l.Data {
		if utf8.RuneCountInString(word) > maxWord {
			return domain.Invalidf("data."+key, "length", "must have at most %d characters", maxWord)
		}
	}
	return nil
}
