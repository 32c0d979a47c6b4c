package dbtest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/dbtest"
)

func TestDatabasesAreMigratedAndApart(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	a, b := dbtest.New(t), dbtest.New(t)
	for _, pool := range []interface {
		QueryRow(context.Context, string, ...any) pgx.Row
	}{a, b} {
		var tables int
		require.NoError(t, pool.QueryRow(ctx, "SELECT count(*) FROM goose_db_version WHERE version_id > 0").Scan(&tables))
		require.Positive(t, tables)
	}
	_, err := a.Exec(ctx, "CREATE TABLE mine (id int)")
	require.NoError(t, err)
	var theirs bool
	require.NoError(t, b.QueryRow(ctx, "SELECT to_regclass('mine') IS NOT NULL").Scan(&theirs))
	require.False(t, theirs, "a table of one database shows in the other")
}

func TestDatabaseIsDropped(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	var url string
	t.Run("user", func(t *testing.T) {
		url = dbtest.EmptyURL(t)
		conn, err := pgx.Connect(ctx, url)
		require.NoError(t, err)
		require.NoError(t, conn.Close(ctx))
	})
	require.Eventually(t, func() bool {
		conn, err := pgx.Connect(ctx, url)
		if err == nil {
			_ = conn.Close(ctx)
		}
		var pg *pgconn.PgError
		return errors.As(err, &pg) && pg.Code == "3D000"
	}, time.Minute, 10*time.Millisecond)
}

// TestPooledIsInTransactionMode: a transaction has a server's connection to itself, and what is set outside of one may be gone.
func TestPooledIsInTransactionMode(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	pooled := dbtest.Pooled(t, dbtest.URL(t))
	var servers []int
	for range 2 {
		conn, err := pgx.Connect(ctx, pooled)
		require.NoError(t, err)
		defer func() { _ = conn.Close(ctx) }()
		var pid int
		require.NoError(t, conn.QueryRow(ctx, "SELECT pg_backend_pid()", pgx.QueryExecModeExec).Scan(&pid))
		servers = append(servers, pid)
	}
	require.Equal(t, servers[0], servers[1], "two clients, one server connection")
	_, err := pgx.Connect(ctx, pooled+"&statement_timeout=5s")
	require.ErrorContains(t, err, "unsupported startup parameter")
}

func TestRedisDatabasesAreApartAndLeftEmpty(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	a, b := client(t, dbtest.Redis(t)), client(t, dbtest.Redis(t))
	require.NoError(t, a.Set(ctx, "k", "v", 0).Err())
	require.Zero(t, b.Exists(ctx, "k").Val())
	var used string
	t.Run("user", func(t *testing.T) {
		used = dbtest.Redis(t)
		require.NoError(t, client(t, used).Set(ctx, "k", "v", 0).Err())
	})
	size, err := client(t, used).DBSize(ctx).Result()
	require.NoError(t, err)
	require.Zero(t, size)
}

func TestOwnRedisComesBackEmptyAtItsAddress(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s := dbtest.OwnRedis(t)
	c := client(t, s.URL())
	for _, end := range []func(){s.Kill, s.Stop} {
		require.NoError(t, c.Set(ctx, "k", "v", 0).Err())
		end()
		require.Error(t, c.Ping(ctx).Err())
		s.Restart()
		n, err := c.Exists(ctx, "k").Result()
		require.NoError(t, err)
		require.Zero(t, n)
	}
}

func client(t *testing.T, url string) *redis.Client {
	t.Helper()
	o, err := redis.ParseURL(url)
	require.NoError(t, err)
	o.MaxRetries = -1
	c := redis.NewClient(o)
	t.Cleanup(func() { _ = c.Close() })
	return c
}
