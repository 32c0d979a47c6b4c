package delivery

import (
	"context"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/phone"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Courier is a courier's profile.
type Courier = postgres.Courier

// Courier reads the actor's own profile. NotFound before there is one.
func (s *Service) Courier(ctx context.Context, actor domain.Actor) (Courier, error) {
	return s.db.CourierByID(ctx, actor.ID)
}

// Filter selects couriers for staff.
type Filter = postgres.StandingFilter

// Couriers lists couriers of any standing for staff, newest first.
func (s *Service) Couriers(ctx context.Context, f Filter) ([]Courier, error) {
	return s.db.Couriers(ctx, f)
}

// PutCourier creates or changes the actor's own profile; a new one waits for approval. Saying again what is so already
// changes nothing. Invalid for a number that cannot be dialled from anywhere; Precondition when version (0: any) is not the
// courier's.
func (s *Service) PutCourier(ctx context.Context, actor domain.Actor, version int, name, number, vehicle string) (Courier, error) {
	e164, ok := phone.Normal(number, "")
	if !ok {
		return Courier{}, domain.Invalidf("phone", "phone", "must be a telephone number with its country's code, such as +911123456789")
	}
	if version == 0 { // whoever saw a version saw a courier
		made, err := s.db.MakeCourier(ctx, Courier{ID: actor.ID, Name: name, Phone: e164, Vehicle: vehicle})
		if err != nil {
			return Courier{}, err
		}
		if made {
			return s.db.CourierByID(ctx, actor.ID)
		}
	}
	return s.changeCourier(ctx, actor, actor.ID, version, func(_ *postgres.Tx, c *Courier) (domain.Event, error) {
		if c.Name == name && c.Phone == e164 && c.Vehicle == vehicle {
			return domain.Event{}, nil
		}
		c.Name, c.Phone, c.Vehicle = name, e164, vehicle
		return domain.Event{Type: "courier.profile_changed"}, nil
	})
}

// SetOnline starts or stops the offers to the actor. Saying again what is so already changes nothing.
// Conflict "courier.not_approved" for one that may not take offers; Precondition when version (0: any) is not the courier's.
func (s *Service) SetOnline(ctx context.Context, actor domain.Actor, version int, online bool) (Courier, error) {
	return s.changeCourier(ctx, actor, actor.ID, version, func(_ *postgres.Tx, c *Courier) (domain.Event, error) {
		if online && c.Status != vendor.Approved {
			return domain.Event{}, domain.Errorf(domain.Conflict, "courier.not_approved", "the courier is %s", c.Status).
				With("status", string(c.Status))
		}
		if c.Online == online {
			return domain.Event{}, nil
		}
		c.Online = online
		if online {
			return domain.Event{Type: "courier.online"}, nil
		}
		return domain.Event{Type: "courier.offline"}, nil
	})
}

// Move notes where the actor is. NotFound before there is a profile, Conflict "courier.not_approved" for one that may not
// take offers; a position a moment after another is let go.
func (s *Service) Move(ctx context.Context, actor domain.Actor, at domain.Point) error {
	noted, err := s.db.MoveCourier(ctx, actor.ID, at)
	if err != nil || noted {
		return err
	}
	c, err := s.db.CourierByID(ctx, actor.ID)
	if err != nil {
		return err
	}
	if c.Status != vendor.Approved {
		return domain.Errorf(domain.Conflict, "courier.not_approved", "the courier is %s", c.Status)
	}
	return nil
}

// Judge approves, rejects or suspends a courier by a verb of vendor.Machine; a suspended one is offline. What it carries it
// brings to the end; an offer that it has not answered is taken back by ExpireOffers, and cannot be accepted meanwhile.
// The reason is kept with the profile, for the courier to read, and nowhere that nothing is ever taken out of.
// Errors: NotFound; Conflict "vendor.illegal_transition"; Precondition as for SetOnline.
func (s *Service) Judge(ctx context.Context, actor domain.Actor, id domain.ID, version int, verb, reason string) (Courier, error) {
	return s.changeCourier(ctx, actor, id, version, func(tx *postgres.Tx, c *Courier) (domain.Event, error) {
		t, err := vendor.Machine.Step(c.Status, verb, actor.Role)
		if err != nil {
			return domain.Event{}, err
		}
		entry := postgres.AuditEntry{
			Action: "courier." + verb, Subject: "courier", SubjectID: id,
			Before: map[string]any{"status": c.Status, "online": c.Online}, After: map[string]any{"status": t.To, "online": false},
		}
		c.Status, c.StatusReason, c.Online = t.To, reason, false
		return domain.Event{Type: "courier." + string(t.To)}, tx.Audit(ctx, actor, entry)
	})
}

func (s *Service) changeCourier(ctx context.Context, actor domain.Actor, id domain.ID, version int,
	verb func(*postgres.Tx, *Courier) (domain.Event, error),
) (Courier, error) {
	var c Courier
	err := s.db.InTx(ctx, func(tx *postgres.Tx) error {
		var err error
		if c, err = tx.HoldCourier(ctx, id); err != nil {
			return err
		}
		if err := domain.Fresh(version, c.Version); err != nil {
			return err
		}
		event, err := verb(tx, &c)
		if err != nil || event.Type == "" {
			return err
		}
		return tx.StoreCourier(ctx, &c, actor, event)
	})
	if err == nil {
		s.wake()
	}
	return c, err
}
