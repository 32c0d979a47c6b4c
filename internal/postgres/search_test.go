package postgres_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/dbtest"
)

// TestTextsFoldAlike compares texts of plain words, which are folded a shorter way, with the same ones and a mark that folding drops.
func TestTextsFoldAlike(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, dbtest.URL(t))
	require.NoError(t, err)
	defer func() { _ = conn.Close(ctx) }()
	for text, want := range map[string]string{
		"": "", " ": "", "Pizza": "pizza", "7UP 500 ML": "7up 500 ml", "Tea  House": "tea house", " Tea": "tea", "Tea ": "tea",
		"Crème Brûlée": "creme brulee", "Karim's": "karims", "ＴＥＡ": "tea", "Tea\nHouse": "tea house",
	} {
		var plain, marked string
		require.NoError(t, conn.QueryRow(ctx, "SELECT search_fold($1), search_fold($1 || '!')", text).Scan(&plain, &marked))
		require.Equal(t, want, plain, "%q", text)
		require.Equal(t, want, marked, "%q", text)
	}
}
