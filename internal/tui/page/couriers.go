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
	"github.com/zoop-dev/zoop/internal/sanitize"
	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/desk"
	"github.com/zoop-dev/zoop/internal/tui/filter"
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
	read []Courier // as the API told
}

// Courier is a row of it. Its texts are clean.
type Courier struct {
	ID                  domain.ID
	Name, City, Vehicle string // Name is the short one until the API has told
	State               string // offline, idle, offered, carrying
	Status              string
	Carrying, Capacity  int
	SeenAt              time.Time // zero: never
	ShiftEnd            time.Time // zero: does not work in shifts, or is in none
	Excluded            string    // "" for one who can take work
	Cash                Cash      // the currency of which they have the most of their limit
	found               bool      // asked for by name: shown without work, too
}

// Cash is what a courier has in their pocket. The zero Cash is of nobody whose cash is limited.
type Cash struct{ Held, Due, Limit domain.Money }

// percent is how much of the limit they have.
func (c Cash) percent() int {
	if c.Limit.Amount <= 0 {
		return 0
	}
	return int(100 * c.Held.Amount / c.Limit.Amount)
}

func (c Courier) id() domain.ID { return c.ID }

// silentAfter is when a courier gets no offers any more; the battery is empty then.
const silentAfter = 2 * time.Minute

// silent says whether nobody hears of somebody who is at work.
func (c Courier) silent(now time.Time) bool {
	return c.State != "offline" && !c.SeenAt.IsZero() && now.Sub(c.SeenAt) >= silentAfter
}

// trouble weighs a courier: 2 has food or orders and cannot be relied upon, 1 could work and does not, 0 gets on.
func (c Courier) trouble(now time.Time) int {
	switch {
	case c.Carrying > 0 && (c.silent(now) || c.Excluded == "suspended" || c.Excluded == "not_approved"):
		return 2
	case c.silent(now), c.Excluded == "document_expired", c.Excluded == "off_shift" && c.State != "offline", c.Cash.Limit.Amount > 0 && c.Cash.percent() >= 100:
		return 1
	}
	return 0
}

// ReadCourier cleans what the API tells of a courier's work.
func ReadCourier(v dto.DeskCourier) Courier {
	out := Courier{
		ID: v.ID, Name: sanitize.Line(v.Name), Vehicle: sanitize.Line(string(v.Vehicle)), State: sanitize.Line(string(v.State)), Status: sanitize.Line(string(v.Status)),
		Carrying: v.Carrying, Capacity: v.Capacity,
	}
	if v.City != nil {
		out.City = sanitize.Line(*v.City)
	}
	if v.SeenAt != nil {
		out.SeenAt = *v.SeenAt
	}
	if v.ShiftEndsAt != nil {
		out.ShiftEnd = *v.ShiftEndsAt
	}
	if v.Excluded != nil {
		out.Excluded = sanitize.Line(string(*v.Excluded))
	}
	for i, room := range v.Cash {
		c := Cash{money(room.Held), money(room.Due), money(room.Limit)}
		if i == 0 || c.percent() > out.Cash.percent() {
			out.Cash = c
		}
	}
	return out
}

func money(m dto.Money) domain.Money {
	return domain.Money{Amount: m.Amount, Currency: domain.Currency(sanitize.Line(m.Currency))}
}

// NewCouriers makes the view; zone is where its times of the day are.
func NewCouriers(t theme.Theme, keys keymap.Map, zone *time.Location) *Couriers {
	p := &Couriers{roster: roster[Courier]{theme: t, keys: keys, zone: zone, keep: 3, language: courierLanguage, changed: map[domain.ID]struct{}{}, marks: marks{}}}
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

var courierLanguage = filter.Language[Courier]{
	Word: func(c Courier) []string { return []string{c.Name, board.ShortCourier(c.ID), c.City, c.State} },
	Fields: []filter.Field[Courier]{
		{Name: "courier", Meant: "~", Text: func(c Courier) string { return c.Name }},
		{Name: "state", Meant: "=", Values: []string{"carrying", "offered", "idle", "offline"}, Text: func(c Courier) string { return c.State }},
		{Name: "city", Meant: "=", Text: func(c Courier) string { return c.City }},
		{Name: "why", Meant: "=", Text: func(c Courier) string { return c.Excluded }},
		{Name: "vehicle", Meant: "=", Text: func(c Courier) string { return c.Vehicle }},
		{Name: "load", Meant: ">", Values: []string{"0", "1"}, Number: func(c Courier) (float64, bool) { return float64(c.Carrying), true }},
		{Name: "silent", Meant: ">", Values: []string{"1m", "2m"}, Span: func(c Courier, now time.Time) (time.Duration, bool) { return now.Sub(c.SeenAt), !c.SeenAt.IsZero() }},
		{Name: "cash", Meant: ">", Values: []string{"80%", "100%"}, Number: func(c Courier) (float64, bool) { return float64(c.Cash.percent()), c.Cash.Limit.Amount > 0 }},
		{Name: "shift", Meant: "<", Values: []string{"15m", "1h"}, Span: func(c Courier, now time.Time) (time.Duration, bool) { return c.ShiftEnd.Sub(now), !c.ShiftEnd.IsZero() }},
	},
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
	return p.key(k, p.orders())
}

// orders are those that the selection brings, worst first.
func (p *Couriers) orders() []*board.Order {
	c, ok := p.selected()
	if !ok {
		return nil
	}
	return ordersWhere(p.batch.Orders, func(o *board.Order) bool { return o.CourierID == c.ID })
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
	return p.view(now, "no courier is online", p.about(now), p.orders())
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

// couriersAnswer is what the API told.
type couriersAnswer struct {
	rows []Courier
	more bool // than were read
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
	if a, ok := answer.(couriersAnswer); ok && p.list.answered(now, err) {
		p.read, p.cut, p.dirty, p.freshAt = a.rows, a.more, true, time.Time{}
	}
}

// readCouriers reads those with work, those whose name is sought, and one who is sought by ID.
func readCouriers(ctx context.Context, api desk.API, name string, sought domain.ID) (couriersAnswer, error) {
	rows, more, err := pages(mostRows, func(p client.Page) ([]dto.DeskCourier, *string, error) {
		list, err := api.DeskCouriers(ctx, client.DeskFilter{}, p)
		return list.Data, list.NextCursor, err
	})
	if err != nil {
		return couriersAnswer{}, err
	}
	out := couriersAnswer{more: more}
	known := map[domain.ID]bool{}
	add := func(rows []dto.DeskCourier, found bool) {
		for _, row := range rows {
			if !known[row.ID] {
				c := ReadCourier(row)
				c.found, known[row.ID] = found, true
				out.rows = append(out.rows, c)
			}
		}
	}
	add(rows, false)
	if name != "" {
		list, err := api.DeskCouriers(ctx, client.DeskFilter{Text: name}, client.Page{Limit: pageSize})
		if err != nil {
			return couriersAnswer{}, err
		}
		add(list.Data, true)
	}
	if !sought.IsNil() && !known[sought] {
		c, err := api.DeskCourier(ctx, sought)
		switch {
		case err == nil:
			add([]dto.DeskCourier{c}, true)
		case !client.IsStatus(err, http.StatusNotFound):
			return couriersAnswer{}, err
		}
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
