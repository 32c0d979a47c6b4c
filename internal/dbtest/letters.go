package dbtest

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/zoop-dev/zoop/internal/postgres"
)

// Letters opens all letters that were posted in a database, oldest first, whether they were sent or not.
func Letters(t testing.TB, db *postgres.DB) []postgres.Posted {
	t.Helper()
	ctx := context.Background()
	rows, err := db.Pool().Query(ctx, "SELECT id FROM river_job WHERE kind = 'letter' ORDER BY id")
	fail(t, err)
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	fail(t, err)
	out := make([]postgres.Posted, len(ids))
	for i, id := range ids {
		out[i], err = db.Letter(ctx, id)
		fail(t, err)
	}
	return out
}

// LastLetter opens the one that was posted last.
func LastLetter(t testing.TB, db *postgres.DB) postgres.Posted {
	t.Helper()
	all := Letters(t, db)
	if len(all) == 0 {
		t.Fatal("dbtest: no letter was posted")
	}
	return all[len(all)-1]
}
