package postgres

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// Near asks for the approved vendors whose zone holds a point.
type Near struct {
	Point    domain.Point
	Text     string   // part of a name or a cuisine; "": any
	Cuisines []string // one of these at least, in any case; none: any
	Veg      bool     // without a dish of meat or fish
	OpenNow  bool
	MaxCost  *int64 // for two, minor units
	Sort     string // distance, rating, eta or cost
	Now      time.Time
	Limit    int
	After    *Place // nil: from the first
}

// Place is where a vendor stands in a sorted list: ascending by Key, then ID.
type Place struct {
	Key float64
	ID  domain.ID
}

// NearVendor is a vendor seen from a point.
type NearVendor struct {
	vendor.Profile
	Meters float64 // great circle
	Place  Place
}

// VendorsNear gives a page of the vendors that deliver to a point, in one round trip.
func (db *DB) VendorsNear(ctx context.Context, n Near) ([]NearVendor, error) {
	after := Place{Key: math.Inf(-1)}
	if n.After != nil {
		after = *n.After
	}
	rows, err := db.q().VendorsNear(ctx, query.VendorsNearParams{
		Lat: n.Point.Lat, Lng: n.Point.Lng, Cells: around(n.Point), Part: orAny(n.Text), AnyCuisine: orEmpty(n.Cuisines),
		MaxCost: n.MaxCost, Veg: n.Veg, OpenNow: n.OpenNow, Now: n.Now, Sort: n.Sort, MinutesPerMeter: vendor.MinutesPerKm / 1000,
		AfterKey: after.Key, AfterID: after.ID, Most: int32(n.Limit), //nolint:gosec // a page's size
	})
	if err != nil {
		return nil, fmt.Errorf("read vendors near a point: %w", classify(err))
	}
	out := make([]NearVendor, len(rows))
	for i, r := range rows {
		p, err := toProfile(r.Vendor)
		if err != nil {
			return nil, err
		}
		out[i] = NearVendor{p, r.Meters, Place{r.Key, p.ID}}
	}
	return out, nil
}

// Cuisine is what vendors cook, and how many of them.
type Cuisine struct {
	Name    string
	Vendors int
}

// maxCuisines bounds the facets of a place; a large city's vendors name some hundred.
const maxCuisines = 100

// CuisinesNear gives the cuisines of the vendors that VendorsNear finds with the same filters but that of cuisines, on all pages;
// most frequent first, at most 100.
func (db *DB) CuisinesNear(ctx context.Context, n Near) ([]Cuisine, error) {
	rows, err := db.q().CuisinesNear(ctx, query.CuisinesNearParams{
		Lat: n.Point.Lat, Lng: n.Point.Lng, Cells: around(n.Point), Part: orAny(n.Text), MaxCost: n.MaxCost, Veg: n.Veg,
		OpenNow: n.OpenNow, Now: n.Now, Most: maxCuisines,
	})
	if err != nil {
		return nil, fmt.Errorf("read cuisines near a point: %w", classify(err))
	}
	out := make([]Cuisine, len(rows))
	for i, r := range rows {
		out[i] = Cuisine(r)
	}
	return out, nil
}

func orAny(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
