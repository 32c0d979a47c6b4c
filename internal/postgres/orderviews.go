package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/domain/pricing"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// OrderView is a whole order, with everything anybody may see of it; who sees what is for the caller to decide.
type OrderView struct {
	order.Summary
	Items         []order.Item
	Quote         pricing.Quote
	PaymentMethod string
	PaymentState  string
	Refunded      domain.Money // what was given back of its payment
	Refunding     domain.Money // what its gateway has still to give back
	DeliveryID    domain.ID    // Nil for pickup
	DeliveryState string
	LeaveAtDoor   bool           // its customer wants it so
	Photographed  bool           // its courier has shown where it was left
	Address       *order.Address // nil for pickup
	Note          string
	PIN           string
	MinAge        int       // whom it may be handed to; 0: anybody
	Revision      *Revision // the last one; nil: the vendor has proposed none
}

// OrderByID reads one order. NotFound when there is none.
func (db *DB) OrderByID(ctx context.Context, id domain.ID) (OrderView, error) {
	return readOrder(ctx, db.single(), id)
}

// OrderNow reads what the rules need to know of an order, and the moment. NotFound when there is none.
func (db *DB) OrderNow(ctx context.Context, id domain.ID) (order.Order, time.Time, error) {
	r, err := db.q().OrderNow(ctx, id)
	if err != nil {
		return order.Order{}, time.Time{}, missing("order", fmt.Errorf("read order: %w", err))
	}
	return toOrder(r.Order, r.PaidBy), r.Moment, nil
}

// OrderView reads one order within the transaction, as it is there.
func (tx *Tx) OrderView(ctx context.Context, id domain.ID) (OrderView, error) {
	return readOrder(ctx, tx.tx, id)
}

// OrderAfter has a held order read as the transaction leaves it: into is filled when InTx has returned without an error.
func (tx *Tx) OrderAfter(ctx context.Context, o *LockedOrder, into *OrderView) (err error) {
	if o.Revisions > 0 { // the last of them is read by what the order is
		*into, err = tx.OrderView(ctx, o.ID)
		return err
	}
	var r orderRows
	tx.last(append(r.reads(ctx, o.ID), func(*query.Queries) (err error) {
		*into, err = r.view()
		return err
	})...)
	return nil
}

func readOrder(ctx context.Context, db query.DBTX, id domain.ID) (OrderView, error) {
	var r orderRows
	if err := together(ctx, db, r.reads(ctx, id)...); err != nil {
		return OrderView{}, missing("order", fmt.Errorf("read order: %w", err))
	}
	v, err := r.view()
	if err == nil && v.Revisions > 0 {
		v.Revision, err = readRevision(ctx, query.New(db), id, v.Total.Currency, v.Items)
	}
	return v, err
}

// orderRows are what an order is read from.
type orderRows struct {
	order query.OrderByIDRow
	items []query.OrderItemsRow
	lines []query.OrderLinesRow
}

func (r *orderRows) reads(ctx context.Context, id domain.ID) []func(*query.Queries) error {
	return []func(*query.Queries) error{
		func(q *query.Queries) (err error) { r.order, err = q.OrderByID(ctx, id); return err },
		func(q *query.Queries) (err error) { r.items, err = q.OrderItems(ctx, id); return err },
		func(q *query.Queries) (err error) { r.lines, err = q.OrderLines(ctx, id); return err },
	}
}

