package postgres

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/delivery/eta"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// Cart is what a customer wants, and the price they were last told.
type Cart struct {
	CustomerID domain.ID
	VendorID   domain.ID
	Choices    []menu.Choice
	Fulfilment order.Fulfilment
	AddressID  domain.ID // Nil: none given
	Tip        int64     // minor units
	CouponCode string    // as pricing.CheckCode gives it; "": none given
	QuoteID    domain.ID
	QuoteTotal int64
	QuotedAt   time.Time
	Ride       time.Duration // of its courier, as the quote told it; 0: it told none
	Version    int

	ID            domain.ID // of the cart itself, as the subject of its events; one that takes another's place gets its
	Events        int       // how many there are of them
	Shown         []int64   // what a portion of each choice cost when it was put in, minor units; -1: it had no price
	Told          string    // digest of the problems that the customer knows of
	VendorVersion int       // that the cart was last compared with
	WatchAt       time.Time // when it is compared again without a cause; zero: its customer has left it
}

// Offering is what a cart's price depends on, as Postgres has it at this moment.
type Offering struct {
	Now     time.Time
	Vendor  vendor.Profile
	Dishes  map[domain.ID]DishOnMenu // those of the choices that are or were the vendor's
	Address *order.Address           // nil when none is given or it is not the customer's
	Taken   map[vendor.Quarter]int   // places of the kitchen, where the vendor counts them
	Kitchen eta.Kitchen
	Load    int       // orders that are being cooked
	Ordinal int64     // of the order that it is held for; 0: it is not
	ReadyAt time.Time // when the food of a scheduled order has to be ready; zero: as soon as can be
	Rules   Rules
}

// Plan is what the vendor's kitchen can promise for an order placed at this moment.
func (o Offering) Plan() vendor.Plan {
	if !o.ReadyAt.IsZero() {
		return o.Vendor.PlanFor(o.ReadyAt, o.Taken)
	}
	cooked, _ := o.Cooked()
	return o.Vendor.Plan(o.Now, cooked, o.Taken)
}

// Cooked is how long it takes until the food is ready of an order that is placed at this moment, and how much more is promised.
func (o Offering) Cooked() (expected, margin time.Duration) {
	return o.Kitchen.Ready(StatedBy(o.Vendor.Vendor, o.Now), o.Now.In(o.Vendor.Place), o.Load)
}

// ServedAt is the moment that menus and hours are read at.
func (o Offering) ServedAt() time.Time {
	if !o.ReadyAt.IsZero() {
		return o.ReadyAt
	}
	return o.Now
}

// Cart reads a customer's cart. NotFound when there is none.
func (db *DB) Cart(ctx context.Context, customerID domain.ID) (Cart, error) {
	r, err := db.q().CartOf(ctx, customerID)
	if err != nil {
		return Cart{}, missing("cart", fmt.Errorf("read cart: %w", err))
	}
	return toCart(r.Cart)
}

// HoldCart locks a customer's cart, so that two checkouts of it come one after the other. NotFound when there is none.
func (tx *Tx) HoldCart(ctx context.Context, customerID domain.ID) (Cart, error) {
	r, err := tx.LockCart(ctx, customerID)
	if err != nil {
		return Cart{}, missing("cart", fmt.Errorf("lock cart: %w", err))
	}
	return toCart(r.Cart)
}

// PutCart stores a cart and fills in its version and the moment of its quote. Precondition when the one that it replaces is
// not at the version seen, 0 for whatever it is.
func (db *DB) PutCart(ctx context.Context, c *Cart, seen int) error {
	if seen == 0 {
		return putCart(ctx, db.q(), c)
	}
	return db.InTx(ctx, func(tx *Tx) error {
		if err := tx.cartSeen(ctx, c.CustomerID, seen); err != nil {
			return err
		}
		return putCart(ctx, tx.Queries, c)
	})
}

// cartSeen locks a customer's cart if it is at the version seen. No cart has none.
func (tx *Tx) cartSeen(ctx context.Context, customerID domain.ID, seen int) error {
	c, err := tx.HoldCart(ctx, customerID)
	if err != nil && domain.KindOf(err) != domain.NotFound {
		return err
	}
	return domain.Fresh(seen, c.Version)
}

func putCart(ctx context.Context, q *query.Queries, c *Cart) error {
	items, err := fromChoices(c.Choices)
	if err != nil {
		return err
	}
	r, err := q.PutCart(ctx, query.PutCartParams{
		ID: c.ID, CustomerID: c.CustomerID, VendorID: c.VendorID, Items: items, Fulfilment: string(c.Fulfilment), AddressID: orNull(c.AddressID),
		Tip: c.Tip, QuoteID: c.QuoteID, QuoteTotal: c.QuoteTotal, ShownPrices: c.Shown, Told: c.Told, VendorVersion: c.VendorVersion,
		WatchAt: zeroNull(c.WatchAt), CouponCode: c.CouponCode, RideSeconds: int(c.Ride / time.Second),
	})
	if err != nil {
		return fmt.Errorf("store cart: %w", classify(err))
	}
	c.ID, c.Version, c.QuotedAt = r.ID, r.Version, r.QuotedAt
	return nil
}

