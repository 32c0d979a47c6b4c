package delivery

import (
	"slices"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/delivery/plan"
)

// Exclusion is why a courier cannot take work; "" for one who can.
type Exclusion string

// The exclusions, as the database has them.
const (
	Suspended       Exclusion = "suspended" // their account is
	NotApproved     Exclusion = "not_approved"
	Offline         Exclusion = "offline"
	OffShift        Exclusion = "off_shift"        // they work in shifts, and this is none of theirs
	DocumentExpired Exclusion = "document_expired" // one that their vehicle needs
	HasOffer        Exclusion = "offered"          // which they have not answered
	Full            Exclusion = "full"             // they carry as much as they can
	Away            Exclusion = "away"             // not seen for AwayAfter
	OutOfZone       Exclusion = "zone"             // of one order: they do not pick up at its vendor's
	Far             Exclusion = "far"              // of one order: its vendor is farther away than couriers are ever asked
)

// Overridable are the exclusions in spite of which staff may give a courier a delivery.
var Overridable = []Exclusion{Offline, OffShift, HasOffer, Away, OutOfZone, Far}

// How long a courier may be silent, and when their shift counts.
const (
	AwayAfter    = 2 * time.Minute  // then they get no offers
	OfflineAfter = 10 * time.Minute // then they are taken offline
)

// CashRoom is how much cash of one currency a courier may still be given, in minor units.
type CashRoom struct {
	Limit int64
	Held  int64 // in their pocket
	Due   int64 // to be taken at the doors that they are on the way to
}

// Left is what they may be given besides; below zero when they have too much.
func (r CashRoom) Left() int64 { return r.Limit - r.Held - r.Due }

// Takes says whether they may be given so much: nothing always.
func (r CashRoom) Takes(amount int64) bool { return amount == 0 || amount <= r.Left() }

// ErrCashLimit refuses an order's cash to a courier who would have too much.
var ErrCashLimit = domain.Errorf(domain.Conflict, "courier.cash_limit", "the courier would hold more cash than they may: hand some in first")

// The bounds of shifts.
const (
	MinShift       = 15 * time.Minute
	MaxShift       = 16 * time.Hour
	MaxShiftAhead  = 60 * 24 * time.Hour
	MaxShifts      = 200 // that have not ended, of one courier
	maxShiftBehind = time.Hour
)

// Shift is when a courier has planned to work.
type Shift struct {
	ID         domain.ID
	Start, End time.Time // nothing is picked up at End or after it
}

// NewShift checks a shift that somebody plans. Invalid, naming the field and the bound.
func NewShift(id domain.ID, start, end, now time.Time) (Shift, error) {
	switch length := end.Sub(start); {
	case length < MinShift || length > MaxShift:
		return Shift{}, domain.Invalidf("endsAt", "length", "must be %d minutes to %d hours after startsAt", int(MinShift.Minutes()), int(MaxShift.Hours()))
	case start.Before(now.Add(-maxShiftBehind)):
		return Shift{}, domain.Invalidf("startsAt", "past", "must be at most an hour ago")
	case start.After(now.Add(MaxShiftAhead)):
		return Shift{}, domain.Invalidf("startsAt", "far", "must be within %d days", int(MaxShiftAhead.Hours()/24))
	}
	return Shift{id, start, end}, nil
}

// Kind is of which sort a document is.
type Kind string

// The kinds.
const (
	Identity  Kind = "identity"
	Licence   Kind = "licence"   // to drive
	Insurance Kind = "insurance" // of the vehicle
)

// Documents are the kinds that a vehicle needs.
func Documents(vehicle string) []Kind {
	if vehicle == "motorbike" || vehicle == "car" {
		return []Kind{Identity, Licence, Insurance}
	}
	return []Kind{Identity}
}

// How long the picture of a document is kept.
const (
	PictureWaits = 90 * 24 * time.Hour // for somebody to look at it
	PictureKept  = 30 * 24 * time.Hour // after somebody has
)

// Document is what a courier shows.
type Document struct {
	Kind      Kind
	Number    string      // "" where only its end is told
	ExpiresOn domain.Date // its last day; zero: it does not expire
	Verified  bool        // staff have looked at it
}

// Valid says whether it is good on a day.
func (d Document) Valid(on domain.Date) bool { return d.ExpiresOn.IsZero() || !d.ExpiresOn.Before(on) }

const (
	minDocument = 4
	maxDocument = 40
)

