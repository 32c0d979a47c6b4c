package ordering

import (
	"context"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/domain/payment"
	"github.com/zoop-dev/zoop/internal/domain/pricing"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Errors of Propose, for errors.Is.
var (
	ErrCostsMore = domain.Errorf(domain.Conflict, "revision.costs_more", "what is left would cost more than the whole; cancel this one")
	ErrNothing   = domain.Errorf(domain.Conflict, "revision.nothing_to_pay", "its discount pays all that is left, and nothing can be taken for it; cancel this one")
	ErrUnpriced  = domain.Errorf(domain.Conflict, "revision.unpriced", "nobody has kept how this order was taxed; cancel this one")
)

// Propose asks the customer to take less than ordered, at the price of what is left.
// Errors: those of order.Reduce and Order.Propose; ErrCostsMore, by a unit that is rounded; ErrNothing, for what is paid ahead; ErrUnpriced.
func (s *Service) Propose(ctx context.Context, actor domain.Actor, id domain.ID, version int, less []order.Reduction) (Order, error) {
	return s.change(ctx, actor, id, version, func(tx *postgres.Tx, o *postgres.LockedOrder) ([]domain.Event, error) {
		event, err := o.Propose(actor.Role, o.Now)
		if err != nil {
			return nil, err
		}
		view, err := tx.OrderView(ctx, id)
		if err != nil {
			return nil, err
		}
		left, err := order.Reduce(view.Items, less)
		if err != nil {
			return nil, err
		}
		used, err := tx.UsedPromotions(ctx, o)
		if err != nil {
			return nil, err
		}
		v, err := tx.VendorOf(ctx, o.VendorID)
		if err != nil {
			return nil, err
		}
		quote, err := reprice(view, pricing.TaxSystemOf(v.Country), left, used)
		switch {
		case err != nil:
			return nil, err
		case quote.Total.Amount > o.Total.Amount:
			return nil, ErrCostsMore
		case quote.Total.Amount == 0 && o.PaidBy != payment.COD:
			return nil, ErrNothing
		}
		if o.PaidBy == payment.Card {
			p, err := tx.HoldPayment(ctx, o)
			if err != nil {
				return nil, err
			}
			if !s.takes(p.Provider, quote.Total) {
				return nil, unsupported(quote.Total)
			}
		}
		event.Data["total"] = amount(quote.Total)
		return []domain.Event{event}, tx.ProposeRevision(ctx, o, postgres.Revision{Number: o.Revisions, Items: left, Quote: quote, Applied: quote.Applied})
	})
}

// Agree is the customer's yes to the revision that waits: the order is what it says, at the price that it says. What they have paid
// beyond that goes back to where it came from; of a card that is only authorised, less is taken.
func (s *Service) Agree(ctx context.Context, actor domain.Actor, id domain.ID, version int) (Order, error) {
	return s.change(ctx, actor, id, version, func(tx *postgres.Tx, o *postgres.LockedOrder) ([]domain.Event, error) {
		if err := o.MayAgree(actor.Role); err != nil {
			return nil, err
		}
		view, err := tx.OrderView(ctx, id)
		if err != nil {
			return nil, err
		}
		event, err := o.Agree(actor.Role, view.Revision.Quote.Total)
		if err != nil {
			return nil, err
		}
		paid, err := tx.Revise(ctx, o, *view.Revision)
		return []domain.Event{event, paid}, err
	})
}

// Refuse is the customer's no to the revision that waits.
func (s *Service) Refuse(ctx context.Context, actor domain.Actor, id domain.ID, version int) (Order, error) {
	return s.change(ctx, actor, id, version, func(tx *postgres.Tx, o *postgres.LockedOrder) ([]domain.Event, error) {
		event, err := o.Refuse(actor.Role)
		if err != nil {
			return nil, err
		}
		return []domain.Event{event}, tx.EndRevision(ctx, o, "refused")
	})
}

// reprice prices what is left of an order, by what its dishes, their packaging and their taxes were when it was ordered.
func reprice(o Order, taxes pricing.TaxSystem, left []order.Item, used []pricing.Used) (pricing.Quote, error) {
	input := pricing.Order{Currency: o.Total.Currency, Packaging: o.Quote.Sum(pricing.Packaging), TaxSystem: taxes}
	for _, item := range o.Items {
		if item.TaxCategory == "" {
			return pricing.Quote{}, ErrUnpriced
		}
		input.Packaging.Amount -= item.Packaging.Amount * int64(item.Quantity) // what remains is the order's own
	}
	for _, l := range o.Quote.Lines {
		if l.Tax != nil && l.Tax.Category == domain.TaxStandard {
			input.TaxRate = l.Tax.Rate
		}
	}
	for _, item := range left {
		input.Portions = append(input.Portions, portion(item))
	}
	return pricing.Reduce(o.Quote, input, used), nil
}
