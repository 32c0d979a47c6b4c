package local

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// child is one process that was started here and is reaped here.
type child struct {
	pid  int
	done chan struct{} // closed when the process has ended
}

// startChild starts cmd in a process group of its own, so that Ctrl-C reaches zoop alone, and has the kernel send onDeath to it
// when zoop dies.
func startChild(cmd *exec.Cmd, user account, onDeath syscall.Signal) (*child, error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: user.credential()}
	setDeathSignal(cmd.SysProcAttr, onDeath)
	c := &child{done: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		// The death signal follows the thread that forked, not the process: this one stays until the child has ended.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(c.done)
		if err := cmd.Start(); err != nil {
			started <- err
			return
		}
		c.pid = cmd.Process.Pid
		stopWatch := watchParent(c.pid, onDeath)
		started <- nil
		_ = cmd.Wait()
		stopWatch()
	}()
	return c, <-started
}

// signal tells the child something; one that has ended hears nothing, not even when its PID has been given away.
func (c *child) signal(sig syscall.Signal) {
	select {
	case <-c.done:
	default:
		_ = syscall.Kill(c.pid, sig)
	}
}

// stopStep is a signal and how long to wait for it to work.
type stopStep struct {
	signal syscall.Signal
	wait   time.Duration
}

// stop works through steps until the child has ended. When ctx ends it hurries to the next step, except that the last two
// keep their time.
func (c *child) stop(ctx context.Context, name string, steps []stopStep) error {
	for i, step := range steps {
		c.signal(step.signal)
		hurry := ctx.Done()
		if i >= len(steps)-2 {
			hurry = nil
		}
		timer := time.NewTimer(step.wait)
		select {
		case <-c.done:
			timer.Stop()
			return nil
		case <-timer.C:
		case <-hurry:
			timer.Stop()
		}
	}
	return fmt.Errorf("stop %s: process %d does not end", name, c.pid)
}

// runTool runs a program to its end within ctx; what it prints goes to the log file.
func runTool(ctx context.Context, cmd *exec.Cmd, user account, logPath string) error {
	logFile, err := openLog(logPath)
	if err != nil {
		return err
	}
	defer logFile.Close()
	from := logSize(logPath)
	cmd.Stdout, cmd.Stderr = logFile, logFile
	c, err := startChild(cmd, user, syscall.SIGKILL)
	if err != nil {
		return err
	}
	select {
	case <-c.done:
	case <-ctx.Done():
		_ = c.stop(ctx, cmd.Path, []stopStep{{syscall.SIGTERM, 3 * time.Second}, {syscall.SIGKILL, 3 * time.Second}})
		return ctx.Err()
	}
	if !cmd.ProcessState.Success() {
		return fmt.Errorf("%s: %s%s", cmd.Path, cmd.ProcessState, logTail(logPath, from))
	}
	return nil
}

// childEnv is the whole environment of a child: nothing of ours (PGPORT, LANG) may change what it does. A set LC_ALL keeps
// Postgres on macOS from refusing to start.
func childEnv() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC", "HOME=/"}
}
