// Package alert holds the rules of alerts: what staff are told to look at, for as long as its cause lasts.
//
// The system opens an alert when there is a cause, one for each kind and subject, and closes it when the cause has gone; should it come back,
// that is another alert. Staff say that they look after one (acknowledge), or that they want to hear nothing of it for a while (snooze), and
// neither ends it.
package alert

import (
	"slices"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Kind is what is wrong.
type Kind string

// The kinds.
const (
	SLAAtRisk     Kind = "sla_at_risk"    // the food, or the customer's door, is about to be late, or foretold to be
	SLABreached   Kind = "sla_breached"   // it is late
	Unanswered    Kind = "unanswered"     // the vendor has not answered, and an order is about to expire
	VendorSilent  Kind = "vendor_silent"  // several orders expired lately, or it was paused for that
	NoCourier     Kind = "no_courier"     // nobody takes the delivery
	CourierLost   Kind = "courier_lost"   // nobody hears of the courier who has the food
	FoodStranded  Kind = "food_stranded"  // a courier has food that they cannot bring, and nobody has fetched it
	PaymentStuck  Kind = "payment_stuck"  // a gateway has been asked for long, and has not done it
	RefundFailed  Kind = "refund_failed"  // a gateway would not give money back
	PaymentExcess Kind = "payment_excess" // a gateway gave back more than was left of a payment
	CashLimit     Kind = "cash_limit"     // a courier at work has as much cash as they may
)

// Severity is how bad it is.
type Severity string

// The severities.
const (
	Crit Severity = "crit" // somebody goes without food or money
	Warn Severity = "warn" // somebody will, unless something is done
)

// Kinds are all kinds, worst first, with how bad each is.
var Kinds = []struct {
	Kind     Kind
	Severity Severity
}{
	{FoodStranded, Crit}, {CourierLost, Crit}, {NoCourier, Crit}, {VendorSilent, Crit}, {SLABreached, Crit}, {PaymentStuck, Crit}, {RefundFailed, Crit},
	{Unanswered, Warn}, {SLAAtRisk, Warn}, {CashLimit, Warn}, {PaymentExcess, Warn},
}

// Rank is a kind's place among all, worst first; what is not known is last.
func (k Kind) Rank() int {
	for i, x := range Kinds {
		if x.Kind == k {
			return i
		}
	}
	return len(Kinds)
}

// Severity is how bad a kind is.
func (k Kind) Severity() Severity {
	if i := k.Rank(); i < len(Kinds) {
		return Kinds[i].Severity
	}
	return Warn
}

// Slow are the kinds whose causes take long to find, and are looked for less often.
var Slow = []Kind{CashLimit}

// Quick are all others.
func Quick() (kinds []Kind) {
	for _, k := range Kinds {
		if !slices.Contains(Slow, k.Kind) {
			kinds = append(kinds, k.Kind)
		}
	}
	return kinds
}

// Cause is why there is an alert.
type Cause struct {
	Kind      Kind
	Subject   domain.Subject // an order, a vendor or a courier
	SubjectID domain.ID
	City      string
	VendorID  domain.ID // of an order, or the vendor itself; Nil: none
	Name      string    // the order's number, the vendor's name; "" of a courier
	Data      []byte    // a JSON object with what there is to know besides; no personal data beyond IDs
}

// Alert is a cause with what became of it.
type Alert struct {
	Cause
	ID             domain.ID
	Severity       Severity
	Version        int
	OpenedAt       time.Time
	ClosedAt       time.Time // zero: its cause lasts
	AcknowledgedAt time.Time // zero: nobody looks after it
	AcknowledgedBy domain.ID
	SnoozedUntil   time.Time // zero: never, or woken
	SnoozedBy      domain.ID
}

// State is how an alert stands for staff.
type State string

// The states.
const (
	Open         State = "open"
	Acknowledged State = "acknowledged"
	Snoozed      State = "snoozed"
	Closed       State = "closed"
)

// State says how it stands; of one that is acknowledged and snoozed, that it is snoozed.
func (a *Alert) State(now time.Time) State {
	switch {
	case !a.ClosedAt.IsZero():
		return Closed
	case a.SnoozedUntil.After(now):
		return Snoozed
	case !a.AcknowledgedAt.IsZero():
		return Acknowledged
	}
	return Open
}

// The events of alerts.
const (
	EventOpened         = "alert.opened"
	EventAcknowledged   = "alert.acknowledged"
	EventUnacknowledged = "alert.unacknowledged"
	EventSnoozed        = "alert.snoozed"
	EventWoken          = "alert.woken"
	EventClosed         = "alert.closed"
)

// How long an alert may be snoozed.
const (
	MinSnooze = time.Minute
	MaxSnooze = 24 * time.Hour
)

// ErrClosed is the answer to whoever wants something of an alert that is over.
var ErrClosed = domain.Errorf(domain.Conflict, "alert.closed", "the alert is closed: its cause has gone")

// Opened tells of a new alert.
func (a *Alert) Opened() domain.Event {
	data := map[string]any{"kind": string(a.Kind), "severity": string(a.Severity), "subject": string(a.Subject), "subjectId": a.SubjectID}
	if a.Name != "" {
		data["name"] = a.Name
	}
	if !a.VendorID.IsNil() {
		data["vendorId"] = a.VendorID
	}
	if !a.SnoozedUntil.IsZero() {
		data["snoozedUntil"] = a.SnoozedUntil.UTC()
	}
	return domain.Event{Type: EventOpened, Data: data}
}

// Acknowledge notes who looks after it. No event: somebody does already. Errors of this and the other verbs: ErrClosed.
func (a *Alert) Acknowledge(by domain.ID, now time.Time) (domain.Event, error) {
	if !a.ClosedAt.IsZero() {
		return domain.Event{}, ErrClosed
	}
	if !a.AcknowledgedAt.IsZero() {
		return domain.Event{}, nil
	}
	a.AcknowledgedAt, a.AcknowledgedBy = now, by
	return domain.Event{Type: EventAcknowledged}, nil
}

// Unacknowledge notes that nobody looks after it.
func (a *Alert) Unacknowledge() (domain.Event, error) {
	if !a.ClosedAt.IsZero() {
		return domain.Event{}, ErrClosed
	}
	if a.AcknowledgedAt.IsZero() {
		return domain.Event{}, nil
	}
	a.AcknowledgedAt, a.AcknowledgedBy = time.Time{}, domain.Nil
	return domain.Event{Type: EventUnacknowledged}, nil
}

// Snooze keeps it quiet for so long from now. Invalid for less than MinSnooze or more than MaxSnooze.
func (a *Alert) Snooze(by domain.ID, now time.Time, length time.Duration) (domain.Event, error) {
	if length < MinSnooze || length > MaxSnooze {
		return domain.Event{}, domain.Invalidf("minutes", "range", "must be from %d to %d", int(MinSnooze.Minutes()), int(MaxSnooze.Minutes()))
	}
	if !a.ClosedAt.IsZero() {
		return domain.Event{}, ErrClosed
	}
	a.SnoozedUntil, a.SnoozedBy = now.Add(length), by
	return domain.Event{Type: EventSnoozed, Data: map[string]any{"until": a.SnoozedUntil.UTC()}}, nil
}

// Wake ends a snooze before its time.
func (a *Alert) Wake(now time.Time) (domain.Event, error) {
	if !a.ClosedAt.IsZero() {
		return domain.Event{}, ErrClosed
	}
	if !a.SnoozedUntil.After(now) {
		return domain.Event{}, nil
	}
	a.SnoozedUntil, a.SnoozedBy = time.Time{}, domain.Nil
	return domain.Event{Type: EventWoken}, nil
}
