package ws

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/feed"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/worker"
)

// background runs something until the test ends.
func background(t *testing.T, fn func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- fn(ctx) }()
	t.Cleanup(func() { cancel(); require.NoError(t, <-done) })
}

// follow runs a feed for a hub, from where the feed now stands.
func follow(t *testing.T, h *Hub) {
	t.Helper()
	started := make(chan struct{})
	f := feed.New(h.DB, h.Redis, slog.New(slog.DiscardHandler), nil)
	f.Attach(h.Sink())
	f.Attach(feed.Sink{Records: func([]domain.Record) {}, Reset: func(string, int64) { close(started) }})
	background(t, f.Run)
	select {
	case <-started:
	case <-time.After(patience):
		t.Fatal("the feed does not start")
	}
}

// place appends events of one order in a transaction of their own.
func (b *bundle) place(order, customer domain.ID, from, n int) error {
	_, err := b.pool.Exec(context.Background(), `
		INSERT INTO events (subject, subject_id, version, type, actor_role, customer_id)
		SELECT 'order', $1, g, 'order.placed', 'customer', $2 FROM generate_series($3::int, $4::int) g`, order, customer, from, from+n-1)
	return err
}

// follower is a client that loses its connection again and again, and resumes.
type follower struct {
	urls  []string
	actor domain.Actor
	topic string
	want  int // how many events there are
	rnd   *rand.Rand

	epoch   string
	last    int64
	seen    []int64
	resumed int
	replays int
}

// once connects, subscribes, and reads until the connection is to be lost, or all events have come.
func (f *follower) once(lose int) error {
	c, err := tryDial(f.urls[f.rnd.IntN(len(f.urls))], f.actor)
	if err != nil {
		return err
	}
	defer c.Close()
	f.resumed++
	ask := fmt.Sprintf(`{"type":"subscribe","topic":"%s","epoch":"%s","since":%d}`, f.topic, f.epoch, f.last)
	if err := c.WriteMessage(websocket.TextMessage, []byte(ask)); err != nil {
		return err
	}
	_ = c.SetReadDeadline(time.Now().Add(patience))
	for i := 0; i < lose && len(f.seen) < f.want; i++ {
		var g got
		_, text, err := c.ReadMessage()
		if err != nil {
			return err
		}
		if err := json.Unmarshal(text, &g); err != nil {
			return err
		}
		switch g.Type {
		case "subscribed":
			f.replays += g.Recovered
		case "event":
			f.seen = append(f.seen, g.Event.Seq)
			f.last = g.Seq
		default:
			return fmt.Errorf("a frame of the type %s", g.Type)
		}
	}
	return nil
}

func TestResumingClientsSeeEachEventOnce(t *testing.T) {
	t.Parallel()
	const orders, events = 12, 150
	customer := domain.Actor{ID: id.New(), Role: domain.RoleCustomer}
	ids := make([]domain.ID, orders)
	topics := make([]Topic, orders)
	for i := range ids {
		ids[i] = id.New()
		topics[i] = Topic{KindOrder, ids[i]}
	}
	b := setup(t, func(d *Deps) { d.Authorizer = allow{topics: topics} })
	second, err := New(b.hub.Deps)
	require.NoError(t, err)
	urls := []string{b.url, b.serve(second)}
	for _, h := range []*Hub{b.hub, second} {
		follow(t, h)
	}
	relay := worker.NewRelay(b.hub.DB, b.hub.Redis, slog.New(slog.DiscardHandler), nil)
	background(t, relay.Run)

	require.NoError(t, b.place(ids[0], customer.ID, 1, 1)) // so that resuming from the very beginning is a place, too
	require.Eventually(t, func() bool { _, last, err := b.hub.DB.FeedPosition(t.Context()); return err == nil && last == 1 }, patience, time.Millisecond)
	epoch, _, err := b.hub.DB.FeedPosition(t.Context())
	require.NoError(t, err)

	var clients sync.WaitGroup
	var followers []*follower
	start := func(actor domain.Actor, topic string, want int) {
		f := &follower{urls: urls, actor: actor, topic: topic, want: want, rnd: rand.New(rand.NewPCG(7, uint64(len(followers)))), epoch: epoch, last: 1}
		followers = append(followers, f)
		clients.Go(func() {
			for len(f.seen) < f.want {
				if err := f.once(1 + f.rnd.IntN(want/8)); err != nil {
					t.Errorf("%s: %v", topic, err)
					return
				}
			}
		})
	}
	for range 4 {
		start(staff, "ops", orders*events)
		start(customer, "me", orders*events/2)
	}
	for i := range 8 {
		start(staff, topics[i].String(), events)
	}

	var writers sync.WaitGroup
	for i, order := range ids {
		writers.Go(func() {
			for v := 2; v < 2+events; v += 3 {
				owner := customer.ID
				if i%2 == 1 {
					owner = staff.ID
				}
				if err := b.place(order, owner, v, 3); err != nil {
					t.Error(err)
				}
				relay.Wake()
			}
		})
	}
	writers.Wait()
	clients.Wait()
	want := b.expected(t, customer.ID)
	resumed, replayed := 0, 0
	for _, f := range followers {
		require.Equal(t, want[f.topic], f.seen, f.topic)
		resumed, replayed = resumed+f.resumed, replayed+f.replays
	}
	t.Logf("%d clients, %d connections, %d events, %d frames by replay", len(followers), resumed, orders*events, replayed)
}

