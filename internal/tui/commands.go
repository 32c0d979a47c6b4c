package tui

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/aymanbagabas/go-osc52/v2"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/desk"
	"github.com/zoop-dev/zoop/internal/tui/feed"
	"github.com/zoop-dev/zoop/internal/tui/page"
	"github.com/zoop-dev/zoop/internal/tui/theme"
	"github.com/zoop-dev/zoop/internal/tui/widget"
)

// How long the reading of one order may take, and when one that failed is tried again.
const (
	readTimeout = 5 * time.Second
	readAgain   = 3 * time.Second
)

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
	o := m.view().Subject().Order
	same := o != nil && o.ID == m.order.ID() || o == nil && m.order.ID().IsNil()
	m.order.Show(o)
	m.showPending()
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
		details, err := m.o.details(ctx, m.theme, id)
		if err != nil {
			return readMsg{wish: loadMsg(wish), id: id, problem: m.o.problem(err), again: m.o.refusal(err) == ""}
		}
		return readMsg{id: id, details: details}
	}
}

// details reads all that the API tells of an order.
func (o Options) details(ctx context.Context, t theme.Theme, id domain.ID) (page.Details, error) {
	found, err := o.API.Order(ctx, id)
	if err != nil {
		return page.Details{}, err
	}
	events, err := o.API.Timeline(ctx, id)
	if err != nil {
		return page.Details{}, err
	}
	money := func(amount domain.Money) string { return widget.Money(t, amount) }
	return page.ReadDetails(found, events, o.readMore(ctx, found), o.Zone, money), nil
}

// readMore reads what else there is of an order, all at once. What cannot be had is no reason to show nothing.
func (o Options) readMore(ctx context.Context, of dto.Order) page.More {
	var more page.More
	if o.Desk == nil {
		return more
	}
	var g sync.WaitGroup
	var refundsErr, ledgerErr, notesErr, decisionErr error
	g.Go(func() {
		var list dto.RefundList
		list, refundsErr = o.Desk.Refunds(ctx, of.ID, client.Page{})
		more.Refunds = list.Data
	})
	g.Go(func() { more.Ledger, ledgerErr = o.Desk.Ledger(ctx, of.ID) })
	g.Go(func() { more.Notes, notesErr = o.Desk.Notes(ctx, of.ID) })
	if of.Delivery != nil {
		g.Go(func() {
			var d dto.DeliveryDecision
			if d, decisionErr = o.Desk.Decision(ctx, of.Delivery.ID); decisionErr == nil {
				more.Decision = &d
			}
		})
	}
	g.Wait()
	for _, part := range []struct {
		what string
		err  error
	}{{"refunds", refundsErr}, {"the ledger", ledgerErr}, {"notes", notesErr}, {"the courier's choice", decisionErr}} {
		if part.err != nil {
			more.Problem = part.what + " could not be read: " + o.problem(part.err)
		}
	}
	return more
}

func (m *model) onRead(r readMsg) tea.Cmd {
	if r.problem == "" {
		m.order.Loaded(r.id, r.details)
		return nil
	}
	m.order.Failed(r.id, r.problem)
	if !r.again || int(r.wish) != m.loads {
		return nil
	}
	return m.after(readAgain, r.wish)
}

// problem says in a few words why the API gave nothing.
func (o Options) problem(err error) string {
	if text := o.refusal(err); text != "" {
		return text
	}
	return "the API is away; " + o.Keys.Reload.Help().Key + " tries again"
}

// refusal is the problem that will be the same another time; "" is none.
func (o Options) refusal(err error) string {
	switch {
	case errors.Is(err, errReplayed):
		return err.Error()
	case o.Refused != nil && o.Refused(err):
		return "the API refuses this token"
	case client.IsStatus(err, http.StatusNotFound):
		return "the API knows no such order"
	}
	return ""
}

