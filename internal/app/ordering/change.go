package ordering

import (
	"context"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Accept is a vendor's yes, with the minutes it will cook. A courier is looked for in time for the food.
// Errors of this and the other changes: NotFound for an order that is not the actor's to see; Precondition when version
// (0: any) is not the order's; Conflict "order.illegal_transition"; what the verb of domain/order says.
//
// Round trips of Accept, 2: begin+LockOrder+DeliveryOfOrder,
// AppendEvent+SaveOrder+SaveDelivery+OrderByID+OrderItems+OrderLines+commit.
func (s *Service) Accept(ctx context.Context, actor domain.Actor, id domain.ID, version, prepMinutes int) (Order, error) {
	return s.change(ctx, actor, id, version, func(tx *postgres.Tx, o *postgres.LockedOrder) ([]domain.Event, error) {
		event, err := o.Accept(actor.Role, o.Now, prepMinutes)
		if err == nil && !o.VendorMay {
			err = domain.Errorf(domain.Conflict, "vendor.not_approved", "the vendor may not take orders; this one is about to be cancelled")
		}
		if err != nil {
			return nil, err
		}
		if o.Delivery != nil {
			o.Delivery.DispatchAt = delivery.DispatchAt(o.Now, o.ReadyBy)
		}
		captured, err := tx.CapturePayment(ctx, o)
		return []domain.Event{event, captured}, err
	})
}

// Start says that the cooking has begun.
func (s *Service) Start(ctx context.Context, actor domain.Actor, id domain.ID, version int) (Order, error) {
	return s.change(ctx, actor, id, version, func(_ *postgres.Tx, o *postgres.LockedOrder) ([]domain.Event, error) {
		event, err := o.Start(actor.Role)
		return []domain.Event{event}, err
	})
}

// ChangePrep is another promise of a vendor who has accepted: ready in so many minutes from now. If no courier is on the way,
// one is looked for in time for that.
func (s *Service) ChangePrep(ctx context.Context, actor domain.Actor, id domain.ID, version, prepMinutes int) (Order, error) {
	return s.change(ctx, actor, id, version, func(_ *postgres.Tx, o *postgres.LockedOrder) ([]domain.Event, error) {
		event, err := o.ChangePrep(actor.Role, o.Now, prepMinutes)
		if o.Delivery != nil && o.Delivery.State == delivery.Unassigned {
			o.Delivery.DispatchAt = delivery.DispatchAt(o.Now, o.ReadyBy)
		}
		return []domain.Event{event}, err
	})
}

// Ready says that the food is packed; if no courier is on the way, one is looked for at once.
func (s *Service) Ready(ctx context.Context, actor domain.Actor, id domain.ID, version int) (Order, error) {
	return s.change(ctx, actor, id, version, func(_ *postgres.Tx, o *postgres.LockedOrder) ([]domain.Event, error) {
		event, err := o.Ready(actor.Role, o.Now)
		if o.Delivery != nil && o.Delivery.State == delivery.Unassigned {
			o.Delivery.DispatchAt = o.Now
		}
		return []domain.Event{event}, err
	})
}

// Collect hands a pickup order to the customer who shows its code, and takes their cash. After five wrong guesses the codes
// are locked: order.ErrLocked.
//
// Round trips of Collect, 4: begin+LockOrder+DeliveryOfOrder, LockPayment+PartiesOfSale+OrderLines,
// SavePayment+PostTransfers, AppendEvent+AppendEvent+SaveOrder+IssuePaper+OrderByID+OrderItems+OrderLines+commit.
func (s *Service) Collect(ctx context.Context, actor domain.Actor, id domain.ID, version int, code string) (Order, error) {
	return s.change(ctx, actor, id, version, func(tx *postgres.Tx, o *postgres.LockedOrder) ([]domain.Event, error) {
		event, err := o.Collect(actor.Role, o.Now, code, s.completeAfter)
		if err != nil {
			return nil, err
		}
		captured, err := tx.SettleOrder(ctx, o)
		return []domain.Event{event, captured}, err
	})
}

// RenewCodes gives an order a new PIN and code, and five guesses of them, for its customer and staff.
func (s *Service) RenewCodes(ctx context.Context, actor domain.Actor, id domain.ID, version int) (Order, error) {
	return s.change(ctx, actor, id, version, func(tx *postgres.Tx, o *postgres.LockedOrder) ([]domain.Event, error) {
		event, err := o.Renew(secret(4))
		if err != nil {
			return nil, err
		}
		o.PIN = secret(4)
		if actor.Role.Staff() {
			err = tx.Audit(ctx, actor, postgres.AuditEntry{Action: "order.renew_codes", Subject: "order", SubjectID: id})
		}
		return []domain.Event{event}, err
	})
}

// one has the system change one order that find comes up with, and says whether there was one.
func (s *Service) one(ctx context.Context, find func(*postgres.Tx, context.Context) (*postgres.LockedOrder, error),
	verb func(context.Context, *postgres.Tx, *postgres.LockedOrder) ([]domain.Event, error),
) (found bool, err error) {
	err = s.db.InTx(ctx, func(tx *postgres.Tx) error {
		o, err := find(tx, ctx)
		if found = err == nil; domain.KindOf(err) == domain.NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		events, err := verb(ctx, tx, o)
		if err != nil {
			return err
		}
		return tx.StoreOrder(ctx, o, domain.System, events...)
	})
	if err == nil && found {
		s.wake()
	}
	return found && err == nil, err
}

// change is the one way in which an actor changes an order.
func (s *Service) change(ctx context.Context, actor domain.Actor, id domain.ID, version int,
	verb func(*postgres.Tx, *postgres.LockedOrder) ([]domain.Event, error),
) (Order, error) {
	var view Order
	var wrong error // not an error of the transaction: the guess counts
	err := s.db.InTx(ctx, func(tx *postgres.Tx) error {
		o, parties, err := tx.HoldOrderFor(ctx, id, actor.ID)
		if err != nil {
			return err
		}
		if err := sees(actor, parties); err != nil {
			return err
		}
		if err := o.Fresh(version); err != nil {
			return err
		}
		events, err := verb(tx, o)
		if wrong = nil; order.Guessed(err) {
			wrong = err
			return tx.CountGuess(ctx, o, actor)
		}
		if err != nil {
			return err
		}
		if err := tx.StoreOrder(ctx, o, actor, events...); err != nil {
			return err
		}
		return tx.OrderAfter(ctx, o, &view)
	})
	if err != nil {
		return Order{}, err
	}
	s.wake()
	if wrong != nil {
		return Order{}, wrong
	}
	return redact(view, actor), nil
}
