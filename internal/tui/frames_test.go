package tui

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/feed"
)

var update = flag.Bool("update", false, "write the golden frames anew")

var noon = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

func testID(n int) domain.ID {
	return domain.MustParseID(fmt.Sprintf("01900000-0000-7000-8000-%012x", n))
}

// hostile is what a stranger may call their kitchen.
const hostile = "Evil\x1b[2J\x1b]52;c;cm0=\x07\u009b31m\u202eneppo\u202c\u200b Kitchen"

// shop is an API with one order of every live state, and some that nobody expects.
type shop struct {
	broken error
	seen   int // not 0: more has happened since this version
	by     dto.EventActor
}

func (s shop) LiveOrders(context.Context) (dto.Feed, error) {
	f := dto.Feed{Epoch: "e1", Seq: 100}
	vendors := []string{"Casa Lima", "Wok 88", hostile, "寿司太郎 本店 渋谷スクランブル", "Café Mañana", "The Very Long Name Of A Very Small Kitchen"}
	states := []order.State{order.Placed, order.Accepted, order.Preparing, order.Ready, order.PickedUp, order.Undeliverable}
	currencies := []string{"INR", "USD", "JPY", "KWD", "BRL", "EUR"}
	for n := range 30 {
		state := states[n%len(states)]
		at := noon.Add(-time.Duration(n*n) * time.Minute)
		due := noon.Add(time.Duration(n*3-5) * time.Minute).Add(13 * time.Second)
		o := dto.OrderSummary{
			ID: testID(n + 1), Number: order.Number(int64(n)), State: dto.OrderState(state), Version: 3, City: "Delhi",
			Vendor: dto.Party{ID: testID(1000), Name: vendors[n%len(vendors)]}, Fulfilment: dto.Fulfilment(order.Delivery),
			Total:    dto.Money{Amount: int64(n * n * 1234), Currency: currencies[n%len(currencies)]},
			PlacedAt: at, PromisedAt: due.Add(time.Hour),
		}
		if state == order.Placed {
			o.DeadlineAt = &due
		} else {
			o.ReadyBy = &due
			o.PromisedAt = due.Add(time.Duration(n) * time.Second)
		}
		if n%2 == 1 {
			o.Courier = &dto.Party{ID: testID(0xc100 + n), Name: "Asha"}
		}
		f.Orders = append(f.Orders, o)
	}
	return f, s.broken
}

func (s shop) Events(context.Context, int64, int) (dto.EventPage, error) {
	return dto.EventPage{Epoch: "e1", Last: 100}, s.broken
}

func (s shop) Alert(context.Context, domain.ID) (dto.Alert, error) { return dto.Alert{}, s.broken }

func (s shop) Order(_ context.Context, id domain.ID) (dto.Order, error) {
	feed, _ := s.LiveOrders(context.Background())
	for _, o := range feed.Orders {
		if o.ID != id {
			continue
		}
		note := "ring twice\r\n\x1b[31mor " + hostile
		money := func(n int64) dto.Money { return dto.Money{Amount: n, Currency: o.Total.Currency} }
		return dto.Order{
			ID: id, Number: o.Number, State: o.State, Version: o.Version, Vendor: o.Vendor, Courier: o.Courier, City: o.City,
			Customer: dto.Party{Name: "Ravi \u202eKumar"}, Fulfilment: o.Fulfilment, PlacedAt: o.PlacedAt, PromisedAt: o.PromisedAt,
			ReadyBy: o.ReadyBy, DeadlineAt: o.DeadlineAt, EstimatedAt: o.EstimatedAt, Note: &note,
			Items: []dto.LineItem{
				{Name: "Masala dosa", Quantity: 2, UnitPrice: money(18000), Options: []dto.ChosenOption{{Name: "large"}, {Name: "no onion"}}},
				{Name: "Filter coffee", Quantity: 1, UnitPrice: money(6000)},
			},
			Quote: dto.Quote{Total: o.Total, Lines: []dto.QuoteLine{
				{Kind: "item", Label: "Masala dosa", Amount: money(36000)}, {Kind: "tax", Label: "GST 5%", Amount: money(2100)},
				{Kind: "delivery_fee", Label: "Delivery", Amount: money(4900)},
			}},
			Payment: dto.Payment{Method: "cod", State: "created"}, Delivery: &dto.OrderDelivery{State: "assigned"},
		}, s.broken
	}
	return dto.Order{}, errors.New("no such order")
}

