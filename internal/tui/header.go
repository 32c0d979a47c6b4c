package tui

import (
	"fmt"
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/sanitize"
	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/keymap"
	"github.com/zoop-dev/zoop/internal/tui/lines"
	"github.com/zoop-dev/zoop/internal/tui/page"
	"github.com/zoop-dev/zoop/internal/tui/theme"
	"github.com/zoop-dev/zoop/internal/tui/widget"
	"github.com/zoop-dev/zoop/internal/tui/words"
)

// How long news stays on the screen.
const (
	noticeFor = 4 * time.Second
	gapFor    = time.Minute
	lagFor    = 5 * time.Second
)

// statusLine draws where this is connected to and how, what is urgent, and the time. Where there is no room the name goes
// first, then the rate.
func (m *model) statusLine(now time.Time) string {
	name := []widget.Piece{{Text: "zoop", Style: m.theme.Title}}
	label := []widget.Piece{{Text: " " + m.o.Label, Style: m.theme.Muted}}
	who := m.who()
	bar := widget.Piece{Text: " " + m.theme.Signs.Bar + " ", Style: m.theme.Muted}
	link, style := m.link(now)
	state := []widget.Piece{bar, {Text: link, Style: style}}
	rate := []widget.Piece{{Text: fmt.Sprintf(" %.0fev/s", m.batch.Rate), Style: theme.Style{}}}
	crit, warn := urgent(m.batch, now)
	risk := []widget.Piece{bar, count("CRIT", crit, m.theme.Crit), {Text: " "}, count("WARN", warn, m.theme.Warn)}
	if m.batch.Gaps > 0 {
		risk = append(risk, widget.Piece{Text: " "}, count("GAP", m.batch.Gaps, m.theme.Warn))
	}
	if n := len(m.messages); n > 0 {
		risk = append(risk, widget.Piece{Text: " "}, count("MSG", n, m.theme.Warn))
	}
	if n := len(m.marked()); n > 0 {
		risk = append(risk, widget.Piece{Text: " "}, count("MARK", n, m.theme.Accent))
	}
	clock := []widget.Piece{{Text: now.In(m.o.Zone).Format("15:04:05")}}
	for _, parts := range [][][]widget.Piece{
		{name, label, who, state, rate, risk}, {name, who, state, rate, risk}, {name, who, state, risk}, {name, who[len(who)-1:], state, risk}, {state[1:], risk}, {state[1:], risk[1:]},
	} {
		var left []widget.Piece
		width := 1 + sanitize.Width(clock[0].Text)
		for _, part := range parts {
			for _, p := range part {
				left = append(left, p)
				width += sanitize.Width(p.Text)
			}
		}
		if width <= m.width || len(parts) == 2 && len(parts[1]) < len(risk) {
			return widget.Spread(m.width, m.theme.Signs.Cut, left, clock)
		}
	}
	return "" // the last of them is always taken
}

// who draws the operator and whether they can do anything.
func (m *model) who() []widget.Piece {
	var out []widget.Piece
	if m.operator.Name != "" {
		name := m.operator.Name
		if m.theme.ASCII {
			name = sanitize.ASCII(name)
		}
		out = append(out, widget.Piece{Text: " " + sanitize.Fit(name, min(sanitize.Width(name), 24), m.theme.Signs.Cut)})
	}
	if m.readOnly() != "" {
		return append(out, widget.Piece{Text: " RO", Style: m.theme.Warn})
	}
	return append(out, widget.Piece{Text: " RW"})
}

func count(word string, n int, style theme.Style) widget.Piece {
	if n == 0 {
		style = theme.Style{}
	}
	return widget.Piece{Text: fmt.Sprintf("%s %d", word, n), Style: style}
}

// link says how the console hears of events.
func (m *model) link(now time.Time) (string, theme.Style) {
	l := m.batch.Link
	switch l.Mode {
	case board.Live:
		text := "LIVE"
		if !l.LagAt.IsZero() && now.Sub(l.LagAt) < lagFor {
			text += fmt.Sprintf(" %.1fs", l.Lag.Seconds())
		}
		if l.APIAway {
			return text + " READ ONLY", m.theme.Warn
		}
		return text, m.theme.Good
	case board.Degraded:
		return "DEGRADED", m.theme.Warn
	case board.Stale:
		d := max(0, now.Sub(l.Since))
		return fmt.Sprintf("STALE %02d:%02d", int(d.Minutes()), int(d.Seconds())%60), m.theme.Crit
	}
	if l.APIAway {
		return "OFFLINE", m.theme.Crit
	}
	return "CONNECTING", m.theme.Warn
}

