package feed_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/redis"
	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/feed"
)

var errAway = errors.New("connection refused")
var errRefused = errors.New("401")

// world is a scripted marketplace: API and stream of one, each of which can go away.
type world struct {
	mu      sync.Mutex
	epoch   string
	log     []domain.Record
	api     error // what the API answers instead
	stream  error
	trimmed int64 // the stream has lost what is up to here
	kept    int64 // the API has lost what is up to here
	hidden  int64 // the stream does not show what is after here; 0: shows all
	most    int   // orders in a snapshot; 0: all
	news    chan struct{}
}

func newWorld() *world { return &world{epoch: "e1", news: make(chan struct{})} }

// change changes the world and wakes who reads its stream.
func (w *world) change(fn func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	fn()
	close(w.news)
	w.news = make(chan struct{})
}

func (w *world) publish(n int) {
	w.change(func() {
		for range n {
			seq := int64(len(w.log) + 1)
			w.log = append(w.log, domain.Record{
				Seq: seq, Subject: domain.SubjectOrder, SubjectID: orderID(seq), Version: 1, Type: "order.placed", At: time.Now(),
				Data: []byte(fmt.Sprintf(`{"number":"N%d","vendorName":"Wok\u001b[2J 88","total":{"amount":100,"currency":"INR"}}`, seq)),
			})
		}
	})
}

func orderID(seq int64) domain.ID {
	return domain.MustParseID(fmt.Sprintf("01900000-0000-7000-8000-%012x", seq))
}

func (w *world) LiveOrders(context.Context) (dto.Feed, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := dto.Feed{Epoch: w.epoch, Seq: int64(len(w.log)), TotalOrders: len(w.log)}
	for _, r := range w.log {
		if w.most > 0 && len(f.Orders) == w.most {
			break
		}
		f.Orders = append(f.Orders, dto.OrderSummary{
			ID: r.SubjectID, Number: fmt.Sprintf("N%d", r.Seq), State: dto.OrderState(order.Placed), Version: 1,
			Vendor: dto.Party{Name: "Wok 88"},
		})
	}
	return f, w.api
}

func (w *world) Events(_ context.Context, since int64, limit int) (dto.EventPage, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	page := dto.EventPage{Epoch: w.epoch, Last: int64(len(w.log))}
	for _, r := range w.log {
		if r.Seq > max(since, w.kept) && len(page.Data) < limit {
			e := dto.Event{Seq: &r.Seq, Subject: "order", SubjectID: r.SubjectID, Version: r.Version, Type: r.Type, At: r.At}
			_ = json.Unmarshal(r.Data, &e.Data)
			page.Data = append(page.Data, e)
		}
	}
	return page, w.api
}

func (w *world) Order(_ context.Context, id domain.ID) (dto.Order, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return dto.Order{ID: id, Number: "ASKED", Version: 1, State: dto.OrderState(order.Placed), Vendor: dto.Party{Name: "Wok 88"}}, w.api
}

func (w *world) Timeline(context.Context, domain.ID) ([]dto.Event, error) { return nil, nil }

func (w *world) Alert(_ context.Context, id domain.ID) (dto.Alert, error) {
	return dto.Alert{ID: id, AcknowledgedBy: &dto.Party{ID: orderID(900), Name: "Ra\x1b[2Jvi"}}, nil
}

type stream struct {
	w      *world
	epoch  string
	cursor int64
}

func (w *world) open(epoch string, after int64) feed.Stream { return &stream{w, epoch, after} }

func (s *stream) Skip(seq int64) { s.cursor = max(s.cursor, seq) }

func (s *stream) Next(ctx context.Context, wait time.Duration) ([]domain.Record, error) {
	timeout := time.After(wait)
	for {
		s.w.mu.Lock()
		err, news := s.w.stream, s.w.news
		var out []domain.Record
		if err == nil && s.epoch == s.w.epoch {
			for _, r := range s.w.log {
				if r.Seq > max(s.cursor, s.w.trimmed) && (s.w.hidden == 0 || r.Seq <= s.w.hidden) && len(out) < 3 {
					out = append(out, r)
				}
			}
		}
		s.w.mu.Unlock()
		switch {
		case err != nil:
			return nil, err
		case len(out) > 0 && out[0].Seq > s.cursor+1:
			return nil, &redis.GapError{From: s.cursor + 1, To: out[0].Seq - 1}
		case len(out) > 0:
			s.cursor = out[len(out)-1].Seq
			return out, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-timeout:
			return nil, nil
		case <-news:
		}
	}
}

