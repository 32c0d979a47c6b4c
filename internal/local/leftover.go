package local

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// stopLeftoverPostgres stops the postmaster that a dead zoop left in the cluster: by its recorded PID, and only after seeing that
// the process is a postgres of this directory. A PID that meanwhile belongs to another program is taken off the record, because
// Postgres would take that program for a rival.
func stopLeftoverPostgres(dir string) error {
	pidFile := filepath.Join(dir, "postmaster.pid")
	b, err := os.ReadFile(pidFile)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for a leftover Postgres: %w", err)
	}
	first, _, _ := strings.Cut(string(b), "\n")
	pid, _ := strconv.Atoi(strings.TrimSpace(first))
	if pid <= 1 || !alive(pid) {
		return nil // Postgres itself sees to the file
	}
	if !runsFor(pid, dir) {
		// Its sessions may outlive a killed postmaster for a moment, and the file is what tells Postgres of them.
		for end := time.Now().Add(sessionsEnd); memoryInUse(string(b)); time.Sleep(pollEvery) {
			if time.Now().After(end) {
				return fmt.Errorf("sessions of a dead Postgres in %s do not end", dir)
			}
		}
		if err := os.Remove(pidFile); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("remove stale postmaster.pid: %w", err)
		}
		return nil
	}
	for _, step := range []stopStep{
		{syscall.SIGINT, 10 * time.Second},
		{syscall.SIGQUIT, 5 * time.Second},
		{syscall.SIGKILL, 3 * time.Second},
	} {
		_ = syscall.Kill(pid, step.signal)
		for end := time.Now().Add(step.wait); time.Now().Before(end); time.Sleep(pollEvery) {
			if !alive(pid) || !runsFor(pid, dir) {
				return nil
			}
		}
	}
	return fmt.Errorf("a Postgres left behind in %s does not end: process %d", dir, pid)
}

// sessionsEnd bounds how long the sessions of a killed postmaster are waited for.
const sessionsEnd = 10 * time.Second

// memoryInUse reports whether processes are attached to the shared memory that postmaster.pid names in its seventh line, by
// key and identifier. Where the kernel has no such list, the answer is no.
func memoryInUse(pidFile string) bool {
	lines := strings.Split(pidFile, "\n")
	if len(lines) < 7 {
		return false
	}
	ours := strings.Fields(lines[6])
	list, err := os.ReadFile("/proc/sysvipc/shm")
	if err != nil || len(ours) != 2 {
		return false
	}
	for line := range strings.Lines(string(list)) {
		f := strings.Fields(line) // key shmid perms size cpid lpid nattch …
		if len(f) > 6 && f[0] == ours[0] && f[1] == ours[1] {
			return f[6] != "0"
		}
	}
	return false
}

// alive reports whether a process has this PID, a dead one that nobody has reaped included.
func alive(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}

// runsFor reports whether the command line of the process names dir after -D, as ours do. A zombie has none.
func runsFor(pid int, dir string) bool {
	if runtime.GOOS == "linux" {
		b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline")
		return err == nil && bytes.Contains(b, []byte("\x00-D\x00"+dir+"\x00"))
	}
	out, err := exec.Command("ps", "-ww", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	return err == nil && strings.Contains(string(out), " -D "+dir+" ")
}
