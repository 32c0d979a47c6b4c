package page

import (
	"context"
	"fmt"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/sanitize"
	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/desk"
	"github.com/zoop-dev/zoop/internal/tui/keymap"
	"github.com/zoop-dev/zoop/internal/tui/lines"
	"github.com/zoop-dev/zoop/internal/tui/theme"
	"github.com/zoop-dev/zoop/internal/tui/widget"
)

// maxLog bounds the events that the log keeps.
const maxLog = 1000

// Streams is where the events come from: what waits for its place in the order, the streams and how far behind they are, this console's
// cursor, how fast they come, what was lost, and the newest of them. The streams are read from the API, every other second while they are
// looked at.
type Streams struct {
	theme theme.Theme
	keys  keymap.Map
	zone  *time.Location

	width, height int
	batch         board.Batch
	log           []board.Entry
	held          int // lines that the reader has scrolled back; 0 follows

	asked   paced
	streams dto.DeskStreams
	rate    string // at which events get their place, between the last two answers; "" where there were none
	behind  int64  // events that this console did not have yet, at the last answer
}

// NewStreams makes the view; zone is where its times of the day are.
func NewStreams(t theme.Theme, keys keymap.Map, zone *time.Location) *Streams {
	return &Streams{theme: t, keys: keys, zone: zone}
}

// Name implements View.
func (p *Streams) Name() string { return "Streams" }

// Place implements View.
func (p *Streams) Place() int { return 5 }

// Resize implements View.
func (p *Streams) Resize(width, height int) { p.width, p.height = width, max(1, height) }

// Pass implements View.
func (p *Streams) Pass(time.Time) {}

// Subject implements View: an event is nothing to act upon.
func (p *Streams) Subject() desk.Subject { return desk.Subject{} }

// Note implements View.
func (p *Streams) Note(time.Time) (left, right string) { return "", fmt.Sprintf("seq %d", p.batch.Seq) }

// Take implements View.
func (p *Streams) Take(b board.Batch, _ time.Time) {
	p.batch = b
	fresh := b.Entries[max(0, len(b.Entries)-maxLog):]
	p.log = append(p.log, fresh...)
	if old := len(p.log) - maxLog; old > maxLog { // copied seldom
		copy(p.log, p.log[old:])
		clear(p.log[maxLog:])
		p.log = p.log[:maxLog]
	}
	if p.held > 0 {
		p.held = min(p.held+len(fresh), len(p.log))
	}
}

// Key implements View.
func (p *Streams) Key(k tea.KeyMsg, _ time.Time) bool {
	switch {
	case key.Matches(k, p.keys.Up):
		p.held++
	case key.Matches(k, p.keys.Down):
		p.held--
	case key.Matches(k, p.keys.PageUp):
		p.held += p.room()
	case key.Matches(k, p.keys.PageDown):
		p.held -= p.room()
	case key.Matches(k, p.keys.Top):
		p.held = len(p.log)
	case key.Matches(k, p.keys.Bottom), key.Matches(k, p.keys.Resume), key.Matches(k, p.keys.Back):
		p.held = 0
	default:
		return false
	}
	p.held = max(0, min(p.held, len(p.log)-p.room()))
	return true
}

func (p *Streams) room() int { return max(1, p.height-len(p.facts())-2) }

// facts are what is known of the stream, name by name.
func (p *Streams) facts() [][2]string {
	b := p.batch
	epoch := b.Epoch
	if epoch == "" {
		epoch = "none yet"
	}
	out := append([][2]string{{"epoch", epoch}}, p.told()...)
	at := len(out)
	out = append(out, [][2]string{
		{"cursor", fmt.Sprintf("seq %d, %.0f events a second", b.Seq, b.Rate)},
		{"orders", fmt.Sprintf("%d followed", len(b.Orders))},
		{"gaps", fmt.Sprint(b.Gaps)},
		{"coalesced", fmt.Sprintf("%d log lines dropped, of the orders nothing", b.Dropped)},
	}...)
	if !p.asked.at.IsZero() && p.asked.problem == "" {
		out[at][1] += fmt.Sprintf(", %d behind", p.behind)
	}
	if b.Gaps > 0 {
		out[at+2][1] += fmt.Sprintf(", the last %s (%s)", lines.Places(b.LastGap), b.LastGap.Reason)
	}
	if !b.Link.LagAt.IsZero() {
		out[at][1] += fmt.Sprintf(", the newest took %.1f s to get here", b.Link.Lag.Seconds())
	}
	return out
}

