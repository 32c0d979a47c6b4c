// Package page holds the console's screens: what each shows of the board, and what keys do there. A page does no I/O and
// reads no clock; the console hands it batches, keys and the time.
package page

import (
	"fmt"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/desk"
	"github.com/zoop-dev/zoop/internal/tui/filter"
	"github.com/zoop-dev/zoop/internal/tui/keymap"
	"github.com/zoop-dev/zoop/internal/tui/theme"
	"github.com/zoop-dev/zoop/internal/tui/widget"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
)

// Orders is the board: all live orders, worst first, as far as the filter lets them through.
//
// While it is live its rows move as they must; scrolling pauses it.
type Orders struct {
	selection[*board.Order]
	theme theme.Theme
	keys  keymap.Map
	table widget.Table

	width, height int
	known         bool // the board has been heard of at all
	all           []*board.Order
	matching      int // of all
	filter        filter.Filter
}

// NewOrders makes the board.
func NewOrders(t theme.Theme, keys keymap.Map) *Orders {
	return &Orders{selection: newSelection(func(o *board.Order) domain.ID { return o.ID }, true), theme: t, keys: keys}
}

// Name implements View.
func (p *Orders) Name() string { return "Orders" }

// Place implements View.
func (p *Orders) Place() int { return 1 }

// Subject implements View.
func (p *Orders) Subject() desk.Subject { return desk.Of(p.Selected()) }

// Note implements View.
func (p *Orders) Note(time.Time) (left, right string) {
	if !p.filter.Empty() {
		left = "/" + p.filter.String()
	}
	shown, all := p.Counts()
	return left, fmt.Sprintf("%d/%d", shown, all)
}

// Resize says how much room there is, the column names included.
func (p *Orders) Resize(width, height int) {
	if width != p.width {
		p.table = widget.NewTable(p.theme, width)
	}
	p.width, p.height = width, max(2, height)
	p.fit(p.height - 1)
}

// Take shows a newer state of the board.
func (p *Orders) Take(b board.Batch, now time.Time) {
	p.all, p.known = b.Orders, b.Epoch != ""
	p.keepMarks(p.all)
	if !p.paused {
		p.arrange(now)
		return
	}
	p.matching = len(p.filtered(now))
	fresh := make(map[domain.ID]*board.Order, len(b.Changed))
	for _, o := range b.Orders {
		if _, ok := b.Changed[o.ID]; ok {
			fresh[o.ID] = o
		}
	}
	for id := range b.Changed {
		p.changed[id] = struct{}{}
	}
	for i, o := range p.rows {
		if newer, ok := fresh[o.ID]; ok {
			p.rows[i] = newer
		}
	}
}

// Pass lets time pass: rows that are shown because of it come and go.
func (p *Orders) Pass(now time.Time) {
	if !p.paused && p.filter.Timed() {
		p.arrange(now)
	}
}

// SetFilter implements Filtered.
func (p *Orders) SetFilter(text string, now time.Time) error {
	f, err := filter.Parse(text)
	if err != nil {
		return err
	}
	p.filter = f
	p.resume(now)
	return nil
}

// Filter implements Filtered.
func (p *Orders) Filter() string { return p.filter.String() }

// Complete implements Filtered.
func (p *Orders) Complete(text string) []string { return filter.Complete(text, p.all) }

// arrange puts the rows in their right order and keeps the selection on its order.
func (p *Orders) arrange(now time.Time) {
	rows := p.filtered(now)
	p.matching = len(rows)
	p.show(rows)
}

// filtered is all that the filter lets through.
func (p *Orders) filtered(now time.Time) []*board.Order {
	if p.filter.Empty() {
		return p.all
	}
	out := make([]*board.Order, 0, len(p.all))
	for _, o := range p.all {
		if p.filter.Match(o, now) {
			out = append(out, o)
		}
	}
	return out
}

// Selected is the order that keys act on; nil when there is none.
func (p *Orders) Selected() *board.Order {
	o, _ := p.selected()
	return o
}

// Select puts the selection on an order, if it is shown.
func (p *Orders) Select(id domain.ID) {
	if at := p.find(id); at >= 0 {
		p.cursor = at
		p.pin()
		p.follow()
	}
}

// Key acts on a key and says whether it was one of the board's.
func (p *Orders) Key(k tea.KeyMsg, now time.Time) bool {
	switch {
	case p.steer(k, p.keys):
	case key.Matches(k, p.keys.Resume):
		p.pinned = domain.Nil
		p.resume(now)
	case key.Matches(k, p.keys.Back) && p.paused:
		p.resume(now)
	case key.Matches(k, p.keys.Back) && !p.filter.Empty():
		p.filter = filter.Filter{}
		p.resume(now)
	default:
		return false
	}
	return true
}

func (p *Orders) resume(now time.Time) {
	p.release()
	p.arrange(now)
}

// Counts are the orders that the filter lets through and all there are, also while rows that have ended keep their places.
func (p *Orders) Counts() (shown, all int) { return p.matching, len(p.all) }

// View draws the board: exactly as many lines as there is room.
func (p *Orders) View(now time.Time) []string {
	lines := make([]string, 0, p.height)
	lines = append(lines, p.table.Head())
	from, end := p.inSight()
	for i := from; i < end; i++ {
		lines = append(lines, p.table.Row(p.rows[i], now, i == p.cursor, p.marks.has(p.rows[i].ID)))
	}
	if len(p.rows) == 0 {
		lines = append(lines, widget.Spread(p.width, p.theme.Signs.Cut, []widget.Piece{{Text: " " + p.emptiness(), Style: p.theme.Muted}}, nil))
	}
	blank := widget.Pad("", p.width)
	for len(lines) < p.height {
		lines = append(lines, blank)
	}
	return lines
}

func (p *Orders) emptiness() string {
	switch {
	case len(p.all) > 0:
		return "no order meets the filter"
	case !p.known:
		return "waiting for the marketplace"
	}
	return "no live orders"
}
