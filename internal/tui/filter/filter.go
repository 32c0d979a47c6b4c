// Package filter is the language in which the operator says which orders to see.
//
// A filter is terms with spaces between; an order must meet all of them:
//
//	lima            a word: part of the number, the vendor or the state; "two words" in quotes
//	-lima           not that
//	state=placed    a field; several values with commas: state=ready,picked_up. state=live and state=done are groups
//	state!=done     not
//	vendor~lima     contains; !~ contains not
//	total>500       more than 500 rupees, dollars, … (major units of the order's own currency); also >= < <=
//	sla<5m          less than five minutes left; a bare number is minutes; what has ended has no SLA. Also age>30m
//
// Fields: number (or order), state, vendor, courier, city, fulfilment, total, sla, age.
package filter

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/tui/board"
)

// Filter is a parsed filter. The zero Filter lets everything through.
type Filter struct {
	text  string
	terms []term
	timed bool
}

// term says whether an order meets one part of the filter.
type term func(o *board.Order, now time.Time) bool

// String gives the text that the filter was parsed from.
func (f Filter) String() string { return f.text }

// Empty says whether the filter lets everything through.
func (f Filter) Empty() bool { return len(f.terms) == 0 }

// Timed says whether the answer depends on the time, and so changes without any event.
func (f Filter) Timed() bool { return f.timed }

// Match says whether an order meets every term.
func (f Filter) Match(o *board.Order, now time.Time) bool {
	for _, t := range f.terms {
		if !t(o, now) {
			return false
		}
	}
	return true
}

// Parse reads a filter. Its errors name the term and say what would be right.
func Parse(text string) (Filter, error) {
	f := Filter{text: strings.TrimSpace(text)}
	words, err := split(f.text)
	if err != nil {
		return Filter{}, err
	}
	for _, w := range words {
		t, timed, err := parseTerm(w)
		if err != nil {
			return Filter{}, err
		}
		f.terms = append(f.terms, t)
		f.timed = f.timed || timed
	}
	return f, nil
}

// split cuts at spaces that are outside quotes, and takes the quotes away.
func split(text string) ([]string, error) {
	var words []string
	var word strings.Builder
	quoted, any := false, false
	for _, r := range text {
		switch {
		case r == '"':
			quoted, any = !quoted, true
		case r == ' ' && !quoted:
			if any {
				words = append(words, word.String())
			}
			word.Reset()
			any = false
		default:
			word.WriteRune(r)
			any = true
		}
	}
	if quoted {
		return nil, fmt.Errorf("a quote is not closed")
	}
	if any {
		words = append(words, word.String())
	}
	return words, nil
}

// operators, longest first so that "!=" is not read as "=".
var operators = []string{"!=", "!~", "<=", ">=", "=", "~", "<", ">"}

// cutTerm takes a term apart; op is "" for a mere word.
func cutTerm(w string) (name, op, value string) {
	for i := range w {
		for _, candidate := range operators {
			if !strings.HasPrefix(w[i:], candidate) {
				continue
			}
			if i == 0 {
				return "", "", ""
			}
			return strings.ToLower(w[:i]), candidate, strings.TrimSpace(w[i+len(candidate):])
		}
	}
	return "", "", ""
}

func parseTerm(w string) (t term, timed bool, err error) {
	name, op, value := cutTerm(w)
	if op == "" {
		return parseWord(w), false, nil
	}
	if value == "" {
		return nil, false, fmt.Errorf("%s%s needs a value", name, op)
	}
	switch name {
	case "state":
		t, err = parseState(op, value)
	case "number", "order", "vendor", "courier", "city", "fulfilment":
		t, err = parseText(name, op, value)
	case "total":
		t, err = parseTotal(op, value)
	case "sla", "age":
		t, err = parseSpan(name, op, value)
		timed = true
	default:
		err = fmt.Errorf("no field %q: state, vendor, number, courier, city, fulfilment, total, sla, age", name)
	}
	return t, timed, err
}

func parseWord(w string) term {
	not := len(w) > 1 && w[0] == '-'
	if not {
		w = w[1:]
	}
	w = strings.ToLower(w)
	return func(o *board.Order, _ time.Time) bool {
		return (contains(o.Number, w) || contains(o.Vendor, w) || contains(string(o.State), w)) != not
	}
}

