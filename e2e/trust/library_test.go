package trust

import (
	"context"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	library "github.com/zoop-dev/zoop/internal/client"
)

// tunnel is one address for whichever process is ready; what goes through it can be cut.
type tunnel struct {
	url   string
	mu    sync.Mutex
	conns map[net.Conn]struct{}
}

// newTunnel digs a tunnel that lasts as long as the test.
func newTunnel(t *testing.T, to *balancer) *tunnel {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	d := &tunnel{url: "http://" + l.Addr().String(), conns: map[net.Conn]struct{}{}}
	var group sync.WaitGroup
	t.Cleanup(group.Wait)
	context.AfterFunc(t.Context(), func() {
		_ = l.Close()
		d.cut()
	})
	group.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			group.Go(func() { d.carry(t.Context(), conn, strings.TrimPrefix(to.pick().url, "http://")) })
		}
	})
	return d
}

// carry is one connection, to the end of either side.
func (d *tunnel) carry(ctx context.Context, near net.Conn, address string) {
	defer near.Close()
	far, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return
	}
	defer far.Close()
	d.mu.Lock()
	d.conns[near] = struct{}{}
	d.mu.Unlock()
	defer func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.conns, near)
	}()
	var group sync.WaitGroup
	for _, way := range [][2]net.Conn{{near, far}, {far, near}} {
		group.Go(func() {
			_, _ = io.Copy(way[0], way[1])
			_ = near.Close()
			_ = far.Close()
		})
	}
	group.Wait()
}

func (d *tunnel) cut() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for conn := range d.conns {
		_ = conn.Close()
	}
}

// listen has Go's client library follow a topic until the test ends, through a tunnel of its own.
func (s *shop) listen(to *balancer, token, topic string) *follower {
	s.t.Helper()
	f := &follower{s: s, topic: topic, tunnel: newTunnel(s.t, to)}
	c, err := library.New(f.tunnel.url, library.Options{Tokens: library.Static(token)})
	require.NoError(s.t, err)
	messages := c.Feed(s.t.Context(), library.Topic{Name: topic})
	var group sync.WaitGroup
	s.t.Cleanup(group.Wait)
	group.Go(func() {
		for m := range messages {
			f.hear(m)
		}
	})
	return f
}

// hear notes a message.
func (f *follower) hear(m library.Message) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch m.Kind {
	case library.Subscribed:
		if f.starts++; f.starts == 1 {
			f.base, f.last = m.Mark.Seq, m.Mark.Seq
		} else if m.Fresh {
			f.resyncs++
		}
		if !f.lost.IsZero() {
			f.away, f.lost = append(f.away, time.Since(f.lost)), time.Time{}
		}
	case library.Event:
		f.note(m.Mark.Seq, m.Event.At)
	case library.Down:
		if f.lost.IsZero() {
			f.lost = time.Now()
		}
	case library.Refused:
		f.s.t.Errorf("%s refused: %v", f.topic, m.Err)
	}
}
