package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// pollEvery is how often a starting store is asked whether it answers.
const pollEvery = 5 * time.Millisecond

// hba lets whoever may enter the socket's directory in as they say, and asks everybody else for the password.
const hba = `local all all trust
host all all 127.0.0.1/32 scram-sha-256
`

// openPostgres makes the cluster if there is none and starts it.
func (c *Cluster) openPostgres(ctx context.Context) error {
	install, err := findPostgres(ctx, c.dir.postgres())
	if err != nil {
		return err
	}
	if !exists(c.dir.postgres()) {
		c.opts.Progress("creating a Postgres " + strconv.Itoa(install.major) + " cluster")
		if err := c.initPostgres(ctx, install); err != nil {
			return fmt.Errorf("create Postgres cluster: %w", err)
		}
	}
	c.opts.Progress("starting Postgres " + strconv.Itoa(install.major))
	s := &Server{
		name:    "postgres",
		logPath: c.postgresLog(),
		steps: []stopStep{
			{syscall.SIGINT, 10 * time.Second}, // fast: sessions end, everything is written
			{syscall.SIGQUIT, 5 * time.Second}, // immediate: the next start replays the log
			{syscall.SIGKILL, 3 * time.Second},
		},
		boot: func(ctx context.Context) (*child, error) { return c.bootPostgres(ctx, install) },
	}
	if err := startSomewhere(ctx, s, &c.state.PostgresPort); err != nil {
		return err
	}
	c.postgres = s
	return nil
}

func (c *Cluster) postgresLog() string { return filepath.Join(c.dir.logs(), "postgres.log") }

// initPostgres makes the cluster beside its place and renames it when it is whole. The name is new each time: an initdb that a dead
// zoop left may not have ended yet.
func (c *Cluster) initPostgres(ctx context.Context, install postgresInstall) error {
	for _, dir := range c.dir.unfinished() {
		_ = os.RemoveAll(dir) // or at the next chance
	}
	var fresh string
	var err error
	for _, locale := range locales(install.major) {
		if fresh, err = os.MkdirTemp(string(c.dir), unfinishedPrefix); err != nil {
			return err
		}
		if err = c.user.own(fresh); err != nil {
			return err
		}
		args := []string{"-D", fresh, "-U", roleName, "-A", "trust", "-E", "UTF8", "--lc-messages=C"}
		if c.opts.Unsafe {
			args = append(args, "--no-sync")
		}
		cmd := exec.Command(filepath.Join(install.bin, "initdb"), append(args, locale...)...)
		cmd.Env, cmd.Dir = childEnv(), "/"
		if err = runTool(ctx, cmd, c.user, c.postgresLog()); err == nil {
			break
		}
		_ = os.RemoveAll(fresh)
		if ctx.Err() != nil {
			break
		}
	}
	if err != nil {
		return err
	}
	// Truncates what initdb wrote: the file's owner stays.
	if err := os.WriteFile(filepath.Join(fresh, "pg_hba.conf"), []byte(hba), 0o600); err != nil {
		return err
	}
	return os.Rename(fresh, c.dir.postgres())
}

// locales are initdb's arguments in order of preference: text is UTF-8, sorts by code point and knows upper and lower case of
// every script, the same on every machine.
func locales(major int) [][]string {
	all := [][]string{{"--locale=C.UTF-8"}, {"--locale=C", "--lc-ctype=en_US.UTF-8"}, {"--locale=C"}}
	if major >= 17 {
		builtin := []string{"--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"}
		return append([][]string{builtin}, all...)
	}
	return all
}

// settings of the private cluster. It shares the machine with zoop and its clients, so it stays small.
func (c *Cluster) settings() []string {
	all := []string{
		"listen_addresses=127.0.0.1",
		"port=" + strconv.Itoa(c.state.PostgresPort),
		"unix_socket_directories=" + c.state.SocketDir,
		"max_connections=200",
		"shared_buffers=128MB",
		"jit=off",
		"random_page_cost=1.1", // what is read is in memory or on a disk that does not seek
		"timezone=UTC",
		"log_timezone=UTC",
		"logging_collector=off",
		"log_destination=stderr",
	}
	if c.opts.Unsafe {
		all = append(all, "fsync=off", "full_page_writes=off", "autovacuum=off", "log_checkpoints=off",
			"wal_level=minimal", "max_wal_senders=0", "max_wal_size=256MB", "min_wal_size=32MB")
	}
	return all
}

