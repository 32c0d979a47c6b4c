package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// replanned runs statements whose plan is made anew for the values that come with them. The server keeps one plan for any values
// of a prepared statement after a few runs, and with optional filters that one cannot use their indexes.
type replanned struct{ *pgxpool.Pool }

// replanned makes single statements so; behind a pooler all are.
func (db *DB) replanned() query.DBTX {
	if db.limits == "" {
		return replanned{db.pool}
	}
	return db.single()
}

// Query takes the form and the types of a statement from the first run, and prepares nothing.
func (r replanned) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	return r.Pool.Query(ctx, sql, append([]any{pgx.QueryExecModeCacheDescribe}, args...)...)
}
