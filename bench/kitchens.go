package main

import (
	"context"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5"

	"github.com/zoop-dev/zoop/internal/app/account"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// IDs of numbered things: a prefix and twelve digits.
const (
	cityPrefix     = "0198c0de-"
	kitchenPrefix  = "0198c0de-0000-7000-8000-"
	dishPrefix     = "0198c0de-0001-7000-8000-"
	userPrefix     = "0198c0de-0002-7000-8000-"
	addressPrefix  = "0198c0de-0003-7000-8000-"
	orderPrefix    = "0198c0de-0100-7000-8000-"
	deliveryPrefix = "0198c0de-0200-7000-8000-"
)

// kitchenCount is the number of vendors, with ten dishes each, that the customers order from in turn.
const kitchenCount = 64

// kitchens is a town of customers with an address and an access token each.
var kitchens = vendors{"kitchens", func(ctx context.Context, p *Place, db *Database) error {
	err := db.Exec(ctx,
		fmt.Sprintf(`INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, lat, lng, open_minutes, tax_bp, status)
			SELECT %s, 'Casa Lima ' || i, '{Thali}', '1 Janpath', 'New Delhi', 'IN', 'Asia/Kolkata', 'INR', 28.61, 77.21, '{[0,10080)}', 500, 'approved'
			FROM generate_series(0, %d) i`, numbered(kitchenPrefix, "i"), kitchenCount-1),
		`INSERT INTO categories (id, vendor_id, name) SELECT gen_random_uuid(), id, 'Mains' FROM vendors`,
		fmt.Sprintf(`INSERT INTO dishes (id, vendor_id, category_id, name, price, diet)
			SELECT %s, vendor_id, id, 'Dish ' || j, 10000 + 500 * j, 'veg'
			FROM (SELECT c.*, right(vendor_id::text, 12)::int AS i FROM categories c) c, generate_series(0, 9) j`, numbered(dishPrefix, "(10 * i + j)")),
		fmt.Sprintf(`INSERT INTO users (id, email, first_name, role) SELECT %s, 'c' || i || '@example.com', 'Asha', 'customer'
			FROM generate_series(0, %d) i`, numbered(userPrefix, "i"), pieces-1),
		fmt.Sprintf(`INSERT INTO addresses (id, user_id, label, line1, city, lat, lng, is_default)
			SELECT %s, %s, 'Home', '2 Janpath', 'New Delhi', 28.62, 77.22, true FROM generate_series(0, %d) i`,
			numbered(addressPrefix, "i"), numbered(userPrefix, "i"), pieces-1),
		`CREATE TABLE bench_tokens (email text, token text)`,
	)
	if err != nil {
		return err
	}
	if err := db.mint(ctx, "c%d@example.com", domain.RoleCustomer, pieces); err != nil {
		return err
	}
	if err := db.mint(ctx, "v%d@example.com", domain.RoleVendor, kitchenCount); err != nil {
		return err
	}
	return db.Exec(ctx, `INSERT INTO vendor_members (vendor_id, user_id, role)
		SELECT `+numbered(kitchenPrefix, "substring(email FROM '^v([0-9]+)@')")+`, id, 'owner' FROM users WHERE role = 'vendor'`)
}}

// mint makes tokens for numbered addresses, and keeps them in a table.
func (db *Database) mint(ctx context.Context, form string, role domain.Role, n int) error {
	store, err := postgres.Open(ctx, db.URL, postgres.Options{})
	if err != nil {
		return err
	}
	defer store.Close()
	accounts := account.New(store, account.Options{})
	tokens, errs := make([][]any, n), make([]error, 8)
	var group sync.WaitGroup
	for worker := range errs {
		group.Go(func() {
			for i := worker; i < n && errs[worker] == nil; i += len(errs) {
				email := fmt.Sprintf(form, i)
				m, err := accounts.Mint(ctx, account.Mint{Email: email, Role: role, Simulated: true})
				tokens[i], errs[worker] = []any{email, m.Token}, err
			}
		})
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	_, err = db.Pool.CopyFrom(ctx, pgx.Identifier{"bench_tokens"}, []string{"email", "token"}, pgx.CopyFromRows(tokens))
	return err
}

// tokens gives those of numbered addresses.
func (db *Database) tokens(ctx context.Context, form string) ([]string, error) {
	rows, err := db.Pool.Query(ctx, `SELECT token FROM bench_tokens WHERE email ~ $1 ORDER BY substring(email FROM '[0-9]+')::int`, "^"+form+"[0-9]+@")
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// town is the kitchens under load.
type town struct {
	*Place
	db                *Database
	address           string
	customers, owners []string // tokens
	turn              int
}

// town serves the kitchens, with settings such as "ZOOP_ROLES=api".
func (p *Place) town(ctx context.Context, env ...string) (t *town, err error) {
	t = &town{Place: p}
	if t.db, err = p.Kept(ctx, kitchens); err != nil {
		return nil, err
	}
	if t.customers, err = t.db.tokens(ctx, "c"); err != nil {
		return nil, err
	}
	if t.owners, err = t.db.tokens(ctx, "v"); err != nil {
		return nil, err
	}
	if err := t.db.Pool.QueryRow(ctx, "SELECT count(*) FROM orders").Scan(&t.turn); err != nil { // so that no number comes twice
		return nil, err
	}
	t.address, err = p.Serve(ctx, t.db, env...)
	return t, err
}

// do sends one request.
func (t *town) do(ctx context.Context, r Request) ([]byte, error) {
	c, err := dial(ctx, t.address)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return c.Do(r)
}

// next numbers the next turn.
func (t *town) next() int {
	t.turn++
	return t.turn
}
