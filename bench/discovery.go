package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/postgres"
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
		if err := cover(ctx, db); err != nil {
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
}

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
	if err != nil {
		return err
	}
	return db.Exec(ctx, "VACUUM ANALYZE")
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

// nearPoints are how many places both sides ask about: few, because each is a statement that every connection of pgbench
// has planned once.
const nearPoints = 8

// place is a point of the square.
type place struct{ lat, lng float64 }

func anywhere() place {
	somewhere := func(from float64) float64 { return from + float64(rand.IntN(wide))/1e6 } //nolint:gosec // it hides nothing
	return place{somewhere(south), somewhere(west)}
}

// nearby gives a point within some metres, to the seventh place, which is not 0: nobody has asked for it, and no other parameter
// looks like it.
func (p place) nearby() (lat, lng string) {
	step := func(from float64) string {
		return fmt.Sprintf("%.6f%d", from+float64(rand.IntN(100))/1e6, 1+rand.IntN(9)) //nolint:gosec // it hides nothing
	}
	return step(p.lat), step(p.lng)
}

// near asks for the first page near points that nobody has asked for.
func near(ctx context.Context, p *Place, db *Database) (zoop, limit Side, err error) {
	address, err := p.Serve(ctx, db)
	if err != nil {
		return nil, nil, err
	}
	path := func(lat, lng string) string { return "/api/v1/vendors?limit=20&lat=" + lat + "&lng=" + lng }
	// The cells around a point come with it, so pgbench gets whole statements, for some points in turn.
	vars, sets := map[string]string{}, ""
	var paths []string
	places := make([]place, nearPoints)
	for i := range places {
		places[i] = anywhere()
		lat, lng := places[i].nearby()
		vars[lat], vars[lng] = fmt.Sprint("lat", i), fmt.Sprint("lng", i)
		sets += fmt.Sprintf("\\set lat%d %s\n\\set lng%d %s\n", i, lat, i, lng)
		paths = append(paths, path(lat, lng))
	}
	script, err := db.Statements(ctx, vars, func() error {
		for _, path := range paths {
			if _, err := get(ctx, address, path); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	if last := nearPoints - 1; !strings.Contains(script, fmt.Sprint(":lat", last)) || strings.Count(script, ";\n") < nearPoints {
		return nil, nil, fmt.Errorf("the log does not show a statement for each point:\n%s", script)
	}
	all, err := db.Pgbench(sets+script, nearClients)
	limit = func(ctx context.Context, d time.Duration) (Sample, error) {
		sample, err := all(ctx, d)
		sample.Value *= nearPoints
		return sample, err
	}
	zoop = func(ctx context.Context, d time.Duration) (Sample, error) {
		requests := make([]Request, 20_000)
		for i := range requests {
			requests[i].Path = path(places[i%nearPoints].nearby())
		}
		return p.over(ctx, Load{Address: address, Connections: nearClients, For: d, Requests: requests})
	}
	return zoop, limit, err
}
