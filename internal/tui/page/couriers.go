package page

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/desk"
	"github.com/zoop-dev/zoop/internal/tui/keymap"
	"github.com/zoop-dev/zoop/internal/tui/theme"
	"github.com/zoop-dev/zoop/internal/tui/widget"
	"github.com/zoop-dev/zoop/internal/tui/words"
)

// Couriers is who brings: those who are online or have something to bring, the worst first.
//
// What they carry is counted from the board, and so as live as it is. When they were seen, their cash and what keeps them from work is read
// from the API: soon after an event of a courier, else now and then; positions are not on the stream.
type Couriers struct {
	roster[Courier]
}

// NewCouriers makes the view; zone is where its times of the day are.
func NewCouriers(t theme.Theme, keys keymap.Map, zone *time.Location) *Couriers {
	p := &Couriers{roster: newRoster(t, keys, zone, courierLanguage, func(o *board.Order) domain.ID { return o.CourierID })}
	weight := func(c Courier, now time.Time) theme.Style { return t.Weight(c.trouble(now)) }
	p.columns = []widget.Column[Courier]{
		{Name: "STATE", Width: 9, Style: weight, Text: func(c Courier, now time.Time) string { return t.Sign(c.trouble(now)) + strings.ToUpper(c.State) }},
		{Name: "COURIER", Text: func(c Courier, _ time.Time) string { return c.Name }},
		{Name: "LOAD", Width: 4, Right: true, Text: func(c Courier, _ time.Time) string { return load(c) }},
		{Name: "SEEN", Width: 10, Text: func(c Courier, now time.Time) string { return seen(t, c, now) }},
		{Name: "WHY NOT", Width: 16, Text: func(c Courier, _ time.Time) string { return words.Code(c.Excluded) }},
		{Name: "CASH", Width: 15, Text: func(c Courier, _ time.Time) string { return cash(t, c) }},
		{Name: "SHIFT", Width: 5, Text: func(c Courier, _ time.Time) string { return p.shift(c) }},
		{Name: "CITY", Width: 12, Text: func(c Courier, _ time.Time) string { return c.City }},
	}
	return p
}

func load(c Courier) string {
	if c.Capacity == 0 {
		return fmt.Sprint(c.Carrying)
	}
	return fmt.Sprintf("%d/%d", c.Carrying, c.Capacity)
}

// seen draws how long ago somebody was heard of, and a battery that is empty when they get no offers any more.
func seen(t theme.Theme, c Courier, now time.Time) string {
	if c.SeenAt.IsZero() {
		return "never"
	}
	const cells = 4
	silence := max(0, now.Sub(c.SeenAt))
	full := cells - min(cells, int(silence*cells/silentAfter))
	return strings.Repeat(t.Signs.Full, full) + strings.Repeat(t.Signs.Spent, cells-full) + " " + widget.Short(silence)
}

func cash(t theme.Theme, c Courier) string {
	if c.Cash.Limit.Currency == "" {
		return "-"
	}
	return fmt.Sprintf("%d%% %s", c.Cash.percent(), widget.Money(t, c.Cash.Held))
}

func (p *Couriers) shift(c Courier) string {
	if c.ShiftEnd.IsZero() {
		return "-"
	}
	return p.clock(c.ShiftEnd)
}

// Lead shows a courier with what the list has no room for, also one that is not at work.
func (p *Couriers) Lead(id domain.ID, now time.Time) {
	p.lead(Courier{ID: id, Name: board.ShortCourier(id)})
	p.freshen(now)
}

// Name implements View.
func (p *Couriers) Name() string { return "Couriers" }

// Place implements View.
func (p *Couriers) Place() int { return 4 }

// Take implements View.
func (p *Couriers) Take(b board.Batch, now time.Time) {
	p.roster.Take(b, now)
	for _, e := range b.Entries {
		if e.Gap != nil || e.Event.Subject == domain.SubjectCourier || strings.HasPrefix(e.Event.Type, "delivery.") {
			p.list.stale = true
		}
	}
}

// freshen counts what couriers carry, if something may have changed.
func (p *Couriers) freshen(now time.Time) {
	if !p.counts(now) {
		return
	}
	live := map[domain.ID]int{}
	for _, o := range p.batch.Orders {
		if o.State.Live() && !o.CourierID.IsNil() {
			live[o.CourierID]++
		}
	}
	all := make([]Courier, 0, len(p.read)+len(live))
	for _, c := range p.read {
		if p.batch.Epoch != "" {
			c.Carrying = live[c.ID]
			delete(live, c.ID)
		}
		switch {
		case c.Carrying > 0:
			c.State = "carrying"
		case c.State == "carrying" && c.Excluded == "offline":
			c.State = "offline"
		case c.State == "carrying":
			c.State = "idle"
		}
		if c.State != "offline" || c.found {
			all = append(all, c)
		}
	}
	for id, n := range live { // new ones
		all = append(all, Courier{ID: id, Name: board.ShortCourier(id), State: "carrying", Carrying: n})
		p.miss(id)
	}
	rank := map[string]int{"carrying": 0, "offered": 1, "idle": 2, "offline": 3}
	slices.SortFunc(all, func(a, b Courier) int {
		return cmp.Or(-cmp.Compare(a.trouble(now), b.trouble(now)), cmp.Compare(rank[a.State], rank[b.State]), -cmp.Compare(a.Carrying, b.Carrying), cmp.Compare(a.Name, b.Name), slices.Compare(a.ID[:], b.ID[:]))
	})
	p.arrange(all, now)
}

