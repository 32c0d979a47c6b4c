package postgres

import (
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// toProfile reads a row of vendors, its place included.
func toProfile(r query.Vendor) (vendor.Profile, error) {
	place, err := placeNamed(r.Timezone)
	if err != nil {
		return vendor.Profile{}, fmt.Errorf("vendor %s: %w", r.ID, err)
	}
	currency := domain.Currency(r.Currency)
	money := func(amount int64) domain.Money { return domain.Money{Amount: amount, Currency: currency} }
	p := vendor.Profile{
		Vendor: vendor.Vendor{
			ID: r.ID, Name: r.Name, Status: vendor.Status(r.Status), Currency: currency, City: r.City,
			Location: domain.Point{Lat: r.Lat, Lng: r.Lng}, RadiusM: r.RadiusM, Ring: toRing(r.ZoneRing), Place: place, Hours: toHours(r.OpenMinutes),
			Closed: toStretches(r.Closed), PrepMinutes: r.PrepMinutes, BusyMinutes: r.BusyMinutes, Acceptance: vendor.Acceptance(r.Acceptance), SlotCapacity: r.SlotCapacity,
		},
		Cuisines: r.Cuisines, Address: r.Address, Country: r.Country, Timezone: r.Timezone, Phone: r.Phone, TaxID: r.TaxID,
		PauseReason: r.PauseReason, AcceptSeconds: r.AcceptSeconds, MinOrder: money(r.MinOrder), PackagingFee: money(r.PackagingFee),
		TaxRate: domain.BasisPoints(r.TaxBp), CostForTwo: money(r.CostForTwo), PriceLevel: r.PriceLevel,
		RatingAverage: r.RatingAverage, RatingCount: r.RatingCount, Picture: textOr(r.Picture), StatusReason: r.StatusReason,
		Version: r.Version, MenuVersion: r.MenuVersion, CreatedAt: r.CreatedAt, Languages: r.Languages,
	}
	if p.TaxRates, err = toTaxRates(r.TaxRates); err != nil {
		return vendor.Profile{}, fmt.Errorf("vendor %s: %w", r.ID, err)
	}
	p.PausedUntil, p.BusyUntil = orZero(r.PausedUntil), orZero(r.BusyUntil)
	return p, nil
}

func toTaxRates(text []byte) (rates domain.TaxRates, err error) {
	if string(text) == "{}" { // nearly all
		return nil, nil
	}
	if err = json.Unmarshal(text, &rates); err != nil {
		err = fmt.Errorf("decode tax rates: %w", err)
	}
	return rates, err
}

// fromTaxRates gives an object, also for none.
func fromTaxRates(rates domain.TaxRates) ([]byte, error) {
	if len(rates) == 0 {
		return []byte("{}"), nil
	}
	text, err := json.Marshal(rates)
	if err != nil {
		return nil, fmt.Errorf("encode tax rates: %w", err)
	}
	return text, nil
}

type minutes = pgtype.Multirange[pgtype.Range[pgtype.Int4]]

// toHours reads a multirange, which Postgres keeps sorted and merged, in the form [from, until).
func toHours(m minutes) vendor.Hours {
	if len(m) == 0 {
		return nil
	}
	out := make(vendor.Hours, len(m))
	for i, r := range m {
		out[i] = vendor.Span{Opens: int(r.Lower.Int32), Closes: int(r.Upper.Int32)}
	}
	return out
}

func fromHours(h vendor.Hours) minutes {
	out := minutes{} // nil would be NULL
	for _, s := range h {
		out = append(out, pgtype.Range[pgtype.Int4]{
			Lower: pgtype.Int4{Int32: int32(s.Opens), Valid: true}, Upper: pgtype.Int4{Int32: int32(s.Closes), Valid: true}, //nolint:gosec // within a week
			LowerType: pgtype.Inclusive, UpperType: pgtype.Exclusive, Valid: true,
		})
	}
	return out
}

type moments = pgtype.Multirange[pgtype.Range[pgtype.Timestamptz]]

func toStretches(m moments) []domain.Stretch {
	if len(m) == 0 { // nearly all
		return nil
	}
	out := make([]domain.Stretch, len(m))
	for i, r := range m {
		out[i] = domain.Stretch{From: r.Lower.Time, Until: r.Upper.Time}
	}
	return out
}

func fromStretches(stretches []domain.Stretch) moments {
	out := moments{} // nil would be NULL
	for _, s := range stretches {
		out = append(out, pgtype.Range[pgtype.Timestamptz]{
			Lower: pgtype.Timestamptz{Time: s.From, Valid: true}, Upper: pgtype.Timestamptz{Time: s.Until, Valid: true},
			LowerType: pgtype.Inclusive, UpperType: pgtype.Exclusive, Valid: true,
		})
	}
	return out
}

// places keeps the zones that were loaded: a few dozen of some hundred.
var places sync.Map

func placeNamed(name string) (*time.Location, error) {
	if place, ok := places.Load(name); ok {
		return place.(*time.Location), nil
	}
	place, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("load timezone: %w", err)
	}
	places.Store(name, place)
	return place, nil
}
