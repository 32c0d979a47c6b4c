package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// Places are how many of each quarter are taken, of the vendors that count them.
type Places map[domain.ID]map[vendor.Quarter]int

// PlacesTaken reads the places of vendors' kitchens from a moment on, at no cost where none counts them.
func (db *DB) PlacesTaken(ctx context.Context, since time.Time, vendors ...vendor.Profile) (Places, error) {
	return placesTaken(ctx, db.q(), since, vendors...)
}

func placesTaken(ctx context.Context, q *query.Queries, since time.Time, vendors ...vendor.Profile) (Places, error) {
	out := Places{}
	var ids []domain.ID
	for _, v := range vendors {
		if v.SlotCapacity > 0 && out[v.ID] == nil {
			out[v.ID], ids = map[vendor.Quarter]int{}, append(ids, v.ID)
		}
	}
	if len(ids) == 0 {
		return out, nil
	}
	rows, err := q.PlacesTaken(ctx, query.PlacesTakenParams{VendorIds: ids, Since: vendor.QuarterOf(since).Begins()})
	if err != nil {
		return nil, fmt.Errorf("read places of the kitchen: %w", classify(err))
	}
	for _, r := range rows {
		out[r.VendorID][vendor.QuarterOf(r.StartsAt)] = r.Taken
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
	at := o.SlotAt
	o.SlotAt = time.Time{}
	return tx.write("give back place of the kitchen", func(tx *Tx) error {
		return tx.ReturnPlace(ctx, query.ReturnPlaceParams{VendorID: o.VendorID, StartsAt: at})
	})
}

// ForgetSlots removes slots that are past, a thousand at most, and says how many there were.
func (db *DB) ForgetSlots(ctx context.Context) (int64, error) {
	n, err := db.q().ForgetSlots(ctx, 1000)
	return n, classify(err)
}
