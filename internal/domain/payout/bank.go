package payout

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Scheme is how a bank account is named.
type Scheme string

// The schemes.
const (
	IBAN  Scheme = "iban"  // ISO 13616: the number names the bank, too
	IFSC  Scheme = "ifsc"  // India: a branch's code of 11 characters, and 9 to 18 digits
	ABA   Scheme = "aba"   // United States: a routing number of 9 digits, and 4 to 17 digits
	Local Scheme = "local" // elsewhere: a bank's or branch's code of 3 to 15 letters and digits, and 5 to 34 of them
)

// MaxHolder bounds the name of an account's holder, in characters, as the files of banks do (ISO 20022, Max70Text).
const MaxHolder = 70

// Bank is where somebody is paid to.
type Bank struct {
	Holder  string
	Scheme  Scheme
	Number  string // of the account
	Routing string // "" for an IBAN
}

// ErrNoBank refuses to tell the bank of a payout to somebody who has not said where to.
var ErrNoBank = domain.Errorf(domain.Conflict, "payout.no_bank_details", "the payee has told no bank account: the payout waits as it is until they have")

// ErrBankChanged refuses to tell the bank of another account than that with which a payout was approved.
var ErrBankChanged = domain.Errorf(domain.Conflict, "payout.bank_changed", "the payee has told another bank account since the payout was approved: look at it, and approve it again")

// ErrApproved refuses to approve once more what goes where it was approved to go.
var ErrApproved = domain.Errorf(domain.Conflict, "payout.illegal_transition", "it is approved already, with the bank account that its payee has")

// BankChanged is ErrBankChanged with the ends of both accounts; approved is "" where there was none to approve.
func BankChanged(approved, now string) error {
	if approved == "" {
		return domain.Errorf(ErrBankChanged.Kind, ErrBankChanged.Code, "the payee has told their bank account %s after the payout was approved: look at it, and approve it again", now).
			With("account", now)
	}
	return domain.Errorf(ErrBankChanged.Kind, ErrBankChanged.Code, "the payee's bank account is not %s any more, with which the payout was approved, but %s: look at it, and approve it again", approved, now).
		With("approved", approved).With("account", now)
}

// form is what the parts of a scheme look like, and how to say so.
type form struct {
	number, routing       *regexp.Regexp // routing nil: it takes none
	numberIs, routingIs   string
	checkNumber, checkWay func(string) bool // of check digits; nil: there are none
}

var forms = map[Scheme]form{
	IBAN: {
		number: regexp.MustCompile(`^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$`), numberIs: "15 to 34 letters and digits, such as DE89370400440532013000", checkNumber: mod97,
	},
	IFSC: {
		number: regexp.MustCompile(`^[0-9]{9,18}$`), numberIs: "9 to 18 digits",
		routing: regexp.MustCompile(`^[A-Z]{4}0[A-Z0-9]{6}$`), routingIs: "an IFSC of 11 characters, such as HDFC0000001",
	},
	ABA: {
		number: regexp.MustCompile(`^[0-9]{4,17}$`), numberIs: "4 to 17 digits",
		routing: regexp.MustCompile(`^[0-9]{9}$`), routingIs: "a routing number of 9 digits", checkWay: abaSum,
	},
	Local: {
		number: regexp.MustCompile(`^[A-Z0-9]{5,34}$`), numberIs: "5 to 34 letters and digits",
		routing: regexp.MustCompile(`^[A-Z0-9]{3,15}$`), routingIs: "3 to 15 letters and digits",
	},
}

var spacing = strings.NewReplacer(" ", "", "-", "")

// ParseBank gives an account its one form: without spaces and dashes, in capitals. Invalid, naming the field and the bound, for what
// no bank would take, as far as its check digits tell.
func ParseBank(b Bank) (Bank, error) {
	b.Holder = strings.Join(strings.Fields(b.Holder), " ")
	if n := utf8.RuneCountInString(b.Holder); n < 2 || n > MaxHolder {
		return b, domain.Invalidf("holder", "length", "must have 2 to %d characters", MaxHolder)
	}
	if err := domain.CheckLine("holder", b.Holder); err != nil {
		return b, err
	}
	f, known := forms[b.Scheme]
	if !known {
		return b, domain.Invalidf("scheme", "enum", "must be iban, ifsc, aba or local")
	}
	b.Number, b.Routing = strings.ToUpper(spacing.Replace(b.Number)), strings.ToUpper(spacing.Replace(b.Routing))
	switch {
	case !f.number.MatchString(b.Number):
		return b, domain.Invalidf("number", "form", "must be %s", f.numberIs)
	case f.checkNumber != nil && !f.checkNumber(b.Number):
		return b, domain.Invalidf("number", "check", "its check digits are wrong: a character is mistyped")
	case f.routing == nil && b.Routing != "":
		return b, domain.Invalidf("routing", "unexpected", "an IBAN names its bank: leave it out")
	case f.routing != nil && !f.routing.MatchString(b.Routing):
		return b, domain.Invalidf("routing", "form", "must be %s", f.routingIs)
	case f.checkWay != nil && !f.checkWay(b.Routing):
		return b, domain.Invalidf("routing", "check", "its check digit is wrong: a digit is mistyped")
	}
	return b, nil
}

// Mask is what is shown of an account's number: its end, at most four characters and never more than half of it.
func (b Bank) Mask() string {
	return "••••" + b.Number[len(b.Number)-min(4, len(b.Number)/2):]
}

// String keeps an account out of logs: it is the mask.
func (b Bank) String() string { return fmt.Sprintf("%s %s", b.Scheme, b.Mask()) }

// GoString is String.
func (b Bank) GoString() string { return b.String() }

// mod97 is the check of ISO 13616: the number, its first four characters behind the others and letters as 10 to 35, leaves 1.
func mod97(iban string) bool {
	rest := 0
	for _, r := range iban[4:] + iban[:4] {
		if r >= 'A' {
			rest = (rest*100 + int(r-'A') + 10) % 97
		} else {
			rest = (rest*10 + int(r-'0')) % 97
		}
	}
	return rest == 1
}

// abaSum is the check of routing numbers: their digits, times 3, 7 and 1 in turn, come to a multiple of ten.
func abaSum(routing string) bool {
	sum := 0
	for i, r := range routing {
		sum += int(r-'0') * []int{3, 7, 1}[i%3]
	}
	return sum%10 == 0 && sum > 0
}
