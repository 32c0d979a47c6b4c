package page

import (
	"time"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/sanitize"
	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/filter"
)

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
