package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// pipeline is a transaction that waits for the server only when somebody wants an answer: it begins with its first statement, and what
// is only written goes out with the next statement that is read, or with the commit. An error of such a write is met there. One
// transaction of one goroutine, as every pgx.Tx.
type pipeline struct {
	pgx.Tx // nil before the first round trip
	pool   *pgxpool.Pool
	conn   *pgxpool.Conn // nil before the first round trip
	opts   pgx.TxOptions
	limits string // a statement to begin with; "" is none
	queue  []queued
	last   []func(*query.Queries) error // what is read with the commit
	closed bool
}

// queued is a statement that is to be sent.
type queued struct {
	*pgx.QueuedQuery
	judge func(error) error // what to make of its outcome
}

func newPipeline(pool *pgxpool.Pool, o pgx.TxOptions, limits string) *pipeline {
	return &pipeline{pool: pool, opts: o, limits: limits}
}

// SendBatch implements pgx.Tx: what is queued goes before it.
func (p *pipeline) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	if p.closed {
		return pgx.FailedBatchResults(b, pgx.ErrTxClosed)
	}
	if p.Tx != nil && len(p.queue) == 0 {
		return p.Tx.SendBatch(ctx, b)
	}
	whole := &pgx.Batch{}
	before := p.queue
	p.queue = nil
	if p.Tx == nil {
		conn, err := p.pool.Acquire(ctx)
		if err != nil {
			return pgx.FailedBatchResults(b, err)
		}
		p.conn = conn
		whole.BeginTx(p.opts)
		begin := []queued{{judge: failed("begin")}}
		if p.limits != "" {
			begin = append(begin, queued{&pgx.QueuedQuery{SQL: p.limits}, failed("begin")})
		}
		before = append(begin, before...)
	}
	for _, q := range before {
		if q.QueuedQuery != nil {
			whole.QueuedQueries = append(whole.QueuedQueries, q.QueuedQuery)
		}
	}
	whole.QueuedQueries = append(whole.QueuedQueries, b.QueuedQueries...)
	results := p.send(ctx, whole)
	for _, q := range before {
		_, err := results.Exec()
		if err = q.judge(err); err != nil {
			_ = results.Close() // it has no other
			return pgx.FailedBatchResults(b, err)
		}
	}
	return results
}

func (p *pipeline) send(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	if p.Tx != nil {
		return p.Tx.SendBatch(ctx, b)
	}
	results := p.conn.Conn().SendBatch(ctx, b)
	p.Tx = results.Tx()
	return results
}

// write has all that a function writes sent with the next statement that is read. It learns nothing of how that went, so it must not
// read, nor ask how many rows there were. What names it in errors.
func (tx *Tx) write(what string, all func(*Tx) error) error {
	return tx.queue(all, failed(what))
}

// writeOne is write of a statement that fails with division_by_zero when a thing is not any more what it was: Conflict then.
func (tx *Tx) writeOne(thing string, one func(*Tx) error) error {
	return tx.queue(one, func(err error) error {
		if guarded(err) {
			return overtaken(thing)
		}
		return failed("save " + thing)(err)
	})
}

// guarded says whether a statement failed because the rows that it asks for are not there: 1 / count(*) of them.
func guarded(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "22012"
}

func (tx *Tx) queue(all func(*Tx) error, judge func(error) error) error {
	var h heard
	t := *tx
	t.Queries = query.New(&h)
	if err := all(&t); err != nil {
		return err
	}
	tx.tx.later(&h, judge)
	return nil
}

func (p *pipeline) later(h *heard, judge func(error) error) {
	for _, q := range h.batch.QueuedQueries {
		p.queue = append(p.queue, queued{q, judge})
	}
}

// last has parts read as the transaction leaves things, with its commit: what they read is there when InTx has returned without an
// error. An error of theirs that is not the server's comes too late to undo anything.
func (tx *Tx) last(parts ...func(*query.Queries) error) { tx.tx.last = append(tx.tx.last, parts...) }

func failed(what string) func(error) error {
	return func(err error) error {
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		return nil
	}
}

// flush sends what is queued, and begins the transaction if it has not.
func (p *pipeline) flush(ctx context.Context) error {
	if p.Tx != nil && len(p.queue) == 0 {
		return nil
	}
	return p.SendBatch(ctx, &pgx.Batch{}).Close()
}