// ParseDocument gives a document's number its one form: without spaces and dashes, in capitals. Invalid, naming the field and the
// bound, for a number that is none, for one that has expired, and for a licence or an insurance without its last day.
func ParseDocument(d Document, today domain.Date) (Document, error) {
	number := make([]rune, 0, len(d.Number))
	for _, r := range d.Number {
		switch {
		case r == ' ' || r == '-' || r == '/':
			continue
		case r >= 'a' && r <= 'z':
			r -= 'a' - 'A'
		case (r < 'A' || r > 'Z') && (r < '0' || r > '9'):
			return d, domain.Invalidf("number", "form", "must be letters of A to Z and digits")
		}
		number = append(number, r)
	}
	if d.Number = string(number); len(number) < minDocument || len(number) > maxDocument {
		return d, domain.Invalidf("number", "length", "must have %d to %d letters and digits", minDocument, maxDocument)
	}
	switch {
	case d.ExpiresOn.IsZero() && d.Kind != Identity:
		return d, domain.Invalidf("expiresOn", "required", "a %s has a last day", d.Kind)
	case !d.Valid(today):
		return d, domain.Invalidf("expiresOn", "past", "must not be past")
	}
	return d, nil
}

// Mask is what is shown of its number: its end, at most four characters and never more than half of it.
func (d Document) Mask() string {
	return "••••" + d.Number[len(d.Number)-min(4, len(d.Number)/2):]
}

// String keeps a document out of logs.
func (d Document) String() string { return string(d.Kind) }

// GoString is String.
func (d Document) GoString() string { return d.String() }

// Lacking gives the kinds that a vehicle needs of which there is no document that is good on a day, whether verified or, where
// waiting is set, not yet.
func Lacking(vehicle string, have []Document, on domain.Date, waiting bool) []Kind {
	var lack []Kind
	for _, kind := range Documents(vehicle) {
		if !slices.ContainsFunc(have, func(d Document) bool { return d.Kind == kind && d.Valid(on) && (d.Verified || waiting) }) {
			lack = append(lack, kind)
		}
	}
	return lack
}

// ErrLacking refuses a vehicle to a courier who lacks documents for it.
func ErrLacking(lack []Kind) error {
	return domain.Errorf(domain.Conflict, "courier.documents_missing", "documents are missing or have expired: %v", lack).With("documents", lack)
}

// What a courier who is to pick something up is watched for.
const (
	StallMeters = 100             // what counts as coming nearer
	StallAfter  = 5 * time.Minute // without it
	ThereMeters = 150             // whoever is so near waits, and does not come nearer
)

// Watch is how a courier gets on with what they are to pick up.
type Watch struct {
	ArriveBy time.Time // when they should be there
	Closest  int       // metres: how near they have come
	MovedAt  time.Time // when they last came nearer by StallMeters
	Stalled  bool      // it was told that they do not come nearer
	NoShow   bool      // it was told that they are overdue
}

// NewWatch begins to watch a courier who is so many metres away.
func NewWatch(now time.Time, meters int, vehicle plan.Vehicle) Watch {
	return Watch{ArriveBy: now.Add(comes(meters, vehicle)).Truncate(time.Microsecond), Closest: meters, MovedAt: now}
}

// comes is how long a courier may take for so many metres: half more than on empty roads, as traffic slows, and there is a door to be found.
func comes(meters int, vehicle plan.Vehicle) time.Duration {
	return plan.City().Ride(float64(meters), vehicle, time.Time{})*3/2 + 5*time.Minute
}

// Look notes that the courier is so many metres away now, and gives the events that this is cause for. Nobody has to set out, or be there, long
// before the food is ready; the zero time is of food of which that is not known.
func (w *Watch) Look(now time.Time, meters int, vehicle plan.Vehicle, ready time.Time) (events []domain.Event) {
	if meters <= w.Closest-StallMeters {
		w.Closest, w.MovedAt, w.Stalled = meters, now, false
	}
	if meters <= ThereMeters {
		return nil
	}
	arriveBy, moves := later(w.ArriveBy, ready), later(w.MovedAt, ready.Add(-comes(w.Closest, vehicle)))
	facts := map[string]any{"meters": meters, "arriveBy": arriveBy.UTC(), "movedAt": w.MovedAt.UTC()}
	if !w.Stalled && now.Sub(moves) >= StallAfter {
		w.Stalled = true
		events = append(events, domain.Event{Type: EventStalled, Data: facts})
	}
	if !w.NoShow && now.After(arriveBy) {
		w.NoShow = true
		events = append(events, domain.Event{Type: EventNoShow, Data: facts})
	}
	return events
}

// What happens to food whose courier is not heard of.
const (
	LostAfter = 5 * time.Minute  // then staff are told
	GiveUpOn  = 15 * time.Minute // then its order ends: it cannot be delivered
)

// What staff are told of couriers who have the food.
const (
	EventCourierLost  = "delivery.courier_lost"  // nobody has heard of them
	EventCourierFound = "delivery.courier_found" // somebody has, again
)

// What staff are told of couriers who do not come.
const (
	EventStalled = "delivery.stalled" // they do not come nearer to the vendor
	EventNoShow  = "delivery.no_show" // they should have been there by now
)
