package ordering

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/domain/letter"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// backlog is orders with each of which something is due to be done. Those with which that failed are passed over for a while, so that one of
// them does not hold up all others.
type backlog struct {
	mu    sync.Mutex
	found []domain.ID // and not yet tried
	stuck map[domain.ID]time.Time
}

// Bounds of what is passed over.
const (
	stuckFor = 5 * time.Second
	maxStuck = 1000
)

// next gives an order to try, Nil when there is none. When all that were found are tried it looks for more, if it may, and says so.
func (b *backlog) next(ctx context.Context, may bool, find func(context.Context, []domain.ID) ([]domain.ID, error)) (id domain.ID, looked bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if looked = may && len(b.found) == 0; looked {
		maps.DeleteFunc(b.stuck, func(_ domain.ID, until time.Time) bool { return time.Now().After(until) })
		b.found, err = find(ctx, slices.Collect(maps.Keys(b.stuck)))
	}
	if len(b.found) > 0 {
		id, b.found = b.found[0], b.found[1:]
	}
	return id, looked, err
}

func (b *backlog) passOver(id domain.ID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.stuck == nil {
		b.stuck = map[domain.ID]time.Time{}
	}
	if len(b.stuck) < maxStuck {
		b.stuck[id] = time.Now().Add(stuckFor)
	}
}

// FireDue fires the first timer of one order that is due, and says whether there was one. Each effect is had once, on
// whichever instance holds the row. An order for which that fails is passed over for some seconds; the error names it.
func (s *Service) FireDue(ctx context.Context) (bool, error) {
	return s.oneDue(ctx, "fire timer", &s.timers, s.db.DueOrders, (*postgres.Tx).DueOrder, s.fire)
}

// oneDue is one of an order that is due and that nobody else holds; if it fails the order is passed over for a while. It looks for such
// orders once at most: what it finds then and others hold is theirs.
func (s *Service) oneDue(ctx context.Context, what string, b *backlog, find func(context.Context, []domain.ID) ([]domain.ID, error),
	hold func(*postgres.Tx, context.Context, domain.ID) (*postgres.LockedOrder, error),
	verb func(context.Context, *postgres.Tx, *postgres.LockedOrder) ([]domain.Event, error),
) (bool, error) {
	for looked := false; ; {
		id, looks, err := b.next(ctx, !looked, find)
		if err != nil || id.IsNil() {
			return false, err
		}
		looked = looked || looks
		held := false
		done, err := s.one(ctx, func(tx *postgres.Tx, ctx context.Context) (o *postgres.LockedOrder, err error) {
			o, err = hold(tx, ctx, id)
			held = err == nil
			return o, err
		}, verb)
		if err != nil && held { // else it is not the order's fault
			b.passOver(id)
			err = fmt.Errorf("%s of order %s: %w", what, id, err)
		}
		if err != nil || done {
			return done, err
		}
	}
}

// fireAtOnce is how many timers a process fires at once, where many are due, and fireRound how many of them one after the other.
const (
	fireAtOnce = 4
	fireRound  = 50
)

// FireAll fires the timers that are due, some hundreds at most, and says whether there may be more. It costs one look when there
// is none. This process sends no letters meanwhile, but for codes: after an outage they would take half of it from the timers.
func (s *Service) FireAll(ctx context.Context) (more bool, err error) {
	defer s.db.HoldLetters()()
	return inHaste(ctx, s.FireDue)
}

// inHaste does one after the other until there is none left, a few at once where there are many.
func inHaste(ctx context.Context, one func(context.Context) (bool, error)) (more bool, err error) {
	if more, err = one(ctx); err != nil || !more {
		return more, err
	}
	left := make([]bool, fireAtOnce)
	failed := make([]error, fireAtOnce)
	var group sync.WaitGroup
	for n := range fireAtOnce {
		group.Go(func() {
			left[n] = true
			for range fireRound {
				if left[n], failed[n] = one(ctx); failed[n] != nil || !left[n] {
					return
				}
			}
		})
	}
	group.Wait()
	return slices.Contains(left, true), errors.Join(failed...)
}

