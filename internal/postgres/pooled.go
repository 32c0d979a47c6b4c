package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// limits are what a session may not exceed. A pooler in transaction mode has no sessions: there each transaction begins with the
// statement that sets them.
func limits(statement, idle time.Duration) string {
	return fmt.Sprintf("SELECT set_config('statement_timeout', '%d', true), set_config('idle_in_transaction_session_timeout', '%d', true)",
		statement.Milliseconds(), idle.Milliseconds())
}

// single makes statements outside of transactions.
func (db *DB) single() query.DBTX {
	if db.limits == "" {
		return db.pool
	}
	return limited{db.pool, db.limits}
}

// limited makes single statements through a pooler: each in one round trip with the limits, and so in one transaction.
type limited struct {
	pool   *pgxpool.Pool
	limits string
}

// SendBatch implements query.DBTX.
func (l limited) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	whole := batchOf(l.limits, nil)
	whole.QueuedQueries = append(whole.QueuedQueries, b.QueuedQueries...)
	results := l.pool.SendBatch(ctx, whole)
	if _, err := results.Exec(); err != nil {
		_ = results.Close() // it has no other
		return pgx.FailedBatchResults(b, err)
	}
	return results
}

// Exec implements query.DBTX.
func (l limited) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	return execLast(l.SendBatch(ctx, batchOf(sql, args)))
}

// Query implements query.DBTX.
func (l limited) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	return queryLast(l.SendBatch(ctx, batchOf(sql, args)))
}

// QueryRow implements query.DBTX.
func (l limited) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	results := l.SendBatch(ctx, batchOf(sql, args))
	return lastRow{results.QueryRow(), results}
}

// CopyFrom implements query.DBTX. It is not limited: nobody copies outside of a transaction.
func (l limited) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, rows pgx.CopyFromSource) (int64, error) {
	return l.pool.CopyFrom(ctx, table, columns, rows)
}
