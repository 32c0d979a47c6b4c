package widget

import (
	"github.com/zoop-dev/zoop/internal/sanitize"
	"github.com/zoop-dev/zoop/internal/tui/keymap"
	"github.com/zoop-dev/zoop/internal/tui/theme"
)

// twoColumns is the width from which the help stands in two columns.
const twoColumns = 76

// Help draws every key with what it does, from the keymap.
func Help(t theme.Theme, keys keymap.Map, width int) []string {
	groups := keys.Groups()
	if width < twoColumns {
		return helpColumn(t, groups, width)
	}
	half := width / 2
	at := halfway(groups)
	left, right := helpColumn(t, groups[:at], half), helpColumn(t, groups[at:], width-half)
	out := make([]string, max(len(left), len(right)))
	for i := range out {
		if i < len(left) {
			out[i] = left[i]
		}
		out[i] = Pad(out[i], half)
		if i < len(right) {
			out[i] += right[i]
		}
	}
	return out
}

// halfway is where groups are cut so that both parts are about as long.
func halfway(groups []keymap.Group) int {
	all := 0
	for _, g := range groups {
		all += len(g.Keys) + 2
	}
	part := 0
	for i, g := range groups {
		if part += len(g.Keys) + 2; 2*part >= all {
			return i + 1
		}
	}
	return len(groups)
}

func helpColumn(t theme.Theme, groups []keymap.Group, width int) []string {
	var lines []string
	for i, g := range groups {
		if i > 0 {
			lines = append(lines, "")
		}
		lines = append(lines, " "+t.Title.Paint(g.Name))
		for _, k := range g.Keys {
			shown := sanitize.Fit(keyName(t, k.Help().Key), 8, t.Signs.Cut)
			lines = append(lines, Truncate("   "+t.Accent.Paint(shown)+" "+k.Help().Desc, width))
		}
	}
	return lines
}

// Hints draws the last line of the screen: the keys that matter here.
func Hints(t theme.Theme, width int, hints []keymap.Hint) string {
	var pieces []Piece
	for _, h := range hints {
		if !h.Key.Enabled() {
			continue
		}
		lead := "  "
		if len(pieces) == 0 {
			lead = ""
		}
		next := append(pieces, Piece{lead + keyName(t, h.Key.Help().Key) + " ", t.Accent}, Piece{h.Word, t.Muted})
		if total(next) > width {
			break
		}
		pieces = next
	}
	return Spread(width, t.Signs.Cut, pieces, nil)
}

func keyName(t theme.Theme, name string) string {
	if !t.ASCII {
		return name
	}
	switch name {
	case "↑/k":
		return "up/k"
	case "↓/j":
		return "down/j"
	case "↑":
		return "up"
	case "↓":
		return "down"
	}
	return sanitize.ASCII(name)
}
