package delivery

import (
	"context"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/domain/letter"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// maxContacts bounds how often a courier tries to reach one customer.
const maxContacts = 20

// Contact notes that the courier, at the door, has tried to reach the customer by a call, a message or the bell. Within rules.ContactApart
// it is still the same try, and changes nothing.
// Conflict "delivery.not_at_door" before they are there, "delivery.too_many_contacts".
func (s *Service) Contact(ctx context.Context, actor domain.Actor, id domain.ID, version int, by string) (Delivery, error) {
	return s.step(ctx, actor, id, version, func(_ *postgres.Tx, o *postgres.LockedOrder) ([]domain.Event, error) {
		d := o.Delivery
		if err := d.AtDoor(); err != nil {
			return nil, err
		}
		if d.State != rules.AtCustomer || d.Contacts >= maxContacts {
			return nil, domain.Errorf(domain.Conflict, "delivery.too_many_contacts", "they were called often enough, or there is no need any more")
		}
		if !d.Visit.Contact(o.Now) {
			return nil, nil
		}
		return []domain.Event{{Type: "delivery.contacted", Data: map[string]any{"by": by, "contacts": d.Contacts}}}, nil
	})
}

// Fail says that the courier cannot hand the food over. Who says that nobody is there, or that there is no such door, has waited
// and called: else Conflict "delivery.too_soon". Errors are also those of order.GiveUp.
func (s *Service) Fail(ctx context.Context, actor domain.Actor, id domain.ID, version int, reason order.Reason) (Delivery, error) {
	return s.step(ctx, actor, id, version, func(_ *postgres.Tx, o *postgres.LockedOrder) ([]domain.Event, error) {
		d := o.Delivery
		event, err := o.GiveUp(actor.Role, reason)
		if err != nil {
			return nil, err
		}
		switch {
		case reason.AfterWaiting():
			err = d.Waited(o.Now)
		case reason.AtDoor():
			err = d.AtDoor()
		}
		if err != nil {
			return nil, err
		}
		failed, err := d.State.Step(rules.VerbFail, actor.Role)
		if err != nil {
			return nil, err
		}
		failed.Data = map[string]any{"reason": string(reason), "contacts": d.Contacts}
		return []domain.Event{event, failed}, nil
	})
}

// TurnBack has the courier bring the food back to the vendor, where Arrive ends the order.
func (s *Service) TurnBack(ctx context.Context, actor domain.Actor, id domain.ID, version int) (Delivery, error) {
	return s.step(ctx, actor, id, version, func(_ *postgres.Tx, o *postgres.LockedOrder) ([]domain.Event, error) {
		event, err := o.Delivery.State.Step(rules.VerbTurnBack, actor.Role)
		return []domain.Event{event}, err
	})
}

// Redeliver has an order brought to its customer after all, for its courier and for staff.
// Errors: NotFound for an order that is not the courier's; Precondition; Conflict "order.illegal_transition".
func (s *Service) Redeliver(ctx context.Context, actor domain.Actor, orderID domain.ID, version int) error {
	return s.onRoad(ctx, actor, orderID, version, func(tx *postgres.Tx, o *postgres.LockedOrder) ([]domain.Event, error) {
		event, err := o.Redeliver(actor.Role)
		if err != nil {
			return nil, err
		}
		if _, err := o.Delivery.State.Step(rules.VerbRedeliver, actor.Role); err != nil {
			return nil, err
		}
		o.Delivery.Visit, o.Delivery.LostAt, o.Delivery.ActedAt = rules.Visit{}, time.Time{}, o.Now // nobody is silent yet
		return []domain.Event{event}, audited(ctx, tx, actor, o, "order.redeliver")
	})
}

// Return ends an order that could not be delivered, for staff: its food is back, or gone. Its errors are those of Redeliver.
func (s *Service) Return(ctx context.Context, actor domain.Actor, orderID domain.ID, version int) error {
	return s.onRoad(ctx, actor, orderID, version, func(tx *postgres.Tx, o *postgres.LockedOrder) ([]domain.Event, error) {
		events, err := returned(ctx, tx, o, actor)
		if err != nil {
			return nil, err
		}
		return events, audited(ctx, tx, actor, o, "order.return")
	})
}

// returned ends an order whose food is not handed over; its customer gets a letter.
func returned(ctx context.Context, tx *postgres.Tx, o *postgres.LockedOrder, actor domain.Actor) ([]domain.Event, error) {
	event, err := o.Order.Return(actor.Role, o.Now)
	if err != nil {
		return nil, err
	}
	if _, err := o.Delivery.State.Step(rules.VerbReturn, actor.Role); err != nil {
		return nil, err
	}
	released, err := tx.ReleasePayment(ctx, o)
	if err != nil {
		return nil, err
	}
	return []domain.Event{event, released}, tx.Post(ctx, letter.AboutOrder(letter.OrderCancelled, o.CustomerID, o.ID, o.Now))
}

// onRoad changes an order that is on its way, for its courier or staff.
func (s *Service) onRoad(ctx context.Context, actor domain.Actor, orderID domain.ID, version int,
	verb func(*postgres.Tx, *postgres.LockedOrder) ([]domain.Event, error),
) error {
	err := s.db.InTx(ctx, func(tx *postgres.Tx) error {
		o, err := tx.HoldOrder(ctx, orderID)
		if err != nil {
			return err
		}
		if !actor.Role.Staff() && o.CourierID != actor.ID {
			return domain.Missing("order")
		}
		if err := o.Fresh(version); err != nil {
			return err
		}
		if o.Delivery == nil {
			return errCollected
		}
		events, err := verb(tx, o)
		if err != nil {
			return err
		}
		return tx.StoreOrder(ctx, o, actor, events...)
	})
	if err == nil {
		s.wake()
	}
	return err
}

// audited notes a deed of staff; a courier's is in the timeline.
func audited(ctx context.Context, tx *postgres.Tx, actor domain.Actor, o *postgres.LockedOrder, deed string) error {
	if !actor.Role.Staff() {
		return nil
	}
	return tx.Audit(ctx, actor, postgres.AuditEntry{
		Action: deed, Subject: "order", SubjectID: o.ID, Before: map[string]any{"state": order.Undeliverable}, After: map[string]any{"state": o.State},
	})
}
