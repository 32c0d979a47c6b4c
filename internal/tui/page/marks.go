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

// keepMarks forgets the marks of what is in a list no more.
func keepMarks[T any](m marks, all []T, id func(T) domain.ID) {
	if len(m) == 0 {
		return
	}
	there := make(map[domain.ID]struct{}, len(all))
	for _, row := range all {
		there[id(row)] = struct{}{}
	}
	maps.DeleteFunc(m, func(marked domain.ID, _ struct{}) bool {
		_, ok := there[marked]
		return !ok
	})
}

// Marked implements Marking.
func (p *Alerts) Marked() []domain.ID { return p.marks.list() }

// Unmark implements Marking.
func (p *Alerts) Unmark() { clear(p.marks) }

// Marked implements Marking.
func (p *Orders) Marked() []domain.ID { return p.marks.list() }

// Unmark implements Marking.
func (p *Orders) Unmark() { clear(p.marks) }

// Marked implements Marking.
func (p *roster[T]) Marked() []domain.ID { return p.marks.list() }

// Unmark implements Marking.
func (p *roster[T]) Unmark() { clear(p.marks) }
