package client

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
)

// Page says which part of a list to read; the zero value is its beginning.
type Page struct {
	Limit  int    // 1 to 100; 0: the server's default of 20
	Cursor string // nextCursor of the page before
}

func (p Page) query(pairs ...string) []string {
	limit := ""
	if p.Limit > 0 {
		limit = strconv.Itoa(p.Limit)
	}
	return append(pairs, "limit", limit, "cursor", p.Cursor)
}

// Cart is the caller's cart, quoted afresh.
func (c *Client) Cart(ctx context.Context) (dto.Cart, error) {
	return get[dto.Cart](ctx, c, "/cart", nil)
}

// PutCart replaces the cart.
func (c *Client) PutCart(ctx context.Context, r dto.CartRequest) (dto.Cart, error) {
	return put[dto.Cart](ctx, c, "/cart", r)
}

// DeleteCart empties the cart.
func (c *Client) DeleteCart(ctx context.Context) error { return remove(ctx, c, "/cart") }

// PlaceOrder orders what is in the cart. The same key and request give the first answer again, so that a call whose answer
// was lost may be made once more; this call does so by itself for a bounded time.
func (c *Client) PlaceOrder(ctx context.Context, key string, r dto.OrderRequest) (dto.Order, error) {
	return do[dto.Order](ctx, c, request{method: http.MethodPost, path: "/orders", body: r, key: key})
}

// OrderFilter selects orders of a list; each zero value leaves out a condition.
type OrderFilter struct {
	State    string // a list of states separated by commas; "live": all that have not ended
	Number   string
	Vendor   domain.ID
	Customer domain.ID
	Since    time.Time // only what was placed then or later
}

// Orders lists the caller's orders, newest first; for staff, everybody's.
func (c *Client) Orders(ctx context.Context, f OrderFilter, p Page) (dto.OrderList, error) {
	pairs := []string{"state", f.State, "number", f.Number}
	if !f.Vendor.IsNil() {
		pairs = append(pairs, "vendorId", f.Vendor.String())
	}
	if !f.Customer.IsNil() {
		pairs = append(pairs, "customerId", f.Customer.String())
	}
	if !f.Since.IsZero() {
		pairs = append(pairs, "since", f.Since.UTC().Format(time.RFC3339Nano))
	}
	return get[dto.OrderList](ctx, c, "/orders", values(p.query(pairs...)...))
}

// Order is one order, as far as the caller may see it.
func (c *Client) Order(ctx context.Context, id domain.ID) (dto.Order, error) {
	return get[dto.Order](ctx, c, "/orders/"+id.String(), nil)
}

// maxTimeline bounds the pages of a timeline that are read: a hundred events each.
const maxTimeline = 10

// Timeline is what has happened to an order, oldest first: all of it, or the first thousand events.
func (c *Client) Timeline(ctx context.Context, id domain.ID) ([]dto.Event, error) {
	var all []dto.Event
	p := Page{Limit: 100}
	for range maxTimeline {
		list, err := get[dto.EventList](ctx, c, "/orders/"+id.String()+"/events", values(p.query()...))
		if err != nil {
			return nil, err
		}
		all = append(all, list.Data...)
		if list.NextCursor == nil {
			break
		}
		p.Cursor = *list.NextCursor
	}
	return all, nil
}

// VendorOrders lists a vendor's orders, newest first; state as in Orders.
func (c *Client) VendorOrders(ctx context.Context, vendorID domain.ID, state string, p Page) (dto.OrderList, error) {
	return get[dto.OrderList](ctx, c, "/vendors/"+vendorID.String()+"/orders", values(p.query("state", state)...))
}

// AcceptOrder takes an order for the vendor and promises when it will be ready.
func (c *Client) AcceptOrder(ctx context.Context, id domain.ID, prepMinutes int, opts ...CallOption) (dto.Order, error) {
	return post[dto.Order](ctx, c, orderPath(id, "accept"), dto.AcceptRequest{PrepMinutes: prepMinutes}, opts...)
}

// RejectOrder turns an order down for the vendor.
func (c *Client) RejectOrder(ctx context.Context, id domain.ID, r dto.RejectRequest, opts ...CallOption) (dto.Order, error) {
	return post[dto.Order](ctx, c, orderPath(id, "reject"), r, opts...)
}

// StartOrder says that cooking begins.
func (c *Client) StartOrder(ctx context.Context, id domain.ID, opts ...CallOption) (dto.Order, error) {
	return post[dto.Order](ctx, c, orderPath(id, "start"), nil, opts...)
}

// ReadyOrder says that the food is packed.
func (c *Client) ReadyOrder(ctx context.Context, id domain.ID, opts ...CallOption) (dto.Order, error) {
	return post[dto.Order](ctx, c, orderPath(id, "ready"), nil, opts...)
}

