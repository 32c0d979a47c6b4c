package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
)

// conditions are those of a list whose filters may be absent. Only those that are there are sent, so that each finds its index.
type conditions struct {
	sql  []string
	args []any
}

// when adds a condition, in which $ stands for the value.
func (c *conditions) when(given bool, sql string, value any) {
	if !given {
		return
	}
	c.args = append(c.args, value)
	c.sql = append(c.sql, strings.ReplaceAll(sql, "$", fmt.Sprintf("$%d", len(c.args))))
}

// newest gives the IDs of a page of the table, newest first. Table and id are words of ours.
func (c *conditions) newest(ctx context.Context, db *DB, table, id string, limit int) ([]domain.ID, error) {
	where := ""
	if len(c.sql) > 0 {
		where = " WHERE " + strings.Join(c.sql, " AND ")
	}
	rows, err := db.single().Query(ctx, fmt.Sprintf("SELECT %s FROM %s%s ORDER BY %[1]s DESC LIMIT %[4]d", id, table, where, limit), c.args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[domain.ID])
}

// UserFilter selects accounts; its zero value selects all.
type UserFilter struct {
	Role   domain.Role
	Status account.Status
	Text   string    // a whole e-mail address or phone number, or how a name begins
	Before domain.ID // only accounts older than this one
	Limit  int
}

// phoneRunes are those of a phone number; all but the first eleven only make it readable.
const phoneRunes = "0123456789+ ()./-"

// literal makes the wildcards of LIKE mean themselves.
var literal = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// Users lists accounts, newest first.
func (db *DB) Users(ctx context.Context, f UserFilter) ([]account.User, error) {
	var c conditions
	c.when(f.Role != "", "role = $", string(f.Role))
	c.when(f.Status != "", "status = $", string(f.Status))
	c.when(!f.Before.IsNil(), "id < $", f.Before)
	text := strings.ToLower(strings.TrimSpace(f.Text))
	switch {
	case strings.Contains(text, "@"):
		c.when(true, "email = $", text)
	case strings.Trim(text, phoneRunes) == "":
		c.when(text != "", "translate(phone, ' ()./-', '') = translate($, ' ()./-', '')", text)
	default:
		c.when(true, "lower(first_name || ' ' || last_name) LIKE $", literal.Replace(text)+"%")
	}
	ids, err := c.newest(ctx, db, "users", "id", f.Limit)
	if err != nil {
		return nil, fmt.Errorf("find accounts: %w", classify(err))
	}
	rows, err := db.q().UsersByIDs(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read accounts: %w", classify(err))
	}
	out := make([]account.User, len(rows))
	for i, r := range rows {
		out[i] = toUser(r)
	}
	return out, nil
}

// StandingFilter selects vendors or couriers; its zero value selects all.
type StandingFilter struct {
	Status vendor.Status
	City   string    // of vendors
	Before domain.ID // only those older than this one
	Limit  int
}

// Vendors lists vendors of any standing, newest first.
func (db *DB) Vendors(ctx context.Context, f StandingFilter) ([]vendor.Profile, error) {
	var c conditions
	c.when(f.Status != "", "status = $", string(f.Status))
	c.when(f.City != "", "lower(city) = lower($)", f.City)
	c.when(!f.Before.IsNil(), "id < $", f.Before)
	ids, err := c.newest(ctx, db, "vendors", "id", f.Limit)
	if err != nil {
		return nil, fmt.Errorf("find vendors: %w", classify(err))
	}
	rows, err := db.q().VendorsByIDs(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read vendors: %w", classify(err))
	}
	out := make([]vendor.Profile, len(rows))
	for i, r := range rows {
		if out[i], err = toProfile(r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Couriers lists couriers of any standing, newest accounts first.
func (db *DB) Couriers(ctx context.Context, f StandingFilter) ([]Courier, error) {
	var c conditions
	c.when(f.Status != "", "status = $", string(f.Status))
	c.when(!f.Before.IsNil(), "user_id < $", f.Before)
	ids, err := c.newest(ctx, db, "couriers", "user_id", f.Limit)
	if err != nil {
		return nil, fmt.Errorf("find couriers: %w", classify(err))
	}
	rows, err := db.q().CouriersByIDs(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read couriers: %w", classify(err))
	}
	out := make([]Courier, len(rows))
	for i, r := range rows {
		out[i] = toCourier(r)
	}
	return out, nil
}
