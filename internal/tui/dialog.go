package tui

import (
	"context"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/zoop-dev/zoop/internal/sanitize"
	"github.com/zoop-dev/zoop/internal/tui/desk"
	"github.com/zoop-dev/zoop/internal/tui/form"
	"github.com/zoop-dev/zoop/internal/tui/keymap"
	"github.com/zoop-dev/zoop/internal/tui/widget"
)

// dialog is a form over the screen, of an action on a subject.
type dialog struct {
	n       int // answers to another dialog are void
	action  desk.Action
	subject desk.Subject
	form    *form.Dialog // nil while it is opened
	problem []string     // why it could not be opened
	sent    *witness     // of what came since the deed was sent first; nil: it was not
}

// The messages of dialogs; n is the dialog that they are for.
type (
	openedMsg struct {
		n    int
		form form.Form
		err  error
	}
	optionsMsg struct {
		n       int
		options []form.Option
		err     error
	}
	meaningMsg struct {
		n       int
		meaning []string
		err     error
	}
	doneMsg struct {
		n       int
		receipt form.Receipt
		err     error
	}
)

func (d *dialog) key(m *model, k tea.KeyMsg) tea.Cmd {
	if d.form == nil {
		if key.Matches(k, m.keys.Discard) || d.problem != nil && key.Matches(k, m.keys.Apply) {
			m.over = nil
		}
		return nil
	}
	return m.carryOut(d, d.form.Key(k, m.keys))
}

func (d *dialog) view(m *model, width, height int) []string {
	if d.form != nil {
		return d.form.View(m.theme, width, height)
	}
	out := []string{widget.Spread(width, m.theme.Signs.Cut, []widget.Piece{{Text: " " + d.action.Name, Style: m.theme.Title}}, nil)}
	if d.problem == nil {
		return append(out, " "+m.theme.Muted.Paint(sanitize.Fit("asking the API", max(0, width-1), "")))
	}
	for _, p := range d.problem {
		if m.theme.ASCII {
			p = sanitize.ASCII(p)
		}
		for _, line := range widget.Wrap(p, max(4, width-3)) {
			out = append(out, "   "+m.theme.Warn.Paint(line))
		}
	}
	return out
}

func (d *dialog) hints(m *model) []keymap.Hint {
	if d.form == nil {
		return []keymap.Hint{{Key: m.keys.Discard, Word: "leave"}}
	}
	return d.form.Hints(m.keys)
}

// carryOut does what a form wants.
func (m *model) carryOut(d *dialog, w form.Work) tea.Cmd {
	switch {
	case w.Close:
		m.over = nil
	case w.Options != nil:
		return m.work(func(ctx context.Context) tea.Msg {
			options, err := w.Options(ctx)
			return optionsMsg{d.n, options, err}
		})
	case w.Ask != nil:
		return m.work(func(ctx context.Context) tea.Msg {
			meaning, err := w.Ask(ctx)
			return meaningMsg{d.n, meaning, err}
		})
	case w.Do != nil:
		if d.sent == nil {
			d.sent = watch(d.subject)
		}
		return m.work(func(ctx context.Context) tea.Msg {
			receipt, err := w.Do(ctx)
			return doneMsg{d.n, receipt, err}
		})
	}
	return nil
}

// dialogOf is the dialog that an answer is for; nil: it was left.
func (m *model) dialogOf(n int) *dialog {
	if d, ok := m.over.(*dialog); ok && d.n == n {
		return d
	}
	return nil
}

func (m *model) onOpened(msg openedMsg) tea.Cmd {
	d := m.dialogOf(msg.n)
	if d == nil {
		return nil
	}
	if msg.err != nil {
		d.problem, _ = desk.Trouble(msg.err)
		m.fail(d.action.Name + ": " + d.problem[0])
		return nil
	}
	var w form.Work
	d.form, w = form.Open(msg.form)
	return m.carryOut(d, w)
}

func (m *model) onOptions(msg optionsMsg) {
	if d := m.dialogOf(msg.n); d != nil {
		d.form.HasOptions(msg.options, m.trouble(d, msg.err))
	}
}

func (m *model) onMeaning(msg meaningMsg) {
	if d := m.dialogOf(msg.n); d != nil {
		d.form.HasMeaning(msg.meaning, m.trouble(d, msg.err))
	}
}

func (m *model) onDone(msg doneMsg) tea.Cmd {
	d := m.dialogOf(msg.n)
	if d == nil { // cannot be left while it is on its way
		return nil
	}
	if msg.err != nil {
		_, again := desk.Trouble(msg.err)
		d.form.Refused(m.trouble(d, msg.err), again)
		return nil
	}
	m.over = nil
	p := pending{what: d.form.Form.Verb, about: d.action.About(d.subject), seen: msg.receipt.Seen, at: m.o.Now()}
	if d.form.Form.Command != nil {
		m.did = deed{d.form.Form.Command(d.form.Answers), p.about, d.subject.Alert != nil && d.action.Of != nil, m.o.Now()}
	}
	left := msg.receipt.Trouble()
	if left != "" {
		m.fail(p.what + ": " + left)
	}
	switch {
	case p.seen != nil && !p.seen(d.sent.saw):
		m.pending = append(m.pending, p)
		m.showPending()
	case left == "":
		m.say(msg.receipt.Say)
	}
	if !p.about.IsNil() && p.about == m.order.ID() {
		return m.wish(0)
	}
	return nil
}

// trouble says why something failed, and keeps it; nil for nothing.
func (m *model) trouble(d *dialog, err error) []string {
	if err == nil {
		return nil
	}
	said, _ := desk.Trouble(err)
	m.fail(d.form.Form.Verb + ": " + strings.Join(said, "; "))
	return said
}
