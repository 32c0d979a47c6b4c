package page

import (
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/alert"
	"github.com/zoop-dev/zoop/internal/sanitize"
	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/desk"
	"github.com/zoop-dev/zoop/internal/tui/filter"
	"github.com/zoop-dev/zoop/internal/tui/keymap"
	"github.com/zoop-dev/zoop/internal/tui/theme"
	"github.com/zoop-dev/zoop/internal/tui/widget"
	"github.com/zoop-dev/zoop/internal/tui/words"
)

// Alerts is what somebody should look at, worst first, as far as the filter lets it through. What is snoozed is counted, and shown on demand, or
// when the filter is about states.
type Alerts struct {
	selection[*board.Alert]
	theme theme.Theme
	keys  keymap.Map

	width, height int
	known         bool
	orders        map[domain.ID]*board.Order // that are on the board
	all           []*board.Alert
	snoozed       bool // these are shown, too
	filter        filter.Rows[alertRow]
}

// NewAlerts makes the view.
func NewAlerts(t theme.Theme, keys keymap.Map) *Alerts {
	return &Alerts{selection: newSelection(func(a *board.Alert) domain.ID { return a.ID }, false), theme: t, keys: keys}
}

// Name implements View.
func (p *Alerts) Name() string { return "Alerts" }

// Place implements View.
func (p *Alerts) Place() int { return 2 }

// Resize implements View.
func (p *Alerts) Resize(width, height int) {
	p.width, p.height = width, max(2, height)
	p.fit(p.height - 1)
}

// Take implements View.
func (p *Alerts) Take(b board.Batch, now time.Time) {
	p.all, p.known = b.Alerts, b.Epoch != ""
	p.keepMarks(p.all)
	p.orders = make(map[domain.ID]*board.Order, len(p.all))
	for _, a := range p.all {
		if a.Subject == domain.SubjectOrder {
			p.orders[a.SubjectID] = nil
		}
	}
	for _, o := range b.Orders {
		if len(p.orders) == 0 {
			break
		}
		if _, wanted := p.orders[o.ID]; wanted {
			p.orders[o.ID] = o
		}
	}
	p.arrange(now)
}

// Pass implements View: snoozes end.
func (p *Alerts) Pass(now time.Time) { p.arrange(now) }

// arrange chooses the rows, what is snoozed last, and keeps the selection on its alert.
func (p *Alerts) arrange(now time.Time) {
	rows := make([]*board.Alert, 0, len(p.all))
	var quiet []*board.Alert
	for _, a := range p.all {
		switch {
		case !p.filter.Match(p.row(a, now), now):
		case a.Snoozed(now):
			quiet = append(quiet, a)
		default:
			rows = append(rows, a)
		}
	}
	if p.snoozed || p.filter.About("state") {
		rows = append(rows, quiet...)
	}
	p.show(rows)
}

func (p *Alerts) row(a *board.Alert, now time.Time) alertRow {
	return alertRow{Alert: a, order: p.orders[a.SubjectID], now: now}
}

// Filter implements Filtered.
func (p *Alerts) Filter() string { return p.filter.String() }

// SetFilter implements Filtered.
func (p *Alerts) SetFilter(text string, now time.Time) error {
	f, err := alertLanguage.Parse(text)
	if err != nil {
		return err
	}
	p.filter, p.pinned = f, domain.Nil
	p.arrange(now)
	return nil
}

// Complete implements Filtered.
func (p *Alerts) Complete(text string) []string {
	rows := make([]alertRow, len(p.all))
	for i, a := range p.all {
		rows[i] = p.row(a, time.Time{}) // no value of a field that is completed from rows depends on the time
	}
	return alertLanguage.Complete(text, rows)
}

// Shown are the rows, in their order.
func (p *Alerts) Shown() []*board.Alert { return p.rows }

// Selected is the alert that keys act on; nil when there is none.
func (p *Alerts) Selected() *board.Alert {
	a, _ := p.selected()
	return a
}

// Subject implements View: the alert, and the order or vendor that it is about.
func (p *Alerts) Subject() desk.Subject {
	a := p.Selected()
	if a == nil {
		return desk.Subject{}
	}
	s := desk.Of(p.orders[a.SubjectID])
	s.Alert = a
	for _, marked := range p.all {
		if p.marks.has(marked.ID) {
			s.Alerts = append(s.Alerts, marked)
		}
	}
	if s.VendorID.IsNil() {
		s.VendorID = a.VendorID
	}
	if a.Subject == domain.SubjectVendor {
		s.Vendor = a.Name
	}
	return s
}

// Note implements View.
func (p *Alerts) Note(now time.Time) (left, right string) {
	snoozed := 0
	for _, a := range p.all {
		if a.Snoozed(now) {
			snoozed++
		}
	}
	right = fmt.Sprint(len(p.all) - snoozed)
	if !p.filter.Empty() {
		left, right = "/"+p.filter.String(), fmt.Sprintf("%d/%d", len(p.rows), len(p.all))
	}
	if snoozed > 0 {
		right += fmt.Sprintf(", %d snoozed", snoozed)
	}
	return left, right
}

