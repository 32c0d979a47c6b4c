package postgres

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/zoop-dev/zoop/internal/dbtest"
)

// TestLimitsHoldBehindAPooler: a statement ends at its time, single or in a transaction, and nothing of it stays with the server's
// connection, which others have next.
func TestLimitsHoldBehindAPooler(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	url := dbtest.Pooled(t, dbtest.URL(t))
	_, err := Open(ctx, url, Options{})
	require.ErrorContains(t, err, "pooler: must be true")
	db, err := Open(ctx, url, Options{MaxConns: 4, StatementTimeout: time.Second, Pooler: true})
	require.NoError(t, err)
	defer db.Close()
	const slow = "SELECT pg_sleep(120)"
	for name, do := range map[string]func() error{
		"exec":  func() error { _, err := db.single().Exec(ctx, slow); return err },
		"row":   func() error { return db.single().QueryRow(ctx, slow).Scan(nil) },
		"rows":  func() error { rows, err := db.single().Query(ctx, slow); return firstOf(err, drained(rows)) },
		"batch": func() error { return db.single().SendBatch(ctx, batchOf(slow, nil)).Close() },
		"transaction": func() error {
			return db.InTx(ctx, func(tx *Tx) error { _, err := tx.tx.Exec(ctx, slow); return err })
		},
		"snapshot": func() error {
			return db.Snapshot(ctx, func(tx *Tx) error { _, err := tx.tx.Exec(ctx, slow); return err })
		},
	} {
		start := time.Now()
		var pg *pgconn.PgError
		require.ErrorAs(t, do(), &pg, name)
		require.Equal(t, "57014", pg.Code, name)
		require.Less(t, time.Since(start), time.Minute, name)
	}
	conn, err := pgx.Connect(ctx, url)
	require.NoError(t, err)
	defer func() { _ = conn.Close(ctx) }()
	for _, setting := range []string{"statement_timeout", "idle_in_transaction_session_timeout"} {
		var value string
		require.NoError(t, conn.QueryRow(ctx, "SELECT current_setting($1)", pgx.QueryExecModeExec, setting).Scan(&value))
		require.Equal(t, "0", value, setting)
	}
}

func drained(rows pgx.Rows) error {
	if rows == nil {
		return nil
	}
	for rows.Next() {
	}
	return rows.Err()
}

// TestTransactionsShareAPooler: more clients than the pooler has connections, each sees its own transaction and typed parameters.
func TestTransactionsShareAPooler(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	db, err := Open(ctx, dbtest.Pooled(t, dbtest.URL(t)), Options{MaxConns: 24, Pooler: true})
	require.NoError(t, err)
	defer db.Close()
	_, err = db.pool.Exec(ctx, "CREATE TABLE notes_of_test (n int PRIMARY KEY, said jsonb NOT NULL)")
	require.NoError(t, err)
	var g errgroup.Group
	for n := range 24 {
		g.Go(func() error {
			for i := range 10 {
				err := db.InTx(ctx, func(tx *Tx) error {
					if _, err := tx.tx.Exec(ctx, "INSERT INTO notes_of_test VALUES ($1, $2)", n*10+i, []byte(`{"a":1}`)); err != nil {
						return err
					}
					var count int
					if err := tx.tx.QueryRow(ctx, "SELECT count(*) FROM notes_of_test WHERE n = $1", n*10+i).Scan(&count); err != nil || count != 1 {
						return errors.Join(err, errors.New("a transaction does not see what it wrote"))
					}
					return nil
				})
				if _, nerr := db.Now(ctx); err != nil || nerr != nil {
					return errors.Join(err, nerr)
				}
			}
			return nil
		})
	}
	require.NoError(t, g.Wait())
	var all int
	require.NoError(t, db.single().QueryRow(ctx, "SELECT count(*) FROM notes_of_test").Scan(&all))
	require.Equal(t, 240, all)
}

// TestSchemaBehindAPooler: several who migrate at once take turns and leave no lock behind; down and up again works, too.
func TestSchemaBehindAPooler(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	direct := dbtest.EmptyURL(t)
	url := dbtest.Pooled(t, direct)
	open := func() *Schema {
		s, err := OpenSchema(ctx, url, time.Second)
		require.NoError(t, err)
		t.Cleanup(s.Close)
		return s
	}
	var g errgroup.Group
	made := make([]int, 2)
	for n := range made {
		s := open()
		g.Go(func() error {
			done, err := s.Up(ctx, 0, 0)
			made[n] = len(done)
			return err
		})
	}
	require.NoError(t, g.Wait())
	s := open()
	all, err := s.Status(ctx)
	require.NoError(t, err)
	require.Equal(t, len(all), made[0]+made[1], "each migration once")
	require.Zero(t, min(made[0], made[1]), "by one of them")
	done, err := s.Redo(ctx)
	require.NoError(t, err)
	require.Len(t, done, 2)
	conn, err := pgx.Connect(ctx, direct)
	require.NoError(t, err)
	defer func() { _ = conn.Close(ctx) }()
	var locks int
	require.NoError(t, conn.QueryRow(ctx, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'").Scan(&locks))
	require.Zero(t, locks)
}
