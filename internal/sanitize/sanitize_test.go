package sanitize_test

import (
	"encoding/json"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/zoop-dev/zoop/internal/sanitize"
)

func TestLineCanaries(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ in, want string }{
		"untouched":        {"Casa Lima", "Casa Lima"},
		"accents":          {"Café Mañana", "Café Mañana"},
		"wide":             {"寿司 太郎", "寿司 太郎"},
		"colour":           {"\x1b[31mred\x1b[0m", "red"},
		"title":            {"a\x1b]0;owned\x07b", "ab"},
		"clipboard":        {"a\x1b]52;c;cm0gLXJmIC8=\x07b", "ab"},
		"clipboard, ST":    {"a\x1b]52;c;cm0gLXJmIC8=\x1b\\b", "ab"},
		"clipboard, C1":    {"a\u009d52;c;cm0gLXJmIC8=\u009cb", "a52;c;cm0gLXJmIC8=b"},
		"raw C1 bytes":     {"a\x9b2Jb", "a\uFFFD2Jb"},
		"clear":            {"\x1b[2J\x1b[Hhello", "hello"},
		"device control":   {"x\x1bP1$r0m\x1b\\y", "xy"},
		"lone escape":      {"tail\x1b", "tail"},
		"bell, backspace":  {"a\a\b\x7fb", "ab"},
		"lines":            {"one\r\ntwo\tthree\u2028four", "one two three four"},
		"spaces":           {"  a   b  ", "a b"},
		"bidi":             {"abc\u202egpj.exe\u202c\u2066x\u2069\u200f", "abcgpj.exex"},
		"zero width":       {"pa\u200by\u200cp\u200da\u2060l\ufeff", "paypal"},
		"tags, selectors":  {"a\U000E0041\ufe0fb", "ab"},
		"fillers":          {"\u3164\u2800\u115f", ""},
		"private":          {"a\ue000b", "ab"},
		"tower of accents": {"a\u0301\u0301\u0301\u0301\u0301\u0301\u0301b", "a\u0301\u0301\u0301\u0301b"},
		"empty":            {"", ""},
	} {
		require.Equal(t, tt.want, sanitize.Line(tt.in), name)
	}
}

// TestLineIsSafe holds what every caller relies on, for any bytes.
func TestLineIsSafe(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")) + rapid.StringOf(rapid.Rune()).Draw(t, "runes")
		out := sanitize.Line(in)
		require.True(t, utf8.ValidString(out))
		for _, r := range out {
			require.False(t, unicode.IsControl(r) || unicode.Is(unicode.Cf, r), "%U survives in %q", r, out)
		}
		require.Equal(t, out, sanitize.Line(out), "cleaning twice changes nothing")
	})
}

func TestFitIsExact(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in    string
		width int
		want  string
	}{
		{"Wok 88", 8, "Wok 88  "},
		{"Casa Lima", 6, "Casa …"},
		{"寿司太郎", 5, "寿司…"},
		{"寿司太郎", 4, "寿… "},
		{"x", 0, ""},
		{"abc", 1, "a"},
		{"\u0d4e", 2, "\u0d4e  "}, // joins the first space
		{"Wok\U000111c2", 6, "Wok\U000111c2   "},
	} {
		require.Equal(t, tt.want, sanitize.Fit(tt.in, tt.width, "…"), "%q in %d", tt.in, tt.width)
		require.Equal(t, tt.width, sanitize.Width(tt.want), "%q", tt.want)
	}
	rapid.Check(t, func(t *rapid.T) {
		in := sanitize.Line(rapid.StringOf(rapid.Rune()).Draw(t, "text"))
		width := rapid.IntRange(0, 30).Draw(t, "width")
		require.Equal(t, width, sanitize.Width(sanitize.Fit(in, width, "…")), "%q", in)
	})
}

func TestASCII(t *testing.T) {
	t.Parallel()
	require.Equal(t, "Cafe Manana ??", sanitize.ASCII("Café Mañana 寿司"))
	require.Equal(t, "plain", sanitize.ASCII("plain"))
}

func TestTextKeepsItsLines(t *testing.T) {
	t.Parallel()
	require.Equal(t, "Your code is\n\n    123456\n\nred evil\n", sanitize.Text("Your code is\r\n\n    123456\n\n\x1b[31mred\u202e \tevil\n"))
}

func TestJSONSaysTheSame(t *testing.T) {
	t.Parallel()
	in := map[string]string{"a": "x\u009b2Jy\u202ez\u200d\U000e0001\x7f", "b": "नमस्ते 🍛"}
	text, err := json.Marshal(in)
	require.NoError(t, err)
	safe := sanitize.JSON(text)
	require.Contains(t, string(safe), `x\u009b2Jy\u202ez\u200d\udb40\udc01\u007f`)
	require.Contains(t, string(safe), "नमस्ते 🍛")
	var out map[string]string
	require.NoError(t, json.Unmarshal(safe, &out))
	require.Equal(t, in, out)
}
