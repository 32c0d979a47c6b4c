package api

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/app/ordering"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/domain/payment"
)

func (h *handlers) getCart(c *call) (answer, error) {
	q, err := h.Ordering.Cart(c.Context(), c.actor)
	if err != nil {
		return answer{}, err
	}
	return ok(fromQuoted(q))
}

func (h *handlers) listSlots(c *call) (answer, error) {
	from, err := c.timeParam("from")
	if err != nil {
		return answer{}, err
	}
	slots, err := h.Ordering.Slots(c.Context(), c.actor, from)
	if err != nil {
		return answer{}, err
	}
	return ok(dto.SlotList{Data: slots})
}

func (h *handlers) putCart(c *call) (answer, error) {
	req, err := body[dto.CartRequest](c)
	if err != nil {
		return answer{}, err
	}
	wish := ordering.Wish{VendorID: req.VendorID, Fulfilment: order.Fulfilment(req.Fulfilment), AddressID: deref(req.AddressID), CouponCode: deref(req.CouponCode)}
	if req.Tip != nil {
		wish.Tip = &domain.Money{Amount: req.Tip.Amount, Currency: domain.Currency(req.Tip.Currency)}
	}
	for _, item := range req.Items {
		wish.Choices = append(wish.Choices, menu.Choice{
			DishID: item.DishID, Quantity: item.Quantity, Options: item.Options, Note: deref(item.Note),
		})
	}
	if wish.Seen, err = c.version(); err != nil {
		return answer{}, err
	}
	q, err := h.Ordering.PutCart(c.Context(), c.actor, wish)
	if err != nil {
		return answer{}, err
	}
	return ok(fromQuoted(q))
}

func (h *handlers) deleteCart(c *call) (answer, error) {
	version, err := c.version()
	if err != nil {
		return answer{}, err
	}
	if err := h.Ordering.DeleteCart(c.Context(), c.actor, version); err != nil {
		return answer{}, err
	}
	return noContent()
}

// placeOrder keeps its answer in the transaction that places the order.
func (h *handlers) placeOrder(c *call) (answer, error) {
	req, err := body[dto.OrderRequest](c)
	if err != nil {
		return answer{}, err
	}
	confirmation := ordering.Confirmation{QuoteID: deref(req.QuoteID), Method: payment.Method(req.Payment.Method), Provider: string(deref(req.Payment.Provider)), Note: deref(req.Note), Age: deref(req.ConfirmedAge), ScheduledFor: deref(req.ScheduledFor)}
	if req.ExpectedTotal != nil {
		confirmation.ExpectedTotal = &domain.Money{Amount: req.ExpectedTotal.Amount, Currency: domain.Currency(req.ExpectedTotal.Currency)}
	}
	a, err := h.Ordering.Place(c.Context(), c.actor, confirmation, func(o ordering.Order) (domain.Answer, error) {
		text, err := encode(fromOrder(o))
		return domain.Answer{Status: http.StatusCreated, Body: text, ETag: etagOf(o.Version)}, err
	})
	if err != nil {
		return answer{}, withCart(err)
	}
	return answer{status: a.Status, raw: a.Body, etag: a.ETag}, nil
}

// withCart gives a refused customer the cart as it stands, so that they can confirm it.
func withCart(err error) error {
	var requote *ordering.RequoteError
	if !errors.As(err, &requote) {
		return err
	}
	shown := *requote.Reason // a copy: the reason itself is shared by all requests
	shown.Details = map[string]any{"cart": fromQuoted(requote.Cart)}
	return &shown
}

func (h *handlers) getOrder(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	o, err := h.Ordering.Order(c.Context(), c.actor, id)
	return orderAnswer(o, err)
}

func (h *handlers) listOrderEvents(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	records, next, err := h.Ordering.Timeline(c.Context(), c.actor, id, int(c.place("cursor")), c.limit())
	if err != nil {
		return answer{}, err
	}
	events, err := fromRecords(records)
	if err != nil {
		return answer{}, err
	}
	if c.actor.Role.Staff() {
		names, err := h.Support.Names(c.Context(), records)
		if err != nil {
			return answer{}, err
		}
		nameActors(events, records, names)
	}
	list := dto.EventList{Data: events}
	if next > 0 {
		cursor := strconv.Itoa(next)
		list.NextCursor = &cursor
	}
	return ok(list)
}

func (h *handlers) listOrders(c *call) (answer, error) {
	vendorID, err := c.idParam("vendorId")
	if err != nil {
		return answer{}, err
	}
	return h.orders(c, vendorID)
}