// console runs a follower and a board on the world and keeps what comes out.
type console struct {
	t    *testing.T
	out  chan board.Batch
	last board.Batch
	log  []string
	done chan error
}

var quick = feed.Pace{
	Wait: 5 * time.Millisecond, Silence: 15 * time.Millisecond, Check: 30 * time.Millisecond, Poll: 5 * time.Millisecond,
	RetryMin: time.Millisecond, RetryMax: 5 * time.Millisecond, Timeout: time.Second, Renew: 20 * time.Millisecond,
}

func follow(t *testing.T, w *world, change func(*feed.Options)) *console {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	facts, wanted := make(chan board.Fact, 16), make(chan board.Want, 16)
	o := feed.Options{
		API: w, Streams: w.open, Facts: facts, Now: time.Now, Pace: quick,
		Refused: func(err error) bool { return errors.Is(err, errRefused) },
	}
	if change != nil {
		change(&o)
	}
	c := &console{t: t, out: make(chan board.Batch), done: make(chan error, 1)}
	f := feed.New(o)
	go func() { c.done <- f.Run(ctx) }()
	go func() { _ = f.Fill(ctx, wanted) }()
	go func() {
		_ = board.Loop{Facts: facts, Out: c.out, Wanted: wanted, Lossless: true, Now: time.Now}.Run(ctx)
	}()
	return c
}

// until reads batches until one is as wanted.
func (c *console) until(what string, ok func(board.Batch) bool) {
	c.t.Helper()
	deadline := time.After(time.Minute)
	for !ok(c.last) {
		select {
		case c.last = <-c.out:
			for _, e := range c.last.Entries {
				if e.Gap != nil {
					c.log = append(c.log, fmt.Sprintf("gap %d-%d %s", e.Gap.From, e.Gap.To, e.Gap.Reason))
					continue
				}
				c.log = append(c.log, fmt.Sprint(e.Event.Seq))
			}
		case <-deadline:
			c.t.Fatalf("never %s; last: %s %d %v", what, c.last.Link.Mode, c.last.Seq, c.log)
		}
	}
}

func (c *console) reach(seq int64, mode board.Mode) {
	c.t.Helper()
	c.until(fmt.Sprintf("%s at %d", mode, seq), func(b board.Batch) bool { return b.Seq == seq && b.Link.Mode == mode })
}

func span(from, to int) (out []string) {
	for ; from <= to; from++ {
		out = append(out, fmt.Sprint(from))
	}
	return out
}

func TestFollowsFromTheSnapshot(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.publish(10)
	c := follow(t, w, nil)
	c.reach(10, board.Live)
	require.Len(t, c.last.Orders, 10)
	w.publish(7)
	c.reach(17, board.Live)
	require.Equal(t, span(11, 17), c.log)
	require.Len(t, c.last.Orders, 17)
	for _, o := range c.last.Orders {
		require.Equal(t, "Wok 88", o.Vendor, "clean, from whichever source")
	}
}

// TestNotEverything: a snapshot that does not hold everything says so, and is read anew until it does.
func TestNotEverything(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.most = 4
	w.publish(10)
	c := follow(t, w, nil)
	c.reach(10, board.Live)
	require.Equal(t, 6, c.last.OrdersLeftOut)
	require.Len(t, c.last.Orders, 4)
	w.change(func() { w.most = 0 })
	c.until("whole", func(b board.Batch) bool { return b.OrdersLeftOut == 0 && len(b.Orders) == 10 })
}

