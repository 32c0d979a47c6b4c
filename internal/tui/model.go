package tui

import (
	"context"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/desk"
	"github.com/zoop-dev/zoop/internal/tui/keymap"
	"github.com/zoop-dev/zoop/internal/tui/page"
	"github.com/zoop-dev/zoop/internal/tui/theme"
	"github.com/zoop-dev/zoop/internal/tui/widget"
)

// sideBySide is the width from which board and order stand next to each other.
const sideBySide = 140

// model is the root of the screen: it routes messages to its pages and puts their lines together.
type model struct {
	ctx     context.Context
	o       Options
	theme   theme.Theme
	keys    keymap.Map
	batches <-chan board.Batch

	batch    board.Batch
	views    []page.View
	at       int // the view that is shown
	orders   *page.Orders
	order    *page.Order
	operator desk.Operator

	width, height int
	inOrder       bool    // keys go to the order
	over          overlay // stands over the screen and has the keys; nil: nothing does

	typing   bool // a filter
	input    widget.Input
	inputErr error
	before   string // the filter that holds again when typing is discarded
	offered  completion
	filters  map[string]string // that were saved, by name

	notice   string
	noticeAt time.Time
	gapAt    time.Time
	messages messages
	dialogs  int // the newest
	pending  []pending
	did      deed
	asking   bool // a view's question is on its way
	presence presence
	loads    int                                  // the newest wish to read an order; older ones are void
	after    func(time.Duration, tea.Msg) tea.Cmd // sends a message later
}

// The messages, besides Bubble Tea's own.
type (
	batchMsg board.Batch
	clockMsg time.Time
	loadMsg  int // read the order that is shown, if this is the newest wish
	readMsg  struct {
		wish    loadMsg
		id      domain.ID
		details page.Details
		problem string
		again   bool // it may go well another time
	}
	noticeMsg   string
	operatorMsg struct {
		operator desk.Operator
		err      error
	}
)

func newModel(ctx context.Context, o Options, batches <-chan board.Batch) *model {
	o = o.filled()
	t, keys := theme.New(theme.Options{Color: o.Color, Light: o.Light, ASCII: o.ASCII}), o.Keys
	m := &model{ctx: ctx, o: o, theme: t, batches: batches, after: later}
	m.views = views(t, keys, o.Zone)
	m.keys = keys
	m.offer()
	m.orders = m.views[0].(*page.Orders)
	m.order = page.NewOrder(t, keys, o.Zone)
	m.onSize(tea.WindowSizeMsg{Width: 80, Height: 24})
	return m
}

// views are the screens, by place; those without a place yet are not here.
func views(t theme.Theme, keys keymap.Map, zone *time.Location) []page.View {
	return []page.View{
		page.NewOrders(t, keys),
		page.NewAlerts(t, keys),
		page.NewVendors(t, keys, zone),
		page.NewCouriers(t, keys, zone),
		page.NewStreams(t, keys, zone),
	}
}

func viewName(v page.View) string { return strings.ToLower(v.Name()) }

func (m *model) viewNames() []string {
	names := make([]string, len(m.views))
	for i, v := range m.views {
		names[i] = viewName(v)
	}
	return names
}

// Init implements tea.Model.
func (m *model) Init() tea.Cmd { return tea.Batch(m.next, tick(), m.readOperator(), m.readFilters()) }

// Update implements tea.Model.
func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		return m, m.onSize(msg)
	case tea.KeyMsg:
		return m, tea.Batch(m.onKeys(msg), m.ask())
	case batchMsg:
		return m, tea.Batch(m.onBatch(board.Batch(msg)), m.ask())
	case clockMsg:
		m.onClock()
		return m, tea.Batch(tick(), m.ask(), m.attend(m.o.Now()))
	case toldMsg:
		m.onTold(msg)
		return m, m.ask()
	case loadMsg:
		return m, m.onLoad(int(msg))
	case readMsg:
		return m, m.onRead(msg)
	case noticeMsg:
		m.say(string(msg))
	case operatorMsg:
		m.onOperator(msg)
	case hereMsg:
		m.onHere(msg)
	case wonderMsg:
		return m, m.onWonder(msg)
	case vendorsMsg:
		m.onVendors(msg)
	case foundMsg:
		return m, m.onFound(msg)
	case filtersMsg:
		m.onFilters(msg)
	case openedMsg:
		return m, m.onOpened(msg)
	case optionsMsg:
		m.onOptions(msg)
	case meaningMsg:
		m.onMeaning(msg)
	case doneMsg:
		m.unmark(msg)
		return m, m.onDone(msg)
	}
	return m, nil
}

