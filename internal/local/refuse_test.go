package local

import (
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

func TestClusterOfAnotherMajorIsRefusedAndKept(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	c, err := Open(deadline(t), Options{DataDir: dir, SkipPostgres: true, SkipRedis: true})
	require.NoError(t, err)
	require.Empty(t, c.DatabaseURL()+c.SocketURL()+c.RedisURL())
	require.NoError(t, c.Close(deadline(t)))
	require.NoError(t, os.Mkdir(c.dir.postgres(), 0o700))
	version := filepath.Join(c.dir.postgres(), "PG_VERSION")
	require.NoError(t, os.WriteFile(version, []byte("9\n"), 0o600))
	_, err = Open(deadline(t), Options{DataDir: dir, SkipRedis: true})
	require.ErrorIs(t, err, ErrWrongMajor)
	require.ErrorContains(t, err, "needs Postgres 9")
	require.FileExists(t, version)
}

func TestForeignDirectoriesAreLeftAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, Reset(filepath.Join(dir, "none")))
	require.NoError(t, Reset(dir), "empty")
	_, err := FindRun(dir)
	require.ErrorIs(t, err, ErrNotRunning)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "zoop.lock"), nil, 0o600))
	require.NoError(t, Reset(dir), "already reset")

	require.NoError(t, os.Mkdir(filepath.Join(dir, "log"), 0o700))
	require.ErrorIs(t, Reset(dir), ErrNotOurs)
	_, err = Open(deadline(t), Options{DataDir: dir})
	require.ErrorIs(t, err, ErrNotOurs)
	require.DirExists(t, filepath.Join(dir, "log"))
}

func TestUnreachableDirectoryIsNamed(t *testing.T) {
	t.Parallel()
	shut := t.TempDir()
	require.NoError(t, os.Chmod(shut, 0o700))
	dir := filepath.Join(shut, "data")
	require.NoError(t, os.Mkdir(dir, 0o711))
	nobody := account{uid: 65534, gid: 65534, name: "nobody", drop: true}
	require.ErrorContains(t, nobody.checkReach(dir), "chmod o+x "+shut)
	require.NoError(t, nobody.checkReach("/"))
}

func TestSocketDirectoryOfOthersIsNotUsed(t *testing.T) {
	t.Parallel()
	user, err := childAccount("")
	require.NoError(t, err)
	first, err := makeSocketDir("", user)
	require.NoError(t, err)
	defer os.RemoveAll(first)
	same, err := makeSocketDir(first, user)
	require.NoError(t, err)
	require.Equal(t, first, same)
	require.NoError(t, os.Chmod(first, 0o755))
	other, err := makeSocketDir(first, user)
	require.NoError(t, err)
	defer os.RemoveAll(other)
	require.NotEqual(t, first, other)
}

func TestSupervisorGivesUpOnAStoreThatKeepsDying(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		boots := 0
		s := &Server{name: "postgres", logPath: "log/postgres.log", boot: func(context.Context) (*child, error) {
			boots++
			c := &child{done: make(chan struct{})}
			close(c.done)
			return c, nil
		}}
		require.NoError(t, s.Start(t.Context()))
		start := time.Now()
		err := s.supervise(t.Context(), slog.New(slog.DiscardHandler))
		require.ErrorContains(t, err, "keeps dying: see log/postgres.log")
		require.Equal(t, 1+maxDeaths, boots)
		require.Less(t, time.Since(start), time.Minute)
	})
}

func TestLogIsBounded(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "redis.log")
	f, err := openLog(path)
	require.NoError(t, err)
	require.NoError(t, f.Truncate(maxLog+1))
	trimLog(path)
	_, err = f.WriteString("after")
	require.NoError(t, err)
	require.NoError(t, f.Close())
	require.EqualValues(t, len("after"), logSize(path))
	require.True(t, strings.HasSuffix(logTail(path, 0), "\nafter"))
}

func TestDemoRedisExpiresKeys(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp4", "127.0.0.1:0") // by somebody who was quicker
	require.NoError(t, err)
	defer taken.Close()
	port := taken.Addr().(*net.TCPAddr).Port
	demo, err := startDemo(&port, "secret")
	require.NoError(t, err)
	defer demo.close()
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:" + strconv.Itoa(port), Password: "secret"})
	defer client.Close()
	require.NoError(t, client.Set(deadline(t), "k", "v", 200*time.Millisecond).Err())
	require.Eventually(t, func() bool { return client.Exists(deadline(t), "k").Val() == 0 }, time.Minute, 10*time.Millisecond)
}

func TestDefaultDataDir(t *testing.T) {
	t.Setenv("XDG_DATA_HOME", "/data")
	want := "/data/zoop"
	if os.Geteuid() == 0 {
		want = "/var/lib/zoop"
	}
	require.Equal(t, want, DefaultDataDir())
}
