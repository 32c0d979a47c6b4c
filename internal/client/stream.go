package client

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
)

// Stream is Feed of one order over Server-Sent Events, for where no WebSocket gets through.
func (c *Client) Stream(ctx context.Context, order domain.ID, from *Mark) <-chan Message {
	f := newFeed(c, Topic{Name: "order:" + order.String(), From: from})
	go f.run(ctx, f.stream)
	return f.out
}

// stream opens one stream and reads until it ends; it says with which token, and why it ended.
func (f *feed) stream(ctx context.Context, refused string) (token string, err error) {
	if tokens := f.client.opts.Tokens; tokens != nil {
		if token, err = tokens(ctx, refused); err != nil {
			return "", fmt.Errorf("get an access token: %w", err)
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	t := f.order[0]
	r := request{method: http.MethodGet, path: "/orders/" + url.PathEscape(strings.TrimPrefix(t.name, "order:")) + "/events/stream"}
	req, err := f.client.build(ctx, r, nil, token)
	if err != nil {
		return token, err
	}
	req.Header.Set("Accept", "text/event-stream")
	if t.known {
		req.Header.Set("Last-Event-ID", t.epoch+":"+strconv.FormatInt(t.last, 10))
	}
	quiet := time.AfterFunc(silence, cancel)
	defer quiet.Stop()
	res, err := f.client.opts.HTTPClient.Do(req)
	if err != nil {
		return token, fmt.Errorf("open the order's stream: %w: %w", ErrUnreachable, err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		err := fmt.Errorf("open the order's stream: %w", problemOf(res))
		if IsStatus(err, http.StatusForbidden, http.StatusNotFound) {
			f.tell(ctx, Message{Kind: Refused, Topic: t.name, Err: err})
		}
		return token, err
	}
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, maxFrame)
	return token, f.readStream(ctx, lines, func() { quiet.Reset(silence) })
}

// readStream handles messages until the stream or ctx ends.
func (f *feed) readStream(ctx context.Context, lines *bufio.Scanner, alive func()) error {
	var name, data string
	for lines.Scan() {
		alive()
		field, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch field {
		case "event":
			name = value
		case "data":
			data += value
		case "": // the end of a message, or a comment
			if data != "" {
				if err := f.message(ctx, name, data); err != nil {
					return err
				}
			}
			name, data = "", ""
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read the order's stream: %w", err)
	}
	return errors.New("the order's stream has ended")
}

func (f *feed) message(ctx context.Context, name, data string) error {
	t := f.order[0]
	m := frame{Type: name, Topic: t.name}
	var err error
	switch name {
	case "":
		m.Type, m.Event = "event", &dto.Event{}
		if err = json.Unmarshal([]byte(data), m.Event); err == nil && m.Event.Seq != nil {
			m.Seq = *m.Event.Seq
		}
	case "resync": // the stream goes on by itself, or is made anew
		t.known, t.last = false, -1
		return nil
	case "close":
		var why struct {
			Code   int
			Reason string
		}
		err = json.Unmarshal([]byte(data), &why)
		if p := closedBy(why.Code, why.Reason); p != nil || err != nil {
			return errors.Join(err, p)
		}
		return nil // the end follows
	default:
		err = json.Unmarshal([]byte(data), &m)
	}
	if err != nil {
		return fmt.Errorf("decode a message: %w", err)
	}
	return f.handle(ctx, nil, m)
}
