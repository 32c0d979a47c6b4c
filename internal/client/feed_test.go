package client_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
)

// peer is the server's end of one connection.
type peer struct {
	t *testing.T
	*websocket.Conn
}

type obj = map[string]any

func (p peer) send(m obj) { require.NoError(p.t, p.WriteJSON(m)) }

func (p peer) expect() obj {
	var m obj
	require.NoError(p.t, p.ReadJSON(&m))
	return m
}

func (p peer) event(seq int) {
	p.send(obj{"type": "event", "topic": "me", "seq": seq, "event": obj{"type": "order.placed", "version": seq}})
}

// follow starts a feed of the topic "me" whose n-th connection, from 1, is served by script.
func follow(t *testing.T, from *client.Mark, script func(n int, p peer)) <-chan client.Message {
	t.Helper()
	upgrader := websocket.Upgrader{}
	c := setup(t, client.Options{Tokens: client.Static("tok")}, func(n int, w http.ResponseWriter, r *http.Request) {
		require.Equal(t, "Bearer tok", r.Header.Get("Authorization"))
		conn, err := upgrader.Upgrade(w, r, nil)
		require.NoError(t, err)
		defer func() { _ = conn.Close() }()
		script(n, peer{t, conn})
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return c.Feed(ctx, client.Topic{Name: "me", From: from})
}

func next(t *testing.T, messages <-chan client.Message) client.Message {
	t.Helper()
	m, ok := <-messages
	require.True(t, ok, "the feed ended")
	return m
}

func TestFeedResumesAfterALostConnection(t *testing.T) {
	t.Parallel()
	messages := follow(t, nil, func(n int, p peer) {
		m := p.expect()
		if n == 1 {
			require.NotContains(t, m, "since")
			p.send(obj{"id": m["id"], "type": "subscribed", "topic": "me", "epoch": "e1", "seq": 10})
			p.event(10) // was before: must not be told
			p.event(11)
			p.event(14)
			return // and the connection breaks
		}
		require.EqualValues(t, 14, m["since"])
		require.Equal(t, "e1", m["epoch"])
		p.send(obj{"id": m["id"], "type": "subscribed", "topic": "me", "epoch": "e1", "seq": 16, "recovered": 1})
		p.event(14) // told already
		p.event(15)
		_, _, _ = p.ReadMessage() // until the client goes
	})

	m := next(t, messages)
	require.Equal(t, client.Message{Kind: client.Subscribed, Topic: "me", Mark: client.Mark{Epoch: "e1", Seq: 10}, Fresh: true}, m)
	require.EqualValues(t, 11, next(t, messages).Mark.Seq)
	require.EqualValues(t, 14, *next(t, messages).Event.Seq)
	require.Equal(t, client.Down, next(t, messages).Kind)
	m = next(t, messages)
	require.Equal(t, client.Subscribed, m.Kind)
	require.False(t, m.Fresh)
	m = next(t, messages)
	require.Equal(t, client.Mark{Epoch: "e1", Seq: 15}, m.Mark)
	require.Equal(t, "order.placed", m.Event.Type)
}

func TestFeedBeginsAfreshPastRetention(t *testing.T) {
	t.Parallel()
	messages := follow(t, &client.Mark{Epoch: "e1", Seq: 3}, func(_ int, p peer) {
		m := p.expect()
		require.EqualValues(t, 3, m["since"])
		p.send(obj{"type": "resync", "topic": "me"})
		again := p.expect()
		require.NotContains(t, again, "since")
		require.NotEqual(t, m["id"], again["id"])
		p.send(obj{"id": again["id"], "type": "subscribed", "topic": "me", "epoch": "e2", "seq": 1})
		p.event(2) // a lower number than before, of another history
		_, _, _ = p.ReadMessage()
	})
	m := next(t, messages)
	require.True(t, m.Fresh)
	require.Equal(t, client.Mark{Epoch: "e2", Seq: 1}, m.Mark)
	require.Equal(t, client.Mark{Epoch: "e2", Seq: 2}, next(t, messages).Mark)
}

func TestFeedTellsWhatItMayNotFollow(t *testing.T) {
	t.Parallel()
	messages := follow(t, nil, func(_ int, p peer) {
		p.send(obj{"id": p.expect()["id"], "type": "error", "code": "forbidden", "message": "no"})
		_, _, _ = p.ReadMessage()
	})
	m := next(t, messages)
	require.Equal(t, client.Refused, m.Kind)
	require.Equal(t, "me", m.Topic)
	require.True(t, client.IsCode(m.Err, "forbidden"))
}

// TestFeedTellsWhatItMayNoLongerFollow: a right ends without having been asked about.
func TestFeedTellsWhatItMayNoLongerFollow(t *testing.T) {
	t.Parallel()
	messages := follow(t, nil, func(_ int, p peer) {
		p.send(obj{"id": p.expect()["id"], "type": "subscribed", "topic": "me", "epoch": "e1", "seq": 1})
		p.send(obj{"type": "unsubscribed", "topic": "vendor:of-somebody"}) // never asked for
		p.send(obj{"type": "unsubscribed", "topic": "me"})
		_, _, _ = p.ReadMessage()
	})
	require.Equal(t, client.Subscribed, next(t, messages).Kind)
	m := next(t, messages)
	require.Equal(t, client.Refused, m.Kind)
	require.Equal(t, "me", m.Topic)
	require.True(t, client.IsCode(m.Err, "forbidden"))
}

func TestFeedNamesWhyItWasClosed(t *testing.T) {
	t.Parallel()
	messages := follow(t, nil, func(_ int, p peer) {
		_ = p.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(4012, "bye"), time.Now().Add(time.Second))
	})
	require.True(t, client.IsCode(next(t, messages).Err, "draining"))
}

func TestFeedEndsWithItsContext(t *testing.T) {
	t.Parallel()
	c := setup(t, client.Options{}, func(_ int, w http.ResponseWriter, _ *http.Request) {
		problem(w, http.StatusServiceUnavailable, "unavailable")
	})
	ctx, cancel := context.WithCancel(t.Context())
	messages := c.Feed(ctx, client.Topic{Name: "me"})
	require.True(t, client.IsCode(next(t, messages).Err, "unavailable"))
	cancel()
	for range messages {
	}
}

// TestStreamResumesAfterALostConnection over Server-Sent Events, and tells each event once.
func TestStreamResumesAfterALostConnection(t *testing.T) {
	t.Parallel()
	order := domain.ID(id.New())
	event := func(seq int) string {
		return fmt.Sprintf("id: e1:%d\ndata: {\"seq\":%[1]d,\"type\":\"order.placed\",\"version\":%[1]d}\n\n", seq)
	}
	c := setup(t, client.Options{Tokens: client.Static("tok")}, func(n int, w http.ResponseWriter, r *http.Request) {
		require.Equal(t, "/api/v1/orders/"+order.String()+"/events/stream", r.URL.Path)
		if n == 3 {
			problem(w, http.StatusNotFound, "not_found")
			return
		}
		say := func(text string) {
			_, err := w.Write([]byte(text))
			require.NoError(t, err)
		}
		if n == 1 {
			require.Empty(t, r.Header.Get("Last-Event-ID"))
			say("retry: 1000\n\nevent: subscribed\nid: e1:10\ndata: {\"epoch\":\"e1\",\"seq\":10}\n\n" + event(10) + ": ping\n\n" + event(11))
			return // and the connection ends
		}
		require.Equal(t, "e1:11", r.Header.Get("Last-Event-ID"))
		say("event: subscribed\ndata: {\"epoch\":\"e1\",\"seq\":12,\"recovered\":1}\n\n" + event(11) + event(12))
		say("event: unsubscribed\ndata: {}\n\nevent: close\ndata: {\"code\":4012,\"reason\":\"draining\"}\n\n")
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	messages := c.Stream(ctx, order, nil)
	require.True(t, next(t, messages).Fresh)
	require.EqualValues(t, 11, next(t, messages).Mark.Seq)
	require.Equal(t, client.Down, next(t, messages).Kind)
	require.False(t, next(t, messages).Fresh)
	require.Equal(t, client.Mark{Epoch: "e1", Seq: 12}, next(t, messages).Mark)
	require.Equal(t, client.Refused, next(t, messages).Kind)
	require.True(t, client.IsCode(next(t, messages).Err, "draining"))
	require.Equal(t, client.Refused, next(t, messages).Kind)
}
