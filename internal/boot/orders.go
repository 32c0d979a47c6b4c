package boot

import (
	"context"
	"strings"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/config"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
)

// MostOrders bounds how many orders one list reads.
const MostOrders = 1000

// Orders are those of the settings' API, as far as the bearer of its token may see and change them.
// Errors of its methods: *client.Problem; NotFound for a number that no order has.
type Orders struct{ api *client.Client }

// OpenOrders makes it. Errors: those of staffClient.
func OpenOrders(c *config.Config, dataDir string) (*Orders, error) {
	api, err := staffClient(c, dataDir, client.DefaultAttempts)
	return &Orders{api}, err
}

// List reads up to most orders (1 to MostOrders), newest first, from a cursor on, or "" for the beginning. The list's NextCursor
// tells where the next begin.
func (o *Orders) List(ctx context.Context, f client.OrderFilter, most int, cursor string) (dto.OrderList, error) {
	all, next, err := upTo(most, cursor, func(p client.Page) ([]dto.OrderSummary, *string, error) {
		list, err := o.api.Orders(ctx, f, p)
		return list.Data, list.NextCursor, err
	})
	return dto.OrderList{Data: all, NextCursor: next}, err
}

// Order reads the order of an ID, or of the number that people say.
func (o *Orders) Order(ctx context.Context, name string) (dto.Order, error) {
	id, err := o.find(ctx, name)
	if err != nil {
		return dto.Order{}, err
	}
	return o.api.Order(ctx, id)
}

// Timeline reads what has happened to the order of an ID or a number, oldest first.
func (o *Orders) Timeline(ctx context.Context, name string) ([]dto.Event, error) {
	id, err := o.find(ctx, name)
	if err != nil {
		return nil, err
	}
	return o.api.Timeline(ctx, id)
}

// Ledger reads what the books say of the order of an ID or a number, oldest first.
func (o *Orders) Ledger(ctx context.Context, name string) ([]dto.LedgerTransfer, error) {
	id, err := o.find(ctx, name)
	if err != nil {
		return nil, err
	}
	return o.api.Ledger(ctx, id)
}

func (o *Orders) find(ctx context.Context, name string) (domain.ID, error) {
	if id, err := domain.ParseID(name); err == nil {
		return id, nil
	}
	found, err := o.api.Orders(ctx, client.OrderFilter{Number: name}, client.Page{Limit: 1})
	if err != nil {
		return domain.Nil, err
	}
	if len(found.Data) == 0 {
		return domain.Nil, domain.Missing("order")
	}
	return found.Data[0].ID, nil
}

// Once has a change done once, whichever of its answers is lost on the way.
func Once() client.CallOption { return client.Once(domain.ID(id.New()).String()) }

// CancelQuote is what a cancel of an order that was looked at would cost now, and whom.
func (o *Orders) CancelQuote(ctx context.Context, seen dto.Order, reason string) (dto.CancelQuote, error) {
	return o.api.CancelQuote(ctx, seen.ID, dto.CancelReason(reason))
}

// Cancel ends an order as a quote says, if it still has the version that was quoted.
func (o *Orders) Cancel(ctx context.Context, seen dto.Order, q dto.CancelQuote) (dto.Order, error) {
	return o.api.CancelOrder(ctx, seen.ID, q.Reason, client.IfMatch(q.Version), Once())
}

// Restore undoes the cancel of an order that still has the version which was looked at.
func (o *Orders) Restore(ctx context.Context, seen dto.Order) (dto.Order, error) {
	return o.api.RestoreOrder(ctx, seen.ID, client.IfMatch(seen.Version), Once())
}

// Refund gives back some of what was paid for an order that still has the version which was looked at. The same key and request do it
// once.
func (o *Orders) Refund(ctx context.Context, key string, seen dto.Order, r dto.RefundRequest) (dto.Refund, error) {
	return o.api.RefundOrder(ctx, key, seen.ID, r, client.IfMatch(seen.Version))
}

