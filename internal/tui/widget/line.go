// Package widget draws the parts of the console's screen: lines of styled pieces, the table of orders, the help.
//
// Everything here is a pure function of what it is given, and no line is ever wider than it was asked to be.
package widget

import (
	"strings"

	"github.com/zoop-dev/zoop/internal/sanitize"
	"github.com/zoop-dev/zoop/internal/tui/theme"
)

// Piece is a clean text in a style.
type Piece struct {
	Text  string
	Style theme.Style
}

// Spread draws one line of exactly width columns: left pieces from the left, right pieces at the right edge. Where there
// is no room, left pieces go from the last on; what is left of the line is cut.
func Spread(width int, cut string, left, right []Piece) string {
	rightWidth := total(right)
	for len(left) > 1 && total(left)+rightWidth+min(1, rightWidth) > width {
		left = left[:len(left)-1]
	}
	if total(left)+rightWidth+min(1, rightWidth) > width {
		right, rightWidth = nil, 0
	}
	var b strings.Builder
	room := width - rightWidth
	for _, p := range left {
		text := p.Text
		if w := sanitize.Width(text); w > room {
			text = sanitize.Fit(text, room, cut)
		}
		room -= sanitize.Width(text)
		b.WriteString(p.Style.Paint(text))
	}
	b.WriteString(strings.Repeat(" ", max(0, room)))
	for _, p := range right {
		b.WriteString(p.Style.Paint(p.Text))
	}
	return b.String()
}

func total(pieces []Piece) (width int) {
	for _, p := range pieces {
		width += sanitize.Width(p.Text)
	}
	return width
}

// Rule draws a line across the screen, with a text near its end.
func Rule(width int, t theme.Theme, text string, style theme.Style) string {
	if text == "" {
		return t.Muted.Paint(strings.Repeat(t.Signs.Rule, max(0, width)))
	}
	if t.ASCII {
		text = sanitize.ASCII(text)
	}
	text = " " + text + " "
	if w := sanitize.Width(text); w > width {
		return style.Paint(sanitize.Fit(text, width, t.Signs.Cut))
	}
	tail := min(2, width-sanitize.Width(text))
	lead := width - sanitize.Width(text) - tail
	return t.Muted.Paint(strings.Repeat(t.Signs.Rule, lead)) + style.Paint(text) + t.Muted.Paint(strings.Repeat(t.Signs.Rule, tail))
}
