package postgres_test

import (
	"context"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// statement is the text of a generated query.
func statement(t *testing.T, file, name string) string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), filepath.Join("query", file), nil, 0)
	require.NoError(t, err)
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		if v := g.Specs[0].(*ast.ValueSpec); v.Names[0].Name == name {
			text, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
			require.NoError(t, err)
			return text
		}
	}
	t.Fatalf("%s has no statement %s", file, name)
	return ""
}

// plan is a node of a plan.
type plan struct {
	Kind     string `json:"Node Type"`
	Relation string `json:"Relation Name"`
	Index    string `json:"Index Name"`
	Filter   string
	Rows     float64 `json:"Actual Rows"` // these are known where a statement was made, too
	Removed  float64 `json:"Rows Removed by Filter"`
	Loops    float64 `json:"Actual Loops"`
	Plans    []plan
}

// walk visits a plan's nodes.
func (p plan) walk(visit func(plan)) {
	visit(p)
	for _, below := range p.Plans {
		below.walk(visit)
	}
}

// squares says whether a node looks through the whole of a list for each row of another one. The planner expects a row or two where
// thousands come, and thinks that cheap.
func (p plan) squares() bool { return p.Kind == "Nested Loop" && p.Plans[1].Kind == "CTE Scan" }

// country writes many vendors with dishes, a thousand a town, and what belongs to them.
func country(t testing.TB, db *postgres.DB, vendors, dishes int) {
	t.Helper()
	ctx := context.Background()
	exec := func(sql string, args ...any) {
		t.Helper()
		_, err := db.Pool().Exec(ctx, sql, args...)
		require.NoError(t, err)
	}
	// Entries are written below, in one go.
	exec("ALTER TABLE vendors DISABLE TRIGGER vendors_searchable")
	exec("ALTER TABLE dishes DISABLE TRIGGER dishes_searchable")
	exec(`INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, lat, lng, rating_average, cost_for_two, status, open_minutes)
		SELECT gen_random_uuid(), (ARRAY['Royal', 'Spice', 'Green', 'Old', 'Little', 'Golden'])[1 + i % 6] || ' '
			|| (ARRAY['Kitchen', 'House', 'Bhavan', 'Corner', 'Palace'])[1 + i % 5] || ' ' || i,
			ARRAY[(ARRAY['North Indian', 'Chinese', 'Pizza', 'Cafe'])[1 + i % 4]], 'A', 'City ' || i / 1000, 'IN', 'Asia/Kolkata', 'INR',
			8 + (i / 1000 % 20) + sin(i) * 0.15, 73 + i / 20000 + cos(i * 7) * 0.15, i % 50 / 10.0, 10000 + i % 1000 * 100, 'approved', '{[0,10080)}'
		FROM generate_series(0, $1::int - 1) AS i`, vendors)
	exec(`INSERT INTO categories (id, vendor_id, name) SELECT gen_random_uuid(), id, 'Mains' FROM vendors`)
	exec(`INSERT INTO dishes (id, vendor_id, category_id, name, price, diet)
		SELECT gen_random_uuid(), c.vendor_id, c.id, (ARRAY['Chicken', 'Paneer', 'Mutton', 'Veg', 'Egg', 'Fish', 'Prawn'])[1 + (n + hashtext(c.id::text) & 63) % 7] || ' '
			|| (ARRAY['Biryani', 'Tikka', 'Curry', 'Burger', 'Pizza', 'Noodles', 'Roll', 'Momo', 'Soup', 'Salad', 'Sandwich'])[1 + (n * 3 + hashtext(c.id::text) & 63) % 11],
			20000, 'veg'
		FROM categories AS c, generate_series(1, $1::int) AS n`, dishes)
	for more := true; more; {
		var err error
		more, err = db.CoverZones(ctx)
		require.NoError(t, err)
	}
	exec(`INSERT INTO kitchens (vendor_id, cooking, margin, usual, load)
		SELECT id, array_fill(20, ARRAY[24]), array_fill(5, ARRAY[24]), array_fill(3, ARRAY[24]), array_fill(100, ARRAY[6]) FROM vendors`)
	exec("ANALYZE vendors, categories, dishes, kitchens")
	exec("SELECT search_put_vendors(ARRAY(SELECT id FROM vendors))")
	exec("SELECT search_put_dishes(ARRAY(SELECT id FROM dishes))")
	exec("VACUUM ANALYZE vendors, dishes, search_entries, search_words")
}