// TestWhoLooksAfterIt: the stream has the ID of whoever acknowledges an alert, and the API their name.
func TestWhoLooksAfterIt(t *testing.T) {
	t.Parallel()
	w := newWorld()
	c := follow(t, w, nil)
	c.reach(0, board.Live)
	w.change(func() {
		event := func(kind string, version int, by domain.ID, data string) {
			w.log = append(w.log, domain.Record{
				Seq: int64(len(w.log) + 1), Subject: domain.SubjectAlert, SubjectID: orderID(800), Version: version, Type: kind, At: time.Now(), ActorRole: domain.RoleSupport,
				ActorID: by, Data: []byte(data),
			})
		}
		event("alert.opened", 1, domain.Nil, `{"kind":"no_courier","severity":"crit","subject":"order"}`)
		event("alert.acknowledged", 2, orderID(900), `{}`)
	})
	c.until("named", func(b board.Batch) bool { return len(b.Alerts) == 1 && b.Alerts[0].By != "" })
	require.Equal(t, "Ravi", c.last.Alerts[0].By, "clean")
	require.Equal(t, orderID(900), c.last.Alerts[0].ByID)
}

// TestLiveAtOnce: a stream on which nothing happens is known to be there as soon as it has been looked at.
func TestLiveAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld()
	c := follow(t, w, func(o *feed.Options) { o.Pace.Wait = time.Hour })
	c.reach(0, board.Live)
	w.publish(3)
	c.reach(3, board.Live)
}

// TestRedisAway: the console polls the API meanwhile and goes back to the stream, without a gap or an echo.
func TestRedisAway(t *testing.T) {
	t.Parallel()
	w := newWorld()
	c := follow(t, w, nil)
	c.reach(0, board.Live)
	w.publish(2)
	c.reach(2, board.Live)
	w.change(func() { w.stream = errAway })
	w.publish(5)
	c.reach(7, board.Degraded)
	require.Contains(t, c.last.Link.Note, "redis")
	w.change(func() { w.stream = nil })
	w.publish(5)
	c.reach(12, board.Live)
	require.Equal(t, span(1, 12), c.log)
	require.Empty(t, c.last.Link.Note)
}

// TestAPIAway: the stream alone still feeds the board.
func TestAPIAway(t *testing.T) {
	t.Parallel()
	w := newWorld()
	c := follow(t, w, nil)
	c.reach(0, board.Live)
	w.change(func() { w.api = errAway })
	c.until("noticed", func(b board.Batch) bool { return b.Link.APIAway })
	w.publish(5)
	c.reach(5, board.Live)
	require.True(t, c.last.Link.APIAway)
	w.change(func() { w.api = nil })
	c.until("back", func(b board.Batch) bool { return !b.Link.APIAway })
	require.Equal(t, span(1, 5), c.log)
}

// TestBothAway: never exits, says for how long nothing was heard, and catches up.
func TestBothAway(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.api, w.stream = errAway, errAway
	c := follow(t, w, nil)
	c.until("asking", func(b board.Batch) bool { return b.Link.Mode == board.Connecting && b.Link.APIAway })
	w.change(func() { w.api, w.stream = nil, nil })
	w.publish(3)
	c.until("live", func(b board.Batch) bool { return b.Link.Mode == board.Live && len(b.Orders) == 3 })
	w.change(func() { w.api, w.stream = errAway, errAway })
	c.until("stale", func(b board.Batch) bool { return b.Link.Mode == board.Stale && !b.Link.Since.IsZero() })
	w.publish(4)
	w.change(func() { w.api, w.stream = nil, nil })
	c.reach(7, board.Live)
	require.Subset(t, span(1, 7), c.log)
	require.Len(t, c.last.Orders, 7)
	require.Zero(t, c.last.Gaps)
}

// TestStreamHoleIsFilled: what was trimmed from the stream comes from the API.
func TestStreamHoleIsFilled(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.publish(40)
	w.trimmed = 35
	from := int64(0)
	c := follow(t, w, func(o *feed.Options) { o.From = &from })
	c.reach(40, board.Live)
	require.Equal(t, span(1, 40), c.log)
	require.Zero(t, c.last.Gaps)
}

