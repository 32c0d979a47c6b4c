package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// Delivery is the bringing of one order. Its order's lock guards it.
type Delivery struct {
	ID              domain.ID
	OrderID         domain.ID
	State           delivery.State
	CourierID       domain.ID // Nil until assigned
	Pickup, Dropoff domain.Point
	DispatchAt      time.Time // from when on a courier is looked for; zero: not yet
	Slot            int       // of those that its courier has, from 1
	TripID          domain.ID // of what its courier was given together; Nil while nobody has it
	Place           int       // among the doors of its trip, from 1
	UnclaimedAt     time.Time // when it was told that nobody takes it; zero: not, or somebody has since
	LostAt          time.Time // when it was told that nobody hears of its courier; zero: not, or somebody has since
	StrandedBy      domain.ID // who had the food and could not bring it; Nil: it is fetched from its vendor
	LeaveAtDoor     bool      // its customer wants it so
	ActedAt         time.Time // when its courier last did something with it; zero: never
	delivery.Visit            // of its courier at the customer's door
}

func toDelivery(r query.Delivery) Delivery {
	return Delivery{
		ID: r.ID, OrderID: r.OrderID, State: delivery.State(r.State), CourierID: orNil(r.CourierID),
		Pickup: domain.Point{Lat: r.PickupLat, Lng: r.PickupLng}, Dropoff: domain.Point{Lat: r.DropoffLat, Lng: r.DropoffLng},
		DispatchAt: orZero(r.DispatchAt), Slot: r.Slot, TripID: orNil(r.TripID), Place: r.Place, UnclaimedAt: orZero(r.UnclaimedAt),
		LostAt: orZero(r.LostAt), StrandedBy: orNil(r.StrandedBy), LeaveAtDoor: r.LeaveAtDoor, ActedAt: orZero(r.ActedAt),
		Visit: delivery.Visit{ArrivedAt: orZero(r.ArrivedAt), Contacts: r.Contacts, ContactedAt: orZero(r.ContactedAt)},
	}
}

// DeliveryByID reads a delivery without its lock. NotFound when there is none.
func (db *DB) DeliveryByID(ctx context.Context, id domain.ID) (Delivery, error) {
	r, err := db.q().DeliveryByID(ctx, id)
	if err != nil {
		return Delivery{}, missing("delivery", fmt.Errorf("read delivery: %w", err))
	}
	return toDelivery(r), nil
}

// CancelDelivery ends the delivery of a held order that will not be made, and takes back its offer. The order's event still
// goes to the courier who was asked or on the way.
func (tx *Tx) CancelDelivery(ctx context.Context, o *LockedOrder) error {
	if o.Delivery == nil {
		return nil
	}
	if _, err := o.Delivery.State.Step(delivery.VerbCancel, domain.RoleSystem); err != nil {
		return err
	}
	o.Delivery.CourierID, o.Delivery.DispatchAt = domain.Nil, time.Time{}
	return tx.Withdraw(ctx, o, "withdrawn", "")
}

// Withdraw closes the open offer of a held order's delivery as "withdrawn", or as "taken_away" from a courier who is not to be asked again. The
// order's event goes to whoever was asked.
func (tx *Tx) Withdraw(ctx context.Context, o *LockedOrder, state, reason string) error {
	asked, err := tx.WithdrawOffers(ctx, query.WithdrawOffersParams{DeliveryID: o.Delivery.ID, State: state, Reason: reason})
	if err != nil {
		return fmt.Errorf("withdraw offers: %w", err)
	}
	if len(asked) > 0 {
		o.CourierID = asked[0]
	}
	return nil
}

// Offer is a delivery offered to one courier.
type Offer struct {
	ID         domain.ID
	DeliveryID domain.ID
	OrderID    domain.ID
	CourierID  domain.ID
	TripID     domain.ID // what is offered and answered together
	Place      int       // among the doors of the trip
	Open       bool
	Late       bool // its time is over
	Barred     bool // its courier's account is suspended
	Gone       bool // its courier is offline
}

// OfferByID reads an offer without a lock. NotFound when there is none.
func (db *DB) OfferByID(ctx context.Context, id domain.ID) (Offer, error) {
	return readOffer(ctx, db.q(), id)
}

// OfferByID reads an offer while its order is held.
func (tx *Tx) OfferByID(ctx context.Context, id domain.ID) (Offer, error) {
	return readOffer(ctx, tx.Queries, id)
}