// Key implements View.
func (p *Alerts) Key(k tea.KeyMsg, now time.Time) bool {
	switch {
	case p.steer(k, p.keys):
	case key.Matches(k, p.keys.Resume):
		p.pinned = domain.Nil
		p.arrange(now)
	case key.Matches(k, p.keys.Snoozed), key.Matches(k, p.keys.Back) && p.snoozed:
		p.snoozed = !p.snoozed
		p.arrange(now)
	case key.Matches(k, p.keys.Back) && !p.filter.Empty():
		p.filter = filter.Rows[alertRow]{}
		p.arrange(now)
	default:
		return false
	}
	return true
}

// column is a column of the list; that without a width takes what is left.
type column struct {
	name  string
	width int
	text  func(a *board.Alert, now time.Time) string
}

// columns are those that there is room for: CITY goes first, then STATE; what is wrong with whom, and since when, never.
func (p *Alerts) columns() []column {
	out := []column{
		{"RISK", 6, func(a *board.Alert, _ time.Time) string { return p.sign(a) + strings.ToUpper(string(a.Severity)) }},
		{"ALERT", 15, func(a *board.Alert, _ time.Time) string { return words.AlertKind(a.Kind) }},
		{"FOR", 5, func(a *board.Alert, now time.Time) string { return widget.Short(now.Sub(a.OpenedAt)) }},
		{"OF", 0, p.subject},
		{"STATE", 14, alertState},
		{"CITY", 14, func(a *board.Alert, _ time.Time) string { return a.City }},
	}
	for len(out) > 4 && p.rest(out) < 28 {
		out = out[:len(out)-1]
	}
	out[3].width = max(1, p.rest(out))
	return out
}

func (p *Alerts) rest(columns []column) int {
	left := p.width
	for _, c := range columns {
		left -= c.width + 1
	}
	return left
}

func (p *Alerts) sign(a *board.Alert) string {
	if a.Severity == alert.Crit {
		return p.theme.Signs.Breached
	}
	return p.theme.Signs.AtRisk
}

// subject says whom it is about; of an order that is on the board, also how it stands, or which promise it breaks.
func (p *Alerts) subject(a *board.Alert, now time.Time) string {
	text := words.AlertSubject(a)
	o := p.orders[a.SubjectID]
	if o == nil {
		return text
	}
	stands := widget.State(o.State)
	if a.Kind == alert.SLAAtRisk || a.Kind == alert.SLABreached {
		stands = widget.Why(o, now)
	}
	return text + "  " + stands + "  " + o.Vendor
}

func alertState(a *board.Alert, now time.Time) string {
	switch {
	case a.Snoozed(now):
		return "snoozed " + widget.Short(a.SnoozedUntil.Sub(now))
	case a.Acknowledged && a.By != "":
		return "ack " + a.By
	case a.Acknowledged:
		return "acknowledged"
	}
	return ""
}

// View implements View.
func (p *Alerts) View(now time.Time) []string {
	columns := p.columns()
	out := make([]string, 0, p.height)
	out = append(out, " "+p.line(columns, func(c column) string { return c.name }, func(int) theme.Style { return p.theme.Head }))
	from, end := p.inSight()
	for i := from; i < end; i++ {
		out = append(out, p.draw(columns, p.rows[i], now, i == p.cursor))
	}
	if len(p.rows) == 0 {
		out = append(out, " "+p.theme.Muted.Paint(sanitize.Fit(p.emptiness(), max(0, p.width-1), p.theme.Signs.Cut)))
	}
	return exactly(out, p.width, p.height)
}

func (p *Alerts) draw(columns []column, a *board.Alert, now time.Time, selected bool) string {
	text := func(c column) string { return c.text(a, now) }
	lead := p.theme.Lead(selected, p.marks.has(a.ID))
	if selected {
		return p.theme.Selected.Paint(widget.Pad(lead+p.line(columns, text, func(int) theme.Style { return theme.Style{} }), p.width))
	}
	risk := p.theme.Warn
	switch {
	case a.Quiet(now):
		risk = p.theme.Muted
	case a.Severity == alert.Crit:
		risk = p.theme.Crit
	}
	return lead + p.line(columns, text, func(i int) theme.Style {
		switch {
		case i == 0:
			return risk
		case a.Quiet(now):
			return p.theme.Muted
		}
		return theme.Style{}
	})
}

func (p *Alerts) line(columns []column, text func(column) string, style func(i int) theme.Style) string {
	cells := make([]string, len(columns))
	for i, c := range columns {
		said := text(c)
		if p.theme.ASCII {
			said = sanitize.ASCII(said)
		}
		cells[i] = style(i).Paint(sanitize.Fit(said, c.width, p.theme.Signs.Cut))
	}
	return strings.Join(cells, " ")
}

func (p *Alerts) emptiness() string {
	switch {
	case len(p.all) > 0 && !p.filter.Empty():
		return "no alert meets the filter"
	case len(p.all) > 0:
		return "all alerts are snoozed; " + p.keys.Snoozed.Help().Key + " shows them"
	case !p.known:
		return "waiting for the marketplace"
	}
	return "no alerts"
}
