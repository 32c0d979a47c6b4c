package ws

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/gorilla/websocket"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
	"github.com/zoop-dev/zoop/internal/redis"
)

// patience bounds every wait of these tests.
const patience = time.Minute

var staff = domain.Actor{ID: id.New(), Role: domain.RoleSupport, Session: id.New()}

// bundle is a hub behind a server, and what it stands on.
type bundle struct {
	t    *testing.T
	pool *pgxpool.Pool
	hub  *Hub
	url  string
}

// allow is an Authorizer that lets everybody follow what it lists.
type allow struct {
	topics  []Topic
	vendors []domain.ID
}

func (a allow) Authorize(_ context.Context, _ domain.Actor, t Topic) error {
	for _, known := range a.topics {
		if known == t {
			return nil
		}
	}
	return domain.Missing("order")
}

func (a allow) MemberOf(context.Context, domain.Actor) ([]domain.ID, error) { return a.vendors, nil }

// setup starts a hub whose feed stands at 0 of the database's epoch.
func setup(t *testing.T, change ...func(*Deps)) *bundle {
	t.Helper()
	b := &bundle{t: t, pool: dbtest.New(t)}
	db, err := postgres.FromPool(t.Context(), b.pool)
	require.NoError(t, err)
	t.Cleanup(db.Close)
	rdb, err := redis.Open(dbtest.Redis(t), redis.Options{QuickTimeout: time.Minute})
	require.NoError(t, err)
	t.Cleanup(func() { _ = rdb.Close() })
	d := Deps{DB: db, Redis: rdb, Authorizer: allow{}, Log: slog.New(slog.DiscardHandler), TicketKey: ticketKey}
	for _, f := range change {
		f(&d)
	}
	b.hub, err = New(d)
	require.NoError(t, err)
	b.url = b.serve(b.hub)
	epoch, seq, err := db.FeedPosition(t.Context())
	require.NoError(t, err)
	b.hub.Sink().Reset(epoch, seq)
	return b
}

// serve gives the address of a server for a hub. The header "Actor: role id session" stands for the bearer token.
func (b *bundle) serve(h *Hub) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var actor domain.Actor
		if f := strings.Fields(r.Header.Get("Actor")); len(f) == 3 {
			actor = domain.Actor{Role: domain.Role(f[0]), ID: domain.MustParseID(f[1]), Session: domain.MustParseID(f[2])}
		}
		var err error
		if order, ok := strings.CutPrefix(r.URL.Path, "/stream/"); ok {
			err = h.Stream(w, r, actor, domain.MustParseID(order))
		} else {
			err = h.Serve(w, r, actor)
		}
		if err != nil {
			http.Error(w, err.Error(), map[domain.Kind]int{
				domain.Unauthenticated: 401, domain.Forbidden: 403, domain.Invalid: 400, domain.Unavailable: 503,
				domain.RateLimited: 429, domain.NotFound: 404,
			}[domain.KindOf(err)])
		}
	}))
	b.t.Cleanup(server.Close)
	b.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_ = h.Drain(ctx)
	})
	return "ws" + strings.TrimPrefix(server.URL, "http")
}

// client is a WebSocket client that fails the test when it has to wait long.
type client struct {
	*websocket.Conn
	t testing.TB
}

func (b *bundle) dial(actor domain.Actor) *client {
	b.t.Helper()
	c, err := tryDial(b.url, actor)
	require.NoError(b.t, err)
	b.t.Cleanup(func() { _ = c.Close() })
	return &client{c, b.t}
}

func tryDial(url string, actor domain.Actor) (*websocket.Conn, error) {
	h := http.Header{"Actor": {fmt.Sprint(actor.Role, " ", actor.ID, " ", actor.Session)}}
	c, answer, err := websocket.DefaultDialer.Dial(url, h)
	if err != nil && answer != nil {
		return nil, errors.New(answer.Status)
	}
	return c, err
}

func (c *client) say(text string) {
	c.t.Helper()
	require.NoError(c.t, c.WriteMessage(websocket.TextMessage, []byte(text)))
}

// got is any frame of the server.
type got struct {
	ID        int64  `json:"id"`
	Type      string `json:"type"`
	Topic     string `json:"topic"`
	Epoch     string `json:"epoch"`
	Seq       int64  `json:"seq"`
	Recovered int    `json:"recovered"`
	Code      string `json:"code"`
	Event     struct {
		Seq  int64  `json:"seq"`
		Type string `json:"type"`
	} `json:"event"`
}

