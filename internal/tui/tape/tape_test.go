package tape_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/tape"
)

var noon = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

func facts() []board.Fact {
	id := domain.MustParseID("01900000-0000-7000-8000-00000000ab10")
	return []board.Fact{
		board.Start{Epoch: "e1", Seq: 7},
		board.Snapshot{Epoch: "e1", Seq: 7, Orders: []board.Order{{ID: id, Number: "8F2K9Q", State: order.Ready, Version: 3, Total: domain.Money{Amount: 42100, Currency: "INR"}, PromisedAt: noon}}},
		board.Events{{Seq: 8, Subject: domain.SubjectOrder, SubjectID: id, Version: 4, Type: "order.picked_up", Actor: domain.RoleCourier, At: noon, Data: map[string]any{"again": true, "n": 1.5}}},
		board.Gap{To: 9, Reason: "trimmed"}, board.Detail{Order: board.Order{ID: id, Vendor: "Casa Lima"}}, board.Gone{ID: id},
		board.Link{Mode: board.Live, Lag: 300 * time.Millisecond, LagAt: noon, Note: "redis is away"},
	}
}

// record puts facts on a tape, a minute apart.
func record(t *testing.T, all []board.Fact) *bytes.Buffer {
	t.Helper()
	var out bytes.Buffer
	in, passed, now := make(chan board.Fact, len(all)), make(chan board.Fact, len(all)), noon
	for _, f := range all {
		in <- f
	}
	close(in)
	require.NoError(t, tape.Record(t.Context(), in, passed, &out, func() time.Time { now = now.Add(time.Minute); return now }))
	close(passed)
	for _, f := range all {
		require.Equal(t, f, <-passed)
	}
	return &out
}

func play(t *testing.T, p *tape.Player) (told []board.Fact, clock []time.Time, err error) {
	t.Helper()
	out, done := make(chan board.Fact), make(chan error, 1)
	go func() { done <- p.Run(t.Context(), out) }()
	for f := range out {
		told, clock = append(told, f), append(clock, p.Now())
	}
	return told, clock, <-done
}

// TestTape: what was recorded is told again, by the clock of then, however fast.
func TestTape(t *testing.T) {
	t.Parallel()
	out := record(t, facts())
	p, err := tape.Open(bytes.NewReader(out.Bytes()), 0)
	require.NoError(t, err)
	told, _, err := play(t, p)
	require.NoError(t, err)
	require.Equal(t, facts(), told)
	require.Equal(t, noon.Add(7*time.Minute), p.Now(), "the clock stands where the tape ends")

	p, err = tape.Open(bytes.NewReader(out.Bytes()), 60_000)
	require.NoError(t, err)
	began := time.Now()
	told, clock, err := play(t, p)
	require.NoError(t, err)
	require.Equal(t, facts(), told)
	require.GreaterOrEqual(t, time.Since(began), 6*time.Millisecond, "six minutes at a minute a millisecond")
	for i, at := range clock {
		require.False(t, at.Before(noon.Add(time.Duration(i+1)*time.Minute)), "told before its time")
	}
}

// TestATapeIsAStrangersText: nothing on it moves the cursor, and it names nobody.
func TestATapeIsAStrangersText(t *testing.T) {
	t.Parallel()
	hostile := "a\x1b]52;c;cm0=\x07\u202eb"
	all := []board.Fact{board.Snapshot{
		Orders: []board.Order{{Number: hostile, Vendor: hostile}}, Alerts: []board.Alert{{Name: hostile, Acknowledged: true, By: "Ravi"}},
	}, board.Events{{Seq: 1<<60 + 1, Type: hostile, Data: map[string]any{hostile: hostile}}}}
	out := record(t, all)
	require.NotContains(t, out.String(), "Ravi")
	require.Equal(t, "Ravi", all[0].(board.Snapshot).Alerts[0].By, "the console itself goes on knowing it")
	p, err := tape.Open(out, 0)
	require.NoError(t, err)
	told, _, err := play(t, p)
	require.NoError(t, err)
	text := fmt.Sprintf("%v", told)
	for _, bad := range []string{"\x1b", "\x07", "\u202e"} {
		require.NotContains(t, text, bad)
	}
	require.EqualValues(t, 1<<60+1, told[1].(board.Events)[0].Seq)
}

func TestWhatIsNoTape(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "{}", "{\"tape\":2}\n", "# a file", "{\"tape\":1}\n"} {
		_, err := tape.Open(strings.NewReader(text), 1)
		require.ErrorIs(t, err, tape.ErrNoTape, text)
	}
	_, err := tape.Open(strings.NewReader("{\"tape\":1}\n{\"kind\":\"weather\",\"fact\":{}}\n"), 1)
	require.ErrorContains(t, err, `"weather"`)
}

// TestATapeThatWasCutOff, as by a kill, is told up to there.
func TestATapeThatWasCutOff(t *testing.T) {
	t.Parallel()
	whole := record(t, facts()).Bytes()
	p, err := tape.Open(bytes.NewReader(whole[:len(whole)-40]), 0)
	require.NoError(t, err)
	told, _, err := play(t, p)
	require.NoError(t, err)
	require.Equal(t, facts()[:6], told)
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }

// TestAFullDiskEndsTheRecording and not the console.
func TestAFullDiskEndsTheRecording(t *testing.T) {
	t.Parallel()
	in, out := make(chan board.Fact, 10), make(chan board.Fact, 10)
	for _, f := range facts() {
		in <- f
	}
	close(in)
	require.ErrorContains(t, tape.Record(t.Context(), in, out, full{}, time.Now), "disk full")
	require.Len(t, out, len(facts()))
}

// TestNoNames: what people are called is passed on, and not written down.
func TestNoNames(t *testing.T) {
	t.Parallel()
	id := domain.MustParseID("01900000-0000-7000-8000-00000000ab11")
	out := record(t, []board.Fact{board.Start{Epoch: "e1"}, board.Name{ID: id, Name: "Ravi"}, board.Snapshot{Epoch: "e1", Alerts: []board.Alert{{ID: id, ByID: id, By: "Ravi"}}}})
	require.NotContains(t, out.String(), "Ravi")
	require.Contains(t, out.String(), id.String())
}
