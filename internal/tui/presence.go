package tui

import (
	"context"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/sanitize"
	"github.com/zoop-dev/zoop/internal/tui/desk"
)

// How often the console says that somebody looks at an order, and how long it waits for who else does. The API keeps it for three times
// as long.
const (
	attendEvery   = 3 * time.Second
	attendTimeout = 2 * time.Second
)

// attention is what an operator has before them, as the others are told.
type attention struct {
	order domain.ID // Nil: none
	doing string    // the action whose dialog is open; "": they look
}

// presence is what was said of the operator, and who else looks at the same order.
type presence struct {
	attention
	said   time.Time
	others string // clean; "": nobody, or nobody knows
}

// hereMsg is who else looks at an order.
type hereMsg struct {
	order  domain.ID
	others string
}

// attended is what the operator has before them. Whoever passes over the board looks at nothing yet.
func (m *model) attended() attention {
	if d, ok := m.over.(*dialog); ok && d.subject.Order != nil {
		return attention{d.subject.Order.ID, d.action.Name}
	}
	if m.inOrder {
		return attention{order: m.order.ID()}
	}
	return attention{}
}

// attend says what the operator has before them, when that changes and now and then. Whoever dies is forgotten by the API.
func (m *model) attend(now time.Time) tea.Cmd {
	if m.o.Desk == nil || m.batch.Link.APIAway {
		m.meet("")
		return nil
	}
	is, was := m.attended(), m.presence.attention
	if is == was && (is.order.IsNil() || now.Sub(m.presence.said) < attendEvery) {
		return nil
	}
	m.presence.attention, m.presence.said = is, now
	var left, here tea.Cmd
	if is.order != was.order {
		m.meet("")
		if !was.order.IsNil() {
			left = m.aside(func(ctx context.Context) tea.Msg { _ = m.o.Desk.Leave(ctx, was.order); return nil }) // or it passes by itself
		}
	}
	if !is.order.IsNil() {
		here = m.aside(func(ctx context.Context) tea.Msg { return hereMsg{is.order, alsoHere(ctx, m.o.Desk, is)} })
	}
	return tea.Batch(left, here)
}

// aside carries out I/O that nobody waits for.
func (m *model) aside(do func(ctx context.Context) tea.Msg) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(m.ctx, attendTimeout)
		defer cancel()
		return do(ctx)
	}
}

// alsoHere says what the operator has before them, and reads who else has: "" where that is nobody, or cannot be known.
func alsoHere(ctx context.Context, api desk.API, is attention) string {
	others, err := api.View(ctx, is.order, is.doing)
	if err != nil || len(others) == 0 {
		return ""
	}
	names := make([]string, len(others))
	for i, v := range others {
		names[i] = called(v)
	}
	return sanitize.Line("also here: " + strings.Join(names, ", "))
}

func called(v dto.Viewer) string {
	if v.Doing == nil {
		return v.Name
	}
	return v.Name + " (typing: " + *v.Doing + ")"
}

func (m *model) onHere(msg hereMsg) {
	if msg.order == m.presence.order {
		m.meet(msg.others)
	}
}

// meet shows who else looks at the order.
func (m *model) meet(others string) {
	m.presence.others = others
	if m.order.Here = ""; m.order.ID() == m.presence.order {
		m.order.Here = others
	}
}
