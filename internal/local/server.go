package local

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"syscall"
	"time"

	"github.com/zoop-dev/zoop/internal/logkey"
)

// A store that dies is restarted after firstBackoff, doubling to maxBackoff; maxDeaths deaths, none of them after staying up for
// steadyAfter, end the attempts.
const (
	firstBackoff = 50 * time.Millisecond
	maxBackoff   = 5 * time.Second
	steadyAfter  = time.Minute
	maxDeaths    = 10
	startTimeout = time.Minute // a crashed Postgres replays its log first
)

// Server is one store's process. Its methods may be called from any goroutine.
type Server struct {
	name    string
	logPath string
	steps   []stopStep
	boot    func(ctx context.Context) (*child, error) // starts the process; it answers when boot returns

	mu      sync.Mutex
	child   *child
	stopped bool // by Stop: not to be restarted
}

// Start starts the process at its address and returns when it answers. One that is running is left as it is.
func (s *Server) Start(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopped = false
	return s.start(ctx)
}

// errEnded says that a process ended before it answered.
var errEnded = errors.New("it ended at once")

// startTries bounds how often a store that ends while starting is tried again.
const startTries = 5

// startSomewhere starts s for the first time, on another port when this one has been taken in the meantime. Postgres is worth
// trying again even so: the memory of a killed one may be in use for a moment.
func startSomewhere(ctx context.Context, s *Server, port *int) error {
	for try := 1; ; try++ {
		err := s.Start(ctx)
		if !errors.Is(err, errEnded) || try == startTries || !pause(ctx, firstBackoff<<try) {
			return err
		}
		if *port, err = choosePort(*port); err != nil {
			return err
		}
	}
}

// restart is Start for the supervisor: it does nothing once somebody has called Stop.
func (s *Server) restart(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return nil
	}
	return s.start(ctx)
}

func (s *Server) start(ctx context.Context) error {
	if s.child != nil {
		select {
		case <-s.child.done:
		default:
			return nil
		}
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	c, err := s.boot(ctx)
	if err != nil {
		return fmt.Errorf("start %s: %w", s.name, err)
	}
	s.child = c
	return nil
}

// Stop ends the process in an orderly way, by force when that takes too long or ctx ends. It stays down until Start.
func (s *Server) Stop(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopped = true
	if s.child == nil {
		return nil
	}
	return s.child.stop(ctx, s.name, s.steps)
}

// Kill ends the process at once, as a crash would, and waits until it is gone. A supervised one comes back.
func (s *Server) Kill() {
	s.mu.Lock()
	c := s.child
	s.mu.Unlock()
	if c != nil {
		c.signal(syscall.SIGKILL)
		<-c.done
	}
}

// Freeze has the process hang: it takes connections and answers nothing, until Thaw or its end.
func (s *Server) Freeze() { s.signal(syscall.SIGSTOP) }

// Thaw ends what Freeze began.
func (s *Server) Thaw() { s.signal(syscall.SIGCONT) }

func (s *Server) signal(sig syscall.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.child != nil {
		s.child.signal(sig)
	}
}

// PID returns the process's ID, 0 before the first start.
func (s *Server) PID() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.child == nil {
		return 0
	}
	return s.child.pid
}

// ended returns what is closed when the present process has ended, and whether that is meant to be.
func (s *Server) ended() (done <-chan struct{}, stopped bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.child.done, s.stopped
}

// supervise restarts the process whenever it dies, until ctx ends or Stop is called.
func (s *Server) supervise(ctx context.Context, log *slog.Logger) error {
	deaths, up := 0, time.Now()
	for {
		done, _ := s.ended()
		select {
		case <-ctx.Done():
			return nil
		case <-done:
		}
		if _, stopped := s.ended(); stopped {
			return nil
		}
		if time.Since(up) > steadyAfter {
			deaths = 0
		}
		deaths++
		if deaths > maxDeaths {
			return fmt.Errorf("%s keeps dying: see %s", s.name, s.logPath)
		}
		log.WarnContext(ctx, "store died, restarting it", logkey.Task, s.name, logkey.Attempt, deaths)
		if !pause(ctx, min(firstBackoff<<(deaths-1), maxBackoff)) {
			return nil
		}
		if err := s.restart(ctx); err != nil && !errors.Is(err, context.Canceled) {
			log.ErrorContext(ctx, "store does not restart", logkey.Task, s.name, logkey.Attempt, deaths, logkey.Error, err)
		}
		up = time.Now()
	}
}

// pause waits and reports whether ctx is still good.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
