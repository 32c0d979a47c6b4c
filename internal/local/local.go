// Package local runs a private Postgres and a private Redis as child processes, so that `zoop up` and the tests need
// no running service.
//
// Invariants:
//   - One data directory has one owner: a lock that the kernel drops when its holder dies, however it dies.
//   - The children end with their parent, also after kill -9; what is left of a dead one is stopped before the next start.
//   - A Postgres cluster that exists is opened with binaries of its own major version and never deleted except by Reset.
//   - Addresses and passwords stay the same from start to start, unless another program has taken a port.
//   - Root never runs a store: the children drop to the owner of the existing cluster, else to postgres or nobody.
//
// The data directory holds:
//
//	zoop.lock     the lock, with the holder's PID
//	cluster.json  passwords and ports, 0600; marks the directory as ours
//	run.json      where a running zoop answers, 0600
//	pg/           the Postgres cluster (pg.new-*/ while it is being made)
//	redis/        the working directory of Redis, which saves nothing there
//	log/          what the children say
package local

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// Errors that callers tell apart with errors.Is.
var (
	// ErrLocked says that a living process owns the data directory; the message names its PID.
	ErrLocked = errors.New("another zoop runs here")
	// ErrNotRunning says that no living process serves from the data directory.
	ErrNotRunning = errors.New("no zoop is running here")
	// ErrNotOurs says that a directory holds something that zoop did not put there.
	ErrNotOurs = errors.New("not a zoop data directory")
	// ErrNoPostgres says that no Postgres binaries were found.
	ErrNoPostgres = errors.New("no Postgres found")
	// ErrWrongMajor says that the cluster needs binaries of a major version that is not installed.
	ErrWrongMajor = errors.New("wrong Postgres major version")
)

// Options say what to run and where. The zero value runs both stores in DefaultDataDir.
type Options struct {
	DataDir      string            // "" is DefaultDataDir; made if missing
	SkipPostgres bool              // somebody else's Postgres is used
	SkipRedis    bool              // somebody else's Redis is used
	Unsafe       bool              // no fsync and many Redis databases: for tests, an OS crash may lose the cluster
	Progress     func(step string) // told each step before it starts, one call at a time; may be nil
	Logger       *slog.Logger      // may be nil
}

// Cluster is a locked data directory and the stores that run in it.
type Cluster struct {
	opts      Options
	dir       layout
	lock      *os.File
	state     state
	user      account
	postgres  *Server
	redis     *Server
	demo      *demoRedis
	log       *slog.Logger
	closeOnce sync.Once
	closeErr  error
}

