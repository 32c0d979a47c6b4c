package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"time"

	"github.com/zoop-dev/zoop/internal/postgres"
)

const sameSQL = "pgbench running the same SQL"

var (
	nearReal = Goal{
		Name: "near-real", Work: "vendors near a point, uncached, of 9,551 real ones with menus", Against: sameSQL, Unit: "requests/s", Bar: 0.50, Aim: 0.70,
		Prepare: func(ctx context.Context, p *Place) (zoop, limit Side, err error) {
			return uncached(ctx, p, realVendors, near)
		},
	}
	nearMany = Goal{
		Name: "near-200000", Work: "vendors near a point, uncached, of 200,000", Against: sameSQL, Unit: "requests/s", Bar: 0.50, Aim: 0.70,
		Prepare: func(ctx context.Context, p *Place) (zoop, limit Side, err error) {
			return uncached(ctx, p, crowd, near)
		},
	}
	nearETA = Goal{
		Name: "near-eta", Work: "vendors near a point by eta, uncached, of 200,000", Against: sameSQL, Unit: "requests/s", Bar: 0.50, Aim: 0.70,
		Prepare: func(ctx context.Context, p *Place) (zoop, limit Side, err error) {
			return uncached(ctx, p, crowd, byETA)
		},
	}
	searchReal = Goal{
		Name: "search-real", Work: "search, uncached, among 9,551 real vendors with menus", Against: sameSQL, Unit: "requests/s", Bar: 0.50, Aim: 0.70,
		Prepare: func(ctx context.Context, p *Place) (zoop, limit Side, err error) {
			return uncached(ctx, p, realVendors, search)
		},
	}
	searchMany = Goal{
		Name: "search-200000", Work: "search, uncached, among 200,000 vendors with a dish each", Against: sameSQL, Unit: "requests/s", Bar: 0.50, Aim: 0.70,
		Prepare: func(ctx context.Context, p *Place) (zoop, limit Side, err error) {
			return uncached(ctx, p, crowd, search)
		},
	}
)

// vendors is a database of them, which goals share: it takes its time to fill.
type vendors struct {
	name string
	fill func(ctx context.Context, p *Place, db *Database) error
}

// crowd is 200,000 vendors, spread over India as they are in life: most of them in a few towns.
var crowd = vendors{"many", func(ctx context.Context, _ *Place, db *Database) error {
	err := db.Exec(ctx,
		"ALTER TABLE vendors DISABLE TRIGGER vendors_searchable", // entries are written below, in one go
		"ALTER TABLE dishes DISABLE TRIGGER dishes_searchable",
		"SELECT setseed(0.5)",
		`INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, lat, lng, rating_average, cost_for_two, status, open_minutes, slot_capacity)
		 SELECT gen_random_uuid(), (ARRAY['Royal', 'Spice', 'Green', 'Old', 'Little', 'Golden'])[1 + i % 6] || ' '
				|| (ARRAY['Kitchen', 'House', 'Bhavan', 'Corner', 'Palace'])[1 + i % 5] || ' ' || i,
			ARRAY['North Indian', 'Chinese'], 'A', 'City ' || i % 200, 'IN', 'Asia/Kolkata', 'INR',
			28.6139 + (i % 200) * 0.05 * (i % 3 - 1) + (random() - 0.5) * 0.3, 77.2090 + (i % 200) * 0.04 * (i % 5 - 2) + (random() - 0.5) * 0.3,
			random() * 5, 10000 + i % 1000 * 100, 'approved', '{[0,10080)}', i % 20 / 19 * 4
		 FROM generate_series(1, 200000) i`,
		`INSERT INTO vendor_slots (vendor_id, starts_at, taken) -- of every twentieth kitchen, which is full now and then
		 SELECT id, date_bin('15 min', now(), '2000-01-01') + n * interval '15 min', 1 + random() * 3
		 FROM vendors, generate_series(0, 11) AS n
		 WHERE slot_capacity > 0`,
		"INSERT INTO categories (id, vendor_id, name) SELECT gen_random_uuid(), id, 'Mains' FROM vendors",
		`INSERT INTO dishes (id, vendor_id, category_id, name, price, diet)
		 SELECT gen_random_uuid(), vendor_id, id, (ARRAY['Chicken', 'Paneer', 'Mutton', 'Egg', 'Fish'])[1 + n % 5] || ' '
				|| (ARRAY['Biryani', 'Tikka', 'Curry', 'Pizza', 'Noodles', 'Momo', 'Soup'])[1 + n % 7], 20000, 'veg'
		 FROM (SELECT *, row_number() OVER () AS n FROM categories) AS c`,
	)
	if err != nil {
		return err
	}
	if err := cover(ctx, db); err != nil {
		return err
	}
	return db.Exec(ctx,
		"ANALYZE vendors, vendor_slots, categories, dishes",
		"SELECT search_put_vendors(ARRAY(SELECT id FROM vendors))",
		"SELECT search_put_dishes(ARRAY(SELECT id FROM dishes))",
		"ALTER TABLE vendors ENABLE TRIGGER vendors_searchable",
		"ALTER TABLE dishes ENABLE TRIGGER dishes_searchable",
	)
}}

