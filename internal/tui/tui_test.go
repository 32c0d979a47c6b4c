package tui

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/redis"
	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/feed"
	"github.com/zoop-dev/zoop/internal/tui/lines"
)

// history is the records of a made-up evening: orders that live by the real table.
func history(orders int) []domain.Record {
	r := rand.New(rand.NewPCG(7, 7))
	states, versions := make([]order.State, orders), make([]int, orders)
	var log []domain.Record
	add := func(n int, kind, data string) {
		versions[n]++
		log = append(log, domain.Record{
			Seq: int64(len(log) + 1), Subject: domain.SubjectOrder, SubjectID: testID(n + 1), Version: versions[n], Type: kind,
			VendorID: testID(1000), CourierID: testID(0xc100 + n), City: "Delhi", At: noon.Add(time.Duration(len(log)) * time.Second), Data: []byte(data),
		})
	}
	for range orders * 8 {
		n := r.IntN(orders)
		moves := order.Machine.Table[states[n]]
		switch {
		case versions[n] == 0:
			add(n, "order.placed", fmt.Sprintf(`{"number":%q,"vendorName":"Wok 88","fulfilment":"delivery","total":{"amount":%d,"currency":"INR"},"deadlineAt":%q,"promisedAt":%q}`,
				order.Number(int64(n)), 1000+n, noon.Add(5*time.Minute).Format(time.RFC3339), noon.Add(time.Hour).Format(time.RFC3339)))
			states[n] = order.Placed
		case len(moves) > 0 && r.IntN(3) > 0:
			move := moves[r.IntN(len(moves))]
			add(n, move.Event, `{}`)
			states[n] = move.To
		case len(moves) > 0:
			add(n, "delivery.assigned", `{}`)
		}
	}
	return log
}

// face runs a board over facts and gives its batches to a face.
func face(t *testing.T, facts []board.Fact, show func(<-chan board.Batch)) {
	t.Helper()
	in, out := make(chan board.Fact), make(chan board.Batch)
	go func() {
		for _, f := range facts {
			in <- f
		}
		close(in)
	}()
	go func() {
		_ = board.Loop{Facts: in, Out: out, Lossless: true, Now: func() time.Time { return noon }}.Run(t.Context())
	}()
	show(out)
}

// seen is what one line says.
type seen struct {
	Seq    int64
	Number string
	Type   string
}

// TestFacesAgree: the same facts, with repetition, disorder and a gap, are the same on the board, in plain lines and in JSON.
func TestFacesAgree(t *testing.T) {
	t.Parallel()
	log := history(40)
	api := &market{epoch: "e1", log: log}
	page, err := api.Events(t.Context(), 0, 10_000)
	require.NoError(t, err)
	var events board.Events
	for _, e := range page.Data {
		events = append(events, feed.Event(e))
	}
	cut := len(events) / 2
	first := append(slices.Clone(events[:cut]), events[:10]...)
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(first), func(i, j int) { first[i], first[j] = first[j], first[i] })
	facts := []board.Fact{
		board.Start{Epoch: "e1"}, first, board.Gap{To: int64(cut + 3), Reason: "trimmed"}, events[cut+3:], events[cut:], board.Link{Mode: board.Live},
	}

	screen := newBench(t, 80, 24, nil)
	onScreen := 0
	face(t, facts, func(in <-chan board.Batch) {
		for b := range in {
			onScreen += len(b.Entries)
			screen.onBatch(b)
		}
	})
	var asJSON, asPlain bytes.Buffer
	face(t, facts, func(in <-chan board.Batch) {
		require.NoError(t, lines.Run(t.Context(), in, lines.Options{Out: &asJSON, JSON: true}))
	})
	face(t, facts, func(in <-chan board.Batch) {
		require.NoError(t, lines.Run(t.Context(), in, lines.Options{Out: &asPlain}))
	})

	fromJSON, rebuilt := readJSON(t, &asJSON)
	require.Equal(t, fromJSON, readPlain(t, &asPlain))
	require.Equal(t, len(events)-3+1, onScreen)
	require.Len(t, fromJSON, onScreen)
	require.True(t, slices.IsSortedFunc(fromJSON, func(a, b seen) int { return int(a.Seq - b.Seq) }))

	again := board.New()
	for _, f := range rebuilt {
		again.Apply(f, noon)
	}
	batch, ok := again.Batch()
	require.True(t, ok)
	require.Equal(t, batch.Orders, screen.batch.Orders, "a board made of the JSON lines is the board")
	require.Contains(t, screen.View(), fmt.Sprintf("%d/%d", len(batch.Orders), len(batch.Orders)))
}

