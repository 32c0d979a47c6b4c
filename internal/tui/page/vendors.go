package page

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/desk"
	"github.com/zoop-dev/zoop/internal/tui/keymap"
	"github.com/zoop-dev/zoop/internal/tui/theme"
	"github.com/zoop-dev/zoop/internal/tui/widget"
)

// Vendors is who cooks: those with orders to answer, cook or hand over, and those that are paused, the worst first.
//
// What they have to do is counted from the board, and so as live as it is. Whether they are open, how they cook and answer is read from
// the API: soon after an event of a vendor, else now and then.
type Vendors struct {
	roster[Vendor]
	details VendorDetails
}

// NewVendors makes the view; zone is where its times of the day are.
func NewVendors(t theme.Theme, keys keymap.Map, zone *time.Location) *Vendors {
	p := &Vendors{roster: newRoster(t, keys, zone, vendorLanguage, func(o *board.Order) domain.ID { return o.VendorID })}
	number := func(name string, width int, read func(v Vendor) int) widget.Column[Vendor] {
		return widget.Column[Vendor]{Name: name, Width: width, Right: true, Text: func(v Vendor, _ time.Time) string { return some(read(v)) }}
	}
	p.columns = []widget.Column[Vendor]{
		{Name: "LATE", Width: 6, Text: func(v Vendor, _ time.Time) string { return t.Sign(v.trouble()) + some(v.Late) }, Style: func(v Vendor, _ time.Time) theme.Style { return t.Weight(v.trouble()) }},
		{Name: "VENDOR", Text: func(v Vendor, _ time.Time) string { return v.Name }},
		{Name: "STATE", Width: 12, Text: func(v Vendor, now time.Time) string { return p.state(v) }},
		number("NEW", 4, func(v Vendor) int { return v.Placed }),
		number("COOK", 4, func(v Vendor) int { return v.Cooking }),
		number("READY", 5, func(v Vendor) int { return v.Ready }),
		{Name: "P95", Width: 5, Right: true, Text: func(v Vendor, _ time.Time) string { return p95(v) }},
		{Name: "YES", Width: 5, Right: true, Text: func(v Vendor, _ time.Time) string { return rate(v) }, Style: func(v Vendor, _ time.Time) theme.Style { return t.Weight(oneIf(v.shy())) }},
		{Name: "CITY", Width: 12, Text: func(v Vendor, _ time.Time) string { return v.City }},
		{Name: "BY", Width: 18, Text: func(v Vendor, _ time.Time) string { return v.By }},
	}
	return p
}

func oneIf(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// some writes a number; nothing for none, so that what there is stands out.
func some(n int) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprint(n)
}

func p95(v Vendor) string {
	if v.Cooked == 0 {
		return "-"
	}
	return widget.Short(v.P95)
}

func rate(v Vendor) string {
	if v.Asked == 0 {
		return "-"
	}
	return fmt.Sprintf("%d%%", 100*v.Accepted/v.Asked)
}

// state says whether it is open, in at most 12 columns.
func (p *Vendors) state(v Vendor) string {
	text := strings.ToUpper(v.State)
	if v.State == "paused" && !v.Until.IsZero() {
		text += " " + p.clock(v.Until)
	}
	return text
}

// Lead shows a vendor with what the list has no room for, also one that has nothing to do.
func (p *Vendors) Lead(id domain.ID, name string, now time.Time) {
	p.lead(Vendor{ID: id, Name: name})
	p.freshen(now)
}

// Name implements View.
func (p *Vendors) Name() string { return "Vendors" }

// Place implements View.
func (p *Vendors) Place() int { return 3 }

// Take implements View.
func (p *Vendors) Take(b board.Batch, now time.Time) {
	p.roster.Take(b, now)
	for _, e := range b.Entries {
		if e.Gap != nil || e.Event.Subject == domain.SubjectVendor {
			p.list.stale, p.detail.stale = true, true
		}
	}
}

// freshen counts what vendors have to do, if something may have changed.
func (p *Vendors) freshen(now time.Time) {
	if !p.counts(now) {
		return
	}
	live := map[domain.ID]*Vendor{}
	for _, o := range p.batch.Orders {
		v := live[o.VendorID]
		if v == nil {
			v = &Vendor{ID: o.VendorID, Name: o.Vendor, City: o.City}
			live[o.VendorID] = v
		}
		v.add(o, now)
	}
	all := make([]Vendor, 0, len(live))
	for _, v := range p.read {
		if l := live[v.ID]; l != nil {
			v.Placed, v.Cooking, v.Ready, v.Late = l.Placed, l.Cooking, l.Ready, l.Late
			delete(live, v.ID)
		} else if p.batch.Epoch != "" {
			v.Placed, v.Cooking, v.Ready, v.Late = 0, 0, 0, 0
		}
		if v.queue() > 0 || v.State == "paused" || v.found {
			all = append(all, v)
		}
	}
	for _, v := range live { // new ones
		if v.queue() > 0 {
			all = append(all, *v)
			p.miss(v.ID)
		}
	}
	slices.SortFunc(all, func(a, b Vendor) int {
		return cmp.Or(-cmp.Compare(a.trouble(), b.trouble()), -cmp.Compare(a.Late, b.Late), -cmp.Compare(a.queue(), b.queue()), cmp.Compare(a.Name, b.Name), slices.Compare(a.ID[:], b.ID[:]))
	})
	p.arrange(all, now)
}