func readOffer(ctx context.Context, q *query.Queries, id domain.ID) (Offer, error) {
	r, err := q.OfferByID(ctx, id)
	if err != nil {
		return Offer{}, missing("offer", fmt.Errorf("read offer: %w", err))
	}
	f := r.Offer
	return Offer{f.ID, f.DeliveryID, f.OrderID, f.CourierID, f.TripID, f.Place, f.State == "open", r.Late, r.Barred, r.Gone}, nil
}

// MakeOffer offers a held order's delivery to a courier until a moment, or notes that it was given to them, if it is not open.
// Conflict when the delivery has an open offer, or the courier another trip's.
func (tx *Tx) MakeOffer(ctx context.Context, f Offer, meters int, until time.Time) error {
	state := "open"
	if !f.Open {
		state = "accepted"
	}
	n, err := tx.InsertOffer(ctx, query.InsertOfferParams{
		State: state, ID: f.ID, DeliveryID: f.DeliveryID, OrderID: f.OrderID, CourierID: f.CourierID, Meters: meters, ExpiresAt: until, TripID: f.TripID, Place: f.Place,
	})
	if err != nil {
		return fmt.Errorf("insert offer: %w", err)
	}
	if n == 0 {
		return domain.Errorf(domain.Conflict, string(domain.Conflict), "the courier has another trip to answer")
	}
	return nil
}

// OpenTrip gives the orders of a trip that wait for an answer, by their offers, sorted as orders are locked.
func (tx *Tx) OpenTrip(ctx context.Context, tripID domain.ID) ([]Offer, error) {
	rows, err := tx.Queries.OpenTrip(ctx, tripID)
	if err != nil {
		return nil, fmt.Errorf("read trip: %w", err)
	}
	out := make([]Offer, len(rows))
	for i, r := range rows {
		out[i] = Offer{ID: r.ID, OrderID: r.OrderID, TripID: tripID}
	}
	return out, nil
}

// EndOffer closes an open offer as accepted, declined, expired or withdrawn. Conflict "offer.closed" when it is closed already.
func (tx *Tx) EndOffer(ctx context.Context, id domain.ID, state, reason string) error {
	n, err := tx.CloseOffer(ctx, query.CloseOfferParams{ID: id, State: state, Reason: reason})
	if err != nil {
		return fmt.Errorf("close offer: %w", err)
	}
	if n == 0 {
		return ErrOfferClosed
	}
	return nil
}

// ErrOfferClosed says that an offer was answered, withdrawn or has run out.
var ErrOfferClosed = domain.Errorf(domain.Conflict, "offer.closed", "the offer is no longer open")

// LateOffers lists open offers that are to be closed: true for those whose time is over, false for those of couriers who may
// not take any more, or are offline.
func (db *DB) LateOffers(ctx context.Context, most int) (map[domain.ID]bool, error) {
	rows, err := db.q().LateOffers(ctx, int32(most)) //nolint:gosec // a small constant
	if err != nil {
		return nil, fmt.Errorf("list late offers: %w", classify(err))
	}
	late := make(map[domain.ID]bool, len(rows))
	for _, r := range rows {
		late[r.ID] = r.Late
	}
	return late, nil
}

// Stop is a place where a courier goes.
type Stop struct {
	Name         string
	Address      string
	Location     domain.Point
	Instructions string
	Phone        string // E.164; of the one who waits there, while the delivery is under way
}

// OrderRef names an order to a courier.
type OrderRef struct {
	ID      domain.ID
	Number  string
	State   order.State
	Version int
	ReadyBy time.Time
}

// OfferView is an open offer as its courier sees it: the customer's door is not told yet.
type OfferView struct {
	ID, DeliveryID domain.ID
	Order          OrderRef
	Pickup         Stop
	Dropoff        domain.Point // only roughly: the middle of the cell that the door is in
	Meters         int
	ExpiresAt      time.Time
	TripID         domain.ID // what is offered and answered together
	Place          int       // among the doors of the trip, from 1
}

