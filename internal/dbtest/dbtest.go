// Package dbtest gives tests a real Postgres and a real Redis of their own. It is imported by tests only.
//
// Invariants:
//   - A test never skips for want of a store: it fails and says what to install.
//   - Nothing needs to run before, nothing keeps running after: each test binary starts the stores that it needs when it first
//     needs them, and they end with it, however it ends.
//   - What two tests get never overlaps, in one binary or in several at once.
//
// What makes it quick are the slots, data directories that outlive the run: a binary locks the first free one, which usually holds
// a cluster made earlier, the migrated template in it, so it is up in a tenth of a second. There are as many slots as binaries
// ever ran at once, some 80 MB each, in /dev/shm/zoop-test-UID where there is room, else in the temporary directory. They may be
// deleted whenever no test runs.
package dbtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/zoop-dev/zoop/internal/local"
)

const (
	maxSlots  = 64
	slowStart = time.Minute // a bound, not an expectation
	missing   = "run make deps-test, which installs what tests need"
)

// openSlot starts a store in the first slot of this kind that nobody uses.
func openSlot(ctx context.Context, kind string, o local.Options) (*local.Cluster, error) {
	base, err := baseDir()
	if err != nil {
		return nil, err
	}
	o.Unsafe = true
	for n := range maxSlots {
		o.DataDir = filepath.Join(base, kind+"-"+strconv.Itoa(n))
		c, err := openOrRemake(ctx, o)
		if errors.Is(err, local.ErrLocked) {
			continue
		}
		if errors.Is(err, local.ErrNoPostgres) {
			return nil, fmt.Errorf("%w: %s", err, missing)
		}
		return c, err
	}
	return nil, fmt.Errorf("all %d test slots in %s are in use", maxSlots, base)
}

// openOrRemake opens a slot. One that was written before the machine last started is not trusted, because nothing in it was
// ever synced to disk; neither is one that does not start.
func openOrRemake(ctx context.Context, o local.Options) (*local.Cluster, error) {
	mark, boot := filepath.Join(o.DataDir, "boot"), bootID()
	if b, err := os.ReadFile(mark); err != nil || string(b) != boot {
		// Not ours yet is what a slot looks like while another binary makes it; Open judges.
		if err := local.Reset(o.DataDir); err != nil && !errors.Is(err, local.ErrNotOurs) {
			return nil, err
		}
	}
	c, err := local.Open(ctx, o)
	if err != nil && !errors.Is(err, local.ErrLocked) && !errors.Is(err, local.ErrNoPostgres) && ctx.Err() == nil {
		if rerr := local.Reset(o.DataDir); rerr != nil {
			return nil, errors.Join(err, rerr)
		}
		c, err = local.Open(ctx, o)
	}
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(mark, []byte(boot), 0o600); err != nil {
		return nil, errors.Join(err, c.Close(ctx))
	}
	return c, nil
}

// baseDir is the directory of this user's slots. Others may have put something in its place: the temporary directory is shared.
func baseDir() (string, error) {
	dir := filepath.Join(root(), "zoop-test-"+strconv.Itoa(os.Getuid()))
	if err := os.Mkdir(dir, 0o711); err != nil && !errors.Is(err, os.ErrExist) {
		return "", fmt.Errorf("make test directory: %w", err)
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return "", fmt.Errorf("make test directory: %w", err)
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || info.Mode().Perm()&0o022 != 0 || !ok || int(st.Uid) != os.Getuid() {
		return "", fmt.Errorf("%s is not a directory that only this user writes: remove it", dir)
	}
	return dir, nil
}

// root is memory where there is plenty, because creating and dropping databases is mostly making and removing files, which a busy
// disk slows down tenfold; else the temporary directory.
func root() string {
	const memory, enough = "/dev/shm", 2 << 30
	var fs syscall.Statfs_t
	if os.Getenv("TMPDIR") == "" && runtime.GOOS == "linux" && syscall.Statfs(memory, &fs) == nil && fs.Bavail*uint64(fs.Bsize) >= enough {
		return memory
	}
	return os.TempDir()
}

// bootID changes whenever the machine starts, where that can be told.
func bootID() string {
	b, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return strings.TrimSpace(string(b))
}

// background is the context of work that outlives the test that started it.
func background() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), slowStart)
}

func fail(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("dbtest: %v", err)
	}
}
