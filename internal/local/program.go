package local

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// Program is a server beside the two of a Cluster: a pooler before Postgres, a Sentinel, a node of a Redis Cluster. It is run as
// BIN CONFIGFILE ARGS…, by the account that runs the stores, and ends with this process, however that ends.
type Program struct {
	Name    string // of its directory and in errors
	Bin     string
	Config  string // what its configuration file says at first; the program may rewrite it
	Args    []string
	Answers func(ctx context.Context) error // nil once it serves
}

// Run starts the program in a directory of its own below dir, where it also keeps its files and its log, and returns when it answers.
func (p Program) Run(ctx context.Context, dir string) (*Server, error) {
	user, err := childAccount(dir)
	if err != nil {
		return nil, err
	}
	dir = filepath.Join(dir, p.Name)
	if err := user.own(dir); err != nil {
		return nil, fmt.Errorf("make directory of %s: %w", p.Name, err)
	}
	if err := user.checkReach(dir); err != nil {
		return nil, err
	}
	conf := filepath.Join(dir, "conf")
	if err := writeSecret(conf, []byte(p.Config)); err != nil { // for the owner of the directory
		return nil, err
	}
	s := &Server{
		name: p.Name, logPath: filepath.Join(dir, "log"),
		steps: []stopStep{{syscall.SIGTERM, 3 * time.Second}, {syscall.SIGKILL, 3 * time.Second}},
	}
	s.boot = func(ctx context.Context) (*child, error) {
		cmd := exec.Command(p.Bin, append([]string{conf}, p.Args...)...) //nolint:gosec // the caller's program
		cmd.Dir = dir
		return boot(ctx, cmd, user, s.name, s.logPath, func(*child) error { return p.Answers(ctx) })
	}
	return s, s.Start(ctx)
}

// boot starts a process that logs into a file, and returns when it answers.
func boot(ctx context.Context, cmd *exec.Cmd, user account, name, logPath string, answers func(*child) error) (*child, error) {
	logFile, err := openLog(logPath)
	if err != nil {
		return nil, err
	}
	defer logFile.Close()
	from := logSize(logPath)
	cmd.Env, cmd.Stdout, cmd.Stderr = childEnv(), logFile, logFile
	p, err := startChild(cmd, user, syscall.SIGKILL)
	if err != nil {
		return nil, err
	}
	for {
		err := answers(p)
		if err == nil {
			return p, nil
		}
		select {
		case <-p.done:
			return nil, fmt.Errorf("%w%s", errEnded, logTail(logPath, from))
		case <-ctx.Done():
			_ = p.stop(ctx, name, []stopStep{{syscall.SIGKILL, 3 * time.Second}})
			return nil, fmt.Errorf("it does not answer: %w%s", err, logTail(logPath, from))
		case <-time.After(pollEvery):
		}
	}
}

// Find returns the path of the first of these programs that is installed, "" when none is.
func Find(names ...string) string {
	for _, name := range names {
		for _, dir := range []string{"", "/usr/bin", "/usr/local/bin", "/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin"} {
			if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
				return path
			}
		}
	}
	return ""
}

// FreePort returns a loopback port that nobody listens on.
func FreePort() (int, error) { return choosePort(0) }
