package notify

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/letter"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/domain/pricing"
	"github.com/zoop-dev/zoop/internal/postgres"
	"github.com/zoop-dev/zoop/internal/sanitize"
)

// longest is how many columns of a stranger's words go into a letter in one place.
const longest = 200

// clean makes a stranger's words fit to be read: one line, nothing that hides or turns the direction of writing, and nothing
// that a mail program would make a link of.
func clean(s string) string {
	s = strings.ReplaceAll(sanitize.Line(s), "://", " ")
	var b strings.Builder
	rs := []rune(s)
	for i, r := range rs {
		b.WriteRune(r)
		if r == '.' && i > 0 && i+1 < len(rs) && letterOrDigit(rs[i-1]) && unicode.IsLetter(rs[i+1]) {
			b.WriteByte(' ')
		}
	}
	s = b.String()
	if sanitize.Width(s) > longest {
		s = sanitize.Fit(s, longest, "…")
	}
	return s
}

func letterOrDigit(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// moment writes a time for people, wherever they are.
func moment(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") }

// titled is what the layout sees.
type titled struct {
	Subject string
	View    any
}

type codeView struct {
	Digits  string
	Minutes int
	Purpose string
	Role    string // of a sign-up: one of three words
}

type invitationView struct {
	Inviter, Vendor, Role, Token, Until string
}

// orderView is what letters about orders say; all of it is clean.
type orderView struct {
	Name, Number, Vendor string
	Currency             domain.Currency
	Lines                []line
	Total                string
	Payment              string
	Destination          string
	PlacedAt             string
	Note                 string
	Why                  string // in a sentence, of an order that ended; of a refund, in words that end a sentence
	Refund               string
	Back                 string // what a refund gives back
}

type line struct {
	Label, Amount string
	Details       []string
}

func newOrderView(p postgres.Posted, o postgres.OrderView) (orderView, error) {
	v := orderView{
		Name: clean(p.Name), Number: o.Number, Vendor: clean(o.VendorName), Currency: o.Total.Currency, Total: o.Total.Decimal(),
		Lines: lines(o), Payment: payment(o), Destination: destination(o), PlacedAt: moment(o.PlacedAt), Note: clean(o.Note),
		Why: why(o), Refund: refund(o),
	}
	if p.Kind != letter.Refunded {
		return v, nil
	}
	amount, err := strconv.ParseInt(p.Data[letter.Amount], 10, 64)
	if err != nil {
		return v, fmt.Errorf("a refund says no amount")
	}
	v.Back = domain.Money{Amount: amount, Currency: domain.Currency(p.Data[letter.Currency])}.String()
	v.Why = strings.TrimRight(clean(p.Data[letter.Reason]), ".")
	return v, nil
}

// lines is the receipt: each line of the quote, those of dishes with what was chosen and noted.
func lines(o postgres.OrderView) []line {
	out := make([]line, 0, len(o.Quote.Lines))
	dishes := o.Items // in the order of the lines of their kind
	for _, l := range o.Quote.Lines {
		row := line{Label: clean(l.Label), Amount: l.Amount.Decimal()}
		if l.Kind == pricing.Item && len(dishes) > 0 {
			row.Details, dishes = details(dishes[0]), dishes[1:]
		}
		out = append(out, row)
	}
	return out
}

func details(i order.Item) []string {
	var out []string
	for _, o := range i.Options {
		out = append(out, clean(o.Name))
	}
	if i.Note != "" {
		out = append(out, "Your note: "+clean(i.Note))
	}
	return out
}

func payment(o postgres.OrderView) string {
	switch {
	case o.PaymentMethod != "cod":
		return "Paid by " + clean(o.PaymentMethod)
	case o.Fulfilment == order.Pickup:
		return "You pay in cash when you collect it"
	}
	return "You pay in cash on delivery"
}

func destination(o postgres.OrderView) string {
	if o.Address == nil {
		return "To collect at " + clean(o.VendorName)
	}
	return "To your address: " + clean(o.Address.Label)
}

// bankView tells of another bank account, or of none.
type bankView struct {
	Account string // its end; "" for none
	Vendor  string // whose payouts; "" for a courier's
}

// webhookView tells of a webhook that is sent nothing any more.
type webhookView struct {
	Vendor, Host string
	Gone         bool // it said so itself
}