// OffersOf lists a courier's open offers.
func (db *DB) OffersOf(ctx context.Context, courierID domain.ID) ([]OfferView, error) {
	rows, err := db.q().OffersOf(ctx, courierID)
	if err != nil {
		return nil, fmt.Errorf("list offers: %w", classify(err))
	}
	out := make([]OfferView, len(rows))
	for i, r := range rows {
		d := toDelivery(r.Delivery)
		out[i] = OfferView{
			ID: r.Offer.ID, DeliveryID: d.ID, Dropoff: delivery.Coarse(d.Dropoff), Meters: r.Offer.Meters, ExpiresAt: r.Offer.ExpiresAt, TripID: r.Offer.TripID, Place: r.Offer.Place,
			Order:  OrderRef{r.Offer.OrderID, r.Number, order.State(r.OrderState), r.OrderVersion, orZero(r.ReadyBy)},
			Pickup: Stop{Name: r.VendorName, Address: r.VendorAddress, Location: d.Pickup},
		}
		if r.StrandedName != "" {
			out[i].Pickup = Stop{Name: r.StrandedName, Location: d.Pickup}
		}
	}
	return out, nil
}

// DeliveryView is a delivery as its courier sees it.
type DeliveryView struct {
	ID              domain.ID
	State           delivery.State
	Order           OrderRef
	OrderCode       string // "": the courier has not been where it is said
	Pickup, Dropoff Stop
	Cash            domain.Money // to collect; zero when it is paid already
	MinAge          int          // whom it may be handed to; 0: anybody
	LeaveAtDoor     bool         // its customer wants it so
	TripID          domain.ID    // of what the courier was given together
	Place           int          // among the doors of its trip, from 1
	delivery.Visit
}

// DeliveryFilter selects deliveries of one courier.
type DeliveryFilter struct {
	CourierID domain.ID
	Active    bool
	Before    domain.ID // only older ones than this
	Limit     int
}

// DeliveriesOf lists a courier's deliveries, newest first.
func (db *DB) DeliveriesOf(ctx context.Context, f DeliveryFilter) ([]DeliveryView, error) {
	rows, err := db.q().DeliveriesOf(ctx, query.DeliveriesOfParams{
		CourierID: &f.CourierID, Active: f.Active, Before: orNull(f.Before), Most: int32(f.Limit), //nolint:gosec // at most 101
	})
	if err != nil {
		return nil, fmt.Errorf("list deliveries: %w", classify(err))
	}
	out := make([]DeliveryView, len(rows))
	for i, r := range rows {
		if out[i], err = toDeliveryView(r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// DeliveryAfter has a courier's delivery read as the transaction leaves it: into is filled when InTx has returned without an error. Read
// later, it may have been taken from them.
func (tx *Tx) DeliveryAfter(ctx context.Context, courierID, id domain.ID, into *DeliveryView) {
	tx.last(func(q *query.Queries) error {
		rows, err := q.DeliveriesOf(ctx, query.DeliveriesOfParams{CourierID: &courierID, Exactly: &id, Most: 1})
		switch {
		case err != nil:
			return fmt.Errorf("read delivery: %w", err)
		case len(rows) == 0:
			return domain.Missing("delivery")
		}
		*into, err = toDeliveryView(rows[0])
		return err
	})
}

func toDeliveryView(r query.DeliveriesOfRow) (DeliveryView, error) {
	d, o := toDelivery(r.Delivery), toOrder(r.Order, r.PaymentMethod)
	v := DeliveryView{
		ID: d.ID, State: d.State, Visit: d.Visit, Order: OrderRef{o.ID, r.Order.Number, o.State, o.Version, o.ReadyBy},
		Pickup:  Stop{Name: r.VendorName, Address: r.VendorAddress, Location: d.Pickup},
		Dropoff: Stop{Name: r.CustomerName, Location: d.Dropoff},
		Cash:    domain.Money{Currency: domain.Currency(r.Order.Currency)}, MinAge: r.Order.MinAge, LeaveAtDoor: d.LeaveAtDoor, TripID: d.TripID, Place: d.Place,
	}
	if d.State.Met() {
		v.OrderCode = o.OrderCode
	}
	if r.StrandedName != "" {
		v.Pickup = Stop{Name: r.StrandedName, Phone: r.StrandedPhone, Location: d.Pickup}
	}
	address, err := toAddressCopy(r.Order.Address)
	if err != nil {
		return v, err
	}
	if address != nil {
		v.Dropoff.Address, v.Dropoff.Instructions = address.Text(), address.Instructions
		if address.ContactName != "" {
			v.Dropoff.Name = address.ContactName
		}
		if d.State.Active() {
			v.Dropoff.Phone = address.ContactPhone
		}
	}
	if r.PaymentMethod == "cod" {
		v.Cash.Amount = r.Order.Total
	}
	return v, nil
}