// TestLostEventsAreAGap: what nobody holds any more is said, and a new snapshot sets the board right.
func TestLostEventsAreAGap(t *testing.T) {
	t.Parallel()
	w := newWorld()
	c := follow(t, w, nil)
	c.reach(0, board.Live)
	w.publish(2)
	c.reach(2, board.Live)
	w.change(func() { w.stream, w.api = errAway, errAway })
	c.until("stale", func(b board.Batch) bool { return b.Link.Mode == board.Stale })
	w.publish(20)
	w.change(func() { w.stream, w.api, w.trimmed, w.kept = nil, nil, 15, 10 })
	c.reach(22, board.Live)
	require.Equal(t, append(append(span(1, 2), "gap 3-10 trimmed"), span(11, 22)...), c.log)
	require.Len(t, c.last.Orders, 22, "the lost events' orders are there")
}

// TestEpochChange: another epoch is a gap and a new snapshot, even while the old stream is merely silent.
func TestEpochChange(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.publish(9)
	c := follow(t, w, nil)
	c.reach(9, board.Live)
	w.change(func() { w.epoch, w.log = "e2", w.log[:4] })
	c.until("in e2", func(b board.Batch) bool { return b.Epoch == "e2" && len(b.Orders) == 4 })
	w.publish(2)
	c.reach(6, board.Live)
	require.Equal(t, []string{"gap 10-4 epoch changed", "5", "6"}, c.log)
}

// TestSilentStream: a stream that says nothing while there are events is found out, and said to be behind.
func TestSilentStream(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.publish(1)
	w.hidden = 1
	c := follow(t, w, nil)
	c.reach(1, board.Live)
	for seq := int64(2); seq <= 4; seq++ {
		w.publish(1)
		c.until("filled in", func(b board.Batch) bool { return b.Seq == seq })
	}
	c.reach(4, board.Degraded)
	w.change(func() { w.hidden = 0 })
	w.publish(3)
	c.reach(7, board.Live)
	require.Equal(t, span(2, 7), c.log)
}

func TestNoStreamAtAll(t *testing.T) {
	t.Parallel()
	w := newWorld()
	c := follow(t, w, func(o *feed.Options) { o.Streams = nil })
	w.publish(3)
	c.reach(3, board.Degraded)
	require.Subset(t, span(1, 3), c.log)
}

func TestRefused(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.api = errRefused
	strict := follow(t, w, func(o *feed.Options) { o.Strict = true })
	select {
	case err := <-strict.done:
		require.ErrorIs(t, err, errRefused)
	case <-time.After(time.Minute):
		t.Fatal("a refused script waits for ever")
	}
	patient := follow(t, w, nil)
	patient.until("told", func(b board.Batch) bool { return b.Link.Note == "the API refuses this token: waiting for another" })
	w.change(func() { w.api = nil })
	patient.reach(0, board.Live)
}

// TestRefusedForGood: a token that nobody can replace is waited for neither at first nor later, though the stream goes on: whoever was let go
// does not watch on.
func TestRefusedForGood(t *testing.T) {
	t.Parallel()
	fixed := func(o *feed.Options) { o.Fixed = true }
	ends := func(c *console) {
		t.Helper()
		select {
		case err := <-c.done:
			require.ErrorIs(t, err, errRefused)
		case <-time.After(time.Minute):
			t.Fatal("waits for a token that cannot change")
		}
	}
	w := newWorld()
	w.api = errRefused
	ends(follow(t, w, fixed))

	w = newWorld()
	c := follow(t, w, fixed)
	c.reach(0, board.Live)
	w.change(func() { w.api = errRefused })
	ends(c)
}

func TestMissingDetailsAreFetched(t *testing.T) {
	t.Parallel()
	w := newWorld()
	c := follow(t, w, nil)
	c.reach(0, board.Live)
	w.change(func() {
		w.log = append(w.log, domain.Record{Seq: 1, Subject: domain.SubjectOrder, SubjectID: orderID(1), Version: 1, Type: "order.placed", Data: []byte(`{}`)})
	})
	c.until("filled", func(b board.Batch) bool { return len(b.Orders) == 1 && b.Orders[0].Number == "ASKED" })
}