func (s shop) Timeline(ctx context.Context, id domain.ID) ([]dto.Event, error) {
	events, err := s.timeline(ctx, id)
	if by := s.by; s.seen > 0 {
		if by.Role == "" {
			by.Role = "vendor"
		}
		events = append(events, dto.Event{Subject: "order", SubjectID: id, Version: 4, Type: "order.cancelled", At: noon, Actor: by, Data: map[string]any{"reason": "TOO_BUSY"}})
	}
	return events, err
}

func (s shop) timeline(_ context.Context, id domain.ID) ([]dto.Event, error) {
	event := func(version int, after time.Duration, kind string, role dto.Role, data map[string]any) dto.Event {
		seq := int64(version)
		return dto.Event{
			Seq: &seq, Subject: "order", SubjectID: id, Version: version, Type: kind, At: noon.Add(-20 * time.Minute).Add(after),
			Actor: dto.EventActor{Role: role}, Data: data,
		}
	}
	return []dto.Event{
		event(1, 0, "order.placed", "customer", map[string]any{"number": "X", "total": map[string]any{"amount": 42100.0, "currency": "INR"}}),
		event(2, 31*time.Second, "order.accepted", "vendor", map[string]any{"prepMinutes": 12.0, "readyBy": noon.Format(time.RFC3339)}),
		event(3, 9*time.Minute, "order.preparing", "vendor", nil),
	}, s.broken
}

// bench is a model that is fed by hand.
type bench struct {
	*model
	t     testing.TB
	board *board.Board
	now   time.Time
	out   strings.Builder
}

func newBench(t testing.TB, width, height int, change func(*Options)) *bench {
	b := &bench{t: t, board: board.New(), now: noon}
	o := Options{API: shop{}, Desk: &counter{}, Out: &b.out, Label: "127.0.0.1:4000", Zone: time.UTC, Now: func() time.Time { return b.now }}
	if change != nil {
		change(&o)
	}
	b.model = newModel(context.Background(), o, nil)
	b.after = func(time.Duration, tea.Msg) tea.Cmd { return nil }
	b.do(tea.WindowSizeMsg{Width: width, Height: height})
	b.run(b.readOperator())
	return b
}

// do updates the model and carries out what it asks for; what it would do later is left out.
func (b *bench) do(msg tea.Msg) {
	_, cmd := b.Update(msg)
	b.run(cmd)
}

func (b *bench) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	msg := cmd()
	if batch, ok := msg.(tea.BatchMsg); ok {
		for _, c := range batch {
			b.run(c)
		}
		return
	}
	if msg != nil {
		b.do(msg)
	}
}

func (b *bench) live() *bench {
	follower := make(chan board.Fact, 16)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_ = feed.New(feed.Options{API: b.o.API, Facts: follower, Now: func() time.Time { return noon }}).Run(ctx)
	}()
	for range 2 { // the start and the snapshot, through the real conversion
		b.board.Apply(<-follower, b.now)
	}
	cancel()
	b.board.Apply(board.Link{Mode: board.Live, Lag: 300 * time.Millisecond, LagAt: noon}, b.now)
	b.take()
	return b
}

func (b *bench) take() {
	b.board.Tick(b.now)
	batch, ok := b.board.Batch()
	require.True(b.t, ok)
	b.onBatch(batch)
}

