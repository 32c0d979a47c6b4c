package tui

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/aymanbagabas/go-osc52/v2"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/tui/page"
)

// readTimeout bounds the reading of one order.
const readTimeout = 5 * time.Second

// next waits for the next batch.
func (m *model) next() tea.Msg {
	select {
	case b, ok := <-m.batches:
		if ok {
			return batchMsg(b)
		}
	case <-m.ctx.Done():
	}
	return nil
}

// tick wakes the screen at every full second.
func tick() tea.Cmd {
	return tea.Every(time.Second, func(at time.Time) tea.Msg { return clockMsg(at) })
}

// wish asks for the order that is shown to be read after a while, unless there is another wish meanwhile.
func (m *model) wish(after time.Duration) tea.Cmd {
	m.loads++
	wish := loadMsg(m.loads)
	if after == 0 {
		return func() tea.Msg { return wish }
	}
	return m.after(after, wish)
}

func later(after time.Duration, msg tea.Msg) tea.Cmd {
	return tea.Tick(after, func(time.Time) tea.Msg { return msg })
}

// follow keeps the order beside the board on the selection.
func (m *model) follow() tea.Cmd {
	if !m.wide() || m.inOrder {
		return nil
	}
	o := m.orders.Selected()
	same := o != nil && o.ID == m.order.ID() || o == nil && m.order.ID().IsNil()
	m.order.Show(o)
	if same || o == nil {
		return nil
	}
	return m.wish(150 * time.Millisecond)
}

func (m *model) onLoad(wish int) tea.Cmd {
	id := m.order.ID()
	if wish != m.loads || id.IsNil() {
		return nil
	}
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(m.ctx, readTimeout)
		defer cancel()
		o, err := m.o.API.Order(ctx, id)
		if err != nil {
			return readMsg{id: id, problem: m.problem(err)}
		}
		events, err := m.o.API.Timeline(ctx, id)
		if err != nil {
			return readMsg{id: id, problem: m.problem(err)}
		}
		return readMsg{id: id, details: page.ReadDetails(o, events)}
	}
}

func (m *model) onRead(r readMsg) {
	if r.problem != "" {
		m.order.Failed(r.id, r.problem)
		return
	}
	m.order.Loaded(r.id, r.details)
}

// problem says in a few words why the API gave nothing.
func (m *model) problem(err error) string {
	switch {
	case m.o.Refused != nil && m.o.Refused(err):
		return "the API refuses this token"
	case client.IsStatus(err, http.StatusNotFound):
		return "the API knows no such order"
	}
	return "the API is away; r tries again"
}

// copyID hands the order's ID to the terminal, which puts it on the clipboard (OSC 52).
func (m *model) copyID() tea.Cmd {
	id := m.order.ID()
	if !m.inOrder {
		o := m.orders.Selected()
		if o == nil {
			return nil
		}
		id = o.ID
	}
	sequence := osc52.New(id.String())
	if m.o.Tmux {
		sequence = sequence.Tmux()
	}
	return func() tea.Msg {
		if _, err := fmt.Fprint(m.o.Out, sequence); err != nil {
			return noticeMsg("cannot copy: " + err.Error())
		}
		return noticeMsg("copied " + id.String())
	}
}