func (h *handlers) listVendorOrders(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	return h.orders(c, id)
}

func (h *handlers) orders(c *call, vendorID domain.ID) (answer, error) {
	states, err := parseStates(c.param("state"))
	if err != nil {
		return answer{}, err
	}
	before, err := c.before()
	if err != nil {
		return answer{}, err
	}
	since, err := c.timeParam("since")
	if err != nil {
		return answer{}, err
	}
	customerID, err := c.idParam("customerId")
	if err != nil {
		return answer{}, err
	}
	found, err := h.Ordering.Orders(c.Context(), c.actor, ordering.Filter{
		VendorID: vendorID, CustomerID: customerID, Number: order.ParseNumber(c.param("number")), States: states, Since: since,
		Before: before, Limit: c.limit() + 1, // one more tells whether there is a next page
	})
	if err != nil {
		return answer{}, err
	}
	found, next := cutPage(found, c.limit(), func(s order.Summary) domain.ID { return s.ID })
	list := dto.OrderList{Data: make([]dto.OrderSummary, len(found)), NextCursor: next}
	for i, s := range found {
		list.Data[i] = fromSummary(s)
	}
	return ok(list)
}

// parseStates reads a list of states; "live" stands for all that have not ended.
func parseStates(text string) ([]order.State, error) {
	if text == "" {
		return nil, nil
	}
	var out []order.State
	for part := range strings.SplitSeq(text, ",") {
		s := order.State(part)
		switch {
		case part == "live":
			for _, known := range order.States {
				if known.Live() {
					out = append(out, known)
				}
			}
		case s.Known():
			out = append(out, s)
		default:
			return nil, domain.Invalidf("state", "enum", "%q is no state; states are %v, or live", part, order.States)
		}
	}
	return out, nil
}

// before is the cursor of lists that run from the newest to the oldest: the last ID of the page before.
func (c *call) before() (domain.ID, error) {
	text := c.param("cursor")
	if text == "" {
		return domain.Nil, nil
	}
	id, err := domain.ParseID(text)
	if err != nil {
		return id, domain.Invalidf("cursor", "form", "is no cursor of this list")
	}
	return id, nil
}

// cutPage cuts a list that was read one longer than asked, and gives the cursor of the next one.
func cutPage[T any](all []T, limit int, id func(T) domain.ID) ([]T, *string) {
	if len(all) <= limit {
		return all, nil
	}
	next := id(all[limit-1]).String()
	return all[:limit], &next
}

func (h *handlers) acceptOrder(c *call) (answer, error) {
	req, err := body[dto.AcceptRequest](c)
	if err != nil {
		return answer{}, err
	}
	return c.changeOrder(func(id domain.ID, version int) (ordering.Order, error) {
		return h.Ordering.Accept(c.Context(), c.actor, id, version, req.PrepMinutes)
	})
}

func (h *handlers) rejectOrder(c *call) (answer, error) {
	req, err := body[dto.RejectRequest](c)
	if err != nil {
		return answer{}, err
	}
	return c.changeOrder(func(id domain.ID, version int) (ordering.Order, error) {
		return h.Ordering.Reject(c.Context(), c.actor, id, version, order.Reason(req.Reason), req.Items)
	})
}

func (h *handlers) startOrder(c *call) (answer, error) {
	return c.changeOrder(func(id domain.ID, version int) (ordering.Order, error) {
		return h.Ordering.Start(c.Context(), c.actor, id, version)
	})
}

func (h *handlers) renewCodes(c *call) (answer, error) {
	return c.changeOrder(func(id domain.ID, version int) (ordering.Order, error) {
		return h.Ordering.RenewCodes(c.Context(), c.actor, id, version)
	})
}

func (h *handlers) readyOrder(c *call) (answer, error) {
	return c.changeOrder(func(id domain.ID, version int) (ordering.Order, error) {
		return h.Ordering.Ready(c.Context(), c.actor, id, version)
	})
}

func (h *handlers) collectOrder(c *call) (answer, error) {
	req, err := body[dto.CollectRequest](c)
	if err != nil {
		return answer{}, err
	}
	return c.changeOrder(func(id domain.ID, version int) (ordering.Order, error) {
		return h.Ordering.Collect(c.Context(), c.actor, id, version, req.Code)
	})
}

func (c *call) changeOrder(change func(id domain.ID, version int) (ordering.Order, error)) (answer, error) {
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	o, err := change(id, version)
	return orderAnswer(o, err)
}

func orderAnswer(o ordering.Order, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	a, err := ok(fromOrder(o))
	return versioned(a, o.Version), err
}

func deref[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}
