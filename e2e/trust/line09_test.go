package trust

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
)

// TestLine09ARestartIsNotSeen restarts three processes in turn, as operators do, behind PgBouncer, while customers read and order: no
// request fails, sockets go on within seconds, and no process takes long to end.
func TestLine09ARestartIsNotSeen(t *testing.T) {
	t.Parallel()
	onEachRedis(t, "alone", aRestartIsNotSeen)
}

func aRestartIsNotSeen(t *testing.T, r stores) {
	s := r.shop(t, "ZOOP_UNREADY=2s")
	s.env = append(s.env, s.pooled()...)
	mint := s.accounts()
	customers := party(mint, times(40, 4))
	at := []*instance{s.serve(), s.serve(), s.serve()}
	to := newBalancer(t, at...)
	var all []*follower
	boss := mint(domain.RoleAdmin, "boss@example.com")
	for range times(50, 10) {
		all = append(all, s.follow(to, boss, "ops"))
	}
	require.Eventually(t, func() bool { return !slices.ContainsFunc(all, func(f *follower) bool { return !f.begun() }) }, patience, 10*time.Millisecond)
	// Of 600 requests a second 120 are of orders; the others read.
	trade := s.trade(to, false, customers, time.Second)
	readers := times(48, 6)
	stop := make(chan struct{})
	var group sync.WaitGroup
	for range readers {
		group.Go(func() {
			pace := time.NewTicker(100 * time.Millisecond)
			defer pace.Stop()
			for {
				select {
				case <-stop:
					return
				case <-pace.C:
					trade.ask(200, "GET", "/api/v1/vendors/"+s.vendor+"/menu", "", "", "")
				}
			}
		})
	}
	began := time.Now()
	var ends []time.Duration
	for n := range times(10, 2) {
		old := at[n%len(at)]
		ends = append(ends, old.drained())
		at[n%len(at)] = s.serve()
		to.replace(old, at[n%len(at)])
	}
	took := time.Since(began)
	close(stop)
	group.Wait()
	trade.end()
	s.published()
	var away []time.Duration
	for _, f := range all {
		f.requireWhole(`true`)
		away = append(away, f.away...)
	}
	require.NotEmpty(t, away)
	t.Logf("%d restarts under %.0f requests a second behind PgBouncer, none of %d failed (%d orders, p99 %s); sockets away p50 %s, longest %s; a process ended after %s at most", len(ends),
		float64(trade.sent)/took.Seconds(), trade.sent, trade.orders, percentile(trade.took, 99), percentile(away, 50), percentile(away, 100), slices.Max(ends).Round(time.Millisecond))
	if full() {
		require.LessOrEqual(t, slices.Max(away), 5*time.Second)
		require.LessOrEqual(t, slices.Max(ends), 30*time.Second)
	}
}