// town is where a thousand of them are.
var town = domain.Point{Lat: 10.05, Lng: 73.05}

// TestSearchesUseIndexes looks at the plans of discovery and search among 10,000 vendors, both made for the values and for any.
func TestSearchesUseIndexes(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	db, err := postgres.Open(ctx, dbtest.URL(t), postgres.Options{StatementTimeout: time.Minute})
	require.NoError(t, err)
	t.Cleanup(db.Close)
	country(t, db, 10_000, 3)
	conn, err := db.Pool().Acquire(ctx)
	require.NoError(t, err)
	t.Cleanup(conn.Release)

	now := time.Date(2026, 3, 2, 6, 30, 0, 0, time.UTC)
	for _, tt := range []struct {
		file, name string
		params     any
		index      string // one that has to be used
	}{
		{"catalog.sql.go", "vendorsNear", query.VendorsNearParams{
			Lat: town.Lat, Lng: town.Lng, Cells: postgres.Around(town), AnyCuisine: []string{"pizza"}, Veg: true, OpenNow: true, Now: now, AsOf: now, Sort: "eta",
			Late: []byte("{}"), Most: 21, MinutesPerMeter: make([]float64, 24),
		}, "vendors_cells"},
		{"catalog.sql.go", "lateKitchens", query.LateKitchensParams{
			Lat: town.Lat, Lng: town.Lng, Cells: postgres.Around(town), Since: now,
		}, "vendors_cells"},
		{"catalog.sql.go", "cuisinesNear", query.CuisinesNearParams{
			Lat: town.Lat, Lng: town.Lng, Cells: postgres.Around(town), Veg: true, OpenNow: true, Now: now, Most: 100,
		}, "vendors_cells"},
		{"search.sql.go", "searchTerms", query.SearchTermsParams{Typed: "icecream bir", Most: 60}, "search_words_word"},
		{"search.sql.go", "dishesSuggested", query.DishesSuggestedParams{Ids: []domain.ID{{1}, {2}}, Most: 8}, "dishes_pkey"},
		{"search.sql.go", "search", query.SearchParams{
			Lat: town.Lat, Lng: town.Lng, Cells: postgres.Around(town), Now: now, Folded: "chicken bir", Loose: "('chicken' | 'chickn') & 'bir':*",
			Own: "'chicken':AB | 'bir':*AB", ExactName: "'chicken':A & 'bir':*A", Exact: "'chicken' & 'bir':*",
			LooseName: "('chicken':A | 'chickn':A) & 'bir':*A", AfterScore: 1 << 62, Most: 21,
		}, "search_entries_near"},
		{"search.sql.go", "suggest", query.SuggestParams{
			Lat: town.Lat, Lng: town.Lng, Cells: postgres.Around(town), Now: now, Folded: "bir", MostAlike: 100, LooseName: "'bir':*A", ExactName: "'bir':*A", Most: 8,
		}, "search_entries_near"},
		{"search.sql.go", "forgetWords", query.ForgetWordsParams{After: "c", Most: 200}, "search_entries_near"},
	} {
		for _, mode := range []string{"force_custom_plan", "force_generic_plan"} {
			_, err := conn.Exec(ctx, "SET plan_cache_mode = "+mode)
			require.NoError(t, err)
			indexes := map[string]bool{}
			explained(t, conn, statement(t, tt.file, tt.name), fields(tt.params)).walk(func(p plan) {
				require.NotEqual(t, "Seq Scan", p.Kind, "%s, %s: of %s", tt.name, mode, p.Relation)
				require.False(t, p.squares(), "%s, %s: compares each of one list with each of another", tt.name, mode)
				indexes[p.Index] = true
			})
			require.True(t, indexes[tt.index], "%s, %s: uses %v", tt.name, mode, indexes)
		}
	}
	// What search_alike does is hidden in a function.
	explained(t, conn, "SELECT word FROM search_words WHERE word % $1", []any{"chickn"}).walk(func(p plan) {
		require.NotEqual(t, "Seq Scan", p.Kind)
	})
}

