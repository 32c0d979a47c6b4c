package trust

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// follower is a client of the live feed that loses its connection again and again, and goes on where it was.
type follower struct {
	s     *shop
	to    *balancer
	token string
	topic string

	tunnel *tunnel // of the client library; nil: a client of its own

	mu      sync.Mutex
	conn    *websocket.Conn
	epoch   string
	base    int64 // where it began
	last    int64
	seen    []int64
	late    []time.Duration // each event, after it was committed
	twice   int
	resyncs int
	starts  int             // subscriptions
	lost    time.Time       // when the connection was last lost; zero while there is one
	away    []time.Duration // until it was followed again
}

// follow follows a topic until the test ends.
func (s *shop) follow(to *balancer, token, topic string) *follower {
	f := &follower{s: s, to: to, token: token, topic: topic}
	var group sync.WaitGroup
	s.t.Cleanup(group.Wait)
	group.Go(func() {
		for ctx := s.t.Context(); ctx.Err() == nil; {
			f.once(ctx)
			select {
			case <-ctx.Done():
			case <-time.After(20*time.Millisecond + rand.N(100*time.Millisecond)):
			}
		}
	})
	return f
}

// once is one connection, to its end.
func (f *follower) once(ctx context.Context) {
	dialer := websocket.Dialer{HandshakeTimeout: 5 * time.Second}
	conn, res, err := dialer.DialContext(ctx, strings.Replace(f.to.pick().url, "http", "ws", 1)+"/api/v1/ws", http.Header{"Authorization": {"Bearer " + f.token}})
	if err != nil {
		return
	}
	_ = res.Body.Close()
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	defer f.drop()
	if err := conn.WriteMessage(websocket.TextMessage, f.hello(conn)); err != nil {
		return
	}
	for {
		_, text, err := conn.ReadMessage()
		if err != nil {
			return
		}
		if again := f.take(text); again != nil {
			if err := conn.WriteMessage(websocket.TextMessage, again); err != nil {
				return
			}
		}
	}
}

func (f *follower) hello(conn *websocket.Conn) []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.conn = conn
	if f.epoch == "" {
		return fmt.Appendf(nil, `{"id":1,"type":"subscribe","topic":%q}`, f.topic)
	}
	return fmt.Appendf(nil, `{"id":1,"type":"subscribe","topic":%q,"epoch":%q,"since":%d}`, f.topic, f.epoch, f.last)
}

func (f *follower) drop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.conn = nil
	if f.lost.IsZero() {
		f.lost = time.Now()
	}
}

// take notes a frame; what it gives is to be sent.
func (f *follower) take(text []byte) (again []byte) {
	var m struct {
		Type, Epoch string
		Seq         int64
		Event       struct{ At time.Time }
	}
	if json.Unmarshal(text, &m) != nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	switch m.Type {
	case "subscribed":
		if f.starts++; f.epoch == "" {
			f.base, f.last = m.Seq, m.Seq
		}
		f.epoch = m.Epoch
		if !f.lost.IsZero() {
			f.away, f.lost = append(f.away, time.Since(f.lost)), time.Time{}
		}
	case "event":
		f.note(m.Seq, m.Event.At)
	case "error": // a process that has just started knows of no events yet
		_ = f.conn.NetConn().Close()
	case "resync":
		f.resyncs++
		f.epoch = ""
		return fmt.Appendf(nil, `{"id":2,"type":"subscribe","topic":%q}`, f.topic)
	}
	return nil
}

// note needs the lock.
func (f *follower) note(seq int64, at time.Time) {
	if seq <= f.last {
		f.twice++
		return
	}
	f.last, f.seen, f.late = seq, append(f.seen, seq), append(f.late, time.Since(at))
}

// cut loses the connection, as a tunnel does.
func (f *follower) cut() {
	if f.tunnel != nil {
		f.tunnel.cut()
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.conn != nil {
		_ = f.conn.NetConn().Close()
	}
}

func (f *follower) begun() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.starts > 0
}

func (f *follower) at() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.last
}

// newest is the last place that was given out.
func (s *shop) newest() int64 {
	return int64(s.count(`SELECT coalesce(max(pub_seq), 0) FROM events`))
}

// published waits until all events have a place, and gives the last.
func (s *shop) published() int64 {
	s.t.Helper()
	require.Eventually(s.t, func() bool { return s.count(`SELECT count(*) FROM events WHERE pub_seq IS NULL`) == 0 }, patience, 20*time.Millisecond)
	return s.newest()
}

// requireWhole waits until the follower has all there is for it, and proves that it has each event once. Whose of the events
// they are is said by a condition.
func (f *follower) requireWhole(condition string, args ...any) {
	f.s.t.Helper()
	rows, err := f.s.pool.Query(f.s.t.Context(), `SELECT pub_seq FROM events WHERE pub_seq IS NOT NULL AND (`+condition+`) ORDER BY pub_seq`, args...)
	require.NoError(f.s.t, err)
	want, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	require.NoError(f.s.t, err)
	f.mu.Lock()
	base := f.base
	f.mu.Unlock()
	want = want[len(want)-len(slices.DeleteFunc(slices.Clone(want), func(seq int64) bool { return seq <= base })):]
	if len(want) > 0 {
		require.Eventually(f.s.t, func() bool { return f.at() >= want[len(want)-1] }, patience, 10*time.Millisecond, "%s stays at %d of %d", f.topic, f.at(), want[len(want)-1])
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	require.Zero(f.s.t, f.twice, "told twice")
	require.Zero(f.s.t, f.resyncs, "began anew")
	require.True(f.s.t, slices.Equal(want, f.seen), "%s has %d events, and not %d", f.topic, len(f.seen), len(want))
}

// freshly takes the delays of the events since the last time.
func (f *follower) freshly() []time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	late := f.late
	f.late = nil
	return late
}
