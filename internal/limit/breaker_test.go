package limit

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestABreakerLetsOneThroughNowAndThen(t *testing.T) {
	t.Parallel()
	down := errors.New("down")
	b := Breaker{Pause: time.Hour}
	require.True(t, b.Enter())
	b.Note(down)
	require.True(t, b.Open())
	require.False(t, b.Enter())
	b.until.Store(1) // the pause is over
	require.True(t, b.Enter())
	require.False(t, b.Enter(), "one is enough to find out")
	b.Note(nil)
	require.True(t, b.Enter())
	require.True(t, b.Enter())
}

func TestABreakerOpensAfterFailuresInARow(t *testing.T) {
	t.Parallel()
	down := errors.New("down")
	b := Breaker{After: 3, Pause: time.Hour}
	for _, err := range []error{down, down, nil, down, down} {
		b.Note(err)
		require.True(t, b.Enter())
	}
	b.Note(down)
	require.False(t, b.Enter())
	b.until.Store(1)
	require.True(t, b.Enter())
	b.Note(down)
	require.False(t, b.Enter(), "whoever tried found it dead still")
	b.until.Store(1)
	require.True(t, b.Enter())
	b.Note(nil)
	b.Note(down)
	require.True(t, b.Enter(), "it is well again, and may fail now and then")
}
