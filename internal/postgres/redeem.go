package postgres

import (
	"context"
	"fmt"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/pricing"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// Redeem uses the promotions of an order that the transaction has placed, and says whether there was one left of each: when not,
// the transaction is to be undone. A promotion's row is held from here to the end of the transaction, so this comes last. The
// customer's cart is held, which keeps their own count as it is. One round trip, none without promotions.
func (tx *Tx) Redeem(ctx context.Context, orderID, customerID domain.ID, applied []pricing.Applied) (bool, error) {
	if len(applied) == 0 {
		return true, nil
	}
	p := query.RedeemParams{OrderID: orderID, CustomerID: customerID}
	for _, a := range applied {
		p.Ids = append(p.Ids, a.Promotion)
		p.VendorAmounts = append(p.VendorAmounts, a.Vendor.Amount)
		p.PlatformAmounts = append(p.PlatformAmounts, a.Platform.Amount)
	}
	taken, err := tx.Queries.Redeem(ctx, p)
	if err != nil {
		return false, fmt.Errorf("redeem promotions: %w", err)
	}
	return len(taken) == len(applied), nil
}

// UsedPromotions are what a held order has used, in the order in which they were taken.
func (tx *Tx) UsedPromotions(ctx context.Context, o *LockedOrder) ([]pricing.Used, error) {
	rows, err := tx.RedemptionsOf(ctx, o.ID)
	if err != nil {
		return nil, fmt.Errorf("read promotions: %w", err)
	}
	out := make([]pricing.Used, len(rows))
	for i, r := range rows {
		money := func(n int64) domain.Money { return domain.Money{Amount: n, Currency: o.Total.Currency} }
		out[i] = pricing.Used{
			Promotion: pricing.Promotion{
				ID: r.Promotion.ID, Code: r.Promotion.Code, Label: r.Promotion.Label, Benefit: pricing.Benefit(r.Promotion.Benefit),
				Share: domain.BasisPoints(r.Promotion.Share), Cap: r.Promotion.Cap, //nolint:gosec // the database bounds it
			},
			Vendor: money(r.VendorAmount), Platform: money(r.PlatformAmount),
		}
	}
	return out, nil
}

// reviseRedemptions writes down what an order's promotions take off by now, one round trip. One that takes nothing off any more was not
// used.
func (tx *Tx) reviseRedemptions(ctx context.Context, orderID domain.ID, applied []pricing.Applied) error {
	p := query.ReviseRedemptionsParams{OrderID: orderID}
	for _, a := range applied {
		p.Ids = append(p.Ids, a.Promotion)
		p.VendorAmounts = append(p.VendorAmounts, a.Vendor.Amount)
		p.PlatformAmounts = append(p.PlatformAmounts, a.Platform.Amount)
	}
	if err := tx.ReviseRedemptions(ctx, p); err != nil {
		return fmt.Errorf("revise promotions: %w", err)
	}
	return nil
}

// GiveBackPromotions gives back what an order has used that will not be made; once, however often it is called.
func (tx *Tx) GiveBackPromotions(ctx context.Context, o *LockedOrder) error {
	return tx.write("give back promotions", func(tx *Tx) error { return tx.GiveBackRedemptions(ctx, o.ID) })
}

// RedeemAgain uses again what a restored order has given back. Its price stays also where nothing is left of a promotion; then that
// use is not counted.
func (tx *Tx) RedeemAgain(ctx context.Context, o *LockedOrder) error {
	if err := tx.RetakeRedemptions(ctx, o.ID); err != nil {
		return fmt.Errorf("redeem promotions again: %w", err)
	}
	return nil
}
