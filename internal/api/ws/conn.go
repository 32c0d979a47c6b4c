package ws

import (
	"context"
	"errors"
	"io"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/zoop-dev/zoop/internal/domain"
)

// The bounds of one connection.
const (
	maxIncoming = 64 << 10         // bytes of a client's message; more is closed with 1009
	maxQueue    = 1 << 20          // bytes waiting for the client; more is closed with 4008
	maxTopics   = 50               // subscriptions
	swift       = 16 << 10         // bytes waiting for a client that keeps up
	writeLimit  = 10 * time.Second // for the client to take what is being written
	slowLimit   = 3 * time.Second  // the same, once its queue is full
	closeLimit  = 2 * time.Second  // for the client to answer our close frame
	pingEvery   = 25 * time.Second
	silenceMax  = 60 * time.Second
)

// conn is one client. Gorilla's connection reads and shakes hands; frames are written here, whole, many at a time: an idle
// client then costs one goroutine and no write buffer.
type conn struct {
	hub    *Hub
	ws     *websocket.Conn
	net    net.Conn
	stream bool // Server-Sent Events; ws is nil then
	actor  domain.Actor
	ping   time.Time                // when the next one is due; the hub's lock guards it
	subs   map[string]*subscription // by topic; the hub's lock guards it

	mu      sync.Mutex
	queue   [][]byte
	queued  int           // bytes in the queue or being written
	held    int           // bytes that subscriptions hold back until their replay is through
	writing bool          // flush runs
	code    int           // of the close frame that ends the queue; 0 while the connection is open
	room    chan struct{} // something was written
}

const slowReason = "too slow: resume from the last seq"

// send queues a frame. A client whose queue is full is closed; it resumes where it was.
func (c *conn) send(frame []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.code != 0 {
		return
	}
	if c.queued+c.held+len(frame) > c.hub.maxQueue {
		c.slow()
		return
	}
	c.push(frame)
}

// sendIfSwift queues a frame that may be lost, unless the client is behind; it says whether it did.
func (c *conn) sendIfSwift(frame []byte) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.code != 0 || c.queued+c.held > swift {
		return false
	}
	c.push(frame)
	return true
}

// tell sends something that is no event. A stream that is told that its topic has ended, ends.
func (c *conn) tell(v any) {
	if !c.stream {
		c.send(message(v))
		return
	}
	c.send(streamed(v))
	if f, ok := v.(topicFrame); ok {
		c.close(websocket.CloseNormalClosure, f.Type)
	}
}

// reserve counts a frame that is held back for now, towards the same bound.
func (c *conn) reserve(frame []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held += len(frame); c.queued+c.held > c.hub.maxQueue && c.code == 0 {
		c.slow()
	}
}

// release queues frames that were reserved.
func (c *conn) release(frames [][]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range frames {
		c.held -= len(f)
		if c.code == 0 {
			c.push(f)
		}
	}
}

// unreserve forgets frames that were reserved.
func (c *conn) unreserve(frames [][]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range frames {
		c.held -= len(f)
	}
}

// push needs the lock.
func (c *conn) push(frame []byte) {
	c.queued += len(frame)
	c.queue = append(c.queue, frame)
	if !c.writing {
		c.writing = true
		go c.flush()
	}
}

// slow gives up on what is queued. It needs the lock.
func (c *conn) slow() {
	c.queue, c.queued = nil, 0
	c.end(CloseSlow, slowReason)
}

// close says goodbye after what is queued.
func (c *conn) close(code int, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.end(code, reason)
}

// end needs the lock. Nothing is queued after the close frame, and what is being written gets a last moment.
func (c *conn) end(code int, reason string) {
	if c.code != 0 {
		return
	}
	c.code = code
	_ = c.net.SetWriteDeadline(time.Now().Add(slowLimit)) // a connection that is gone says so when it is written to
	c.hub.closed.WithLabelValues(strconv.Itoa(code)).Inc()
	if c.stream {
		c.push(streamedClose(code, reason))
		return
	}
	c.push(wireFrame(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason)))
}

// together is room for frames that go out in one system call.
var together = sync.Pool{New: func() any { return new([16 << 10]byte) }}

// flush writes until the queue is empty.
func (c *conn) flush() {
	room := together.Get().(*[16 << 10]byte)
	defer together.Put(room)
	for {
		batch, ending := c.take()
		if len(batch) == 0 {
			return
		}
		written, err := writeAll(c.net, batch, room[:0])
		if err == nil && ending && c.stream {
			err = net.ErrClosed // nobody answers
		}
		if err == nil && ending {
			err = c.net.SetReadDeadline(time.Now().Add(closeLimit))
		}
		c.wrote(written, err)
		if err != nil {
			return
		}
	}
}

