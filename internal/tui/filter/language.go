package filter

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Language is the filter of another kind of rows, with fields of its own. Its words, fields, operators and quotes are those of orders.
type Language[T any] struct {
	Word   func(row T) []string // what a mere word is looked for in
	Fields []Field[T]
}

// Field is something that a term may be about. One of Text, Number and Span reads it.
type Field[T any] struct {
	Name   string
	Meant  string // the operator that is meant most often
	Values []string
	Text   func(row T) string
	Number func(row T) (n float64, ok bool) // not ok: the row has none, and meets no term about it
	Span   func(row T, now time.Time) (d time.Duration, ok bool)
}

// Rows is a parsed filter of rows. The zero Rows lets everything through.
type Rows[T any] struct {
	text  string
	terms []func(row T, now time.Time) bool
	parts [][3]string // name, operator, value of each term; only a value for a mere word
	timed bool
}

// String gives the text that the filter was parsed from.
func (f Rows[T]) String() string { return f.text }

// Empty says whether the filter lets everything through.
func (f Rows[T]) Empty() bool { return len(f.terms) == 0 }

// Timed says whether the answer depends on the time.
func (f Rows[T]) Timed() bool { return f.timed }

// Match says whether a row meets every term.
func (f Rows[T]) Match(row T, now time.Time) bool {
	return !slices.ContainsFunc(f.terms, func(t func(T, time.Time) bool) bool { return !t(row, now) })
}

// Sought is the name that somebody looks for: that of a term about the named field, or a mere word. "" where there is none.
func (f Rows[T]) Sought(name string) string {
	for _, p := range f.parts {
		is, value := p[0] == name && (p[1] == "=" || p[1] == "~"), p[2]
		if is && !strings.Contains(value, ",") || p[1] == "" && !strings.HasPrefix(value, "-") {
			return value
		}
	}
	return ""
}

// About says whether a term is about the named field.
func (f Rows[T]) About(name string) bool {
	return slices.ContainsFunc(f.parts, func(p [3]string) bool { return p[0] == name })
}

// Parse reads a filter. Its errors name the term and say what would be right.
func (l Language[T]) Parse(text string) (Rows[T], error) {
	f := Rows[T]{text: strings.TrimSpace(text)}
	words, err := split(f.text)
	if err != nil {
		return Rows[T]{}, err
	}
	for _, w := range words {
		name, op, value := cut(w)
		if f.parts = append(f.parts, [3]string{name, op, value}); op == "" {
			f.parts[len(f.parts)-1] = [3]string{2: w}
			f.terms = append(f.terms, l.word(w))
			continue
		}
		field, err := l.field(name)
		if err == nil && strings.TrimSpace(value) == "" {
			err = fmt.Errorf("%s%s needs a value", name, op)
		}
		if err != nil {
			return Rows[T]{}, err
		}
		t, err := field.term(op, strings.ToLower(strings.TrimSpace(value)))
		if err != nil {
			return Rows[T]{}, err
		}
		f.terms, f.timed = append(f.terms, t), f.timed || field.Span != nil
	}
	return f, nil
}

func (l Language[T]) field(name string) (Field[T], error) {
	names := make([]string, len(l.Fields))
	for i, f := range l.Fields {
		if names[i] = f.Name; f.Name == name {
			return f, nil
		}
	}
	return Field[T]{}, fmt.Errorf("no field %q: %s", name, strings.Join(names, ", "))
}

func (l Language[T]) word(w string) func(T, time.Time) bool {
	not := len(w) > 1 && w[0] == '-'
	if not {
		w = w[1:]
	}
	w = strings.ToLower(w)
	return func(row T, _ time.Time) bool {
		return slices.ContainsFunc(l.Word(row), func(text string) bool { return contains(text, w) }) != not
	}
}

// term is one that compares the field with a value in small letters.
func (f Field[T]) term(op, value string) (func(T, time.Time) bool, error) {
	alike := op == "~" || op == "!~"
	switch {
	case f.Text != nil:
		if !alike && op != "=" && op != "!=" {
			return nil, fmt.Errorf("%s is a text: use = != ~ !~", f.Name)
		}
		values, match, not := strings.Split(value, ","), strings.EqualFold, op[0] == '!'
		if alike {
			match = contains
		}
		return func(row T, _ time.Time) bool {
			return slices.ContainsFunc(values, func(v string) bool { return match(f.Text(row), v) }) != not
		}, nil
	case f.Number != nil:
		limit, err := strconv.ParseFloat(strings.TrimSuffix(value, "%"), 64)
		if err != nil || alike {
			return nil, fmt.Errorf("%s is a number: %s>3, use = != < <= > >=", f.Name, f.Name)
		}
		return func(row T, _ time.Time) bool {
			n, ok := f.Number(row)
			return ok && holds(op, n, limit)
		}, nil
	}
	limit, err := span(value)
	if err != nil || alike {
		return nil, fmt.Errorf("%s is a time: %s<5m, %s>90s", f.Name, f.Name, f.Name)
	}
	return func(row T, now time.Time) bool {
		d, ok := f.Span(row, now)
		return ok && holds(op, d, limit)
	}, nil
}

// Complete gives the texts that a filter may become when its last word is completed, as that of orders does.
func (l Language[T]) Complete(text string, rows []T) []string {
	offered := make([]string, len(l.Fields))
	for i, f := range l.Fields {
		offered[i] = f.Name + f.Meant
	}
	return complete(text, offered, func(name string) []string {
		f, err := l.field(name)
		if err != nil {
			return nil
		}
		out := slices.Clone(f.Values)
		for _, row := range rows {
			if f.Text == nil || len(f.Values) > 0 {
				break
			}
			if v := f.Text(row); v != "" && !strings.Contains(v, `"`) && !slices.Contains(out, v) {
				out = append(out, v)
			}
		}
		return out
	})
}
