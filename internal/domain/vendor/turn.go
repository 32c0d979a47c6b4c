package vendor

import (
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Turn ends what has run out by a moment, a pause or a busy time, and gives the events that tell what the clock has done
// since somebody was told that the vendor is open, or is not. A pause, and what staff decide, are told by their own events.
func (p *Profile) Turn(now time.Time, toldOpen bool) []domain.Event {
	var events []domain.Event
	open := p.Open(now)
	if !p.PausedUntil.IsZero() && !p.Paused(now) {
		p.PausedUntil, p.PauseReason = time.Time{}, ""
		events = append(events, domain.Event{Type: "vendor.resumed", Data: map[string]any{"open": open}})
		toldOpen = open
	}
	if !p.BusyUntil.IsZero() && !p.Busy(now) {
		p.BusyUntil, p.BusyMinutes = time.Time{}, 0
		events = append(events, domain.Event{Type: "vendor.busy_ended"})
	}
	if open == toldOpen || p.Paused(now) || p.Status != Approved {
		return events
	}
	e := domain.Event{Type: "vendor.closed"}
	clock := p.ClockAt(now)
	if open {
		e.Type = "vendor.opened"
	}
	for name, at := range map[string]time.Time{"opensAt": clock.OpensAt, "closesAt": clock.ClosesAt} {
		if !at.IsZero() {
			e.Data = map[string]any{name: at.UTC()}
		}
	}
	return append(events, e)
}
