package feed

import (
	"context"
	"errors"
	"time"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/redis"
	"github.com/zoop-dev/zoop/internal/tui/board"
)

// pageSize is how many events the API is asked for at once.
const pageSize = 1000

// errElsewhere means that the events go on in another epoch.
var errElsewhere = errors.New("the epoch has changed")

// answer is what the API said when it was asked whether it knows more than the stream.
type answer struct {
	since int64
	page  dto.EventPage
	err   error
}

// follow reads events until the epoch changes or ctx ends.
func (f *Follower) follow(ctx context.Context) {
	var stream Stream
	if f.o.Streams != nil {
		stream = f.o.Streams(f.epoch, f.seq)
	}
	f.behind, f.looked = 0, false
	for ctx.Err() == nil {
		var err error
		if stream != nil && !f.o.Now().Before(f.resume) {
			err = f.read(ctx, stream)
		} else {
			err = f.poll(ctx)
		}
		if err == nil {
			err = f.answered(ctx)
		}
		if err == nil {
			err = f.renew(ctx)
		}
		if errors.Is(err, errElsewhere) {
			return
		}
		f.check(ctx)
	}
}

// read takes what the stream has.
func (f *Follower) read(ctx context.Context, stream Stream) error {
	stream.Skip(f.seq)
	records, err := f.next(ctx, stream)
	var gap *redis.GapError
	switch {
	case ctx.Err() != nil:
		return nil
	case errors.As(err, &gap):
		return f.fill(ctx, gap.To)
	case err != nil:
		f.resume = f.o.Now().Add(f.retry.next())
		f.streamAway, f.streamNote = true, "redis is away"
		return nil
	}
	f.streamAway, f.looked = false, true
	f.retry.reset()
	if len(records) > 0 {
		f.behind = 0
		f.events(ctx, fromRecords(records))
	}
	if f.behind > 1 { // once may be the moment between an event's numbering and its publication
		f.streamNote = "the stream is behind the API"
		f.heardBy(ctx, board.Degraded)
		return nil
	}
	f.streamNote = ""
	f.heardBy(ctx, board.Live)
	return nil
}

// next waits for the stream. The first look does not, so that who follows is told at once, and a reader of one that was away waits only
// briefly, since the API is not asked meanwhile.
func (f *Follower) next(ctx context.Context, stream Stream) ([]domain.Record, error) {
	switch {
	case f.streamAway:
		limited, cancel := context.WithTimeout(ctx, f.o.Pace.Wait)
		defer cancel()
		return stream.Next(limited, 0)
	case !f.looked:
		return stream.Next(ctx, 0)
	}
	return stream.Next(ctx, f.o.Pace.Wait)
}

// poll asks the API while the stream is away.
func (f *Follower) poll(ctx context.Context) error {
	n, err := f.more(ctx)
	if err != nil || n == 0 && f.apiNote != "" {
		return err
	}
	f.heardBy(ctx, board.Degraded)
	if n < pageSize {
		sleep(ctx, f.o.Pace.Poll)
	}
	return nil
}

// fill fetches from the API what the stream has lost.
func (f *Follower) fill(ctx context.Context, to int64) error {
	f.streamNote = "the stream has lost events"
	for f.seq < to && ctx.Err() == nil {
		n, err := f.more(ctx)
		if err != nil {
			return err
		}
		if n == 0 && f.apiNote == "" {
			return f.lost(ctx, to)
		}
	}
	return nil
}

// more takes the next page of events from the API and says how many there were. When the API is away it waits a while.
func (f *Follower) more(ctx context.Context) (n int, err error) {
	page, err := ask(ctx, f, func(ctx context.Context) (dto.EventPage, error) { return f.o.API.Events(ctx, f.seq, pageSize) })
	f.checked = f.o.Now()
	if err != nil {
		f.away(ctx, err)
		return 0, nil
	}
	f.apiRetry.reset()
	f.apiNote = ""
	return len(page.Data), f.page(ctx, f.seq, page)
}

// page takes events that the API gave for since.
func (f *Follower) page(ctx context.Context, since int64, page dto.EventPage) error {
	if page.Epoch != f.epoch || page.Last < since {
		return errElsewhere
	}
	events := fromDTO(page.Data)
	if len(events) > 0 && events[0].Seq > f.seq+1 {
		if err := f.lost(ctx, events[0].Seq-1); err != nil {
			return err
		}
	}
	f.events(ctx, events)
	return nil
}

