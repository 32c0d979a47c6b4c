package board

import (
	"cmp"
	"slices"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/alert"
)

// Alert is what the board knows of an alert that is not closed. Its texts are clean. A value that has been handed out is never changed.
type Alert struct {
	ID           domain.ID
	Kind         alert.Kind
	Severity     alert.Severity
	Version      int
	Subject      domain.Subject // an order, a vendor or a courier
	SubjectID    domain.ID
	VendorID     domain.ID
	Name         string // the order's number, the vendor's name; "" of a courier
	City         string
	OpenedAt     time.Time
	Acknowledged bool
	ByID         domain.ID `json:",omitzero"` // who looks after it, where that is known
	By           string    // what they are called; "" where that is not known
	SnoozedUntil time.Time
}

// Snoozed says whether nobody wants to hear of it now.
func (a *Alert) Snoozed(now time.Time) bool { return a.SnoozedUntil.After(now) }

// Quiet says whether nobody has to be told of it: it is snoozed, or somebody looks after it.
func (a *Alert) Quiet(now time.Time) bool { return a.Acknowledged || a.Snoozed(now) }

// WorstAlert compares alerts: what is critical first, of that what nobody looks after, then the worse kind, then the older one.
func WorstAlert(a, b *Alert) int {
	taken := func(a *Alert) int {
		if a.Acknowledged {
			return 1
		}
		return 0
	}
	return cmp.Or(
		cmp.Compare(a.Severity, b.Severity), // in the order of the alphabet
		cmp.Compare(taken(a), taken(b)),
		cmp.Compare(a.Kind.Rank(), b.Kind.Rank()),
		a.OpenedAt.Compare(b.OpenedAt),
		slices.Compare(a.ID[:], b.ID[:]),
	)
}

// after gives the alert's value after an event; ok is false when that is no news, gone is true when there is none any more. A nil alert is one
// that the board does not know: only its birth makes it known.
func (a *Alert) after(e Event) (next Alert, gone, ok bool) {
	switch {
	case a == nil && e.Type == alert.EventOpened:
		subjectID, _ := domain.ParseID(e.text("subjectId"))
		vendorID, _ := domain.ParseID(e.text("vendorId"))
		return Alert{
			ID: e.SubjectID, Kind: alert.Kind(e.text("kind")), Severity: alert.Severity(e.text("severity")), Version: e.Version,
			Subject: domain.Subject(e.text("subject")), SubjectID: subjectID, VendorID: vendorID, Name: e.text("name"), City: e.City, OpenedAt: e.At,
			SnoozedUntil: e.instant("snoozedUntil"),
		}, false, true
	case a == nil || e.Version <= a.Version:
		return next, false, false
	}
	next = *a
	next.Version = e.Version
	switch e.Type {
	case alert.EventAcknowledged:
		next.Acknowledged, next.ByID, next.By = true, e.ActorID, ""
	case alert.EventUnacknowledged:
		next.Acknowledged, next.ByID, next.By = false, domain.Nil, ""
	case alert.EventSnoozed:
		next.SnoozedUntil = e.instant("until")
	case alert.EventWoken:
		next.SnoozedUntil = time.Time{}
	case alert.EventClosed:
		return next, true, true
	}
	return next, false, true
}

// alertEvent takes an event of an alert, and says what that is about.
func (b *Board) alertEvent(e Event) (name string) {
	known := b.alerts[e.SubjectID]
	next, gone, ok := known.after(e)
	if known == nil && e.Seq <= b.base { // it has been closed since
		ok = false
	}
	if known != nil {
		name = known.Name
	}
	if !ok {
		return name
	}
	if gone {
		delete(b.alerts, e.SubjectID)
	} else {
		b.callKeeper(&next)
		b.alerts[e.SubjectID] = &next
	}
	b.unsorted = true
	return next.Name
}

// callKeeper gives whoever looks after an alert their name, or asks for it.
func (b *Board) callKeeper(a *Alert) {
	if a.ByID.IsNil() {
		return
	}
	if a.By == "" {
		a.By = b.names[a.ByID]
	}
	if a.By == "" && len(b.unnamed) < maxWanted {
		b.unnamed = append(b.unnamed, a.ID)
	}
}

// name takes what a member of the staff is called, and tells it of the alerts that they look after.
func (b *Board) name(n Name) {
	if n.ID.IsNil() || n.Name == "" || b.names[n.ID] == n.Name {
		return
	}
	b.names[n.ID] = n.Name
	for id, a := range b.alerts {
		if a.ByID == n.ID && a.By != n.Name {
			next := *a
			next.By = n.Name
			b.alerts[id] = &next
			b.unsorted, b.dirty = true, true
		}
	}
}

// alertSnapshot replaces the alerts by those that there are, but for what is known to be newer.
func (b *Board) alertSnapshot(alerts []Alert) {
	fresh := make(map[domain.ID]*Alert, len(alerts))
	for _, a := range alerts {
		b.name(Name{a.ByID, a.By})
		fresh[a.ID] = &a
		if known := b.alerts[a.ID]; known != nil && known.Version > a.Version {
			fresh[a.ID] = known
		}
	}
	b.alerts, b.unsorted = fresh, true
}

// sortedAlerts gives the alerts, worst first, in a slice that stays as it is.
func (b *Board) sortedAlerts() []*Alert {
	if b.unsorted {
		b.worst = make([]*Alert, 0, len(b.alerts))
		for _, a := range b.alerts {
			b.worst = append(b.worst, a)
		}
		slices.SortFunc(b.worst, WorstAlert)
		b.unsorted = false
	}
	return b.worst
}
