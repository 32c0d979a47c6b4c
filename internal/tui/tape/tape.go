// Package tape writes down what a console is told, and tells it again: an incident can be looked at once more, at any speed,
// and what was written is a fixture for tests. A tape holds no names of people: couriers and customers are IDs in it.
//
// It is NDJSON: a line {"tape":1}, then one for each fact, with its kind and the time by the console's clock.
package tape

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/zoop-dev/zoop/internal/sanitize"
	"github.com/zoop-dev/zoop/internal/tui/board"
)

// Schema is the version of the form.
const Schema = 1

type head struct {
	Tape int `json:"tape"`
}

type line struct {
	At   time.Time       `json:"at"`
	Kind string          `json:"kind"`
	Fact json.RawMessage `json:"fact"`
}

// kindOf names a fact on the tape; "" for what is not written down: what people are called.
func kindOf(f board.Fact) string {
	switch f.(type) {
	case board.Start:
		return "start"
	case board.Snapshot:
		return "snapshot"
	case board.Events:
		return "events"
	case board.Gap:
		return "gap"
	case board.Detail:
		return "detail"
	case board.Gone:
		return "gone"
	case board.Link:
		return "link"
	case board.Name:
	}
	return ""
}

// read reads a fact. Whoever wrote the tape may have put anything into it: its texts are cleaned like those of the API.
func read[T board.Fact](raw json.RawMessage) (board.Fact, error) {
	var f T
	var value any
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber() // amounts stay what they are
	err := decoder.Decode(&value)
	if err == nil {
		raw, err = json.Marshal(sanitize.Value(value))
	}
	if err == nil {
		err = json.Unmarshal(raw, &f)
	}
	return f, err
}

// written is a fact as it is written down: what events carry is decoded, and names of people are taken out.
func written(f board.Fact) board.Fact {
	switch f := f.(type) {
	case board.Snapshot:
		f.Alerts = slices.Clone(f.Alerts)
		for i := range f.Alerts {
			f.Alerts[i].By = ""
		}
		return f
	case board.Events:
		f = slices.Clone(f)
		for i := range f {
			f[i].Data = f[i].Told()
		}
		return f
	}
	return f
}

var readers = map[string]func(json.RawMessage) (board.Fact, error){
	"start": read[board.Start], "snapshot": read[board.Snapshot], "events": read[board.Events], "gap": read[board.Gap],
	"detail": read[board.Detail], "gone": read[board.Gone], "link": read[board.Link],
}

// Record passes facts on from in to out until in is closed or ctx ends, and writes each down. What cannot be written ends the
// recording, and not the console: the error comes at the end.
func Record(ctx context.Context, in <-chan board.Fact, out chan<- board.Fact, to io.Writer, now func() time.Time) (err error) {
	w := bufio.NewWriter(to)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	keep := func(value any) {
		if err == nil {
			if err = encoder.Encode(value); err != nil {
				err = fmt.Errorf("record: %w", err)
			}
		}
	}
	flush := func() {
		if err == nil {
			if err = w.Flush(); err != nil {
				err = fmt.Errorf("record: %w", err)
			}
		}
	}
	defer flush()
	keep(head{Schema})
	for {
		var f board.Fact
		var ok bool
		select {
		case <-ctx.Done():
			return err
		case f, ok = <-in:
		}
		if !ok {
			return err
		}
		if kind := kindOf(f); kind != "" {
			raw, encodeErr := json.Marshal(written(f))
			if encodeErr != nil {
				return fmt.Errorf("record: %w", encodeErr)
			}
			keep(line{now().UTC(), kind, raw})
		}
		if len(in) == 0 {
			flush()
		}
		select {
		case out <- f:
		case <-ctx.Done():
			return err
		}
	}
}

// Player tells what a tape holds. Its clock is that of the tape.
type Player struct {
	scanner *bufio.Scanner
	speed   float64
	next    board.Fact
	nextAt  time.Time

	mu     sync.Mutex
	base   time.Time // of the tape, at began
	began  time.Time // by this machine's clock; zero: the tape stands still at base
	wallOf func() time.Time
}

// ErrNoTape says that something is no tape, or none that this program can read.
var ErrNoTape = errors.New("is no tape of the console")

// maxLine bounds a line: a snapshot of 100,000 orders.
const maxLine = 64 << 20

// Open begins to read a tape. speed is how much faster than it was recorded it is told; 0 does not wait at all.
func Open(from io.Reader, speed float64) (*Player, error) {
	p := &Player{scanner: bufio.NewScanner(from), speed: speed, wallOf: time.Now}
	p.scanner.Buffer(nil, maxLine)
	var h head
	if !p.scanner.Scan() || json.Unmarshal(p.scanner.Bytes(), &h) != nil || h.Tape != Schema {
		return nil, ErrNoTape
	}
	ok, err := p.advance()
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("%w: it is empty", ErrNoTape)
	}
	p.base = p.nextAt
	return p, nil
}

// Now is the tape's clock.
func (p *Player) Now() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.began.IsZero() {
		return p.base
	}
	return p.base.Add(time.Duration(float64(p.wallOf().Sub(p.began)) * p.speed))
}

// set puts the clock to a time, running or standing still.
func (p *Player) set(at time.Time, running bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.base, p.began = at, (time.Time{}); running {
		p.began = p.wallOf()
	}
}

// advance reads the next fact; ok is false at the end.
func (p *Player) advance() (ok bool, err error) {
	if !p.scanner.Scan() {
		return false, p.scanner.Err()
	}
	var l line
	if err := json.Unmarshal(p.scanner.Bytes(), &l); err != nil {
		return false, fmt.Errorf("read the tape: %w", err)
	}
	reader, known := readers[l.Kind]
	if !known {
		return false, fmt.Errorf("read the tape: it tells of %q, which this program does not know", l.Kind)
	}
	if p.next, err = reader(l.Fact); err != nil {
		return false, fmt.Errorf("read the tape: %w", err)
	}
	p.nextAt = l.At
	return true, nil
}

// Run tells the facts when their time has come, and closes facts at the end, where the clock stands still. A tape that was cut
// off in the middle of a line is told up to there.
func (p *Player) Run(ctx context.Context, facts chan<- board.Fact) error {
	defer close(facts)
	p.set(p.nextAt, p.speed > 0)
	for {
		at := p.nextAt
		if p.speed <= 0 {
			p.set(at, false)
		} else if wait := at.Sub(p.Now()); wait > 0 {
			timer := time.NewTimer(time.Duration(float64(wait) / p.speed))
			select {
			case <-timer.C:
			case <-ctx.Done():
				timer.Stop()
				return nil
			}
		}
		select {
		case facts <- p.next:
		case <-ctx.Done():
			return nil
		}
		ok, err := p.advance()
		if !ok {
			p.set(at, false)
			var cut *json.SyntaxError
			if errors.As(err, &cut) {
				return nil
			}
			return err
		}
	}
}
