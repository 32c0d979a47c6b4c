package trust

import (
	"fmt"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
)

// TestLine08WhoStopsReadingIsClosed has somebody at one of three processes, behind PgBouncer, stop reading while much happens: that one closes
// the socket soon after a MiB waits for it, and the others, there and elsewhere, hear of events as before.
func TestLine08WhoStopsReadingIsClosed(t *testing.T) {
	t.Parallel()
	onEachRedis(t, "alone", whoStopsReadingIsClosed)
}

func whoStopsReadingIsClosed(t *testing.T, r stores) {
	s := r.shop(t)
	s.env = append(s.env, s.pooled()...)
	s.forged = true // events without orders
	at := []*instance{s.serve(), s.serve(), s.serve()}
	i, token := at[0], s.accounts()(domain.RoleAdmin, "boss@example.com")
	to := []*balancer{newBalancer(t, at[0]), newBalancer(t, at[1]), newBalancer(t, at[2])}
	var others []*follower
	for n := range times(50, 6) {
		others = append(others, s.follow(to[n%len(to)], token, "ops"))
	}
	stop := make(chan struct{})
	defer close(stop)
	go s.chatter(stop, 300)
	// late is how long events take to the others at the same process, and to those elsewhere.
	late := func(d time.Duration) (here, elsewhere time.Duration) {
		for _, f := range others {
			f.freshly()
		}
		time.Sleep(d)
		var all [2][]time.Duration
		for n, f := range others {
			all[min(n%len(to), 1)] = append(all[min(n%len(to), 1)], f.freshly()...)
		}
		require.NotEmpty(t, all[0])
		require.NotEmpty(t, all[1])
		return percentile(all[0], 99), percentile(all[1], 99)
	}
	for _, f := range others {
		require.Eventually(t, f.begun, patience, 10*time.Millisecond)
	}
	calm := time.Duration(times(5000, 1000)) * time.Millisecond
	var ratios []float64
	var closings []time.Duration
	for range times(5, 1) {
		before, _ := late(calm)
		closed, ended := i.metric(`zoop_ws_closed_total{code="4008"}`), make(chan struct{})
		began := time.Now()
		small := websocket.Dialer{NetDial: smallBuffer} // else the kernel would hold megabytes for it
		sleeper, twin := s.everything(&small, i, token), s.everything(websocket.DefaultDialer, i, token)
		var bytes atomic.Int64
		past := make(chan time.Time, 1)
		go func() {
			defer close(ended)
			for {
				_, text, err := twin.ReadMessage()
				if err != nil {
					return
				}
				if n := bytes.Add(int64(len(text))); n > 1<<20 && n-int64(len(text)) <= 1<<20 {
					past <- time.Now()
				}
			}
		}()
		var here, elsewhere time.Duration
		var during sync.WaitGroup
		during.Go(func() { here, elsewhere = late(calm) })
		require.Eventually(t, func() bool { return i.metric(`zoop_ws_closed_total{code="4008"}`) > closed }, 3*patience, 20*time.Millisecond, "nobody is closed")
		given := time.Now()
		require.Eventually(t, func() bool { return gone(sleeper) }, patience, 20*time.Millisecond, "the socket stays")
		closings = append(closings, time.Since(given))
		t.Logf("%d KiB were sent to its twin, of which a MiB after %s, until it was given up after %s; gone %s later", bytes.Load()>>10,
			(<-past).Sub(began).Round(time.Millisecond), given.Sub(began).Round(time.Millisecond), time.Since(given).Round(time.Millisecond))
		during.Wait()
		// What the machine does at that moment besides, those elsewhere feel as well.
		ratios = append(ratios, here.Seconds()/max(before, elsewhere).Seconds())
		t.Logf("p99 of the others: %s before, %s with one at their process who does not read, %s meanwhile elsewhere", before, here, elsewhere)
		_ = twin.Close()
		<-ended
	}
	slices.Sort(ratios)
	if full() {
		require.LessOrEqual(t, slices.Max(closings), 5*time.Second)
		require.LessOrEqual(t, ratios[len(ratios)/2], 1.2, "median")
	}
}

// smallBuffer connects for somebody to whom little can be sent that they do not read.
func smallBuffer(network, address string) (net.Conn, error) {
	conn, err := net.Dial(network, address)
	if tcp, ok := conn.(*net.TCPConn); ok {
		err = tcp.SetReadBuffer(4 << 10)
	}
	return conn, err
}

// everything is a socket of staff.
func (s *shop) everything(dialer *websocket.Dialer, i *instance, token string) *websocket.Conn {
	s.t.Helper()
	socket := openBy(dialer, i, token)
	require.NoError(s.t, socket.WriteMessage(websocket.TextMessage, []byte(`{"id":1,"type":"subscribe","topic":"ops"}`)))
	s.t.Cleanup(func() { _ = socket.Close() })
	return socket
}

// gone says whether the other end has given a connection up, although it was not read.
func gone(socket *websocket.Conn) bool {
	_, err := socket.NetConn().Write([]byte{0x8a, 0x80, 0, 0, 0, 0}) // a pong
	return err != nil
}

// chatter commits so many events a second, of 2 KiB each, until it is stopped.
func (s *shop) chatter(stop <-chan struct{}, rate int) {
	pace := time.NewTicker(100 * time.Millisecond)
	defer pace.Stop()
	for {
		select {
		case <-stop:
			return
		case <-pace.C:
		}
		if _, err := s.pool.Exec(s.t.Context(), `
			INSERT INTO events (subject, subject_id, version, type, actor_role, city, data)
			SELECT 'order', gen_random_uuid(), 1, 'order.placed', 'customer', 'New Delhi', jsonb_build_object('said', repeat('x', 2000)) FROM generate_series(1, $1)`, rate/10); err != nil {
			if s.t.Context().Err() == nil {
				s.t.Error(fmt.Errorf("chatter: %w", err))
			}
			return
		}
	}
}
