package tui

import (
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/tui/board"
)

// seenWithin is how long an event may take to come before it is complained about.
const seenWithin = 10 * time.Second

// pending is a deed that the API has answered and the stream has not told of.
type pending struct {
	what  string
	about domain.ID // Nil: nothing that is on the board
	seen  func(board.Batch) bool
	at    time.Time
}

// settle closes the loop: what a batch tells of is not pending any more.
func (m *model) settle(b board.Batch) {
	if d, ok := m.over.(*dialog); ok {
		d.sent.take(b)
	}
	m.keepPending(func(p pending) bool {
		if !p.seen(b) {
			return true
		}
		m.say(p.what + ": done, and seen on the stream")
		return false
	})
}

// overdue complains about what the stream has not told of in time.
func (m *model) overdue(now time.Time) {
	m.keepPending(func(p pending) bool {
		if now.Sub(p.at) < seenWithin {
			return true
		}
		m.fail(p.what + ": the API says that it is done, but nothing came of it on the stream")
		return false
	})
}

func (m *model) keepPending(keep func(pending) bool) {
	if len(m.pending) == 0 {
		return
	}
	var kept []pending
	for _, p := range m.pending {
		if keep(p) {
			kept = append(kept, p)
		}
	}
	m.pending = kept
	m.showPending()
}

// showPending tells the open order what is pending of it.
func (m *model) showPending() {
	m.order.Doing = nil
	for _, p := range m.pending {
		if p.about == m.order.ID() {
			m.order.Doing = append(m.order.Doing, p.what)
		}
	}
}
