package page

import (
	"slices"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/tui/keymap"
)

// selection is the rows of a list, and the one of them that keys act upon: once made, it stays on its row wherever that goes. In a list that
// pauses, all rows keep their places, though not their contents, from when the reader moves until the operator resumes.
type selection[T any] struct {
	id   func(row T) domain.ID
	rows []T // what is shown, in its order
	room int // rows that fit

	cursor, offset int
	pinned         domain.ID // the row that the selection is on; Nil: the first, whichever that is
	marks          marks

	pauses  bool
	paused  bool
	changed map[domain.ID]struct{} // while paused
}

func newSelection[T any](id func(row T) domain.ID, pauses bool) selection[T] {
	return selection[T]{id: id, pauses: pauses, changed: map[domain.ID]struct{}{}, marks: marks{}}
}

// fit says how many rows there is room for.
func (s *selection[T]) fit(room int) {
	s.room = room
	s.follow()
}

// show replaces the rows, and keeps the selection on its row.
func (s *selection[T]) show(rows []T) {
	s.rows = rows
	switch at := s.find(s.pinned); {
	case s.pinned.IsNil():
		s.cursor = 0
	case at >= 0:
		s.cursor = at
	default: // it has left: stay at its place
		s.cursor = max(0, min(s.cursor, len(s.rows)-1))
		s.pin()
	}
	s.follow()
}

func (s *selection[T]) find(id domain.ID) int {
	return slices.IndexFunc(s.rows, func(row T) bool { return s.id(row) == id })
}

func (s *selection[T]) pin() {
	s.pinned = domain.Nil
	if row, ok := s.selected(); ok {
		s.pinned = s.id(row)
	}
}

// selected is the row that keys act upon.
func (s *selection[T]) selected() (row T, ok bool) {
	if s.cursor < 0 || s.cursor >= len(s.rows) {
		return row, false
	}
	return s.rows[s.cursor], true
}

// move puts the selection on a row and pins it there.
func (s *selection[T]) move(to int) {
	if len(s.rows) == 0 {
		return
	}
	if s.pauses && !s.paused {
		s.paused, s.rows = true, slices.Clone(s.rows) // batches share theirs
	}
	s.cursor = max(0, min(to, len(s.rows)-1))
	s.pin()
	s.follow()
}

// release lets rows go where they belong again, from when they are shown anew.
func (s *selection[T]) release() {
	s.paused = false
	clear(s.changed)
}

// follow keeps the selection in sight.
func (s *selection[T]) follow() {
	room := max(1, s.room)
	s.offset = max(min(s.offset, s.cursor), s.cursor-room+1)
	s.offset = max(0, min(s.offset, len(s.rows)-room))
}

// inSight are the places of the rows that are: from, and up to but not with, end.
func (s *selection[T]) inSight() (from, end int) {
	return s.offset, min(len(s.rows), s.offset+s.room)
}

// steer moves the selection, or marks rows, and says whether the key was one that does.
func (s *selection[T]) steer(k tea.KeyMsg, keys keymap.Map) bool {
	page := max(1, s.room-1)
	switch {
	case key.Matches(k, keys.Up):
		s.move(s.cursor - 1)
	case key.Matches(k, keys.Down):
		s.move(s.cursor + 1)
	case key.Matches(k, keys.PageUp):
		s.move(s.cursor - page)
	case key.Matches(k, keys.PageDown):
		s.move(s.cursor + page)
	case key.Matches(k, keys.Top):
		s.move(0)
	case key.Matches(k, keys.Bottom):
		s.move(len(s.rows) - 1)
	case key.Matches(k, keys.Mark):
		if row, ok := s.selected(); ok {
			s.marks.toggle(s.id(row))
			s.move(s.cursor + 1)
		}
	case key.Matches(k, keys.Back) && len(s.marks) > 0:
		clear(s.marks)
	default:
		return false
	}
	return true
}

// Paused implements Filtered.
func (s *selection[T]) Paused() (paused bool, changed int) { return s.paused, len(s.changed) }

// Marked implements Marking.
func (s *selection[T]) Marked() []domain.ID { return s.marks.list() }

// Unmark implements Marking.
func (s *selection[T]) Unmark() { clear(s.marks) }

// keepMarks forgets the marks of what is in the list no more.
func (s *selection[T]) keepMarks(all []T) {
	if len(s.marks) == 0 {
		return
	}
	there := make(map[domain.ID]struct{}, len(all))
	for _, row := range all {
		there[s.id(row)] = struct{}{}
	}
	s.marks.keep(there)
}