func (c *client) hear() got {
	c.t.Helper()
	var g got
	require.NoError(c.t, c.SetReadDeadline(time.Now().Add(patience)))
	_, text, err := c.ReadMessage()
	require.NoError(c.t, err)
	require.NoError(c.t, json.Unmarshal(text, &g))
	return g
}

// ask sends a frame and gives the answer.
func (c *client) ask(text string) got {
	c.t.Helper()
	c.say(text)
	return c.hear()
}

// closedWith reads on until the server closes, and gives the code.
func (c *client) closedWith() int {
	c.t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(patience))
	for {
		_, _, err := c.ReadMessage()
		var e *websocket.CloseError
		if errors.As(err, &e) {
			return e.Code
		}
		require.NoError(c.t, err, "no close frame")
	}
}

// record is an event of an order that only needs its place.
func record(seq int64) domain.Record {
	return domain.Record{
		Seq: seq, Subject: domain.SubjectOrder, SubjectID: staff.ID, Version: int(seq), Type: "order.placed",
		ActorRole: domain.RoleCustomer, CustomerID: staff.ID, City: "Lisboa", At: time.Unix(1_750_000_000, 0), Data: []byte(`{"n": 1}`),
	}
}

func (b *bundle) deliver(from, to int64) {
	for seq := from; seq <= to; seq++ {
		b.hub.Sink().Records([]domain.Record{record(seq)})
	}
}

func TestErrorsAreFrames(t *testing.T) {
	t.Parallel()
	customer := domain.Actor{ID: id.New(), Role: domain.RoleCustomer}
	order := domain.ID(id.New()).String()
	for _, c := range []struct{ frame, code string }{
		{`{"id":7,"type":"subscribe","topic":"ops"}`, "forbidden"},
		{`{"id":7,"type":"subscribe","topic":"order:` + order + `"}`, "forbidden"},
		{`{"id":7,"type":"subscribe","topic":"courier:` + order + `"}`, "forbidden"},
		{`{"id":7,"type":"subscribe","topic":"me:x"}`, "invalid"},
		{`{"id":7,"type":"subscribe","topic":"order:1"}`, "invalid"},
		{`{"id":7,"type":"subscribe","topic":"me","since":1}`, "invalid"},
		{`{"id":7,"type":"subscribe","topic":"me","Topic":"me"}`, "invalid"},
		{`{"id":7,"type":"subscribe","topic":"me","extra":1}`, "invalid"},
		{`{"id":7,"type":"location","lat":1,"lng":1}`, "forbidden"},
		{`{"id":7,"type":"shout"}`, "invalid"},
		{`{"id":7,"type":"ping","type":"ping"}`, "invalid"},
		{`{"id":7,"type":"ping"} {}`, "invalid"},
		{`[]`, "invalid"},
	} {
		t.Run(c.frame, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			socket := b.dial(customer)
			answer := socket.ask(c.frame)
			require.Equal(t, "error", answer.Type)
			require.Equal(t, c.code, answer.Code)
			require.Equal(t, got{ID: 8, Type: "pong"}, socket.ask(`{"id":8,"type":"ping"}`), "the socket must stay usable")
		})
	}
}

// Whoever ends what has ended, or never was, has what they want.
func TestUnsubscribeFromNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	socket := b.dial(domain.Actor{ID: id.New(), Role: domain.RoleCustomer})
	require.Equal(t, got{ID: 7, Type: "unsubscribed", Topic: "me"}, socket.ask(`{"id":7,"type":"unsubscribe","topic":"me"}`))
}

func TestTopicsAreBounded(t *testing.T) {
	t.Parallel()
	var topics []Topic
	for range maxTopics + 1 {
		topics = append(topics, Topic{KindOrder, id.New()})
	}
	b := setup(t, func(d *Deps) { d.Authorizer = allow{topics: topics} })
	c := b.dial(staff)
	subscribe := func(i int) got { return c.ask(`{"type":"subscribe","topic":"` + topics[i].String() + `"}`) }
	for i := range maxTopics {
		require.Equal(t, "subscribed", subscribe(i).Type)
	}
	require.Equal(t, "conflict", subscribe(0).Code)
	require.Equal(t, "too_many_topics", subscribe(maxTopics).Code)
	require.Equal(t, "unsubscribed", c.ask(`{"type":"unsubscribe","topic":"`+topics[0].String()+`"}`).Type)
	require.Equal(t, "subscribed", subscribe(maxTopics).Type)
}

