package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// Unclaimed gives deliveries, with their orders, of which staff are to be told that nobody takes them.
func (db *DB) Unclaimed(ctx context.Context, most int) (map[domain.ID]domain.ID, error) {
	rows, err := db.q().UnclaimedDeliveries(ctx, query.UnclaimedDeliveriesParams{
		EarlySeconds: delivery.UnclaimedEarly.Seconds(), Seconds: delivery.UnclaimedAfter.Seconds(), Most: int32(most), //nolint:gosec // a small constant
	})
	if err != nil {
		return nil, fmt.Errorf("list unclaimed deliveries: %w", classify(err))
	}
	out := make(map[domain.ID]domain.ID, len(rows))
	for _, r := range rows {
		out[r.ID] = r.OrderID
	}
	return out, nil
}

// AssignedTo gives the orders that a courier has taken on and not fetched.
func (db *DB) AssignedTo(ctx context.Context, courierID domain.ID) ([]domain.ID, error) {
	rows, err := db.q().AssignedTo(ctx, &courierID)
	if err != nil {
		return nil, fmt.Errorf("list assigned deliveries: %w", classify(err))
	}
	out := make([]domain.ID, len(rows))
	for i, r := range rows {
		out[i] = r.OrderID
	}
	return out, nil
}

// TakeAway takes a held order's delivery from its courier, who is not asked again for it.
func (tx *Tx) TakeAway(ctx context.Context, o *LockedOrder, reason string) error {
	err := tx.TakeAwayOffer(ctx, query.TakeAwayOfferParams{DeliveryID: o.Delivery.ID, CourierID: o.Delivery.CourierID, Reason: reason})
	if err != nil {
		return fmt.Errorf("take offer away: %w", err)
	}
	d := o.Delivery
	d.CourierID, d.TripID, d.Place, d.Slot, d.DispatchAt = domain.Nil, domain.Nil, 1, 1, o.Now
	return nil
}

// Strand takes the food of a held order from a courier who cannot bring it: another fetches it where it is.
func (tx *Tx) Strand(ctx context.Context, o *LockedOrder, at domain.Point, reason string) error {
	by := o.Delivery.CourierID
	if err := tx.TakeAway(ctx, o, reason); err != nil {
		return err
	}
	o.Delivery.Pickup, o.Delivery.StrandedBy, o.Delivery.LostAt, o.Delivery.Visit = at, by, time.Time{}, delivery.Visit{}
	return tx.write("strand delivery", func(tx *Tx) error {
		return tx.StrandDelivery(ctx, query.StrandDeliveryParams{ID: o.Delivery.ID, Lat: at.Lat, Lng: at.Lng, StrandedBy: &by})
	})
}

// Unstrand notes that a courier has the food of a held order again, which was stranded.
func (tx *Tx) Unstrand(ctx context.Context, o *LockedOrder) error {
	o.Delivery.StrandedBy = domain.Nil
	return tx.write("unstrand delivery", func(tx *Tx) error { return tx.UnstrandDelivery(ctx, o.Delivery.ID) })
}

// Carried is a delivery whose courier has the food and was not seen for a while.
type Carried struct {
	OrderID, CourierID domain.ID
	City               string
	SeenAt             time.Time // by Postgres
	ActedAt            time.Time // when they last did something with it; zero: they have not
	LostAt             time.Time // when it was told; zero: it was not
	Now                time.Time
}

// FoodOnTheRoad gives deliveries whose couriers have the food and were, by Postgres, not seen for so long, or were not when last looked at.
func (db *DB) FoodOnTheRoad(ctx context.Context, silent time.Duration, most int) ([]Carried, error) {
	rows, err := db.q().FoodOnTheRoad(ctx, query.FoodOnTheRoadParams{Seconds: silent.Seconds(), Most: int32(most)}) //nolint:gosec // a small constant
	if err != nil {
		return nil, fmt.Errorf("list food on the road: %w", classify(err))
	}
	out := make([]Carried, len(rows))
	for i, r := range rows {
		out[i] = Carried{r.OrderID, r.CourierID, r.City, orZero(r.LocatedAt), orZero(r.ActedAt), orZero(r.LostAt), r.Moment}
	}
	return out, nil
}
