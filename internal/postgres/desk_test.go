package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/postgres"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// desk is a marketplace of 5,000 vendors and 3,000 couriers with 60,000 orders, of which one in a hundred is under way; 20 vendors are
// paused, and one courier in ten is online.
func desk(t *testing.T) *postgres.DB {
	t.Helper()
	ctx := context.Background()
	db, err := postgres.Open(ctx, dbtest.URL(t), postgres.Options{MaxConns: 1, StatementTimeout: time.Minute})
	require.NoError(t, err)
	t.Cleanup(db.Close)
	of := func(what string) string {
		return "('0198c0de-0000-7000-8000-' || lpad((" + what + ")::text, 12, '0'))::uuid"
	}
	for _, sql := range []string{
		"ALTER TABLE vendors DISABLE TRIGGER vendors_searchable",
		`INSERT INTO users (id, email, first_name, role) SELECT ` + of("i") + `, i || '@example.com', 'Asha', CASE WHEN i < 3000 THEN 'courier' ELSE 'customer' END FROM generate_series(0, 3999) i`,
		`INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, lat, lng, status, paused_until, pause_reason, open_minutes)
		 SELECT ` + of("i") + `, (ARRAY['Casa Lima', 'Wok', 'Poke Bar'])[1 + i % 3] || ' ' || i, '{Thali}', 'A', 'City ' || i % 5, 'IN', 'Asia/Kolkata', 'INR', 1, 1, 'approved',
			CASE WHEN i % 250 = 7 THEN now() + interval '1 hour' END, CASE WHEN i % 250 = 7 THEN 'too busy' ELSE '' END, '{[0,10080)}'
		 FROM generate_series(0, 4999) i`,
		`INSERT INTO couriers (user_id, name, vehicle, status, online, lat, lng, located_at, city)
		 SELECT ` + of("i") + `, (ARRAY['Asha', 'Ravi', 'Kofi'])[1 + i % 3] || ' ' || i, 'bicycle', 'approved', i % 10 = 0, 1, 1, now(), 'City ' || i % 5 FROM generate_series(0, 2999) i`,
		`INSERT INTO orders (id, number, state, version, customer_id, vendor_id, city, fulfilment, currency, total, delivery_pin, order_code, accept_seconds, placed_at, promised_at,
			deadline_at, deadline_verb, accepted_at, ready_by, ready_at, address)
		 SELECT ` + of("i") + `, 'N' || i, s, 1, ` + of("3000 + i % 1000") + `, ` + of("i / 7 % 5000") + `, 'C', 'delivery', 'INR', 100, '', '', 300, now(), now() + interval '1 hour',
			CASE WHEN s = 'placed' THEN now() + interval '4 minutes' END, CASE WHEN s = 'placed' THEN 'expire' END,
			CASE WHEN s <> 'placed' THEN now() - i % 40 * interval '1 minute' END, CASE WHEN s <> 'placed' THEN now() - interval '1 minute' END,
			CASE WHEN s IN ('ready', 'completed') THEN now() END, '{}'
		 FROM (SELECT i, CASE WHEN i % 100 = 0 THEN (ARRAY['placed', 'accepted', 'preparing', 'ready'])[1 + i / 100 % 4] ELSE 'completed' END AS s FROM generate_series(0, 59999) i) n`,
		`INSERT INTO deliveries (id, order_id, vendor_id, courier_id, state, slot, pickup_lat, pickup_lng, dropoff_lat, dropoff_lng)
		 SELECT o.id, o.id, o.vendor_id, ` + of("n % 3000") + `, CASE WHEN o.state = 'ready' THEN 'at_store' ELSE 'delivered' END, 1, 1, 1, 1, 1
		 FROM (SELECT *, row_number() OVER () AS n FROM orders WHERE state IN ('ready', 'completed')) o`,
		`INSERT INTO events (subject, subject_id, version, type, actor_role, actor_id) SELECT 'vendor', id, 2, 'vendor.paused', 'support', ` + of("3001") + ` FROM vendors WHERE paused_until IS NOT NULL`,
		`INSERT INTO events (subject, subject_id, version, type, actor_role, pub_seq) SELECT 'order', id, 1, 'order.placed', 'customer', row_number() OVER () FROM orders`,
		"VACUUM ANALYZE users, vendors, couriers, orders, deliveries, events, carts, offers",
	} {
		_, err := db.Pool().Exec(ctx, sql)
		require.NoError(t, err, sql)
	}
	return db
}