func TestEventsReachThoseTheyConcern(t *testing.T) {
	t.Parallel()
	var (
		order, vendor = domain.ID(id.New()), domain.ID(id.New())
		customer      = domain.Actor{ID: id.New(), Role: domain.RoleCustomer}
		courier       = domain.Actor{ID: id.New(), Role: domain.RoleCourier}
		owner         = domain.Actor{ID: id.New(), Role: domain.RoleVendor}
		r             = record(1)
	)
	r.SubjectID, r.VendorID, r.CustomerID, r.CourierID = order, vendor, customer.ID, courier.ID
	topics := []Topic{{KindOrder, order}, {KindVendor, vendor}, {KindCourier, courier.ID}}
	b := setup(t, func(d *Deps) { d.Authorizer = allow{topics: topics, vendors: []domain.ID{vendor}} })
	for _, c := range []struct {
		actor domain.Actor
		topic string
		sees  bool
	}{
		{staff, "ops", true}, {staff, "me", true}, {customer, "me", true}, {courier, "me", true}, {owner, "me", true},
		{owner, topics[0].String(), true}, {owner, topics[1].String(), true}, {staff, topics[2].String(), true},
		{domain.Actor{ID: id.New(), Role: domain.RoleCustomer}, "me", false},
		{domain.Actor{ID: customer.ID, Role: domain.RoleCourier}, "me", false},
	} {
		socket := b.dial(c.actor)
		require.Equal(t, "subscribed", socket.ask(`{"type":"subscribe","topic":"`+c.topic+`"}`).Type)
		defer func() {
			answer := socket.ask(`{"type":"ping"}`)
			if c.sees {
				require.Equal(t, "event", answer.Type, c.topic)
				require.Equal(t, c.topic, answer.Topic)
				require.EqualValues(t, 1, answer.Event.Seq)
				answer = socket.hear()
			}
			require.Equal(t, "pong", answer.Type, "%s of a %s", c.topic, c.actor.Role)
		}()
	}
	b.hub.Sink().Records([]domain.Record{r})
}

// What happens to a cart is for its customer, and not for the vendor whose dishes are in it.
func TestACartIsItsCustomers(t *testing.T) {
	t.Parallel()
	vendor, customer := domain.ID(id.New()), domain.Actor{ID: id.New(), Role: domain.RoleCustomer}
	b := setup(t, func(d *Deps) { d.Authorizer = allow{vendors: []domain.ID{vendor}} })
	sees := map[*client]bool{
		b.dial(customer): true, b.dial(staff): true, b.dial(domain.Actor{ID: id.New(), Role: domain.RoleVendor}): false,
		b.dial(domain.Actor{ID: id.New(), Role: domain.RoleCustomer}): false,
	}
	for socket := range sees {
		require.Equal(t, "subscribed", socket.ask(`{"type":"subscribe","topic":"me"}`).Type)
	}
	b.hub.Sink().Records([]domain.Record{{
		Seq: 1, Subject: domain.SubjectCart, SubjectID: id.New(), Version: 1, Type: "cart.changed", CustomerID: customer.ID, ActorRole: domain.RoleSystem,
		Data: []byte(`{"vendorId":"` + vendor.String() + `"}`),
	}})
	for socket, yes := range sees {
		answer := socket.ask(`{"type":"ping"}`)
		if yes {
			require.Equal(t, "event", answer.Type)
			answer = socket.hear()
		}
		require.Equal(t, "pong", answer.Type)
	}
}

func TestResync(t *testing.T) {
	t.Parallel()
	b := setup(t)
	epoch := b.hub.epoch
	b.hub.Sink().Reset(epoch, 30_000)
	c := b.dial(staff)
	ask := func(epoch string, since int) string {
		return c.ask(`{"type":"subscribe","topic":"ops","epoch":"` + epoch + `","since":` + strconv.Itoa(since) + `}`).Type
	}
	require.Equal(t, "resync", ask(epoch, 9_999), "too far behind")
	require.Equal(t, "resync", ask("other", 30_000), "another epoch")
	require.Equal(t, "resync", ask(epoch, 30_001), "a place that was never published")
	require.Equal(t, "subscribed", ask(epoch, 30_000))
	b.hub.Sink().Reset("next", 5)
	require.Equal(t, got{Type: "resync", Topic: "ops"}, c.hear())
	b.deliver(6, 6) // to nobody: the subscription has ended
	require.Equal(t, "pong", c.ask(`{"type":"ping"}`).Type)
}

