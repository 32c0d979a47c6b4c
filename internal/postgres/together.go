package postgres

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// together has the statements of its parts made in one round trip, one after the other, and gives the first error. None of them may
// depend on the answer of another. Each part is called twice, to hear what it asks and to give it the answer: the first time
// reading fails, and it must leave nothing behind then. A part that reads makes one statement.
func together(ctx context.Context, db query.DBTX, parts ...func(*query.Queries) error) error {
	var h heard
	h.ask(parts)
	answers := db.SendBatch(ctx, &h.batch)
	if err := answer(answers, parts); err != nil {
		return err
	}
	return answers.Close()
}

// ask hears what parts ask.
func (h *heard) ask(parts []func(*query.Queries) error) {
	for _, part := range parts {
		_ = part(query.New(h)) // there is no answer yet
	}
}

// answer gives parts their answers, up to the first error.
func answer(answers pgx.BatchResults, parts []func(*query.Queries) error) error {
	for _, part := range parts {
		if err := part(query.New(answered{answers})); err != nil {
			_ = answers.Close() // it has no other
			return err
		}
	}
	return nil
}

// errHeard is the answer to whoever reads while nothing was sent.
var errHeard = errors.New("the statement is not sent yet")

// heard collects statements.
type heard struct{ batch pgx.Batch }

func (h *heard) Exec(_ context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	h.batch.Queue(sql, args...)
	return pgconn.CommandTag{}, nil
}

func (h *heard) Query(_ context.Context, sql string, args ...any) (pgx.Rows, error) {
	h.batch.Queue(sql, args...)
	return nil, errHeard
}

func (h *heard) QueryRow(_ context.Context, sql string, args ...any) pgx.Row {
	h.batch.Queue(sql, args...)
	return unread{}
}

func (*heard) CopyFrom(context.Context, pgx.Identifier, []string, pgx.CopyFromSource) (int64, error) {
	return 0, errors.New("rows are not copied together with statements")
}

func (*heard) SendBatch(context.Context, *pgx.Batch) pgx.BatchResults {
	panic("a batch within a batch")
}

// inserts says whether one statement was heard, which inserts.
func (h *heard) inserts() bool {
	return h.batch.Len() == 1 && strings.Contains(h.batch.QueuedQueries[0].SQL, "INSERT INTO ")
}

// heardTx is a transaction for a library that makes one statement whose answer nobody needs.
type heardTx struct {
	*heard
	silentTx
}

type silentTx struct{ pgx.Tx }

// Conn implements pgx.Tx.
func (silentTx) Conn() *pgx.Conn { return nil }

type unread struct{}

func (unread) Scan(...any) error { return errHeard }

// answered gives the answers to statements in their order.
type answered struct{ pgx.BatchResults }

func (a answered) Exec(context.Context, string, ...any) (pgconn.CommandTag, error) {
	return a.BatchResults.Exec()
}

func (a answered) Query(context.Context, string, ...any) (pgx.Rows, error) {
	return a.BatchResults.Query()
}

func (a answered) QueryRow(context.Context, string, ...any) pgx.Row { return a.BatchResults.QueryRow() }

func (answered) CopyFrom(context.Context, pgx.Identifier, []string, pgx.CopyFromSource) (int64, error) {
	return 0, errors.New("rows are not copied together with statements")
}

func (answered) SendBatch(context.Context, *pgx.Batch) pgx.BatchResults {
	panic("a batch within a batch")
}
