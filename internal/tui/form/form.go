// Package form is how the console asks before it does something: questions one after the other, then what it will mean,
// then a confirmation. A Form is data, so that the screen and the line mode put the same questions; a Dialog is its state on
// the screen. Neither does I/O: what has to be asked of the API are functions that the console carries out.
package form

import (
	"context"
	"strings"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/tui/board"
)

// Form is everything about one deed, before it is done. All its texts are clean.
type Form struct {
	Verb    string   // for messages: "cancel 8F2K9Q"
	Title   string   // "Cancel order 8F2K9Q"
	Facts   []string // what is known before anything is asked
	Steps   []Step
	Ask     Ask                    // what doing it will mean, asked before the confirmation; nil: nothing
	Typed   string                 // what has to be typed to confirm; "": the key for going on is enough
	Same    func(text string) bool // says whether a typed text is that; nil: only the same letters are
	Do      func(ctx context.Context, a Answers) (Receipt, error)
	Command func(a Answers) string // the command line that does the same; nil: there is none
}

// Ask reads what a deed will mean.
type Ask func(ctx context.Context, a Answers) ([]string, error)

// Answers are what was chosen and typed, by the steps' names.
type Answers map[string]string

// Step is one question.
type Step struct {
	Name   string
	Prompt string
	Load   func(ctx context.Context, a Answers) ([]Option, error) // what may be chosen; nil: a text is typed
	Begin  string                                                 // of a text that is typed
	Check  func(text string, a Answers) error                     // of a text that is typed; nil: anything that is not empty
	Skip   func(a Answers) bool                                   // the question makes no sense after these answers
}

// Option is something that may be chosen.
type Option struct{ Value, Text string }

// Choose is a step's Load for what is known.
func Choose(options ...Option) func(context.Context, Answers) ([]Option, error) {
	return func(context.Context, Answers) ([]Option, error) { return options, nil }
}

// Words are options that say what they are.
func Words[T ~string](words ...T) []Option {
	out := make([]Option, len(words))
	for i, w := range words {
		out[i] = Option{string(w), string(w)}
	}
	return out
}

// Receipt says what the API answered, and by what the console sees it come true.
type Receipt struct {
	Say  string                 // "cancelled 8F2K9Q"
	Left []string               // what was left as it is, and why: trouble, though some was done
	Seen func(board.Batch) bool // the stream has brought it; nil: nothing comes, the answer is all
}

// Trouble is what was said of a deed that was done in part, and kept; "" for one that was done.
func (r Receipt) Trouble() string {
	if len(r.Left) == 0 {
		return ""
	}
	return r.Say + "; left: " + strings.Join(r.Left, "; ")
}

// ByVersion is what is seen once the board has a version of an order, or an event of the order or vendor that made it.
func ByVersion(id domain.ID, version int) func(board.Batch) bool {
	return func(b board.Batch) bool {
		for _, e := range b.Entries {
			if e.Gap == nil && e.Event.SubjectID == id && e.Event.Version >= version {
				return true
			}
		}
		if _, changed := b.Changed[id]; !changed {
			return false
		}
		for _, known := range b.Orders {
			if known.ID == id {
				return known.Version >= version
			}
		}
		return false
	}
}

// ByEvent is what is seen once an event comes that is it.
func ByEvent(is func(board.Event) bool) func(board.Batch) bool {
	return func(b board.Batch) bool {
		for _, e := range b.Entries {
			if e.Gap == nil && is(e.Event) {
				return true
			}
		}
		return false
	}
}

// Next is the step that comes at or after a place, or len(f.Steps) when all are answered.
func (f Form) Next(from int, a Answers) int {
	for from < len(f.Steps) && f.Steps[from].Skip != nil && f.Steps[from].Skip(a) {
		from++
	}
	return from
}

// Confirms says whether a typed text confirms the deed.
func (f Form) Confirms(text string) bool {
	switch {
	case f.Typed == "":
		return true
	case f.Same != nil:
		return f.Same(text)
	}
	return text == f.Typed
}