func TestSlowReaderIsClosedAlone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	slow, quick := b.dial(staff), b.dial(staff)
	for _, c := range []*client{slow, quick} {
		require.Equal(t, "subscribed", c.ask(`{"type":"subscribe","topic":"ops"}`).Type)
	}
	big := record(1)
	big.Data = []byte(`{"filler":"` + strings.Repeat("x", 64<<10) + `"}`)
	var late time.Duration
	for seq := int64(1); !b.closing(CloseSlow); seq++ { // until the sockets' buffers and the queue are full
		require.Less(t, seq, int64(1000), "nothing was closed")
		big.Seq = seq
		start := time.Now()
		b.hub.Sink().Records([]domain.Record{big})
		require.Equal(t, seq, quick.hear().Seq)
		late = max(late, time.Since(start))
	}
	require.Less(t, late, slowLimit, "the other client waited")
	require.Equal(t, CloseSlow, slow.closedWith())
	require.Equal(t, "pong", quick.ask(`{"type":"ping"}`).Type)
}

// closing says whether some connection is being closed with a code.
func (b *bundle) closing(code int) bool {
	b.hub.mu.Lock()
	defer b.hub.mu.Unlock()
	for c := range b.hub.conns {
		c.mu.Lock()
		yes := c.code == code
		c.mu.Unlock()
		if yes {
			return true
		}
	}
	return false
}

func TestTooBigIsClosed(t *testing.T) {
	t.Parallel()
	c := setup(t).dial(staff)
	_ = c.WriteMessage(websocket.TextMessage, make([]byte, maxIncoming+1))
	require.Equal(t, websocket.CloseMessageTooBig, c.closedWith())
}

func TestTicketOpensOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	other, err := New(b.hub.Deps)
	require.NoError(t, err)
	otherURL := b.serve(other)
	open := func(url, ticket string) *client {
		c, _, err := websocket.DefaultDialer.Dial(url+"?ticket="+ticket, nil)
		require.NoError(t, err)
		t.Cleanup(func() { _ = c.Close() })
		return &client{c, t}
	}
	ticket, seconds, err := b.hub.NewTicket(staff)
	require.NoError(t, err)
	require.Equal(t, 30, seconds)
	require.LessOrEqual(t, len(ticket), 100)
	require.Equal(t, "subscribed", open(b.url, ticket).ask(`{"type":"subscribe","topic":"ops"}`).Type, "the ticket carries the role")
	require.Equal(t, CloseUnauthenticated, open(b.url, ticket).closedWith())
	require.Equal(t, CloseUnauthenticated, open(otherURL, ticket).closedWith(), "another instance")

	fresh, _, err := b.hub.NewTicket(staff)
	require.NoError(t, err)
	letter := "A" // of the account
	if fresh[10] == 'A' {
		letter = "B"
	}
	flipped := fresh[:10] + letter + fresh[11:]
	require.Equal(t, CloseUnauthenticated, open(b.url, flipped).closedWith())
	old, err := sealTicket(b.hub.TicketKey(), staff, time.Now())
	require.NoError(t, err)
	require.Equal(t, CloseUnauthenticated, open(b.url, old).closedWith())
}

func TestTicketNeedsNoRedis(t *testing.T) {
	t.Parallel()
	gone, err := redis.Open("redis://127.0.0.1:1", redis.Options{})
	require.NoError(t, err)
	h, err := New(Deps{Redis: gone, Log: slog.New(slog.DiscardHandler), TicketKey: ticketKey})
	require.NoError(t, err)
	ticket, _, err := h.NewTicket(staff)
	require.NoError(t, err)
	actor, err := h.Redeem(t.Context(), ticket)
	require.NoError(t, err)
	require.Equal(t, staff, actor)
	_, err = h.Redeem(t.Context(), ticket)
	require.ErrorIs(t, err, errTicket)
}

