package ws

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/gorilla/websocket"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/logkey"
)

// Stream is the topic of one order as Server-Sent Events: a connection like any other of the hub, with one subscription and another
// spelling. An event's ID is "<epoch>:<seq>", and a client that says the last one goes on from there; from a seq alone, in the
// present epoch. It says so in the header Last-Event-ID or, when it comes with a new ticket and so at a new address, as ?lastEventId=.
//
// The error, for a request that did not become a stream, is NotFound or Forbidden (the order is not theirs, API key, foreign Origin), Invalid
// (Last-Event-ID), Unavailable (draining, full, or not up yet) or RateLimited.
func (h *Hub) Stream(w http.ResponseWriter, r *http.Request, actor domain.Actor, order domain.ID) error {
	topic := Topic{KindOrder, order}
	if !actor.Key.IsNil() { // nothing would close the stream when the key ends
		return domain.Errorf(domain.Forbidden, "scope", "this is not for API keys")
	}
	if !h.originAllowed(r) {
		return domain.Errorf(domain.Forbidden, "origin", "pages of this origin may not connect")
	}
	from, err := lastEvent(cmp.Or(r.Header.Get("Last-Event-ID"), r.URL.Query().Get("lastEventId")))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(r.Context(), frameLimit)
	defer cancel()
	if _, err := h.scopeOf(ctx, actor, topic); err != nil {
		return err
	}
	if from.Epoch, err = h.epochFor(from); err != nil {
		return err
	}
	from.Topic = topic.String()
	header := w.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-cache, no-transform")
	header.Set("X-Accel-Buffering", "no") // nginx would wait for more
	if r.Method == http.MethodHead {
		w.WriteHeader(http.StatusOK)
		return nil
	}
	if err := h.reserve(actor); err != nil {
		return err
	}
	socket, _, err := hijacker{w}.Hijack()
	if err != nil {
		h.unreserve(actor)
		return fmt.Errorf("take the connection over: %w", err)
	}
	c := newConn(h, socket, actor)
	c.stream = true
	c.send(streamHead(header))
	h.add(c)
	go c.follow(from) //nolint:gosec // the stream outlives the request
	return nil
}

// epochFor is the epoch of the place from which a client goes on.
func (h *Hub) epochFor(f subscribeFrame) (string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.epoch == "":
		return "", errNotUp
	case f.Since == nil || f.Epoch != "":
		return f.Epoch, nil
	}
	return h.epoch, nil
}

// lastEvent reads where a client was.
func lastEvent(text string) (f subscribeFrame, err error) {
	if text == "" {
		return f, nil
	}
	epoch, seq, both := strings.Cut(text, ":")
	if !both {
		epoch, seq = "", text
	}
	n, err := strconv.ParseInt(seq, 10, 64)
	if err != nil || n < 0 || len(epoch) > 64 || both && epoch == "" {
		return f, domain.Invalidf("Last-Event-ID", "format", `must be the id of an event: "<epoch>:<seq>", or a seq`)
	}
	return subscribeFrame{Epoch: epoch, Since: &n}, nil
}

// streamHead is the answer's head, after which events follow until the connection ends.
func streamHead(header http.Header) []byte {
	var out bytes.Buffer
	header = header.Clone()
	header.Set("Connection", "close")
	header.Del("Content-Length")
	out.WriteString("HTTP/1.1 200 OK\r\n")
	_ = header.Write(&out) // memory takes everything
	out.WriteString("\r\nretry: 1000\n\n")
	return out.Bytes()
}

// follow subscribes and then waits for the client to go; it has nothing to say.
func (c *conn) follow(f subscribeFrame) {
	defer c.hub.remove(c)
	ctx, cancel := context.WithTimeout(context.Background(), frameLimit)
	err := c.subscribe(ctx, f)
	if err != nil {
		c.hub.log.DebugContext(ctx, "stream not begun", logkey.Error, err.Error())
		c.close(websocket.CloseTryAgainLater, "try again")
	}
	cancel()
	_, _ = io.CopyN(io.Discard, c.net, maxIncoming)
	c.await(func() bool { return !c.writing }, slowLimit)
}

// streamed spells a message as an event of a stream; that of a subscription has an ID, from which nothing is missed.
func streamed(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	switch f := v.(type) {
	case subscribedFrame:
		return fmt.Appendf(nil, "event: subscribed\nid: %s:%d\ndata: %s\n\n", f.Epoch, f.begins, text)
	case topicFrame:
		return fmt.Appendf(nil, "event: %s\ndata: %s\n\n", f.Type, text)
	case positionFrame:
		return fmt.Appendf(nil, "event: position\ndata: %s\n\n", text)
	}
	return fmt.Appendf(nil, "event: error\ndata: %s\n\n", text)
}

// streamedEvent spells an encoded event.
func streamedEvent(epoch string, seq int64, event []byte) []byte {
	event = bytes.ReplaceAll(event, []byte("\n"), []byte(" ")) // only between its values can there be any
	return fmt.Appendf(nil, "id: %s:%d\ndata: %s\n\n", epoch, seq, event)
}

// streamedClose says why a stream ends.
func streamedClose(code int, reason string) []byte {
	return fmt.Appendf(nil, "event: close\ndata: {\"code\":%d,\"reason\":%q}\n\n", code, reason)
}

// streamedPing is a comment.
var streamedPing = []byte(": ping\n\n")