func explained(t *testing.T, conn *pgxpool.Conn, sql string, args []any) plan {
	t.Helper()
	return explain(t, conn, "", sql, args)
}

// made is the plan of a statement that was made, with what it looked at.
func made(t *testing.T, conn *pgxpool.Conn, sql string, args []any) plan {
	t.Helper()
	return explain(t, conn, "ANALYZE, ", sql, args)
}

func explain(t *testing.T, conn *pgxpool.Conn, how, sql string, args []any) plan {
	t.Helper()
	var text []byte
	require.NoError(t, conn.QueryRow(context.Background(), "EXPLAIN ("+how+"FORMAT JSON) "+sql, args...).Scan(&text))
	var plans []struct{ Plan plan }
	require.NoError(t, json.Unmarshal(text, &plans))
	return plans[0].Plan
}

// fields are the values of a statement's parameters, which stand in their order.
func fields(params any) []any {
	v := reflect.ValueOf(params)
	out := make([]any, v.NumField())
	for i := range out {
		out[i] = v.Field(i).Interface()
	}
	return out
}

// TestAQuoteLooksAtNoOthersPromotions looks at the plans of a quote, and of what is offered, among those of a thousand vendors.
func TestAQuoteLooksAtNoOthersPromotions(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	db, err := postgres.Open(ctx, dbtest.URL(t), postgres.Options{StatementTimeout: time.Minute})
	require.NoError(t, err)
	t.Cleanup(db.Close)
	exec := func(sql string) {
		t.Helper()
		_, err := db.Pool().Exec(ctx, sql)
		require.NoError(t, err)
	}
	exec(`INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, lat, lng)
		SELECT gen_random_uuid(), 'V' || i, '{Thali}', 'A', 'Pune', 'IN', 'Asia/Kolkata', 'INR', 18, 73 FROM generate_series(1, 1000) AS i`)
	exec(`INSERT INTO promotions (id, vendor_id, vendors, vendor_share, label, benefit, share)
		SELECT gen_random_uuid(), v.id, ARRAY[v.id], 10000, 'Tenth off', 'percent', 1000 FROM vendors v, generate_series(1, 20)`)
	exec(`INSERT INTO promotions (id, label, benefit, share) SELECT gen_random_uuid(), 'Tenth off', 'percent', 1000 FROM generate_series(1, 100)`)
	exec("VACUUM ANALYZE vendors, promotions")
	var vendorID domain.ID
	require.NoError(t, db.Pool().QueryRow(ctx, "SELECT id FROM vendors LIMIT 1").Scan(&vendorID))
	conn, err := db.Pool().Acquire(ctx)
	require.NoError(t, err)
	t.Cleanup(conn.Release)
	for _, mode := range []string{"force_custom_plan", "force_generic_plan"} {
		_, err := conn.Exec(ctx, "SET plan_cache_mode = "+mode)
		require.NoError(t, err)
		for name, p := range map[string]plan{
			"cartVendor":   explained(t, conn, statement(t, "ordering.sql.go", "cartVendor"), fields(query.CartVendorParams{ID: vendorID, CustomerID: vendorID})),
			"vendorOffers": explained(t, conn, statement(t, "promotions.sql.go", "vendorOffers"), []any{vendorID}),
		} {
			indexes := map[string]bool{}
			p.walk(func(p plan) {
				require.False(t, p.Kind == "Seq Scan" && p.Relation == "promotions", "%s, %s", name, mode)
				indexes[p.Index] = true
			})
			require.True(t, indexes["promotions_offered"], "%s, %s: uses %v", name, mode, indexes)
		}
	}
	offers, err := db.Offers(ctx, vendorID)
	require.NoError(t, err)
	require.Len(t, offers, 120)
}

