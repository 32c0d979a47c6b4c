package review_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/review"
)

// A page of a vendor's reviews costs what is on it, however many there are; so does a page of what waits for staff.
func TestListsOfReviewsAreReadByIndex(t *testing.T) {
	b := setup(t, review.Options{})
	b.exec(`INSERT INTO orders (id, number, state, version, customer_id, vendor_id, city, fulfilment, currency, total, delivery_pin, order_code, accept_seconds, promised_at, ended_at)
		SELECT gen_random_uuid(), 'N' || n, 'collected', 1, $1, CASE WHEN n % 3 = 0 THEN $2::uuid ELSE $3::uuid END, 'x', 'pickup', 'INR', 1, '', '', 300, now(), now()
		FROM generate_series(1, 8000) n`, b.customers[0].ID, b.vendors[0], b.vendors[1])
	b.exec(`INSERT INTO reviews (id, order_id, vendor_id, stars, state, created_at, version)
		SELECT gen_random_uuid(), id, vendor_id, 1 + total % 5, CASE WHEN random() < 0.01 THEN 'pending' ELSE 'published' END, now(), 1 FROM orders`)
	b.exec(`INSERT INTO review_dishes (review_id, dish_id, stars) SELECT id, $1, 4 FROM reviews`, b.dishes[b.vendors[0]][0])
	b.exec("ANALYZE orders, reviews, review_dishes, review_photos")
	for _, where := range []string{
		"p.vendor_id = $1 AND p.state = 'published' AND p.id < 'ffffffff-ffff-ffff-ffff-ffffffffffff' ORDER BY p.id DESC",
		"p.vendor_id = $1 AND p.stars = 2 AND p.state = 'published' AND p.id < 'ffffffff-ffff-ffff-ffff-ffffffffffff' ORDER BY p.id DESC",
		"p.state = 'pending' AND p.id > '00000000-0000-0000-0000-000000000000' AND p.vendor_id IS DISTINCT FROM $1 ORDER BY p.id",
	} {
		plan := scan[string](b, "EXPLAIN (FORMAT JSON) SELECT * FROM review_pages p WHERE "+where+" LIMIT 21", b.vendors[0])
		require.NotRegexp(t, `"Seq Scan",[^}]*"Relation Name": "(reviews|orders|review_dishes)"`, plan)
		require.NotRegexp(t, `"Sort Key": \[\s*"r\.id`, plan, "the order of the list is the index's")
		require.Regexp(t, `"Index Name": "reviews_(vendor|vendor_stars|state)"`, plan)
	}
}