// Key implements View.
func (p *Couriers) Key(k tea.KeyMsg, now time.Time) bool {
	p.freshen(now)
	defer p.freshen(now)
	return p.key(k)
}

// Subject implements View: the courier, and inside one of their orders.
func (p *Couriers) Subject() desk.Subject {
	c, ok := p.selected()
	if !ok {
		return desk.Subject{}
	}
	var s desk.Subject
	if orders := p.orders(); p.inside && len(orders) > 0 {
		s = desk.Of(orders[p.orderAt(orders)])
	}
	s.CourierID, s.Courier = c.ID, c.Name
	return s
}

// Note implements View.
func (p *Couriers) Note(now time.Time) (left, right string) {
	p.freshen(now)
	return p.note()
}

// View implements View.
func (p *Couriers) View(now time.Time) []string {
	p.freshen(now)
	return p.view(now, "no courier is online", p.about(now))
}

// about says of the selected courier what the list has no room for.
func (p *Couriers) about(now time.Time) []string {
	c, ok := p.selected()
	if !ok {
		return nil
	}
	city := c.City
	if city == "" && c.Capacity > 0 {
		city = "works wherever they are"
	}
	out := []string{p.joined(c.Name, strings.ToUpper(c.State), board.ShortCourier(c.ID)), p.joined(c.Vehicle, city)}
	if c.Status != "" && c.Status != "approved" {
		out = append(out, "their standing: "+c.Status)
	}
	if c.Excluded != "" {
		out = append(out, "gets no offers: "+words.Exclusion(dto.DispatchExclusionReason(c.Excluded)))
	}
	if c.Capacity > 0 {
		out = append(out, fmt.Sprintf("carries %d of %d at once", c.Carrying, c.Capacity))
	}
	switch {
	case !c.SeenAt.IsZero():
		out = append(out, "seen "+widget.Short(now.Sub(c.SeenAt))+" ago; after two minutes they get no offers, after ten they are taken offline")
	case c.Capacity > 0:
		out = append(out, "never seen")
	}
	if !c.ShiftEnd.IsZero() {
		out = append(out, "their shift ends at "+p.clock(c.ShiftEnd))
	}
	if limit := c.Cash.Limit; limit.Currency != "" {
		m := func(m domain.Money) string { return widget.Money(p.theme, m) }
		out = append(out, fmt.Sprintf("cash: %s of %s, and %s is due at doors", m(c.Cash.Held), m(limit), m(c.Cash.Due)))
	}
	return out
}

// askCouriers is how often couriers are read without any event: where they are is on no stream.
const askCouriers = 5 * time.Second

// Ask implements Asking.
func (p *Couriers) Ask(now time.Time) Question {
	p.freshen(now)
	if !p.list.due(now, askCouriers) {
		return nil
	}
	name, sought := p.filter.Sought("courier"), p.sought.ID
	return func(ctx context.Context, api desk.API) (any, error) { return readCouriers(ctx, api, name, sought) }
}

// Told implements Asking.
func (p *Couriers) Told(answer any, err error, now time.Time) {
	if a, ok := answer.(rosterAnswer[Courier]); ok {
		p.told(a, err, now)
	}
}

// readCouriers reads those with work, those whose name is sought, and one who is sought by ID.
func readCouriers(ctx context.Context, api desk.API, name string, sought domain.ID) (out rosterAnswer[Courier], err error) {
	rows, more, err := pages(mostRows, func(p client.Page) ([]dto.DeskCourier, *string, error) {
		list, err := api.DeskCouriers(ctx, client.DeskFilter{}, p)
		return list.Data, list.NextCursor, err
	})
	if err != nil {
		return out, err
	}
	out.more = more
	for _, row := range rows {
		out.add(ReadCourier(row))
	}
	var found []dto.DeskCourier
	if name != "" {
		list, err := api.DeskCouriers(ctx, client.DeskFilter{Text: name}, client.Page{Limit: pageSize})
		if err != nil {
			return out, err
		}
		found = list.Data
	}
	if !sought.IsNil() && !out.known[sought] {
		c, err := api.DeskCourier(ctx, sought)
		switch {
		case err == nil:
			found = append(found, c)
		case !client.IsStatus(err, http.StatusNotFound):
			return out, err
		}
	}
	for _, row := range found {
		c := ReadCourier(row)
		c.found = true
		out.add(c)
	}
	return out, nil
}

// Rows are the couriers that are shown, in their order.
func (p *Couriers) Rows() []Courier { return p.rows }

// Sentences says of the first rows what the list shows.
func (p *Couriers) Sentences(most int) []string {
	out := make([]string, 0, most)
	for _, c := range p.rows[:min(most, len(p.rows))] {
		text := c.Name + ", " + c.State + ", carries " + strings.Replace(load(c), "/", " of ", 1)
		if !c.SeenAt.IsZero() {
			text += ", seen at " + p.clock(c.SeenAt)
		}
		if c.Excluded != "" {
			text += ", gets no offers: " + words.Exclusion(dto.DispatchExclusionReason(c.Excluded))
		}
		if c.Cash.Limit.Currency != "" {
			text += fmt.Sprintf(", has %d percent of their cash", c.Cash.percent())
		}
		out = append(out, text)
	}
	return out
}