// CollectOrder hands a pickup order to the customer who showed the code.
func (c *Client) CollectOrder(ctx context.Context, id domain.ID, code string, opts ...CallOption) (dto.Order, error) {
	return post[dto.Order](ctx, c, orderPath(id, "collect"), dto.CollectRequest{Code: code}, opts...)
}

// CancelOrder cancels an order.
func (c *Client) CancelOrder(ctx context.Context, id domain.ID, reason dto.CancelReason, opts ...CallOption) (dto.Order, error) {
	return post[dto.Order](ctx, c, orderPath(id, "cancel"), dto.CancelRequest{Reason: reason}, opts...)
}

// CancelQuote is what a cancel for a reason would cost now, and whom.
func (c *Client) CancelQuote(ctx context.Context, id domain.ID, reason dto.CancelReason) (dto.CancelQuote, error) {
	return get[dto.CancelQuote](ctx, c, orderPath(id, "cancel-quote"), values("reason", string(reason)))
}

// RestoreOrder undoes a cancel.
func (c *Client) RestoreOrder(ctx context.Context, id domain.ID, opts ...CallOption) (dto.Order, error) {
	return post[dto.Order](ctx, c, orderPath(id, "restore"), nil, opts...)
}

// RefundOrder gives back some of what was paid. As with PlaceOrder, the same key and request give the first answer again.
func (c *Client) RefundOrder(ctx context.Context, key string, id domain.ID, r dto.RefundRequest, opts ...CallOption) (dto.Refund, error) {
	return do[dto.Refund](ctx, c, request{method: http.MethodPost, path: orderPath(id, "refunds"), body: r, key: key, opts: opts})
}

// QuoteRefund is what RefundOrder would give back.
func (c *Client) QuoteRefund(ctx context.Context, id domain.ID, r dto.RefundRequest) (dto.RefundQuote, error) {
	return do[dto.RefundQuote](ctx, c, request{method: http.MethodPost, path: orderPath(id, "refund-quote"), body: r})
}

// Refunds lists what of an order was given back, newest first.
func (c *Client) Refunds(ctx context.Context, id domain.ID, p Page) (dto.RefundList, error) {
	return get[dto.RefundList](ctx, c, orderPath(id, "refunds"), values(p.query()...))
}

// maxLedger bounds the pages of an order's ledger that are read: a hundred transfers each.
const maxLedger = 10

// Ledger is what the books say of an order, oldest first, for staff: all of it, or the first thousand transfers.
func (c *Client) Ledger(ctx context.Context, id domain.ID) ([]dto.LedgerTransfer, error) {
	var all []dto.LedgerTransfer
	p := Page{Limit: 100}
	for range maxLedger {
		list, err := get[dto.Ledger](ctx, c, orderPath(id, "ledger"), values(p.query()...))
		if err != nil {
			return nil, err
		}
		all = append(all, list.Data...)
		if list.NextCursor == nil {
			break
		}
		p.Cursor = *list.NextCursor
	}
	return all, nil
}

// View says for ten seconds that the caller looks at an order and is about to do something, or not (""), and tells who of the
// staff does, too.
func (c *Client) View(ctx context.Context, id domain.ID, doing string) ([]dto.Viewer, error) {
	r := dto.ViewRequest{}
	if doing != "" {
		r.Doing = &doing
	}
	list, err := put[dto.ViewerList](ctx, c, orderPath(id, "viewers"), r)
	return list.Data, err
}

// Leave says that the caller looks at an order no more.
func (c *Client) Leave(ctx context.Context, id domain.ID) error {
	return remove(ctx, c, orderPath(id, "viewers"))
}

// Notes lists what staff have written down about an order, oldest first, for staff.
func (c *Client) Notes(ctx context.Context, id domain.ID) ([]dto.Note, error) {
	list, err := get[dto.NoteList](ctx, c, orderPath(id, "notes"), nil)
	return list.Data, err
}

// AddNote writes something down about an order, for staff. As with PlaceOrder, the same key and request give the first answer again.
func (c *Client) AddNote(ctx context.Context, key string, id domain.ID, text string) (dto.Note, error) {
	return do[dto.Note](ctx, c, request{method: http.MethodPost, path: orderPath(id, "notes"), body: dto.NoteRequest{Text: text}, key: key})
}

// WriteReview says what the customer of an order thinks of it. As with PlaceOrder, the same key and request give the first
// answer again.
func (c *Client) WriteReview(ctx context.Context, key string, orderID domain.ID, r dto.ReviewRequest) (dto.Review, error) {
	return do[dto.Review](ctx, c, request{method: http.MethodPost, path: orderPath(orderID, "review"), body: r, key: key})
}

func orderPath(id domain.ID, verb string) string { return "/orders/" + id.String() + "/" + verb }
