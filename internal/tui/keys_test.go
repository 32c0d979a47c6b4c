package tui

import (
	"errors"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/tui/board"
)

// TestKeysThatCameTogether: a slow line, or a fast hand, brings several keys in one read.
func TestKeysThatCameTogether(t *testing.T) {
	t.Parallel()
	together := func(b *bench, text string, paste bool) {
		b.do(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(text), Paste: paste})
	}
	b := newBench(t, 80, 24, nil).live()
	together(b, "jjj", false)
	require.Equal(t, testID(4), b.orders.Selected().ID)
	together(b, "kG", false)
	paused, _ := b.orders.Paused()
	require.False(t, paused)

	together(b, "/wok", false)
	b.keys("enter")
	require.Equal(t, "wok", b.orders.Filter())
	b.keys("esc")
	together(b, "/state=ready", true)
	require.True(t, b.typing)
	b.keys("enter")
	require.Equal(t, "state=ready", b.orders.Filter())

	b.keys("esc")
	together(b, "jq", true) // pasted by mistake: presses no keys
	paused, _ = b.orders.Paused()
	require.False(t, paused)
	b.keys(":")
	require.NotNil(t, b.over)
	together(b, "zz9", true)
	require.Contains(t, b.View(), "zz9", "a text for the palette")
	b.keys("esc")
	require.Nil(t, b.over)

	b.keys("enter")
	together(b, "/q", true) // there is no filter in an order
	require.False(t, b.typing)
	require.True(t, b.inOrder)
}

// TestOrderIsReadOnceTheAPIIsBack although nothing more happens to it.
func TestOrderIsReadOnceTheAPIIsBack(t *testing.T) {
	t.Parallel()
	b := newBench(t, 80, 24, nil).live()
	b.o.API = shop{broken: errors.New("away")}
	var again []tea.Msg
	b.after = func(_ time.Duration, msg tea.Msg) tea.Cmd {
		again = append(again, msg)
		return nil
	}
	b.keys("enter")
	require.Contains(t, b.View(), "the API is away")
	require.Len(t, again, 1, "it is tried again")
	b.o.API = shop{}
	b.do(again[0])
	require.Contains(t, b.View(), "Masala dosa")
	require.NotContains(t, b.View(), "the API is away")

	b = newBench(t, 80, 24, func(o *Options) { o.Refused = func(error) bool { return true } }).live()
	b.o.API = shop{broken: errors.New("no")}
	b.after = func(time.Duration, tea.Msg) tea.Cmd {
		t.Error("asked again although it was refused")
		return nil
	}
	b.keys("enter")
	require.Contains(t, b.View(), "refuses this token")
}

// TestPausedCounts: rows that stay where they were do not count as orders that there are.
func TestPausedCounts(t *testing.T) {
	t.Parallel()
	b := newBench(t, 80, 24, nil).live().keys("down")
	for n := range 4 {
		b.board.Apply(board.Events{{Seq: int64(101 + n), Subject: domain.SubjectOrder, SubjectID: testID(n + 5), Version: 9, Type: "order.cancelled", At: b.now}}, b.now)
	}
	b.take()
	b.now = b.now.Add(board.Grace)
	b.take()
	shown, all := b.orders.Counts()
	require.Equal(t, 26, all)
	require.Equal(t, all, shown, "no filter: all of them")
}
