package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/pricing"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
)

// Rules are those that may apply to an order of a customer's with a vendor.
type Rules struct {
	Ordered     bool // the customer has ordered before, and it was not cancelled, rejected or expired
	Offers      []pricing.Promotion
	Coupon      *pricing.Promotion // nil: there is none of the cart's code, or it is paused
	Tariffs     []pricing.Tariff
	Surges      []pricing.Surge
	Commissions []pricing.CommissionRule
}

// rulesJSON is what CartVendor makes of the rules' rows.
type rulesJSON struct {
	Ordered     bool             `json:"ordered"`
	Promotions  []promotionJSON  `json:"promotions"`
	Tariffs     []tariffJSON     `json:"tariffs"`
	Surges      []surgeJSON      `json:"surges"`
	Commissions []commissionJSON `json:"commissions"`
}

func toRules(text []byte) (Rules, error) {
	var r rulesJSON
	if err := json.Unmarshal(text, &r); err != nil {
		return Rules{}, fmt.Errorf("decode rules of prices: %w", err)
	}
	out := Rules{Ordered: r.Ordered}
	for _, p := range r.Promotions {
		if rule := p.rule(); rule.Code == "" {
			out.Offers = append(out.Offers, rule)
		} else {
			out.Coupon = &rule
		}
	}
	for _, t := range r.Tariffs {
		out.Tariffs = append(out.Tariffs, t.rule())
	}
	for _, s := range r.Surges {
		out.Surges = append(out.Surges, s.rule())
	}
	for _, c := range r.Commissions {
		out.Commissions = append(out.Commissions, c.rule())
	}
	return out, nil
}

// Tariffs reads what delivery costs in the currencies of some vendors, in the order that quotes have them in.
func (db *DB) Tariffs(ctx context.Context, vendors ...vendor.Profile) ([]pricing.Tariff, error) {
	var currencies []string
	for _, v := range vendors {
		if c := string(v.Currency); !slices.Contains(currencies, c) {
			currencies = append(currencies, c)
		}
	}
	text, err := db.q().Tariffs(ctx, currencies)
	if err != nil {
		return nil, fmt.Errorf("read tariffs: %w", classify(err))
	}
	var rows []tariffJSON
	if err := json.Unmarshal(text, &rows); err != nil {
		return nil, fmt.Errorf("decode tariffs: %w", err)
	}
	out := make([]pricing.Tariff, len(rows))
	for i, t := range rows {
		out[i] = t.rule()
	}
	return out, nil
}

// promotionJSON is a row of promotions as to_jsonb gives it.
type promotionJSON struct {
	ID          domain.ID          `json:"id"`
	Code        string             `json:"code"`
	VendorID    domain.ID          `json:"vendor_id"`
	Label       string             `json:"label"`
	Benefit     pricing.Benefit    `json:"benefit"`
	Share       domain.BasisPoints `json:"share"`
	Amount      int64              `json:"amount"`
	Currency    domain.Currency    `json:"currency"`
	MinOrder    int64              `json:"min_order"`
	Cap         int64              `json:"cap"`
	FirstOrder  bool               `json:"first_order"`
	PerCustomer int                `json:"per_customer"`
	UseLimit    int                `json:"use_limit"`
	StartsAt    time.Time          `json:"starts_at"`
	EndsAt      time.Time          `json:"ends_at"`
	Windows     []domain.Window    `json:"windows"`
	Vendors     []domain.ID        `json:"vendors"`
	Cities      []string           `json:"cities"`
	Cuisines    []string           `json:"cuisines"`
	VendorShare domain.BasisPoints `json:"vendor_share"`
	Alone       bool               `json:"alone"`
	Paused      bool               `json:"paused"`
	Held        bool               `json:"held"`
	Used        int                `json:"used"`
	UsedByThem  int                `json:"used_by_them"`
	Version     int                `json:"version"`
	CreatedAt   time.Time          `json:"created_at"`
}

func (p promotionJSON) rule() pricing.Promotion {
	return pricing.Promotion{
		ID: p.ID, Code: p.Code, Label: p.Label, Benefit: p.Benefit, Share: p.Share, Amount: p.Amount, Currency: p.Currency, MinOrder: p.MinOrder,
		Cap: p.Cap, FirstOrder: p.FirstOrder, PerCustomer: p.PerCustomer, Limit: p.UseLimit, StartsAt: p.StartsAt, EndsAt: p.EndsAt,
		Windows: domain.KeptWindows(p.Windows), Vendors: p.Vendors, Cities: p.Cities, Cuisines: p.Cuisines, VendorShare: p.VendorShare, Alone: p.Alone,
		Used: p.Used, UsedByThem: p.UsedByThem,
	}
}