// writeAll writes frames, as many at a time as there is room for: each write is a system call, and over TLS a record. (net.Buffers does
// that only with a bare TCP connection, which the server's is not.)
func writeAll(to io.Writer, frames [][]byte, room []byte) (written int, err error) {
	for len(frames) > 0 && err == nil {
		next := frames[0]
		frames = frames[1:]
		if len(frames) > 0 && len(next)+len(frames[0]) <= cap(room) {
			next = append(room, next...)
			for len(frames) > 0 && len(next)+len(frames[0]) <= cap(room) {
				next = append(next, frames[0]...)
				frames = frames[1:]
			}
		}
		var n int
		n, err = to.Write(next)
		written += n
	}
	return written, err
}

// take empties the queue, or notes that nothing is being written any more.
func (c *conn) take() (batch [][]byte, ending bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	batch, ending = c.queue, c.code != 0
	c.queue = nil
	if len(batch) == 0 {
		c.writing = false
		signal(c.room)
		return nil, ending
	}
	limit := writeLimit
	if ending {
		limit = slowLimit
	}
	_ = c.net.SetWriteDeadline(time.Now().Add(limit)) // with the lock, so that end can shorten it
	return batch, ending
}

// wrote makes room for more. After an error nothing can be written: closing the connection ends its reader, which clears up.
func (c *conn) wrote(n int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queued = max(0, c.queued-n)
	if err != nil {
		if c.code == 0 {
			c.code = websocket.CloseAbnormalClosure
		}
		c.queue, c.writing = nil, false
		_ = c.net.Close()
	}
	signal(c.room)
}

func signal(room chan struct{}) {
	select {
	case room <- struct{}{}:
	default:
	}
}

// open says whether the connection is not being closed.
func (c *conn) open() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.code == 0
}

// sendPatiently queues a frame of a replay once at most half of the queue is in use. It gives false when the connection is
// being closed, as it is when the client takes nothing for long.
func (c *conn) sendPatiently(frame []byte) bool {
	fits := func() bool { return c.queued == 0 || c.queued+len(frame) <= c.hub.maxQueue/2 }
	if !c.await(fits, writeLimit) {
		c.close(CloseSlow, slowReason)
	}
	c.send(frame)
	return c.open()
}

// await waits until something is so, which is looked at with the lock whenever something was written, or the connection is
// being closed; false when that takes too long.
func (c *conn) await(so func() bool, most time.Duration) bool {
	limit := time.NewTimer(most)
	defer limit.Stop()
	for {
		c.mu.Lock()
		yes := so() || c.code != 0 && c.queue == nil && !c.writing
		c.mu.Unlock()
		if yes {
			return true
		}
		select {
		case <-c.room:
		case <-limit.C:
			return false
		}
	}
}

// read serves the client's frames until the connection ends.
func (c *conn) read() {
	defer c.hub.remove(c)
	c.ws.SetReadLimit(maxIncoming)
	alive := func() { c.mu.Lock(); defer c.mu.Unlock(); c.listen() }
	c.ws.SetPongHandler(func(string) error { alive(); return nil })
	c.ws.SetPingHandler(func(text string) error {
		alive()
		c.send(wireFrame(websocket.PongMessage, []byte(text)))
		return nil
	})
	c.ws.SetCloseHandler(func(code int, _ string) error {
		c.close(max(code, websocket.CloseNormalClosure), "")
		return nil
	})
	for {
		alive()
		kind, text, err := c.ws.ReadMessage()
		if err != nil {
			c.leave(err)
			return
		}
		if kind != websocket.TextMessage {
			c.fail(context.Background(), nil, domain.Errorf(domain.Invalid, string(domain.Invalid), "frames are text"))
			continue
		}
		if c.open() {
			c.handle(text)
		}
	}
}

// listen gives the client another while to be heard of, unless it is being closed. It needs the lock.
func (c *conn) listen() {
	if c.code == 0 {
		_ = c.net.SetReadDeadline(time.Now().Add(silenceMax))
	}
}

// leave answers the end of reading with a close frame where the client may still take one, and lets it be written.
func (c *conn) leave(err error) {
	var timeout net.Error
	switch {
	case errors.Is(err, websocket.ErrReadLimit): // gorilla has sent 1009; what is unread would make a reset of our closing
		c.hub.closed.WithLabelValues(strconv.Itoa(websocket.CloseMessageTooBig)).Inc()
		_ = c.net.SetReadDeadline(time.Now().Add(closeLimit))
		_, _ = io.CopyN(io.Discard, c.net, maxQueue)
	case errors.As(err, &timeout) && timeout.Timeout():
		c.close(websocket.CloseGoingAway, "nothing heard for 60 s")
	}
	c.await(func() bool { return !c.writing }, slowLimit)
}
