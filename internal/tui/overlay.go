package tui

import (
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
