package tui

import (
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/stretchr/testify/require"
)

// TestTheEventIsFaster than the API's answer: it is seen all the same.
func TestTheEventIsFaster(t *testing.T) {
	t.Parallel()
	b := at(t, &counter{}).keys("c", "ops", "enter", "D2PF2D")
	_, cmd := b.Update(tea.KeyMsg{Type: tea.KeyEnter}) // sent, and not answered yet
	require.Contains(t, b.fits(), "sent, waiting for the answer")
	b.keys("esc")
	require.NotNil(t, b.over, "what was sent cannot be left")
	b.event(4, "order.cancelled", nil)
	b.run(cmd)
	require.Contains(t, b.fits(), "cancelled D2PF2D")
	require.NotContains(t, b.fits(), "PENDING")
}

// TestNothingCame: a deed whose event does not come is complained about.
func TestNothingCame(t *testing.T) {
	t.Parallel()
	b := at(t, &counter{}).keys("c", "ops", "enter", "D2PF2D", "enter")
	b.now = b.now.Add(seenWithin)
	b.onClock()
	require.NotContains(t, b.fits(), "PENDING")
	require.Contains(t, b.keys("M").fits(), "but nothing came of it")
}
