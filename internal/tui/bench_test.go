package tui

import (
	"context"
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/redis"
	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/feed"
)

func BenchmarkView(b *testing.B) {
	m := newBench(b, 200, 60, func(o *Options) { o.Color = true }).live()
	b.ReportAllocs()
	for b.Loop() {
		_ = m.View()
	}
}

// watched counts the frames of a model and signals when one shows a place.
type watched struct {
	*model
	frames int
	until  int64
	done   chan struct{}
}

func (w *watched) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	_, cmd := w.model.Update(msg)
	return w, cmd
}

func (w *watched) View() string {
	w.frames++
	if w.until > 0 && w.batch.Seq >= w.until {
		close(w.done)
		w.until = 0
	}
	return w.model.View()
}

// BenchmarkRedisToScreen is the whole way of an event, from a real Redis to the frame of a 200×60 screen, as fast as it goes.
func BenchmarkRedisToScreen(b *testing.B) {
	rdb, err := redis.Open(dbtest.Redis(b), redis.Options{})
	require.NoError(b, err)
	b.Cleanup(func() { _ = rdb.Close() })
	const most = 90_000 // what the stream keeps
	n := min(b.N, most)
	records := make([]domain.Record, n)
	for i := range records {
		o, version := i%10_000, i/10_000+1
		records[i] = domain.Record{
			Seq: int64(i + 1), Subject: domain.SubjectOrder, SubjectID: testID(o), Version: version, Type: "order.nudge", At: time.Now(), Data: []byte(`{}`),
		}
		if version == 1 {
			records[i].Type = "order.placed"
			records[i].Data = []byte(fmt.Sprintf(`{"number":"N%d","vendorName":"Wok 88","total":{"amount":42100,"currency":"INR"},"promisedAt":%q}`, o, noon.Add(time.Duration(o)*time.Second).Format(time.RFC3339)))
		}
	}
	for from := 0; from < n; from += 500 {
		_, err := rdb.Begin(b.Context(), "e1", records[from:min(n, from+500)])
		require.NoError(b, err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	facts, batches := make(chan board.Fact, 64), make(chan board.Batch)
	from := int64(0)
	follower := feed.New(feed.Options{API: &market{epoch: "e1", log: records}, Streams: feed.Redis(rdb), Facts: facts, From: &from, Now: time.Now})
	w := &watched{model: newModel(ctx, Options{API: shop{}, Out: io.Discard, Color: true}, batches), until: int64(n), done: make(chan struct{})}
	w.Update(tea.WindowSizeMsg{Width: 200, Height: 60})
	program := tea.NewProgram(w, tea.WithContext(ctx), tea.WithInput(nil), tea.WithOutput(io.Discard), tea.WithoutSignals())
	b.ResetTimer()
	go func() { _ = follower.Run(ctx) }()
	go func() { _ = board.Loop{Facts: facts, Out: batches, Now: time.Now}.Run(ctx) }()
	go func() { _, _ = program.Run() }()
	<-w.done
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkFrames is the frame of the board with 10,000 live orders, or of a roster of their 3,000 vendors or 3,000 couriers, after an event
// each: p99-ms of View alone.
func BenchmarkFrames(b *testing.B) {
	for name, key := range map[string]string{"orders": "1", "vendors": "3", "couriers": "4"} {
		b.Run(name, func(b *testing.B) {
			m := newBench(b, 200, 60, func(o *Options) { o.Color = true })
			all := board.Snapshot{Epoch: "e1"}
			for n := range 10_000 {
				all.Orders = append(all.Orders, board.Order{
					ID: testID(n + 1), Number: fmt.Sprint("N", n), Vendor: fmt.Sprint("Vendor ", n%3000), VendorID: testID(20_000 + n%3000), CourierID: testID(30_000 + n%3000),
					State: order.Preparing, Version: 1, PlacedAt: noon, ReadyBy: noon.Add(time.Duration(n-100) * time.Second), PromisedAt: noon.Add(5 * time.Hour),
				})
			}
			m.board.Apply(board.Start{Epoch: "e1"}, m.now)
			m.board.Apply(all, m.now)
			m.take()
			m.keys(key)
			b.ReportAllocs()
			var took []time.Duration
			for n := 0; b.Loop(); n++ {
				m.board.Apply(board.Events{{Seq: int64(n + 1), Subject: domain.SubjectOrder, SubjectID: testID(n%10_000 + 1), Version: n/10_000 + 2, Type: "order.nudge", At: m.now}}, m.now)
				m.take()
				began := time.Now()
				_ = m.View()
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
		})
	}
}
