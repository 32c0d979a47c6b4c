package widget

import (
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/sanitize"
	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/theme"
)

// column is one column of the table of orders.
type column struct {
	name  string
	width int
	right bool
	text  func(t theme.Theme, o *board.Order, now time.Time) string
}

// The columns, and how wide they are; vendor takes what is left.
var (
	columnSLA     = column{"SLA", 8, false, func(t theme.Theme, o *board.Order, now time.Time) string { return SLA(t, o, now) }}
	columnOrder   = column{"ORDER", 7, false, func(_ theme.Theme, o *board.Order, _ time.Time) string { return Number(o) }}
	columnState   = column{"STATE", 13, false, func(_ theme.Theme, o *board.Order, _ time.Time) string { return State(o.State) }}
	columnVendor  = column{"VENDOR", 0, false, func(_ theme.Theme, o *board.Order, _ time.Time) string { return o.Vendor }}
	columnCourier = column{"COURIER", 7, false, func(_ theme.Theme, o *board.Order, _ time.Time) string { return Courier(o.CourierID) }}
	columnAge     = column{"AGE", 5, true, func(_ theme.Theme, o *board.Order, now time.Time) string { return Age(o, now) }}
	columnWhy     = column{"WHY", 19, false, func(_ theme.Theme, o *board.Order, now time.Time) string { return Why(o, now) }}
	columnTotal   = column{"TOTAL", 12, true, func(t theme.Theme, o *board.Order, _ time.Time) string { return Money(t, o.Total) }}
)

// minVendor is the width under which the vendor's name says nothing; a column goes before it gets there.
const minVendor = 12

// Table draws orders as rows of a width.
type Table struct {
	theme   theme.Theme
	width   int
	columns []column
}

// NewTable chooses the columns for a width: WHY, TOTAL, AGE and COURIER go first; SLA, ORDER and STATE never.
func NewTable(t theme.Theme, width int) Table {
	columns := []column{columnSLA, columnOrder, columnState, columnVendor, columnCourier, columnAge, columnTotal, columnWhy}
	for len(columns) > 4 && rest(columns, width) < minVendor {
		columns = columns[:len(columns)-1]
	}
	if rest(columns, width) < 3 { // not even for the vendor
		columns = columns[:3]
	} else {
		columns[3].width = rest(columns, width)
	}
	return Table{theme: t, width: width, columns: columns}
}

// rest is what the columns, with a space between and the pointer before them, leave of a width.
func rest(columns []column, width int) int {
	for _, c := range columns {
		width -= c.width + 1
	}
	return width
}

// Head draws the names of the columns.
func (t Table) Head() string {
	var b strings.Builder
	used := 1
	b.WriteByte(' ')
	for i, c := range t.columns {
		if i > 0 {
			b.WriteByte(' ')
			used++
		}
		name := c.name
		if i == 0 {
			name = " " + name
		}
		b.WriteString(t.theme.Head.Paint(cell(t.theme, name, c)))
		used += c.width
	}
	return t.fit(b.String(), used)
}

// Row draws an order, which may be selected, marked, both or neither. now is the reader's clock.
func (t Table) Row(o *board.Order, now time.Time, selected, marked bool) string {
	var b strings.Builder
	b.Grow(2 * t.width)
	whole := t.theme.Selected
	if !selected {
		whole = theme.Style{}
		if !o.State.Live() {
			whole = t.theme.Muted
		}
	}
	b.WriteString(t.theme.Lead(selected, marked))
	plain := whole == theme.Style{}
	used := 1
	for i, c := range t.columns {
		if i > 0 {
			b.WriteByte(' ')
			used++
		}
		text := cell(t.theme, c.text(t.theme, o, now), c)
		if plain && i == 0 {
			text = risk(t.theme, o, now).Paint(text)
		} else if plain && i == 1 {
			text = t.theme.Accent.Paint(text)
		}
		b.WriteString(text)
		used += c.width
	}
	return whole.Paint(t.fit(b.String(), used))
}

