package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/pricing"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// Promotion is a promotion as it is kept.
type Promotion struct {
	pricing.Managed
	State     pricing.State // by the database's clock, when it was read
	CreatedAt time.Time
	Spent     []Spending // only of one that was asked for by itself
}

// Spending is what a promotion has taken off in one currency, without what was given back.
type Spending struct{ Vendor, Platform domain.Money }

// PromotionFilter selects promotions; its zero value selects all.
type PromotionFilter struct {
	State  pricing.State
	Code   string    // in capitals
	Maker  domain.ID // of one vendor
	By     string    // "marketplace" or "vendors": of no vendor, or of any
	Before domain.ID // only those older than this one
	Limit  int
}

// inState says, in SQL, what a state is.
var inState = map[pricing.State]string{
	pricing.Ended:     "ends_at <= now()",
	pricing.Paused:    "paused AND (ends_at IS NULL OR ends_at > now())",
	pricing.Scheduled: "NOT paused AND starts_at > now() AND (ends_at IS NULL OR ends_at > now())",
	pricing.Active:    "NOT paused AND (starts_at IS NULL OR starts_at <= now()) AND (ends_at IS NULL OR ends_at > now())",
}

// Promotions lists promotions, newest first, without their spending.
func (db *DB) Promotions(ctx context.Context, f PromotionFilter) ([]Promotion, error) {
	var c conditions
	c.when(!f.Maker.IsNil(), "vendor_id = $", f.Maker)
	c.when(f.Code != "", "code = $", f.Code)
	c.when(!f.Before.IsNil(), "id < $", f.Before)
	if sql := inState[f.State]; sql != "" {
		c.sql = append(c.sql, sql)
	}
	switch f.By {
	case "marketplace":
		c.sql = append(c.sql, "vendor_id IS NULL")
	case "vendors":
		c.sql = append(c.sql, "vendor_id IS NOT NULL")
	}
	ids, err := c.newest(ctx, db, "promotions", "id", f.Limit)
	if err != nil {
		return nil, fmt.Errorf("find promotions: %w", classify(err))
	}
	rows, err := db.q().PromotionsByIDs(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read promotions: %w", classify(err))
	}
	out := make([]Promotion, len(rows))
	for i, r := range rows {
		if out[i], err = toPromotion(r.Promotion, r.Moment); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Promotion reads one, with its spending. NotFound when there is none.
func (db *DB) Promotion(ctx context.Context, id domain.ID) (Promotion, error) {
	r, err := db.q().PromotionByID(ctx, id)
	if err != nil {
		return Promotion{}, missing("promotion", fmt.Errorf("read promotion: %w", err))
	}
	out, err := toPromotion(r.Promotion, r.Moment)
	if err != nil {
		return out, err
	}
	rows, err := db.q().PromotionSpending(ctx, id)
	if err != nil {
		return out, fmt.Errorf("add up spending: %w", classify(err))
	}
	for _, s := range rows {
		c := domain.Currency(s.Currency)
		out.Spent = append(out.Spent, Spending{domain.Money{Amount: s.VendorAmount, Currency: c}, domain.Money{Amount: s.PlatformAmount, Currency: c}})
	}
	return out, nil
}

// Offers reads the promotions without a code that may apply to an order with a vendor now, its own first: at most 250.
func (db *DB) Offers(ctx context.Context, vendorID domain.ID) ([]Promotion, error) {
	rows, err := db.q().VendorOffers(ctx, vendorID)
	if err != nil {
		return nil, fmt.Errorf("read offers: %w", classify(err))
	}
	out := make([]Promotion, len(rows))
	for i, r := range rows {
		if out[i], err = toPromotion(r, time.Time{}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// AddPromotion writes a new promotion. Conflict "promotion.code_taken".
func (tx *Tx) AddPromotion(ctx context.Context, m pricing.Managed) error {
	windows, err := fromWindows(m.Windows)
	if err != nil {
		return err
	}
	err = tx.InsertPromotion(ctx, query.InsertPromotionParams{
		ID: m.ID, Code: m.Code, VendorID: orNull(m.Maker), Label: m.Label, Benefit: string(m.Benefit), Share: int(m.Share), Amount: m.Amount,
		Currency: string(m.Currency), MinOrder: m.MinOrder, Cap: m.Cap, FirstOrder: m.FirstOrder, PerCustomer: m.PerCustomer, UseLimit: m.Limit,
		StartsAt: orAnyTime(m.StartsAt), EndsAt: orAnyTime(m.EndsAt), Windows: windows, Vendors: some(m.Vendors), Cities: some(m.Cities),
		Cuisines: some(m.Cuisines), VendorShare: int(m.VendorShare), Alone: m.Alone,
	})
	if err != nil {
		return fmt.Errorf("insert promotion: %w", err)
	}
	return nil
}

// HoldPromotion locks a promotion against other changes and against orders that would use it, and gives the transaction's moment.
// NotFound when there is none.
func (tx *Tx) HoldPromotion(ctx context.Context, id domain.ID) (pricing.Managed, time.Time, error) {
	r, err := tx.LockPromotion(ctx, id)
	if err != nil {
		return pricing.Managed{}, time.Time{}, missing("promotion", fmt.Errorf("lock promotion: %w", err))
	}
	p, err := toPromotion(r.Promotion, r.Moment)
	return p.Managed, r.Moment, err
}

// SavePromotion stores a promotion that is held, and raises its version. Conflict "promotion.code_taken".
func (tx *Tx) SavePromotion(ctx context.Context, m *pricing.Managed) error {
	windows, err := fromWindows(m.Windows)
	if err != nil {
		return err
	}
	n, err := tx.UpdatePromotion(ctx, query.UpdatePromotionParams{
		ID: m.ID, Version: m.Version, Code: m.Code, Label: m.Label, Benefit: string(m.Benefit), Share: int(m.Share), Amount: m.Amount,
		Currency: string(m.Currency), MinOrder: m.MinOrder, Cap: m.Cap, FirstOrder: m.FirstOrder, PerCustomer: m.PerCustomer, UseLimit: m.Limit,
		StartsAt: orAnyTime(m.StartsAt), EndsAt: orAnyTime(m.EndsAt), Windows: windows, Vendors: some(m.Vendors), Cities: some(m.Cities),
		Cuisines: some(m.Cuisines), VendorShare: int(m.VendorShare), Alone: m.Alone, Paused: m.Paused, Held: m.Held,
	})
	m.Version++
	return saved("promotion", n, err)
}

// Redeemed says whether orders have used a promotion, also if they gave it back.
func (tx *Tx) Redeemed(ctx context.Context, id domain.ID) (bool, error) {
	yes, err := tx.PromotionRedeemed(ctx, id)
	if err != nil {
		return false, fmt.Errorf("look for redemptions: %w", err)
	}
	return yes, nil
}

// LivePromotions counts a vendor's own promotions that have not ended or, with Nil, the marketplace's without a code.
func (tx *Tx) LivePromotions(ctx context.Context, maker domain.ID) (int, error) {
	n, err := tx.CountPromotions(ctx, orNull(maker))
	if err != nil {
		return 0, fmt.Errorf("count promotions: %w", err)
	}
	return int(n), nil
}

// UnknownEntry finds an entry of some lists that is no vendor, no vendor's city, or no vendor's cuisine, of whatever standing:
// "vendors", "cities" or "cuisines" and its place; "" when all are known.
func (tx *Tx) UnknownEntry(ctx context.Context, vendors []domain.ID, cities, cuisines []string) (list string, place int, err error) {
	rows, err := tx.UnknownScope(ctx, query.UnknownScopeParams{Vendors: some(vendors), Cities: some(cities), Cuisines: some(cuisines)})
	if err != nil {
		return "", 0, fmt.Errorf("look for vendors, cities and cuisines: %w", err)
	}
	if len(rows) == 0 {
		return "", 0, nil
	}
	return rows[0].List, rows[0].Place - 1, nil
}

func toPromotion(text []byte, moment time.Time) (Promotion, error) {
	var r promotionJSON
	if err := json.Unmarshal(text, &r); err != nil {
		return Promotion{}, fmt.Errorf("decode promotion: %w", err)
	}
	p := Promotion{CreatedAt: r.CreatedAt, Managed: pricing.Managed{
		Promotion: r.rule(), Maker: r.VendorID, Paused: r.Paused, Held: r.Held, Version: r.Version,
	}}
	p.State = p.StateAt(moment)
	return p, nil
}

func fromWindows(windows []domain.Window) ([]byte, error) {
	out := make([]windowJSON, len(windows))
	for i, w := range windows {
		out[i] = windowJSON(w)
	}
	text, err := json.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("encode windows: %w", err)
	}
	return text, nil
}

// some sends no list as an empty one.
func some[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