// TestTheDeskIsReadByIndexes looks at the plans of the desk's lists, made for the values and for any.
func TestTheDeskIsReadByIndexes(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	db := desk(t)
	one := domain.MustParseID("0198c0de-0000-7000-8000-000000000100")
	dish := one.String()
	first := query.DeskVendorsParams{AfterLate: 1 << 30, AfterQueue: 1 << 30, AfterID: one, Most: 101}
	vendors := func(change func(*query.DeskVendorsParams)) query.DeskVendorsParams {
		p := first
		change(&p)
		return p
	}
	conn, err := db.Pool().Acquire(ctx)
	require.NoError(t, err)
	t.Cleanup(conn.Release)
	for name, tt := range map[string]struct {
		statement string
		params    any
		index     string
	}{
		"vendors":            {"deskVendors", first, "vendors_paused"},
		"vendors of a city":  {"deskVendors", vendors(func(p *query.DeskVendorsParams) { p.City, p.State = "city 1", "open" }), "orders_cooked"},
		"vendors by name":    {"deskVendors", vendors(func(p *query.DeskVendorsParams) { p.Name = "%casa lima 33%" }), "vendors_name"},
		"vendors, two signs": {"deskVendors", vendors(func(p *query.DeskVendorsParams) { p.Name = "wo%" }), "orders_vendor"},
		"a vendor":           {"deskVendors", vendors(func(p *query.DeskVendorsParams) { p.OnlyID = &one }), "vendors_pkey"},
		"couriers":           {"deskCouriers", query.DeskCouriersParams{Most: 101}, "couriers_online"},
		"couriers by name":   {"deskCouriers", query.DeskCouriersParams{Name: "%ravi 33%", Most: 101}, "couriers_name"},
		"a courier":          {"deskCouriers", query.DeskCouriersParams{OnlyID: &one, Most: 1}, "couriers_pkey"},
		"a dish's changes":   {"changes", query.ChangesParams{SubjectID: one, DishID: &dish}, "events_subject_version"},
		"a courier's":        {"changes", query.ChangesParams{SubjectID: one}, "events_subject_version"},
		"the outbox":         {"outbox", struct{ Most int32 }{1000}, "events_unpublished"},
	} {
		for _, mode := range []string{"force_custom_plan", "force_generic_plan"} {
			_, err := conn.Exec(ctx, "SET plan_cache_mode = "+mode)
			require.NoError(t, err)
			indexes := map[string]bool{}
			explained(t, conn, statement(t, "desk.sql.go", tt.statement), fields(tt.params)).walk(func(p plan) {
				if p.Kind == "Seq Scan" {
					require.Contains(t, []string{"relay", "cash_limits", "courier_cash_limits", "courier_documents", "courier_shifts", "courier_presence", "offers", "carts"}, p.Relation, "%s, %s", name, mode)
				}
				indexes[p.Index] = true
			})
			require.True(t, indexes[tt.index], "%s, %s: uses %v", name, mode, indexes)
		}
	}
}

