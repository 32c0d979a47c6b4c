package delivery

import (
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// FixFresh is how old a position may be that says where a courier is now.
const FixFresh = 2 * time.Minute

// Override is why a courier says to have arrived where their phone says they have not.
type Override string

// The reasons. None is in words of the courier's own: the timeline that has it is kept for good.
const (
	PhoneIsWrong   Override = "PHONE_IS_WRONG"   // its position is off
	PlaceIsWrong   Override = "PLACE_IS_WRONG"   // the vendor or the door is not where the map has it
	CannotComeNear Override = "CANNOT_COME_NEAR" // a gate, a tower, a closed road
	OtherReason    Override = "OTHER"
)

// Sighting is where a courier was seen last.
type Sighting struct {
	Point domain.Point
	At    time.Time // zero: never
}

// Fresh says whether it tells where the courier is now.
func (s Sighting) Fresh(now time.Time) bool { return !s.At.IsZero() && now.Sub(s.At) <= FixFresh }

// ErrTooFar says that a courier has not arrived where they say.
var ErrTooFar = domain.Errorf(domain.Conflict, "delivery.too_far", "come nearer")

// Arrived is what there is to be noted of an arrival at a place, for the event that tells of it: nothing when the courier was seen
// within so many metres (0: nobody looks), that it is not known when they were not seen for FixFresh, and how far away they were
// when they say that they are there all the same. Without such a reason that is Conflict "delivery.too_far", with distanceMeters
// and withinMeters.
func (s Sighting) Arrived(place domain.Point, within int, now time.Time, despite Override) (map[string]any, error) {
	meters := int(s.Point.Meters(place))
	switch {
	case within == 0:
		return nil, nil
	case !s.Fresh(now):
		return map[string]any{"located": false}, nil
	case meters <= within:
		return nil, nil
	case despite != "":
		return map[string]any{"overridden": true, "reason": string(despite), "distanceMeters": meters}, nil
	}
	return nil, domain.Errorf(ErrTooFar.Kind, ErrTooFar.Code, "your phone is %d metres from there; come within %d, or say why you cannot", meters, within).
		With("distanceMeters", meters).With("withinMeters", within)
}

// Handover is what a delivery asks of whoever hands it over.
type Handover struct {
	LeaveAtDoor bool // its customer wants it so
	Cash        bool // it is paid at the door
	MinAge      int  // whom it may be handed to; 0: anybody
}

// ErrAge says that nobody has looked how old the one is who takes the food.
var ErrAge = domain.Errorf(domain.Conflict, "delivery.age_unchecked", "look at a document first")

// Checked is Conflict "delivery.age_unchecked", with minAge, when somebody's age matters and was not looked at.
func (h Handover) Checked(yes bool) error {
	if yes || h.MinAge == 0 {
		return nil
	}
	return domain.Errorf(ErrAge.Kind, ErrAge.Code, "see a document that whoever takes this is at least %d years old, and say ageChecked; or give up with AGE_CHECK", h.MinAge).
		With("minAge", h.MinAge)
}

// Leavable is Conflict "delivery.in_person" for food that somebody has to take and pay for, or be of age for.
func (h Handover) Leavable() error {
	switch {
	case h.Cash:
		return domain.Errorf(domain.Conflict, "delivery.in_person", "it is paid in cash, so somebody has to come to the door")
	case h.MinAge > 0:
		return domain.Errorf(domain.Conflict, "delivery.in_person", "somebody of at least %d years has to come to the door", h.MinAge)
	}
	return nil
}

// Photographed is whether food may be left and photographed instead of handed to somebody with the PIN: where its customer wants
// that, or did not come to the door and was called, as before giving up. Conflict "delivery.not_at_door", "delivery.in_person" or
// "delivery.pin_needed", with how long there is to wait and how often to call, otherwise.
func (h Handover) Photographed(v Visit, now time.Time) error {
	if err := v.AtDoor(); err != nil {
		return err
	}
	if err := h.Leavable(); err != nil {
		return err
	}
	if h.LeaveAtDoor {
		return nil
	}
	return v.waited(now, domain.Errorf(domain.Conflict, "delivery.pin_needed",
		"ask for the PIN: its customer has not asked to leave it at the door; or wait %d minutes there, and try %d times to reach them",
		int(WaitAtDoor.Minutes()), MinContacts))
}

// PhotoKept is for how long the photo of a handover is kept, and shown to its customer and staff.
const PhotoKept = 30 * 24 * time.Hour

// ErrNoPhoto says that there is no photo of this visit to the door.
var ErrNoPhoto = domain.Errorf(domain.Conflict, "delivery.no_photo", "send the photo first")