// TestAnOrderIsReadByIndexes has the planner avoid sequential scans at any price: what still has one lacks an index, and grows slower
// with every order.
func TestAnOrderIsReadByIndexes(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	db, err := postgres.Open(ctx, dbtest.URL(t), postgres.Options{})
	require.NoError(t, err)
	t.Cleanup(db.Close)
	conn, err := db.Pool().Acquire(ctx)
	require.NoError(t, err)
	t.Cleanup(conn.Release)
	_, err = conn.Exec(ctx, "SET enable_seqscan = off")
	require.NoError(t, err)
	nobody := id.New()
	for _, tt := range []struct {
		file, name string
		params     []any
	}{
		{"ordering.sql.go", "lockOrder", fields(query.LockOrderParams{ID: nobody, UserID: nobody})},
		{"ordering.sql.go", "orderParties", fields(query.OrderPartiesParams{ID: nobody, UserID: nobody})},
		{"ordering.sql.go", "orderByID", []any{nobody}},
		{"ordering.sql.go", "orderItems", []any{nobody}},
		{"ordering.sql.go", "orderLines", []any{nobody}},
		{"delivery.sql.go", "deliveryOfOrder", []any{nobody}},
		{"delivery.sql.go", "offerByID", []any{nobody}},
		{"delivery.sql.go", "withdrawOffers", fields(query.WithdrawOffersParams{State: "withdrawn", DeliveryID: nobody})},
		{"money.sql.go", "lockPayment", fields(query.LockPaymentParams{OrderID: nobody})},
	} {
		explained(t, conn, statement(t, tt.file, tt.name), tt.params).walk(func(p plan) {
			require.NotEqual(t, "Seq Scan", p.Kind, "%s: of %s", tt.name, p.Relation)
		})
	}
}

// TestTheNewestPaymentIsOneLook reads an order of many whose tables the planner knows nothing of: it must not look for the newest payment
// among those of all.
func TestTheNewestPaymentIsOneLook(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	db, err := postgres.Open(ctx, dbtest.URL(t), postgres.Options{})
	require.NoError(t, err)
	t.Cleanup(db.Close)
	conn, err := db.Pool().Acquire(ctx)
	require.NoError(t, err)
	t.Cleanup(conn.Release)
	nobody := id.New()
	for _, sql := range []string{
		"ALTER TABLE payments SET (autovacuum_enabled = false)", "ALTER TABLE payments DISABLE TRIGGER ALL",
		`INSERT INTO payments (id, order_id, method, state, amount, currency) SELECT gen_random_uuid(), gen_random_uuid(), 'cod', 'created', 100, 'INR' FROM generate_series(1, 20000)`,
		"SET plan_cache_mode = force_generic_plan",
	} {
		_, err := conn.Exec(ctx, sql)
		require.NoError(t, err)
	}
	for _, tt := range []struct {
		file, name string
		params     []any
	}{
		{"ordering.sql.go", "orderByID", []any{nobody}},
		{"money.sql.go", "lockPayment", fields(query.LockPaymentParams{OrderID: nobody})},
	} {
		explained(t, conn, statement(t, tt.file, tt.name), tt.params).walk(func(p plan) {
			require.False(t, p.Relation == "payments" && p.Index != "payments_of_order", "%s: %s by %q", tt.name, p.Kind, p.Index)
		})
	}
}

