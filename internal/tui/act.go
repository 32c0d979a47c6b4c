package tui

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/sanitize"
	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/desk"
	"github.com/zoop-dev/zoop/internal/tui/form"
	"github.com/zoop-dev/zoop/internal/tui/keymap"
	"github.com/zoop-dev/zoop/internal/tui/widget"
)

// How long things about actions last.
const (
	actTimeout = 15 * time.Second // of one question or deed
	seenWithin = 10 * time.Second // after which an event that has not come is complained about
	commandFor = 2 * time.Minute  // the command line of what was done is at hand
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

// pending is a deed that the API has answered and the stream has not told of.
type pending struct {
	what  string
	about domain.ID // Nil: nothing that is on the board
	seen  func(board.Batch) bool
	at    time.Time
}

// deed is the newest thing that was done, for its command line.
type deed struct {
	command string
	about   domain.ID // what it was done to
	ofAlert bool      // which may have left the list by then
	at      time.Time
}

// env is what actions work with.
func (o Options) env() desk.Env {
	return desk.Env{API: o.Desk, Now: o.Now, Key: func() string { return domain.ID(id.New()).String() }}
}

// Shown leaves of a keymap the keys of what the console has, for a list.
func Shown(keys keymap.Map) keymap.Map {
	m := newModel(context.Background(), Options{Keys: keys, Desk: nobody{}}, nil)
	return m.keys
}

// nobody is a desk of which nothing is asked.
type nobody struct{ desk.API }

// offer gives the actions their keys, as long as anything can be done.
func (m *model) offer() {
	var names []string
	if m.readOnly() == "" {
		names = append(desk.Names(desk.Actions()), "actions")
	}
	m.keys.Only(names, m.viewNames())
}

// onActionKey begins an action whose key it is.
func (m *model) onActionKey(k tea.KeyMsg) (cmd tea.Cmd, ok bool) {
	if key.Matches(k, m.keys.Actions) {
		m.over = &palette{actions: true}
		return nil, true
	}
	for _, a := range desk.Actions() {
		if key.Matches(k, m.keys.Key(a.Name)) {
			return m.begin(a), true
		}
	}
	return nil, false
}

func (m *model) lacks(a desk.Action) string { return lacks(m.operator, a) }

// lacks says which permission an operator lacks for an action; "" where none, or nobody knows.
func lacks(who desk.Operator, a desk.Action) string {
	if who == (desk.Operator{}) || who.May(a.Needs) {
		return ""
	}
	return "needs the permission " + strings.Join(a.Needs.Names(), ", ") + ", which your account lacks"
}

// begin opens an action's dialog on what is selected.
func (m *model) begin(a desk.Action) tea.Cmd {
	s := m.subject()
	for _, why := range []string{m.readOnly(), m.lacks(a), a.Why(s)} {
		if why != "" {
			m.say(a.Name + ": " + why)
			return nil
		}
	}
	s.Touches = touches(m.batch.Orders, s)
	m.dialogs++
	d := &dialog{n: m.dialogs, action: a, subject: s}
	m.over = d
	env := m.o.env()
	return m.work(func(ctx context.Context) tea.Msg {
		f, err := a.Open(ctx, env, s)
		return openedMsg{d.n, f, err}
	})
}

// touches counts what of a vendor is under way.
func touches(orders []*board.Order, s desk.Subject) string {
	var counts [3]int
	for _, o := range orders {
		if o.VendorID != s.VendorID || !o.State.Live() {
			continue
		}
		counts[0]++
		switch o.State {
		case order.Placed:
			counts[1]++
		case order.Accepted, order.Preparing:
			counts[2]++
		}
	}
	return fmt.Sprintf("it has %d live orders: %d wait for its answer, %d are cooked", counts[0], counts[1], counts[2])
}

// work carries out I/O within bounds.
func (m *model) work(do func(ctx context.Context) tea.Msg) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(m.ctx, actTimeout)
		defer cancel()
		return do(ctx)
	}
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

