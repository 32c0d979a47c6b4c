package delivery

import (
	"cmp"
	"context"
	"errors"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Offers lists the offers that wait for a courier's answer.
func (s *Service) Offers(ctx context.Context, actor domain.Actor) ([]Offer, error) {
	return s.db.OffersOf(ctx, actor.ID)
}

// Accept takes the delivery. Errors: NotFound for an offer to somebody else; Conflict "offer.closed" when it was answered,
// withdrawn or has run out; Conflict "courier.busy" when the courier carries as much as they can, "courier.cash_limit" and
// "courier.not_approved";
// Precondition when version (0: any) is not the order's.
func (s *Service) Accept(ctx context.Context, actor domain.Actor, offerID domain.ID, version int) (Delivery, error) {
	var view Delivery
	err := s.answer(ctx, actor, offerID, version, func(tx *postgres.Tx, o *postgres.LockedOrder) (domain.Event, error) {
		slot, err := mayCarry(ctx, tx, offerID, actor.ID, o)
		if err != nil {
			return domain.Event{}, err
		}
		event, err := o.Delivery.State.Step(rules.VerbAccept, actor.Role)
		if err != nil {
			return event, err
		}
		o.Delivery.CourierID, o.Delivery.Slot = actor.ID, slot
		tx.DeliveryAfter(ctx, actor.ID, o.Delivery.ID, &view)
		return event, tx.EndOffer(ctx, offerID, "accepted", "")
	})
	return view, err
}

// mayCarry holds the courier, so that no two deliveries take one place, and gives their first free one. It is Conflict "courier.not_approved" for one who was suspended since the offer was made, or
// "offer.closed" for one whose account was.
func mayCarry(ctx context.Context, tx *postgres.Tx, offerID, courierID domain.ID, o *postgres.LockedOrder) (slot int, err error) {
	c, err := tx.HoldCourier(ctx, courierID)
	if err != nil {
		return 0, err
	}
	if c.Status != vendor.Approved {
		return 0, domain.Errorf(domain.Conflict, "courier.not_approved", "the courier is %s", c.Status).With("status", string(c.Status))
	}
	if f, err := tx.OfferByID(ctx, offerID); err != nil || f.Barred { // read anew: a suspension may have held the courier until now
		return 0, cmp.Or(err, error(postgres.ErrOfferClosed))
	}
	if o.Cash {
		rooms, err := tx.CashRooms(ctx, courierID)
		if err != nil {
			return 0, err
		}
		if room, limited := rooms[o.Total.Currency]; limited && !room.Takes(o.Total.Amount) {
			return 0, rules.ErrCashLimit
		}
	}
	return tx.FreeSlot(ctx, courierID)
}

// Decline leaves the delivery to another courier. Its errors are those of Accept.
func (s *Service) Decline(ctx context.Context, actor domain.Actor, offerID domain.ID, version int, reason string) error {
	return s.answer(ctx, actor, offerID, version, func(tx *postgres.Tx, o *postgres.LockedOrder) (domain.Event, error) {
		event, err := o.Delivery.State.Step(rules.VerbDecline, actor.Role)
		if err != nil {
			return event, err
		}
		event.Data = map[string]any{"reason": reason}
		return event, tx.EndOffer(ctx, offerID, "declined", reason)
	})
}

func (s *Service) answer(ctx context.Context, actor domain.Actor, offerID domain.ID, version int,
	verb func(*postgres.Tx, *postgres.LockedOrder) (domain.Event, error),
) error {
	f, err := s.db.OfferByID(ctx, offerID)
	if err != nil {
		return err
	}
	if f.CourierID != actor.ID {
		return domain.Missing("offer")
	}
	err = s.db.InTx(ctx, func(tx *postgres.Tx) error {
		o, err := tx.HoldOrder(ctx, f.OrderID)
		if err != nil {
			return err
		}
		if f, err = tx.OfferByID(ctx, offerID); err != nil {
			return err
		}
		if !f.Open || f.Late || f.Barred {
			return postgres.ErrOfferClosed
		}
		if err := o.Fresh(version); err != nil {
			return err
		}
		event, err := verb(tx, o)
		if err != nil {
			return err
		}
		o.CourierID = actor.ID
		return tx.StoreOrder(ctx, o, actor, event)
	})
	if err == nil {
		s.wake()
	}
	return err
}

// Bounds of one round of the loops below.
const (
	roundTasks    = 200
	roundCouriers = 5000
	roundWatched  = 2000
	roundOffers   = 200
)

// Dispatch makes one round: each delivery that waits is offered to the courier domain/delivery picks. It says how many
// offers it made. Several instances may do it at once: the row locks and the one-open-offer indexes decide.
func (s *Service) Dispatch(ctx context.Context) (int, error) {
	tasks, orders, err := s.db.Waiting(ctx, roundTasks)
	if err != nil || len(tasks) == 0 {
		return 0, err
	}
	workers, err := s.workers(ctx, postgres.WorkerFilter{Idle: true, Most: roundCouriers})
	if err != nil {
		return 0, err
	}
	made := 0
	candidates := free(workers, tasks)
	for _, pair := range rules.Assign(tasks, candidates) {
		switch err := s.offer(ctx, orders[pair.DeliveryID], pair); {
		case err == nil:
			made++
		case domain.KindOf(err) == domain.Conflict, domain.KindOf(err) == domain.NotFound:
			// Another instance was faster, or the order ended meanwhile.
		default:
			return made, err
		}
	}
	return made, nil
}

func (s *Service) offer(ctx context.Context, orderID domain.ID, pair rules.Pair) error {
	err := s.db.InTx(ctx, func(tx *postgres.Tx) error {
		o, err := tx.HoldOrder(ctx, orderID)
		if err != nil {
			return err
		}
		event, err := o.Delivery.State.Step(rules.VerbOffer, domain.RoleSystem)
		if err != nil {
			return err
		}
		offerID, until := domain.ID(id.New()), o.Now.Add(rules.OfferTTL)
		if err := tx.MakeOffer(ctx, offerID, o, pair.CourierID, pair.Meters, until); err != nil {
			return err
		}
		event.Data = map[string]any{"offerId": offerID.String(), "meters": pair.Meters, "expiresAt": until.UTC()}
		o.CourierID = pair.CourierID
		return tx.StoreOrder(ctx, o, domain.System, event)
	})
	if err == nil {
		s.wake()
	}
	return err
}

// ExpireOffers closes the offers that nobody answered in time, and takes back those of couriers who were suspended since; it
// says how many.
func (s *Service) ExpireOffers(ctx context.Context) (int, error) {
	late, err := s.db.LateOffers(ctx, roundOffers)
	if err != nil {
		return 0, err
	}
	closed := 0
	for offerID, expired := range late {
		switch err := s.closeOffer(ctx, offerID, expired); {
		case err == nil:
			closed++
		case errors.Is(err, postgres.ErrOfferClosed), domain.KindOf(err) == domain.NotFound:
		default:
			return closed, err
		}
	}
	return closed, nil
}

func (s *Service) closeOffer(ctx context.Context, offerID domain.ID, expired bool) error {
	state, verb := "withdrawn", rules.VerbWithdraw
	if expired {
		state, verb = "expired", rules.VerbExpire
	}
	f, err := s.db.OfferByID(ctx, offerID)
	if err != nil {
		return err
	}
	err = s.db.InTx(ctx, func(tx *postgres.Tx) error {
		o, err := tx.HoldOrder(ctx, f.OrderID)
		if err != nil {
			return err
		}
		if err := tx.EndOffer(ctx, offerID, state, ""); err != nil {
			return err
		}
		event, err := o.Delivery.State.Step(verb, domain.RoleSystem)
		if err != nil {
			return err
		}
		o.CourierID = f.CourierID
		return tx.StoreOrder(ctx, o, domain.System, event)
	})
	if err == nil {
		s.wake()
	}
	return err
}