func readJSON(t *testing.T, r io.Reader) (all []seen, facts []board.Fact) {
	t.Helper()
	facts = append(facts, board.Start{Epoch: "e1"})
	for d := json.NewDecoder(r); d.More(); {
		var line struct {
			Seq, Version          int64
			Type, Number, Subject string
			Order                 domain.ID
			Vendor, Courier       domain.ID
			City                  string
			At                    time.Time
			Data                  map[string]any
			Gap                   bool
		}
		require.NoError(t, d.Decode(&line))
		if line.Gap {
			all, facts = append(all, seen{Seq: line.Seq, Type: "gap"}), append(facts, board.Gap{To: line.Seq})
			continue
		}
		all = append(all, seen{line.Seq, line.Number, line.Type})
		facts = append(facts, board.Events{{
			Seq: line.Seq, Subject: domain.Subject(line.Subject), SubjectID: line.Order, Version: int(line.Version), Type: line.Type,
			VendorID: line.Vendor, CourierID: line.Courier, City: line.City, At: line.At, Data: line.Data,
		}})
	}
	return all, facts
}

func readPlain(t *testing.T, r io.Reader) (all []seen) {
	t.Helper()
	text, err := io.ReadAll(r)
	require.NoError(t, err)
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		var s seen
		var at string
		if strings.HasPrefix(line, "GAP") {
			var from int64
			_, err := fmt.Sscanf(line, "GAP events %d to %d", &from, &s.Seq)
			require.NoError(t, err, line)
			s.Type = "gap"
		} else {
			_, err := fmt.Sscan(line, &at, &s.Seq, &s.Number, &s.Type)
			require.NoError(t, err, line)
			if strings.HasPrefix(s.Number, "order-") {
				s.Number = ""
			}
		}
		all = append(all, s)
	}
	return all
}

// market is an API over a growing log; its snapshots hold no orders.
type market struct {
	mu    sync.Mutex
	epoch string
	log   []domain.Record
}

func (m *market) LiveOrders(context.Context) (dto.Feed, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return dto.Feed{Epoch: m.epoch, Seq: int64(len(m.log))}, nil
}

func (m *market) Events(_ context.Context, since int64, limit int) (dto.EventPage, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	page := dto.EventPage{Epoch: m.epoch, Last: int64(len(m.log))}
	for _, r := range m.log[since:min(len(m.log), int(since)+limit)] {
		e := dto.Event{
			Seq: &r.Seq, Subject: dto.EventSubject(r.Subject), SubjectID: r.SubjectID, Version: r.Version, Type: r.Type, At: r.At,
			City: &r.City, VendorID: &r.VendorID, CourierID: &r.CourierID,
		}
		if err := json.Unmarshal(r.Data, &e.Data); err != nil {
			return page, err
		}
		page.Data = append(page.Data, e)
	}
	return page, nil
}

func (m *market) Order(context.Context, domain.ID) (dto.Order, error)      { return dto.Order{}, nil }
func (m *market) Alert(context.Context, domain.ID) (dto.Alert, error)      { return dto.Alert{}, nil }
func (m *market) Timeline(context.Context, domain.ID) ([]dto.Event, error) { return nil, nil }
func (m *market) publish(r []domain.Record) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.log = append(m.log, r...)
}

// TestRealRedis: the JSON face over a real Redis gives every event once, in order, although Redis loses everything midway.
func TestRealRedis(t *testing.T) {
	t.Parallel()
	server := dbtest.OwnRedis(t)
	rdb, err := redis.Open(server.URL(), redis.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = rdb.Close() })
	log := history(60)
	third := len(log) / 3
	api := &market{epoch: "e1"}
	api.publish(log[:third])
	_, err = rdb.Begin(t.Context(), "e1", log[:third])
	require.NoError(t, err)

	reader, out := io.Pipe()
	begin, seq := int64(0), int64(0)
	done := make(chan error, 1)
	go func() {
		defer func() { _ = out.Close() }()
		done <- Run(t.Context(), Options{
			API: api, Streams: feed.Redis(rdb), Face: JSON, From: &begin, Count: len(log), Out: out,
			Pace: feed.Pace{Wait: 20 * time.Millisecond, Silence: 50 * time.Millisecond, Check: 200 * time.Millisecond, Poll: 10 * time.Millisecond, RetryMin: 10 * time.Millisecond, RetryMax: 50 * time.Millisecond},
		})
	}()
	d := json.NewDecoder(reader)
	next := func(n int) {
		for range n {
			var line struct {
				Seq int64
				Gap bool
			}
			require.NoError(t, d.Decode(&line))
			require.False(t, line.Gap)
			seq++
			require.Equal(t, seq, line.Seq)
		}
	}
	next(third)
	server.Kill()
	api.publish(log[third : 2*third]) // Postgres goes on
	next(third)
	server.Restart()
	api.publish(log[2*third:])
	require.Eventually(t, func() bool {
		_, err = rdb.Begin(t.Context(), "e1", log[third:]) // the relay rebuilds a part
		return err == nil
	}, time.Minute, 10*time.Millisecond)
	next(len(log) - 2*third)
	require.NoError(t, <-done)
}