// cover gives vendors that were written straight into the table the cells of their zones.
func cover(ctx context.Context, db *Database) error {
	store, err := postgres.Open(ctx, db.URL, postgres.Options{})
	if err != nil {
		return err
	}
	defer store.Close()
	for more := true; more && err == nil; {
		more, err = store.CoverZones(ctx)
	}
	return err
}

// realFile names the export of real vendors, which is nobody's to publish and lies beside the repository where it is at all.
const realFile = "../shared/data/vendors/zomato.csv"

var realVendors = vendors{"real", func(ctx context.Context, p *Place, db *Database) error {
	file := os.Getenv("ZOOP_BENCH_VENDORS")
	if file == "" {
		file = realFile
	}
	if _, err := os.Stat(file); err != nil {
		return skip("the export of real vendors is not here: set ZOOP_BENCH_VENDORS to one")
	}
	_, err := p.Run(ctx, db, "seed", "vendors", "--from", file)
	return err
}}

// The square in and around Delhi in which people are hungry: 0.2° of both, from here.
const (
	south, west = 28.5, 77.1
	wide        = 200_000 // millionths of a degree
)

// askers are as many as keep both sides' Postgres busy.
const askers = 8

// places are how many both sides ask about: few, because each is a statement that every connection of pgbench has planned once.
const places = 8

// place is a point of the square.
type place struct{ lat, lng float64 }

func anywhere() place {
	somewhere := func(from float64) float64 { return from + float64(rand.IntN(wide))/1e6 } //nolint:gosec // it hides nothing
	return place{somewhere(south), somewhere(west)}
}

// nearby is a point within some metres, which nobody has asked for, as a query.
func (p place) nearby() string {
	step := func(from float64) float64 { return from + float64(rand.IntN(1000))/1e7 } //nolint:gosec // it hides nothing
	return fmt.Sprintf("lat=%.7f&lng=%.7f", step(p.lat), step(p.lng))
}

// question is what is asked at a point, and what Postgres is asked then.
type question struct {
	statements []string
	path       func(nth int, point string) string // point is of a query
}

var near = question{[]string{"VendorsNear"}, func(_ int, point string) string { return "/api/v1/vendors?limit=20&" + point }}

var byETA = question{[]string{"LateKitchens", "PlacesTaken", "VendorsNear"}, func(_ int, point string) string {
	return "/api/v1/vendors?limit=20&sort=eta&" + point
}}

// typed is what people search for, wrongly spelt words among it.
var typed = []string{"biryani", "chiken tikka", "pizza", "momo", "paneer", "spice", "royal kitchn", "noodles"}

var search = question{[]string{"SearchTerms", "Search", "DishesFound"}, func(nth int, point string) string {
	return "/api/v1/search?limit=20&q=" + url.QueryEscape(typed[nth%len(typed)]) + "&" + point
}}

// uncached asks about points that nobody has asked for.
func uncached(ctx context.Context, p *Place, of vendors, ask question) (zoop, limit Side, err error) {
	db, err := p.Kept(ctx, of)
	if err != nil {
		return nil, nil, err
	}
	address, err := p.Serve(ctx, db)
	if err != nil {
		return nil, nil, err
	}
	where := make([]place, places)
	for i := range where {
		where[i] = anywhere()
	}
	asked, err := db.Statements(ctx, ask.statements, func() error {
		for i, at := range where {
			if _, err := get(ctx, address, ask.path(i, at.nearby())); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	if asked.count < places {
		return nil, nil, fmt.Errorf("the log does not show a statement for each point:\n%s", asked.script)
	}
	all, err := db.Pgbench(asked, askers)
	limit = func(ctx context.Context, d time.Duration) (Sample, error) {
		sample, err := all(ctx, d)
		sample.Value *= places
		return sample, err
	}
	zoop = func(ctx context.Context, d time.Duration) (Sample, error) {
		requests := make([]Request, 20_000)
		for i := range requests {
			requests[i].Path = ask.path(i, where[i%places].nearby())
		}
		return p.over(ctx, Load{Address: address, Connections: askers, For: d, Requests: requests})
	}
	return zoop, limit, err
}