// TestTheDeskTellsTheWorstFirst reads all pages, and looks at who is on them.
func TestTheDeskTellsTheWorstFirst(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	db := desk(t)
	var all []postgres.DeskVendor
	for after := postgres.DeskStart; ; {
		page, err := db.DeskVendors(ctx, postgres.DeskFilter{Limit: 100}, after)
		require.NoError(t, err)
		if all = append(all, page...); len(page) < 100 {
			break
		}
		after = page[len(page)-1].Place()
	}
	seen, paused, orders := map[domain.ID]bool{}, 0, 0
	for i, v := range all {
		require.False(t, seen[v.ID], "on two pages")
		seen[v.ID] = true
		if i > 0 {
			require.GreaterOrEqual(t, all[i-1].Late, v.Late)
		}
		orders += v.Queue
		require.Equal(t, v.Placed+v.Cooking+v.Ready, v.Queue)
		require.Equal(t, v.Cooking > 0, v.Late > 0, "what is placed has time, what is cooked had")
		require.Positive(t, v.Cooked)
		require.Positive(t, v.P95)
		require.LessOrEqual(t, v.Accepted, v.Asked)
		if v.Pause != nil {
			paused++
			require.Equal(t, "paused", v.State)
			require.Equal(t, postgres.Pause{
				Until: v.Pause.Until, Reason: "too busy", Role: domain.RoleSupport, By: domain.MustParseID("0198c0de-0000-7000-8000-000000003001"), Name: "Asha",
			}, *v.Pause)
		}
	}
	require.Equal(t, 600, orders, "of all that are under way")
	require.Equal(t, 20, paused)
	for f, want := range map[postgres.DeskFilter]int{
		{Text: " CASA lima 333"}: 5, {Text: "wo"}: 100, {Text: "100%"}: 0, {State: "paused"}: 20, {State: "paused", City: "CITY 2"}: 20, {State: "paused", City: "City 1"}: 0,
		{State: "closed"}: 0, {State: "off"}: 0, {Only: all[0].ID}: 1, {Only: domain.MustParseID("0198c0de-0000-7000-8000-000000999999")}: 0,
	} {
		f.Limit = 100
		found, err := db.DeskVendors(ctx, f, postgres.DeskStart)
		require.NoError(t, err)
		require.Len(t, found, want, "%+v", f)
	}

	var couriers []postgres.DeskCourier
	for after := domain.Nil; ; {
		page, _, err := db.DeskCouriers(ctx, postgres.DeskFilter{Limit: 100}, after)
		require.NoError(t, err)
		if couriers = append(couriers, page...); len(page) < 100 {
			break
		}
		after = page[len(page)-1].CourierID
	}
	carrying := 0
	for _, c := range couriers {
		require.Equal(t, vendor.Approved, c.Status)
		switch c.State {
		case "carrying":
			carrying++
			require.Positive(t, c.Carrying)
		default:
			require.Equal(t, "idle", c.State)
		}
	}
	require.Equal(t, 150, carrying)
	for f, want := range map[postgres.DeskFilter]int{
		{State: "carrying"}: 100, {State: "offered"}: 0, {Text: "asha 299"}: 3, {Text: "ra"}: 100, {Only: couriers[3].CourierID}: 1, {City: "City 7"}: 0,
	} {
		f.Limit = 100
		found, _, err := db.DeskCouriers(ctx, f, domain.Nil)
		require.NoError(t, err)
		require.Len(t, found, want, "%+v", f)
	}
	requireBestFirst(t, db)
	box, err := db.Outbox(ctx)
	require.NoError(t, err)
	require.Equal(t, 20, box.Waiting)
	require.NotEmpty(t, box.Epoch)
}

// requireBestFirst: of a name that is sought it is told who is called so, then whose name begins so, whatever they have to do, and then the rest;
// page by page.
func requireBestFirst(t *testing.T, db *postgres.DB) {
	t.Helper()
	ctx := context.Background()
	_, err := db.Pool().Exec(ctx, `INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, lat, lng, status)
		SELECT ('0198c0de-0000-7000-8000-00000009999' || n)::uuid, (ARRAY['Lima 3', 'LIMA 3 Bar'])[n], '{Thali}', 'A', 'Goa', 'IN', 'Asia/Kolkata', 'INR', 1, 1, 'approved'
		FROM generate_series(1, 2) n`)
	require.NoError(t, err)
	var all []postgres.DeskVendor
	for after := postgres.DeskStart; ; {
		page, err := db.DeskVendors(ctx, postgres.DeskFilter{Text: "lima 3", Limit: 40}, after)
		require.NoError(t, err)
		if all = append(all, page...); len(page) < 40 {
			break
		}
		after = page[len(page)-1].Place()
	}
	seen := map[domain.ID]bool{}
	for i, v := range all {
		require.False(t, seen[v.ID], "on two pages")
		seen[v.ID] = true
		if i > 2 {
			require.GreaterOrEqual(t, all[i-1].Late, v.Late)
		}
	}
	require.Len(t, all, 375, "all of them")
	require.Equal(t, []string{"Lima 3", "LIMA 3 Bar"}, []string{all[0].Name, all[1].Name}, "both have nothing to do")
	require.Positive(t, all[2].Late)
}
