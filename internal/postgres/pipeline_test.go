package postgres

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/domain/payment"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// sent notes what goes to the server, a round trip a line.
type sent struct{ trips []string }

func (s *sent) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	s.trips = append(s.trips, q.SQL)
	return ctx
}

func (*sent) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (s *sent) TraceBatchStart(ctx context.Context, _ *pgx.Conn, b pgx.TraceBatchStartData) context.Context {
	var all []string
	for _, q := range b.Batch.QueuedQueries {
		all = append(all, q.SQL)
	}
	s.trips = append(s.trips, strings.Join(all, "; "))
	return ctx
}

func (*sent) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

func (*sent) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

const insertNote, countNotes = "INSERT INTO notes_of_test VALUES (1)", "SELECT count(*) FROM notes_of_test"

// onlyOne opens a database with one connection, so that a transaction that keeps it is found out, and a table.
func onlyOne(t *testing.T) (*DB, *sent) {
	t.Helper()
	t.Parallel()
	noted := &sent{}
	db, err := Open(t.Context(), dbtest.URL(t), Options{MaxConns: 1, Tracer: noted})
	require.NoError(t, err)
	t.Cleanup(db.Close)
	_, err = db.pool.Exec(t.Context(), "CREATE TABLE notes_of_test (n int PRIMARY KEY)")
	require.NoError(t, err)
	noted.trips = nil
	return db, noted
}

// later queues a statement.
func (tx *Tx) later(sql string) {
	var h heard
	h.batch.Queue(sql)
	tx.tx.later(&h, failed("note"))
}

func (db *DB) count(t *testing.T) (n int) {
	t.Helper()
	require.NoError(t, db.pool.QueryRow(t.Context(), countNotes).Scan(&n))
	return n
}

func TestWhatIsOnlyWrittenIsOneRoundTrip(t *testing.T) {
	db, noted := onlyOne(t)
	require.NoError(t, db.InTx(t.Context(), func(tx *Tx) error {
		tx.later(insertNote)
		return nil
	}))
	require.Equal(t, []string{"begin; " + insertNote + "; commit"}, noted.trips)
	require.Equal(t, 1, db.count(t))
	noted.trips = nil
	require.NoError(t, db.InTx(t.Context(), func(*Tx) error { return nil }))
	require.Empty(t, noted.trips, "nothing was asked")
}

// Whatever reads next meets what was written before it, and its error.
func TestWhatIsWrittenComesBeforeWhatIsRead(t *testing.T) {
	db, _ := onlyOne(t)
	var n int
	reads := map[string]func(*Tx) error{
		"row": func(tx *Tx) error { return tx.tx.QueryRow(t.Context(), countNotes).Scan(&n) },
		"rows": func(tx *Tx) error {
			rows, err := tx.tx.Query(t.Context(), countNotes)
			if err == nil {
				n, err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[int])
			}
			return err
		},
		"exec": func(tx *Tx) error {
			_, err := tx.tx.Exec(t.Context(), countNotes)
			return err
		},
		"batch": func(tx *Tx) error {
			return together(t.Context(), tx.tx, func(q *query.Queries) error {
				_, err := q.Moment(t.Context())
				return err
			})
		},
		"savepoint": func(tx *Tx) error {
			inner, err := tx.tx.Begin(t.Context())
			if err == nil {
				err = inner.Commit(t.Context())
			}
			return err
		},
		"copy": func(tx *Tx) error {
			_, err := tx.tx.CopyFrom(t.Context(), pgx.Identifier{"notes_of_test"}, []string{"n"}, pgx.CopyFromRows([][]any{{2}}))
			return err
		},
		"commit": func(*Tx) error { return nil },
	}
	for name, read := range reads {
		_, err := db.pool.Exec(t.Context(), "TRUNCATE notes_of_test")
		require.NoError(t, err)
		note := func(tx *Tx) error {
			tx.later(insertNote)
			return read(tx)
		}
		n = 1
		require.NoError(t, db.InTx(t.Context(), note), name)
		require.Equal(t, 1, n, name)
		require.GreaterOrEqual(t, db.count(t), 1, name)
		err = db.InTx(t.Context(), note)
		var pg *pgconn.PgError
		require.ErrorAs(t, err, &pg, name)
		require.Equal(t, "23505", pg.Code, name)
		require.ErrorContains(t, err, "note", name)
	}
}

