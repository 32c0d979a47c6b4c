package tui

import (
	"context"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/filter"
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

	batch  board.Batch
	orders *page.Orders
	order  *page.Order

	width, height int
	inOrder       bool // keys go to the order
	help          bool

	typing   bool // a filter
	input    widget.Input
	inputErr error
	before   filter.Filter // holds again when typing is discarded

	notice   string
	noticeAt time.Time
	gapAt    time.Time
	loads    int                                  // the newest wish to read an order; older ones are void
	after    func(time.Duration, tea.Msg) tea.Cmd // sends a message later
}

// The messages, besides Bubble Tea's own.
type (
	batchMsg board.Batch
	clockMsg time.Time
	loadMsg  int // read the order that is shown, if this is the newest wish
	readMsg  struct {
		id      domain.ID
		details page.Details
		problem string
	}
	noticeMsg string
)

func newModel(ctx context.Context, o Options, batches <-chan board.Batch) *model {
	o = o.filled()
	t, keys := theme.New(theme.Options{Color: o.Color, Light: o.Light, ASCII: o.ASCII}), keymap.Default()
	m := &model{
		ctx: ctx, o: o, theme: t, keys: keys, batches: batches, after: later,
		orders: page.NewOrders(t, keys), order: page.NewOrder(t, keys, o.Zone),
	}
	m.onSize(tea.WindowSizeMsg{Width: 80, Height: 24})
	return m
}

// Init implements tea.Model.
func (m *model) Init() tea.Cmd { return tea.Batch(m.next, tick()) }

// Update implements tea.Model.
func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		return m, m.onSize(msg)
	case tea.KeyMsg:
		return m, m.onKey(msg)
	case batchMsg:
		return m, m.onBatch(board.Batch(msg))
	case clockMsg:
		m.orders.Pass(m.o.Now())
		return m, tick()
	case loadMsg:
		return m, m.onLoad(int(msg))
	case readMsg:
		m.onRead(msg)
	case noticeMsg:
		m.say(string(msg))
	}
	return m, nil
}

// wide says whether board and order stand side by side.
func (m *model) wide() bool { return m.width >= sideBySide }

func (m *model) onSize(size tea.WindowSizeMsg) tea.Cmd {
	m.width, m.height = max(1, size.Width), max(1, size.Height)
	body := max(2, m.height-4)
	if m.wide() {
		left := m.boardWidth()
		m.orders.Resize(left, body)
		m.order.Resize(m.width-left-3, body)
		return m.follow()
	}
	m.orders.Resize(m.width, body)
	m.order.Resize(m.width, body)
	return nil
}

// boardWidth is the board's part of a wide screen.
func (m *model) boardWidth() int { return min(max(80, m.width*45/100), 100) }

func (m *model) onBatch(b board.Batch) tea.Cmd {
	if b.Gaps > m.batch.Gaps {
		m.gapAt = m.o.Now()
	}
	m.batch = b
	m.orders.Take(b, m.o.Now())
	var load tea.Cmd
	if m.order.Take(b) && !b.Link.APIAway {
		load = m.wish(300 * time.Millisecond)
	}
	return tea.Batch(m.next, load, m.follow())
}

func (m *model) onKey(k tea.KeyMsg) tea.Cmd {
	switch {
	case k.String() == "ctrl+c":
		return tea.Quit
	case m.typing:
		m.onTyping(k)
		return m.follow()
	case m.help:
		m.help = false // any key
		return nil
	case key.Matches(k, m.keys.Quit):
		return tea.Quit
	case key.Matches(k, m.keys.Help):
		m.help = true
		return nil
	case key.Matches(k, m.keys.Copy):
		return m.copyID()
	case m.inOrder:
		return m.onOrderKey(k)
	}
	return m.onBoardKey(k)
}

func (m *model) onBoardKey(k tea.KeyMsg) tea.Cmd {
	switch {
	case key.Matches(k, m.keys.Open):
		o := m.orders.Selected()
		if o == nil {
			return nil
		}
		m.order.Show(o)
		m.inOrder = true
		return m.wish(0)
	case key.Matches(k, m.keys.Filter):
		m.typing, m.before, m.inputErr = true, m.orders.Filter(), nil
		m.input = widget.NewInput(m.before.String())
		return nil
	}
	m.orders.Key(k, m.o.Now())
	return m.follow()
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
	switch {
	case key.Matches(k, m.keys.Discard):
		m.typing = false
		m.orders.SetFilter(m.before, m.o.Now())
		return
	case key.Matches(k, m.keys.Apply):
		m.typing = m.inputErr != nil
		return
	}
	if !m.input.Key(k) {
		return
	}
	f, err := filter.Parse(m.input.Text())
	if m.inputErr = err; err == nil {
		m.orders.SetFilter(f, m.o.Now())
	}
}

// say shows a notice for a while.
func (m *model) say(text string) { m.notice, m.noticeAt = text, m.o.Now() }

// View implements tea.Model: exactly as many lines as the terminal has.
func (m *model) View() string {
	now := m.o.Now()
	out := make([]string, 0, m.height+4)
	out = append(out, m.statusLine(now), m.tabLine())
	out = append(out, m.body(now)...)
	out = append(out, m.ruleLine(now), m.hintLine())
	if len(out) > m.height {
		out = out[:m.height]
	}
	return strings.Join(out, "\n")
}

func (m *model) body(now time.Time) []string {
	height := max(2, m.height-4)
	switch {
	case m.help:
		out := widget.Help(m.theme, m.keys, m.width)
		for len(out) < height {
			out = append(out, "")
		}
		return out[:height]
	case m.wide():
		left, right := m.orders.View(now), m.order.View(now)
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
	return m.orders.View(now)
}
