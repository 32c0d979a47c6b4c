package ordering

import (
	"context"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/domain/letter"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Reject is a vendor's no. The dishes that are gone, for ITEM_UNAVAILABLE, are told with the event.
func (s *Service) Reject(ctx context.Context, actor domain.Actor, id domain.ID, version int, reason order.Reason, gone []domain.ID) (Order, error) {
	return s.change(ctx, actor, id, version, func(tx *postgres.Tx, o *postgres.LockedOrder) ([]domain.Event, error) {
		event, err := o.Reject(actor.Role, o.Now, reason)
		if len(gone) > 0 && err == nil {
			event.Data["dishIds"] = gone
		}
		return s.ended(ctx, tx, o, event, err)
	})
}

// ErrUnseen keeps a customer from paying for a cancel that they believe to be free.
var ErrUnseen = domain.Errorf(domain.Conflict, "order.accepted_meanwhile",
	"the vendor has accepted the order: look at its cancel-quote, and cancel the version that you saw (If-Match)")

// Cancel ends an order until it is picked up, with what order.Quote says. A customer who names no version cancels only what nobody
// has accepted: else ErrUnseen.
func (s *Service) Cancel(ctx context.Context, actor domain.Actor, id domain.ID, version int, reason order.Reason) (Order, error) {
	return s.change(ctx, actor, id, version, func(tx *postgres.Tx, o *postgres.LockedOrder) ([]domain.Event, error) {
		before := o.State
		if actor.Role == domain.RoleCustomer && version == 0 && o.State.AtVendor() {
			return nil, ErrUnseen
		}
		event, err := o.Cancel(actor.Role, o.Now, reason)
		if err == nil && actor.Role.Staff() {
			err = tx.Audit(ctx, actor, postgres.AuditEntry{
				Action: "order.cancel", Subject: "order", SubjectID: o.ID,
				Before: map[string]any{"state": before},
				After:  map[string]any{"state": o.State, "reason": reason, "fee": o.Outcome.Fee.Amount, "liable": o.Outcome.Liable},
			})
		}
		return s.ended(ctx, tx, o, event, err)
	})
}

// CancelQuote is what a cancel would mean now, for the version of the order that it was reckoned for.
type CancelQuote struct {
	order.Outcome
	State   order.State
	Version int
	At      time.Time // by the database's clock; a promise that is broken meanwhile may change it
}

// CancelQuote tells what a cancel by the actor for a reason would mean, and changes nothing. Its errors are those of Cancel.
func (s *Service) CancelQuote(ctx context.Context, actor domain.Actor, id domain.ID, reason order.Reason) (CancelQuote, error) {
	if err := s.maySee(ctx, actor, id); err != nil {
		return CancelQuote{}, err
	}
	o, now, err := s.db.OrderNow(ctx, id)
	if err != nil {
		return CancelQuote{}, err
	}
	outcome, err := o.Quote(actor.Role, now, reason)
	return CancelQuote{outcome, o.State, o.Version, now}, err
}

// Restore undoes a cancel for staff: the order is accepted again, its portions and its place in the kitchen are taken again, and a
// courier is looked for. Errors: those of order.Restore and RestorePayment; Conflict "vendor.not_approved", "not_enough_stock" and
// "vendor_full".
func (s *Service) Restore(ctx context.Context, actor domain.Actor, id domain.ID, version int) (Order, error) {
	return s.change(ctx, actor, id, version, func(tx *postgres.Tx, o *postgres.LockedOrder) ([]domain.Event, error) {
		before := o.Order
		if _, err := o.Order.Restore(actor.Role, o.Now); err != nil {
			return nil, err
		}
		o.Order = before // it is promised anew once its place in the kitchen is known
		if !o.VendorMay {
			return nil, domain.Errorf(domain.Conflict, "vendor.not_approved", "the vendor may not take orders")
		}
		if err := takeAgain(ctx, tx, o); err != nil {
			return nil, err
		}
		event, err := o.Order.Restore(actor.Role, o.Now)
		if err != nil {
			return nil, err
		}
		if o.Delivery != nil {
			if _, err := o.Delivery.State.Step(delivery.VerbRestore, domain.RoleSystem); err != nil {
				return nil, err
			}
			o.Delivery.DispatchAt = delivery.DispatchAt(o.Now, o.ReadyBy)
		}
		paid, err := tx.RestorePayment(ctx, o)
		if err != nil {
			return nil, err
		}
		err = tx.Audit(ctx, actor, postgres.AuditEntry{
			Action: "order.restore", Subject: "order", SubjectID: o.ID,
			Before: map[string]any{"state": before.State, "reason": before.CancelReason, "by": before.CancelledBy}, After: map[string]any{"state": o.State},
		})
		if err != nil {
			return nil, err
		}
		return append([]domain.Event{event}, paid...), tx.Post(ctx, letter.AboutOrder(letter.OrderConfirmed, o.CustomerID, o.ID, o.Now))
	})
}

// takeAgain takes what an order gave back when it was cancelled.
func takeAgain(ctx context.Context, tx *postgres.Tx, o *postgres.LockedOrder) error {
	v, err := tx.HoldVendor(ctx, o)
	if err != nil {
		return err
	}
	if o.Outcome.Restock {
		if err := tx.TakeBackStock(ctx, o, v); err != nil {
			return err
		}
	}
	if err := tx.TakePlaceAgain(ctx, o, v); err != nil {
		return err
	}
	return tx.RedeemAgain(ctx, o)
}

// CancelOrphan ends one order that was placed with a vendor which may not sell any more and that it has not taken, and says
// whether there was one. Orders that the vendor has taken stay with it, so that food in the pan reaches its customer.
//
// It is called again and again rather than by whoever suspends a vendor: an order that is being placed at that moment, or a
// process that dies in the midst, leaves nothing behind.
func (s *Service) CancelOrphan(ctx context.Context) (bool, error) {
	return s.one(ctx, (*postgres.Tx).OrphanedOrder, func(ctx context.Context, tx *postgres.Tx, o *postgres.LockedOrder) ([]domain.Event, error) {
		event, err := o.Cancel(domain.RoleSystem, o.Now, order.VendorSuspended)
		return s.ended(ctx, tx, o, event, err)
	})
}

// ended goes on with an order that will not be made.
func (s *Service) ended(ctx context.Context, tx *postgres.Tx, o *postgres.LockedOrder, event domain.Event, err error) ([]domain.Event, error) {
	if err != nil {
		return nil, err
	}
	return tx.EndOrder(ctx, o, event)
}
