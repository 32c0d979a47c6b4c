package local

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The story of a data directory: one test, because a cluster takes most of a second to make.
func TestOpenUseCloseReopenReset(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	c := open(t, dir)
	for _, address := range []string{c.DatabaseURL(), c.SocketURL()} {
		got, err := query(t, address, "SELECT current_database() || lower('É') || current_setting('TimeZone')")
		require.NoError(t, err)
		require.Equal(t, "zoopéUTC", got)
	}
	require.NoError(t, ping(t, c.RedisURL()))
	requireSecret(t, c.dir.state())

	_, err := Open(deadline(t), Options{DataDir: dir})
	require.ErrorIs(t, err, ErrLocked)
	require.ErrorContains(t, err, "process "+strconv.Itoa(os.Getpid()))
	require.ErrorIs(t, Reset(dir), ErrLocked)

	_, err = FindRun(dir)
	require.ErrorIs(t, err, ErrNotRunning)
	require.ErrorContains(t, err, "is starting")
	want := Run{DatabaseURL: c.DatabaseURL(), APIURL: "http://127.0.0.1:4000", PID: os.Getpid(), StartedAt: time.Now().UTC().Round(0)}
	require.NoError(t, WriteRun(dir, want))
	requireSecret(t, c.dir.run())
	got, err := FindRun(dir)
	require.NoError(t, err)
	require.Equal(t, want, got)

	_, err = query(t, c.SocketURL(), "CREATE TABLE kept AS SELECT 42 AS n")
	require.NoError(t, err)
	require.NoError(t, c.Close(context.Background()))
	require.Error(t, ping(t, c.RedisURL()))
	require.NoDirExists(t, c.state.SocketDir)
	require.NoError(t, WriteRun(dir, want), "the file of a dead zoop, which kill -9 leaves")
	_, err = FindRun(dir)
	require.ErrorIs(t, err, ErrNotRunning)

	// A PID that another program got since the machine last started.
	stale := strconv.Itoa(os.Getpid()) + "\n" + c.dir.postgres() + "\n"
	require.NoError(t, os.WriteFile(filepath.Join(c.dir.postgres(), "postmaster.pid"), []byte(stale), 0o600))
	again := open(t, dir)
	require.Equal(t, c.DatabaseURL(), again.DatabaseURL())
	require.Equal(t, c.RedisURL(), again.RedisURL())
	kept, err := query(t, again.DatabaseURL(), "SELECT n FROM kept")
	require.NoError(t, err)
	require.Equal(t, "42", kept)
	require.NoError(t, again.Close(context.Background()))

	require.NoError(t, os.WriteFile(filepath.Join(dir, "token"), nil, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "notes"), nil, 0o600))
	require.Error(t, Reset(dir, "../data"))
	require.NoError(t, Reset(dir, "token"))
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	require.ElementsMatch(t, []string{filepath.Join(dir, "notes"), filepath.Join(dir, "zoop.lock")}, left)
}

func TestKilledStoresComeBackAtTheirAddresses(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	hasty, stop := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer stop()
	_, err := Open(hasty, Options{DataDir: dir})
	require.ErrorIs(t, err, context.DeadlineExceeded)
	c := open(t, dir) // what was begun does no harm
	ctx, cancel := context.WithCancel(deadline(t))
	ran := make(chan error, 1)
	go func() { ran <- c.Run(ctx) }()
	for _, s := range c.servers() {
		before := s.PID()
		s.Kill()
		require.Eventually(t, func() bool { return s.PID() != before }, time.Minute, 5*time.Millisecond)
	}
	require.NoError(t, ping(t, c.RedisURL()))
	_, err = query(t, c.DatabaseURL(), "SELECT 1")
	require.NoError(t, err)
	cancel()
	require.NoError(t, <-ran)
}

func TestReopenAfterKill(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	holder := startHolder(t, dir)
	run := awaitRun(t, dir)
	_, err := query(t, run.DatabaseURL, "CREATE TABLE kept AS SELECT 42 AS n")
	require.NoError(t, err)
	_, err = Open(deadline(t), Options{DataDir: dir})
	require.ErrorIs(t, err, ErrLocked)
	require.ErrorContains(t, err, strconv.Itoa(holder.Process.Pid))

	require.NoError(t, holder.Process.Kill())
	_ = holder.Wait()
	c := open(t, dir)
	require.False(t, runsFor(run.PID, c.dir.postgres()), "the dead zoop's Postgres is still there")
	require.Equal(t, run.DatabaseURL, c.DatabaseURL())
	require.Equal(t, run.RedisURL, c.RedisURL())
	kept, err := query(t, c.DatabaseURL(), "SELECT n FROM kept")
	require.NoError(t, err)
	require.Equal(t, "42", kept)

	// As on a system without death signals: nobody has told the leftover anything.
	require.NoError(t, stopLeftoverPostgres(c.dir.postgres()))
	<-c.Postgres().child.done
	shutdownRedis(c.state.RedisPort, c.state.RedisPassword)
	<-c.Redis().child.done
}

// Nobody may take a directory over while its stores run, even when its opener has let the Cluster go: the tests' helper does.
func TestForgottenClusterStaysLocked(t *testing.T) {
	t.Parallel()
	o := Options{DataDir: dataDir(t), SkipPostgres: true, SkipRedis: true}
	_, err := Open(deadline(t), o)
	require.NoError(t, err)
	for range 20 { // a few suffice to have a file collected and closed
		runtime.GC()
		_, err = Open(deadline(t), o)
		require.ErrorIs(t, err, ErrLocked)
	}
}

// What answers at a store's address may be another server, one that is just dying.
func TestAnswerOfAnotherServerIsNotTaken(t *testing.T) {
	t.Parallel()
	c := open(t, dataDir(t))
	for _, s := range c.servers() {
		_, err := s.boot(deadline(t))
		require.ErrorIs(t, err, errEnded, s.name)
	}
}

// Children must die with a killed zoop without a next start to see to it.
func TestChildrenEndWithTheirParent(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	holder := startHolder(t, dir)
	run := awaitRun(t, dir)
	require.NoError(t, holder.Process.Kill())
	_ = holder.Wait()
	require.Eventually(t, func() bool {
		return !runsFor(run.PID, filepath.Join(dir, "pg")) && ping(t, run.RedisURL) != nil
	}, time.Minute, 10*time.Millisecond)
	require.NoError(t, Reset(dir))
}

func startHolder(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), holdVar+"="+dir)
	cmd.Stderr = os.Stderr
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return cmd
}

func awaitRun(t *testing.T, dir string) (run Run) {
	t.Helper()
	require.Eventually(t, func() bool {
		var err error
		run, err = FindRun(dir)
		return err == nil
	}, time.Minute, 10*time.Millisecond)
	return run
}

func requireSecret(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

// Root's test run shows that a normal user can do the same, by doing it as nobody.
func TestStoryAsNormalUser(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		return // every other test has shown it
	}
	user := account{uid: 65534, gid: 65534, drop: true}
	home := dataDir(t)
	require.NoError(t, user.own(home))
	binary := filepath.Join(home, "local.test")
	// A copy that this process wrote may be "busy": a child that another test is just forking holds it open, too.
	require.NoError(t, exec.Command("cp", os.Args[0], binary).Run())
	cmd := exec.CommandContext(deadline(t), binary, "-test.run=^TestOpenUse")
	cmd.Dir, cmd.Env = home, append(os.Environ(), "TMPDIR="+home, "HOME="+home)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: user.credential()}
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "PASS")
}
