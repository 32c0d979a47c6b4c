package ordering

import (
	"context"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/pricing"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// CouponUnknown is the code of the problem that there is no coupon of the cart's code, or that it is paused.
const CouponUnknown = "coupon_unknown"

// sceneOf is what rules of prices are compared with.
func sceneOf(offer postgres.Offering) pricing.Scene {
	v := offer.Vendor
	return pricing.Scene{Vendor: v.ID, City: v.City, Cuisines: v.Cuisines, Location: v.Location, Now: offer.Now, Place: v.Place}
}

// follow has an order priced by rules.
func follow(o *pricing.Order, r postgres.Rules) {
	if r.Ordered {
		o.Earlier = 1
	}
	o.Tariffs, o.Surges, o.Offers, o.Coupon = r.Tariffs, r.Surges, r.Offers, r.Coupon
}

// couponProblems says why the cart's coupon takes nothing off.
func couponProblems(q Quoted) []Problem {
	switch r := q.Quote.Refusal; {
	case q.CouponCode != "" && q.offer.Rules.Coupon == nil:
		return []Problem{{Code: CouponUnknown, Message: "there is no coupon " + q.CouponCode}}
	case r != nil:
		return []Problem{{Code: r.Code, Message: r.Message(), Until: r.Until, Missing: r.Missing}}
	}
	return nil
}

// commission is what the marketplace keeps of a quote, and by which rate.
func commission(q Quoted) (domain.Money, domain.BasisPoints) {
	rule, _ := pricing.CommissionOf(q.offer.Rules.Commissions, sceneOf(q.offer))
	return q.Quote.Commission(rule.Rate), rule.Rate
}

// redeem uses the promotions of a placed order: ErrPriceChanged when somebody else has had the last of one since it was quoted.
func redeem(ctx context.Context, tx *postgres.Tx, n postgres.NewOrder) error {
	left, err := tx.Redeem(ctx, n.ID, n.CustomerID, n.Quote.Applied)
	if err == nil && !left {
		return ErrPriceChanged
	}
	return err
}
