package review_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/dbtest"
	rules "github.com/zoop-dev/zoop/internal/domain/review"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// The migration that brings ratings shows what vendors had by then as the rule does; going back, they have it as before.
func TestRatingsFromBeforeAreKept(t *testing.T) {
	t.Parallel()
	ctx, url := t.Context(), dbtest.URL(t)
	schema, err := postgres.OpenSchema(ctx, url, time.Minute)
	require.NoError(t, err)
	defer schema.Close()
	_, err = schema.Down(ctx, 18, 0)
	require.NoError(t, err)
	db, err := postgres.Open(ctx, url, postgres.Options{MaxConns: 2})
	require.NoError(t, err)
	defer db.Close()
	brought := []rules.Imported{{}, {Average: 4.9, Votes: 4}, {Average: 3.2, Votes: 50}, {Average: 4.6, Votes: 12_345}, {Average: 0, Votes: 3}, {Average: 4.2}}
	for _, r := range brought {
		_, err := db.Pool().Exec(ctx, `INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, lat, lng, rating_average, rating_count)
			VALUES ($1, 'V', '{Thali}', 'x', 'x', 'IN', 'Asia/Kolkata', 'INR', 28, 77, $2, $3)`, id.New(), r.Average, r.Votes)
		require.NoError(t, err)
	}
	read := func() (out []rules.Rating) {
		rows, err := db.Pool().Query(ctx, "SELECT rating_average, rating_count FROM vendors ORDER BY id")
		require.NoError(t, err)
		for rows.Next() {
			var r rules.Rating
			require.NoError(t, rows.Scan(&r.Average, &r.Count))
			out = append(out, r)
		}
		require.NoError(t, rows.Err())
		return out
	}
	_, err = schema.Up(ctx, -1, 0)
	require.NoError(t, err)
	for i, shown := range read() {
		require.Equal(t, rules.Rate(rules.Tally{}, brought[i]), shown, brought[i])
	}
	_, err = schema.Down(ctx, 18, 0)
	require.NoError(t, err)
	for i, before := range read() {
		require.Equal(t, rules.Rating{Average: brought[i].Average, Count: brought[i].Votes}, before)
	}
}
