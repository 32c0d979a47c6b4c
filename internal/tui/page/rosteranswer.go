package page

import (
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// rosterAnswer is what the API told of a list.
type rosterAnswer[T entry] struct {
	rows  []T
	more  bool // than were read
	known map[domain.ID]bool
}

// add adds a row that is not there yet: one may have moved from one page to the next.
func (a *rosterAnswer[T]) add(row T) {
	if a.known == nil {
		a.known = map[domain.ID]bool{}
	}
	if !a.known[row.id()] {
		a.known[row.id()], a.rows = true, append(a.rows, row)
	}
}

// told takes the answer to a question about the list.
func (p *roster[T]) told(a rosterAnswer[T], err error, now time.Time) {
	if p.list.answered(now, err) {
		p.read, p.cut, p.dirty, p.freshAt = a.rows, a.more, true, time.Time{}
	}
}
