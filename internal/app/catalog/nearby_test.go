package catalog_test

import (
	"cmp"
	"context"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/catalog"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/delivery/eta"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/id"
)

// place writes an approved vendor that is always open, straight into the table.
func (b *bundle) place(p domain.Point, radius int, rating float64, cost int64, prep int) domain.ID {
	b.t.Helper()
	vendorID := domain.ID(id.New())
	b.exec(`INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, lat, lng, radius_m, rating_average,
			cost_for_two, prep_minutes, status, open_minutes)
		VALUES ($1, 'Chai 100%', '{Tea,"Fast Food"}', 'A', 'C', 'IN', 'Asia/Kolkata', 'INR', $2, $3, $4, $5, $6, $7, 'approved', '{[0,10080)}')`,
		vendorID, p.Lat, p.Lng, radius, rating, cost, prep)
	b.cover()
	return vendorID
}

// cover gives vendors that were written straight into the table their cells.
func (b *bundle) cover() {
	b.t.Helper()
	for more := true; more; {
		var err error
		more, err = b.db.CoverZones(b.ctx)
		require.NoError(b.t, err)
	}
}

// toward is the point so many metres from p on a bearing in degrees, on the sphere.
func toward(p domain.Point, meters, bearing float64) domain.Point {
	rad := math.Pi / 180
	d, br, lat := meters/6371008.8, bearing*rad, p.Lat*rad
	lat2 := math.Asin(math.Sin(lat)*math.Cos(d) + math.Cos(lat)*math.Sin(d)*math.Cos(br))
	lng2 := p.Lng*rad + math.Atan2(math.Sin(br)*math.Sin(d)*math.Cos(lat), math.Cos(d)-math.Sin(lat)*math.Sin(lat2))
	return domain.Point{Lat: lat2 / rad, Lng: math.Mod(lng2/rad+540, 360) - 180}
}

func TestOnlyVendorsWhoseZoneHoldsThePoint(t *testing.T) {
	b := setup(t)
	for _, at := range []domain.Point{delhi, {Lat: -36.85, Lng: 174.76}, {Lat: 0.0001, Lng: -60}, {Lat: 69.65, Lng: 18.96}, {Lat: -16.5, Lng: 179.99}, {Lat: 51.9, Lng: -179.98}} {
		for _, radius := range []int{100, 5000, 30000} {
			vendorID := b.place(at, radius, 0, 0, 20)
			for bearing := 0.0; bearing < 360; bearing += 15 {
				// Half a metre inside and outside: the circle counts, not the rectangle around it.
				in := b.near(catalog.Query{Point: toward(at, float64(radius)-.5, bearing)})
				require.Contains(t, in.IDs, vendorID, "%v: %d m, inside at %v°", at, radius, bearing)
				out := b.near(catalog.Query{Point: toward(at, float64(radius)+.5, bearing)})
				require.NotContains(t, out.IDs, vendorID, "%v: %d m, outside at %v°", at, radius, bearing)
			}
			b.exec("DELETE FROM vendors WHERE id = $1", vendorID)
			b.Cache().Clear()
		}
	}
}

