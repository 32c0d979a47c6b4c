package ws

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
)

// stream is a reader of Server-Sent Events.
type stream struct {
	t *testing.T
	*bufio.Reader
	header http.Header
}

// sent is one of its messages.
type sent struct{ name, id, data string }

func (b *bundle) get(t *testing.T, method string, actor domain.Actor, order domain.ID, last string) *http.Response {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, method, "http"+strings.TrimPrefix(b.url, "ws")+"/stream/"+order.String(), nil)
	require.NoError(t, err)
	if where, inAddress := strings.CutPrefix(last, "?"); inAddress {
		last, req.URL.RawQuery = "", "lastEventId="+where
	}
	req.Header.Set("Actor", fmt.Sprint(actor.Role, " ", actor.ID, " ", actor.Session))
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

func (b *bundle) stream(t *testing.T, actor domain.Actor, order domain.ID, last string) *stream {
	t.Helper()
	res := b.get(t, http.MethodGet, actor, order, last)
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Equal(t, "text/event-stream", res.Header.Get("Content-Type"))
	s := &stream{t, bufio.NewReader(res.Body), res.Header}
	line, err := s.ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "retry: 1000\n", line)
	_, err = s.ReadString('\n')
	require.NoError(t, err)
	return s
}

// next reads a message; comments are passed over.
func (s *stream) next() (m sent) {
	s.t.Helper()
	for {
		line, err := s.ReadString('\n')
		require.NoError(s.t, err)
		line = strings.TrimSuffix(line, "\n")
		name, value, _ := strings.Cut(line, ": ")
		switch name {
		case "event":
			m.name = value
		case "id":
			m.id = value
		case "data":
			m.data = value
		case "":
			if line == "" && m != (sent{}) {
				return m
			}
		}
	}
}

func (s *stream) ends() {
	s.t.Helper()
	_, err := s.ReadString('\n')
	require.Error(s.t, err)
}

func (s *stream) event(seq int64) (m sent) {
	s.t.Helper()
	m = s.next()
	var e struct{ Seq int64 }
	require.NoError(s.t, json.Unmarshal([]byte(m.data), &e), "%v", m)
	require.Empty(s.t, m.name, "an event has no name of its own")
	require.Equal(s.t, seq, e.Seq)
	return m
}

// TestAnOrderAsAStream follows an order, goes on where it was, by either form of its place, and is told when that cannot be.
func TestAnOrderAsAStream(t *testing.T) {
	t.Parallel()
	order, customer := domain.ID(id.New()), domain.Actor{ID: id.New(), Role: domain.RoleCustomer}
	b := setup(t, func(d *Deps) { d.Authorizer = allow{topics: []Topic{{KindOrder, order}}} })
	_, err := b.pool.Exec(t.Context(), `UPDATE relay SET last = 3`)
	require.NoError(t, err)
	require.NoError(t, b.place(order, customer.ID, 1, 3))
	_, err = b.pool.Exec(t.Context(), `UPDATE events SET pub_seq = version`)
	require.NoError(t, err)
	epoch, _, err := b.hub.DB.FeedPosition(t.Context())
	require.NoError(t, err)
	b.hub.Sink().Reset(epoch, 3)
	live := func(seq int64) {
		r := record(seq)
		r.SubjectID = order
		b.hub.Sink().Records([]domain.Record{r, record(seq + 1)}) // the other is another's
	}

	s := b.stream(t, customer, order, "")
	require.Equal(t, "no-cache, no-transform", s.header.Get("Cache-Control"))
	first := s.next()
	require.Equal(t, "subscribed", first.name)
	require.Equal(t, epoch+":3", first.id)
	live(4)
	require.Equal(t, epoch+":4", s.event(4).id)
	live(6)
	s.event(6)

	for _, last := range []string{epoch + ":1", "1"} {
		s = b.stream(t, customer, order, last)
		m := s.next()
		require.Equal(t, "subscribed", m.name)
		require.Equal(t, epoch+":1", m.id, "until the replay has come, that is where to go on")
		require.Contains(t, m.data, `"recovered":2`)
		s.event(2)
		s.event(3)
	}
	s = b.stream(t, customer, order, "?"+epoch+":1")
	require.Contains(t, s.next().data, `"recovered":2`, "of a page that has a new ticket, and so a new address")
	s = b.stream(t, customer, order, "another:3")
	require.Equal(t, "resync", s.next().name)
	m := s.next()
	require.Equal(t, "subscribed", m.name)
	require.Equal(t, epoch+":7", m.id)
	live(8)
	s.event(8)

	require.Equal(t, http.StatusBadRequest, b.get(t, http.MethodGet, customer, order, "yesterday").StatusCode)
	require.Equal(t, http.StatusNotFound, b.get(t, http.MethodGet, customer, id.New(), "").StatusCode)
	require.Equal(t, http.StatusOK, b.get(t, http.MethodHead, customer, order, "").StatusCode)
}

// TestAStreamEnds with its session, its right, a feed that begins anew, and its process; and when nobody reads it.
func TestAStreamEnds(t *testing.T) {
	t.Parallel()
	b, r, cook, vendor, order := live(t)
	begin := func() *stream {
		s := b.stream(t, cook, order.ID, "")
		require.Equal(t, "subscribed", s.next().name)
		return s
	}
	s := begin()
	b.hub.pingDue(time.Now().Add(2 * pingEvery))
	line, err := s.ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, ": ping\n", line)
	b.hub.RevokeSession(cook.Session)
	if !cook.Session.IsNil() {
		require.Equal(t, "close", s.next().name)
	}

	s = begin()
	b.hub.Sink().Reset("e2", 0)
	require.Equal(t, "resync", s.next().name)
	require.Equal(t, "close", s.next().name)
	s.ends()

	s = begin()
	r.end(vendor, order)
	b.hub.Sink().Records([]domain.Record{removal(1, vendor, cook.ID)})
	require.Equal(t, "unsubscribed", s.next().name)
	require.Equal(t, "close", s.next().name)
	s.ends()
	require.Equal(t, http.StatusNotFound, b.get(t, http.MethodGet, cook, order.ID, "").StatusCode)
}

func TestAStreamIsDrained(t *testing.T) {
	t.Parallel()
	order, customer := domain.ID(id.New()), domain.Actor{ID: id.New(), Role: domain.RoleCustomer}
	b := setup(t, func(d *Deps) { d.Authorizer = allow{topics: []Topic{{KindOrder, order}}} })
	s, slow := b.stream(t, customer, order, ""), b.stream(t, customer, order, "")
	require.Equal(t, "subscribed", s.next().name)
	big := record(1)
	big.SubjectID = order
	big.Data = []byte(`{"filler":"` + strings.Repeat("x", 64<<10) + `"}`)
	for seq := int64(1); !b.closing(CloseSlow); seq++ {
		require.Less(t, seq, int64(1000), "nobody was closed")
		big.Seq = seq
		b.hub.Sink().Records([]domain.Record{big})
		s.event(seq)
	}
	_ = slow
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	require.NoError(t, b.hub.Drain(ctx))
	m := s.next()
	require.Equal(t, "close", m.name)
	require.Contains(t, m.data, "4012")
	s.ends()
	require.Equal(t, http.StatusServiceUnavailable, b.get(t, http.MethodGet, customer, order, "").StatusCode)
}
