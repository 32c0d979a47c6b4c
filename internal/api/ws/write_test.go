package ws

import (
	"bytes"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

// calls notes each write, and fails after so many bytes.
type calls struct {
	texts []string
	left  int
}

var errFull = errors.New("full")

func (c *calls) Write(p []byte) (int, error) {
	n := min(len(p), c.left)
	c.left -= n
	c.texts = append(c.texts, string(p[:n]))
	if n < len(p) {
		return n, errFull
	}
	return n, nil
}

// TestFramesAreWrittenTogether is for what waits for a client.
func TestFramesAreWrittenTogether(t *testing.T) {
	t.Parallel()
	large := bytes.Repeat([]byte("x"), 9)
	for _, tt := range []struct {
		frames [][]byte
		want   []string
	}{
		{nil, nil},
		{[][]byte{[]byte("ab")}, []string{"ab"}},
		{[][]byte{[]byte("ab"), []byte("cd"), []byte("efgh"), []byte("i")}, []string{"abcdefgh", "i"}},
		{[][]byte{large, []byte("ab"), large, []byte("cd"), []byte("ef")}, []string{string(large), "ab", string(large), "cdef"}},
	} {
		to := calls{left: 100}
		n, err := writeAll(&to, tt.frames, make([]byte, 0, 8))
		require.NoError(t, err)
		require.Equal(t, tt.want, to.texts)
		require.Equal(t, len(bytes.Join(tt.frames, nil)), n)
	}
	to := calls{left: 5}
	n, err := writeAll(&to, [][]byte{[]byte("abcd"), []byte("efgh"), []byte("ij")}, make([]byte, 0, 8))
	require.ErrorIs(t, err, errFull)
	require.Equal(t, 5, n)
	require.Equal(t, []string{"abcde"}, to.texts, "nothing is written after an error")
}
