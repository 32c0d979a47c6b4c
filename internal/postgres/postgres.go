// Package postgres is the store of everything that matters: SQL, transactions, and the classification of their errors.
//
// Statements live in query/*.sql; query/*.go is made from them. Each file here serves one use case's words and turns rows
// into domain values. Whoever changes an order, a vendor or a courier locks its row first and appends the events in the
// same transaction.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/delivery/plan"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// Options bound a DB's use of the server.
type Options struct {
	MaxConns         int32           // 0: 4 a processor, at least 16
	StatementTimeout time.Duration   // 0: 5 s; a single statement is ended past it
	Pooler           bool            // the server is behind a pooler in transaction mode, which has no sessions
	Tracer           pgx.QueryTracer // is told of every round trip; nil: nobody is
}

// maxIdle is how long a transaction may be open with nothing to do.
const maxIdle = 15 * time.Second

// DB is a pool of connections.
type DB struct {
	// RefundGrace is how long after the cancel of an order that was accepted its gateway is asked to give the money back or to let it
	// go: until then a restore withdraws that. 0: at once. It is set before the DB is used.
	RefundGrace time.Duration

	// Travel knows how long couriers' ways take, from memory; nil: plan.City. Happened is told, after the commit, of an order that was made
	// ready or handed over; it may be nil. Both are set before the DB is used.
	Travel   plan.Travel
	Happened func(order.Order)

	pool   *pgxpool.Pool
	limits string // the statement that a transaction begins with, behind a pooler
	poster *river.Client[pgx.Tx]

	letters chan struct{} // full while they are held
}

// Open prepares a pool for a postgres:// URL and proves that the server answers.
// It returns Unavailable when it does not.
func Open(ctx context.Context, url string, o Options) (*DB, error) {
	if o.StatementTimeout == 0 {
		o.StatementTimeout = 5 * time.Second
	}
	config, err := poolConfig(url, o)
	if err != nil {
		return nil, err
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open postgres: %w", classify(err))
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("reach postgres: %w", classify(err))
	}
	poster, err := newPoster(pool)
	if err != nil {
		pool.Close()
		return nil, err
	}
	db := &DB{pool: pool, poster: poster, letters: make(chan struct{}, 1)}
	if o.Pooler {
		db.limits = limits(o.StatementTimeout, maxIdle)
	}
	return db, nil
}

func poolConfig(url string, o Options) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, domain.Errorf(domain.Invalid, "database_url", "the database URL cannot be read (it is not shown: it may hold a password)")
	}
	if o.MaxConns > 0 {
		config.MaxConns = o.MaxConns
	} else if config.MaxConns < 16 {
		config.MaxConns = 16
	}
	runtime := config.ConnConfig.RuntimeParams
	runtime["application_name"] = "zoop"
	runtime["timezone"] = "UTC"
	if o.Pooler {
		// Statements without a name, described once, so that parameters have the types that Postgres wants and not those that
		// their Go types suggest: JSON comes as bytes. Statement and parse go together, so it does not matter which of the
		// server's connections has them.
		config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
	} else { // a pooler refuses these
		runtime["statement_timeout"] = fmt.Sprint(o.StatementTimeout.Milliseconds())
		runtime["idle_in_transaction_session_timeout"] = fmt.Sprint(maxIdle.Milliseconds())
	}
	config.ConnConfig.Tracer = o.Tracer
	config.ConnConfig.ConnectTimeout = 5 * time.Second
	config.AfterConnect = func(_ context.Context, conn *pgx.Conn) error {
		registerID(conn.TypeMap())
		return nil
	}
	return config, nil
}

// FromPool wraps a pool that exists, as tests have one; its connections learn nothing new.
func FromPool(ctx context.Context, pool *pgxpool.Pool) (*DB, error) {
	return Open(ctx, pool.Config().ConnString(), Options{MaxConns: pool.Config().MaxConns})
}

// Close ends all connections, after those in use are given back.
func (db *DB) Close() { db.pool.Close() }

// Pool is the pool itself, for the packages that make their own statements.
func (db *DB) Pool() *pgxpool.Pool { return db.pool }

// MaxConns is how many connections the pool has at most.
func (db *DB) MaxConns() int { return int(db.pool.Config().MaxConns) }

// Ping proves that the server answers: Unavailable when it does not.
func (db *DB) Ping(ctx context.Context) error { return classify(db.pool.Ping(ctx)) }

// q runs single statements outside a transaction.
func (db *DB) q() *query.Queries { return query.New(db.single()) }

// Tx is a transaction in the hands of a use case.
type Tx struct {
	db *DB
	tx *pipeline
	*query.Queries
	then  []func() // what is done after the commit
	kept  bool     // the answer of the request's key is in it
	aside bool     // it does not do the work of the request's key
}

// attempts bounds how often a transaction is tried that the server asks to repeat.
const attempts = 4

// InTx runs fn in a transaction: committed when fn returns nil, rolled back otherwise, even when ctx has ended.
// A serialization failure, a deadlock or errAgain is tried again, at most 4 times in all; so fn may run more than once and must keep
// its effects in the transaction. No network call belongs inside. In the context of Once, the transaction also notes that
// the work of the request's key is done.
// Errors are fn's own, or those of the database, classified.
func (db *DB) InTx(ctx context.Context, fn func(tx *Tx) error) error {
	var err error
	for range attempts {
		if err = db.attempt(ctx, pgx.TxOptions{}, fn); !retryable(err) {
			break
		}
	}
	if short := (shortWallet{}); errors.As(err, &short) {
		return short.tell(ctx, db)
	}
	return classify(err)
}

// Now is the database's time.
func (db *DB) Now(ctx context.Context) (time.Time, error) {
	now, err := db.q().Moment(ctx)
	if err != nil {
		return now, fmt.Errorf("read the time: %w", classify(err))
	}
	return now, nil
}

// Snapshot runs fn in a read-only transaction that sees one moment of the database.
func (db *DB) Snapshot(ctx context.Context, fn func(tx *Tx) error) error {
	return classify(db.attempt(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, fn))
}

func (db *DB) attempt(ctx context.Context, o pgx.TxOptions, fn func(tx *Tx) error) error {
	tx := newPipeline(db.pool, o, db.limits)
	defer func() {
		undo, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = tx.Rollback(undo) // after a commit this does nothing
	}()
	t := &Tx{db: db, tx: tx, Queries: query.New(tx)}
	if err := fn(t); err != nil {
		return err
	}
	if o.AccessMode == pgx.ReadOnly {
		return tx.Commit(ctx)
	}
	if err := t.commit(ctx); err != nil {
		return err
	}
	for _, do := range t.then {
		do()
	}
	return nil
}

// errAgain has a transaction tried again that found out too late what it should have locked.
var errAgain = errors.New("the transaction has to be tried again")

func retryable(err error) bool {
	var pg *pgconn.PgError
	return errors.Is(err, errAgain) || errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}
