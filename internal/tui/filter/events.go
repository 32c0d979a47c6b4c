package filter

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/webhook"
	"github.com/zoop-dev/zoop/internal/tui/board"
)

// Events is a parsed filter of events: terms with spaces between, of which an event must meet all.
//
//	cancelled              a word: part of the type, the order's number or the city; "two words" in quotes
//	-order.placed          not that
//	type=order.*,sla.*     a field; several values with commas; a star at the end stands for anything
//	actor!=system          not
//	city~delhi             contains; !~ contains not
//
// Fields: type, subject (order, vendor, courier, cart), order (number or ID), vendor, courier, customer (IDs; a courier's short name, too),
// city, actor. The zero Events lets everything through.
type Events struct {
	terms   []func(board.Entry) bool
	numbers []string
}

// Numbers are the orders that are named by their numbers: who has only later events of them has to say whose those are.
func (f Events) Numbers() []string { return f.numbers }

// Match says whether an event meets every term.
func (f Events) Match(e board.Entry) bool {
	return !slices.ContainsFunc(f.terms, func(t func(board.Entry) bool) bool { return !t(e) })
}

// eventFields are how each field of an event may be called by.
var eventFields = map[string]func(board.Entry) []string{
	"type":    func(e board.Entry) []string { return []string{e.Event.Type} },
	"subject": func(e board.Entry) []string { return []string{string(e.Event.Subject)} },
	"order":   func(e board.Entry) []string { return of(e, domain.SubjectOrder, domain.Nil, e.Number) },
	"vendor":  func(e board.Entry) []string { return of(e, domain.SubjectVendor, e.Event.VendorID, "") },
	"courier": func(e board.Entry) []string {
		return of(e, domain.SubjectCourier, e.Event.CourierID, courier(e.Event.CourierID))
	},
	"customer": func(e board.Entry) []string { return []string{e.Event.CustomerID.String()} },
	"city":     func(e board.Entry) []string { return []string{e.Event.City} },
	"actor":    func(e board.Entry) []string { return []string{string(e.Event.Actor)} },
}

// of names somebody whom an event may be about, or only have to do with.
func of(e board.Entry, subject domain.Subject, id domain.ID, name string) []string {
	if e.Event.Subject == subject {
		id = e.Event.SubjectID
	}
	return []string{id.String(), name}
}

// ParseEvents reads a filter of events. Its errors name the term and say what would be right.
func ParseEvents(text string) (Events, error) {
	words, err := split(strings.TrimSpace(text))
	if err != nil {
		return Events{}, err
	}
	var f Events
	for _, w := range words {
		t, err := parseEventTerm(w)
		if err != nil {
			return Events{}, err
		}
		f.terms = append(f.terms, t)
		f.numbers = append(f.numbers, numbersIn(w)...)
	}
	return f, nil
}

func numbersIn(w string) (out []string) {
	name, op, values := cutTerm(w)
	if name != "order" || op != "=" && op != "!=" {
		return nil
	}
	for v := range strings.SplitSeq(values, ",") {
		if _, err := domain.ParseID(v); err != nil && !strings.HasSuffix(v, "*") {
			out = append(out, v)
		}
	}
	return out
}

func parseEventTerm(w string) (func(board.Entry) bool, error) {
	name, op, value := cutTerm(w)
	if op == "" {
		return eventWord(w), nil
	}
	read := eventFields[name]
	switch {
	case read == nil:
		return nil, fmt.Errorf("no field %q: type, subject, order, vendor, courier, customer, city, actor", name)
	case value == "":
		return nil, fmt.Errorf("%s%s needs a value", name, op)
	case !slices.Contains([]string{"=", "!=", "~", "!~"}, op):
		return nil, fmt.Errorf("%s is a text: use = != ~ !~", name)
	}
	values, not := strings.Split(strings.ToLower(value), ","), op[0] == '!'
	if name == "type" && !strings.HasSuffix(op, "~") {
		for _, v := range values {
			if err := webhook.CheckPattern(v); err != nil {
				return nil, err
			}
		}
	}
	match := equals
	if strings.HasSuffix(op, "~") {
		match = contains
	}
	return func(e board.Entry) bool {
		return slices.ContainsFunc(read(e), func(text string) bool {
			return slices.ContainsFunc(values, func(v string) bool { return match(text, v) })
		}) != not
	}, nil
}

// equals ignores case; a star at the end of value, which is in lower case already, stands for anything.
func equals(text, value string) bool {
	if start, any := strings.CutSuffix(value, "*"); any {
		return strings.HasPrefix(strings.ToLower(text), start)
	}
	return strings.EqualFold(text, value)
}

func eventWord(w string) func(board.Entry) bool {
	not := len(w) > 1 && w[0] == '-'
	if not {
		w = w[1:]
	}
	w = strings.ToLower(w)
	return func(e board.Entry) bool {
		return (contains(e.Event.Type, w) || contains(e.Number, w) || contains(e.Event.City, w)) != not
	}
}