// lost gives up on events that nobody holds any more: the board is told, and gets a new snapshot to be right again.
func (f *Follower) lost(ctx context.Context, to int64) error {
	f.tell(ctx, board.Gap{To: to, Reason: "trimmed"})
	f.seq = max(f.seq, to)
	for !f.replay && ctx.Err() == nil {
		snapshot, err := ask(ctx, f, f.o.API.LiveOrders)
		if err != nil {
			f.away(ctx, err)
			continue
		}
		if snapshot.Epoch != f.epoch {
			return errElsewhere
		}
		f.snapshot(ctx, snapshot)
		return nil
	}
	return nil
}

// renew reads anew, now and then, a snapshot that did not hold everything: what was left out because it was in no danger may be by now.
func (f *Follower) renew(ctx context.Context) error {
	if !f.partial || f.o.Now().Sub(f.renewed) < f.o.Pace.Renew {
		return nil
	}
	snapshot, err := ask(ctx, f, f.o.API.LiveOrders)
	switch {
	case err != nil:
		f.renewed = f.o.Now() // that the API is away is for check to find out
		return nil
	case snapshot.Epoch != f.epoch:
		return errElsewhere
	}
	f.snapshot(ctx, snapshot)
	return nil
}

// events tells of those that are news.
func (f *Follower) events(ctx context.Context, events board.Events) {
	for len(events) > 0 && events[0].Seq <= f.seq {
		events = events[1:]
	}
	if len(events) == 0 {
		return
	}
	last := events[len(events)-1]
	f.seq = last.Seq
	now := f.o.Now()
	f.link.Lag, f.link.LagAt = max(0, now.Sub(last.At)), now
	f.tell(ctx, events)
}

// check asks the API whether it knows more, after silence and now and then. Its answer is taken by answered, so that the
// stream is read meanwhile.
func (f *Follower) check(ctx context.Context) {
	now := f.o.Now()
	silent := now.Sub(f.link.LagAt) >= f.o.Pace.Silence
	due := now.Sub(f.checked) >= f.o.Pace.Check || silent && now.Sub(f.checked) >= f.o.Pace.Silence
	if f.checking || !due || now.Before(f.resume) || f.o.Streams == nil {
		return
	}
	f.checking, f.checked = true, now
	since := f.seq
	go func() {
		page, err := ask(ctx, f, func(ctx context.Context) (dto.EventPage, error) { return f.o.API.Events(ctx, since, pageSize) })
		f.answers <- answer{since, page, err} // there is room: one question at a time
	}()
}

// answered takes the API's answer to check, if there is one.
func (f *Follower) answered(ctx context.Context) error {
	var a answer
	select {
	case a = <-f.answers:
		f.checking = false
	default:
		return nil
	}
	if a.err != nil {
		if f.endRefused(a.err) {
			return nil
		}
		f.apiNote = f.note(a.err)
		f.checked = f.o.Now().Add(f.apiRetry.next()) // not asked again before
		return nil
	}
	f.apiRetry.reset()
	f.apiNote = ""
	before := f.seq
	err := f.page(ctx, a.since, a.page)
	if f.seq > before {
		f.behind++
	}
	return err
}

// heardBy notes by which way something was heard just now.
func (f *Follower) heardBy(ctx context.Context, mode board.Mode) {
	f.heard = f.o.Now()
	f.tellLink(ctx, mode, f.heard)
}

// away notes that the API, the last way left, does not answer, and waits before it is asked again.
func (f *Follower) away(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	if f.endRefused(err) {
		return
	}
	f.apiNote = f.note(err)
	mode := board.Stale
	if f.heard.IsZero() {
		mode = board.Connecting
	}
	f.tellLink(ctx, mode, f.heard)
	sleep(ctx, f.apiRetry.next())
}

// tellLink tells how the console hears of events, and since when.
func (f *Follower) tellLink(ctx context.Context, mode board.Mode, since time.Time) {
	if f.link.Mode != mode {
		f.link.Mode, f.link.Since = mode, since
	}
	f.link.APIAway = f.apiNote != ""
	f.link.Note = f.streamNote
	if f.apiNote != "" {
		if f.link.Note != "" {
			f.link.Note += ", "
		}
		f.link.Note += f.apiNote
	}
	f.tell(ctx, f.link)
}

// endRefused ends Run where an error means that the API refuses the only token there will be: whoever was let go does not watch on.
func (f *Follower) endRefused(err error) bool {
	refused := f.o.Fixed && f.o.Refused(err)
	if refused {
		f.end(err)
	}
	return refused
}

// note says in a few words what is wrong.
func (f *Follower) note(err error) string {
	switch {
	case f.o.Refused(err):
		return "the API refuses this token: waiting for another"
	case errors.Is(err, context.DeadlineExceeded):
		return "the API does not answer"
	}
	return "the API is away"
}