// view is the order without its last revision.
func (r *orderRows) view() (v OrderView, err error) {
	o := r.order
	currency := domain.Currency(o.Order.Currency)
	v = OrderView{
		Summary:       toSummary(o.Order, o.PaymentMethod, o.VendorName, o.CustomerName, o.CourierID, o.CourierName),
		PaymentMethod: o.PaymentMethod, PaymentState: o.PaymentState,
		Refunded: domain.Money{Amount: o.Refunded, Currency: currency}, Refunding: domain.Money{Amount: o.Refunding, Currency: currency},
		DeliveryID: orNil(o.DeliveryID), DeliveryState: orZero(o.DeliveryState), LeaveAtDoor: orZero(o.LeaveAtDoor), Photographed: o.Photographed, Note: o.Order.Note, PIN: o.Order.DeliveryPin,
		MinAge: o.Order.MinAge,
	}
	if v.Address, err = toAddressCopy(o.Order.Address); err != nil {
		return OrderView{}, err
	}
	for _, i := range r.items {
		item, err := toItem(i, currency)
		if err != nil {
			return OrderView{}, err
		}
		v.Items = append(v.Items, item)
	}
	v.Quote.Total = v.Total
	for _, l := range r.lines {
		tax, err := toTaxDetail(l.Tax, currency)
		if err != nil {
			return OrderView{}, err
		}
		v.Quote.Lines = append(v.Quote.Lines, pricing.Line{
			Kind: pricing.Kind(l.Kind), Label: l.Label, Amount: domain.Money{Amount: l.Amount, Currency: currency}, Bearer: pricing.Bearer(l.Bearer),
			Tax: tax,
		})
	}
	return v, nil
}

// OrderFilter selects orders; its zero value selects all.
type OrderFilter struct {
	CustomerID, VendorID, CourierID domain.ID // Nil: any
	Number                          string    // "": any
	States                          []order.State
	Since                           time.Time // only those that were placed at that moment or later; zero: all
	Before                          domain.ID // only orders older than this one
	Limit                           int
}

// clockSlack bounds how far the clock of an instance, which IDs are born by, may be from the database's.
const clockSlack = 10 * time.Minute

// Orders lists orders, newest first.
func (db *DB) Orders(ctx context.Context, f OrderFilter) ([]order.Summary, error) {
	states := make([]string, len(f.States))
	for i, s := range f.States {
		states[i] = string(s)
	}
	p := query.ListOrdersParams{
		CustomerID: orNull(f.CustomerID), VendorID: orNull(f.VendorID), CourierID: orNull(f.CourierID), Number: zeroNull(f.Number), States: states,
		Since: zeroNull(f.Since), Before: orNull(f.Before), Most: int32(f.Limit), //nolint:gosec // at most 101
	}
	if !f.Since.IsZero() {
		p.Born = orNull(bornAt(f.Since.Add(-clockSlack)))
	}
	rows, err := query.New(db.replanned()).ListOrders(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("list orders: %w", classify(err))
	}
	out := make([]order.Summary, len(rows))
	for i, r := range rows {
		out[i] = toSummary(r.Order, "", r.VendorName, r.CustomerName, r.CourierID, r.CourierName)
	}
	return out, nil
}

// Live lists the orders that have not ended, in no order, and says how many there are: where that is more than most, those are left out whose
// next promise leaves most. Within a Snapshot it agrees with the feed's position.
func (tx *Tx) Live(ctx context.Context, most int) (orders []order.Summary, total int, err error) {
	rows, err := tx.LiveOrders(ctx, int32(most)) //nolint:gosec // a small constant
	if err != nil {
		return nil, 0, fmt.Errorf("list live orders: %w", err)
	}
	orders = make([]order.Summary, len(rows))
	for i, r := range rows {
		orders[i] = toSummary(r.Order, "", r.VendorName, r.CustomerName, r.CourierID, r.CourierName)
	}
	if total = len(rows); total == most {
		if total, err = tx.CountLiveOrders(ctx); err != nil {
			return nil, 0, fmt.Errorf("count live orders: %w", err)
		}
	}
	return orders, total, nil
}

// Parties says whom an order concerns, from one account's point of view.
type Parties struct {
	CustomerID, VendorID, CourierID domain.ID
	Member                          bool // the account works for the vendor
	Offered                         bool // the account has an open or accepted offer of it
}

// OrderParties reads whom an order concerns. NotFound when there is none.
func (db *DB) OrderParties(ctx context.Context, orderID, userID domain.ID) (Parties, error) {
	return readParties(ctx, db.q(), orderID, userID)
}

