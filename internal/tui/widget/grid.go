package widget

import (
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/tui/theme"
)

// Column is one column of a grid.
type Column[T any] struct {
	Name  string
	Width int  // 0: what the others leave, of at least minVendor
	Right bool // its texts stand at the right edge
	Text  func(row T, now time.Time) string
	Style func(row T, now time.Time) theme.Style // nil: plain
}

// Grid draws rows of any kind in a width.
type Grid[T any] struct {
	theme   theme.Theme
	width   int
	columns []Column[T]
}

// NewGrid chooses columns for a width: where there is no room they go from the last on, but never one of the first keep.
func NewGrid[T any](t theme.Theme, width, keep int, columns []Column[T]) Grid[T] {
	rest := func() int {
		left := width
		for _, c := range columns {
			left -= c.Width + 1
		}
		return left
	}
	for len(columns) > keep && rest() < minVendor {
		columns = columns[:len(columns)-1]
	}
	g := Grid[T]{theme: t, width: width, columns: append([]Column[T](nil), columns...)}
	for i := range g.columns {
		if g.columns[i].Width == 0 {
			g.columns[i].Width = max(1, rest())
		}
	}
	return g
}

// Head draws the names of the columns.
func (g Grid[T]) Head() string {
	return g.line(" ", theme.Style{}, func(i int, c Column[T]) string {
		name := c.Name
		if i == 0 {
			name = " " + name
		}
		return g.theme.Head.Paint(cell(g.theme, name, column{width: c.Width, right: c.Right}))
	})
}

// Row draws a row, which may be selected, marked, both or neither. now is the reader's clock.
func (g Grid[T]) Row(row T, now time.Time, selected, marked bool) string {
	whole := theme.Style{}
	if selected {
		whole = g.theme.Selected
	}
	return g.line(g.theme.Lead(selected, marked), whole, func(_ int, c Column[T]) string {
		text := cell(g.theme, c.Text(row, now), column{width: c.Width, right: c.Right})
		if c.Style != nil && !selected {
			text = c.Style(row, now).Paint(text)
		}
		return text
	})
}

func (g Grid[T]) line(lead string, whole theme.Style, cell func(i int, c Column[T]) string) string {
	var b strings.Builder
	b.WriteString(lead)
	used := 1
	for i, c := range g.columns {
		if i > 0 {
			b.WriteByte(' ')
			used++
		}
		b.WriteString(cell(i, c))
		used += c.Width
	}
	return whole.Paint(Table{theme: g.theme, width: g.width}.fit(b.String(), used))
}
