package widget

import (
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/require"
)

func TestPadIsExact(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"", "Wok", "\x1b[1m寿司太郎\x1b[m", "Wok \u0d4e", "Wok 88 and more"} {
		for width := range 12 {
			require.Equal(t, width, ansi.StringWidth(Pad(line, width)), "%q in %d", line, width)
		}
	}
}
