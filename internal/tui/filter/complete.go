package filter

import (
	"slices"
	"strings"

	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/tui/board"
)

// fields are what a term may be about, each with the operator that is meant most often.
var fields = []string{"state=", "sla<", "vendor~", "courier=", "total>", "age>", "city=", "fulfilment=", "number="}

// maxCompletions bounds what is offered.
const maxCompletions = 50

// Complete gives the texts that a filter may become when its last word is completed: with fields, or after an operator with the
// values that orders have. The shortest way to go on comes first.
func Complete(text string, orders []*board.Order) []string {
	return complete(text, fields, func(name string) []string { return values(name, orders) })
}

// complete goes on with a text by one of the fields, or after an operator by one of a field's values.
func complete(text string, fields []string, values func(name string) []string) []string {
	from := LastWord(text)
	word := text[from:]
	var out []string
	add := func(whole string) {
		if len(out) < maxCompletions && whole != word && strings.HasPrefix(strings.ToLower(whole), strings.ToLower(word)) && !slices.Contains(out, text[:from]+whole) {
			out = append(out, text[:from]+whole)
		}
	}
	name, op, value := cut(word)
	if op == "" {
		for _, f := range fields {
			add(f)
		}
		return out
	}
	lead := word[:len(word)-len(value)]
	if at := strings.LastIndexByte(value, ','); at >= 0 && !strings.Contains(value, `"`) {
		lead = word[:len(word)-len(value)+at+1]
	}
	for _, v := range values(name) {
		if strings.ContainsRune(v, ' ') {
			if v = `"` + v + `"`; !strings.HasSuffix(lead, op) {
				continue // a list of values in quotes is more than anybody types
			}
			if !strings.HasPrefix(value, `"`) && strings.HasPrefix(strings.ToLower(v[1:]), strings.ToLower(value)) {
				out = append(out, text[:from]+lead+v)
				continue
			}
		}
		add(lead + v)
	}
	return out
}

// LastWord is where the last word begins: after the last space outside quotes.
func LastWord(text string) int {
	from, quoted := 0, false
	for i, r := range text {
		switch {
		case r == '"':
			quoted = !quoted
		case r == ' ' && !quoted:
			from = i + 1
		}
	}
	return from
}

// cut splits a word at its operator; op is "" where there is none.
func cut(word string) (name, op, value string) {
	for i := range word {
		for _, candidate := range operators {
			if i > 0 && strings.HasPrefix(word[i:], candidate) {
				return strings.ToLower(word[:i]), candidate, word[i+len(candidate):]
			}
		}
	}
	return word, "", ""
}

// values are what a field may be, those of orders in their order: the worst first.
func values(name string, orders []*board.Order) []string {
	of := func(read func(o *board.Order) string) []string {
		var out []string
		seen := map[string]bool{"": true}
		for _, o := range orders {
			if v := read(o); !seen[v] && !strings.Contains(v, `"`) {
				seen[v] = true
				out = append(out, v)
			}
		}
		return out
	}
	switch name {
	case "state":
		out := []string{"live", "done"}
		for _, s := range order.States {
			out = append(out, string(s))
		}
		return out
	case "vendor":
		return of(func(o *board.Order) string { return o.Vendor })
	case "city":
		return of(func(o *board.Order) string { return o.City })
	case "courier":
		return append([]string{"none"}, of(func(o *board.Order) string { return board.ShortCourier(o.CourierID) })...)
	case "fulfilment":
		return []string{string(order.Delivery), string(order.Pickup)}
	case "number", "order":
		return of(func(o *board.Order) string { return o.Number })
	case "sla":
		return []string{"0", "3m", "5m", "10m"}
	case "age":
		return []string{"15m", "30m", "1h"}
	}
	return nil
}
