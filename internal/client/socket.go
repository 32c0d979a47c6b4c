package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/zoop-dev/zoop/internal/api/dto"
)

// Bounds of a connection.
const (
	handshakeTimeout = 15 * time.Second
	writeTimeout     = 10 * time.Second
	silence          = 65 * time.Second // the server pings every 25 s; two may get lost
	maxFrame         = 1 << 20          // bytes
)

// frame is a message of the protocol, in either direction.
type frame struct {
	ID        int        `json:"id,omitempty"`
	Type      string     `json:"type"`
	Topic     string     `json:"topic,omitempty"`
	Epoch     string     `json:"epoch,omitempty"`
	Since     *int64     `json:"since,omitempty"`
	Seq       int64      `json:"seq,omitempty"`
	Recovered int        `json:"recovered,omitempty"`
	Event     *dto.Event `json:"event,omitempty"`
	Code      string     `json:"code,omitempty"`
	Message   string     `json:"message,omitempty"`
}

var dialer = websocket.Dialer{
	Proxy:            http.ProxyFromEnvironment,
	HandshakeTimeout: handshakeTimeout,
	ReadBufferSize:   2 << 10,
	WriteBufferSize:  1 << 10,
	WriteBufferPool:  &sync.Pool{},
}

// connect opens one connection, subscribes and reads until it ends; it says with which token, and why it ended.
func (f *feed) connect(ctx context.Context, refused string) (token string, err error) {
	if tokens := f.client.opts.Tokens; tokens != nil {
		if token, err = tokens(ctx, refused); err != nil {
			return "", fmt.Errorf("get an access token: %w", err)
		}
	}
	conn, err := f.client.dial(ctx, token)
	if err != nil {
		return token, err
	}
	defer func() { _ = conn.Close() }()
	stop := context.AfterFunc(ctx, func() { hangUp(conn) })
	defer stop()
	for i, t := range f.order {
		if err := f.subscribe(conn, t, i+1); err != nil {
			return token, err
		}
	}
	return token, f.read(ctx, conn)
}

func (c *Client) dial(ctx context.Context, token string) (*websocket.Conn, error) {
	header := http.Header{"User-Agent": {c.opts.UserAgent}}
	if token != "" {
		header.Set("Authorization", "Bearer "+token)
	}
	target := "ws" + strings.TrimPrefix(c.base.String(), "http") + "/api/v1/ws"
	conn, res, err := dialer.DialContext(ctx, target, header)
	if res != nil && res.Body != nil {
		defer func() { _ = res.Body.Close() }()
	}
	if errors.Is(err, websocket.ErrBadHandshake) && res != nil {
		return nil, fmt.Errorf("open the live feed: %w", problemOf(res))
	}
	if err != nil {
		return nil, fmt.Errorf("open the live feed: %w", err)
	}
	conn.SetReadLimit(maxFrame)
	return conn, nil
}

// subscribe asks for a topic from where it stands. Requests of one topic have different numbers, all of one remainder.
func (f *feed) subscribe(conn *websocket.Conn, t *topicState, number int) error {
	t.request = number
	m := frame{ID: number, Type: "subscribe", Topic: t.name}
	if t.known {
		m.Epoch, m.Since = t.epoch, &t.last
	}
	text, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode subscription: %w", err)
	}
	if err := conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return fmt.Errorf("subscribe to %s: %w", t.name, err)
	}
	if err := conn.WriteMessage(websocket.TextMessage, text); err != nil {
		return fmt.Errorf("subscribe to %s: %w", t.name, err)
	}
	return nil
}

// read handles frames until the connection or ctx ends.
func (f *feed) read(ctx context.Context, conn *websocket.Conn) error {
	alive := func() error { return conn.SetReadDeadline(time.Now().Add(silence)) }
	pong := conn.PingHandler()
	conn.SetPingHandler(func(data string) error {
		if err := alive(); err != nil {
			return err
		}
		return pong(data)
	})
	for {
		if err := alive(); err != nil {
			return fmt.Errorf("read the live feed: %w", err)
		}
		_, text, err := conn.ReadMessage()
		if err != nil {
			return fmt.Errorf("read the live feed: %w", closeProblem(err))
		}
		var m frame
		if err := json.Unmarshal(text, &m); err != nil {
			return fmt.Errorf("decode a frame: %w", err)
		}
		if err := f.handle(ctx, conn, m); err != nil {
			return err
		}
	}
}

func (f *feed) handle(ctx context.Context, conn *websocket.Conn, m frame) error {
	on := true
	switch m.Type {
	case "subscribed":
		on = f.subscribed(ctx, m)
	case "event":
		on = f.event(ctx, m)
	case "resync":
		if t := f.topics[m.Topic]; t != nil {
			t.known, t.last = false, -1
			return f.subscribe(conn, t, t.request+len(f.order))
		}
	case "unsubscribed": // unasked: this client never asks
		if t := f.topics[m.Topic]; t != nil {
			why := "the right to follow it has ended"
			on = f.tell(ctx, Message{Kind: Refused, Topic: t.name, Err: &Problem{Problem: dto.Problem{Code: "forbidden", Detail: &why, Title: "the live feed ended a topic"}}})
		}
	case "error":
		return f.refusal(ctx, m)
	}
	if !on {
		return ctx.Err()
	}
	return nil
}

// refusal tells that a topic is not this account's to follow. What may pass ends the connection, to be tried again.
func (f *feed) refusal(ctx context.Context, m frame) error {
	p := &Problem{Problem: dto.Problem{Code: m.Code, Detail: &m.Message, Title: "the live feed answered an error"}}
	for _, t := range f.order {
		if t.request != m.ID || m.ID == 0 {
			continue
		}
		switch m.Code {
		case "forbidden", "not_found", "invalid":
			if !f.tell(ctx, Message{Kind: Refused, Topic: t.name, Err: p}) {
				return ctx.Err()
			}
			return nil
		}
	}
	return p
}

// closeProblem names the close codes that a caller may want to know.
func closeProblem(err error) error {
	var closed *websocket.CloseError
	if !errors.As(err, &closed) {
		return err
	}
	if p := closedBy(closed.Code, closed.Text); p != nil {
		return p
	}
	return err
}

// closedBy is the problem of a close code of ours; nil for any other.
func closedBy(code int, reason string) error {
	name := map[int]string{4001: "unauthenticated", 4003: "forbidden", 4008: "slow", 4009: "session_revoked", 4012: "draining"}[code]
	if name == "" {
		return nil
	}
	return &Problem{Problem: dto.Problem{Code: name, Detail: &reason, Title: "the live feed was closed"}}
}

// hangUp says goodbye and closes; it unblocks the reader.
func hangUp(conn *websocket.Conn) {
	bye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
	_ = conn.WriteControl(websocket.CloseMessage, bye, time.Now().Add(time.Second))
	_ = conn.Close()
}
