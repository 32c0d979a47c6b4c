package page

import (
	"maps"
	"slices"

	"github.com/zoop-dev/zoop/internal/domain"
)

// marks are the rows that the operator has marked, by ID: they stay marked wherever the rows go.
type marks map[domain.ID]struct{}

// Marking is a view whose rows can be marked.
type Marking interface {
	View
	Marked() []domain.ID // in the order of the IDs
	Unmark()
}

func (m marks) has(id domain.ID) bool {
	_, ok := m[id]
	return ok
}

func (m marks) toggle(id domain.ID) {
	if m.has(id) {
		delete(m, id)
		return
	}
	m[id] = struct{}{}
}

func (m marks) list() []domain.ID {
	return slices.SortedFunc(maps.Keys(m), func(a, b domain.ID) int { return slices.Compare(a[:], b[:]) })
}

// keep forgets all marks but those of what is there.
func (m marks) keep(there map[domain.ID]struct{}) {
	maps.DeleteFunc(m, func(marked domain.ID, _ struct{}) bool {
		_, ok := there[marked]
		return !ok
	})
}