// TestKitchensAreLearnedByIndexes looks at the plans of what is read to learn kitchens, and of how many orders one cooks, among 20,000
// orders of a hundred vendors.
func TestKitchensAreLearnedByIndexes(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	db, err := postgres.Open(ctx, dbtest.URL(t), postgres.Options{StatementTimeout: time.Minute})
	require.NoError(t, err)
	t.Cleanup(db.Close)
	for _, sql := range []string{
		`INSERT INTO users (id, email, first_name, role) VALUES (gen_random_uuid(), 'a@example.com', 'Asha', 'customer')`,
		`INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, lat, lng, status)
		 SELECT gen_random_uuid(), 'V', '{Thali}', 'A', 'C', 'IN', 'Asia/Kolkata', 'INR', 1, 1, 'approved' FROM generate_series(1, 100)`,
		`INSERT INTO orders (id, number, state, version, customer_id, vendor_id, city, fulfilment, currency, total, delivery_pin, order_code, accept_seconds, promised_at,
		                     accepted_at, prep_minutes, ready_by, ready_at)
		 SELECT gen_random_uuid(), 'N' || v.n || '-' || i, CASE WHEN i % 100 = 0 THEN 'preparing' ELSE 'completed' END, 1, u.id, v.id, 'C', 'pickup', 'INR', 100, '', '', 300,
			now(), now() - i * interval '1 hour', 20, now(), CASE WHEN i % 100 > 0 THEN now() - i * interval '1 hour' END
		 FROM users u, (SELECT id, row_number() OVER () AS n FROM vendors) v, generate_series(1, 200) i`,
		"INSERT INTO kitchens (vendor_id) SELECT id FROM vendors",
		"VACUUM ANALYZE users, vendors, orders, kitchens",
	} {
		_, err := db.Pool().Exec(ctx, sql)
		require.NoError(t, err)
	}
	conn, err := db.Pool().Acquire(ctx)
	require.NoError(t, err)
	t.Cleanup(conn.Release)
	var vendorID domain.ID
	require.NoError(t, conn.QueryRow(ctx, "SELECT id FROM vendors LIMIT 1").Scan(&vendorID))
	for _, mode := range []string{"force_custom_plan", "force_generic_plan"} {
		_, err := conn.Exec(ctx, "SET plan_cache_mode = "+mode)
		require.NoError(t, err)
		for _, tt := range []struct {
			file, name string
			params     any
			index      string
		}{
			{"kitchens.sql.go", "ordersCooked", query.OrdersCookedParams{Most: 1000, VendorIds: []domain.ID{vendorID}, Since: time.Now().Add(-24 * time.Hour)}, "orders_cooked"},
			{"ordering.sql.go", "cartVendor", query.CartVendorParams{ID: vendorID, CustomerID: vendorID}, "orders_cooking"},
		} {
			indexes := map[string]bool{}
			explained(t, conn, statement(t, tt.file, tt.name), fields(tt.params)).walk(func(p plan) {
				require.False(t, p.Kind == "Seq Scan" && p.Relation == "orders", "%s, %s", tt.name, mode)
				indexes[p.Index] = true
			})
			require.True(t, indexes[tt.index], "%s, %s: uses %v", tt.name, mode, indexes)
		}
	}
}

