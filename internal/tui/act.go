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
	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/desk"
	"github.com/zoop-dev/zoop/internal/tui/keymap"
)

// actTimeout bounds one question or deed.
const actTimeout = 15 * time.Second

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
