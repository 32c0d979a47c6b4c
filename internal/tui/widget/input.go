package widget

import (
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/zoop-dev/zoop/internal/sanitize"
	"github.com/zoop-dev/zoop/internal/tui/theme"
)

// maxInput bounds a typed text, in characters.
const maxInput = 200

// Input is one line of text being typed.
type Input struct {
	text []rune
	at   int // the cursor stands before this character
}

// NewInput begins with a text, the cursor after it.
func NewInput(text string) Input {
	runes := []rune(text)
	return Input{runes, len(runes)}
}

// Text is what has been typed.
func (i Input) Text() string { return string(i.text) }

// Key acts on a key and says whether the text has changed.
func (i *Input) Key(k tea.KeyMsg) (changed bool) {
	before := len(i.text)
	switch k.Type {
	case tea.KeyRunes, tea.KeySpace:
		i.insert(k.Runes)
	case tea.KeyBackspace:
		i.cut(max(0, i.at-1), i.at)
	case tea.KeyDelete, tea.KeyCtrlD:
		i.cut(i.at, min(len(i.text), i.at+1))
	case tea.KeyCtrlU:
		i.cut(0, i.at)
	case tea.KeyCtrlK:
		i.cut(i.at, len(i.text))
	case tea.KeyCtrlW:
		from := i.at
		for from > 0 && i.text[from-1] == ' ' {
			from--
		}
		for from > 0 && i.text[from-1] != ' ' {
			from--
		}
		i.cut(from, i.at)
	case tea.KeyLeft, tea.KeyCtrlB:
		i.at = max(0, i.at-1)
	case tea.KeyRight, tea.KeyCtrlF:
		i.at = min(len(i.text), i.at+1)
	case tea.KeyHome, tea.KeyCtrlA:
		i.at = 0
	case tea.KeyEnd, tea.KeyCtrlE:
		i.at = len(i.text)
	}
	return len(i.text) != before
}

// insert puts typed or pasted characters at the cursor, those that show.
func (i *Input) insert(typed []rune) {
	for _, r := range typed {
		if len(i.text) >= maxInput {
			return
		}
		if r == '\n' || r == '\t' {
			r = ' '
		}
		if r != ' ' && sanitize.Line(string(r)) == "" {
			continue
		}
		i.text = slices.Insert(i.text, i.at, r)
		i.at++
	}
}

func (i *Input) cut(from, to int) {
	i.text = slices.Delete(i.text, from, to)
	i.at = from
}

// Pieces draws the text with its cursor in at most width columns, the end of it where it does not fit.
func (i Input) Pieces(t theme.Theme, width int) []Piece {
	under := " "
	after := ""
	if i.at < len(i.text) {
		under, after = string(i.text[i.at]), string(i.text[i.at+1:])
	}
	before := string(i.text[:i.at])
	if t.ASCII {
		before, under, after = sanitize.ASCII(before), sanitize.ASCII(under), sanitize.ASCII(after)
	}
	for sanitize.Width(before)+sanitize.Width(under) > width && before != "" {
		runes := []rune(before)
		before = string(runes[1:])
	}
	if t.Selected == (theme.Style{}) && strings.TrimSpace(under) == "" {
		under = "_" // nothing but a sign can show the cursor
	}
	return []Piece{{before, t.Accent}, {under, t.Selected}, {after, t.Accent}}
}
