package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/rogpeppe/go-internal/testscript"
)

// listener follows one topic over a WebSocket and remembers what it saw.
type listener struct {
	conn *websocket.Conn
	mu   sync.Mutex
	seen []string
	seqs []int64
	more chan struct{}
}

// live NAME @WHO TOPIC opens a socket with WHO's ticket, follows a topic, and waits until the server says so.
func live(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: live NAME @WHO TOPIC")
	}
	status, err := request(ts, []string{args[1], http.MethodPost, "/api/v1/ws/ticket"})
	ts.Check(err)
	if status != http.StatusCreated {
		ts.Fatalf("no ticket: %d %s", status, storyOf(ts).answer)
	}
	ticket, err := dig(storyOf(ts).answer, "ticket")
	ts.Check(err)
	url := strings.Replace(ts.Getenv("API"), "http", "ws", 1) + "/api/v1/ws?ticket=" + ticket
	conn, resp, err := websocket.DefaultDialer.Dial(url, nil)
	ts.Check(err)
	_ = resp.Body.Close()
	l := &listener{conn: conn, more: make(chan struct{}, 1)}
	storyOf(ts).sockets[args[0]] = l
	ts.Check(conn.WriteJSON(map[string]any{"id": 1, "type": "subscribe", "topic": args[2]}))
	go l.read()
	if !l.await("subscribed") {
		ts.Fatalf("not subscribed; saw %v", l.seen)
	}
}

func (l *listener) read() {
	for {
		_, text, err := l.conn.ReadMessage()
		var closed *websocket.CloseError
		if errors.As(err, &closed) {
			l.note(fmt.Sprintf("closed:%d", closed.Code))
		}
		if err != nil {
			return
		}
		var frame struct {
			Type  string `json:"type"`
			Code  string `json:"code"`
			Seq   int64  `json:"seq"`
			Event struct {
				Type string `json:"type"`
			} `json:"event"`
		}
		if json.Unmarshal(text, &frame) != nil {
			return
		}
		l.mu.Lock()
		switch frame.Type {
		case "event":
			l.seen, l.seqs = append(l.seen, frame.Event.Type), append(l.seqs, frame.Seq)
		case "error":
			l.seen = append(l.seen, "error:"+frame.Code)
		default:
			l.seen = append(l.seen, frame.Type)
		}
		l.mu.Unlock()
		select {
		case l.more <- struct{}{}:
		default:
		}
	}
}

// note remembers something else than an event.
func (l *listener) note(what string) {
	l.mu.Lock()
	l.seen = append(l.seen, what)
	l.mu.Unlock()
	select {
	case l.more <- struct{}{}:
	default:
	}
}

func (l *listener) await(what string) bool { return l.awaitFor(what, patience) }

func (l *listener) awaitFor(what string, d time.Duration) bool {
	timeout := time.After(d)
	for {
		l.mu.Lock()
		found := slices.Contains(l.seen, what)
		l.mu.Unlock()
		if found {
			return true
		}
		select {
		case <-l.more:
		case <-timeout:
			return false
		}
	}
}

func (l *listener) close() { _ = l.conn.Close() }

// closed NAME CODE N waits at most N seconds until the server has closed the socket with a code.
func closed(ts *testscript.TestScript, _ bool, args []string) {
	d, err := time.ParseDuration(args[2] + "s")
	ts.Check(err)
	l := storyOf(ts).sockets[args[0]]
	if !l.awaitFor("closed:"+args[1], d) {
		ts.Fatalf("%s was not closed with %s within %s, and saw %v", args[0], args[1], d, l.seen)
	}
}

// until NAME WHAT @WHO METHOD PATH [BODY] repeats a request until a socket has seen something.
func until(ts *testscript.TestScript, _ bool, args []string) {
	l := storyOf(ts).sockets[args[0]]
	for end := time.Now().Add(patience); time.Now().Before(end); {
		_, err := request(ts, args[2:])
		ts.Check(err)
		if l.awaitFor(args[1], 500*time.Millisecond) {
			return
		}
	}
	ts.Fatalf("%s did not see %s within %s, only %v", args[0], args[1], patience, l.seen)
}

// seen NAME TYPE… waits until the socket saw each of these, and checks that it saw every event once and in order.
func seen(ts *testscript.TestScript, neg bool, args []string) {
	l := storyOf(ts).sockets[args[0]]
	if neg {
		l.mu.Lock()
		defer l.mu.Unlock()
		for _, what := range args[1:] {
			if slices.Contains(l.seen, what) {
				ts.Fatalf("%s saw %s", args[0], what)
			}
		}
		return
	}
	for _, what := range args[1:] {
		if !l.await(what) {
			ts.Fatalf("%s did not see %s within %s, only %v", args[0], what, patience, l.seen)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !slices.IsSorted(l.seqs) || len(slices.Compact(slices.Clone(l.seqs))) != len(l.seqs) {
		ts.Fatalf("events came twice or out of order: %s", fmt.Sprint(l.seqs))
	}
}
