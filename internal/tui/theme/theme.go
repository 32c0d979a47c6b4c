// Package theme holds the console's looks: what a text means decides its style, and signs always stand beside colours.
package theme

import (
	"io"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
)

// Style paints a text that holds no style of its own.
type Style struct{ open, close string }

// Paint gives the text in the style.
func (s Style) Paint(text string) string {
	if s.open == "" || text == "" {
		return text
	}
	return s.open + text + s.close
}

// Theme is the styles, by meaning, and the signs.
type Theme struct {
	Title    Style // the console's name, names of screens
	Head     Style // column names
	Muted    Style // hints, what has ended
	Good     Style // connected
	Warn     Style // at risk, degraded
	Crit     Style // breached, disconnected
	Accent   Style // numbers of orders, the filter
	Selected Style // the row that keys act on
	Signs    Signs
	ASCII    bool
}

// Signs are the characters that carry meaning without colour.
type Signs struct {
	Pointer, Breached, AtRisk, Ended string // one column each
	Mark, PointerAtMark              string // so these
	Rule, Bar, Cut, Dot, Times       string
	Up, Down                         string
	Full, Spent                      string // a cell of a battery
}

// Options choose a theme.
type Options struct {
	Color bool // false: no escape sequences at all, as NO_COLOR asks
	Light bool // the background is light
	ASCII bool // no other characters
}

// New makes a theme of the terminal's own sixteen colours, which its owner has made readable.
func New(o Options) Theme {
	r := lipgloss.NewRenderer(io.Discard)
	r.SetColorProfile(termenv.Ascii)
	if o.Color {
		r.SetColorProfile(termenv.ANSI)
	}
	r.SetHasDarkBackground(!o.Light)
	of := func(s lipgloss.Style) Style {
		open, rest, _ := strings.Cut(s.Render("x"), "x")
		return Style{open, rest}
	}
	color := func(dark, light string) lipgloss.Style {
		return r.NewStyle().Foreground(lipgloss.AdaptiveColor{Dark: dark, Light: light})
	}
	return Theme{
		Title:    of(r.NewStyle().Bold(true)),
		Head:     of(r.NewStyle().Bold(true).Underline(true)),
		Muted:    of(r.NewStyle().Faint(true)),
		Good:     of(color("10", "2")),
		Warn:     of(color("11", "3").Bold(true)),
		Crit:     of(color("9", "1").Bold(true)),
		Accent:   of(color("14", "4")),
		Selected: of(r.NewStyle().Reverse(true)),
		Signs:    signs(o.ASCII),
		ASCII:    o.ASCII,
	}
}

// Lead is what a row begins with.
func (t Theme) Lead(selected, marked bool) string {
	switch {
	case selected && marked:
		return t.Signs.PointerAtMark
	case selected:
		return t.Signs.Pointer
	case marked:
		return t.Signs.Mark
	}
	return " "
}

// Sign is the character that stands for trouble: 2 is breached, 1 at risk, 0 none.
func (t Theme) Sign(trouble int) string {
	return []string{" ", t.Signs.AtRisk, t.Signs.Breached}[trouble]
}

// Weight is the style of trouble.
func (t Theme) Weight(trouble int) Style { return []Style{{}, t.Warn, t.Crit}[trouble] }

func signs(ascii bool) Signs {
	if ascii {
		return Signs{
			Pointer: ">", Mark: "*", PointerAtMark: "@", Breached: "!", AtRisk: "~", Ended: "-", Rule: "-", Bar: "|", Cut: ".", Dot: "-", Times: "x", Up: "^", Down: "v", Full: "#", Spent: ".",
		}
	}
	return Signs{
		Pointer: "▸", Mark: "•", PointerAtMark: "◆", Breached: "!", AtRisk: "~", Ended: "·", Rule: "─", Bar: "│", Cut: "…", Dot: "·", Times: "×", Up: "↑", Down: "↓", Full: "▮", Spent: "▯",
	}
}
