// Package lines is the console without a screen: one line for each event, for people (plain) or for programs (JSON).
//
// Standard output carries events and gaps only, each once, in the published order. How the console hears of them is said
// on standard error.
package lines

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/zoop-dev/zoop/internal/sanitize"
	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/words"
)

// Options are what a Writer needs.
type Options struct {
	Out       io.Writer
	Err       io.Writer              // what is said about the connection; nil: nothing is
	JSON      bool                   // NDJSON instead of plain lines
	ASCII     bool                   // plain lines in ASCII only
	Match     func(board.Entry) bool // which events are written; nil: all. Gaps always are
	Count     int                    // end after so many events that were written; 0: never
	Until     int64                  // end with what is at this place; 0: never
	UntilIdle time.Duration          // end when nothing has happened for so long, once connected; 0: never
}

// Run writes what comes in batches until ctx ends, batches is closed, or one of the options says that it is enough (nil).
// It fails when a line cannot be written.
func Run(ctx context.Context, batches <-chan board.Batch, o Options) error {
	out := bufio.NewWriter(o.Out)
	idle := time.NewTimer(time.Hour)
	defer idle.Stop()
	idle.Stop()
	var link board.Link
	var leftOut [2]int
	written := 0
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-idle.C:
			return nil
		case batch, ok := <-batches:
			if !ok {
				return nil
			}
			connected := batch.Link.Mode == board.Live || batch.Link.Mode == board.Degraded
			if batch.Link.Mode != link.Mode || batch.Link.Note != link.Note || batch.Link.APIAway != link.APIAway {
				o.say(batch.Link)
			}
			if is := [2]int{batch.OrdersLeftOut, batch.AlertsLeftOut}; is != leftOut {
				leftOut = is
				o.sayLeftOut(batch)
			}
			if o.UntilIdle > 0 && connected && (len(batch.Entries) > 0 || link.Mode != batch.Link.Mode) {
				idle.Reset(o.UntilIdle)
			}
			link = batch.Link
			for _, e := range batch.Entries {
				if o.skips(e) {
					continue
				}
				if err := o.write(out, e); err != nil {
					return fmt.Errorf("write a line: %w", err)
				}
				if e.Gap != nil {
					continue
				}
				if written++; o.Count > 0 && written >= o.Count {
					return flush(out)
				}
			}
			if err := flush(out); err != nil || o.Until > 0 && batch.Epoch != "" && batch.Seq >= o.Until {
				return err
			}
		}
	}
}

// skips says whether an event is not to be written: it does not match, or came after what was wanted.
func (o Options) skips(e board.Entry) bool {
	return e.Gap == nil && (o.Match != nil && !o.Match(e) || o.Until > 0 && e.Event.Seq > o.Until)
}

func flush(out *bufio.Writer) error {
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write a line: %w", err)
	}
	return nil
}

func (o Options) write(out *bufio.Writer, e board.Entry) error {
	if o.JSON {
		return writeJSON(out, e)
	}
	text := plain(e)
	if o.ASCII {
		text = sanitize.ASCII(text)
	}
	_, err := out.WriteString(text + "\n")
	return err
}

// say tells how the console hears of events.
func (o Options) say(link board.Link) {
	if o.Err == nil {
		return
	}
	text := string(link.Mode)
	if link.Mode == board.Connecting {
		text = "CONNECTING"
	}
	if link.APIAway && link.Mode == board.Live {
		text += " (read only)"
	}
	if link.Note != "" {
		text += ": " + link.Note
	}
	fmt.Fprintln(o.Err, text)
}

// sayLeftOut tells of what the board is not told. The events of all of it are written.
func (o Options) sayLeftOut(b board.Batch) {
	if o.Err == nil {
		return
	}
	said := words.LeftOut(b)
	if len(said) == 0 {
		said = []string{"everything is shown"}
	}
	for _, text := range said {
		fmt.Fprintln(o.Err, text)
	}
}
