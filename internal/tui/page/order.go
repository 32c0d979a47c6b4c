package page

import (
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/sanitize"
	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/keymap"
	"github.com/zoop-dev/zoop/internal/tui/theme"
	"github.com/zoop-dev/zoop/internal/tui/widget"
	"github.com/zoop-dev/zoop/internal/tui/words"
)

// Order is one order: what it is, and its timeline, which grows as events come.
type Order struct {
	theme theme.Theme
	keys  keymap.Map
	zone  *time.Location

	width, height int
	offset        int

	id       domain.ID
	known    *board.Order // from the board; nil when it never was there
	details  *Details     // from the API; nil until it answers
	timeline []board.Event
	problem  string
	raw      bool     // as the API tells it
	Doing    []string // what was sent and is not seen to have happened yet; clean
	Here     string   // who else looks at it; clean
}

// NewOrder makes an empty page; zone is where its times of the day are.
func NewOrder(t theme.Theme, keys keymap.Map, zone *time.Location) *Order {
	return &Order{theme: t, keys: keys, zone: zone}
}

// Resize says how much room there is.
func (p *Order) Resize(width, height int) { p.width, p.height = width, max(1, height) }

// Show turns to an order; nil is none.
func (p *Order) Show(o *board.Order) {
	if o == nil {
		*p = Order{theme: p.theme, keys: p.keys, zone: p.zone, width: p.width, height: p.height}
		return
	}
	if o.ID != p.id {
		*p = Order{theme: p.theme, keys: p.keys, zone: p.zone, width: p.width, height: p.height, id: o.ID}
	}
	p.known = o
}

// ID is the order that is shown; Nil: none.
func (p *Order) ID() domain.ID { return p.id }

// Take shows what a batch says of the order, and tells whether that was anything: the API may then know more.
func (p *Order) Take(b board.Batch) (news bool) {
	if _, ok := b.Changed[p.id]; ok {
		for _, o := range b.Orders {
			if o.ID == p.id {
				p.known = o
			}
		}
	}
	for _, e := range b.Entries {
		if e.Gap == nil && e.Event.Subject == domain.SubjectOrder && e.Event.SubjectID == p.id {
			p.add(e.Event)
			news = true
		}
	}
	return news
}

// add puts an event at its place in the timeline; one that came twice says the same.
func (p *Order) add(e board.Event) {
	at := len(p.timeline)
	for at > 0 && p.timeline[at-1].Version > e.Version {
		at--
	}
	if at > 0 && p.timeline[at-1].Version == e.Version {
		if known := p.timeline[at-1]; e.Actor != "" {
			if e.ActorName == "" && e.ActorID == known.ActorID {
				e.ActorName = known.ActorName // the stream has IDs alone
			}
			p.timeline[at-1] = e
		}
		return
	}
	p.timeline = append(p.timeline[:at:at], append([]board.Event{e}, p.timeline[at:]...)...)
}

// Loaded takes the API's answer about an order, unless the page has turned to another.
func (p *Order) Loaded(id domain.ID, d Details) {
	if id != p.id {
		return
	}
	p.details, p.problem = &d, ""
	for _, e := range d.Timeline {
		p.add(e)
	}
}

// Failed says that the API has no answer about an order.
func (p *Order) Failed(id domain.ID, why string) {
	if id == p.id {
		p.problem = why
	}
}

// Key acts on a key and says whether it was one of the page's.
func (p *Order) Key(k tea.KeyMsg) bool {
	switch {
	case key.Matches(k, p.keys.Raw):
		p.raw, p.offset = !p.raw, 0
	case key.Matches(k, p.keys.Up):
		p.offset--
	case key.Matches(k, p.keys.Down):
		p.offset++
	case key.Matches(k, p.keys.PageUp):
		p.offset -= p.height - 1
	case key.Matches(k, p.keys.PageDown):
		p.offset += p.height - 1
	case key.Matches(k, p.keys.Top):
		p.offset = 0
	case key.Matches(k, p.keys.Bottom), key.Matches(k, p.keys.Resume):
		p.offset = 1 << 20
	default:
		return false
	}
	p.offset = max(0, p.offset)
	return true
}

// View draws the order: exactly as many lines as there is room.
func (p *Order) View(now time.Time) []string {
	var out []string
	if p.Current() == nil {
		out = append(out, p.theme.Muted.Paint(sanitize.Fit(" no order is selected", p.width, "")))
	} else if p.raw {
		out = p.rawLines()
	} else {
		out = append(p.head(now), p.events()...)
		out = append(out, p.section("Why this courier", p.told(func(d *Details) []string { return d.Decision }))...)
	}
	p.offset = max(0, min(p.offset, len(out)-p.height))
	return exactly(out[p.offset:], p.width, p.height)
}