// A write that finds nothing to write undoes all that came with it, the commit too, though no one waited for its answer.
func TestAWriteThatComesTooLateUndoesTheTransaction(t *testing.T) {
	db, _ := onlyOne(t)
	guards := map[string]func(context.Context, *Tx) error{
		"order": func(ctx context.Context, tx *Tx) error {
			return tx.saveOrder(ctx, &LockedOrder{Order: order.Order{ID: id.New()}}, 2)
		},
		"delivery": func(ctx context.Context, tx *Tx) error {
			return tx.saveDelivery(ctx, &LockedOrder{Delivery: &Delivery{ID: id.New()}})
		},
		"payment": func(ctx context.Context, tx *Tx) error {
			return tx.SavePayment(ctx, &LockedPayment{Payment: payment.Payment{ID: id.New()}})
		},
	}
	for thing, save := range guards {
		err := db.InTx(t.Context(), func(tx *Tx) error {
			tx.later(insertNote)
			return save(t.Context(), tx)
		})
		require.Equal(t, domain.Conflict, domain.KindOf(err), "%s: %v", thing, err)
		require.ErrorContains(t, err, "somebody else changed the "+thing)
		require.Zero(t, db.count(t), thing)
	}
}

func TestWhatIsReadLastComesWithTheCommit(t *testing.T) {
	db, noted := onlyOne(t)
	var at time.Time
	moment := func(q *query.Queries) (err error) { at, err = q.Moment(t.Context()); return err }
	require.NoError(t, db.InTx(t.Context(), func(tx *Tx) error {
		tx.last(moment)
		tx.later(insertNote)
		return nil
	}))
	require.False(t, at.IsZero())
	require.Len(t, noted.trips, 1)
	require.Equal(t, 1, db.count(t))

	at = time.Time{}
	err := db.InTx(t.Context(), func(tx *Tx) error {
		tx.last(moment)
		tx.later(insertNote) // it is there already
		return nil
	})
	require.ErrorContains(t, err, "note")
	require.True(t, at.IsZero(), "what was not committed was not read")

	wrong := errors.New("wrong")
	require.ErrorIs(t, db.InTx(t.Context(), func(tx *Tx) error {
		tx.last(moment, func(*query.Queries) error { return wrong })
		tx.later("INSERT INTO notes_of_test VALUES (2)")
		return nil
	}), wrong)
	require.Equal(t, 2, db.count(t), "it came too late to undo anything, and the only connection is free again")
}

func TestAFailureBeforeAnythingWasSentLeavesNothing(t *testing.T) {
	db, noted := onlyOne(t)
	wrong := errors.New("wrong")
	require.ErrorIs(t, db.InTx(t.Context(), func(tx *Tx) error {
		tx.later(insertNote)
		return wrong
	}), wrong)
	require.Empty(t, noted.trips)
	require.Panics(t, func() {
		_ = db.InTx(t.Context(), func(tx *Tx) error {
			tx.later(insertNote)
			_, err := tx.Moment(t.Context())
			require.NoError(t, err)
			panic("x")
		})
	})
	require.Zero(t, db.count(t), "the only connection is free again")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, db.InTx(ended, func(tx *Tx) error {
		_, err := tx.Moment(ended)
		return err
	}), context.Canceled)
	require.Zero(t, db.count(t))
	db.Close()
	require.Error(t, db.InTx(t.Context(), func(tx *Tx) error {
		tx.later(insertNote)
		return nil
	}))
}
