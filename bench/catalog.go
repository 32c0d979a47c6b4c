package main

import (
	"context"
	"fmt"
	"time"
)

// vendorID is the vendor whose menu is read.
const vendorID = "0198c0de-0000-7000-8000-000000000001"

const menuPath = "/api/v1/vendors/" + vendorID + "/menu"

// busyVendor has a menu of 100 dishes in 10 categories, about 50 kB, among 100 vendors. No two dishes are described in the same
// words: else the menu, compressed, would just fit net/http's buffer of 4 kB with the limit's few headers and just not with zoop's, and
// what is compared would be one write against two.
var busyVendor = []string{
	`INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, lat, lng, open_minutes, status)
	 SELECT CASE i WHEN 0 THEN '` + vendorID + `' ELSE gen_random_uuid() END, 'Casa Lima ' || i, '{Thali}', '1 Janpath', 'New Delhi', 'IN',
		'Asia/Kolkata', 'INR', 28.61 + i * 0.0001, 77.21, '{[0,10080)}', 'approved'
	 FROM generate_series(0, 99) i`,
	`INSERT INTO categories (id, vendor_id, name, position)
	 SELECT gen_random_uuid(), '` + vendorID + `', 'Category ' || i, i FROM generate_series(1, 10) i`,
	`INSERT INTO dishes (id, vendor_id, category_id, name, description, price, diet, position)
	 SELECT gen_random_uuid(), c.vendor_id, c.id, 'Dish ' || i, concat_ws(' ',
			(ARRAY['Slowly', 'Gently', 'Twice', 'Freshly', 'Lightly'])[1 + n % 5],
			(ARRAY['cooked', 'roasted', 'steamed', 'grilled', 'baked', 'fried', 'smoked'])[1 + n % 7], 'with',
			(ARRAY['ginger', 'garlic', 'cumin', 'cardamom', 'fennel', 'mustard', 'saffron', 'mint', 'cloves'])[1 + n % 9], 'and',
			(ARRAY['rice', 'bread', 'lentils', 'potatoes', 'yoghurt', 'spinach', 'peas', 'onions', 'cashews'])[1 + n / 9 % 9]),
		9900 + i * 500, 'veg', i
	 FROM categories c, generate_series(1, 10) i, LATERAL (SELECT c.position * 10 + i AS n) AS nth`,
}

const (
	fromMemory = "the same bytes from memory through gorilla/mux"
	listPath   = "/api/v1/vendors?lat=28.61&lng=77.21&limit=100"
)

var menuCached = Goal{
	Name: "menu-cached", Work: "a cached menu of 100 dishes, 64 connections", Against: fromMemory, Unit: "requests/s", Bar: 0.70, Aim: 0.90,
	Prepare: func(ctx context.Context, p *Place) (zoop, limit Side, err error) {
		return cachedPage(ctx, p, "/api/v1/vendors/{id}/menu", menuPath, "")
	},
}

var menuCachedGzip = Goal{
	Name: "menu-cached-gzip", Work: "the same for clients that take gzip", Against: fromMemory, Unit: "requests/s", Bar: 0.70, Aim: 0.90,
	Prepare: func(ctx context.Context, p *Place) (zoop, limit Side, err error) {
		return cachedPage(ctx, p, "/api/v1/vendors/{id}/menu", menuPath, "gzip")
	},
}

var listCached = Goal{
	Name: "list-cached", Work: "a cached list of 100 vendors, 64 connections", Against: fromMemory, Unit: "requests/s", Bar: 0.70, Aim: 0.90,
	Prepare: func(ctx context.Context, p *Place) (zoop, limit Side, err error) {
		return cachedPage(ctx, p, "/api/v1/vendors", listPath, "")
	},
}

// cachedPage compares a page of zoop's with the same bytes from memory. Coding is what the client takes; "": nothing special.
func cachedPage(ctx context.Context, p *Place, route, path, coding string) (zoop, limit Side, err error) {
	_, ours, err := p.serveBusyVendor(ctx)
	if err != nil {
		return nil, nil, err
	}
	header := map[string]string{"Content-Type": "application/json"}
	request := Request{Path: path}
	body, err := get(ctx, ours, path, "Accept-Encoding", coding)
	if err != nil {
		return nil, nil, err
	}
	if coding != "" {
		header["Content-Encoding"] = coding
		request.Header = "Accept-Encoding: " + coding + "\r\n"
	}
	theirs, err := p.Bare(ctx, Bare{Route: route, Header: header, Body: body})
	if err != nil {
		return nil, nil, err
	}
	from := func(address string) Side {
		return func(ctx context.Context, d time.Duration) (Sample, error) {
			return p.over(ctx, Load{Address: address, Connections: 64, For: d, Requests: []Request{request}})
		}
	}
	return from(ours), from(theirs), nil
}

func (p *Place) serveBusyVendor(ctx context.Context) (db *Database, address string, err error) {
	if db, err = p.Database(ctx, "busy"); err != nil {
		return nil, "", err
	}
	if err := db.Exec(ctx, busyVendor...); err != nil {
		return nil, "", err
	}
	address, err = p.Serve(ctx, db)
	return db, address, err
}

// owner gives a token of the vendor's owner.
func (p *Place) owner(ctx context.Context, db *Database) (token string, err error) {
	if token, err = p.Token(ctx, db, "vendor", "owner@example.com"); err != nil {
		return "", err
	}
	return token, db.Exec(ctx, `INSERT INTO vendor_members (vendor_id, user_id, role)
		SELECT '`+vendorID+`', id, 'owner' FROM users WHERE email = 'owner@example.com'`)
}

var menuStampede = Goal{
	Name: "menu-stampede", Work: "a menu, read by 500 at once right after a change", Against: "the same without a change", Unit: "ms p99",
	Bar: 5, Aim: 3, AtMost: true,
	Prepare: func(ctx context.Context, p *Place) (zoop, limit Side, err error) { return stampede(ctx, p, menuPath) },
}

var listStampede = Goal{
	Name: "list-stampede", Work: "a list of 100 vendors, read by 500 at once right after a change", Against: "the same without a change",
	Unit: "ms p99", Bar: 5, Aim: 3, AtMost: true,
	Prepare: func(ctx context.Context, p *Place) (zoop, limit Side, err error) { return stampede(ctx, p, listPath) },
}

// stampede compares 500 readers at the same moment, after a change of the vendor and without one.
func stampede(ctx context.Context, p *Place, path string) (zoop, limit Side, err error) {
	db, address, err := p.serveBusyVendor(ctx)
	if err != nil {
		return nil, nil, err
	}
	owner, err := p.owner(ctx, db)
	if err != nil {
		return nil, nil, err
	}
	changes := make([]Request, 100)
	for i := range changes {
		changes[i] = Request{Method: "PATCH", Path: "/api/v1/vendors/" + vendorID, Token: owner, Body: fmt.Sprintf(`{"prepMinutes":%d}`, 10+i%50)}
	}
	after := func(before []Request) Side {
		return func(ctx context.Context, d time.Duration) (Sample, error) {
			s, err := p.over(ctx, Load{Address: address, Connections: 500, For: d, Requests: []Request{{Path: path}}, Burst: true, Before: before})
			s.Value = s.P99.Seconds() * 1000
			return s, err
		}
	}
	return after(changes), after(nil), nil
}