func (m *model) onClock() {
	for _, v := range m.views {
		v.Pass(m.o.Now())
	}
	m.overdue(m.o.Now())
}

// view is the screen that is shown.
func (m *model) view() page.View { return m.views[m.at] }

// ofOrders says whether the shown view's rows are orders, which can be opened.
func (m *model) ofOrders() bool { return m.view().Place() < 3 }

// wide says whether board and order stand side by side.
func (m *model) wide() bool { return m.width >= sideBySide && m.ofOrders() }

func (m *model) onSize(size tea.WindowSizeMsg) tea.Cmd {
	m.width, m.height = max(1, size.Width), max(1, size.Height)
	body, left := m.room(), m.boardWidth()
	for _, v := range m.views {
		if m.width >= sideBySide && v.Place() < 3 {
			v.Resize(left, body)
		} else {
			v.Resize(m.width, body)
		}
	}
	m.fitOrder()
	if m.width >= sideBySide {
		return m.follow()
	}
	return nil
}

// fitOrder gives the order the room that it has: beside the board, or all.
func (m *model) fitOrder() {
	if m.wide() {
		m.order.Resize(m.width-m.boardWidth()-3, m.room())
		return
	}
	m.order.Resize(m.width, m.room())
}

// room is the number of lines between the tabs and the rule.
func (m *model) room() int { return max(2, m.height-4) }

// boardWidth is the board's part of a wide screen.
func (m *model) boardWidth() int { return min(max(80, m.width*45/100), 100) }

func (m *model) onBatch(b board.Batch) tea.Cmd {
	if b.Gaps > m.batch.Gaps {
		m.gapAt = m.o.Now()
	}
	back := m.batch.Link.APIAway && !b.Link.APIAway
	m.batch = b
	m.settle(b)
	m.offer()
	for _, v := range m.views {
		v.Take(b, m.o.Now())
	}
	var load, operator, more tea.Cmd
	if m.order.Take(b) && !b.Link.APIAway {
		load = m.wish(300 * time.Millisecond)
	}
	if m.operator == (desk.Operator{}) && back {
		operator = m.readOperator()
	}
	if p, ok := m.over.(*palette); ok && back {
		more = p.wonder(m)
	}
	return tea.Batch(m.next, load, operator, more, m.follow())
}

// subject is what actions and copies are about: the open order, or the selection.
func (m *model) subject() desk.Subject {
	if m.inOrder {
		return desk.Of(m.order.Current())
	}
	return m.view().Subject()
}

// readOnly says why nothing can be done now; "" when it can.
func (m *model) readOnly() string {
	switch {
	case m.o.Desk == nil, m.o.ReadOnly:
		return "this console is read-only"
	case m.batch.Link.APIAway:
		return "the API is away: nothing can be done until it is back"
	}
	return ""
}

// say shows a notice for a while.
func (m *model) say(text string) { m.notice, m.noticeAt = text, m.o.Now() }

// View implements tea.Model: exactly as many lines as the terminal has.
func (m *model) View() string {
	now := m.o.Now()
	out := make([]string, 0, m.height+4)
	out = append(out, m.statusLine(now), m.tabLine(now))
	out = append(out, m.body(now)...)
	out = append(out, m.ruleLine(now), m.hintLine())
	if len(out) > m.height {
		out = out[:m.height]
	}
	return strings.Join(out, "\n")
}

func (m *model) body(now time.Time) []string {
	height := m.room()
	switch {
	case m.over != nil:
		out := m.over.view(m, m.width, height)
		for i := range out {
			out[i] = widget.Truncate(out[i], m.width)
		}
		for len(out) < height {
			out = append(out, "")
		}
		return out[:height]
	case m.wide():
		left, right := m.view().View(now), m.order.View(now)
		bar := m.theme.Muted
		if m.inOrder {
			bar = m.theme.Accent
		}
		for i := range left {
			left[i] += " " + bar.Paint(m.theme.Signs.Bar) + " " + right[i]
		}
		return left
	case m.inOrder:
		return m.order.View(now)
	}
	return m.view().View(now)
}