// trouble says why something failed, and keeps it; nil for nothing.
func (m *model) trouble(d *dialog, err error) []string {
	if err == nil {
		return nil
	}
	said, _ := desk.Trouble(err)
	m.fail(d.form.Form.Verb + ": " + strings.Join(said, "; "))
	return said
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
	if p.seen == nil || p.seen(d.sent.saw) {
		m.say(msg.receipt.Say)
	} else {
		m.pending = append(m.pending, p)
		m.showPending()
	}
	if !p.about.IsNil() && p.about == m.order.ID() {
		return m.wish(0)
	}
	return nil
}

// settle closes the loop: what a batch tells of is not pending any more.
func (m *model) settle(b board.Batch) {
	if d, ok := m.over.(*dialog); ok {
		d.sent.take(b)
	}
	m.keepPending(func(p pending) bool {
		if !p.seen(b) {
			return true
		}
		m.say(p.what + ": done, and seen on the stream")
		return false
	})
}

// overdue complains about what the stream has not told of in time.
func (m *model) overdue(now time.Time) {
	m.keepPending(func(p pending) bool {
		if now.Sub(p.at) < seenWithin {
			return true
		}
		m.fail(p.what + ": the API says that it is done, but nothing came of it on the stream")
		return false
	})
}

func (m *model) keepPending(keep func(pending) bool) {
	if len(m.pending) == 0 {
		return
	}
	var kept []pending
	for _, p := range m.pending {
		if keep(p) {
			kept = append(kept, p)
		}
	}
	m.pending = kept
	m.showPending()
}

// showPending tells the open order what is pending of it.
func (m *model) showPending() {
	m.order.Doing = nil
	for _, p := range m.pending {
		if p.about == m.order.ID() {
			m.order.Doing = append(m.order.Doing, p.what)
		}
	}
}

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

// actionCommands are the actions for the palette, with why those that make no sense do not.
func (m *model) actionCommands() []command {
	if m.readOnly() != "" {
		return nil
	}
	s := m.subject()
	var out []command
	for _, a := range desk.Actions() {
		does := a.Does
		if a.Of == nil && s.Order != nil && s.Order.Number != "" {
			does += ", " + s.Order.Number
		}
		does = m.keys.Key(a.Name).Help().Key + "  " + does
		for _, why := range []string{m.lacks(a), a.Why(s)} {
			if why != "" {
				does = "not now: " + why
				break
			}
		}
		out = append(out, command{a.Name, does, func(m *model) tea.Cmd { return m.begin(a) }})
	}
	return out
}

// commandLine is the command that does or shows the same as what was just done, or is in view; "": there is none.
func (m *model) commandLine() string {
	s := m.subject()
	did := func(id domain.ID) bool {
		return m.did.command != "" && m.did.about == id && m.o.Now().Sub(m.did.at) < commandFor
	}
	switch {
	case s.Alert != nil && did(s.Alert.ID), m.did.ofAlert && m.view().Place() == 2 && m.o.Now().Sub(m.did.at) < seenWithin:
		return m.did.command
	case s.Alert != nil && !did(s.ID()):
		return "zoop alerts get " + s.Alert.ID.String()
	case did(s.ID()):
		return m.did.command
	}
	switch {
	case s.Order != nil:
	case !s.CourierID.IsNil():
		return "zoop couriers get " + s.CourierID.String()
	case !s.VendorID.IsNil():
		return "zoop vendors get " + s.VendorID.String()
	case m.view().Place() == 5:
		return fmt.Sprintf("zoop console --plain --from %d", m.batch.Seq)
	default:
		return ""
	}
	name := s.Order.Number
	if name == "" {
		name = s.Order.ID.String()
	}
	switch {
	case m.inOrder && m.order.Raw():
		return "zoop orders get " + name + " -o json"
	case m.inOrder:
		return "zoop orders timeline " + name
	}
	return "zoop orders get " + name
}
