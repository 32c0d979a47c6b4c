package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"time"
)

var nearMany = Goal{
	Name: "near-200000", Work: "vendors near a point, uncached, of 200,000", Against: "pgbench running the same SQL",
	Unit: "requests/s", Bar: 0.50, Aim: 0.70,
	Prepare: func(ctx context.Context, p *Place) (zoop, limit Side, err error) {
		db, err := p.Database(ctx, "many")
		if err != nil {
			return nil, nil, err
		}
		if err := db.Exec(ctx, crowd...); err != nil {
			return nil, nil, err
		}
		return near(ctx, p, db)
	},
}

// crowd is 200,000 vendors, spread over India as they are in life: most of them in a few towns.
var crowd = []string{
	"SELECT setseed(0.5)",
	`INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, lat, lng, rating_average, cost_for_two, status, open_minutes)
	 SELECT gen_random_uuid(), 'Vendor ' || i, ARRAY['North Indian', 'Chinese'], 'A', 'City ' || i % 200, 'IN', 'Asia/Kolkata', 'INR',
		28.6139 + (i % 200) * 0.05 * (i % 3 - 1) + (random() - 0.5) * 0.3, 77.2090 + (i % 200) * 0.04 * (i % 5 - 2) + (random() - 0.5) * 0.3,
		random() * 5, 10000 + i % 1000 * 100, 'approved', '{[600,1380),[2040,2820),[3480,4260),[4920,5700),[6360,7140),[7800,8580),[9240,10020)}'
	 FROM generate_series(1, 200000) i`,
	"VACUUM ANALYZE",
}

// realFile names the export of real vendors, which is nobody's to publish and lies beside the repository where it is at all.
const realFile = "../shared/data/vendors/zomato.csv"

var nearReal = Goal{
	Name: "near-real", Work: "vendors near a point, uncached, of 9,551 real ones with menus", Against: "pgbench running the same SQL",
	Unit: "requests/s", Bar: 0.50, Aim: 0.70,
	Prepare: func(ctx context.Context, p *Place) (zoop, limit Side, err error) {
		file := os.Getenv("ZOOP_BENCH_VENDORS")
		if file == "" {
			file = realFile
		}
		if _, err := os.Stat(file); err != nil {
			return nil, nil, skip("the export of real vendors is not here: set ZOOP_BENCH_VENDORS to one")
		}
		db, err := p.Database(ctx, "real")
		if err != nil {
			return nil, nil, err
		}
		if _, err := p.Run(ctx, db, "seed", "vendors", "--from", file); err != nil {
			return nil, nil, err
		}
		if err := db.Exec(ctx, "VACUUM ANALYZE"); err != nil {
			return nil, nil, err
		}
		return near(ctx, p, db)
	},
}

// The square in and around Delhi in which people are hungry: 0.2° of both, from here.
const (
	south, west = 28.5, 77.1
	wide        = 200_000 // millionths of a degree
)

// nearClients are as many as keep both sides' Postgres busy.
const nearClients = 8

// near asks for the first page near points that nobody has asked for.
func near(ctx context.Context, p *Place, db *Database) (zoop, limit Side, err error) {
	address, err := p.Serve(ctx, db)
	if err != nil {
		return nil, nil, err
	}
	path := func(lat, lng string) string { return "/api/v1/vendors?limit=20&lat=" + lat + "&lng=" + lng }
	const lat, lng = "28.6123451", "77.2012345" // no other parameter looks like them
	script, err := db.Statements(ctx, map[string]string{lat: "lat", lng: "lng"}, func() error {
		_, err := get(ctx, address, path(lat, lng))
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	if !strings.Contains(script, ":lat") || !strings.Contains(script, ":lng") {
		return nil, nil, fmt.Errorf("the log does not show a statement with the point:\n%s", script)
	}
	limit, err = db.Pgbench(fmt.Sprintf("\\set lat %v + random(0, %d) / 1000000.0\n\\set lng %v + random(0, %d) / 1000000.0\n%s",
		south, wide, west, wide, script), nearClients)
	zoop = func(ctx context.Context, d time.Duration) (Sample, error) {
		requests := make([]Request, 20_000)
		for i := range requests {
			requests[i].Path = path(fmt.Sprintf("%.7f", south+rand.Float64()*wide/1e6), fmt.Sprintf("%.7f", west+rand.Float64()*wide/1e6)) //nolint:gosec // it hides nothing
		}
		return p.over(ctx, Load{Address: address, Connections: nearClients, For: d, Requests: requests})
	}
	return zoop, limit, err
}