// fire fires the first timer of an order.
func (s *Service) fire(ctx context.Context, tx *postgres.Tx, o *postgres.LockedOrder) ([]domain.Event, error) {
	timer, was := o.Next(), o.State
	event, err := o.Fire(o.Now)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", timer.Verb, err)
	}
	if was == order.PendingPayment && o.State != order.PaymentFailed { // now that it is paid, it is confirmed
		if err := tx.Post(ctx, letter.AboutOrder(letter.OrderConfirmed, o.CustomerID, o.ID, o.Now)); err != nil {
			return nil, err
		}
	}
	switch event.Type {
	case "order.expired":
		return s.expired(ctx, tx, o, event)
	case "order.payment_failed":
		return s.ended(ctx, tx, o, event, nil)
	case "order.revision_lapsed":
		return []domain.Event{event}, tx.EndRevision(ctx, o, "lapsed")
	case "order.placed":
		return s.released(ctx, tx, o, event, was)
	}
	return []domain.Event{event}, nil
}

// expired ends an order that its vendor has not answered, and pauses the vendor when it seems that nobody is there.
//
// Round trips of an expiry, 6: DueOrders, begin+LockDueOrder+DeliveryOfOrder, LockPayment+Taken, SavePayment+WithdrawOffers,
// JobInsertFastMany+LockVendorRow+ExpiredLately, AppendEvent+AppendEvent+SaveOrder+SaveDelivery+commit. The first is one for a hundred.
func (s *Service) expired(ctx context.Context, tx *postgres.Tx, o *postgres.LockedOrder, event domain.Event) ([]domain.Event, error) {
	events, err := s.ended(ctx, tx, o, event, nil)
	if err != nil {
		return nil, err
	}
	expired, err := tx.CountExpired(ctx, o, o.Now.Add(-order.ProtectWithin))
	if err != nil || !order.Protect(expired) {
		return events, err
	}
	v, err := tx.HoldVendor(ctx, o)
	if err != nil || v.Paused(o.Now) {
		return events, err
	}
	v.PausedUntil, v.PauseReason = vendor.Forever, order.ProtectReason
	return events, tx.PauseVendor(ctx, v, domain.Event{
		Type: "vendor.paused", Data: map[string]any{"reason": v.PauseReason, "cause": "orders_expired", "orderId": o.ID},
	})
}

// released tells of an order, scheduled or prepaid, that comes to its vendor now, which may accept everything.
func (s *Service) released(ctx context.Context, tx *postgres.Tx, o *postgres.LockedOrder, event domain.Event, was order.State) ([]domain.Event, error) {
	v, err := tx.VendorOf(ctx, o.VendorID)
	if err != nil {
		return nil, err
	}
	if was == order.PendingPayment {
		o.PromiseLater(o.Now, v.PrepAt(o.Now))
	}
	event.Data["number"], event.Data["vendorName"], event.Data["total"] = o.Number, v.Name, amount(o.Total)
	event.Data["promisedAt"] = o.PromisedAt.UTC()
	if !o.ScheduledFor.IsZero() {
		event.Data["scheduledFor"] = o.ScheduledFor.UTC()
	}
	if v.Acceptance != vendor.Auto || v.Status != vendor.Approved {
		return []domain.Event{event}, nil
	}
	accepted, err := o.Accept(domain.RoleSystem, o.Now, min(v.PrepAt(o.Now), order.MaxPrepMinutes))
	if err != nil {
		return nil, err
	}
	if o.Delivery != nil {
		o.Delivery.DispatchAt = delivery.DispatchAt(o.Now, o.ReadyBy)
	}
	captured, err := tx.CapturePayment(ctx, o)
	return []domain.Event{event, accepted, captured}, err
}
