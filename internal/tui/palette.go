package tui

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/zoop-dev/zoop/internal/sanitize"
	"github.com/zoop-dev/zoop/internal/tui/keymap"
	"github.com/zoop-dev/zoop/internal/tui/widget"
)

// palette finds commands, views, orders and vendors by a part of their name. What the board knows is found at once; the API is asked for
// more when nothing has been typed for a moment, and its answer comes below what is there: nothing moves under the cursor.
type palette struct {
	actions bool // only those
	input   widget.Input
	cursor  int
	asked   question // the newest
}

// command is a line of the palette.
type command struct {
	name string // what is typed
	does string
	do   func(m *model) tea.Cmd
}

func (m *model) openPalette() { m.over = &palette{input: widget.NewInput("")} }

// maxFound bounds the orders that the palette offers.
const maxFound = 50

// typed is what is looked for.
func (p *palette) typed() string { return strings.TrimSpace(p.input.Text()) }

// found are the commands that fit what is typed, the best first, and after them the vendors that only the API knows.
func (p *palette) found(m *model) []command {
	typed := p.typed()
	var out []command
	var scores []int
	add := func(c command) {
		score, ok := fits(c.name, typed)
		if !ok {
			return
		}
		at := len(scores)
		for at > 0 && scores[at-1] < score {
			at--
		}
		scores = append(scores[:at], append([]int{score}, scores[at:]...)...)
		out = append(out[:at], append([]command{c}, out[at:]...)...)
	}
	for _, c := range m.actionCommands() {
		add(c)
	}
	if p.actions {
		return out
	}
	for _, c := range append(m.commands(), m.filterCommands(typed)...) {
		add(c)
	}
	if typed == "" {
		return out
	}
	n := 0
	for _, o := range m.batch.Orders {
		if _, ok := fits(o.Number, typed); !ok || n == maxFound {
			continue
		}
		n++
		add(command{o.Number, strings.ToLower(widget.State(o.State)) + ", " + o.Vendor, func(m *model) tea.Cmd {
			m.orders.Select(o.ID)
			return m.open(o)
		}})
	}
	vendors, listed := m.vendorCommands(typed)
	for _, c := range vendors {
		add(c)
	}
	if len(out) == 0 && m.o.Desk != nil && looksLikeNumber(typed) {
		out = append(out, command{strings.ToUpper(typed), "ask the API for this order", func(m *model) tea.Cmd { return m.find(typed) }})
	}
	return append(out, p.asked.commands(typed, listed)...)
}

// fits says whether the letters of a part come in a name in their order, and how well: together and early is best.
func fits(name, part string) (score int, ok bool) {
	if part == "" {
		return 0, true
	}
	name, part = strings.ToLower(name), strings.ToLower(part)
	if at := strings.Index(name, part); at >= 0 {
		return 1000 - at - len(name), true
	}
	from, gaps := 0, 0
	for _, r := range part {
		at := strings.IndexRune(name[from:], r)
		if at < 0 {
			return 0, false
		}
		gaps += at
		from += at + len(string(r))
	}
	return 500 - gaps - len(name), true
}

func (p *palette) key(m *model, k tea.KeyMsg) tea.Cmd {
	found, typed := p.found(m), p.typed()
	switch {
	case key.Matches(k, m.keys.Discard):
		p.asked.leave()
		m.over = nil
	case key.Matches(k, m.keys.Before):
		p.cursor = max(0, p.cursor-1)
	case key.Matches(k, m.keys.After):
		p.cursor = min(len(found)-1, p.cursor+1)
	case key.Matches(k, m.keys.Complete):
		if p.cursor < len(found) {
			p.input, p.cursor = widget.NewInput(found[p.cursor].name), 0
		}
	case key.Matches(k, m.keys.Apply):
		if p.cursor >= len(found) {
			return nil
		}
		p.asked.leave()
		m.over = nil
		return found[p.cursor].do(m)
	case p.input.Key(k):
		p.cursor = 0
	}
	p.cursor = max(0, p.cursor)
	if p.typed() != typed {
		return p.wonder(m)
	}
	return nil
}

func (p *palette) view(m *model, width, height int) []string {
	t := m.theme
	pieces := append([]widget.Piece{{Text: " :", Style: t.Accent}}, p.input.Pieces(t, max(1, width-4))...)
	out := []string{widget.Spread(width, t.Signs.Cut, pieces, nil)}
	found := p.found(m)
	room := max(1, height-1)
	from := max(0, min(p.cursor-room+1, len(found)-room))
	for i := from; i < min(len(found), from+room); i++ {
		lead, style := "   ", t.Accent
		if i == p.cursor {
			lead, style = " "+t.Signs.Pointer+" ", t.Selected
		}
		does := found[i].does
		if t.ASCII {
			does = sanitize.ASCII(does)
		}
		name := min(18, max(1, width-3))
		out = append(out, lead+style.Paint(sanitize.Fit(found[i].name, name, t.Signs.Cut))+" "+
			t.Muted.Paint(sanitize.Fit(does, max(0, width-name-4), t.Signs.Cut)))
	}
	if len(found) == 0 {
		out = append(out, "   "+t.Muted.Paint(sanitize.Fit(p.nothing(m), max(0, width-3), "")))
	}
	return out
}

func (p *palette) hints(m *model) []keymap.Hint { return m.keys.Choosing() }

// commands are what the palette can do now, but for orders.
func (m *model) commands() []command {
	var out []command
	for i, v := range m.views {
		out = append(out, command{strings.ToLower(v.Name()), fmt.Sprintf("view %d", v.Place()), func(m *model) tea.Cmd { return m.turn(i) }})
	}
	do := func(name, does string, f func(m *model)) {
		out = append(out, command{name, does, func(m *model) tea.Cmd { f(m); return nil }})
	}
	do("messages", "errors of this session", (*model).openMessages)
	do("help", "all keys", (*model).openHelp)
	out = append(out, command{"quit", "end the console", func(*model) tea.Cmd { return tea.Quit }})
	return out
}