// told are what the API tells of the outbox and the streams; nothing until it has.
func (p *Streams) told() [][2]string {
	s := p.streams
	if p.asked.at.IsZero() {
		return nil
	}
	if p.asked.problem != "" {
		return [][2]string{{"streams", "not read: " + p.asked.problem}}
	}
	box := fmt.Sprintf("seq %d%s, nothing waits", s.Last, p.rate)
	if s.WaitingSeconds != nil {
		box = fmt.Sprintf("seq %d%s, %d wait, the oldest for %.1f s", s.Last, p.rate, s.Waiting, *s.WaitingSeconds)
	}
	out := [][2]string{{"outbox", box}}
	if len(s.Streams) == 0 {
		out = append(out, [2]string{"stream", "Redis is away: whoever follows asks Postgres"})
	}
	for _, st := range s.Streams {
		out = append(out, [2]string{"stream", fmt.Sprintf("%d entries, seq %d to %d, %d behind, %s", st.Length, st.First, st.Last, st.Behind, sanitize.Line(st.Name))})
		for _, g := range st.Groups {
			text := fmt.Sprintf("%s: %d consumers, %d pending", sanitize.Line(g.Name), g.Consumers, g.Pending)
			if g.Lag != nil {
				text += fmt.Sprintf(", %d behind", *g.Lag)
			}
			out = append(out, [2]string{"group", text})
		}
	}
	return out
}

// Sentences says what the API tells of the outbox and the streams.
func (p *Streams) Sentences(int) []string {
	var out []string
	for _, f := range p.told() {
		out = append(out, f[0]+": "+f[1])
	}
	return out
}

// askStreams is how often the streams are looked at.
const askStreams = 2 * time.Second

// Ask implements Asking.
func (p *Streams) Ask(now time.Time) Question {
	if !p.asked.due(now, askStreams) {
		return nil
	}
	return func(ctx context.Context, api desk.API) (any, error) { return api.DeskStreams(ctx) }
}

// Told implements Asking.
func (p *Streams) Told(answer any, err error, now time.Time) {
	s, _ := answer.(dto.DeskStreams)
	since := now.Sub(p.asked.at).Seconds()
	first := p.asked.at.IsZero()
	if !p.asked.answered(now, err) {
		return
	}
	if p.rate = ""; !first && since > 0 && s.Epoch == p.streams.Epoch {
		p.rate = fmt.Sprintf(", %.1f a second", float64(s.Last-p.streams.Last)/since)
	}
	p.streams, p.behind = s, max(0, s.Last-p.batch.Seq)
}

// View implements View.
func (p *Streams) View(time.Time) []string {
	t := p.theme
	fit := func(text string) string {
		if t.ASCII {
			text = sanitize.ASCII(text)
		}
		return sanitize.Fit(text, max(0, p.width-1), t.Signs.Cut)
	}
	out := make([]string, 0, p.height+8)
	for _, f := range p.facts() {
		out = append(out, " "+t.Muted.Paint(sanitize.Fit(f[0], min(10, p.width), ""))+fit(f[1]))
	}
	title := "Events"
	if p.held > 0 {
		title = fmt.Sprintf("Events, %d newer below", p.held)
	}
	out = append(out, "", " "+t.Title.Paint(fit(title)))
	end := len(p.log) - p.held
	for _, e := range p.log[max(0, end-p.room()):max(0, end)] {
		style := theme.Style{}
		if e.Gap != nil {
			style = t.Warn
		}
		out = append(out, " "+style.Paint(fit(lines.Entry(e, p.zone))))
	}
	return exactly(out, p.width, p.height)
}

// exactly makes as many lines as there is room for, each as wide.
func exactly(out []string, width, height int) []string {
	out = out[:min(len(out), height)]
	for i := range out {
		out[i] = widget.Pad(out[i], width)
	}
	for len(out) < height {
		out = append(out, widget.Pad("", width))
	}
	return out
}
