package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// TestSlowIsNotAway has a statement run into its bound: it may be tried again, but nobody is told that the database is away.
func TestSlowIsNotAway(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	db, err := postgres.Open(ctx, dbtest.URL(t), postgres.Options{StatementTimeout: time.Second})
	require.NoError(t, err)
	t.Cleanup(db.Close)
	err = db.InTx(ctx, func(*postgres.Tx) error {
		_, err := db.Pool().Exec(ctx, "SELECT pg_sleep(60)")
		return err
	})
	require.Equal(t, domain.Unavailable, domain.KindOf(err))
	require.ErrorContains(t, err, "took too long")
	require.NotContains(t, err.Error(), "is away")
}
