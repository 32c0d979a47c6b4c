package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// HoldVendor locks the vendor of a held order. Dishes are locked after it, never before.
func (tx *Tx) HoldVendor(ctx context.Context, o *LockedOrder) (vendor.Profile, error) {
	row, err := tx.LockVendor(ctx, o.VendorID)
	if err != nil {
		return vendor.Profile{}, missing("vendor", fmt.Errorf("lock vendor: %w", err))
	}
	return toProfile(row.Vendor)
}

// VendorOf reads the vendor of an order.
func (tx *Tx) VendorOf(ctx context.Context, id domain.ID) (vendor.Profile, error) {
	row, err := tx.CartVendor(ctx, query.CartVendorParams{ID: id})
	if err != nil {
		return vendor.Profile{}, missing("vendor", fmt.Errorf("read vendor: %w", err))
	}
	return toProfile(row.Vendor)
}

// CountExpired counts the orders of an expiring order's vendor that expired after a moment and came after its last pause for that reason, this
// one among them. It locks the vendor, so that of several that expire at once each counts those before it.
func (tx *Tx) CountExpired(ctx context.Context, expiring *LockedOrder, since time.Time) (expired int, err error) {
	err = together(ctx, tx.tx,
		func(q *query.Queries) (err error) {
			_, err = q.LockVendorRow(ctx, expiring.VendorID)
			return err
		},
		func(q *query.Queries) (err error) {
			expired, err = q.ExpiredLately(ctx, query.ExpiredLatelyParams{VendorID: expiring.VendorID, Since: &since, Expiring: expiring.ID})
			return err
		})
	if err != nil {
		return 0, missing("vendor", fmt.Errorf("lock vendor and count expired orders: %w", err))
	}
	return expired, nil
}

// PauseVendor stores a held vendor that was paused because its orders expired, and tells of it.
func (tx *Tx) PauseVendor(ctx context.Context, v vendor.Profile, event domain.Event) error {
	var err error
	v.Version, err = tx.Append(ctx, domain.Record{
		Subject: domain.SubjectVendor, SubjectID: v.ID, Version: v.Version, ActorRole: domain.RoleSystem, City: v.City,
	}, event)
	if err != nil {
		return err
	}
	err = tx.ProtectVendor(ctx, query.ProtectVendorParams{ID: v.ID, PausedUntil: zeroNull(v.PausedUntil), PauseReason: v.PauseReason, Version: v.Version})
	if err != nil {
		return fmt.Errorf("pause vendor: %w", err)
	}
	return nil
}

// TakeBackStock takes the portions of a held order again, which is made after all: Conflict "not_enough_stock" when somebody else has
// them by now, or a dish is gone. The caller holds the vendor.
func (tx *Tx) TakeBackStock(ctx context.Context, o *LockedOrder, v vendor.Profile) error {
	counted, err := tx.CountedDishes(ctx, o.ID)
	if err != nil {
		return fmt.Errorf("count dishes: %w", err)
	}
	rows, err := tx.Queries.TakeBackStock(ctx, o.ID)
	if err != nil {
		return fmt.Errorf("take back stock: %w", err)
	}
	if len(rows) < counted {
		return domain.Errorf(domain.Conflict, "not_enough_stock", "its portions are not there any more")
	}
	var events []domain.Event
	for _, r := range rows {
		if r.SoldOut {
			events = append(events, domain.Event{Type: "vendor.item_unavailable", Data: map[string]any{"dishId": r.ID.String()}})
		}
	}
	return tx.tellVendor(ctx, v.ID, v.City, v.Version, events)
}

// TakePlaceAgain takes a place in the kitchen for a held order that is made after all: Conflict "vendor_full" when there is none.
func (tx *Tx) TakePlaceAgain(ctx context.Context, o *LockedOrder, v vendor.Profile) error {
	if v.SlotCapacity == 0 {
		return nil
	}
	places, err := placesTaken(ctx, tx.Queries, o.Now, v)
	if err != nil {
		return err
	}
	plan, err := tx.TakePlace(ctx, Offering{Now: o.Now, Vendor: v, Taken: places[v.ID]})
	if err != nil {
		return err
	}
	if plan.ReadyAt.IsZero() {
		return domain.Errorf(domain.Conflict, "vendor_full", "the kitchen has no place left for it")
	}
	o.SlotAt = plan.Quarter.Begins()
	return nil
}
