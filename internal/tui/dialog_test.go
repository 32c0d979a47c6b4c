package tui

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFramesOfADialog(t *testing.T) {
	t.Parallel()
	goldens(t, "cancel-reason", func(b *bench) { b.keys("c", "down", "down") })
	goldens(t, "cancel-quote", func(b *bench) { b.keys("c", "ops", "enter", "D2") })
	goldens(t, "actions", func(b *bench) { b.keys("x") })
}

// TestEscLeaves: nothing that was begun is done by leaving it.
func TestEscLeaves(t *testing.T) {
	t.Parallel()
	c := &counter{}
	for _, keys := range [][]string{{"c"}, {"c", "enter"}, {"n", "text"}, {"a"}, {"p"}, {"x"}, {":"}} {
		b := at(t, c).keys(keys...).keys("esc")
		require.Nil(t, b.over)
	}
	require.Empty(t, c.did)
}

// TestAnOrderThatCannotBeRead opens no dialog on what nobody has seen.
func TestAnOrderThatCannotBeRead(t *testing.T) {
	t.Parallel()
	c := &counter{}
	b := at(t, c)
	c.broken = errors.New("disk full")
	require.Contains(t, b.keys("c").fits(), "not done: disk full")
	b.keys("enter")
	require.Nil(t, b.over)
}
