package local

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// layout is an absolute data directory; its methods name what lies inside.
type layout string

func (d layout) lock() string     { return filepath.Join(string(d), "zoop.lock") }
func (d layout) state() string    { return filepath.Join(string(d), "cluster.json") }
func (d layout) run() string      { return filepath.Join(string(d), "run.json") }
func (d layout) postgres() string { return filepath.Join(string(d), "pg") }
func (d layout) redis() string    { return filepath.Join(string(d), "redis") }
func (d layout) logs() string     { return filepath.Join(string(d), "log") }

// unfinished are the clusters that were being made when their zoop was killed.
func (d layout) unfinished() []string {
	all, _ := filepath.Glob(filepath.Join(string(d), unfinishedPrefix+"*"))
	return all
}

const unfinishedPrefix = "pg.new-"

// DefaultDataDir returns /var/lib/zoop for root, else $XDG_DATA_HOME/zoop or ~/.local/share/zoop.
// Root's home is no choice: the account that runs Postgres could not enter it.
func DefaultDataDir() string {
	if os.Geteuid() == 0 {
		return "/var/lib/zoop"
	}
	if base := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(base) {
		return filepath.Join(base, "zoop")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		home = os.TempDir()
	}
	return filepath.Join(home, ".local", "share", "zoop")
}

// resolve makes dir absolute; processes are recognised by this path, so links are followed where it exists.
func resolve(dir string) (layout, error) {
	if dir == "" {
		dir = DefaultDataDir()
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("data directory: %w", err)
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		abs = real
	}
	return layout(abs), nil
}

// makeDataDir makes dir if missing and refuses one in which another program's files would be taken for ours.
func makeDataDir(dir string) (layout, error) {
	d, err := resolve(dir)
	if err != nil {
		return "", err
	}
	if !exists(string(d)) {
		err := os.MkdirAll(string(d), 0o700)
		if err == nil && os.Geteuid() == 0 {
			err = os.Chmod(string(d), 0o711) // the account that runs the stores has to pass through
		}
		if err != nil {
			return "", fmt.Errorf("make data directory: %w", err)
		}
	}
	if d, err = resolve(string(d)); err != nil {
		return "", err
	}
	// In this order: another zoop that is just making them makes cluster.json first.
	for _, path := range []string{d.postgres(), d.redis(), d.logs()} {
		if exists(path) && !exists(d.state()) {
			return "", fmt.Errorf("%w: %s has %s but no cluster.json: choose another data directory",
				ErrNotOurs, d, filepath.Base(path))
		}
	}
	return d, nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

const lockTries = 20

// held keeps this process's locks from the garbage collector, which would close a file that nobody refers to and so give its lock
// back, while the stores of a Cluster that its opener has let go still run.
var held sync.Map

// acquire takes the lock of the data directory, which the kernel gives back when this process ends.
func acquire(d layout) (*os.File, error) {
	f, err := os.OpenFile(d.lock(), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock: %w", err)
	}
	for try := 1; ; try++ {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) || try == lockTries || syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB) != nil {
			break
		}
		// Shared it is to be had: it is only FindRun looking, for an instant.
		_ = syscall.Flock(int(f.Fd()), syscall.LOCK_UN)
		time.Sleep(time.Duration(try) * time.Millisecond)
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		defer f.Close()
		return nil, fmt.Errorf("%w: process %s owns %s: stop it or choose another data directory", ErrLocked, lockHolder(d), d)
	}
	if err == nil {
		err = f.Truncate(0)
	}
	if err == nil {
		_, err = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("lock %s: %w", d, err)
	}
	held.Store(f, nil)
	return f, nil
}

// release gives the lock back. Closing alone may not: a child that is just being forked holds the file open, too.
func release(lock *os.File) {
	held.Delete(lock)
	_ = syscall.Flock(int(lock.Fd()), syscall.LOCK_UN)
	_ = lock.Close()
}

func lockHolder(d layout) string {
	b, _ := os.ReadFile(d.lock())
	if pid := strings.TrimSpace(string(b)); pid != "" {
		return pid
	}
	return "unknown"
}

// Reset removes the data of the cluster in dir, and the entries of dir named in also. The cluster must not be running.
// A directory that does not exist or holds nothing is no error. Errors: ErrLocked, ErrNotOurs.
func Reset(dir string, also ...string) error {
	d, err := resolve(dir)
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(string(d))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("reset: %w", err)
	}
	if len(entries) == 0 || len(entries) == 1 && exists(d.lock()) {
		return nil
	}
	if !exists(d.state()) {
		return fmt.Errorf("%w: %s has no cluster.json: nothing was removed", ErrNotOurs, d)
	}
	lock, err := acquire(d)
	if err != nil {
		return err
	}
	defer release(lock)
	st, err := loadState(d)
	if err != nil {
		return err
	}
	if err := stopLeftoverPostgres(d.postgres()); err != nil {
		return err
	}
	// The mark goes last, so that a reset that was cut short can be repeated.
	doomed := append(d.unfinished(), d.run(), d.postgres(), d.redis(), d.logs())
	for _, name := range also {
		if name != filepath.Base(name) || !filepath.IsLocal(name) || name == "." {
			return fmt.Errorf("reset: %q is not the name of an entry", name)
		}
		doomed = append(doomed, filepath.Join(string(d), name))
	}
	if user, err := childAccount(d.postgres()); err == nil && ownSocketDir(st.SocketDir, user) {
		doomed = append(doomed, st.SocketDir)
	}
	for _, path := range append(doomed, d.state()) {
		if err := os.RemoveAll(path); err != nil {
			return fmt.Errorf("reset: %w", err)
		}
	}
	return nil
}