// TestScreenStartsAndQuits runs the real program on a terminal that is none.
func TestScreenStartsAndQuits(t *testing.T) {
	t.Parallel()
	in, keys := io.Pipe()
	var out safeBuffer
	done := make(chan error, 1)
	go func() {
		done <- Run(t.Context(), Options{API: shop{}, Face: Screen, In: in, Out: &out, Zone: time.UTC, Label: "test"})
	}()
	require.Eventually(t, func() bool { return strings.Contains(out.String(), "30/30") }, time.Minute, 10*time.Millisecond)
	_, err := keys.Write([]byte("q"))
	require.NoError(t, err)
	select {
	case err := <-done:
		require.NoError(t, err)
	case <-time.After(time.Minute):
		t.Fatal("q does not quit")
	}
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func TestChoose(t *testing.T) {
	t.Parallel()
	require.Equal(t, Screen, Choose(false, false, true, "xterm-256color"))
	require.Equal(t, Plain, Choose(false, false, false, "xterm-256color"))
	require.Equal(t, Plain, Choose(false, false, true, "dumb"))
	require.Equal(t, Plain, Choose(true, false, true, "xterm"))
	require.Equal(t, JSON, Choose(false, true, true, "xterm"))
	require.Equal(t, JSON, Choose(false, true, false, ""))
}

// TestCopy hands the ID to the terminal, wrapped for tmux where it has to be.
func TestCopy(t *testing.T) {
	t.Parallel()
	b := newBench(t, 80, 24, nil).live().keys("y")
	require.Contains(t, b.out.String(), "\x1b]52;c;")
	require.Contains(t, b.View(), "copied "+testID(1).String())
	b = newBench(t, 80, 24, func(o *Options) { o.Tmux = true }).live().keys("y")
	require.Contains(t, b.out.String(), "\x1bPtmux;")
}

// TestSelectionIsPinned: the selection stays on its order while the board moves, and follows the worst until it is made.
func TestSelectionIsPinned(t *testing.T) {
	t.Parallel()
	b := newBench(t, 80, 24, nil).live()
	require.Equal(t, testID(1), b.orders.Selected().ID)
	b.keys("down", "down")
	pinned := b.orders.Selected().ID
	cancel := func(seq int64, n int) {
		b.board.Apply(board.Events{{Seq: seq, Subject: domain.SubjectOrder, SubjectID: testID(n), Version: 9, Type: "order.cancelled", At: b.now}}, b.now)
		b.take()
	}
	cancel(101, 1)
	require.Equal(t, pinned, b.orders.Selected().ID)
	paused, changed := b.orders.Paused()
	require.True(t, paused)
	require.Equal(t, 1, changed)
	b.keys("G")
	paused, _ = b.orders.Paused()
	require.False(t, paused)
	require.Equal(t, testID(2), b.orders.Selected().ID, "the worst, now that the first has ended")
	cancel(102, 2)
	require.Equal(t, testID(3), b.orders.Selected().ID)
}

// TestOrderStaysLive: an open order's timeline grows with the stream.
func TestOrderStaysLive(t *testing.T) {
	t.Parallel()
	b := newBench(t, 80, 24, nil).live().keys("enter")
	require.NotContains(t, b.View(), "order.cancelled")
	b.board.Apply(board.Events{{Seq: 101, Subject: domain.SubjectOrder, SubjectID: testID(1), Version: 4, Type: "order.cancelled", At: noon, Data: map[string]any{"reason": "OPS"}}}, noon)
	b.take()
	require.Contains(t, b.View(), "CANCELLED")
	b.keys("pgdown")
	require.Contains(t, b.View(), "order.cancelled: ops")
	require.Contains(t, b.View(), "+11m")
}

// TestFilterIsDiscarded: Esc while typing brings the old filter back.
func TestFilterIsDiscarded(t *testing.T) {
	t.Parallel()
	b := newBench(t, 80, 24, nil).live().keys("/", "wok", "enter", "/", " state=done", "esc")
	require.Equal(t, "wok", b.orders.Filter())
	shown, all := b.orders.Counts()
	require.Equal(t, 5, shown)
	require.Equal(t, 30, all)
	b.keys("esc")
	require.Empty(t, b.orders.Filter())
}

// TestNotEverythingIsShown: where there is more than the board was told of, it says so for as long as that is so.
func TestNotEverythingIsShown(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{40, 12}, {80, 24}, {140, 40}} {
		b := newBench(t, size[0], size[1], nil).live()
		require.NotContains(t, b.fits(), "shown")
		all := b.batch.Orders
		b.batch.OrdersLeftOut, b.batch.AlertsLeftOut = 3112, 7
		require.Contains(t, b.fits(), fmt.Sprintf("%d/%d+3,112", len(all), len(all)))
		require.Contains(t, b.fits(), "30 of 3,142 orders shown")
		b.keys("2")
		b.batch.AlertsLeftOut = 7
		require.Contains(t, b.fits(), "+7")
		b.keys("4")
		require.NotContains(t, b.fits(), "+7")
	}
}
