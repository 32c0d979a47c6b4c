package review_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/review"
	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/review"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
)

var (
	staff     = domain.Actor{ID: id.New(), Role: domain.RoleSupport, Permissions: domain.Moderate}
	anonymous domain.Actor
)

// bundle is the service on a database of its own, with two vendors, a courier and some customers.
type bundle struct {
	*review.Service
	t         *testing.T
	ctx       context.Context
	db        *postgres.DB
	pool      *pgxpool.Pool
	vendors   []domain.ID
	dishes    map[domain.ID][]domain.ID // by vendor
	owner     domain.Actor              // of the first vendor
	kitchen   domain.Actor              // of the first vendor
	courier   domain.ID
	customers []domain.Actor
}

func setup(t *testing.T, o review.Options) *bundle {
	t.Helper()
	t.Parallel()
	db, err := postgres.Open(t.Context(), dbtest.URL(t), postgres.Options{MaxConns: 16})
	require.NoError(t, err)
	t.Cleanup(db.Close)
	b := &bundle{t: t, ctx: t.Context(), db: db, pool: db.Pool(), dishes: map[domain.ID][]domain.ID{}}
	if o.Pictures == nil {
		o.Pictures = b.keep
	}
	b.Service = review.New(db, o)
	for n := range 2 {
		v, c := domain.ID(id.New()), domain.ID(id.New())
		b.exec(`INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, lat, lng, status)
			VALUES ($1, $2, '{Thali}', '1 Janpath', 'New Delhi', 'IN', 'Asia/Kolkata', 'INR', 28.61, 77.21, 'approved')`, v, fmt.Sprint("Vendor ", n))
		b.exec(`INSERT INTO categories (id, vendor_id, name) VALUES ($1, $2, 'Mains')`, c, v)
		for _, name := range []string{"Thali", "Lassi"} {
			d := domain.ID(id.New())
			b.exec(`INSERT INTO dishes (id, vendor_id, category_id, name, price, diet) VALUES ($1, $2, $3, $4, 24900, 'veg')`, d, v, c, name)
			b.dishes[v] = append(b.dishes[v], d)
		}
		b.vendors = append(b.vendors, v)
	}
	b.owner, b.kitchen = b.person(domain.RoleVendor, "Vee", ""), b.person(domain.RoleVendor, "Kim", "")
	b.exec(`INSERT INTO vendor_members (vendor_id, user_id, role) VALUES ($1, $2, 'owner'), ($1, $3, 'kitchen')`, b.vendors[0], b.owner.ID, b.kitchen.ID)
	b.courier = b.person(domain.RoleCourier, "Ravi", "").ID
	b.exec(`INSERT INTO couriers (user_id, name, vehicle, status) VALUES ($1, 'Ravi', 'bicycle', 'approved')`, b.courier)
	for range 3 {
		b.customers = append(b.customers, b.person(domain.RoleCustomer, "Asha", "rao"))
	}
	return b
}

func (b *bundle) exec(sql string, args ...any) {
	b.t.Helper()
	_, err := b.pool.Exec(b.ctx, sql, args...)
	require.NoError(b.t, err, sql)
}

func scan[T any](b *bundle, sql string, args ...any) (v T) {
	b.t.Helper()
	require.NoError(b.t, b.pool.QueryRow(b.ctx, sql, args...).Scan(&v), sql)
	return v
}

func (b *bundle) person(role domain.Role, first, last string) domain.Actor {
	b.t.Helper()
	a := domain.Actor{ID: id.New(), Role: role}
	b.exec(`INSERT INTO users (id, email, first_name, last_name, role) VALUES ($1, $2, $3, $4, $5)`, a.ID, a.ID.String()+"@example.com", first, last, string(role))
	return a
}

// keep registers a picture as an upload does; what it shows is its content.
func (b *bundle) keep(ctx context.Context, upload []byte) (string, error) {
	sum := sha256.Sum256(upload)
	key := hex.EncodeToString(sum[:])
	return key, b.db.RegisterPicture(ctx, key, 10)
}

// order is a customer's, of a vendor's dishes, in a state that it reached just now; the courier has carried it.
func (b *bundle) order(customer domain.Actor, vendorID domain.ID, state string) domain.ID {
	b.t.Helper()
	orderID := domain.ID(id.New())
	b.exec(`INSERT INTO orders (id, number, state, version, customer_id, vendor_id, city, fulfilment, currency, total, address, delivery_pin, order_code,
			accept_seconds, promised_at, ended_at, cancel_reason,
			cancel_fee, cancel_lost, cancel_liable, cancel_restock, cancel_strike)
		VALUES ($1::uuid, right($1::uuid::text, 12), $2, 1, $3, $4, 'New Delhi', 'delivery', 'INR', 24900,
			'{"label":"Home","line1":"2 Janpath","city":"New Delhi","lat":28.62,"lng":77.22}', '0042', '4711', 300, now(), now(), 'OPS', 0, 0, 'platform', true, false)`,
		orderID, state, customer.ID, vendorID)
	for i, d := range b.dishes[vendorID] {
		b.exec(`INSERT INTO order_items (order_id, position, dish_id, name, quantity, unit_price) VALUES ($1, $2, $3, 'Thali', 1, 24900)`, orderID, i, d)
	}
	b.exec(`INSERT INTO deliveries (id, order_id, vendor_id, state, courier_id, pickup_lat, pickup_lng, dropoff_lat, dropoff_lng)
		VALUES ($1, $2, $3, 'delivered', $4, 28.61, 77.21, 28.62, 77.22)`, domain.ID(id.New()), orderID, vendorID, b.courier)
	return orderID
}

// written is a review of a new order of the first customer's at the first vendor.
func (b *bundle) written(o rules.Opinion) review.View {
	b.t.Helper()
	v, err := b.Write(b.ctx, b.customers[0], b.order(b.customers[0], b.vendors[0], "delivered"), o)
	require.NoError(b.t, err)
	return v
}

// show runs the loop until nothing is behind.
func (b *bundle) show() {
	b.t.Helper()
	for range 100 {
		more, err := b.ShowRatings(b.ctx)
		require.NoError(b.t, err)
		if !more {
			return
		}
	}
	b.t.Fatal("the ratings are never done")
}

func say(stars int, text string) rules.Opinion { return rules.Opinion{Stars: &stars, Text: &text} }

func requireCode(t *testing.T, code string, err error) {
	t.Helper()
	var e *domain.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, code, e.Code)
}
