// Package tui is the support console: what staff look at all day. It follows the event stream, shows it as a board on a
// terminal, as plain lines or as JSON lines, and reads details through the REST API with the operator's own token.
//
// Facts flow one way: feed (API, stream) → board (the one reducer, in its own goroutine) → a batch every 50 ms → the face.
// The console holds no database handle, and never exits because a server went away.
package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"golang.org/x/sync/errgroup"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/desk"
	"github.com/zoop-dev/zoop/internal/tui/feed"
	"github.com/zoop-dev/zoop/internal/tui/keymap"
	"github.com/zoop-dev/zoop/internal/tui/lines"
	"github.com/zoop-dev/zoop/internal/tui/mute"
	"github.com/zoop-dev/zoop/internal/tui/settings"
	"github.com/zoop-dev/zoop/internal/tui/tape"
)

// init comes after Bubble Tea's own, which would ask the terminal for its colours and wait for them.
func init() { mute.Lift() }

// Face is how the console shows itself.
type Face int

// The faces.
const (
	Screen     Face = iota // the board, on a terminal
	Plain                  // a line for each event
	JSON                   // a JSON object for each event
	Accessible             // sentences and typed commands, for those who do not see a screen
)

// Choose decides the face before anything starts: a screen needs a terminal that can move its cursor.
func Choose(plain, json, terminal bool, term string) Face {
	switch {
	case json:
		return JSON
	case plain, !terminal, term == "dumb":
		return Plain
	}
	return Screen
}

// Options are what a console needs.
type Options struct {
	API     feed.API
	Desk    desk.API         // what the console acts through; nil: it can only be looked at
	Streams feed.Streams     // nil: no stream is known, the API is polled
	Refused func(error) bool // says whether an error means that the API refuses the token; nil: none does
	Fixed   bool             // there will be no other token: a refused one is no reason to wait
	Face    Face
	In      io.Reader
	Out     io.Writer
	Err     io.Writer // lines only: what is said about the connection

	Record io.Writer    // what is told is written down here; nil: it is not
	Replay *tape.Player // what is told comes from here, and nothing from API or Streams; its clock is the console's

	From      *int64                 // lines only: begin after this event (0: the first) instead of now
	Match     func(board.Entry) bool // lines only: which events are written; nil: all
	Count     int                    // lines only: end after so many events; 0: never
	Until     int64                  // lines only: end with what is at this place; 0: never
	UntilIdle time.Duration          // lines only: end when nothing has happened for so long; 0: never

	ReadOnly bool         // nothing can be done, whatever the token may
	Keys     keymap.Map   // the zero value: as shipped
	Settings settings.Dir // where filters are saved; "": they are not

	Color bool // else no escape sequences beyond those that move the cursor
	Light bool // the terminal's background is light
	ASCII bool
	Tmux  bool           // the terminal is inside tmux, which has to be told to pass the clipboard on
	Label string         // what is connected to, for the header
	Zone  *time.Location // of times of the day; nil: the machine's

	Now  func() time.Time // nil: the machine's clock
	Pace feed.Pace        // the zero value: as shipped
}

func (o Options) filled() Options {
	if o.Replay != nil {
		o.Now, o.API, o.Desk = o.Replay.Now, replayed{}, nil
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if len(o.Keys.Quit.Keys()) == 0 {
		o.Keys = keymap.Default()
	}
	if o.Zone == nil {
		o.Zone = time.Local
	}
	return o
}

// replayed is the API of a replay: there is none.
type replayed struct{ feed.API }

var errReplayed = errors.New("a replay has no details")

// Order implements feed.API.
func (replayed) Order(context.Context, domain.ID) (dto.Order, error) { return dto.Order{}, errReplayed }

// Run shows the console until the operator quits, ctx ends, or an option says that it is enough (nil). It fails when
// nothing can be shown; lines also when the API refuses the token at the first contact, and both when there is no other to wait for.
func Run(ctx context.Context, o Options) error {
	o = o.filled()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	facts, batches, wanted := make(chan board.Fact, 64), make(chan board.Batch), make(chan board.Want, 256)
	g, ctx := errgroup.WithContext(ctx)
	o.tell(ctx, g, facts, wanted)
	g.Go(func() error {
		return board.Loop{Facts: facts, Out: batches, Wanted: wanted, Lossless: !o.live(), Now: o.Now}.Run(ctx)
	})
	g.Go(func() error {
		defer cancel() // the face is what the rest is for
		switch o.Face {
		case Screen:
			return screen(ctx, o, batches)
		case Accessible:
			return converse(ctx, o, batches)
		case Plain, JSON:
		}
		return lines.Run(ctx, batches, lines.Options{
			Out: o.Out, Err: o.Err, JSON: o.Face == JSON, ASCII: o.ASCII, Match: o.Match, Count: o.Count, Until: o.Until,
			UntilIdle: o.UntilIdle,
		})
	})
	return g.Wait()
}

// tell starts what tells of the marketplace: the tape, or the feed, which may be recorded.
func (o Options) tell(ctx context.Context, g *errgroup.Group, facts chan board.Fact, wanted <-chan board.Want) {
	if o.Replay != nil {
		g.Go(func() error { return o.Replay.Run(ctx, facts) })
		return
	}
	told := facts
	if o.Record != nil {
		told = make(chan board.Fact, 64)
		g.Go(func() error { return tape.Record(ctx, told, facts, o.Record, o.Now) })
	}
	follower := feed.New(feed.Options{
		API: o.API, Streams: o.Streams, Facts: told, From: o.from(), Strict: !o.live(), Fixed: o.Fixed, Refused: o.Refused, Now: o.Now,
		Pace: o.Pace,
	})
	g.Go(func() error { return follower.Run(ctx) })
	g.Go(func() error { return follower.Fill(ctx, wanted) })
}

// live says whether the face shows how things are now, and not every event.
func (o Options) live() bool { return o.Face == Screen || o.Face == Accessible }

// from is where lines begin; a board always begins now.
func (o Options) from() *int64 {
	if o.live() {
		return nil
	}
	return o.From
}

// framesPerSecond bounds what is drawn: a key is seen within 25 ms. The library looks for something to draw as often even while nothing
// happens, which is most of what an idle console costs.
const framesPerSecond = 40

// screen ends with ctx, which a signal ends. The library's own handler of signals would then wait for ever to hand on what nobody
// takes any more.
func screen(ctx context.Context, o Options, batches <-chan board.Batch) error {
	program := tea.NewProgram(
		newModel(ctx, o, batches), tea.WithContext(ctx), tea.WithoutSignalHandler(), tea.WithInput(o.In), tea.WithOutput(o.Out), tea.WithAltScreen(), tea.WithFPS(framesPerSecond),
	)
	if _, err := program.Run(); err != nil && ctx.Err() == nil {
		return fmt.Errorf("run the screen: %w", err)
	}
	return nil
}
