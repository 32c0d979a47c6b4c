package tui

import (
	"fmt"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// commandFor is how long the command line of what was done is at hand.
const commandFor = 2 * time.Minute

// deed is the newest thing that was done, for its command line.
type deed struct {
	command string
	about   domain.ID // what it was done to
	ofAlert bool      // which may have left the list by then
	at      time.Time
}

// commandLine is the command that does or shows the same as what was just done, or is in view; "": there is none.
func (m *model) commandLine() string {
	s := m.subject()
	did := func(id domain.ID) bool {
		return m.did.command != "" && m.did.about == id && m.o.Now().Sub(m.did.at) < commandFor
	}
	switch {
	case s.Alert != nil && did(s.Alert.ID), m.did.ofAlert && m.view().Place() == 2 && m.o.Now().Sub(m.did.at) < seenWithin:
		return m.did.command
	case s.Alert != nil && !did(s.ID()):
		return "zoop alerts get " + s.Alert.ID.String()
	case did(s.ID()):
		return m.did.command
	}
	switch {
	case s.Order != nil:
	case !s.CourierID.IsNil():
		return "zoop couriers get " + s.CourierID.String()
	case !s.VendorID.IsNil():
		return "zoop vendors get " + s.VendorID.String()
	case m.view().Place() == 5:
		return fmt.Sprintf("zoop console --plain --from %d", m.batch.Seq)
	default:
		return ""
	}
	name := s.Order.Number
	if name == "" {
		name = s.Order.ID.String()
	}
	switch {
	case m.inOrder && m.order.Raw():
		return "zoop orders get " + name + " -o json"
	case m.inOrder:
		return "zoop orders timeline " + name
	}
	return "zoop orders get " + name
}