// rawLines are the order as the API tells it.
func (p *Order) rawLines() []string {
	if p.details == nil {
		return p.bill()
	}
	out := make([]string, len(p.details.Raw))
	for i, line := range p.details.Raw {
		out[i] = " " + p.text(line)
	}
	return out
}

// told is a part of the details; nil while there are none.
func (p *Order) told(part func(*Details) []string) []string {
	if p.details == nil {
		return nil
	}
	return part(p.details)
}

// section draws lines under a title; nothing without any.
func (p *Order) section(title string, lines []string) []string {
	if len(lines) == 0 {
		return nil
	}
	out := []string{"", " " + p.theme.Title.Paint(title)}
	for _, line := range lines {
		text := strings.TrimLeft(line, " ")
		indent := " " + line[:len(line)-len(text)]
		for i, part := range widget.Wrap(p.text(text), max(8, p.width-len(indent)-2)) {
			if i > 0 {
				part = "  " + part
			}
			out = append(out, indent+part)
		}
	}
	return out
}

// Raw says whether the order stands there as the API tells it.
func (p *Order) Raw() bool { return p.raw }

// Current is the newest that is known of the order itself; nil: no order is shown.
func (p *Order) Current() *board.Order {
	switch {
	case p.details == nil:
		return p.known
	case p.known == nil || p.details.Order.Version > p.known.Version:
		return &p.details.Order
	}
	return p.known
}

// head draws what the order is.
func (p *Order) head(now time.Time) []string {
	t, o := p.theme, p.Current()
	sla := strings.TrimSpace(widget.SLA(t, o, now))
	style := t.Good
	switch {
	case !o.State.Live():
		sla, style = "ended", t.Muted
	case o.Risk(now) == order.Breached:
		sla, style = sla+" breached: "+widget.Why(o, now), t.Crit
	case o.Risk(now) == order.AtRisk:
		sla, style = sla+" at risk: "+widget.Why(o, now), t.Warn
	}
	out := []string{widget.Spread(p.width, t.Signs.Cut, []widget.Piece{
		{Text: " Order " + widget.Number(o), Style: t.Title}, {Text: "  " + widget.State(o.State), Style: t.Accent}, {Text: "  " + sla, Style: style},
	}, nil)}
	for _, doing := range p.Doing {
		out = append(out, " "+t.Warn.Paint(sanitize.Fit(p.text("PENDING "+doing), max(0, p.width-1), t.Signs.Cut)))
	}
	if p.Here != "" {
		out = append(out, " "+t.Warn.Paint(sanitize.Fit(p.text(p.Here), min(sanitize.Width(p.text(p.Here)), max(0, p.width-1)), t.Signs.Cut)))
	}
	facts := [][]string{
		{o.Vendor, o.City, string(o.Fulfilment)},
		{"placed " + p.when(o.PlacedAt, now), "ready by " + p.when(o.ReadyBy, now), "promised " + p.when(o.PromisedAt, now), expected(p, o, now)},
		{"courier " + widget.Courier(o.CourierID), widget.Money(t, o.Total)},
	}
	if d := p.details; d != nil {
		facts[2] = append(facts[2], "payment "+d.Payment)
		if d.Delivery != "" {
			facts[2] = append(facts[2], "delivery "+d.Delivery)
		}
		facts = append(facts, []string{"customer " + d.Customer})
		if d.Cancel != "" {
			facts = append(facts, []string{"ended: " + d.Cancel})
		}
		if d.Note != "" {
			facts = append(facts, []string{"note: " + d.Note})
		}
	}
	for _, words := range facts {
		words = slices.DeleteFunc(words, func(w string) bool { return w == "" })
		out = append(out, p.paragraph(strings.Join(words, " "+t.Signs.Dot+" "))...)
	}
	return append(out, p.bill()...)
}

// expected says when the customer will have it; "" where nobody can tell.
func expected(p *Order, o *board.Order, now time.Time) string {
	if o.EstimatedAt.IsZero() || !o.State.Live() {
		return ""
	}
	return "expected " + p.when(o.EstimatedAt, now)
}