// RequoteCart stores a cart's new quote: NotFound when the cart has been replaced meanwhile.
func (db *DB) RequoteCart(ctx context.Context, c *Cart) error {
	at, err := db.q().RequoteCart(ctx, query.RequoteCartParams{
		CustomerID: c.CustomerID, Version: c.Version, QuoteID: c.QuoteID, QuoteTotal: c.QuoteTotal, Told: c.Told,
		VendorVersion: c.VendorVersion, WatchAt: zeroNull(c.WatchAt), RideSeconds: int(c.Ride / time.Second),
	})
	if err != nil {
		return missing("cart", fmt.Errorf("store quote: %w", err))
	}
	c.QuotedAt = at
	return nil
}

// DeleteCart empties a customer's cart; an empty one stays empty. Precondition when it is not at the version seen, 0 for
// whatever it is.
func (db *DB) DeleteCart(ctx context.Context, customerID domain.ID, seen int) error {
	if seen == 0 {
		return classify(db.q().DeleteCart(ctx, customerID))
	}
	return db.InTx(ctx, func(tx *Tx) error {
		if err := tx.cartSeen(ctx, customerID, seen); err != nil {
			return err
		}
		return tx.DeleteCart(ctx, customerID)
	})
}

// Offering reads what a cart's price depends on. NotFound when the vendor does not exist.
func (db *DB) Offering(ctx context.Context, c Cart) (Offering, error) {
	var out Offering
	err := out.read(ctx, db.single(), c, dishIDs(c), out.readMoment(ctx), out.readAddress(ctx, c))
	return out, err
}

// OfferingFor is Offering for a cart that is wanted at a moment; a zero one is now.
func (db *DB) OfferingFor(ctx context.Context, c Cart, wanted time.Time) (Offering, error) {
	out, err := db.Offering(ctx, c)
	if err == nil {
		err = out.lookAhead(ctx, db.q(), wanted)
	}
	return out, err
}

// aroundSlot is how long before a customer wants it food may be ready.
const aroundSlot = 3 * time.Hour

// lookAhead reads the places of the kitchen around a moment ahead.
func (o *Offering) lookAhead(ctx context.Context, q *query.Queries, wanted time.Time) error {
	if wanted.IsZero() {
		return nil
	}
	places, err := placesTaken(ctx, q, wanted.Add(-aroundSlot), o.Vendor)
	o.Taken = places[o.Vendor.ID]
	return err
}

// HoldOffering reads what a cart's price depends on, when it is wanted at a moment (a zero one is now), and keeps the vendor and its menu as they are until the transaction that
// orders the cart ends. Orders of a vendor share that, so they do not wait for each other; one with a counted dish has it alone,
// since it may have to tell of the last portion. A dish that comes to be counted meanwhile has the transaction tried again.
func (tx *Tx) HoldOffering(ctx context.Context, c Cart, wanted time.Time) (Offering, error) {
	var out Offering
	alone := false
	ids := dishIDs(c)
	hold := func(q *query.Queries) error {
		held, err := q.HoldToOrder(ctx, query.HoldToOrderParams{VendorID: c.VendorID, DishIds: ids})
		if err != nil {
			return fmt.Errorf("hold vendor: %w", err)
		}
		alone = held.Alone
		return nil
	}
	stamp := func(q *query.Queries) error {
		r, err := q.OrderStamp(ctx)
		if err != nil {
			return fmt.Errorf("stamp order: %w", err)
		}
		out.Now, out.Ordinal = r.Moment, r.Number
		return nil
	}
	if err := out.read(ctx, tx.tx, c, ids, hold, stamp, out.readAddress(ctx, c)); err != nil {
		return out, err
	}
	for _, d := range out.Dishes {
		if d.Stock != nil && !alone {
			return out, errAgain
		}
	}
	return out, out.lookAhead(ctx, tx.Queries, wanted)
}

func dishIDs(carts ...Cart) []domain.ID {
	var ids []domain.ID
	for _, c := range carts {
		for _, choice := range c.Choices {
			ids = append(ids, choice.DishID)
		}
	}
	return ids
}

// offering reads what a vendor offers of some dishes to a cart's customer, without an address.
func offering(ctx context.Context, db query.DBTX, c Cart, ids []domain.ID) (Offering, error) {
	var out Offering
	err := out.read(ctx, db, c, ids, out.readMoment(ctx))
	return out, err
}

