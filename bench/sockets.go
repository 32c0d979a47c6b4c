package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// socketWorkers take the sockets of a load in turn.
const socketWorkers = 32

// socket is a WebSocket of the load generator, which knows as much of the protocol as what zoop says to a courier.
type socket struct {
	net net.Conn
	r   *bufio.Reader
}

// upgrade opens one.
func upgrade(ctx context.Context, address, path, token string) (*socket, error) {
	c, err := (&net.Dialer{Timeout: answerTimeout}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	s := &socket{c, bufio.NewReaderSize(c, 256)}
	_ = c.SetDeadline(time.Now().Add(answerTimeout))
	_, err = fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", path, address, token)
	for n := 0; err == nil; n++ {
		var line string
		switch line, err = s.r.ReadString('\n'); {
		case n == 0 && err == nil && !strings.HasPrefix(line, "HTTP/1.1 101 "):
			err = fmt.Errorf("answered %q", strings.TrimSpace(line))
		case line == "\r\n":
			return s, c.SetDeadline(time.Now().Add(2 * time.Minute))
		}
	}
	_ = c.Close()
	return nil, err
}

// frame is a client's text frame.
func frame(text string) []byte {
	mask := [4]byte{0x5a, 0x31, 0xc4, 0x07}
	f := append([]byte{0x81, 0x80 | byte(len(text)&0x7f)}, mask[:]...) // it is shorter than 126
	for i := range len(text) {
		f = append(f, text[i]^mask[i%4])
	}
	return f
}

// message reads up to the next text; pings of the server's are passed over.
func (s *socket) message() (string, error) {
	for {
		head, err := s.r.Peek(2)
		if err != nil {
			return "", err
		}
		size, at := int(head[1]&0x7f), 2
		if size == 126 {
			if head, err = s.r.Peek(4); err != nil {
				return "", err
			}
			size, at = int(head[2])<<8|int(head[3]), 4
		}
		text := make([]byte, at+size)
		if _, err := io.ReadFull(s.r, text); err != nil {
			return "", err
		}
		if text[0]&0x0f != websocket.PingMessage {
			return string(text[at:]), nil
		}
	}
}

// pong reads the answer to a ping.
func (s *socket) pong() error {
	text, err := s.message()
	if err == nil && !strings.Contains(text, `"pong"`) {
		err = fmt.Errorf("answered %.200q", text)
	}
	return err
}

// runSockets has each socket say where it is, one frame a write, over and over. Every fourth time they ask whether it was taken: what
// was not counts as little as what was refused.
func runSockets(ctx context.Context, l Load, out io.Writer) error {
	sockets := make([]*socket, len(l.Sockets))
	err := each(len(sockets), func(i int) (err error) {
		sockets[i], err = upgrade(ctx, l.Address, "/api/v1/ws", l.Sockets[i])
		return err
	})
	for _, s := range sockets {
		if s != nil {
			defer func() { _ = s.net.Close() }()
		}
	}
	if err != nil {
		return err
	}
	frames := make([][]byte, 256)
	for i := range frames {
		frames[i] = frame(fmt.Sprintf(`{"type":"location","lat":%.6f,"lng":%.6f,"accuracy":%d}`, 28.5+float64(i)*0.000791, 77.1+float64(i*37%256)*0.000783, 4+i%20))
	}
	ping := frame(`{"type":"ping"}`)
	start, cpu := time.Now(), cpuTime()
	done := make([]int, socketWorkers)
	err = each(socketWorkers, func(worker int) error {
		for n, more := 0, true; more; n++ {
			more = time.Since(start) < l.For && ctx.Err() == nil
			asks := n%4 == 3 || !more
			for i := worker; i < len(sockets); i += socketWorkers {
				f := frames[(n*7+i)%len(frames)]
				if asks {
					f = append(f[:len(f):len(f)], ping...)
				}
				if _, err := sockets[i].net.Write(f); err != nil {
					return err
				}
				done[worker]++
			}
			for i := worker; asks && i < len(sockets); i += socketWorkers {
				if err := sockets[i].pong(); err != nil {
					return err
				}
			}
		}
		return nil
	})
	got := loaded{Took: time.Since(start), CPU: cpuTime() - cpu}
	for _, n := range done {
		got.Done += n
	}
	if err != nil {
		got.Failure = err.Error()
	}
	return json.NewEncoder(out).Encode(got)
}

// each does something for 0 to n-1, some at once.
func each(n int, do func(i int) error) error {
	errs := make([]error, socketWorkers)
	var group sync.WaitGroup
	for worker := range errs {
		group.Go(func() {
			for i := worker; i < n && errs[worker] == nil; i += socketWorkers {
				errs[worker] = do(i)
			}
		})
	}
	group.Wait()
	return errors.Join(errs...)
}
