package shot

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSVG: letters stand in their columns, in their looks, and nothing of what they say is markup.
func TestSVG(t *testing.T) {
	t.Parallel()
	got := SVG("\x1b[1;91m!-02:10\x1b[0m  \x1b[7m<Wok & 88>\x1b[0m\n \x1b[2m寿司\x1b[0m \x1b[1;4;4mSLA \x1b[0m\n", `The "board"`, 40)
	require.Contains(t, got, `width="364" height="64"`)
	require.Contains(t, got, `<text x="14" y="28" textLength="58.8" lengthAdjust="spacingAndGlyphs" style="font-weight:bold;fill:#ff7b72">!-02:10</text>`)
	require.Contains(t, got, `<rect x="89.6" y="14" width="84" height="18" fill="#d0d7de"/>`)
	require.Contains(t, got, `style="fill:#161b22">&lt;Wok &amp; 88&gt;</text>`)
	require.Contains(t, got, `<text x="22.4" y="46" textLength="33.6" lengthAdjust="spacingAndGlyphs" style="fill:#7d8590">寿司</text>`)
	require.Contains(t, got, `<rect x="64.4" y="48" width="33.6" height="1"`)
	require.Contains(t, got, "<title>The &#34;board&#34;</title>")
	require.NotContains(t, got, "\x1b")
	for d := xml.NewDecoder(strings.NewReader(got)); ; {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
	}
	require.Equal(t, got, SVG("\x1b[1m\x1b[91m!-02:10\x1b[39m\x1b[22m  \x1b[7m<Wok & 88>\x1b[27m\n \x1b[2m寿司\x1b[22;49m \x1b[1;4mSLA \x1b[0m", `The "board"`, 40), "as tmux captures it")
	require.Panics(t, func() { SVG("\x1b[38;5;200mx", "", 10) })
}