// read makes statements and then reads what a vendor offers, in one round trip; in a further one the places of a kitchen that counts
// them. The vendor is read first: what its version says was told is then in what follows.
func (o *Offering) read(ctx context.Context, db query.DBTX, c Cart, ids []domain.ID, before ...func(*query.Queries) error) error {
	var v query.CartVendorRow
	var dishes []query.DishesByIDRow
	err := together(ctx, db, append(before,
		func(q *query.Queries) (err error) {
			v, err = q.CartVendor(ctx, query.CartVendorParams{ID: c.VendorID, CustomerID: c.CustomerID, CouponCode: c.CouponCode})
			return missing("vendor", err)
		},
		func(q *query.Queries) (err error) {
			dishes, err = q.DishesByID(ctx, query.DishesByIDParams{VendorID: c.VendorID, Ids: ids})
			return err
		})...)
	if err != nil {
		return fmt.Errorf("read offering: %w", classify(err))
	}
	if o.Vendor, err = toProfile(v.Vendor); err != nil {
		return err
	}
	o.Kitchen, o.Load = toKitchen(v.Cooking, v.Margin, v.Usual, v.Load, v.Answer, v.Late), v.CookedNow
	if o.Rules, err = toRules(v.Rules); err != nil {
		return err
	}
	if o.Dishes, err = toDishes(dishes, o.Vendor.Currency); err != nil {
		return err
	}
	places, err := placesTaken(ctx, query.New(db), o.Now, o.Vendor)
	o.Taken = places[c.VendorID]
	return err
}

func toDishes(rows []query.DishesByIDRow, c domain.Currency) (map[domain.ID]DishOnMenu, error) {
	out := make(map[domain.ID]DishOnMenu, len(rows))
	for _, r := range rows {
		dish, err := toDishOnMenu(r.Dish, r.Schedule, c)
		if err != nil {
			return nil, err
		}
		out[dish.ID] = dish
	}
	return out, nil
}

func (o *Offering) readMoment(ctx context.Context) func(*query.Queries) error {
	return func(q *query.Queries) (err error) {
		o.Now, err = q.Moment(ctx)
		return err
	}
}

func (o *Offering) readAddress(ctx context.Context, c Cart) func(*query.Queries) error {
	return func(q *query.Queries) error {
		if c.AddressID.IsNil() {
			return nil
		}
		r, err := q.AddressOf(ctx, query.AddressOfParams{ID: c.AddressID, UserID: c.CustomerID})
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return nil
		case err == nil:
			o.Address = addressCopy(r.Address, r.FirstName, r.Phone)
		}
		return err
	}
}

// addressCopy is an address with whom the courier may call: the customer, unless it names somebody else.
func addressCopy(a query.Address, firstName, phone string) *order.Address {
	return &order.Address{
		Label: a.Label, Line1: a.Line1, Line2: a.Line2, City: a.City, Postcode: a.Postcode, Location: domain.Point{Lat: a.Lat, Lng: a.Lng},
		Instructions: a.Instructions, ContactName: cmp.Or(a.ContactName, firstName), ContactPhone: cmp.Or(a.ContactPhone, phone),
	}
}

// DefaultAddress is the address that a customer's carts are brought to when they name none; Nil without any.
func (db *DB) DefaultAddress(ctx context.Context, customerID domain.ID) (domain.ID, error) {
	addressID, err := db.q().DefaultAddress(ctx, customerID)
	if errors.Is(err, pgx.ErrNoRows) {
		return domain.Nil, nil
	}
	if err != nil {
		return domain.Nil, fmt.Errorf("read default address: %w", classify(err))
	}
	return addressID, nil
}

// choiceJSON is a choice as carts.items holds it.
type choiceJSON struct {
	DishID   domain.ID   `json:"dishId"`
	Quantity int         `json:"quantity"`
	Options  []domain.ID `json:"options,omitempty"`
	Note     string      `json:"note,omitempty"`
}

func toCart(r query.Cart) (Cart, error) {
	var stored []choiceJSON
	if err := json.Unmarshal(r.Items, &stored); err != nil {
		return Cart{}, fmt.Errorf("decode cart: %w", err)
	}
	c := Cart{
		CustomerID: r.CustomerID, VendorID: r.VendorID, Fulfilment: order.Fulfilment(r.Fulfilment), AddressID: orNil(r.AddressID),
		Tip: r.Tip, QuoteID: r.QuoteID, QuoteTotal: r.QuoteTotal, QuotedAt: r.QuotedAt, Version: r.Version,
		ID: r.ID, Events: r.Events, Shown: r.ShownPrices, Told: r.Told, VendorVersion: r.VendorVersion, WatchAt: orZero(r.WatchAt),
		CouponCode: r.CouponCode, Ride: time.Duration(r.RideSeconds) * time.Second,
	}
	for _, s := range stored {
		c.Choices = append(c.Choices, menu.Choice(s))
	}
	return c, nil
}

func fromChoices(choices []menu.Choice) ([]byte, error) {
	stored := make([]choiceJSON, len(choices))
	for i, c := range choices {
		stored[i] = choiceJSON(c)
	}
	text, err := json.Marshal(stored)
	if err != nil {
		return nil, fmt.Errorf("encode cart: %w", err)
	}
	return text, nil
}
