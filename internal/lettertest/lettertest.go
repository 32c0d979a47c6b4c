// Package lettertest shows tests the mail that was posted. It is imported by tests only.
package lettertest

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/postgres"
)

// All opens all letters that were posted in a database, oldest first, whether they were sent or not.
func All(t testing.TB, db *postgres.DB) []postgres.Posted {
	t.Helper()
	ctx := context.Background()
	rows, err := db.Pool().Query(ctx, "SELECT id FROM river_job WHERE kind = 'letter' ORDER BY id")
	require.NoError(t, err)
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	require.NoError(t, err)
	out := make([]postgres.Posted, len(ids))
	for i, id := range ids {
		out[i], err = db.Letter(ctx, id)
		require.NoError(t, err)
	}
	return out
}

// Last opens the one that was posted last.
func Last(t testing.TB, db *postgres.DB) postgres.Posted {
	t.Helper()
	all := All(t, db)
	require.NotEmpty(t, all, "no letter was posted")
	return all[len(all)-1]
}
