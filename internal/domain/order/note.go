package order

import (
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Bounds of notes: the characters of one, and how many an order has.
const (
	MaxNote  = 2_000
	MaxNotes = 100
)

// Note is what staff have written down about an order, for staff.
type Note struct {
	ID   domain.ID
	By   domain.ID
	Name string // their first name; "" for somebody who is gone
	Text string
	At   time.Time
}

// NewNote is a note by somebody. Invalid for one without words, or of more than MaxNote characters.
func NewNote(id, by domain.ID, text string) (Note, error) {
	text = strings.TrimSpace(text)
	if n := len([]rune(text)); n < 1 || n > MaxNote {
		return Note{}, domain.Invalidf("text", "length", "must have from 1 to %d characters", MaxNote)
	}
	return Note{ID: id, By: by, Text: text}, nil
}