// QuoteRefund is what Refund would give back.
func (o *Orders) QuoteRefund(ctx context.Context, id domain.ID, r dto.RefundRequest) (dto.RefundQuote, error) {
	return o.api.QuoteRefund(ctx, id, r)
}

// CourierCalled is the courier at work whose ID ends as a short form such as c-8057 says. NotFound for none; Conflict
// "courier.several" for more than one.
func (o *Orders) CourierCalled(ctx context.Context, short string) (domain.ID, error) {
	list, err := (&Desk{o.api}).Couriers(ctx, client.DeskFilter{}, MostDesk, "")
	if err != nil {
		return domain.Nil, err
	}
	end, found := strings.TrimPrefix(short, "c-"), domain.Nil
	for _, c := range list.Data {
		switch {
		case !strings.HasSuffix(c.ID.String(), end):
		case !found.IsNil():
			return domain.Nil, domain.Errorf(domain.Conflict, "courier.several", "%s is more than one courier: give the ID; `zoop couriers work` has them", short)
		default:
			found = c.ID
		}
	}
	if found.IsNil() {
		return domain.Nil, domain.Errorf(domain.NotFound, string(domain.NotFound), "%s is no courier at work: give the ID; `zoop couriers list` has them", short)
	}
	return found, nil
}

// AddNote writes a note about the order of an ID or a number, for staff alone. The same key and text write it once.
func (o *Orders) AddNote(ctx context.Context, key, name, text string) (dto.Note, error) {
	id, err := o.find(ctx, name)
	if err != nil {
		return dto.Note{}, err
	}
	return o.api.AddNote(ctx, key, id, text)
}

// Decision is how an order that was looked at came to its courier, or why it waits. Conflict "order.no_delivery" for one that nobody brings.
func (o *Orders) Decision(ctx context.Context, seen dto.Order) (dto.DeliveryDecision, error) {
	if seen.Delivery == nil {
		return dto.DeliveryDecision{}, errNotBrought
	}
	return o.api.Decision(ctx, seen.Delivery.ID)
}

var errNotBrought = domain.Errorf(domain.Conflict, "order.no_delivery", "the order is collected by its customer: nobody brings it")

// Assign gives an order that still has the version which was looked at to a courier; override: though they could not be asked.
// Errors: also Conflict "order.no_delivery".
func (o *Orders) Assign(ctx context.Context, seen dto.Order, courierID domain.ID, override bool) (dto.Order, error) {
	if seen.Delivery == nil {
		return seen, errNotBrought
	}
	r := dto.AssignRequest{CourierID: courierID}
	if override {
		r.Override = &override
	}
	return o.api.AssignDelivery(ctx, seen.Delivery.ID, r, client.IfMatch(seen.Version), Once())
}

// TakeAway takes an order that still has the version which was looked at from its courier. Errors: as of Assign.
func (o *Orders) TakeAway(ctx context.Context, seen dto.Order, reason dto.TakeAwayReason) (dto.Order, error) {
	if seen.Delivery == nil {
		return seen, errNotBrought
	}
	return o.api.TakeAway(ctx, seen.Delivery.ID, reason, client.IfMatch(seen.Version), Once())
}

// Rescue has another courier fetch the food of an order that still has the version which was looked at. Errors: as of Assign.
func (o *Orders) Rescue(ctx context.Context, seen dto.Order, r dto.RescueRequest) (dto.Order, error) {
	if seen.Delivery == nil {
		return seen, errNotBrought
	}
	return o.api.RescueDelivery(ctx, seen.Delivery.ID, r, client.IfMatch(seen.Version), Once())
}

// Lose gives up on the food of an order that still has the version which was looked at. Errors: as of Assign.
func (o *Orders) Lose(ctx context.Context, seen dto.Order) (dto.Order, error) {
	if seen.Delivery == nil {
		return seen, errNotBrought
	}
	return o.api.LoseDelivery(ctx, seen.Delivery.ID, client.IfMatch(seen.Version), Once())
}
