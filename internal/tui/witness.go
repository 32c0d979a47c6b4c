package tui

import (
	"slices"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/desk"
)

// witness keeps what the stream tells of a subject from the moment on at which a deed was sent: its event may be faster than its answer, and
// by far, where the answer was lost and the same was asked for once more.
type witness struct {
	about []domain.ID
	saw   board.Batch
}

func watch(s desk.Subject) *witness {
	w := &witness{about: []domain.ID{s.ID(), s.VendorID, s.CourierID}}
	if s.Alert != nil {
		w.about = append(w.about, s.Alert.ID)
	}
	for _, a := range s.Alerts {
		w.about = append(w.about, a.ID)
	}
	return w
}

// take keeps what of a batch is about the subject. A nil witness watches nothing.
func (w *witness) take(b board.Batch) {
	if w == nil {
		return
	}
	for _, e := range b.Entries {
		if e.Gap == nil && slices.Contains(w.about, e.Event.SubjectID) {
			w.saw.Entries = append(w.saw.Entries, e)
		}
	}
	for _, id := range w.about {
		if _, changed := b.Changed[id]; changed {
			w.saw.Orders = b.Orders
			if w.saw.Changed == nil {
				w.saw.Changed = map[domain.ID]struct{}{}
			}
			w.saw.Changed[id] = struct{}{}
		}
	}
}