func readParties(ctx context.Context, q *query.Queries, orderID, userID domain.ID) (Parties, error) {
	r, err := q.OrderParties(ctx, query.OrderPartiesParams{ID: orderID, UserID: userID})
	if err != nil {
		return Parties{}, missing("order", fmt.Errorf("read order's parties: %w", err))
	}
	return Parties{r.CustomerID, r.VendorID, orNil(r.CourierID), r.Member, r.Offered}, nil
}

// ViewerName is what somebody who looks at an order is called. NotFound for an order that there is not.
func (db *DB) ViewerName(ctx context.Context, orderID, userID domain.ID) (string, error) {
	name, err := db.q().ViewerName(ctx, query.ViewerNameParams{ID: orderID, UserID: userID})
	if err != nil {
		return "", missing("order", fmt.Errorf("read who looks: %w", err))
	}
	return name, nil
}

// Member says whether an account works for a vendor.
func (db *DB) Member(ctx context.Context, vendorID, userID domain.ID) (bool, error) {
	yes, err := db.q().IsMember(ctx, query.IsMemberParams{VendorID: vendorID, UserID: userID})
	return yes, classify(err)
}

func toSummary(o query.Order, paidBy, vendor, customer string, courierID *domain.ID, courier *string) order.Summary {
	return order.Summary{
		Order: toOrder(o, paidBy), Number: o.Number, CustomerID: o.CustomerID, CustomerName: customer, VendorID: o.VendorID, VendorName: vendor,
		CourierID: orNil(courierID), CourierName: orZero(courier), City: o.City,
		PlacedAt: o.PlacedAt,
	}
}

// chosenJSON is a chosen option as order_items.options holds it.
type chosenJSON struct {
	ID    domain.ID `json:"id"`
	Name  string    `json:"name"`
	Price int64     `json:"price"`
}

func toItem(r query.OrderItemsRow, currency domain.Currency) (order.Item, error) {
	var chosen []chosenJSON
	if err := json.Unmarshal(r.Options, &chosen); err != nil {
		return order.Item{}, fmt.Errorf("decode chosen options: %w", err)
	}
	item := order.Item{
		Position: r.Position, DishID: r.DishID, Name: r.Name, Quantity: r.Quantity, Unit: domain.Money{Amount: r.UnitPrice, Currency: currency}, Note: r.Note,
		Packaging: domain.Money{Amount: r.Packaging, Currency: currency}, TaxCategory: domain.TaxCategory(r.TaxCategory), TaxRate: domain.BasisPoints(r.TaxBp),
	}
	for _, c := range chosen {
		item.Options = append(item.Options, order.Option{ID: c.ID, Name: c.Name, Price: domain.Money{Amount: c.Price, Currency: currency}})
	}
	return item, nil
}

// addressJSON is an address as orders.address holds it.
type addressJSON struct {
	Label        string  `json:"label"`
	Line1        string  `json:"line1"`
	Line2        string  `json:"line2,omitempty"`
	City         string  `json:"city"`
	Postcode     string  `json:"postcode,omitempty"`
	Lat          float64 `json:"lat"`
	Lng          float64 `json:"lng"`
	Instructions string  `json:"instructions,omitempty"`
	ContactName  string  `json:"contactName,omitempty"`
	ContactPhone string  `json:"contactPhone,omitempty"`
}

func toAddressCopy(text []byte) (*order.Address, error) {
	if text == nil {
		return nil, nil
	}
	var a addressJSON
	if err := json.Unmarshal(text, &a); err != nil {
		return nil, fmt.Errorf("decode address: %w", err)
	}
	return &order.Address{
		Label: a.Label, Line1: a.Line1, Line2: a.Line2, City: a.City, Postcode: a.Postcode, Location: domain.Point{Lat: a.Lat, Lng: a.Lng},
		Instructions: a.Instructions, ContactName: a.ContactName, ContactPhone: a.ContactPhone,
	}, nil
}

func fromAddressCopy(a *order.Address) ([]byte, error) {
	if a == nil {
		return nil, nil
	}
	return json.Marshal(addressJSON{
		a.Label, a.Line1, a.Line2, a.City, a.Postcode, a.Location.Lat, a.Location.Lng, a.Instructions, a.ContactName, a.ContactPhone,
	})
}
