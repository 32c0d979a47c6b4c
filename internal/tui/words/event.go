package words

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/tui/board"
)

// Speaker says what events carry.
type Speaker struct {
	Zone  *time.Location // of times of the day
	Money func(domain.Money) string
	Known []string // members of the data that the reader has before them anyway
}

// OfOrder are the members of the data of an order's event that whoever looks at the order has before them.
func OfOrder(version int) []string {
	known := []string{"number", "vendorName", "fulfilment", "offerId", "tripId"}
	if version == 1 {
		known = append(known, "total")
	}
	return known
}

// Data says what an event carries: what matters first, and what has no phrase of its own by its name.
func (s Speaker) Data(e board.Event) string {
	var parts []string
	if !e.CourierID.IsNil() && strings.HasPrefix(e.Type, "delivery.") {
		parts = append(parts, board.ShortCourier(e.CourierID))
	}
	data := e.Told()
	names := make([]string, 0, len(data))
	for name := range data {
		if !slices.Contains(s.Known, name) {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		if c := phraseOf(a).rank - phraseOf(b).rank; c != 0 {
			return c
		}
		return strings.Compare(a, b)
	})
	for _, name := range names {
		if text := s.say(name, data[name], e.At); text != "" {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, ", ")
}

// By says who caused an event: a member of the staff by name, where that is known, else the role; "" where nobody says.
func By(e board.Event) string {
	if e.ActorName != "" {
		return e.ActorName + " (" + string(e.Actor) + ")"
	}
	return string(e.Actor)
}

// phrase is how a member of the data is said; %s is its value.
type phrase struct {
	text string
	rank int // what matters first
}

var phrases = map[string]phrase{
	"reason": {"%s", 1}, "cause": {"because %s", 2}, "amount": {"%s", 1}, "fee": {"fee %s", 2}, "total": {"now %s", 2},
	"again": {"once more", 3}, "by": {"by %s", 2}, "state": {"%s", 3}, "prepMinutes": {"%s min to cook", 2}, "readyBy": {"ready by %s", 3},
	"deadlineAt": {"to be answered by %s", 4}, "until": {"until %s", 4}, "scheduledFor": {"for %s", 4}, "promisedAt": {"promised %s", 5},
	"estimatedAt": {"expected %s", 6}, "distanceMeters": {"%s m away", 4}, "extraMinutes": {"%s min more", 3}, "contacts": {"call %s", 3},
	"overridden": {"past the rules", 3}, "revision": {"revision %s", 3}, "dishIds": {"%s dishes", 3},
}

func phraseOf(name string) phrase {
	if p, ok := phrases[name]; ok {
		return p
	}
	return phrase{name2words(name) + " %s", 9}
}

func (s Speaker) say(name string, value any, told time.Time) string {
	p := phraseOf(name)
	if yes, ok := value.(bool); ok {
		if text := strings.TrimSpace(strings.ReplaceAll(p.text, "%s", "")); yes {
			return text
		} else if p.rank == 9 {
			return "not " + text
		}
		return ""
	}
	text := s.value(value, told)
	if text == "" {
		return ""
	}
	return strings.ReplaceAll(p.text, "%s", text)
}

// value says a value of an event that was told at a time: of another day than its own it says the day, too.
func (s Speaker) value(value any, told time.Time) string {
	switch v := value.(type) {
	case string:
		if at, err := time.Parse(time.RFC3339, v); err == nil {
			if at, told = at.In(s.Zone), told.In(s.Zone); told.IsZero() || at.YearDay() == told.YearDay() && at.Year() == told.Year() {
				return at.Format("15:04:05")
			}
			return at.Format("2 Jan 15:04")
		}
		return Code(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case map[string]any:
		amount, isAmount := v["amount"].(float64)
		currency, isCurrency := v["currency"].(string)
		if isAmount && isCurrency {
			return s.Money(domain.Money{Amount: int64(amount), Currency: domain.Currency(currency)})
		}
		return fmt.Sprintf("%d values", len(v))
	case []any:
		return strconv.Itoa(len(v))
	}
	return ""
}

// Code writes a code in small letters with spaces: NO_COURIER is "no courier". Other texts stay as they are.
func Code(code string) string {
	for _, r := range code {
		if r != '_' && !unicode.IsUpper(r) && !unicode.IsDigit(r) {
			return strings.ReplaceAll(code, "_", " ")
		}
	}
	return strings.ToLower(strings.ReplaceAll(code, "_", " "))
}

// name2words cuts a name at its capitals: "leaveAtDoor" is "leave at door".
func name2words(name string) string {
	var b strings.Builder
	for _, r := range name {
		if unicode.IsUpper(r) {
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
