package tui

import (
	"context"
	"errors"
	"net/http"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/tui/page"
)

// toldMsg is the API's answer to what a view has asked.
type toldMsg struct {
	view   page.Asking
	answer any
	err    error
}

// filtered says whether the shown view's rows can be filtered.
func (m *model) filtered() bool {
	_, ok := m.view().(page.Filtered)
	return ok
}

// ask puts the shown view's question to the API, one at a time; how often is the view's to bound.
func (m *model) ask() tea.Cmd {
	v, ok := m.view().(page.Asking)
	if !ok || m.asking || m.o.Desk == nil || m.batch.Link.APIAway {
		return nil
	}
	question := v.Ask(m.o.Now())
	if question == nil {
		return nil
	}
	m.asking = true
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(m.ctx, readTimeout)
		defer cancel()
		answer, err := question(ctx, m.o.Desk)
		return toldMsg{v, answer, err}
	}
}

func (m *model) onTold(msg toldMsg) {
	m.asking = false
	if msg.err != nil {
		if client.IsStatus(msg.err, http.StatusNotFound) {
			msg.err = errors.New("the API does not know it")
		} else {
			msg.err = errors.New(m.o.problem(msg.err))
		}
	}
	msg.view.Told(msg.answer, msg.err, m.o.Now())
}
