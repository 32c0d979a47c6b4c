package ws

import (
	"strings"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// TopicKind is the sort of thing that a topic follows.
type TopicKind string

// The kinds. KindMe and KindOps have no ID.
const (
	KindMe      TopicKind = "me"
	KindOps     TopicKind = "ops"
	KindOrder   TopicKind = "order"
	KindVendor  TopicKind = "vendor"
	KindCourier TopicKind = "courier"
)

// Topic is what a client may subscribe to, written "me", "ops" or "<kind>:<id>".
type Topic struct {
	Kind TopicKind
	ID   domain.ID
}

// ParseTopic reads a topic: Invalid for any other form.
func ParseTopic(s string) (Topic, error) {
	kind, id, named := strings.Cut(s, ":")
	t := Topic{Kind: TopicKind(kind)}
	switch t.Kind {
	case KindMe, KindOps:
		if !named {
			return t, nil
		}
	case KindOrder, KindVendor, KindCourier:
		var err error
		if t.ID, err = domain.ParseID(id); err == nil {
			return t, nil
		}
	}
	return Topic{}, domain.Invalidf("topic", "format", "must be me, ops, order:<id>, vendor:<id> or courier:<id>")
}

// String writes the topic as ParseTopic reads it.
func (t Topic) String() string {
	if t.ID.IsNil() {
		return string(t.Kind)
	}
	return string(t.Kind) + ":" + t.ID.String()
}

// party is one way in which an event concerns somebody. Subscriptions are found by it.
type party struct {
	role byte
	id   domain.ID
}

// The roles of a party.
const (
	anybody    byte = iota // every event
	anOrder                // the event's order
	aVendor                // the event's vendor
	aCustomer              // the event's customer
	theCourier             // the event's courier
)

// scope is what a subscription covers: as the parties by which live events find it, and as the stretch of the log that
// a replay reads. Both let the same events through.
type scope struct {
	parties []party
	stretch postgres.Stretch // without its ends
}

func everything() scope { return scope{parties: []party{{role: anybody}}} }

func ofOrder(id domain.ID) scope {
	return scope{[]party{{anOrder, id}}, postgres.Stretch{Order: id}}
}

func ofCustomer(id domain.ID) scope {
	return scope{[]party{{aCustomer, id}}, postgres.Stretch{Customer: id}}
}

func ofCourier(id domain.ID) scope {
	return scope{[]party{{theCourier, id}}, postgres.Stretch{Courier: id}}
}

func ofVendors(ids []domain.ID) scope {
	s := scope{stretch: postgres.Stretch{Vendors: append([]domain.ID{}, ids...)}}
	for _, id := range ids {
		s.parties = append(s.parties, party{aVendor, id})
	}
	return s
}

// partiesOf lists whom an event concerns, anybody first.
func partiesOf(r domain.Record, into []party) []party {
	into = append(into[:0], party{role: anybody})
	if r.Subject == domain.SubjectOrder {
		into = append(into, party{anOrder, r.SubjectID})
	}
	for _, p := range [...]party{{aVendor, r.VendorID}, {aCustomer, r.CustomerID}, {theCourier, r.CourierID}} {
		if !p.id.IsNil() {
			into = append(into, p)
		}
	}
	return into
}