// expected lists, by topic, the places after the first of all events that it covers.
func (b *bundle) expected(t *testing.T, customer domain.ID) map[string][]int64 {
	t.Helper()
	want := map[string][]int64{}
	for since := int64(1); ; {
		page, err := b.hub.DB.EventsSince(t.Context(), since, 1000)
		require.NoError(t, err)
		if len(page) == 0 {
			return want
		}
		for _, r := range page {
			want["ops"] = append(want["ops"], r.Seq)
			order := Topic{KindOrder, r.SubjectID}.String()
			want[order] = append(want[order], r.Seq)
			if r.CustomerID == customer {
				want["me"] = append(want["me"], r.Seq)
			}
			since = r.Seq
		}
	}
}

// publish gives all events their places, as the relay does.
func (b *bundle) publish(t *testing.T) (last int64) {
	t.Helper()
	for {
		state, _, err := b.hub.DB.Publish(t.Context())
		require.NoError(t, err)
		if !state.Waiting {
			return state.Last
		}
	}
}

func TestClientMayBeAheadOfTheInstance(t *testing.T) {
	t.Parallel()
	b := setup(t)
	require.NoError(t, b.place(id.New(), staff.ID, 1, 5))
	require.EqualValues(t, 5, b.publish(t))
	b.deliver(1, 2) // this instance's feed has come so far
	for _, since := range []int64{1, 2, 4} {
		c := b.dial(staff)
		answer := c.ask(fmt.Sprintf(`{"type":"subscribe","topic":"ops","epoch":"%s","since":%d}`, b.hub.epoch, since))
		require.Equal(t, max(2, since), answer.Seq)
		require.EqualValues(t, max(2-since, 0), answer.Recovered)
		defer func() {
			for seq := since + 1; seq <= 5; seq++ {
				require.Equal(t, seq, c.hear().Event.Seq, "since %d", since)
			}
			require.Equal(t, "pong", c.ask(`{"type":"ping"}`).Type)
		}()
	}
	b.deliver(3, 5)
}

func TestLiveEventsWaitForTheReplay(t *testing.T) {
	t.Parallel()
	const past, live = 6000, 20
	b := setup(t)
	_, err := b.pool.Exec(t.Context(), `
		INSERT INTO events (subject, subject_id, version, type, actor_role, data)
		SELECT 'order', $1, g, 'order.placed', 'customer', jsonb_build_object('filler', repeat('x', 2000)) FROM generate_series(1, $2::int) g`, staff.ID, past)
	require.NoError(t, err)
	require.EqualValues(t, past, b.publish(t))
	b.hub.Sink().Reset(b.hub.epoch, past)
	c := b.dial(staff)
	answer := c.ask(fmt.Sprintf(`{"type":"subscribe","topic":"ops","epoch":"%s","since":0}`, b.hub.epoch))
	require.Equal(t, past, answer.Recovered)
	b.deliver(past+1, past+live) // 12 MB do not fit between here and there: the replay still waits for the client
	for seq := int64(1); seq <= past+live; seq++ {
		require.Equal(t, seq, c.hear().Event.Seq)
	}
}