// add counts an order.
func (v *Vendor) add(o *board.Order, now time.Time) {
	switch o.State {
	case order.Placed:
		v.Placed++
	case order.Accepted, order.Preparing:
		v.Cooking++
	case order.Ready:
		v.Ready++
	default:
		return
	}
	if !o.Due.IsZero() && o.Due.Before(now) {
		v.Late++
	}
}

// Key implements View.
func (p *Vendors) Key(k tea.KeyMsg, now time.Time) bool {
	p.freshen(now)
	defer p.freshen(now)
	return p.key(k)
}

// Subject implements View: the vendor, or inside one of its orders.
func (p *Vendors) Subject() desk.Subject {
	v, ok := p.selected()
	if !ok {
		return desk.Subject{}
	}
	if orders := p.orders(); p.inside && len(orders) > 0 {
		return desk.Of(orders[p.orderAt(orders)])
	}
	return desk.Subject{VendorID: v.ID, Vendor: v.Name}
}

// Note implements View.
func (p *Vendors) Note(now time.Time) (left, right string) {
	p.freshen(now)
	return p.note()
}

// View implements View.
func (p *Vendors) View(now time.Time) []string {
	p.freshen(now)
	return p.view(now, "no vendor has anything to do", p.about(now))
}

// about says of the selected vendor what the list has no room for.
func (p *Vendors) about(now time.Time) []string {
	v, ok := p.selected()
	if !ok {
		return nil
	}
	out := []string{p.joined(v.Name, p.state(v), v.City)}
	if v.State == "paused" {
		out = append(out, p.joined("paused: "+v.Reason, until(v, p.clock), by(v)))
	}
	d := p.details
	if p.of != v.ID {
		d = VendorDetails{}
	}
	out = append(out, d.Closed...)
	out = append(out,
		p.joined(fmt.Sprintf("%d wait for its answer", v.Placed), fmt.Sprintf("%d are cooked", v.Cooking), fmt.Sprintf("%d are ready", v.Ready), fmt.Sprintf("%d late", v.Late), carts(v)))
	if v.Cooked > 0 {
		out = append(out, fmt.Sprintf("95 of 100 orders are ready within %s of its yes, as its last %d tell", widget.Short(v.P95), v.Cooked))
	}
	if v.Asked > 0 {
		out = append(out, fmt.Sprintf("it accepted %d of the last %d that it was asked for", v.Accepted, v.Asked))
	}
	return append(out, d.More...)
}

func until(v Vendor, clock func(time.Time) string) string {
	if v.Until.IsZero() {
		return "until it is resumed"
	}
	return "until " + clock(v.Until)
}

func by(v Vendor) string {
	if v.By == "" {
		return ""
	}
	return "by " + v.By
}

func carts(v Vendor) string {
	if v.State == "" {
		return ""
	}
	return fmt.Sprintf("%d carts are open with it", v.Carts)
}

// vendorAnswer is what the API told of one.
type vendorAnswer struct {
	id      domain.ID
	details VendorDetails
}

// Ask implements Asking.
func (p *Vendors) Ask(now time.Time) Question {
	p.freshen(now)
	v, selected := p.selected()
	look := selected && (p.inside || p.wide())
	switch {
	case look && p.of != v.ID && now.Sub(p.detail.at) >= askSettled, look && p.of == v.ID && p.detail.due(now, askSlow):
		if p.of != v.ID {
			p.of, p.details = v.ID, VendorDetails{}
		}
		zone := p.zone
		return func(ctx context.Context, api desk.API) (any, error) {
			d, err := readVendor(ctx, api, v.ID, now, zone)
			return vendorAnswer{v.ID, d}, err
		}
	case p.list.due(now, askSlow):
		name := cmp.Or(p.filter.Sought("vendor"), p.sought.Name)
		return func(ctx context.Context, api desk.API) (any, error) { return readVendors(ctx, api, name) }
	}
	return nil
}

// Told implements Asking.
func (p *Vendors) Told(answer any, err error, now time.Time) {
	switch a := answer.(type) {
	case vendorAnswer:
		if a.id == p.of && p.detail.answered(now, err) {
			p.details = a.details
		}
	case rosterAnswer[Vendor]:
		p.told(a, err, now)
	}
}

// readVendors reads those with work, and those whose name is sought.
func readVendors(ctx context.Context, api desk.API, name string) (out rosterAnswer[Vendor], err error) {
	rows, more, err := pages(mostRows, func(p client.Page) ([]dto.DeskVendor, *string, error) {
		list, err := api.DeskVendors(ctx, client.DeskFilter{}, p)
		return list.Data, list.NextCursor, err
	})
	if err != nil {
		return out, err
	}
	out.more = more
	for _, row := range rows {
		out.add(ReadVendor(row))
	}
	if name == "" {
		return out, nil
	}
	list, err := api.DeskVendors(ctx, client.DeskFilter{Text: name}, client.Page{Limit: pageSize})
	for _, row := range list.Data {
		v := ReadVendor(row)
		v.found = true
		out.add(v)
	}
	return out, err
}

// Sentences says of the first rows what the list shows.
func (p *Vendors) Sentences(most int) []string {
	out := make([]string, 0, most)
	for _, v := range p.rows[:min(most, len(p.rows))] {
		text := v.Name + ", " + v.State
		if v.State == "paused" {
			text += ", " + until(v, p.clock) + ", " + v.Reason
		}
		text += fmt.Sprintf(": %d late, %d to answer, %d cooked, %d ready", v.Late, v.Placed, v.Cooking, v.Ready)
		if v.Cooked > 0 {
			text += ", 95 of 100 ready within " + widget.Short(v.P95)
		}
		if v.Asked > 0 {
			text += ", accepts " + rate(v)
		}
		out = append(out, text)
	}
	return out
}
