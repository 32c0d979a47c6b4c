package domain

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhatPeopleMayType(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"Asha Rao", "राजेश कुमार", "क्\u200dष", "می\u200cخواهم", "\u05d0\u200f.", "👩\u200d🍳", "Zoë\u0301", "a\u00a0b", "",
	} {
		require.NoError(t, CheckLine("name", text), "%q", text)
	}
	for _, text := range []string{
		"\x1b[2J", "\x00", "a\rb", "a\tb", "\x7f", "\u009b", "\u2028", "\u2029", "\u202e", "\u202a", "\u2066", "\u2069", "\xff",
	} {
		var e *Error
		require.ErrorAs(t, CheckLine("name", text), &e, "%q", text)
		require.Equal(t, "name", e.Fields[0].Field, "%q", text)
		require.Error(t, CheckLines("name", text), "%q", text)
	}
	require.Error(t, CheckLine("note", "two\nlines"))
	require.NoError(t, CheckLines("note", "two\nlines"))
}
