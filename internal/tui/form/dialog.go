package form

import (
	"context"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/zoop-dev/zoop/internal/sanitize"
	"github.com/zoop-dev/zoop/internal/tui/keymap"
	"github.com/zoop-dev/zoop/internal/tui/theme"
	"github.com/zoop-dev/zoop/internal/tui/widget"
)

// phase is where a dialog stands.
type phase int

const (
	loading    phase = iota // the options of a step
	answering               // a step
	asking                  // what it will mean
	confirming              // all is known
	doing                   // it is sent
	failed                  // it was refused; what was answered is kept
)

// Work is what a dialog wants the console to carry out; the result goes back by its method. The zero Work is nothing.
type Work struct {
	Options Loaded
	Ask     func(ctx context.Context) ([]string, error)
	Do      func(ctx context.Context) (Receipt, error)
	Close   bool
}

// Loaded reads the options of a step.
type Loaded func(ctx context.Context) ([]Option, error)

// Dialog is a form on the screen.
type Dialog struct {
	Form    Form
	Answers Answers

	said    Answers // the answers as they were shown
	step    int
	phase   phase
	options []Option
	shown   []Option // those that fit what is typed
	cursor  int
	input   widget.Input
	meaning []string
	problem []string
}

// Open begins a form.
func Open(f Form) (*Dialog, Work) {
	d := &Dialog{Form: f, Answers: Answers{}, said: Answers{}}
	return d, d.turn(0)
}

// turn goes to the first step from a place on that makes sense, or to the confirmation.
func (d *Dialog) turn(from int) Work {
	d.step, d.cursor, d.options, d.shown, d.problem = d.Form.Next(from, d.Answers), 0, nil, nil, nil
	d.input = widget.NewInput("")
	if d.step == len(d.Form.Steps) {
		if d.Form.Ask == nil {
			d.phase = confirming
			return Work{}
		}
		d.phase = asking
		return Work{Ask: func(ctx context.Context) ([]string, error) { return d.Form.Ask(ctx, d.Answers) }}
	}
	s := d.Form.Steps[d.step]
	if s.Load == nil {
		d.phase, d.input = answering, widget.NewInput(s.Begin)
		return Work{}
	}
	d.phase = loading
	return Work{Options: func(ctx context.Context) ([]Option, error) { return s.Load(ctx, d.Answers) }}
}

// HasOptions takes what may be chosen.
func (d *Dialog) HasOptions(options []Option, problem []string) {
	if d.phase != loading {
		return
	}
	if problem != nil {
		d.phase, d.problem = failed, problem
		return
	}
	d.phase, d.options, d.shown = answering, options, options
}

// HasMeaning takes what the deed will mean.
func (d *Dialog) HasMeaning(meaning, problem []string) {
	if d.phase != asking {
		return
	}
	if problem != nil {
		d.phase, d.problem = failed, problem
		return
	}
	d.phase, d.meaning = confirming, meaning
}

// Refused says why the deed was not done; again: going on sends the same once more.
func (d *Dialog) Refused(problem []string, again bool) {
	if d.phase != doing {
		return
	}
	if d.phase, d.problem = failed, problem; again {
		d.phase = confirming
	}
}

// Busy says whether the dialog waits for an answer.
func (d *Dialog) Busy() bool { return d.phase == loading || d.phase == asking || d.phase == doing }

// Hints are the keys that matter now.
func (d *Dialog) Hints(keys keymap.Map) []keymap.Hint {
	switch {
	case d.phase == answering && d.options != nil:
		return keys.Choosing()
	case d.phase == confirming, d.phase == answering:
		return keys.Confirming()
	}
	return []keymap.Hint{{Key: keys.Discard, Word: "leave"}}
}

// Key acts on a key. What was sent cannot be left undone: only its answer closes the dialog then.
func (d *Dialog) Key(k tea.KeyMsg, keys keymap.Map) Work {
	if key.Matches(k, keys.Discard) {
		return Work{Close: d.phase != doing}
	}
	switch d.phase {
	case answering:
		return d.onAnswer(k, keys)
	case confirming:
		return d.onConfirm(k, keys)
	case failed:
		if key.Matches(k, keys.Apply) {
			return Work{Close: true}
		}
	case loading, asking, doing:
	}
	return Work{}
}

func (d *Dialog) onAnswer(k tea.KeyMsg, keys keymap.Map) Work {
	s := d.Form.Steps[d.step]
	switch {
	case key.Matches(k, keys.Apply):
		answer := strings.TrimSpace(d.input.Text())
		said := answer
		switch {
		case d.options != nil:
			if d.cursor >= len(d.shown) {
				return Work{}
			}
			answer, said = d.shown[d.cursor].Value, strings.Join(strings.Fields(d.shown[d.cursor].Text), " ")
		case s.Check != nil:
			if err := s.Check(answer, d.Answers); err != nil {
				d.problem = []string{err.Error()}
				return Work{}
			}
		case answer == "":
			d.problem = []string{"something has to be typed"}
			return Work{}
		}
		d.Answers[s.Name], d.said[s.Name] = answer, said
		return d.turn(d.step + 1)
	case d.options != nil && key.Matches(k, keys.Before):
		d.cursor = max(0, d.cursor-1)
	case d.options != nil && key.Matches(k, keys.After, keys.Complete):
		d.cursor = max(0, min(len(d.shown)-1, d.cursor+1))
	default:
		if d.input.Key(k) {
			d.problem = nil
			d.narrow()
		}
	}
	return Work{}
}

