package redis

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/zoop-dev/zoop/internal/domain"
)

// maxWait bounds how long one read waits for something new.
const maxWait = 5 * time.Second

// GapError says that the stream no longer has the records From to To, both included, or has them in a form that is not
// ours. They must be fetched from where they are kept; then Skip(To).
type GapError struct{ From, To int64 }

// Error implements error.
func (e *GapError) Error() string {
	return fmt.Sprintf("the stream has no records %d to %d", e.From, e.To)
}

// Reader follows one epoch's stream from a place of its own. It is for one goroutine. It is never a consumer group:
// other readers see the same records.
type Reader struct {
	c      *Client
	epoch  string
	cursor int64
}

// Reader begins after a seq: the first record it gives is after+1.
func (c *Client) Reader(epoch string, after int64) *Reader {
	return &Reader{c: c, epoch: epoch, cursor: after}
}

// Epoch is the epoch of the stream that is followed.
func (r *Reader) Epoch() string { return r.epoch }

// Cursor is the seq of the last record that was given or skipped.
func (r *Reader) Cursor() int64 { return r.cursor }

// Skip moves the cursor forward to a seq; never back.
func (r *Reader) Skip(seq int64) { r.cursor = max(r.cursor, seq) }

// Next gives at most 500 records that follow the cursor without a gap, oldest first, and moves the cursor. When nothing
// comes within wait (at most 5 s; 0 does not wait) it gives none and no error: the stream may then be silent because
// nothing happened, or because Redis lost it, which only the keeper of the records can tell.
// It returns *GapError when the next record is not in the stream but a later one is, and Unavailable when Redis is away.
func (r *Reader) Next(ctx context.Context, wait time.Duration) ([]domain.Record, error) {
	entries, err := r.read(ctx, min(wait, maxWait))
	if err != nil {
		return nil, err
	}
	out := make([]domain.Record, 0, len(entries))
	for _, e := range entries {
		rec, err := recordOf(e.ID, e.Values)
		if err != nil {
			seq, _ := seqOf(e.ID)
			return out, r.gapUnless(out, seq)
		}
		if rec.Seq <= r.cursor {
			continue
		}
		if rec.Seq != r.cursor+1 {
			return out, r.gapUnless(out, rec.Seq-1)
		}
		out = append(out, rec)
		r.cursor = rec.Seq
	}
	return out, nil
}

// gapUnless reports the gap up to a seq, unless there is something to give before it: then the next call finds it again.
func (r *Reader) gapUnless(out []domain.Record, to int64) error {
	if len(out) > 0 || to <= r.cursor {
		return nil
	}
	return &GapError{From: r.cursor + 1, To: to}
}

// read waits for entries in a goroutine of its own, because a blocked read cannot be cancelled, only left.
func (r *Reader) read(ctx context.Context, wait time.Duration) ([]goredis.XMessage, error) {
	type reply struct {
		streams []goredis.XStream
		err     error
	}
	block := wait
	if wait < time.Millisecond {
		block = -1 // 0 would wait for ever
	}
	args := &goredis.XReadArgs{
		// The greatest second half: entries that others slipped in under the cursor's own number stay out.
		Streams: []string{streamKey(r.epoch), fmt.Sprintf("%d-%d", r.cursor, uint64(math.MaxUint64))},
		Count:   Page, Block: block,
	}
	done := make(chan reply, 1)
	go func() {
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), max(wait, 0)+commandTimeout)
		defer cancel()
		streams, err := r.c.rdb.XRead(limited, args).Result()
		done <- reply{streams, err}
	}()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case got := <-done:
		if errors.Is(got.err, goredis.Nil) || got.err == nil && len(got.streams) == 0 {
			return nil, nil
		}
		if got.err != nil {
			return nil, away(got.err)
		}
		return got.streams[0].Messages, nil
	}
}