// TestARoundLooksAtWhatIsUnderWay looks at the plans of dispatch among 50,000 deliveries of which some hundred are under way.
func TestARoundLooksAtWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	db, err := postgres.Open(ctx, dbtest.URL(t), postgres.Options{StatementTimeout: time.Minute})
	require.NoError(t, err)
	t.Cleanup(db.Close)
	conn, err := db.Pool().Acquire(ctx)
	require.NoError(t, err)
	t.Cleanup(conn.Release)
	customer := domain.ID(id.New())
	for _, sql := range []string{
		`ALTER TABLE orders DISABLE TRIGGER ALL`, `ALTER TABLE deliveries DISABLE TRIGGER ALL`, `ALTER TABLE offers DISABLE TRIGGER ALL`, `ALTER TABLE payments DISABLE TRIGGER ALL`,
		`INSERT INTO users (id, email, first_name, role) SELECT gen_random_uuid(), i || '@example.com', 'Ravi', 'courier' FROM generate_series(1, 2000) i`,
		`INSERT INTO couriers (user_id, name, vehicle, status, online, lat, lng, located_at) SELECT id, 'Ravi', 'bicycle', 'approved', true, 18, 73, now() FROM users`,
		`INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, lat, lng)
			SELECT gen_random_uuid(), 'V' || i, '{Thali}', 'A', 'Pune', 'IN', 'Asia/Kolkata', 'INR', 18, 73 FROM generate_series(1, 500) AS i`,
		// Of a hundred orders, five wait, one is offered, two are on the way and two cook; the others have ended.
		`INSERT INTO orders (id, number, state, version, customer_id, vendor_id, city, fulfilment, currency, total, address, delivery_pin, order_code, accept_seconds, promised_at, accepted_at, ready_by)
			SELECT gen_random_uuid(), 'N' || i, CASE WHEN i < 1000 THEN 'preparing' WHEN i < 1200 THEN 'picked_up' ELSE 'completed' END, 1, '` + customer.String() + `',
				(SELECT array_agg(id) FROM vendors)[1 + i % 500], 'City ' || i % 10, 'delivery', 'INR', 100, '{}', '', '', 300, now(), now(), now()
			FROM generate_series(1, 50000) AS i`,
		`INSERT INTO deliveries (id, order_id, vendor_id, state, courier_id, pickup_lat, pickup_lng, dropoff_lat, dropoff_lng, dispatch_at)
			SELECT gen_random_uuid(), o.id, o.vendor_id, CASE o.state WHEN 'completed' THEN 'delivered' WHEN 'picked_up' THEN 'picked_up' WHEN 'preparing' THEN CASE WHEN n % 9 = 0 THEN 'offered' WHEN n % 9 < 4 THEN 'assigned' ELSE 'unassigned' END END,
				CASE WHEN o.state <> 'preparing' OR n % 9 IN (1, 2, 3) THEN (SELECT array_agg(user_id) FROM couriers)[1 + n % 2000] END, 18, 73, 18, 73, now()
			FROM (SELECT *, row_number() OVER (ORDER BY state = 'completed') AS n FROM orders) o`,
		`INSERT INTO offers (id, delivery_id, order_id, courier_id, state, meters, expires_at)
			SELECT gen_random_uuid(), d.id, d.order_id, (SELECT user_id FROM couriers LIMIT 1 OFFSET 7), CASE d.state WHEN 'delivered' THEN 'accepted' ELSE 'declined' END, 1, now()
			FROM deliveries d`,
		`INSERT INTO payments (id, order_id, method, state, amount, currency) SELECT gen_random_uuid(), id, 'cod', CASE state WHEN 'completed' THEN 'captured' ELSE 'created' END, 100, 'INR' FROM orders`,
		`VACUUM ANALYZE orders, deliveries, offers, payments, couriers, vendors, users`,
	} {
		_, err := conn.Exec(ctx, sql)
		require.NoError(t, err, sql)
	}
	couriers := make([]domain.ID, 50)
	rows, err := conn.Query(ctx, "SELECT user_id FROM couriers LIMIT 50")
	require.NoError(t, err)
	for i := 0; rows.Next(); i++ {
		require.NoError(t, rows.Scan(&couriers[i]))
	}
	require.NoError(t, rows.Err())
	for _, tt := range []struct {
		name   string
		params []any
	}{
		{"dueCities", fields(query.DueCitiesParams{EverySeconds: 15, LeastSeconds: 2, Most: 200})},
		{"waitingDeliveries", fields(query.WaitingDeliveriesParams{City: "city 1", Most: 1000})},
		{"latelyOrdered", fields(query.LatelyOrderedParams{Since: id.Since(time.Now().Add(-time.Hour)), City: "city 1", Most: 1000})},
		{"jobsOf", []any{couriers}},
		{"idleSince", []any{couriers}},
		{"foodOnTheRoad", fields(query.FoodOnTheRoadParams{Seconds: 300, Most: 200})},
		{"unclaimedDeliveries", fields(query.UnclaimedDeliveriesParams{EarlySeconds: 600, Seconds: 480, Most: 200})},
		{"assignedTo", []any{couriers[0]}},
		{"openTrip", []any{couriers[0]}},
		{"takeAwayOffer", fields(query.TakeAwayOfferParams{DeliveryID: couriers[0], CourierID: couriers[1]})},
		{"decisionsOf", fields(query.DecisionsOfParams{DeliveryID: couriers[0], Most: 50})},
		{"forgetDecisions", fields(query.ForgetDecisionsParams{Seconds: 1e6, Most: 5000})},
	} {
		for _, mode := range []string{"force_custom_plan", "force_generic_plan"} {
			_, err := conn.Exec(ctx, "SET plan_cache_mode = "+mode)
			require.NoError(t, err)
			made(t, conn, statement(t, "dispatch.sql.go", tt.name), tt.params).walk(func(p plan) {
				require.Less(t, (p.Rows+p.Removed)*p.Loops, 5000.0, "%s, %s: %s of %s by %q", tt.name, mode, p.Kind, p.Relation, p.Index)
			})
		}
	}
}
