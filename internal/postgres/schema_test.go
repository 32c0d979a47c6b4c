package postgres

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
)

// TestMissingExtensionsAreExplained asks a server for an extension that it lacks, and as a role that may not have it.
func TestMissingExtensionsAreExplained(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, dbtest.EmptyURL(t))
	require.NoError(t, err)
	defer func() { _ = conn.Close(ctx) }()
	for _, tt := range []struct{ before, sql, code, says string }{
		{"", "CREATE EXTENSION no_such_thing", "extension_missing", "contrib"},
		{"SET ROLE pg_monitor", "CREATE EXTENSION unaccent", "extension_refused", "CREATE EXTENSION unaccent"},
	} {
		_, err := conn.Exec(ctx, tt.before)
		require.NoError(t, err)
		_, err = conn.Exec(ctx, tt.sql)
		require.Error(t, err)
		var e *domain.Error
		require.ErrorAs(t, unextended(err), &e)
		require.Equal(t, tt.code, e.Code)
		require.Contains(t, e.Message, tt.says)
	}
}