// fit makes a drawn line that takes used columns exactly as wide as the table.
func (t Table) fit(line string, used int) string {
	if used < t.width {
		return line + strings.Repeat(" ", t.width-used)
	}
	if used > t.width {
		return Truncate(line, t.width)
	}
	return line
}

// cell cuts or pads a text to its column.
func cell(t theme.Theme, text string, c column) string {
	if t.ASCII {
		text = sanitize.ASCII(text)
	}
	if c.right {
		if w := sanitize.Width(text); w < c.width {
			return strings.Repeat(" ", c.width-w) + text
		}
	}
	return sanitize.Fit(text, c.width, t.Signs.Cut)
}

func risk(t theme.Theme, o *board.Order, now time.Time) theme.Style {
	switch o.Risk(now) {
	case order.Breached:
		return t.Crit
	case order.AtRisk:
		return t.Warn
	}
	return theme.Style{}
}

// SLA writes what is left until the next promise breaks, with a sign for the risk: "!-02:10", "~+01:30", " +12:00".
func SLA(t theme.Theme, o *board.Order, now time.Time) string {
	left, ok := o.Left(now)
	if !ok {
		if o.State.Live() {
			return " --"
		}
		return t.Signs.Ended
	}
	sign := " "
	switch o.Risk(now) {
	case order.Breached:
		sign = t.Signs.Breached
	case order.AtRisk:
		sign = t.Signs.AtRisk
	}
	return sign + signed(left)
}

// Why says which promise breaks next, or is foretold to, in at most 19 columns.
func Why(o *board.Order, now time.Time) string {
	next := o.Next(now)
	broken := next.Due.Before(now)
	switch {
	case next.Foretold && next.Left < 0:
		return "expected " + Short(-next.Left) + " late"
	case next.Foretold:
		return "expected in time"
	case next.Promise == order.Answer && broken:
		return "no answer"
	case next.Promise == order.Answer:
		return "vendor's answer"
	case next.Promise == order.Food && broken:
		return "food is not ready"
	case next.Promise == order.Food:
		return "food ready"
	case next.Promise == order.Door && broken:
		return "late at the door"
	case next.Promise == order.Door:
		return "promised at door"
	}
	return ""
}

// signed writes a span as "+12:00", and from a hundred minutes on as "+2h05m".
func signed(d time.Duration) string {
	lead := byte('+')
	if d < 0 {
		lead, d = '-', -d
	}
	seconds := int64(d / time.Second)
	switch {
	case seconds < 100*60:
		return string(lead) + two(seconds/60) + ":" + two(seconds%60)
	case seconds < 100*3600:
		return string(lead) + number(seconds/3600) + "h" + two(seconds/60%60) + "m"
	}
	return string(lead) + number(seconds/86400) + "d"
}

// Number is the order's number, or the end of its ID while the number is not known.
func Number(o *board.Order) string {
	if o.Number != "" {
		return o.Number
	}
	text := o.ID.String()
	return "?" + text[len(text)-4:]
}

// State writes a state for people: "PICKED UP".
func State(s order.State) string { return strings.ToUpper(strings.ReplaceAll(string(s), "_", " ")) }

// Courier names a courier without naming a person.
func Courier(id domain.ID) string {
	if id.IsNil() {
		return "--"
	}
	return board.ShortCourier(id)
}

// Age writes how long ago the order was placed, in at most five columns.
func Age(o *board.Order, now time.Time) string {
	if o.PlacedAt.IsZero() {
		return ""
	}
	return Short(now.Sub(o.PlacedAt))
}

// Short writes a span in at most five columns: "45s", "31m", "2h05", "3d".
func Short(d time.Duration) string {
	seconds := max(0, int64(d/time.Second))
	switch {
	case seconds < 60:
		return number(seconds) + "s"
	case seconds < 100*60:
		return number(seconds/60) + "m"
	case seconds < 100*3600:
		return number(seconds/3600) + "h" + two(seconds/60%60)
	}
	return number(seconds/86400) + "d"
}
