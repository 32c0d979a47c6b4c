package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/domain/delivery/eta"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// Tracking is what is to be known of an order to say how far it is.
type Tracking struct {
	Parties // without Offered
	State   order.State
	Version int
	delivery.Way
	VendorName  string
	VendorAt    domain.Point // where the food is fetched, unless it was left on the way
	LeaveAtDoor bool
	EndedAt     time.Time // zero while it is live
	Now         time.Time // by the database's clock
}

// Tracking reads how far an order is, and what it is to an account. NotFound when there is none.
func (db *DB) Tracking(ctx context.Context, orderID, userID domain.ID) (Tracking, error) {
	r, err := db.q().Tracking(ctx, query.TrackingParams{ID: orderID, UserID: userID})
	if err != nil {
		return Tracking{}, missing("order", fmt.Errorf("read tracking: %w", err))
	}
	word, err := toKitchenWord(r.Timezone, r.Answer, r.Late)
	if err != nil {
		return Tracking{}, err
	}
	jobs, err := toJobs(r.Jobs, r.Moment)
	if err != nil {
		return Tracking{}, err
	}
	at := domain.Point{Lat: r.VendorLat, Lng: r.VendorLng}
	t := Tracking{
		Parties: Parties{CustomerID: r.CustomerID, VendorID: r.VendorID, CourierID: orNil(r.CourierID), Member: r.Member},
		State:   order.State(r.State), Version: r.Version, VendorName: r.VendorName, VendorAt: at, LeaveAtDoor: orZero(r.LeaveAtDoor), EndedAt: orZero(r.EndedAt), Now: r.Moment,
		Way: delivery.Way{
			OrderID: r.ID, Jobs: jobs, State: delivery.State(orZero(r.DeliveryState)), Accepted: r.AcceptedAt != nil, PromisedAt: r.PromisedAt, FirstGuess: orZero(r.EstimatedPlaced),
			AskedAt: orZero(r.AskedAt), Zone: word.zone, Answer: word.answer, Food: eta.Claim{ReadyBy: orZero(r.ReadyBy), ReadyAt: orZero(r.ReadyAt), Late: word.late},
			Pickup: at,
		},
	}
	if r.DropoffLat != nil && r.DropoffLng != nil && r.PickupLat != nil && r.PickupLng != nil {
		t.Pickup, t.Dropoff = domain.Point{Lat: *r.PickupLat, Lng: *r.PickupLng}, domain.Point{Lat: *r.DropoffLat, Lng: *r.DropoffLng}
	}
	return t, nil
}

// TrackedOrder is an order that a courier has taken on.
type TrackedOrder struct {
	OrderID domain.ID
	State   delivery.State
	Version int
	Next    bool // the courier comes to its door before all others
}

// TrackedOrders gives those of couriers.
func (db *DB) TrackedOrders(ctx context.Context, couriers []domain.ID) (map[domain.ID][]TrackedOrder, error) {
	rows, err := db.q().TrackedOrders(ctx, couriers)
	if err != nil {
		return nil, fmt.Errorf("list tracked orders: %w", classify(err))
	}
	out := map[domain.ID][]TrackedOrder{}
	for _, r := range rows {
		out[r.CourierID] = append(out[r.CourierID], TrackedOrder{r.OrderID, delivery.State(r.State), r.Version, len(out[r.CourierID]) == 0})
	}
	return out, nil
}

// OrderOfLink finds the order that a tracking link shows, until so long after its end. NotFound for a link that is none any more.
func (db *DB) OrderOfLink(ctx context.Context, hash []byte, afterEnd time.Duration) (domain.ID, error) {
	id, err := db.q().OrderOfLink(ctx, query.OrderOfLinkParams{TokenHash: hash, AfterEndSeconds: afterEnd.Seconds()})
	if err != nil {
		return id, missing("link", fmt.Errorf("find link: %w", err))
	}
	return id, nil
}

// MakeLink makes a tracking link of a held order, for so long at most. It is not ok when the order has so many already.
func (tx *Tx) MakeLink(ctx context.Context, orderID domain.ID, hash []byte, life time.Duration, most int) (until time.Time, ok bool, err error) {
	until, err = tx.MakeTrackingLink(ctx, query.MakeTrackingLinkParams{TokenHash: hash, OrderID: orderID, LifeSeconds: life.Seconds(), Most: most})
	if errors.Is(err, pgx.ErrNoRows) {
		return until, false, nil
	}
	if err != nil {
		return until, false, fmt.Errorf("make tracking link: %w", err)
	}
	return until, true, nil
}

// DropLinks takes back all links of a held order.
func (tx *Tx) DropLinks(ctx context.Context, orderID domain.ID) error {
	return tx.write("drop tracking links", func(tx *Tx) error { return tx.DropTrackingLinks(ctx, orderID) })
}

// SaveHandoverPhoto shows a registered picture as the photo of a held order's handover, instead of one before.
// Unavailable, with retryAfter, when the picture was collected meanwhile.
func (tx *Tx) SaveHandoverPhoto(ctx context.Context, o *LockedOrder, key string) error {
	if err := tx.claimPicture(ctx, key); err != nil {
		return err
	}
	return tx.write("save handover photo", func(tx *Tx) error {
		return tx.Queries.SaveHandoverPhoto(ctx, query.SaveHandoverPhotoParams{OrderID: o.ID, Picture: key, TakenAt: o.Now})
	})
}

// HandoverPhotographed says whether there is a photo of the visit that a held order's courier makes at the door.
func (tx *Tx) HandoverPhotographed(ctx context.Context, o *LockedOrder) (bool, error) {
	yes, err := tx.Queries.HandoverPhotographed(ctx, query.HandoverPhotographedParams{OrderID: o.ID, Since: o.Delivery.ArrivedAt})
	if err != nil {
		return false, fmt.Errorf("look for handover photo: %w", err)
	}
	return yes, nil
}

// HandoverPhoto gives the key of the picture of a handover, and whose order it was. NotFound when there is none, or none any more.
func (db *DB) HandoverPhoto(ctx context.Context, orderID domain.ID) (key string, customerID domain.ID, err error) {
	r, err := db.q().HandoverPhoto(ctx, query.HandoverPhotoParams{OrderID: orderID, KeptSeconds: delivery.PhotoKept.Seconds()})
	if err != nil {
		return "", customerID, missing("photo", fmt.Errorf("find handover photo: %w", err))
	}
	return r.Picture, r.CustomerID, nil
}

// forgetBatch bounds what one round of ForgetTracking deletes of each kind.
const forgetBatch = 1000

// ForgetTracking deletes some of the links that have ended and of the photos that were kept long enough, and says how many.
func (db *DB) ForgetTracking(ctx context.Context) (int64, error) {
	links, err := db.q().ForgetTrackingLinks(ctx, forgetBatch)
	if err != nil {
		return 0, fmt.Errorf("forget tracking links: %w", classify(err))
	}
	photos, err := db.q().ForgetHandoverPhotos(ctx, query.ForgetHandoverPhotosParams{KeptSeconds: delivery.PhotoKept.Seconds(), Most: forgetBatch})
	if err != nil {
		return 0, fmt.Errorf("forget handover photos: %w", classify(err))
	}
	return links + photos, nil
}
