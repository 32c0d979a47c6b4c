// Package shot makes pictures of the console for its documentation: what a terminal shows, with the escape sequences of its colours,
// becomes an SVG. The same screen always gives the same picture.
package shot

import (
	"fmt"
	"html"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Measures of a picture, in pixels; a column is as wide as a letter of the usual fonts of this size.
const (
	fontSize = 14
	column   = 8.4
	line     = 18
	margin   = 14
)

// Colours of a dark terminal: its own, and the sixteen by their numbers in an SGR sequence.
const (
	background = "#161b22"
	foreground = "#d0d7de"
	faint      = "#7d8590"
)

var colours = map[int]string{
	30: "#484f58", 31: "#ff7b72", 32: "#3fb950", 33: "#d29922", 34: "#58a6ff", 35: "#bc8cff", 36: "#39c5cf", 37: "#b1bac4",
	90: "#6e7681", 91: "#ff7b72", 92: "#56d364", 93: "#e3b341", 94: "#79c0ff", 95: "#d2a8ff", 96: "#76e3ea", 97: "#f0f6fc",
}

// style is how letters look.
type style struct {
	colour                         int // 0: the terminal's own
	bold, faint, underline, invert bool
}

// cell is a letter, as somebody sees it, with its width in columns; an empty one lies under a wide letter before it.
type cell struct {
	text  string
	style style
}

// SVG draws a screen of so many columns. Its title is what somebody is told who does not see it.
func SVG(screen, title string, columns int) string {
	rows := cells(strings.TrimRight(screen, "\n"))
	var b strings.Builder
	width, height := float64(columns)*column+2*margin, len(rows)*line+2*margin
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%[1]s" height="%[2]d" viewBox="0 0 %[1]s %[2]d" role="img">`+"\n", pixels(width), height)
	fmt.Fprintf(&b, "<title>%s</title>\n", html.EscapeString(title))
	fmt.Fprintf(&b, "<style>text{font:%dpx ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:%s;white-space:pre}</style>\n", fontSize, foreground)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" rx="8" fill="%s"/>`+"\n", background)
	for y, row := range rows {
		for x := 0; x < len(row); {
			end := x + 1
			for end < len(row) && row[end].style == row[x].style {
				end++
			}
			run(&b, row[x:end], x, y)
			x = end
		}
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// run draws letters of one style: what lies under them, then each stretch without a gap, so that no font moves what stands below another.
func run(b *strings.Builder, letters []cell, x, y int) {
	s := letters[0].style
	box := func(top, height float64, fill string) {
		fmt.Fprintf(b, `<rect x="%s" y="%s" width="%s" height="%s" fill="%s"/>`+"\n", at(x), pixels(float64(margin+y*line)+top), pixels(float64(len(letters))*column), pixels(height), fill)
	}
	if s.invert {
		box(0, line, s.fill())
	}
	if s.underline {
		box(line-2, 1, s.fill())
	}
	for from := 0; from < len(letters); {
		to := from
		for to < len(letters) && !gap(letters[to:]) {
			to++
		}
		if to > from {
			stretch(b, letters[from:to], x+from, y)
		}
		for from = to; from < len(letters) && letters[from].text == " "; {
			from++
		}
	}
}

// gap says whether two spaces, or the last of all, follow.
func gap(rest []cell) bool {
	return rest[0].text == " " && (len(rest) == 1 || rest[1].text == " ")
}

func stretch(b *strings.Builder, letters []cell, x, y int) {
	var text strings.Builder
	for _, l := range letters {
		text.WriteString(l.text)
	}
	s, look := letters[0].style, ""
	if s.bold {
		look = "font-weight:bold;"
	}
	switch {
	case s.invert:
		look += "fill:" + background
	case s.fill() != foreground:
		look += "fill:" + s.fill()
	}
	if look != "" {
		look = ` style="` + strings.TrimSuffix(look, ";") + `"`
	}
	fmt.Fprintf(b, `<text x="%s" y="%d" textLength="%s" lengthAdjust="spacingAndGlyphs"%s>%s</text>`+"\n",
		at(x), margin+y*line+fontSize, pixels(float64(len(letters))*column), look, html.EscapeString(text.String()))
}

func (s style) fill() string {
	switch {
	case s.colour != 0:
		return colours[s.colour]
	case s.faint:
		return faint
	}
	return foreground
}

func at(x int) string { return pixels(margin + float64(x)*column) }

// pixels writes a number with at most one digit after the point.
func pixels(n float64) string { return strings.TrimSuffix(fmt.Sprintf("%.1f", n), ".0") }

// cells reads a screen, line by line. Escape sequences other than those of looks are left out.
func cells(screen string) [][]cell {
	var rows [][]cell
	var s style
	parser := ansi.NewParser()
	for text := range strings.SplitSeq(screen, "\n") {
		row := []cell{}
		for state := byte(0); text != ""; {
			letter, width, n, next := ansi.DecodeSequence(text, state, parser)
			state, text = next, text[n:]
			switch {
			case width > 0:
				row = append(row, cell{letter, s})
				for range width - 1 {
					row = append(row, cell{"", s})
				}
			case parser.Command() == 'm':
				s.apply(parser.Params())
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// apply changes the style as an SGR sequence says. It panics for a look that it cannot draw: the theme has got a new one.
func (s *style) apply(params ansi.Params) {
	if len(params) == 0 {
		*s = style{}
	}
	for _, p := range params {
		switch n := p.Param(0); n {
		case 0:
			*s = style{}
		case 1:
			s.bold = true
		case 2:
			s.faint = true
		case 4:
			s.underline = true
		case 7:
			s.invert = true
		case 22: // from here on, what terminals say that are captured
			s.bold, s.faint = false, false
		case 24:
			s.underline = false
		case 27:
			s.invert = false
		case 39:
			s.colour = 0
		case 49:
		default:
			if _, known := colours[n]; !known {
				panic(fmt.Sprintf("shot: SGR %d is not drawn", n))
			}
			s.colour = n
		}
	}
}
