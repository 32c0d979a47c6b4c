package trust

import (
	"context"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// balancer sends to those processes that say that they are ready, as it last looked.
type balancer struct {
	t   *testing.T
	mu  sync.Mutex
	all []*instance
	in  []*instance
}

// lookEvery is how often a balancer looks.
const lookEvery = 100 * time.Millisecond

// newBalancer looks after processes until the test ends.
func newBalancer(t *testing.T, all ...*instance) *balancer {
	b := &balancer{t: t, all: slices.Clone(all), in: slices.Clone(all)}
	var group sync.WaitGroup
	t.Cleanup(group.Wait)
	group.Go(func() {
		for t.Context().Err() == nil {
			b.look()
			select {
			case <-t.Context().Done():
			case <-time.After(lookEvery):
			}
		}
	})
	return b
}

func (b *balancer) look() {
	b.mu.Lock()
	all := slices.Clone(b.all)
	b.mu.Unlock()
	ready := make([]bool, len(all))
	var group sync.WaitGroup
	for n, i := range all {
		group.Go(func() {
			ctx, cancel := context.WithTimeout(b.t.Context(), 2*time.Second)
			defer cancel()
			status, _, err := i.try(ctx, http.MethodGet, "/readyz", "", "")
			ready[n] = err == nil && status == http.StatusOK
		})
	}
	group.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.in = b.in[:0]
	for n, i := range all {
		if ready[n] && slices.Contains(b.all, i) {
			b.in = append(b.in, i)
		}
	}
}

// replace has a new process take the place of an old one.
func (b *balancer) replace(old, next *instance) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.all[slices.Index(b.all, old)] = next
}

// pick gives a process that was ready; any when none was.
func (b *balancer) pick() *instance {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.in) == 0 {
		return b.all[rand.N(len(b.all))]
	}
	return b.in[rand.N(len(b.in))]
}

// drained ends a process as an operator does, and gives how long that took.
func (i *instance) drained() time.Duration {
	i.t.Helper()
	start := time.Now()
	require.NoError(i.t, i.cmd.Process.Signal(interrupt))
	select {
	case <-i.done:
	case <-time.After(2 * patience):
		i.t.Fatalf("zoop serve does not end:\n%s", i.log)
	}
	require.Zero(i.t, i.cmd.ProcessState.ExitCode(), "%s", i.log)
	return time.Since(start)
}