func TestFilters(t *testing.T) {
	b := setup(t)
	cheap, dear := b.place(delhi, 5000, 0, 10000, 20), b.place(delhi, 5000, 0, 90000, 20)
	b.exec("UPDATE vendors SET name = 'Älter Hof', cuisines = '{German}', open_minutes = '{[0,60)}' WHERE id = $1", dear)
	b.exec("UPDATE vendors SET status = 'pending' WHERE id = $1", b.place(delhi, 5000, 0, 10000, 20))
	owner := b.account()
	b.exec("INSERT INTO vendor_members (vendor_id, user_id) VALUES ($1, $2)", dear, owner.ID)
	c := b.category(owner, dear, "Mains")
	meat := dishOf(c.ID, "Schnitzel", 100)
	*meat.Diet = "nonveg"
	_, err := b.AddDish(b.ctx, owner, dear, meat)
	require.NoError(t, err)
	b.exec("INSERT INTO vendor_members (vendor_id, user_id) VALUES ($1, $2)", cheap, owner.ID)
	_, err = b.AddDish(b.ctx, owner, cheap, dishOf(b.category(owner, cheap, "Mains").ID, "Chai", 100))
	require.NoError(t, err)
	most := int64(50000)
	for name, tt := range map[string]struct {
		q    catalog.Query
		want []domain.ID
	}{
		"all":                  {catalog.Query{}, []domain.ID{cheap, dear}},
		"part of a name":       {catalog.Query{Text: "hof"}, []domain.ID{dear}},
		"part of a cuisine":    {catalog.Query{Text: "fast f"}, []domain.ID{cheap}},
		"a percent is itself":  {catalog.Query{Text: "0%"}, []domain.ID{cheap}},
		"no wildcards":         {catalog.Query{Text: "C_ai"}, nil},
		"cuisine in any case":  {catalog.Query{Cuisines: []string{"fast FOOD"}}, []domain.ID{cheap}},
		"cuisine is whole":     {catalog.Query{Cuisines: []string{"fast"}}, nil},
		"any of several":       {catalog.Query{Cuisines: []string{"german", "Tea", "TEA"}}, []domain.ID{cheap, dear}},
		"most for two":         {catalog.Query{MaxCost: &most}, []domain.ID{cheap}},
		"no meat":              {catalog.Query{Veg: true}, []domain.ID{cheap}},
		"open on Monday noon":  {catalog.Query{OpenNow: true}, []domain.ID{cheap}},
		"on the other side":    {catalog.Query{Point: domain.Point{Lat: -28, Lng: -100}}, nil},
		"just inside":          {catalog.Query{Point: toward(delhi, 4999, 30)}, []domain.ID{cheap, dear}},
		"just outside":         {catalog.Query{Point: toward(delhi, 5001, 30)}, nil},
		"all of it at once":    {catalog.Query{Text: "chai", Cuisines: []string{"tea", "no such"}, MaxCost: &most, Veg: true, OpenNow: true}, []domain.ID{cheap}},
		"without the accents":  {catalog.Query{Text: "alter"}, []domain.ID{dear}},
		"with others":          {catalog.Query{Text: "fást"}, []domain.ID{cheap}},
		"quotes and backslash": {catalog.Query{Text: `'\`}, nil},
	} {
		if tt.q.Point == (domain.Point{}) {
			tt.q.Point = delhi
		}
		list := b.near(tt.q)
		require.ElementsMatch(t, tt.want, list.IDs, name)
		if tt.q.Cuisines == nil {
			b.requireFacets(tt.q, list, name)
		}
	}
	_, err = b.Near(b.ctx, catalog.Query{Point: delhi, Limit: 1, Text: "a\x00"}, encodeNear)
	requireKind(t, domain.Invalid, err)
}

func TestVegetarianIsWhoHasDishesAndNoneWithEgg(t *testing.T) {
	b := setup(t)
	v, owner := b.house("Green House", delhi, []string{"Thali"})
	veg := func() []domain.ID { return b.near(catalog.Query{Point: delhi, Veg: true}).IDs }
	require.Empty(t, veg(), "it has no dish")
	c := b.category(owner, v.ID, "More")
	_, err := b.AddDish(b.ctx, owner, v.ID, dishOf(c.ID, "Thali", 100))
	require.NoError(t, err)
	require.Equal(t, []domain.ID{v.ID}, veg())
	omelette := dishOf(c.ID, "Omelette", 100)
	*omelette.Diet = "egg"
	_, err = b.AddDish(b.ctx, owner, v.ID, omelette)
	require.NoError(t, err)
	require.Empty(t, veg())
}

// requireFacets holds the facets of a query against its list.
func (b *bundle) requireFacets(q catalog.Query, list nearSeen, name string) {
	b.t.Helper()
	want := map[string]int{}
	for _, vendorID := range list.IDs {
		for _, c := range b.page(vendorID).Cuisines {
			want[c]++
		}
	}
	got := map[string]int{}
	q.Cuisines, q.Sort = []string{"do not count"}, "cost"
	page, err := b.Cuisines(b.ctx, q, encode[[]catalog.Cuisine])
	require.NoError(b.t, err)
	last := math.MaxInt
	for _, c := range decode[[]catalog.Cuisine](b.t, page) {
		require.LessOrEqual(b.t, c.Vendors, last, name)
		got[c.Name], last = c.Vendors, c.Vendors
	}
	require.Equal(b.t, want, got, name)
}

func TestFacetsCountSpellingsTogether(t *testing.T) {
	b := setup(t)
	for _, spelling := range []string{"{Fast Food,Tea}", "{fast food,Café}", "{Fast Food,Cafe}", "{Café}"} {
		b.exec("UPDATE vendors SET cuisines = $2 WHERE id = $1", b.place(delhi, 5000, 0, 0, 20), spelling)
	}
	page, err := b.Cuisines(b.ctx, catalog.Query{Point: delhi}, encode[[]catalog.Cuisine])
	require.NoError(t, err)
	require.Equal(t, []catalog.Cuisine{{Name: "Café", Vendors: 3}, {Name: "Fast Food", Vendors: 3}, {Name: "Tea", Vendors: 1}}, decode[[]catalog.Cuisine](t, page))
	require.Len(t, b.near(catalog.Query{Point: delhi, Cuisines: []string{"CAFE"}}).IDs, 3, "as the filter does")
}

func TestPagesNeitherRepeatNorSkip(t *testing.T) {
	b := setup(t)
	var all []domain.ID
	for i := range 60 { // many equal keys
		all = append(all, b.place(toward(delhi, float64(i%7)*100, 90), 5000, float64(i%3), int64(i%4), 10+i%5))
	}
	for _, sort := range []string{"distance", "rating", "eta", "cost"} {
		q := catalog.Query{Point: delhi, Sort: sort, Limit: 7}
		var seen []domain.ID
		for pages := 0; ; pages++ {
			require.Less(t, pages, 20)
			page := b.near(q)
			seen = append(seen, page.IDs...)
			if page.Next == "" {
				break
			}
			// What changes meanwhile and is not about the order of these does not disturb.
			b.exec("UPDATE vendors SET version = version + 1, name = name || '!' WHERE id = $1", all[pages])
			b.Cache().Invalidate(all[pages], 100+pages)
			q.Cursor = page.Next
		}
		require.Len(t, seen, len(all), sort)
		require.ElementsMatch(t, all, seen, sort)
	}
	first := b.near(catalog.Query{Point: delhi, Sort: "cost", Limit: 5})
	for _, stranger := range []catalog.Query{{Point: delhi, Sort: "eta", Cursor: first.Next}, {Point: delhi, Cursor: "!"}, {Point: delhi, Cursor: "AAAA"}} {
		stranger.Limit = 5
		_, err := b.Near(b.ctx, stranger, encodeNear)
		requireKind(t, domain.Invalid, err)
	}
}

// kolkataHour is the hour of the vendors' wall clock.
func kolkataHour(t *testing.T, now time.Time) int {
	t.Helper()
	place, err := time.LoadLocation("Asia/Kolkata")
	require.NoError(t, err)
	return now.In(place).Hour()
}

func TestSorts(t *testing.T) {
	b := setup(t)
	close, far := b.place(delhi, 9000, 3.1, 50000, 60), b.place(toward(delhi, 3000, 10), 9000, 4.9, 20000, 10)
	for sort, want := range map[string][]domain.ID{"": {close, far}, "distance": {close, far}, "rating": {far, close}, "eta": {far, close}, "cost": {far, close}} {
		require.Equal(t, want, b.near(catalog.Query{Point: delhi, Sort: sort}).IDs, sort)
	}
	page, err := b.Near(b.ctx, catalog.Query{Point: delhi, Limit: 9}, func(list []catalog.NearView, _ string) ([]byte, error) { return encode(list) })
	require.NoError(t, err)
	v := decode[[]catalog.NearView](t, page)[1]
	require.Equal(t, 3000, v.Meters)
	require.Equal(t, 10+6+int(eta.Ride(3000, kolkataHour(t, b.now())).Minutes()), v.ETAMinutes)
	require.Equal(t, domain.Money{Amount: 3300, Currency: "INR"}, v.Fee)
	require.True(t, v.Clock.Open)
}

// A list says what a cart will be asked for: by the tariff of the vendor's city.
func TestAListHasTheFeeOfTheCitysTariff(t *testing.T) {
	b := setup(t)
	b.place(delhi, 5000, 0, 0, 20)
	b.exec(`INSERT INTO delivery_tariffs (id, currency, city, bands) VALUES
		('00000000-0000-7000-8000-000000000001', 'INR', '', '[{"from":0,"fee":1000,"perKm":0}]'),
		('00000000-0000-7000-8000-000000000002', 'INR', 'c', '[{"from":0,"fee":4200,"perKm":0}]')`)
	page, err := b.Near(b.ctx, catalog.Query{Point: delhi, Limit: 9}, func(list []catalog.NearView, _ string) ([]byte, error) { return encode(list) })
	require.NoError(t, err)
	require.Equal(t, domain.Money{Amount: 4200, Currency: "INR"}, decode[[]catalog.NearView](t, page)[0].Fee)
}

func TestACostThatNobodyHasToldIsNotTheLowest(t *testing.T) {
	b := setup(t)
	unknown, owner := b.vendor()
	known := b.place(delhi, 5000, 0, 50000, 20)
	require.Equal(t, []domain.ID{known, unknown.ID}, b.near(catalog.Query{Point: delhi, Sort: "cost"}).IDs)
	most := int64(100000)
	require.Equal(t, []domain.ID{known}, b.near(catalog.Query{Point: delhi, MaxCost: &most}).IDs)

	cost, level := inr(40000), 2
	v, err := b.Edit(b.ctx, owner, unknown.ID, 0, catalog.Edit{CostForTwo: &cost, PriceLevel: &level})
	require.NoError(t, err)
	require.Equal(t, cost, v.CostForTwo)
	require.Equal(t, 2, v.PriceLevel)
	require.Equal(t, []domain.ID{unknown.ID, known}, b.near(catalog.Query{Point: delhi, Sort: "cost", MaxCost: &most}).IDs)
	abroad := domain.Money{Amount: 1, Currency: "EUR"}
	_, err = b.Edit(b.ctx, owner, unknown.ID, 0, catalog.Edit{CostForTwo: &abroad})
	requireField(t, "costForTwo.currency", err)

	asked := request()
	asked.CostForTwo, asked.PriceLevel = &cost, 3
	v, err = b.Open(b.ctx, owner, asked)
	require.NoError(t, err)
	require.Equal(t, cost, v.CostForTwo)
	require.Equal(t, 3, v.PriceLevel)
}

func TestAnETAWaitsForThePlaceOfAKitchen(t *testing.T) {
	b := setup(t)
	v, _ := b.vendor()
	b.exec("UPDATE vendors SET slot_capacity = 1 WHERE id = $1", v.ID)
	ready := b.now().Add(20 * time.Minute)
	eta := func() (minutes int) {
		b.Cache().Clear()
		page, err := b.Near(b.ctx, catalog.Query{Point: delhi, Limit: 9}, func(list []catalog.NearView, _ string) ([]byte, error) { return encode(list) })
		require.NoError(t, err)
		found, err := b.Search(b.ctx, catalog.Search{Point: delhi, Limit: 9, Text: "dosa"}, func(list []catalog.HitView, _ string) ([]byte, error) { return encode(list) })
		require.NoError(t, err)
		seen := decode[[]catalog.NearView](t, page)[0].ETAMinutes
		require.Equal(t, seen, decode[[]catalog.HitView](t, found)[0].Vendor.ETAMinutes)
		return seen
	}
	require.Equal(t, 26, eta())
	take := func(since, quarters int) {
		b.exec(`INSERT INTO vendor_slots (vendor_id, starts_at, taken)
			SELECT $1, $2::timestamptz + n * interval '15 minutes', 1 FROM generate_series($3::int, $4::int) AS n`, v.ID, vendor.QuarterOf(ready).Begins(), since, quarters)
	}
	take(0, 1)
	next := (vendor.QuarterOf(ready) + 2).Begins()
	require.Equal(t, 6+int(math.Ceil(next.Sub(b.now()).Minutes())), eta(), "the next quarter but one")
	take(2, 12)
	require.Zero(t, eta(), "full")
}

// A list by eta is in the order of the minutes that it tells: of those that take orders, then of full kitchens, which have none, then
// of closed vendors. Kitchens that wait for a place stay where they are while pages are turned, though their minutes run down.
func TestAListByETAIsInTheOrderOfItsMinutes(t *testing.T) {
	b := setup(t)
	const open, full, closed = 0, 1, 2
	ranks := map[domain.ID]int{}
	take := func(vendorID domain.ID, prep, from, until int) {
		ready := b.now().Add(time.Duration(prep) * time.Minute)
		b.exec(`INSERT INTO vendor_slots (vendor_id, starts_at, taken)
			SELECT $1, $2::timestamptz + n * interval '15 minutes', 1 FROM generate_series($3::int, $4::int) AS n`,
			vendorID, vendor.QuarterOf(ready).Begins(), from, until)
	}
	for i := range 70 {
		prep := 10 + i%9*7
		at := b.place(toward(delhi, float64(i*37%40)*100, float64(i*31%360)), 9000, 0, 0, prep)
		if i%2 == 0 && i%7 != 5 { // something is known of it
			b.exec(`INSERT INTO kitchens (vendor_id, cooking, margin, usual, load, answer)
				SELECT $1, array_agg(1 + ($2 + h * 5) % 90 ORDER BY h), array_agg(($2 + h) % 9 ORDER BY h), array_agg(3 ORDER BY h), '{70,90,100,110,120,130}', $2 % 4
				FROM generate_series(0, 23) h`, at, i)
		}
		switch i % 7 {
		case 0:
			b.exec("UPDATE vendors SET open_minutes = '{[0,60)}' WHERE id = $1", at)
			ranks[at] = closed
		case 1:
			b.exec("UPDATE vendors SET paused_until = $2, slot_capacity = 1 WHERE id = $1", at, b.now().Add(time.Hour))
			take(at, prep, 0, i%4)
			ranks[at] = closed
		case 2:
			b.exec("UPDATE vendors SET busy_minutes = 45, busy_until = $2 WHERE id = $1", at, b.now().Add(time.Hour))
		case 3: // late
			b.exec("UPDATE vendors SET slot_capacity = 1 WHERE id = $1", at)
			take(at, prep, 0, i%6)
		case 4: // a place now, none later
			b.exec("UPDATE vendors SET slot_capacity = 1 WHERE id = $1", at)
			take(at, prep, 1, 3)
		case 5:
			b.exec("UPDATE vendors SET slot_capacity = 1 WHERE id = $1", at)
			take(at, prep, 0, 12)
			ranks[at] = full
		}
	}
	type seen struct {
		ID      domain.ID
		Minutes int
		Open    bool
	}
	pages := func(turn func()) (list []seen) {
		q := catalog.Query{Point: delhi, Sort: "eta", Limit: 4}
		for range 20 {
			page, err := b.Near(b.ctx, q, func(views []catalog.NearView, next string) ([]byte, error) {
				for _, v := range views {
					list = append(list, seen{v.ID, v.ETAMinutes, v.Clock.Open})
				}
				q.Cursor = next
				return []byte("{}"), nil
			})
			require.NoError(t, err)
			require.NotEmpty(t, page.Body)
			if q.Cursor == "" {
				return list
			}
			turn()
		}
		t.Fatal("no last page")
		return nil
	}
	list := pages(func() {})
	require.Len(t, list, 70)
	require.True(t, slices.IsSortedFunc(list, func(x, y seen) int {
		return cmp.Or(cmp.Compare(ranks[x.ID], ranks[y.ID]), cmp.Compare(x.Minutes, y.Minutes))
	}), "%v", list)
	for _, v := range list {
		require.Equal(t, ranks[v.ID] == full, v.Minutes == 0)
		require.Equal(t, ranks[v.ID] != closed, v.Open)
	}
	b.Cache().Clear()
	ids := func(list []seen) (ids []domain.ID) {
		for _, v := range list {
			ids = append(ids, v.ID)
		}
		return ids
	}
	require.Equal(t, ids(list), ids(pages(func() { b.pass(time.Minute) })), "while 17 minutes pass")
}

func TestACursorByETAHoldsForHalfAnHour(t *testing.T) {
	b := setup(t)
	for range 3 {
		b.place(delhi, 5000, 0, 0, 20)
	}
	q := catalog.Query{Point: delhi, Sort: "eta", Limit: 1}
	q.Cursor = b.near(q).Next
	b.pass(30 * time.Minute)
	require.Len(t, b.near(q).IDs, 1)
	b.pass(time.Second)
	_, err := b.Near(b.ctx, q, encodeNear)
	requireField(t, "cursor", err)
	b.pass(-2 * time.Hour)
	require.Len(t, b.near(q).IDs, 1, "of a process whose clock is ahead")
}

func TestListsLearnOfChanges(t *testing.T) {
	b := setup(t)
	v, owner := b.vendor()
	q := catalog.Query{Point: delhi, OpenNow: true}
	require.Equal(t, []domain.ID{v.ID}, b.near(q).IDs)
	_, err := b.Pause(b.ctx, owner, v.ID, 0, 10, "rush")
	require.NoError(t, err)
	require.Empty(t, b.near(q).IDs)
	b.pass(10 * time.Minute)
	require.Equal(t, []domain.ID{v.ID}, b.near(q).IDs, "the pause has ended by itself")
	_, err = b.Suspend(b.ctx, admin, v.ID, 0, "hygiene")
	require.NoError(t, err)
	require.Empty(t, b.near(catalog.Query{Point: delhi}).IDs)
	require.Empty(t, b.cities())
	_, err = b.Approve(b.ctx, admin, v.ID, 0)
	require.NoError(t, err)
	require.Equal(t, []string{"New Delhi"}, b.cities())
}

func (b *bundle) cities() (names []string) {
	b.t.Helper()
	page, err := b.Cities(b.ctx, 10, encode[[]catalog.City])
	require.NoError(b.t, err)
	for _, c := range decode[[]catalog.City](b.t, page) {
		names = append(names, c.Name)
	}
	slices.Sort(names)
	return names
}

// TestPagesHoldWhileDataChanges turns pages while vendors come, go, and change their places; those that do none of it are each
// seen once.
func TestPagesHoldWhileDataChanges(t *testing.T) {
	b := setup(t)
	var still, restless []domain.ID
	for i := range 40 {
		at := toward(delhi, float64(i%8)*150, float64(i*31%360))
		still = append(still, b.place(at, 9000, float64(i%4), int64(i%5)*1000, 10+i%6))
		restless = append(restless, b.place(at, 9000, float64(i%4), int64(i%5)*1000, 10+i%6))
	}
	ctx, stop := context.WithCancel(b.ctx)
	writes := make(chan struct{})
	done := make(chan error, 1)
	go func() {
		var err error
		for n := 0; ctx.Err() == nil && err == nil; n++ {
			sql := []string{
				"UPDATE vendors SET lat = lat + 0.004, rating_average = 5 - rating_average, cost_for_two = 9000 - cost_for_two, prep_minutes = 50 - prep_minutes WHERE id = $1",
				"UPDATE vendors SET lat = lat - 0.004 WHERE id = $1",
				"UPDATE vendors SET status = CASE status WHEN 'approved' THEN 'suspended' ELSE 'approved' END WHERE id = $1",
			}[n%3]
			_, err = b.db.Pool().Exec(b.ctx, sql, restless[n%len(restless)])
			select {
			case writes <- struct{}{}:
			case <-ctx.Done():
			}
		}
		done <- err
	}()
	b.Cache().Current(false) // every page comes from the database
	for _, sort := range []string{"distance", "rating", "eta", "cost"} {
		q := catalog.Query{Point: delhi, Sort: sort, Limit: 3}
		seen := map[domain.ID]int{}
		for pages := 0; ; pages++ {
			require.Less(t, pages, 100)
			page := b.near(q)
			for _, vendorID := range page.IDs {
				seen[vendorID]++
			}
			if page.Next == "" {
				break
			}
			<-writes // at least one change between any two pages
			q.Cursor = page.Next
		}
		for _, vendorID := range still {
			require.Equal(t, 1, seen[vendorID], sort)
		}
	}
	stop()
	require.NoError(t, <-done)
}