// Open locks the data directory and starts the stores; both answer when it returns.
// Errors: ErrLocked, ErrNotOurs, ErrNoPostgres, ErrWrongMajor. A new cluster takes about a second, an existing one a tenth.
func Open(ctx context.Context, o Options) (*Cluster, error) {
	var oneAtATime sync.Mutex
	progress := o.Progress
	o.Progress = func(step string) {
		oneAtATime.Lock()
		defer oneAtATime.Unlock()
		if progress != nil {
			progress(step)
		}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	dir, err := makeDataDir(o.DataDir)
	if err != nil {
		return nil, err
	}
	lock, err := acquire(dir)
	if err != nil {
		return nil, err
	}
	c := &Cluster{opts: o, dir: dir, lock: lock, log: o.Logger}
	if err := c.start(ctx); err != nil {
		if ctx.Err() != nil { // whatever step it was that noticed
			err = fmt.Errorf("start stores: %w", ctx.Err())
		}
		return nil, errors.Join(err, c.Close(context.WithoutCancel(ctx)))
	}
	return c, nil
}

func (c *Cluster) start(ctx context.Context) error {
	// What a killed zoop left behind must not be found while this one is still starting.
	if err := os.Remove(c.dir.run()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove stale run file: %w", err)
	}
	var err error
	if c.user, err = childAccount(c.dir.postgres()); err != nil {
		return err
	}
	if err := c.user.checkReach(string(c.dir)); err != nil {
		return err
	}
	if c.state, err = loadState(c.dir); err != nil {
		return err
	}
	if err := c.chooseAddresses(); err != nil {
		return err
	}
	if err := os.MkdirAll(c.dir.logs(), 0o700); err != nil {
		return fmt.Errorf("make log directory: %w", err)
	}
	var g errgroup.Group
	if !c.opts.SkipRedis {
		g.Go(func() error { return c.openRedis(ctx) })
	}
	if !c.opts.SkipPostgres {
		g.Go(func() error { return c.openPostgres(ctx) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return c.state.save(c.dir) // a port may have changed while starting
}

// chooseAddresses ends what a dead zoop left at our addresses, takes them again or chooses others, and remembers them.
func (c *Cluster) chooseAddresses() (err error) {
	if !c.opts.SkipPostgres {
		if err := stopLeftoverPostgres(c.dir.postgres()); err != nil {
			return err
		}
		if c.state.SocketDir, err = makeSocketDir(c.state.SocketDir, c.user); err != nil {
			return err
		}
		if c.state.PostgresPort, err = choosePort(c.state.PostgresPort); err != nil {
			return err
		}
	}
	if !c.opts.SkipRedis {
		shutdownRedis(c.state.RedisPort, c.state.RedisPassword)
		if c.state.RedisPort, err = choosePort(c.state.RedisPort); err != nil {
			return err
		}
	}
	return c.state.save(c.dir)
}

// DataDir returns the data directory, absolute and without symbolic links.
func (c *Cluster) DataDir() string { return string(c.dir) }

// DatabaseURL returns the address of Postgres over TCP on the loopback interface, with the password; psql takes it as it is.
// It is empty when Postgres was skipped.
func (c *Cluster) DatabaseURL() string {
	if c.postgres == nil {
		return ""
	}
	return c.state.tcpURL(databaseName)
}

// SocketURL returns the address of Postgres over a Unix socket that only this user and root can reach. It needs no password,
// connects twice as fast as DatabaseURL and carries a quarter more. It is empty when Postgres was skipped.
func (c *Cluster) SocketURL() string {
	if c.postgres == nil {
		return ""
	}
	return c.state.socketURL(databaseName)
}

// RedisURL returns the address of Redis with its password; redis-cli -u takes it as it is. It is empty when Redis was skipped.
func (c *Cluster) RedisURL() string {
	if c.redis == nil && c.demo == nil {
		return ""
	}
	return c.state.redisURL()
}

// Demo reports that no Redis binary was found and an imitation runs inside this process: good for a look, not for work.
func (c *Cluster) Demo() bool { return c.demo != nil }

// Postgres returns the Postgres process, nil when skipped.
func (c *Cluster) Postgres() *Server { return c.postgres }

// Redis returns the Redis process, nil when skipped or in demo mode.
func (c *Cluster) Redis() *Server { return c.redis }

// Run keeps the stores alive: one that dies is started again at the same address. It returns nil when ctx ends or the cluster
// is closed, and an error when a store keeps dying. It also bounds the children's log files.
func (c *Cluster) Run(ctx context.Context) error {
	g, gctx := errgroup.WithContext(ctx)
	for _, s := range c.servers() {
		g.Go(func() error { return s.supervise(gctx, c.log) })
	}
	stopTrimming := c.trimLogs(gctx)
	defer stopTrimming()
	return g.Wait()
}

// trimLogs cuts the log files back to nothing whenever they outgrow their bound, until the returned function is called.
func (c *Cluster) trimLogs(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(logTrimEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				for _, s := range c.servers() {
					trimLog(s.logPath)
				}
			}
		}
	}()
	return func() { cancel(); <-done }
}

// Close stops the stores, removes the run file and gives the directory up. It takes at most some twenty seconds; when ctx ends
// first the stores are stopped hard, which loses no committed data. Calling it again does nothing.
func (c *Cluster) Close(ctx context.Context) error {
	c.closeOnce.Do(func() {
		var g errgroup.Group
		for _, s := range c.servers() {
			g.Go(func() error { return s.Stop(ctx) })
		}
		c.closeErr = g.Wait()
		if c.demo != nil {
			c.demo.close()
		}
		if ownSocketDir(c.state.SocketDir, c.user) {
			_ = os.RemoveAll(c.state.SocketDir)
		}
		_ = os.Remove(c.dir.run())
		release(c.lock)
	})
	return c.closeErr
}

func (c *Cluster) servers() []*Server {
	var all []*Server
	for _, s := range []*Server{c.postgres, c.redis} {
		if s != nil {
			all = append(all, s)
		}
	}
	return all
}
