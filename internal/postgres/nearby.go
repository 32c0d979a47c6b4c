package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/delivery/eta"
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
	AsOf     time.Time         // of the order by eta
	Late     map[domain.ID]int // minutes that kitchens stand by in the order by eta instead of their usual ones
	Limit    int
	After    *Place // nil: from the first
}

// Minutes by which some stand behind all others in the order by eta.
const (
	FullAfter   = 1_000_000 // open, but the kitchen has no place
	ClosedAfter = 2_000_000
)

// Place is where a vendor stands in a sorted list: ascending by Key, then ID.
type Place struct {
	Key float64
	ID  domain.ID
}

// NearVendor is a vendor seen from a point.
type NearVendor struct {
	vendor.Profile
	Kitchen eta.Kitchen // without what goes by the load
	Meters  float64     // great circle
	Place   Place
}

// VendorsNear gives a page of the vendors that deliver to a point, in one round trip.
func (db *DB) VendorsNear(ctx context.Context, n Near) ([]NearVendor, error) {
	after := Place{Key: math.Inf(-1)}
	if n.After != nil {
		after = *n.After
	}
	late, err := json.Marshal(n.Late)
	if err != nil {
		return nil, fmt.Errorf("list late kitchens: %w", err)
	}
	handling, rides := int(eta.Bring(0)/time.Minute), eta.MinutesPerMeter()
	rows, err := db.q().VendorsNear(ctx, query.VendorsNearParams{
		Lat: n.Point.Lat, Lng: n.Point.Lng, Cells: around(n.Point), Part: orAny(n.Text), AnyCuisine: orEmpty(n.Cuisines),
		MaxCost: n.MaxCost, Veg: n.Veg, OpenNow: n.OpenNow, Now: n.Now, Sort: n.Sort,
		AsOf: n.AsOf, Late: late, WhenOpen: handling, WhenClosed: handling + ClosedAfter, MinutesPerMeter: rides[:],
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
		out[i] = NearVendor{p, toKitchen(r.Cooking, r.Margin, nil, nil, r.Answer, nil), r.Meters, Place{r.Key, p.ID}}
	}
	return out, nil
}

// LateKitchens gives the vendors around a point, and some beyond, whose kitchens have no place in some quarter of an hour from a
// moment on, and the places of these kitchens. They have no Place.
func (db *DB) LateKitchens(ctx context.Context, p domain.Point, since time.Time) ([]NearVendor, Places, error) {
	rows, err := db.q().LateKitchens(ctx, query.LateKitchensParams{
		Lat: p.Lat, Lng: p.Lng, Cells: around(p), Since: vendor.QuarterOf(since).Begins(),
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read late kitchens: %w", classify(err))
	}
	out, profiles := make([]NearVendor, len(rows)), make([]vendor.Profile, len(rows))
	for i, r := range rows {
		if profiles[i], err = toProfile(r.Vendor); err != nil {
			return nil, nil, err
		}
		out[i] = NearVendor{Profile: profiles[i], Kitchen: toKitchen(r.Cooking, r.Margin, nil, nil, r.Answer, nil), Meters: r.Meters}
	}
	places, err := db.PlacesTaken(ctx, since, profiles...)
	return out, places, err
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