// copyID hands the ID of what is selected to the terminal, or those of all that is marked, a line each.
func (m *model) copyID() tea.Cmd {
	switch ids := m.marked(); len(ids) {
	case 0:
	case 1:
		return m.copy(ids[0].String())
	default:
		lines := make([]string, len(ids))
		for i, id := range ids {
			lines[i] = id.String()
		}
		return m.copyAs(strings.Join(lines, "\n"), fmt.Sprintf("%d IDs", len(ids)))
	}
	s := m.subject()
	if s.Alert != nil {
		return m.copy(s.Alert.ID.String())
	}
	if id := m.subject().ID(); !id.IsNil() {
		return m.copy(id.String())
	}
	return nil
}

// copyCommand hands the command line of what was just done, or is in view, to the terminal.
func (m *model) copyCommand() tea.Cmd {
	if line := m.commandLine(); line != "" {
		return m.copy(line)
	}
	m.say("no command line does this")
	return nil
}

// marked are the rows that are marked in the view that is shown.
func (m *model) marked() []domain.ID {
	if v, ok := m.view().(page.Marking); ok && !m.inOrder {
		return v.Marked()
	}
	return nil
}

// copy hands a text to the terminal, which puts it on the clipboard (OSC 52).
func (m *model) copy(text string) tea.Cmd { return m.copyAs(text, text) }

// copyAs is copy of a text that is called something else.
func (m *model) copyAs(text, name string) tea.Cmd {
	sequence := osc52.New(text)
	if m.o.Tmux {
		sequence = sequence.Tmux()
	}
	return func() tea.Msg {
		if _, err := fmt.Fprint(m.o.Out, sequence); err != nil {
			return noticeMsg("cannot copy: " + err.Error())
		}
		return noticeMsg("copied " + name)
	}
}

// readOperator asks the API who this is.
func (m *model) readOperator() tea.Cmd {
	if m.o.Desk == nil {
		return nil
	}
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(m.ctx, readTimeout)
		defer cancel()
		u, err := m.o.Desk.Me(ctx)
		if err != nil {
			return operatorMsg{err: err}
		}
		return operatorMsg{operator: desk.ReadOperator(u)}
	}
}

// onOperator keeps who this is; while that is not known, nothing is hidden: the API decides.
func (m *model) onOperator(msg operatorMsg) {
	if msg.err == nil {
		m.operator = msg.operator
	}
}

// foundMsg is the API's answer to an order's number.
type foundMsg struct {
	number string
	order  *board.Order // nil: no order has it
	err    error
}

// looksLikeNumber says whether a text may be an order's number or ID.
func looksLikeNumber(text string) bool {
	if _, err := domain.ParseID(text); err == nil {
		return true
	}
	return len(order.ParseNumber(text)) == 6
}

// find asks the API for an order that the board does not have.
func (m *model) find(text string) tea.Cmd {
	return m.work(func(ctx context.Context) tea.Msg { return m.o.find(ctx, text) })
}

// find asks the API for the order of a number or an ID.
func (o Options) find(ctx context.Context, text string) foundMsg {
	id, err := domain.ParseID(text)
	if err != nil {
		number := order.ParseNumber(text)
		found, err := o.Desk.Orders(ctx, client.OrderFilter{Number: number}, client.Page{Limit: 1})
		if err != nil || len(found.Data) == 0 {
			return foundMsg{number: number, err: err}
		}
		id = found.Data[0].ID
	}
	found, err := o.Desk.Order(ctx, id)
	if err != nil {
		return foundMsg{number: text, err: err}
	}
	clean := feed.Order(found)
	return foundMsg{number: clean.Number, order: &clean}
}

func (m *model) onFound(f foundMsg) tea.Cmd {
	switch {
	case f.err != nil:
		m.fail(f.number + ": " + m.o.problem(f.err))
	case f.order == nil:
		m.say("no order has the number " + f.number)
	default:
		return m.open(f.order)
	}
	return nil
}
