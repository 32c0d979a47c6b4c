// Package sanitize makes text that strangers typed (names, notes, addresses) safe to print on a terminal, and measures
// and cuts it by what a reader sees.
//
// Text is cleaned once, where it is decoded: whatever is printed after that holds no control character, no escape
// sequence, no invisible character and none that turns the direction of writing.
package sanitize

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"golang.org/x/text/unicode/norm"
)

// maxMarks bounds the combining marks on one character: real scripts need fewer, and towers of them paint over the
// neighbouring lines.
const maxMarks = 4

// Line makes one line of any text. Control characters (C0, C1, DEL), whole escape sequences, bidirectional controls,
// zero-width and other invisible characters go; white space, line breaks included, becomes single spaces.
func Line(s string) string {
	if plain(s) {
		return s
	}
	s = ansi.Strip(strings.ToValidUTF8(s, "\uFFFD"))
	var b strings.Builder
	b.Grow(len(s))
	space, marks := false, 0
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			space, marks = true, 0
			continue
		case hidden(r):
			continue
		case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r):
			if marks++; marks > maxMarks {
				continue
			}
		default:
			marks = 0
		}
		if space && b.Len() > 0 {
			b.WriteByte(' ')
		}
		space = false
		b.WriteRune(r)
	}
	return b.String()
}

// Text is Line for a text of several lines: each keeps its place and the spaces it begins with.
func Text(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		rest := strings.TrimLeft(line, " ")
		lines[i] = line[:len(line)-len(rest)] + Line(rest)
	}
	return strings.Join(lines, "\n")
}

// Map cleans, like Line, every text in a decoded JSON object, names of members among them.
func Map(m map[string]any) map[string]any {
	if clean(m) {
		return m
	}
	out := make(map[string]any, len(m))
	for name, value := range m {
		out[Line(name)] = Value(value)
	}
	return out
}

// Value does the same for any decoded JSON value.
func Value(value any) any {
	switch v := value.(type) {
	case string:
		return Line(v)
	case map[string]any:
		return Map(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = Value(v[i])
		}
		return out
	}
	return value
}

// clean says whether there is nothing to do for a decoded JSON value, as in nearly all.
func clean(value any) bool {
	switch v := value.(type) {
	case string:
		return plain(v)
	case map[string]any:
		for name, value := range v {
			if !plain(name) || !clean(value) {
				return false
			}
		}
	case []any:
		for _, value := range v {
			if !clean(value) {
				return false
			}
		}
	}
	return true
}

// JSON makes encoded JSON safe to print without changing what it says: characters that show nothing, or do something instead
// of showing, are written as \u escapes.
func JSON(encoded []byte) []byte {
	if !bytes.ContainsFunc(encoded, hidden) {
		return encoded
	}
	out := make([]byte, 0, len(encoded)+64)
	for _, r := range string(encoded) {
		switch {
		case !hidden(r):
			out = utf8.AppendRune(out, r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	return out
}

// plain says whether a text is one line of printable ASCII with nothing to squeeze, as nearly all are.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == ' ' && (i == 0 || i == len(s)-1 || s[i-1] == ' ') {
			return false
		}
	}
	return true
}

// hidden says whether a character shows nothing, or does something instead of showing.
func hidden(r rune) bool {
	switch {
	case unicode.Is(unicode.Cc, r): // C0, DEL, C1
		return true
	case unicode.Is(unicode.Cf, r): // bidi controls, zero-width, joiners, soft hyphen, tags, BOM
		return true
	case unicode.Is(unicode.Co, r), unicode.Is(unicode.Cs, r): // a private meaning is nobody's
		return true
	case unicode.Is(unicode.Variation_Selector, r):
		return true
	}
	switch r {
	case '\u034F', '\u115F', '\u1160', '\u17B4', '\u17B5', '\u3164', '\uFFA0', '\u2800': // fillers and blanks that count as letters
		return true
	}
	return false
}

// Width is the number of columns that a text takes, counted by grapheme.
func Width(s string) int {
	if ascii(s) {
		return len(s)
	}
	return ansi.StringWidth(s)
}

// Fit cuts or pads a clean text to exactly width columns; a cut one ends in tail, if that fits.
func Fit(s string, width int, tail string) string {
	if width <= 0 {
		return ""
	}
	w := Width(s)
	if w > width {
		if Width(tail) >= width {
			tail = ""
		}
		s = ansi.Truncate(s, width, tail)
		w = Width(s)
	}
	for ; w < width; w = Width(s) { // a letter that joins what follows it, as one of Malayalam does, has a space in its own column
		s += strings.Repeat(" ", width-w)
	}
	return s
}

// ASCII writes a clean text for a terminal that knows nothing else: accents go, what is left becomes "?".
func ASCII(s string) string {
	if ascii(s) {
		return s
	}
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		switch {
		case r < utf8.RuneSelf:
			b.WriteRune(r)
		case unicode.Is(unicode.Mn, r):
		default:
			b.WriteByte('?')
		}
	}
	return b.String()
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf || s[i] < ' ' || s[i] == 0x7f {
			return false
		}
	}
	return true
}