// narrow leaves the options that contain what is typed.
func (d *Dialog) narrow() {
	if d.options == nil {
		return
	}
	d.shown, d.cursor = nil, 0
	for _, o := range d.options {
		if strings.Contains(strings.ToLower(o.Text), strings.ToLower(strings.TrimSpace(d.input.Text()))) {
			d.shown = append(d.shown, o)
		}
	}
}

func (d *Dialog) onConfirm(k tea.KeyMsg, keys keymap.Map) Work {
	if !key.Matches(k, keys.Apply) {
		if d.Form.Typed != "" && d.input.Key(k) {
			d.problem = nil
		}
		return Work{}
	}
	if !d.Form.Confirms(d.input.Text()) {
		d.problem = []string{"that is not " + d.Form.Typed + ": nothing was done"}
		return Work{}
	}
	d.phase, d.problem = doing, nil
	return Work{Do: func(ctx context.Context) (Receipt, error) { return d.Form.Do(ctx, d.Answers) }}
}

// View draws the dialog: at most so many lines.
func (d *Dialog) View(t theme.Theme, width, height int) []string {
	say := func(text string) string {
		if t.ASCII {
			return sanitize.ASCII(text)
		}
		return text
	}
	out := []string{widget.Spread(width, t.Signs.Cut, []widget.Piece{{Text: " " + say(d.Form.Title), Style: t.Title}}, nil)}
	paragraph := func(text string, style theme.Style) {
		for _, line := range widget.Wrap(say(text), max(4, width-3)) {
			out = append(out, "   "+style.Paint(line))
		}
	}
	head := 0 // the title, and what it is about
	for i, f := range d.Form.Facts {
		if paragraph(f, theme.Style{}); i == 0 {
			head = len(out)
		}
	}
	for i, s := range d.Form.Steps {
		if text, ok := d.said[s.Name]; ok && i < d.step {
			paragraph(s.Prompt+": "+text, t.Muted)
		}
	}
	for _, m := range d.meaning {
		paragraph(m, theme.Style{})
	}
	style := t.Warn
	for _, p := range d.problem {
		paragraph(p, style)
	}
	question := d.question(t, width, say)
	if most := max(1, height-min(len(question), max(2, height-max(2, min(len(out), height/2))))); len(out) > most {
		head = max(1, min(head, most-1)) // stays, and so does what is nearest to the question
		out = append(out[:head:head], out[len(out)-most+head:]...)
	}
	return append(out, d.window(question, height-len(out))...)
}

// question draws what is to be answered now; its first line is the prompt, the others options.
func (d *Dialog) question(t theme.Theme, width int, say func(string) string) []string {
	prompt := func(text string) []string {
		pieces := append([]widget.Piece{{Text: " " + say(text) + ": ", Style: t.Accent}}, d.input.Pieces(t, max(1, width-sanitize.Width(text)-5))...)
		return []string{widget.Spread(width, t.Signs.Cut, pieces, nil)}
	}
	wait := func(text string) []string {
		return []string{" " + t.Muted.Paint(say(sanitize.Fit(text, width-1, t.Signs.Cut)))}
	}
	switch d.phase {
	case loading:
		return wait("asking the API")
	case asking:
		return wait("asking the API what it will mean")
	case doing:
		return wait("sent, waiting for the answer")
	case failed:
		return wait("esc or enter leaves")
	case confirming:
		if d.Form.Typed != "" {
			return prompt("type " + d.Form.Typed + " to go on")
		}
		return []string{" " + t.Accent.Paint(say(sanitize.Fit("enter goes on", width-1, t.Signs.Cut)))}
	case answering:
	}
	out := prompt(d.Form.Steps[d.step].Prompt)
	for i, o := range d.shown {
		text, style := "   "+o.Text, theme.Style{}
		if i == d.cursor {
			text, style = " "+t.Signs.Pointer+" "+o.Text, t.Selected
		}
		out = append(out, style.Paint(sanitize.Fit(say(text), width, t.Signs.Cut)))
	}
	if d.options != nil && len(d.shown) == 0 {
		out = append(out, "   "+t.Muted.Paint("nothing fits"))
	}
	return out
}

// window cuts a list of options to what there is room for, so that the chosen one is in sight.
func (d *Dialog) window(question []string, room int) []string {
	if len(question) <= room || room < 2 {
		return question[:max(0, min(len(question), room))]
	}
	from := max(0, min(d.cursor-(room-2), len(question)-room))
	return append(question[:1:1], question[1+from:from+room]...)
}
