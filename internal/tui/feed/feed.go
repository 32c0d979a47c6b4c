// Package feed brings the facts of the marketplace to the console's board: a snapshot from the API, then the event stream
// from the snapshot's place on, holes filled from the API.
//
// It never gives up: a server that went away is asked again, with jitter, for ever, and the reader is told how the console
// hears of events meanwhile. Nothing is told twice or left out in silence: what cannot be had any more becomes a Gap.
package feed

import (
	"context"
	"time"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/redis"
	"github.com/zoop-dev/zoop/internal/tui/board"
)

// API is the part of the REST API that the console reads.
type API interface {
	LiveOrders(ctx context.Context) (dto.Feed, error)
	Events(ctx context.Context, since int64, limit int) (dto.EventPage, error)
	Order(ctx context.Context, id domain.ID) (dto.Order, error)
	Timeline(ctx context.Context, id domain.ID) ([]dto.Event, error)
	Alert(ctx context.Context, id domain.ID) (dto.Alert, error)
}

// Streams opens the event stream of an epoch after a place.
type Streams func(epoch string, after int64) Stream

// Redis opens the streams in Redis.
func Redis(c *redis.Client) Streams {
	return func(epoch string, after int64) Stream { return c.Reader(epoch, after) }
}

// Stream reads events that follow its cursor; *redis.Reader is one.
type Stream interface {
	// Next gives events that follow without a hole; none after wait of silence; *redis.GapError when some are missing.
	Next(ctx context.Context, wait time.Duration) ([]domain.Record, error)
	// Skip moves the cursor forward to seq.
	Skip(seq int64)
}

// Pace is how often and how long the follower tries; the zero value of each field means its default.
type Pace struct {
	Wait     time.Duration // of one read of the stream: 500 ms
	Silence  time.Duration // after which the API is asked whether the stream misses something: 1 s
	Check    time.Duration // how often the API is asked in any case: 5 s
	Renew    time.Duration // how often a snapshot that does not hold everything is read anew: 1 min
	Poll     time.Duration // between questions while the stream is away: 500 ms
	RetryMin time.Duration // first wait for a server that is away: 200 ms
	RetryMax time.Duration // longest: 5 s
	Timeout  time.Duration // of one question: 5 s
}

func (p Pace) filled() Pace {
	for _, f := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&p.Wait, 500 * time.Millisecond}, {&p.Silence, time.Second}, {&p.Check, 5 * time.Second}, {&p.Renew, time.Minute}, {&p.Poll, 500 * time.Millisecond},
		{&p.RetryMin, 200 * time.Millisecond}, {&p.RetryMax, 5 * time.Second}, {&p.Timeout, 5 * time.Second},
	} {
		if *f.field <= 0 {
			*f.field = f.value
		}
	}
	return p
}

// Options are what a Follower needs.
type Options struct {
	API     API
	Streams Streams // nil: there is no stream, the API is polled
	Facts   chan<- board.Fact
	From    *int64           // begin after this event instead of now, without a snapshot; nil: now
	Strict  bool             // an API that refuses this reader at the first contact ends Run; else it is asked for ever
	Fixed   bool             // this reader never gets another token: an API that refuses it ends Run, though the stream goes on
	Refused func(error) bool // says whether an error means that the API refuses this reader; nil: none does
	Now     func() time.Time
	Pace    Pace
}

// Follower tells a board what happens.
type Follower struct {
	o     Options
	epoch string
	seq   int64 // everything up to here has been told
	link  board.Link

	partial bool      // the newest snapshot does not hold everything
	renewed time.Time // when it was read

	replay     bool      // there was no snapshot, by the reader's wish
	heard      time.Time // when anything was last heard
	behind     int       // times in a row that the API knew of events before the stream did
	looked     bool      // the stream of this epoch has been read at least once
	streamAway bool      // the last read of the stream failed
	streamNote string    // what is wrong with the stream; "" nothing
	apiNote    string    // and with the API

	resume   time.Time // when the stream is tried again
	checked  time.Time // when the API was last asked
	checking bool      // it has been, and its answer is on the way
	answers  chan answer
	retry    backoff // of the stream
	apiRetry backoff
	end      context.CancelCauseFunc // ends Run
}

// New makes a follower.
func New(o Options) *Follower {
	o.Pace = o.Pace.filled()
	if o.Refused == nil {
		o.Refused = func(error) bool { return false }
	}
	return &Follower{
		o: o, answers: make(chan answer, 1),
		retry: backoff{min: o.Pace.RetryMin, max: o.Pace.RetryMax}, apiRetry: backoff{min: o.Pace.RetryMin, max: o.Pace.RetryMax},
	}
}

// Run follows until ctx ends (nil). With Strict it also ends, with the API's error, when the API refuses this reader at first;
// with Fixed later, too.
func (f *Follower) Run(ctx context.Context) error {
	ctx, f.end = context.WithCancelCause(ctx)
	defer f.end(nil)
	for first := true; ctx.Err() == nil; first = false {
		if err := f.begin(ctx, first); err != nil {
			return err
		}
		f.follow(ctx)
	}
	if err := context.Cause(ctx); f.o.Refused(err) {
		return err
	}
	return nil
}

// begin finds a place to start from, asking for as long as it takes.
func (f *Follower) begin(ctx context.Context, first bool) error {
	for ctx.Err() == nil {
		err := f.locate(ctx, first)
		if err == nil {
			f.apiRetry.reset()
			return nil
		}
		if first && f.o.Strict && f.o.Refused(err) {
			return err
		}
		f.away(ctx, err)
	}
	return nil
}

func (f *Follower) locate(ctx context.Context, first bool) error {
	if f.replay = first && f.o.From != nil; f.replay {
		page, err := ask(ctx, f, func(ctx context.Context) (dto.EventPage, error) { return f.o.API.Events(ctx, *f.o.From, 1) })
		if err != nil {
			return err
		}
		f.start(ctx, page.Epoch, min(*f.o.From, page.Last))
		return nil
	}
	snapshot, err := ask(ctx, f, f.o.API.LiveOrders)
	if err != nil {
		return err
	}
	f.start(ctx, snapshot.Epoch, snapshot.Seq)
	f.snapshot(ctx, snapshot)
	return nil
}

// snapshot tells of a snapshot, and notes whether it holds everything.
func (f *Follower) snapshot(ctx context.Context, s dto.Feed) {
	told := toSnapshot(s)
	f.partial, f.renewed = told.OrdersLeftOut > 0 || told.AlertsLeftOut > 0, f.o.Now()
	f.tell(ctx, told)
}

func (f *Follower) start(ctx context.Context, epoch string, seq int64) {
	f.epoch, f.seq = epoch, seq
	f.heard, f.checked = f.o.Now(), f.o.Now()
	f.apiNote = ""
	f.tell(ctx, board.Start{Epoch: epoch, Seq: seq})
}

// ask asks the API one question within bounds.
func ask[T any](ctx context.Context, f *Follower, question func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, f.o.Pace.Timeout)
	defer cancel()
	return question(ctx)
}

// tell passes a fact on; it waits for the board, which is how a slow reader slows the source down.
func (f *Follower) tell(ctx context.Context, fact board.Fact) {
	select {
	case f.o.Facts <- fact:
	case <-ctx.Done():
	}
}