func (b *bench) keys(keys ...string) *bench {
	special := map[string]tea.KeyType{"enter": tea.KeyEnter, "esc": tea.KeyEsc, "down": tea.KeyDown, "up": tea.KeyUp, "pgdown": tea.KeyPgDown, "backspace": tea.KeyBackspace, "end": tea.KeyEnd, "tab": tea.KeyTab}
	for _, k := range keys {
		if kind, ok := special[k]; ok {
			b.do(tea.KeyMsg{Type: kind})
			continue
		}
		for _, r := range k {
			b.do(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}})
		}
	}
	return b
}

func (b *bench) fits() string {
	frame := b.View()
	lines := strings.Split(frame, "\n")
	require.LessOrEqual(b.t, len(lines), b.height)
	for _, line := range lines {
		require.LessOrEqual(b.t, ansi.StringWidth(line), b.width, "%q", line)
	}
	return frame
}

func (b *bench) golden(name string) {
	b.t.Helper()
	frame := b.fits() + "\n"
	path := filepath.Join("testdata", "frames", name+".txt")
	if *update {
		require.NoError(b.t, os.MkdirAll(filepath.Dir(path), 0o750))
		require.NoError(b.t, os.WriteFile(path, []byte(frame), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(b.t, err, "go test ./internal/tui -update writes it")
	require.Equal(b.t, string(want), frame)
}

// What golden frames are made of.
var (
	sizes = [][2]int{{40, 12}, {80, 24}, {140, 40}, {220, 60}}
	looks = map[string]func(*Options){
		"dark": func(o *Options) { o.Color = true }, "light": func(o *Options) { o.Color, o.Light = true, true },
		"nocolor": nil, "ascii": func(o *Options) { o.ASCII = true },
	}
)

// goldens draws the same at every size in every look.
func goldens(t *testing.T, name string, reach func(*bench)) {
	t.Helper()
	for look, theme := range looks {
		for _, size := range sizes {
			b := newBench(t, size[0], size[1], theme).live()
			reach(b)
			b.golden(fmt.Sprintf("%s-%dx%d-%s", name, size[0], size[1], look))
		}
	}
}

func TestFramesOfTheStreams(t *testing.T) {
	t.Parallel()
	goldens(t, "streams", func(b *bench) {
		for seq := int64(101); seq < 140; seq++ {
			b.board.Apply(board.Events{{
				Seq: seq, Subject: domain.SubjectOrder, SubjectID: testID(int(seq) - 100), Version: 4, Type: "order.nudge", At: b.now, Data: map[string]any{"deadlineAt": noon.Format(time.RFC3339)},
			}}, b.now)
		}
		b.board.Apply(board.Gap{To: 142, Reason: "trimmed"}, b.now)
		b.take()
		b.keys("5", "k")
	})
}

// TestFramesOfForecasts: what is foretold to be late stands where its lateness puts it, with the reason.
func TestFramesOfForecasts(t *testing.T) {
	t.Parallel()
	goldens(t, "forecast", func(b *bench) {
		for n, late := range map[int]time.Duration{10: 15 * time.Minute, 12: -time.Minute, 14: 3 * time.Minute} {
			o := b.batch.Orders[n-1]
			b.board.Apply(board.Detail{Order: board.Order{
				ID: o.ID, Number: o.Number, Vendor: o.Vendor, State: o.State, Version: 4, ReadyBy: o.PromisedAt, PromisedAt: o.PromisedAt, EstimatedAt: o.PromisedAt.Add(late),
				PlacedAt: o.PlacedAt, Total: o.Total, CourierID: o.CourierID,
			}}, b.now)
		}
		b.take()
	})
}

func TestFramesOfTheBoard(t *testing.T) {
	t.Parallel()
	for name, theme := range looks {
		for _, size := range sizes {
			b := newBench(t, size[0], size[1], theme).live()
			if b.wide() {
				b.do(loadMsg(b.loads)) // instead of waiting for it
			}
			frame := b.fits()
			if name == "ascii" || name == "nocolor" {
				require.NotContains(t, frame, "\x1b")
			}
			if name == "ascii" {
				for _, r := range frame {
					require.Less(t, r, rune(0x7f), "%q", r)
				}
			}
			b.golden(fmt.Sprintf("board-%dx%d-%s", size[0], size[1], name))
		}
	}
}

func TestFramesOfTheRest(t *testing.T) {
	t.Parallel()
	small := func() *bench { return newBench(t, 80, 24, nil) }
	small().golden("connecting")
	small().live().keys("enter").golden("order")
	small().live().keys("?").golden("help")
	small().live().keys("/", "state=placed sla<10m", "enter").golden("filtered")
	small().live().keys("/", "state=lost").golden("filter-wrong")
	small().live().keys(":", "mess").golden("palette")
	small().live().keys("M").golden("messages-none")
	newBench(t, 80, 24, func(o *Options) { o.ReadOnly = true }).live().golden("read-only")

	b := small().live().keys("down", "down")
	b.now = b.now.Add(90 * time.Second)
	b.board.Apply(board.Events{{Seq: 101, Subject: domain.SubjectOrder, SubjectID: testID(1), Version: 4, Type: "order.cancelled", At: b.now}}, b.now)
	b.take()
	b.golden("paused")

	b = small().live()
	b.board.Apply(board.Gap{To: 140, Reason: "trimmed"}, b.now)
	b.board.Apply(board.Link{Mode: board.Degraded, Note: "redis is away"}, b.now)
	b.take()
	b.golden("gap")

	b = small().live()
	b.board.Apply(board.Link{Mode: board.Stale, Since: noon.Add(-42 * time.Second), APIAway: true, Note: "redis is away, the API is away"}, b.now)
	b.take()
	b.golden("stale")

	b = newBench(t, 80, 24, func(o *Options) { o.API = shop{broken: errors.New("down")} })
	b.board.Apply(board.Start{Epoch: "e1"}, b.now)
	b.board.Apply(board.Snapshot{Epoch: "e1", Orders: []board.Order{{ID: testID(1), Number: "8F2K", Vendor: "Wok 88", State: order.Ready, Version: 1}}}, b.now)
	b.take()
	b.keys("enter").golden("order-unread")
}

// TestStrangersStayHarmless: nothing that a stranger typed reaches the terminal as anything but letters.
func TestStrangersStayHarmless(t *testing.T) {
	t.Parallel()
	b := newBench(t, 220, 60, nil).live()
	for range 8 {
		b.keys("down", "enter")
		for _, r := range b.fits() {
			require.False(t, r != '\n' && r < ' ' || r >= 0x7f && r <= 0x9f || r == '\u202e' || r == '\u200b', "%U is on the screen", r)
		}
		b.keys("esc")
	}
	data, err := json.Marshal(b.View())
	require.NoError(t, err)
	require.NotContains(t, string(data), "cm0=")
}

// TestAnySizeFits: whatever the size of the terminal and wherever the operator is, the frame fits.
func TestAnySizeFits(t *testing.T) {
	t.Parallel()
	b := newBench(t, 80, 24, func(o *Options) { o.Color = true }).live()
	rapid.Check(t, func(rt *rapid.T) {
		b.Update(tea.WindowSizeMsg{Width: rapid.IntRange(1, 240).Draw(rt, "width"), Height: rapid.IntRange(1, 70).Draw(rt, "height")})
		for _, k := range rapid.SliceOfN(rapid.SampledFrom([]string{"j", "k", "G", "g", "/", "x", " ", "?", "r", "h", "5", "1", ":", "M", "c", "n", "J", "p", "a"}), 0, 6).Draw(rt, "keys") {
			b.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(k)})
		}
		b.Update(tea.KeyMsg{Type: rapid.SampledFrom([]tea.KeyType{tea.KeyEnter, tea.KeyEsc, tea.KeyPgDown, tea.KeyUp}).Draw(rt, "key")})
		b.fits()
	})
}
