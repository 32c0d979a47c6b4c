package local

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// Run tells other commands where a running zoop answers.
type Run struct {
	DatabaseURL string    `json:"database_url"`
	RedisURL    string    `json:"redis_url"`
	APIURL      string    `json:"api_url"`
	PID         int       `json:"pid"`
	StartedAt   time.Time `json:"started_at"`
}

// WriteRun publishes r in the data directory, readable by its owner only. The caller holds the directory's Cluster open,
// whose Close takes the file away.
func WriteRun(dir string, r Run) error {
	d, err := resolve(dir)
	if err != nil {
		return err
	}
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("encode run file: %w", err)
	}
	return writeSecret(d.run(), append(b, '\n'))
}

// FindRun returns what the zoop that owns the data directory published. ErrNotRunning when nobody owns it, however fresh the
// file of a dead owner looks, and while the owner is still starting.
func FindRun(dir string) (Run, error) {
	d, err := resolve(dir)
	if err != nil {
		return Run{}, err
	}
	held, err := locked(d)
	if err != nil {
		return Run{}, err
	}
	if !held {
		return Run{}, fmt.Errorf("%w (data directory %s)", ErrNotRunning, d)
	}
	b, err := os.ReadFile(d.run())
	if errors.Is(err, os.ErrNotExist) {
		return Run{}, fmt.Errorf("%w yet: process %s is starting in %s", ErrNotRunning, lockHolder(d), d)
	}
	if err != nil {
		return Run{}, fmt.Errorf("read run file: %w", err)
	}
	var r Run
	if err := json.Unmarshal(b, &r); err != nil {
		return Run{}, fmt.Errorf("read %s: %w", d.run(), err)
	}
	return r, nil
}

// locked reports whether a living process owns the directory.
func locked(d layout) (bool, error) {
	f, err := os.Open(d.lock())
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("open lock: %w", err)
	}
	defer release(f)
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("test lock: %w", err)
	}
	return false, nil
}