// bill draws what was ordered and what it costs.
func (p *Order) bill() []string {
	if p.problem != "" {
		return []string{"", " " + p.theme.Warn.Paint(sanitize.Fit("no details: "+p.problem, p.width-1, p.theme.Signs.Cut))}
	}
	if p.details == nil {
		return []string{"", " " + p.theme.Muted.Paint("reading the details")}
	}
	out := []string{""}
	line := func(text string, amount domain.Money, style theme.Style) {
		out = append(out, widget.Spread(min(p.width, billWidth), p.theme.Signs.Cut,
			[]widget.Piece{{Text: " " + p.text(text), Style: style}}, []widget.Piece{{Text: widget.Money(p.theme, amount), Style: style}}))
	}
	for _, item := range p.details.Items {
		line(item.Text, item.Price, theme.Style{})
	}
	for _, q := range p.details.Quote {
		line(q.Text, q.Amount, p.theme.Muted)
	}
	line("total", p.details.Order.Total, p.theme.Title)
	out = append(out, p.section("Refunds", p.details.Refunds)...)
	out = append(out, p.ledger(p.details.Ledger)...)
	return append(out, p.section("Notes", p.details.Notes)...)
}

// ledger draws what the books say: under each transfer its entries, debits first.
func (p *Order) ledger(transfers []Transfer) []string {
	if len(transfers) == 0 {
		return nil
	}
	out := []string{"", " " + p.theme.Title.Paint("Ledger")}
	for _, t := range transfers {
		out = append(out, p.paragraph(t.Text)...)
		for _, e := range t.Entries {
			side, amount := "credit ", e.Amount
			if amount.Amount < 0 {
				side, amount.Amount = "debit ", -amount.Amount
			}
			text, width := side+widget.Money(p.theme, amount), min(p.width, billWidth)
			account := sanitize.Fit(p.text(e.Text), min(sanitize.Width(p.text(e.Text)), max(0, width-4-sanitize.Width(text))), p.theme.Signs.Cut)
			out = append(out, widget.Spread(width, p.theme.Signs.Cut,
				[]widget.Piece{{Text: "   " + account, Style: p.theme.Muted}}, []widget.Piece{{Text: text}}))
		}
	}
	return out
}

// billWidth is how far amounts stand from what they are for, at most.
const billWidth = 64

// slow is a gap between events that a reader should see.
const slow = 5 * time.Minute

// events draws the timeline: when, how long after the one before, what, by whom.
func (p *Order) events() []string {
	out := []string{"", " " + p.theme.Title.Paint("Timeline")}
	for i, e := range p.timeline {
		gap, style := "", p.theme.Muted
		if i > 0 {
			d := max(0, e.At.Sub(p.timeline[i-1].At))
			gap = "+" + widget.Short(d)
			if d >= slow {
				style = p.theme.Warn
			}
			if missing := e.Version - p.timeline[i-1].Version - 1; missing > 0 && p.details == nil {
				out = append(out, " "+p.theme.Muted.Paint("         "+p.theme.Signs.Cut+" earlier events not read yet"))
			}
		}
		text := e.Type
		if by := words.By(e); by != "" {
			text += " by " + by
		}
		if said := (words.Speaker{Zone: p.zone, Known: words.OfOrder(e.Version), Money: p.money}).Data(e); said != "" {
			text += ": " + said
		}
		indent := 1 + 8 + 1 + 6 + 1
		wrapped := widget.Wrap(p.text(text), max(8, p.width-indent))
		out = append(out, " "+p.clock(e.At)+" "+style.Paint(sanitize.Fit(gap, 6, ""))+" "+wrapped[0])
		for _, more := range wrapped[1:] {
			out = append(out, strings.Repeat(" ", indent)+more)
		}
	}
	if len(p.timeline) == 0 {
		out = append(out, " "+p.theme.Muted.Paint("nothing yet"))
	}
	return out
}

func (p *Order) paragraph(text string) []string {
	var out []string
	for _, line := range widget.Wrap(p.text(text), p.width-1) {
		out = append(out, " "+line)
	}
	return out
}

func (p *Order) money(m domain.Money) string { return widget.Money(p.theme, m) }

func (p *Order) text(s string) string {
	if p.theme.ASCII {
		return sanitize.ASCII(s)
	}
	return s
}

// when is a time of the day, and of another day than today the day, too.
func (p *Order) when(at, now time.Time) string {
	if local, today := at.In(p.zone), now.In(p.zone); !at.IsZero() && (local.YearDay() != today.YearDay() || local.Year() != today.Year()) {
		return local.Format("2 Jan 15:04")
	}
	return p.clock(at)
}

func (p *Order) clock(at time.Time) string {
	if at.IsZero() {
		return "--"
	}
	return at.In(p.zone).Format("15:04:05")
}
