package tui

import (
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/zoop-dev/zoop/internal/sanitize"
	"github.com/zoop-dev/zoop/internal/tui/keymap"
	"github.com/zoop-dev/zoop/internal/tui/widget"
)

// overlay is something that stands over the screen and has the keys.
type overlay interface {
	key(m *model, k tea.KeyMsg) tea.Cmd
	view(m *model, width, height int) []string // at most so many lines
	hints(m *model) []keymap.Hint
}

// text is an overlay to be read: it scrolls, and any other key closes it.
type text struct {
	lines  func(m *model, width int) []string
	offset int
}

func (m *model) openHelp() {
	m.over = &text{lines: func(m *model, width int) []string { return widget.Help(m.theme, m.keys, width) }}
}

func (t *text) key(m *model, k tea.KeyMsg) tea.Cmd {
	page := m.room() - 1
	switch {
	case key.Matches(k, m.keys.Up):
		t.offset--
	case key.Matches(k, m.keys.Down):
		t.offset++
	case key.Matches(k, m.keys.PageUp):
		t.offset -= page
	case key.Matches(k, m.keys.PageDown):
		t.offset += page
	default:
		m.over = nil
		if key.Matches(k, m.keys.Quit) {
			return nil // q closes the help, and not the console
		}
	}
	return nil
}

func (t *text) view(m *model, width, height int) []string {
	out := t.lines(m, width)
	t.offset = max(0, min(t.offset, len(out)-height))
	return out[t.offset:min(len(out), t.offset+height)]
}

func (t *text) hints(m *model) []keymap.Hint { return m.keys.Reading() }

// maxMessages bounds the errors that are kept.
const maxMessages = 200

// messages are the errors of the session, until they are dismissed.
type messages []message

type message struct {
	at   time.Time
	text string
}

// fail shows an error, and keeps it.
func (m *model) fail(text string) {
	m.messages = append(m.messages, message{m.o.Now(), text})
	if len(m.messages) > maxMessages {
		m.messages = m.messages[1:]
	}
	m.say(text)
}

// list shows the kept errors, the newest first; the key for going on dismisses them all.
type list struct{ text }

func (m *model) openMessages() {
	m.over = &list{text{lines: func(m *model, width int) []string {
		out := []string{" " + m.theme.Title.Paint(sanitize.Fit("Messages", width-1, ""))}
		if len(m.messages) == 0 {
			out = append(out, " "+m.theme.Muted.Paint(sanitize.Fit("none", max(0, width-1), "")))
		}
		for i := len(m.messages) - 1; i >= 0; i-- {
			said := m.messages[i]
			words := said.text
			if m.theme.ASCII {
				words = sanitize.ASCII(words)
			}
			for j, line := range widget.Wrap(words, max(4, width-11)) {
				clock := "        "
				if j == 0 {
					clock = said.at.In(m.o.Zone).Format("15:04:05")
				}
				out = append(out, widget.Truncate(" "+m.theme.Muted.Paint(clock)+"  "+line, width))
			}
		}
		return out
	}}}
}

func (l *list) key(m *model, k tea.KeyMsg) tea.Cmd {
	if key.Matches(k, m.keys.Apply) {
		m.messages, m.over = nil, nil
		return nil
	}
	return l.text.key(m, k)
}

func (l *list) hints(m *model) []keymap.Hint {
	return []keymap.Hint{{Key: m.keys.Apply, Word: "dismiss all"}, {Key: m.keys.Back, Word: "or any key keeps them"}}
}

// palette finds commands, views and orders by a part of their name.
type palette struct {
	actions bool // only those
	input   widget.Input
	cursor  int
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

// found are the commands that fit what is typed, the best first.
func (p *palette) found(m *model) []command {
	typed := strings.TrimSpace(p.input.Text())
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
		add(command{o.Number, strings.ToLower(widget.State(o.State)) + ", " + o.Vendor, func(m *model) tea.Cmd { return m.open(o) }})
	}
	for _, c := range m.vendorCommands(typed) {
		add(c)
	}
	if len(out) == 0 && m.o.Desk != nil && looksLikeNumber(typed) {
		out = append(out, command{strings.ToUpper(typed), "ask the API for this order", func(m *model) tea.Cmd { return m.find(typed) }})
	}
	return out
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
	found := p.found(m)
	switch {
	case key.Matches(k, m.keys.Discard):
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
		m.over = nil
		return found[p.cursor].do(m)
	case p.input.Key(k):
		p.cursor = 0
	}
	p.cursor = max(0, p.cursor)
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
		out = append(out, "   "+t.Muted.Paint(sanitize.Fit("nothing fits", max(0, width-3), "")))
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
