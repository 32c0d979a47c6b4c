package delivery

import (
	"context"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Handover is how a courier has given the food away: to whoever knew the PIN, or as the photo shows.
type Handover struct {
	PIN        string
	Photo      bool
	AgeChecked bool // a document was seen that whoever took it is old enough
}

// Deliver hands the food to the customer, who gave the PIN, and takes their cash; or leaves it where a photo shows it. Conflict
// "delivery.age_unchecked"; with a PIN "delivery.wrong_pin", and after five of them "order.codes_locked"; with a photo
// "delivery.no_photo" and those of Handover.Photographed.
func (s *Service) Deliver(ctx context.Context, actor domain.Actor, id domain.ID, version int, h Handover) (Delivery, error) {
	return s.step(ctx, actor, id, version, func(tx *postgres.Tx, o *postgres.LockedOrder) ([]domain.Event, error) {
		asks := asks(o)
		if err := asks.Checked(h.AgeChecked); err != nil {
			return nil, err
		}
		event, err := o.Deliver(actor.Role, o.Now, s.completeAfter)
		if err != nil {
			return nil, err
		}
		if _, err := o.Delivery.State.Step(rules.VerbDeliver, actor.Role); err != nil {
			return nil, err
		}
		if err := prove(ctx, tx, o, asks, h); err != nil { // at last: a guess counts only when it could have succeeded
			return nil, err
		}
		if h.Photo {
			note(&event, map[string]any{"proof": "photo"})
		}
		if o.MinAge > 0 {
			note(&event, map[string]any{"ageChecked": true})
		}
		captured, err := tx.SettleOrder(ctx, o)
		return []domain.Event{event, captured}, err
	})
}

// asks is what an order that is held asks of whoever hands it over.
func asks(o *postgres.LockedOrder) rules.Handover {
	return rules.Handover{LeaveAtDoor: o.Delivery.LeaveAtDoor, Cash: o.Cash, MinAge: o.MinAge}
}

func prove(ctx context.Context, tx *postgres.Tx, o *postgres.LockedOrder, asks rules.Handover, h Handover) error {
	if !h.Photo {
		return o.Guess(o.PIN, h.PIN, rules.ErrWrongPIN)
	}
	if err := asks.Photographed(o.Delivery.Visit, o.Now); err != nil {
		return err
	}
	there, err := tx.HandoverPhotographed(ctx, o)
	if err == nil && !there {
		return rules.ErrNoPhoto
	}
	return err
}

// SetPhoto makes a picture of an uploaded file and keeps it as the photo of the handover, instead of one before. Errors: as
// Arrive, those of Handover.Photographed, and what keeping the picture returns: Invalid and Unavailable.
func (s *Service) SetPhoto(ctx context.Context, actor domain.Actor, id domain.ID, version int, upload []byte) (Delivery, error) {
	// Who may not is told so before the file costs anything.
	if _, err := s.step(ctx, actor, id, version, func(_ *postgres.Tx, o *postgres.LockedOrder) ([]domain.Event, error) {
		return nil, photographable(o)
	}); err != nil {
		return Delivery{}, err
	}
	key, err := s.pictures(ctx, upload)
	if err != nil {
		return Delivery{}, err
	}
	return s.step(ctx, actor, id, version, func(tx *postgres.Tx, o *postgres.LockedOrder) ([]domain.Event, error) {
		if err := photographable(o); err != nil {
			return nil, err
		}
		return []domain.Event{{Type: "delivery.photographed", Data: map[string]any{}}}, tx.SaveHandoverPhoto(ctx, o, key)
	})
}

func photographable(o *postgres.LockedOrder) error {
	state := o.Delivery.State // as if it were handed over now
	if _, err := state.Step(rules.VerbDeliver, domain.RoleCourier); err != nil {
		return err
	}
	return asks(o).Photographed(o.Delivery.Visit, o.Now)
}

// Photo gives the key of the picture that shows where an order was left, to its customer and staff; NotFound for everybody else,
// and once it was kept for rules.PhotoKept.
func (s *Service) Photo(ctx context.Context, actor domain.Actor, orderID domain.ID) (string, error) {
	key, customer, err := s.db.HandoverPhoto(ctx, orderID)
	if err == nil && !actor.Role.Staff() && !(actor.Role == domain.RoleCustomer && customer == actor.ID) {
		return "", domain.Missing("photo")
	}
	return key, err
}

// LeaveAtDoor says whether the actor wants their order left at the door, with a photo, or handed over. Saying again what is so
// already changes nothing. Errors: NotFound for an order that is not theirs; Precondition; Conflict "order.not_delivered" for one
// that they collect, "delivery.in_person" and, once it is over, "delivery.illegal_transition".
func (s *Service) LeaveAtDoor(ctx context.Context, actor domain.Actor, orderID domain.ID, version int, yes bool) error {
	changed := false
	err := s.db.InTx(ctx, func(tx *postgres.Tx) error {
		changed = false
		o, err := tx.HoldOrder(ctx, orderID)
		if err != nil {
			return err
		}
		if o.CustomerID != actor.ID {
			return domain.Missing("order")
		}
		if err := o.Fresh(version); err != nil {
			return err
		}
		if o.Delivery == nil {
			return errCollected
		}
		if yes == o.Delivery.LeaveAtDoor {
			return nil
		}
		if state := o.Delivery.State; state.Over() {
			return domain.Errorf(domain.Conflict, "delivery.illegal_transition", "the delivery is %s", state).With("state", string(state))
		}
		if err := asks(o).Leavable(); yes && err != nil {
			return err
		}
		o.Delivery.LeaveAtDoor, changed = yes, true
		return tx.StoreOrder(ctx, o, actor, domain.Event{Type: "delivery.leave_at_door", Data: map[string]any{"leaveAtDoor": yes}})
	})
	if err == nil && changed {
		s.wake()
	}
	return err
}

var errCollected = domain.Errorf(domain.Conflict, "order.not_delivered", "its customer collects this order")
