package postgres

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/pressly/goose/v3/lock"

	"github.com/zoop-dev/zoop/internal/domain"
)

// How often and how long who wants to migrate looks whether another is done.
const (
	turnEvery = time.Second
	turnMost  = 5 * time.Minute
)

// inTurn does what changes the schema while nobody else does. The lock is a transaction's of its own, not a session's, which behind a
// pooler would stay with whichever connection took it. Who waits holds no snapshot: an index that is built concurrently waits for
// those.
func (s *Schema) inTurn(ctx context.Context, do func() ([]Migration, error)) ([]Migration, error) {
	for until := time.Now().Add(turnMost); ; {
		tx, err := s.tryLock(ctx)
		if err != nil {
			return nil, fmt.Errorf("lock the schema: %w", classify(err))
		}
		if tx != nil {
			defer func() { _ = tx.Rollback() }() // it has changed nothing
			return do()
		}
		if time.Now().After(until) {
			return nil, domain.Errorf(domain.Conflict, "migrating", "another process has been changing the schema for %s", turnMost)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(turnEvery):
		}
	}
}

// tryLock gives the transaction that has the lock, nil when another has it.
func (s *Schema) tryLock(ctx context.Context) (*sql.Tx, error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	var has bool
	_, err = tx.ExecContext(ctx, "SET LOCAL idle_in_transaction_session_timeout = 0") // it idles while others migrate
	if err == nil {
		err = tx.QueryRowContext(ctx, "SELECT pg_try_advisory_xact_lock($1)", lock.DefaultLockID).Scan(&has)
	}
	if has {
		return tx, nil
	}
	_ = tx.Rollback() // it has changed nothing
	return nil, err
}