// tabLine draws the views, what is filtered, and how much of the rows is shown.
func (m *model) tabLine(now time.Time) string {
	var left []widget.Piece
	used := 0
	for i, v := range m.views {
		tab := widget.Piece{Text: fmt.Sprintf("%d %s", v.Place(), v.Name()), Style: m.theme.Muted}
		if i == m.at {
			tab = widget.Piece{Text: fmt.Sprintf("[%d]%s", v.Place(), v.Name()), Style: m.theme.Title}
		}
		if i > 0 {
			tab.Text = " " + tab.Text
		}
		left = append(left, tab)
		used += sanitize.Width(tab.Text)
	}
	note, counts := m.view().Note(now)
	if n := m.leftOut(); n > 0 {
		counts += "+" + words.Number(n)
	}
	if m.theme.ASCII {
		note = sanitize.ASCII(note)
	}
	right := []widget.Piece{{Text: counts}}
	switch {
	case m.typing:
		if m.width < 60 { // what is typed needs the room
			left, used = left[m.at:m.at+1], sanitize.Width(left[m.at].Text)
		}
		left = append(left, widget.Piece{Text: "  /", Style: m.theme.Accent})
		left = append(left, m.input.Pieces(m.theme, max(1, m.width-used-4-sanitize.Width(counts)))...)
	case note != "":
		if room := m.width - used - 3 - sanitize.Width(counts); room >= 8 && sanitize.Width(note) > room { // a part tells more than nothing
			note = sanitize.Fit(note, room, m.theme.Signs.Cut)
		}
		left = append(left, widget.Piece{Text: "  " + note, Style: m.theme.Accent})
	}
	return widget.Spread(m.width, m.theme.Signs.Cut, left, right)
}

// leftOut counts what there is of the view's rows that nobody told the board of.
func (m *model) leftOut() int {
	switch m.view().Place() {
	case 1:
		return m.batch.OrdersLeftOut
	case 2:
		return m.batch.AlertsLeftOut
	}
	return 0
}

// ruleLine draws the line above the hints, with the one thing that most needs to be known.
func (m *model) ruleLine(now time.Time) string {
	text, style := m.news(now)
	return widget.Rule(m.width, m.theme, text, style)
}

func (m *model) news(now time.Time) (string, theme.Style) {
	var paused bool
	var changed int
	if v, ok := m.view().(page.Filtered); ok {
		paused, changed = v.Paused()
	}
	link := m.batch.Link
	switch {
	case m.typing && len(m.offered.texts) > 1:
		return m.offered.line(), m.theme.Accent
	case m.typing && m.inputErr != nil:
		return m.inputErr.Error(), m.theme.Warn
	case m.notice != "" && now.Sub(m.noticeAt) < noticeFor:
		return m.notice, m.theme.Good
	case len(m.pending) > 0:
		return "PENDING " + m.pending[len(m.pending)-1].what, m.theme.Warn
	case m.over != nil && m.presence.others != "":
		return m.presence.others, m.theme.Warn
	case !m.gapAt.IsZero() && now.Sub(m.gapAt) < gapFor:
		g := m.batch.LastGap
		return fmt.Sprintf("GAP: %s lost (%s); the board is read anew", lines.Places(g), g.Reason), m.theme.Warn
	case link.Note != "":
		return link.Note, m.theme.Warn
	case paused:
		rows := "rows"
		if changed == 1 {
			rows = "row"
		}
		return fmt.Sprintf("paused, %d %s changed, G to resume", changed, rows), m.theme.Accent
	case m.batch.Dropped > 0:
		return fmt.Sprintf("%d log lines dropped", m.batch.Dropped), m.theme.Muted
	case m.leftOut() > 0:
		return strings.Join(words.LeftOut(m.batch), "; "), m.theme.Warn
	}
	if text, style, ok := m.alertNews(); ok {
		return text, style
	}
	if o := m.subject().Order; o != nil && m.over == nil {
		switch o.Risk(now) {
		case order.Breached:
			return widget.Number(o) + ": " + widget.Why(o, now), m.theme.Crit
		case order.AtRisk:
			return widget.Number(o) + ": " + widget.Why(o, now), m.theme.Warn
		case order.OnTime:
		}
	}
	return "", theme.Style{}
}

func (m *model) hintLine() string {
	hints := m.keys.View()
	switch {
	case m.over != nil:
		hints = m.over.hints(m)
	case m.typing:
		hints = m.keys.Typing()
	case m.inOrder:
		hints = m.keys.Order()
	case m.view().Place() == 2:
		hints = m.keys.Alerts()
	case m.filtered():
		hints = m.keys.Board()
		if v, ok := m.view().(interface{ Inside() bool }); ok && v.Inside() {
			hints = append([]keymap.Hint{{Key: m.keys.Back, Word: "back"}}, hints...)
		}
	}
	return widget.Hints(m.theme, m.width, hints)
}