// tariffJSON is a row of delivery_tariffs.
type tariffJSON struct {
	ID         domain.ID       `json:"id"`
	Currency   domain.Currency `json:"currency"`
	City       string          `json:"city"`
	Bands      []pricing.Band  `json:"bands"`
	SmallBelow int64           `json:"small_below"`
	SmallFee   int64           `json:"small_fee"`
	Version    int             `json:"version"`
}

func (t tariffJSON) rule() pricing.Tariff {
	return pricing.Tariff{
		ID: t.ID, Currency: t.Currency, City: t.City, Bands: t.Bands, SmallOrder: pricing.SmallOrder{Below: t.SmallBelow, Fee: t.SmallFee},
	}
}

// surgeJSON is a row of surge_zones.
type surgeJSON struct {
	ID       domain.ID          `json:"id"`
	Label    string             `json:"label"`
	Currency domain.Currency    `json:"currency"`
	City     string             `json:"city"`
	Lat      float64            `json:"lat"`
	Lng      float64            `json:"lng"`
	RadiusM  int                `json:"radius_m"`
	StartsAt time.Time          `json:"starts_at"`
	EndsAt   time.Time          `json:"ends_at"`
	Windows  []domain.Window    `json:"windows"`
	Times    domain.BasisPoints `json:"times"`
	Flat     int64              `json:"flat"`
	Cap      int64              `json:"cap"`
	Version  int                `json:"version"`
}

func (s surgeJSON) rule() pricing.Surge {
	return pricing.Surge{
		ID: s.ID, Label: s.Label, Currency: s.Currency, City: s.City, Centre: domain.Point{Lat: s.Lat, Lng: s.Lng}, RadiusM: s.RadiusM,
		StartsAt: s.StartsAt, EndsAt: s.EndsAt, Windows: domain.KeptWindows(s.Windows), Times: s.Times, Flat: s.Flat, Cap: s.Cap,
	}
}

// commissionJSON is a row of commission_rules.
type commissionJSON struct {
	ID       domain.ID          `json:"id"`
	VendorID domain.ID          `json:"vendor_id"`
	City     string             `json:"city"`
	Rate     domain.BasisPoints `json:"rate"`
	StartsAt time.Time          `json:"starts_at"`
	EndsAt   time.Time          `json:"ends_at"`
	Version  int                `json:"version"`
}

func (c commissionJSON) rule() pricing.CommissionRule {
	return pricing.CommissionRule{ID: c.ID, Vendor: c.VendorID, City: c.City, Rate: c.Rate, StartsAt: c.StartsAt, EndsAt: c.EndsAt}
}

// taxJSON is a pricing.TaxDetail as quote_lines.tax holds it.
type taxJSON struct {
	Category domain.TaxCategory `json:"category"`
	Rate     domain.BasisPoints `json:"rate"`
	Value    int64              `json:"value"`
	Parts    []taxPartJSON      `json:"parts,omitempty"`
}

type taxPartJSON struct {
	Label  string `json:"label"`
	Amount int64  `json:"amount"`
}

// fromTaxDetail gives "" for a line that is not of tax.
func fromTaxDetail(d *pricing.TaxDetail) (string, error) {
	if d == nil {
		return "", nil
	}
	out := taxJSON{Category: d.Category, Rate: d.Rate, Value: d.Value.Amount}
	for _, p := range d.Parts {
		out.Parts = append(out.Parts, taxPartJSON{p.Label, p.Amount.Amount})
	}
	text, err := json.Marshal(out)
	if err != nil {
		return "", fmt.Errorf("encode line of tax: %w", err)
	}
	return string(text), nil
}

func toTaxDetail(text []byte, c domain.Currency) (*pricing.TaxDetail, error) {
	if text == nil {
		return nil, nil
	}
	var t taxJSON
	if err := json.Unmarshal(text, &t); err != nil {
		return nil, fmt.Errorf("decode line of tax: %w", err)
	}
	out := &pricing.TaxDetail{Category: t.Category, Rate: t.Rate, Value: domain.Money{Amount: t.Value, Currency: c}}
	for _, p := range t.Parts {
		out.Parts = append(out.Parts, pricing.Component{Label: p.Label, Amount: domain.Money{Amount: p.Amount, Currency: c}})
	}
	return out, nil
}