// bootPostgres starts the postmaster and returns when it lets clients in, both ways.
func (c *Cluster) bootPostgres(ctx context.Context, install postgresInstall) (*child, error) {
	args := []string{"-D", c.dir.postgres()}
	for _, s := range c.settings() {
		args = append(args, "-c", s)
	}
	logFile, err := openLog(c.postgresLog())
	if err != nil {
		return nil, err
	}
	defer logFile.Close()
	from := logSize(c.postgresLog())
	cmd := exec.Command(filepath.Join(install.bin, "postgres"), args...)
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = childEnv(), "/", logFile, logFile
	onDeath := syscall.SIGINT
	if c.opts.Unsafe {
		onDeath = syscall.SIGQUIT
	}
	p, err := startChild(cmd, c.user, onDeath)
	if err != nil {
		return nil, err
	}
	if err := c.awaitPostgres(ctx, p); err != nil {
		_ = p.stop(ctx, "postgres", []stopStep{{syscall.SIGQUIT, 3 * time.Second}, {syscall.SIGKILL, 3 * time.Second}})
		return nil, fmt.Errorf("%w%s", err, logTail(c.postgresLog(), from))
	}
	return p, nil
}

// awaitPostgres connects until it works, makes zoop's database if it is missing, and sees that the password opens the TCP port.
func (c *Cluster) awaitPostgres(ctx context.Context, p *child) error {
	for {
		err := errNotReady
		if postgresReady(c.dir.postgres(), p.pid) {
			var conn *pgconn.PgConn
			if conn, err = pgconn.Connect(ctx, c.state.socketURL(databaseName)); err == nil {
				defer conn.Close(context.WithoutCancel(ctx))
				return c.checkPassword(ctx, conn)
			}
		}
		switch code := sqlState(err); code {
		case "3D000": // database does not exist
			if err := c.createDatabase(ctx); err != nil {
				return err
			}
			continue
		case "", "57P03", "53300": // not listening yet, starting up, too many clients
		default:
			return err
		}
		select {
		case <-p.done:
			return errEnded
		case <-ctx.Done():
			return fmt.Errorf("it does not answer: %w", err)
		case <-time.After(pollEvery):
		}
	}
}

// errNotReady says that the process has not got so far as to let clients in.
var errNotReady = errors.New("it is not ready")

// postgresReady reports whether the postmaster with this PID lets clients in, by what it writes in postmaster.pid. Only one postmaster
// at a time can have that file, so once it is ours nobody else's answers at the address, as a dying one might.
func postgresReady(dir string, pid int) bool {
	b, err := os.ReadFile(filepath.Join(dir, "postmaster.pid"))
	if err != nil {
		return false
	}
	lines := strings.Split(string(b), "\n")
	return len(lines) > 7 && strings.TrimSpace(lines[0]) == strconv.Itoa(pid) && strings.TrimSpace(lines[7]) == "ready"
}

func (c *Cluster) createDatabase(ctx context.Context) error {
	conn, err := pgconn.Connect(ctx, c.state.socketURL("postgres"))
	if err != nil {
		return fmt.Errorf("create database: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+databaseName).ReadAll(); err != nil {
		return fmt.Errorf("create database: %w", err)
	}
	return nil
}

// checkPassword sets the role's password when it is not the one in cluster.json: in a new cluster, or after that file was lost.
func (c *Cluster) checkPassword(ctx context.Context, admin *pgconn.PgConn) error {
	conn, err := pgconn.Connect(ctx, c.state.tcpURL(databaseName))
	if err == nil {
		return conn.Close(ctx)
	}
	if sqlState(err) != "28P01" {
		return fmt.Errorf("connect over TCP: %w", err)
	}
	// The password is made of letters and digits.
	if _, err := admin.Exec(ctx, "ALTER ROLE "+roleName+" PASSWORD '"+c.state.PostgresPassword+"'").ReadAll(); err != nil {
		return fmt.Errorf("set password: %w", err)
	}
	return nil
}

func sqlState(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return ""
}
