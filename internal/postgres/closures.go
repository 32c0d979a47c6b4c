package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// Closures gives the closures of a vendor that have not ended, in the order in which they begin.
func (db *DB) Closures(ctx context.Context, vendorID domain.ID) ([]vendor.Closure, error) {
	return closures(ctx, db.q(), vendorID)
}

// ClosuresOf is Closures within the transaction.
func (tx *Tx) ClosuresOf(ctx context.Context, vendorID domain.ID) ([]vendor.Closure, error) {
	return closures(ctx, tx.Queries, vendorID)
}

func closures(ctx context.Context, q *query.Queries, vendorID domain.ID) ([]vendor.Closure, error) {
	rows, err := q.Closures(ctx, query.ClosuresParams{VendorID: vendorID, Most: vendor.MaxClosures})
	if err != nil {
		return nil, fmt.Errorf("read closures: %w", classify(err))
	}
	out := make([]vendor.Closure, len(rows))
	for i, r := range rows {
		out[i] = vendor.Closure{ID: r.ID, From: r.StartsAt, Until: r.EndsAt, Reason: r.Reason}
	}
	return out, nil
}

// AddClosure writes a closure of a vendor that VendorForWrite has locked, and forgets those that have ended.
func (tx *Tx) AddClosure(ctx context.Context, vendorID domain.ID, c vendor.Closure) error {
	if err := tx.ForgetClosures(ctx, vendorID); err != nil {
		return fmt.Errorf("forget closures: %w", err)
	}
	err := tx.InsertClosure(ctx, query.InsertClosureParams{
		ID: c.ID, VendorID: vendorID, StartsAt: c.From, EndsAt: c.Until, Reason: c.Reason,
	})
	if err != nil {
		return fmt.Errorf("insert closure: %w", err)
	}
	return nil
}

// RemoveClosure deletes a closure of a vendor: NotFound when it has none of that ID.
func (tx *Tx) RemoveClosure(ctx context.Context, vendorID, closureID domain.ID) error {
	n, err := tx.DeleteClosure(ctx, query.DeleteClosureParams{ID: closureID, VendorID: vendorID})
	if err != nil {
		return fmt.Errorf("delete closure: %w", err)
	}
	if n == 0 {
		return domain.Missing("closure")
	}
	return nil
}

// Due is a vendor to which the clock has done something, by the database's clock.
type Due struct {
	vendor.Profile
	ToldOpen bool // what was last said of it
	Now      time.Time
}

// DueVendor locks and gives one vendor whose turn has come; NotFound when there is none that nobody else holds.
func (tx *Tx) DueVendor(ctx context.Context) (Due, error) {
	rows, err := tx.DueTurn(ctx)
	if err != nil {
		return Due{}, fmt.Errorf("find due vendor: %w", err)
	}
	if len(rows) == 0 {
		return Due{}, domain.Missing("due vendor")
	}
	p, err := toProfile(rows[0].Vendor)
	return Due{p, rows[0].Vendor.ToldOpen, rows[0].Moment}, err
}

// Settle notes what was said of a vendor and when its next turn comes; zero: not before somebody changes it.
func (tx *Tx) Settle(ctx context.Context, vendorID domain.ID, open bool, next time.Time) error {
	if err := tx.SettleTurn(ctx, query.SettleTurnParams{ID: vendorID, ToldOpen: open, TurnsAt: zeroNull(next)}); err != nil {
		return fmt.Errorf("settle turn: %w", err)
	}
	return nil
}
