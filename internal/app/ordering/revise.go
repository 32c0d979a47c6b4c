package ordering

import (
	"context"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/domain/pricing"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// ErrPaidAhead keeps an order as it is for which its customer has set aside the whole price.
var ErrPaidAhead = domain.Errorf(domain.Conflict, "revision.paid_ahead", "only an order that is paid in cash is revised; cancel this one")

// ErrDiscounted keeps an order as it is that promotions are on: what is left may not be what they are for.
var ErrDiscounted = domain.Errorf(domain.Conflict, "revision.discounted", "an order with a discount is not revised; cancel this one")

// Propose asks the customer to take less than ordered, at the price of what is left.
// Errors: those of order.Reduce and Order.Propose; ErrPaidAhead; ErrDiscounted; Conflict "revision.costs_more" when less would cost more.
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
		if view.PaymentMethod != "cod" {
			return nil, ErrPaidAhead
		}
		if view.Quote.Sum(pricing.VendorDiscount, pricing.PlatformDiscount).Amount != 0 {
			return nil, ErrDiscounted
		}
		left, err := order.Reduce(view.Items, less)
		if err != nil {
			return nil, err
		}
		quote, err := reprice(ctx, tx, view, left)
		if err != nil {
			return nil, err
		}
		if quote.Total.Amount > o.Total.Amount {
			return nil, domain.Errorf(domain.Conflict, "revision.costs_more", "what is left would cost %s, more than the %s of the whole", quote.Total, o.Total)
		}
		event.Data["total"] = amount(quote.Total)
		return []domain.Event{event}, tx.ProposeRevision(ctx, o, postgres.Revision{Number: o.Revisions, Items: left, Quote: quote})
	})
}

// Agree is the customer's yes to the revision that waits: the order is what it says, at the price that it says.
func (s *Service) Agree(ctx context.Context, actor domain.Actor, id domain.ID, version int) (Order, error) {
	return s.change(ctx, actor, id, version, func(tx *postgres.Tx, o *postgres.LockedOrder) ([]domain.Event, error) {
		if _, err := (&order.Order{State: o.State, Timers: o.Timers, Version: o.Version}).Refuse(actor.Role); err != nil {
			return nil, err // nothing waits, or not for this actor
		}
		view, err := tx.OrderView(ctx, id)
		if err != nil {
			return nil, err
		}
		event, err := o.Agree(actor.Role, view.Revision.Quote.Total)
		if err != nil {
			return nil, err
		}
		return []domain.Event{event}, tx.Revise(ctx, o, *view.Revision)
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

// reprice prices what is left of an order. A dish costs what it cost when it was ordered; its packaging and the rate of its tax are
// today's, and the vendor's where it is gone. What is not of the dishes, such as the delivery, stays as it was.
func reprice(ctx context.Context, tx *postgres.Tx, o Order, left []order.Item) (pricing.Quote, error) {
	v, err := tx.VendorOf(ctx, o.VendorID)
	if err != nil {
		return pricing.Quote{}, err
	}
	dishes, err := tx.DishesOf(ctx, v, left)
	if err != nil {
		return pricing.Quote{}, err
	}
	input := pricing.Order{Currency: v.Currency, Packaging: v.PackagingFee, TaxRate: v.TaxRate, TaxSystem: pricing.TaxSystemOf(v.Country)}
	for _, item := range left {
		portion := pricing.Portion{Name: item.Name, Unit: item.Unit, TaxRate: v.TaxRate, Quantity: item.Quantity, Packaging: domain.Money{Currency: v.Currency}}
		if dish, ok := dishes[item.DishID]; ok {
			portion.Packaging, portion.Category, portion.TaxRate = dish.Packaging, dish.TaxCategory, v.TaxRates.Of(dish.TaxCategory, v.TaxRate)
		}
		input.Portions = append(input.Portions, portion)
	}
	quote := pricing.Price(input)
	for _, l := range o.Quote.Lines {
		switch l.Kind {
		case pricing.Item, pricing.Packaging, pricing.Tax:
		default:
			quote.Lines, quote.Total = append(quote.Lines, l), quote.Total.Add(l.Amount)
		}
	}
	return quote, nil
}