// Exec implements pgx.Tx.
func (p *pipeline) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	if p.waits() {
		return execLast(p.SendBatch(ctx, batchOf(sql, args)))
	}
	return p.Tx.Exec(ctx, sql, args...)
}

// Query implements pgx.Tx.
func (p *pipeline) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	if p.waits() {
		return queryLast(p.SendBatch(ctx, batchOf(sql, args)))
	}
	return p.Tx.Query(ctx, sql, args...)
}

// QueryRow implements pgx.Tx.
func (p *pipeline) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	if p.waits() {
		results := p.SendBatch(ctx, batchOf(sql, args))
		return lastRow{results.QueryRow(), results}
	}
	return p.Tx.QueryRow(ctx, sql, args...)
}

// waits says whether something has to be sent before a statement.
func (p *pipeline) waits() bool { return p.closed || p.Tx == nil || len(p.queue) > 0 }

func batchOf(sql string, args []any) *pgx.Batch {
	b := &pgx.Batch{}
	b.Queue(sql, args...)
	return b
}

// execLast has the answer to the last statement of a batch, which does not read.
func execLast(results pgx.BatchResults) (pgconn.CommandTag, error) {
	tag, err := results.Exec()
	return tag, firstOf(err, results.Close())
}

// queryLast has the rows of the last statement of a batch.
func queryLast(results pgx.BatchResults) (pgx.Rows, error) {
	rows, err := results.Query()
	if err != nil {
		_ = results.Close()
	}
	return &lastRows{Rows: rows, results: results}, err
}

func firstOf(err, then error) error {
	if err != nil {
		return err
	}
	return then
}

// Begin implements pgx.Tx with a savepoint.
func (p *pipeline) Begin(ctx context.Context) (pgx.Tx, error) {
	if err := p.flush(ctx); err != nil {
		return nil, err
	}
	return p.Tx.Begin(ctx)
}

// CopyFrom implements pgx.Tx.
func (p *pipeline) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, rows pgx.CopyFromSource) (int64, error) {
	if err := p.flush(ctx); err != nil {
		return 0, err
	}
	return p.Tx.CopyFrom(ctx, table, columns, rows)
}

// Commit implements pgx.Tx. What is queued, and what is read last, goes with it in one round trip; without a statement there is
// nothing to commit.
func (p *pipeline) Commit(ctx context.Context) error {
	if p.closed {
		return pgx.ErrTxClosed
	}
	if p.Tx == nil && len(p.queue) == 0 && len(p.last) == 0 {
		p.closed = true
		return nil
	}
	var h heard
	h.ask(p.last)
	h.batch.Queue("commit")
	answers := p.SendBatch(ctx, &h.batch)
	if err := answer(answers, p.last); err != nil {
		return err
	}
	tag, err := answers.Exec()
	if err = firstOf(err, answers.Close()); err != nil {
		return err
	}
	if tag.String() == "ROLLBACK" { // somebody passed over an error
		return pgx.ErrTxCommitRollback
	}
	p.closed = true
	p.conn.Release()
	return nil
}

// Rollback implements pgx.Tx. After a commit it does nothing.
func (p *pipeline) Rollback(ctx context.Context) error {
	if p.closed {
		return pgx.ErrTxClosed
	}
	p.closed = true
	if p.conn == nil {
		return nil
	}
	defer p.conn.Release()
	if p.Tx == nil {
		return nil
	}
	return p.Tx.Rollback(ctx)
}

// Conn implements pgx.Tx: there is none for anybody who would pass by what is queued.
func (*pipeline) Conn() *pgx.Conn { return nil }

// lastRows are the rows of the last statement of a batch, which ends with them.
type lastRows struct {
	pgx.Rows
	results pgx.BatchResults
	err     error
}

// Next implements pgx.Rows.
func (r *lastRows) Next() bool {
	if r.Rows.Next() {
		return true
	}
	r.Close()
	return false
}

// Close implements pgx.Rows.
func (r *lastRows) Close() {
	r.Rows.Close()
	r.err = firstOf(r.err, r.results.Close())
}

// Err implements pgx.Rows.
func (r *lastRows) Err() error { return firstOf(r.Rows.Err(), r.err) }

// lastRow is the one row of the last statement of a batch.
type lastRow struct {
	pgx.Row
	results pgx.BatchResults
}

// Scan implements pgx.Row.
func (r lastRow) Scan(into ...any) error {
	err := r.Row.Scan(into...)
	return firstOf(err, r.results.Close())
}