func parseState(op, value string) (term, error) {
	values := strings.Split(strings.ToLower(value), ",")
	for _, v := range values {
		if op != "~" && op != "!~" && v != "live" && v != "done" && !order.State(v).Known() {
			return nil, fmt.Errorf("no state %q: try placed, preparing, ready, picked_up, live, done", v)
		}
	}
	match := func(o *board.Order, v string) bool {
		return string(o.State) == v || v == "live" && o.State.Live() || v == "done" && !o.State.Live()
	}
	if op == "~" || op == "!~" {
		match = func(o *board.Order, v string) bool { return contains(string(o.State), v) }
	}
	return anyOf("state", op, values, match)
}

func parseText(name, op, value string) (term, error) {
	read := map[string]func(o *board.Order) string{
		"number":     func(o *board.Order) string { return o.Number },
		"order":      func(o *board.Order) string { return o.Number },
		"vendor":     func(o *board.Order) string { return o.Vendor },
		"city":       func(o *board.Order) string { return o.City },
		"fulfilment": func(o *board.Order) string { return string(o.Fulfilment) },
		"courier":    func(o *board.Order) string { return courier(o.CourierID) },
	}[name]
	match := func(o *board.Order, v string) bool { return strings.EqualFold(read(o), v) }
	if op == "~" || op == "!~" {
		match = func(o *board.Order, v string) bool { return contains(read(o), v) }
	}
	return anyOf(name, op, strings.Split(strings.ToLower(value), ","), match)
}

// courier is what a courier is matched by: the short name on the board, or "none".
func courier(id domain.ID) string {
	if id.IsNil() {
		return "none"
	}
	return board.ShortCourier(id)
}

// anyOf builds a term of the operators that compare texts.
func anyOf(name, op string, values []string, match func(o *board.Order, v string) bool) (term, error) {
	if !slices.Contains([]string{"=", "!=", "~", "!~"}, op) {
		return nil, fmt.Errorf("%s is a text: use = != ~ !~", name)
	}
	not := op[0] == '!'
	return func(o *board.Order, _ time.Time) bool {
		return slices.ContainsFunc(values, func(v string) bool { return match(o, v) }) != not
	}, nil
}

func parseTotal(op, value string) (term, error) {
	limit, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return nil, fmt.Errorf("%q is no amount: total>500", value)
	}
	if op == "~" || op == "!~" {
		return nil, fmt.Errorf("total is a number: use = != < <= > >=")
	}
	return func(o *board.Order, _ time.Time) bool {
		return holds(op, o.Total.Amount, domain.FromMajor(limit, o.Total.Currency).Amount)
	}, nil
}

func parseSpan(name, op, value string) (term, error) {
	limit, err := span(value)
	if err != nil || op == "~" || op == "!~" {
		return nil, fmt.Errorf("%s is a time: %s<5m, %s>90s, %s<-2m", name, name, name, name)
	}
	if name == "age" {
		return func(o *board.Order, now time.Time) bool { return holds(op, now.Sub(o.PlacedAt), limit) }, nil
	}
	return func(o *board.Order, now time.Time) bool {
		left, ok := o.Left(now)
		return ok && holds(op, left, limit)
	}, nil
}

// span reads a duration; a bare number is minutes.
func span(value string) (time.Duration, error) {
	if minutes, err := strconv.ParseFloat(value, 64); err == nil {
		return time.Duration(minutes * float64(time.Minute)), nil
	}
	d, err := time.ParseDuration(value)
	if err != nil {
		return 0, fmt.Errorf("read a time: %w", err)
	}
	return d, nil
}

func holds[T int64 | float64 | time.Duration](op string, a, b T) bool {
	switch op {
	case "=":
		return a == b
	case "!=":
		return a != b
	case "<":
		return a < b
	case "<=":
		return a <= b
	case ">":
		return a > b
	}
	return a >= b
}

// contains ignores case; part is in lower case already.
func contains(text, part string) bool { return strings.Contains(strings.ToLower(text), part) }
