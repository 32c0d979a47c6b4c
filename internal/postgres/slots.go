package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// placesTaken reads how many places of a vendor's kitchen are taken, from a quarter on.
func placesTaken(ctx context.Context, q *query.Queries, vendorID domain.ID, since vendor.Quarter) (map[vendor.Quarter]int, error) {
	rows, err := q.PlacesTaken(ctx, query.PlacesTakenParams{VendorID: vendorID, Since: since.Begins()})
	if err != nil {
		return nil, fmt.Errorf("read places of the kitchen: %w", classify(err))
	}
	out := make(map[vendor.Quarter]int, len(rows))
	for _, r := range rows {
		out[vendor.QuarterOf(r.StartsAt)] = r.Taken
	}
	return out, nil
}

// TakePlace takes the place of a vendor's kitchen that an offering has found, or the next one when others were faster. It
// gives what the kitchen can promise now: of a full kitchen no time.
func (tx *Tx) TakePlace(ctx context.Context, o Offering) (vendor.Plan, error) {
	plan := o.Plan()
	for plan.Quarter != 0 {
		n, err := tx.Queries.TakePlace(ctx, query.TakePlaceParams{
			VendorID: o.Vendor.ID, StartsAt: plan.Quarter.Begins(), Capacity: o.Vendor.SlotCapacity,
		})
		if err != nil {
			return vendor.Plan{}, fmt.Errorf("take place of the kitchen: %w", err)
		}
		if n > 0 {
			break
		}
		if o.Taken == nil {
			o.Taken = map[vendor.Quarter]int{}
		}
		o.Taken[plan.Quarter] = o.Vendor.SlotCapacity // which this transaction has waited for, so it stays so
		plan = o.Plan()
	}
	return plan, nil
}

// GiveBackPlace gives back the place of its vendor's kitchen that a held order has, which will not be made. The order is stored by
// whoever holds it.
func (tx *Tx) GiveBackPlace(ctx context.Context, o *LockedOrder) error {
	if o.SlotAt.IsZero() {
		return nil
	}
	if err := tx.ReturnPlace(ctx, query.ReturnPlaceParams{VendorID: o.VendorID, StartsAt: o.SlotAt}); err != nil {
		return fmt.Errorf("give back place of the kitchen: %w", err)
	}
	o.SlotAt = time.Time{}
	return nil
}

// ForgetSlots removes slots that are past, a thousand at most, and says how many there were.
func (db *DB) ForgetSlots(ctx context.Context) (int64, error) {
	n, err := db.q().ForgetSlots(ctx, 1000)
	return n, classify(err)
}