func TestWhoMayConnect(t *testing.T) {
	t.Parallel()
	b := setup(t, func(d *Deps) { d.Origins = []string{"https://app.example"} })
	host := strings.TrimPrefix(b.url, "ws://")
	for origin, status := range map[string]int{
		"http://" + host: 101, "https://app.example": 101, "https://evil.example": 403, "https://app.example.evil": 403, "null": 403,
	} {
		h := http.Header{"Origin": {origin}, "Actor": {fmt.Sprint(staff.Role, " ", staff.ID, " ", staff.Session)}}
		c, answer, _ := websocket.DefaultDialer.Dial(b.url, h)
		if c != nil {
			defer c.Close()
		}
		require.Equal(t, status, answer.StatusCode, origin)
	}
	answer, err := http.Get("http://" + host)
	require.NoError(t, err)
	require.Equal(t, 401, answer.StatusCode)
	c, _, err := websocket.DefaultDialer.Dial(b.url, nil)
	require.NoError(t, err)
	require.Equal(t, CloseUnauthenticated, (&client{c, t}).closedWith())
}

func TestRevokedSessionIsClosed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	known, unknown, over := id.New(), id.New(), id.New()
	_, err := b.pool.Exec(t.Context(), `
		WITH u AS (INSERT INTO users (id, email, first_name, role) VALUES (gen_random_uuid(), 'a@b.example', 'A', 'support') RETURNING id)
		INSERT INTO sessions (id, user_id, access_until, expires_at) 
		SELECT $1::uuid, id, now() + interval '1 hour', now() + interval '1 day' FROM u UNION ALL SELECT $2, id, now(), now() FROM u`, known, over)
	require.NoError(t, err)
	stays := b.dial(domain.Actor{ID: staff.ID, Role: staff.Role, Session: known})
	goes := b.dial(domain.Actor{ID: staff.ID, Role: staff.Role, Session: unknown})
	minted := b.dial(domain.Actor{ID: staff.ID, Role: staff.Role})
	require.Equal(t, "pong", goes.ask(`{"type":"ping"}`).Type)

	ranOut := b.dial(domain.Actor{ID: staff.ID, Role: staff.Role, Session: over})
	require.Equal(t, "pong", ranOut.ask(`{"type":"ping"}`).Type)
	b.hub.endRevoked(t.Context())
	require.Equal(t, CloseRevoked, goes.closedWith())
	require.Equal(t, CloseRevoked, ranOut.closedWith(), "its session has run out")
	require.Equal(t, "pong", stays.ask(`{"type":"ping"}`).Type)
	b.hub.RevokeSession(known)
	require.Equal(t, CloseRevoked, stays.closedWith())
	require.Equal(t, CloseRevoked, b.dial(domain.Actor{ID: staff.ID, Role: staff.Role, Session: known}).closedWith())
	require.Equal(t, "pong", minted.ask(`{"type":"ping"}`).Type)
}

func TestDrain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var sockets sync.WaitGroup
	for range 20 {
		c := b.dial(staff)
		require.Equal(t, "pong", c.ask(`{"type":"ping"}`).Type)
		sockets.Go(func() { require.Equal(t, CloseDraining, c.closedWith()) })
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	require.NoError(t, b.hub.Drain(ctx))
	sockets.Wait()
	_, err := tryDial(b.url, staff)
	require.ErrorContains(t, err, "503")
}

func TestLocation(t *testing.T) {
	t.Parallel()
	heard := make(chan Location, 1)
	b := setup(t, func(d *Deps) {
		d.OnLocation = func(_ context.Context, _ domain.Actor, l Location) error { heard <- l; return nil }
	})
	c := b.dial(domain.Actor{ID: id.New(), Role: domain.RoleCourier})
	require.Equal(t, "invalid", c.ask(`{"type":"location","lat":95,"lng":1}`).Code)
	require.Equal(t, "pong", func() string {
		c.say(`{"type":"location","lat":38.7,"lng":-9.1,"at":"2026-01-02T03:04:05Z"}`)
		return c.ask(`{"type":"ping"}`).Type
	}())
	require.Equal(t, domain.Point{Lat: 38.7, Lng: -9.1}, (<-heard).Point)
}

func ticketKey() []byte { return make([]byte, 32) }

func TestAnAccountHasSoManySockets(t *testing.T) {
	t.Parallel()
	b := setup(t, func(d *Deps) { d.MaxEach = 2 })
	other := domain.Actor{ID: id.New(), Role: domain.RoleCustomer, Session: id.New()}
	first := b.dial(staff)
	b.dial(staff)
	_, err := tryDial(b.url, staff)
	require.ErrorContains(t, err, "429")
	b.dial(other)
	require.NoError(t, first.Close())
	require.Eventually(t, func() bool {
		c, err := tryDial(b.url, staff)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	}, patience, 5*time.Millisecond)
}
