package local

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// holdVar makes the test binary a zoop that opens the cluster in the named directory and waits to be killed.
const holdVar = "ZOOP_TEST_HOLD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(holdVar); dir != "" {
		fmt.Fprintln(os.Stderr, hold(dir))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func hold(dir string) error {
	c, err := Open(context.Background(), Options{DataDir: dir, Unsafe: true})
	if err != nil {
		return err
	}
	run := Run{DatabaseURL: c.DatabaseURL(), RedisURL: c.RedisURL(), PID: c.Postgres().PID(), StartedAt: time.Now()}
	if err := WriteRun(dir, run); err != nil {
		return err
	}
	select {}
}

// deadline bounds a test; everything in it takes a fraction.
func deadline(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// dataDir is a directory that the account which runs Postgres for root can reach; t.TempDir is none.
func dataDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "zoop-local-")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	require.NoError(t, os.Chmod(dir, 0o711))
	return filepath.Join(dir, "data")
}

func open(t *testing.T, dir string) *Cluster {
	t.Helper()
	c, err := Open(deadline(t), Options{DataDir: dir, Unsafe: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close(context.Background())) })
	return c
}

// query runs SQL at address and returns the first column of the last row.
func query(t *testing.T, address, sql string) (string, error) {
	t.Helper()
	ctx := deadline(t)
	conn, err := pgconn.Connect(ctx, address)
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	results, err := conn.Exec(ctx, sql).ReadAll()
	if err != nil {
		return "", err
	}
	last := results[len(results)-1]
	if len(last.Rows) == 0 {
		return "", nil
	}
	return string(last.Rows[len(last.Rows)-1][0]), nil
}

func ping(t *testing.T, address string) error {
	t.Helper()
	o, err := redis.ParseURL(address)
	require.NoError(t, err)
	o.MaxRetries, o.DialerRetries = -1, 1
	client := redis.NewClient(o)
	defer client.Close()
	return client.Ping(deadline(t)).Err()
}
