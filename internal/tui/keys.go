package tui

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/page"
	"github.com/zoop-dev/zoop/internal/tui/widget"
)

// onKeys takes characters that came in one read one by one. What is pasted is a text for what takes one, and presses no keys but that
// of a filter, which it may begin with: who pastes by mistake means none of them.
func (m *model) onKeys(k tea.KeyMsg) tea.Cmd {
	if k.Type != tea.KeyRunes || len(k.Runes) < 2 || k.Paste && (m.typing || m.over != nil) {
		return m.onKey(k)
	}
	press := func(r rune) tea.KeyMsg { return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}, Alt: k.Alt} }
	if k.Paste {
		first := press(k.Runes[0])
		if !key.Matches(first, m.keys.Filter) {
			return nil
		}
		cmd := m.onKey(first)
		if k.Runes = k.Runes[1:]; m.typing {
			cmd = tea.Batch(cmd, m.onKey(k))
		}
		return cmd
	}
	cmds := make([]tea.Cmd, len(k.Runes))
	for i, r := range k.Runes {
		cmds[i] = m.onKey(press(r))
	}
	return tea.Batch(cmds...)
}

func (m *model) onKey(k tea.KeyMsg) tea.Cmd {
	switch {
	case k.String() == "ctrl+c":
		return tea.Quit
	case m.over != nil:
		return m.over.key(m, k)
	case m.typing:
		m.onTyping(k)
		return m.follow()
	case key.Matches(k, m.keys.Quit):
		return tea.Quit
	case key.Matches(k, m.keys.Help):
		m.openHelp()
		return nil
	case key.Matches(k, m.keys.Messages):
		m.openMessages()
		return nil
	case key.Matches(k, m.keys.Palette):
		m.openPalette()
		return nil
	case key.Matches(k, m.keys.Copy):
		return m.copyID()
	case key.Matches(k, m.keys.Command):
		return m.copyCommand()
	}
	if cmd, ok := m.onActionKey(k); ok {
		return cmd
	}
	for i, v := range m.views {
		if key.Matches(k, m.keys.Views[v.Place()-1]) {
			return m.turn(i)
		}
	}
	if m.inOrder {
		return m.onOrderKey(k)
	}
	return m.onBoardKey(k)
}

// turn shows another view.
func (m *model) turn(to int) tea.Cmd {
	m.at, m.inOrder = to, false
	m.fitOrder()
	return m.follow()
}

func (m *model) onBoardKey(k tea.KeyMsg) tea.Cmd {
	switch {
	case key.Matches(k, m.keys.Open) && m.view().Subject().Order != nil:
		return m.open(m.view().Subject().Order)
	case key.Matches(k, m.keys.Open) && m.view().Subject().Alert != nil:
		return m.openAlert(m.view().Subject().Alert)
	case key.Matches(k, m.keys.Open) && m.ofOrders():
		m.say("nothing is selected")
		return nil
	case key.Matches(k, m.keys.Filter):
		if v, ok := m.view().(page.Filtered); ok {
			m.typing, m.before, m.inputErr, m.offered = true, v.Filter(), nil, completion{}
			m.input = widget.NewInput(m.before)
		}
		return nil
	}
	m.view().Key(k, m.o.Now())
	return m.follow()
}

// unmark forgets the marks once what was asked for all of them is done.
func (m *model) unmark(done doneMsg) {
	if d := m.dialogOf(done.n); d == nil || done.err != nil || len(d.subject.Alerts) == 0 {
		return
	}
	if v, ok := m.view().(page.Marking); ok {
		v.Unmark()
	}
}

// open shows an order; nil is none.
func (m *model) open(o *board.Order) tea.Cmd {
	if o == nil {
		return nil
	}
	m.order.Show(o)
	m.showPending()
	m.inOrder = true
	return m.wish(0)
}

func (m *model) onOrderKey(k tea.KeyMsg) tea.Cmd {
	switch {
	case key.Matches(k, m.keys.Back):
		m.inOrder = false
		return m.follow()
	case key.Matches(k, m.keys.Reload):
		return m.wish(0)
	}
	m.order.Key(k)
	return nil
}

// onTyping shows at once what the filter lets through, as far as it can be read.
func (m *model) onTyping(k tea.KeyMsg) {
	v, ok := m.view().(page.Filtered)
	if !ok {
		m.typing = false
		return
	}
	switch {
	case key.Matches(k, m.keys.Discard):
		m.typing = false
		_ = v.SetFilter(m.before, m.o.Now()) // it has held before
		return
	case key.Matches(k, m.keys.Apply):
		m.typing = m.inputErr != nil
		return
	case key.Matches(k, m.keys.Complete):
		if !m.complete() {
			return
		}
	default:
		m.offered = completion{}
		if !m.input.Key(k) {
			return
		}
	}
	m.inputErr = v.SetFilter(m.input.Text(), m.o.Now())
}
