package delivery

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Offers lists the offers that wait for a courier's answer.
func (s *Service) Offers(ctx context.Context, actor domain.Actor) ([]Offer, error) {
	return s.db.OffersOf(ctx, actor.ID)
}

// Accept takes the delivery, and with it all of its trip that is still to be had. Errors: NotFound for an offer to somebody else;
// Conflict "offer.closed" when it was answered, withdrawn or has run out; Conflict "courier.busy" when the courier cannot carry as
// much, "courier.cash_limit" and "courier.not_approved"; Precondition when version (0: any) is not the order's.
func (s *Service) Accept(ctx context.Context, actor domain.Actor, offerID domain.ID, version int) (Delivery, error) {
	var view Delivery
	err := s.answer(ctx, actor, offerID, version, rules.VerbAccept, func(tx *postgres.Tx, o *postgres.LockedOrder, f postgres.Offer) (domain.Event, error) {
		slot, err := mayCarry(ctx, tx, f.ID, actor.ID, o)
		if err != nil {
			return domain.Event{}, err
		}
		event, err := o.Delivery.State.Step(rules.VerbAccept, actor.Role)
		if err != nil {
			return event, err
		}
		give(o, actor.ID, slot, f)
		if f.ID == offerID {
			tx.DeliveryAfter(ctx, actor.ID, o.Delivery.ID, &view)
		}
		return event, tx.EndOffer(ctx, f.ID, "accepted", "")
	})
	return view, err
}

// give has a courier carry a held order's delivery.
func give(o *postgres.LockedOrder, courierID domain.ID, slot int, f postgres.Offer) {
	d := o.Delivery
	d.CourierID, d.Slot, d.TripID, d.Place, d.UnclaimedAt = courierID, slot, f.TripID, f.Place, time.Time{}
}

// mayCarry holds the courier, so that no two deliveries take one place, and gives their first free one. It is Conflict
// "courier.not_approved" for one who was suspended since the offer was made, or "offer.closed" for one whose account was, or who has gone
// offline; whom staff give it to may be.
func mayCarry(ctx context.Context, tx *postgres.Tx, offerID, courierID domain.ID, o *postgres.LockedOrder) (slot int, err error) {
	c, err := tx.HoldCourier(ctx, courierID)
	if err != nil {
		return 0, err
	}
	if c.Status != vendor.Approved {
		return 0, domain.Errorf(domain.Conflict, "courier.not_approved", "the courier is %s", c.Status).With("status", string(c.Status))
	}
	if f, err := tx.OfferByID(ctx, offerID); err != nil || f.Barred || f.Open && f.Gone { // read anew: a suspension may have held the courier until now
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
	return tx.FreeSlot(ctx, courierID, false)
}

// Decline leaves the delivery, and all of its trip, to another courier. Its errors are those of Accept.
func (s *Service) Decline(ctx context.Context, actor domain.Actor, offerID domain.ID, version int, reason string) error {
	return s.answer(ctx, actor, offerID, version, rules.VerbDecline, func(tx *postgres.Tx, o *postgres.LockedOrder, f postgres.Offer) (domain.Event, error) {
		event, err := o.Delivery.State.Step(rules.VerbDecline, actor.Role)
		if err != nil {
			return event, err
		}
		event.Data = map[string]any{"reason": reason}
		return event, tx.EndOffer(ctx, f.ID, "declined", reason)
	})
}

// answer is a courier's to all that is open of an offer's trip.
func (s *Service) answer(ctx context.Context, actor domain.Actor, offerID domain.ID, version int, verb string,
	each func(*postgres.Tx, *postgres.LockedOrder, postgres.Offer) (domain.Event, error),
) error {
	f, err := s.db.OfferByID(ctx, offerID)
	if err != nil {
		return err
	}
	if f.CourierID != actor.ID {
		return domain.Missing("offer")
	}
	err = s.db.InTx(ctx, func(tx *postgres.Tx) error {
		trip, err := openTrip(ctx, tx, f, version)
		if err != nil {
			return err
		}
		if verb == rules.VerbAccept { // who declines has none of it to do
			if err := tx.Together(ctx, actor.ID, joining(trip)...); err != nil {
				return err
			}
		}
		for _, part := range trip {
			event, err := each(tx, part.order, part.offer)
			if err != nil {
				return err
			}
			part.order.CourierID = actor.ID
			if err := tx.StoreOrder(ctx, part.order, actor, event); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		s.wake()
	}
	return err
}

// part of a trip.
type part struct {
	order *postgres.LockedOrder
	offer postgres.Offer
}

func joining(trip []part) []postgres.Joining {
	all := make([]postgres.Joining, len(trip))
	for i, p := range trip {
		all[i] = postgres.Joining{LockedOrder: p.order, Place: p.offer.Place}
	}
	return all
}

// openTrip holds the orders of a trip of which one offer is to be answered, those that can still be had: that one must be.
func openTrip(ctx context.Context, tx *postgres.Tx, named postgres.Offer, version int) ([]part, error) {
	open, err := tx.OpenTrip(ctx, named.TripID)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(open, func(f postgres.Offer) bool { return f.ID == named.ID }) {
		return nil, postgres.ErrOfferClosed
	}
	var trip []part
	for _, f := range open {
		o, err := tx.HoldOrder(ctx, f.OrderID)
		if err != nil {
			return nil, err
		}
		if f, err = tx.OfferByID(ctx, f.ID); err != nil { // as it is now that nobody can answer it
			return nil, err
		}
		if f.ID == named.ID {
			if !f.Open || f.Late || f.Barred {
				return nil, postgres.ErrOfferClosed
			}
			if err := o.Fresh(version); err != nil {
				return nil, err
			}
		}
		if f.Open {
			trip = append(trip, part{o, f})
		}
	}
	return trip, nil
}

// roundOffers bounds how many offers are closed at once.
const roundOffers = 200

// ExpireOffers closes the offers that nobody answered in time, and takes back those of couriers who were suspended or went offline
// since; it says how many.
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
