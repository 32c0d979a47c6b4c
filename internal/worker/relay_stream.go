package worker

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/logkey"
	"github.com/zoop-dev/zoop/internal/postgres"
	"github.com/zoop-dev/zoop/internal/redis"
)

// checkStream is how often a quiet stream is compared with what it should hold, and so how late a flush is noticed.
const checkStream = 500 * time.Millisecond

// carrier brings published events to the stream. It remembers where the stream ended when it last heard of it; that may
// be out of date, and then the stream says so.
type carrier struct {
	db  *postgres.DB
	rdb *redis.Client
	log *slog.Logger

	epoch string
	last  int64 // of the stream, as far as known
	known bool  // whether epoch and last were compared with the stream since the last failure

	appended, rebuilds prometheus.Counter
}

func (c *carrier) forget() { c.known = false }

// upTo makes the stream of an epoch end at last, or later where another relay was quicker.
func (c *carrier) upTo(ctx context.Context, epoch string, last int64) error {
	if !c.known || c.epoch != epoch || c.last >= last {
		if err := c.compare(ctx, epoch); err != nil {
			return err
		}
	}
	for c.known && c.last < last {
		if err := c.step(ctx, last); err != nil {
			return err
		}
	}
	return nil
}

// step appends one page. An empty stream is begun as far back as streams go.
func (c *carrier) step(ctx context.Context, last int64) error {
	from, write := c.last, c.rdb.Append
	if c.last == 0 {
		from, write = max(0, last-redis.Keep), c.rdb.Begin
	}
	page, err := c.db.EventsSince(ctx, from, redis.Page)
	if err != nil {
		return err
	}
	if len(page) == 0 {
		return errors.New("published events cannot be read back")
	}
	end, err := write(ctx, c.epoch, page)
	if err != nil {
		return err
	}
	if c.last == 0 && end > 0 {
		c.rebuilds.Inc()
	}
	if end == page[len(page)-1].Seq {
		c.appended.Add(float64(len(page)))
	}
	c.last = end // 0 when the stream was flushed meanwhile: the next step begins it again
	return nil
}

// compare finds out where the stream ends, and proves that it ends with what Postgres has in that place. If it does not,
// Postgres has lost published events (it was restored, or failed over to a standby that lagged): what readers of this epoch have
// seen is no longer true, so the epoch ends. The relay meets the new one at its next look. An end that cannot be read, as of a later
// version, is passed over where Postgres has given out its place and has what stands before it: readers take such an entry from Postgres.
func (c *carrier) compare(ctx context.Context, epoch string) error {
	c.known = false
	end, err := c.rdb.Last(ctx, epoch)
	if err != nil {
		return err
	}
	if end.Seq > 0 {
		same, err := c.confirm(ctx, epoch, end)
		if err != nil {
			return err
		}
		if !same {
			return c.endEpoch(ctx, epoch, end.Seq)
		}
	}
	if c.epoch != epoch {
		if err := c.rdb.NameEpoch(ctx, epoch); err != nil {
			return err
		}
	}
	c.epoch, c.last, c.known = epoch, end.Seq, true
	return nil
}

// confirm says whether Postgres has the stream's newest record that can be read, in the same place of the same epoch, and has come as far as the
// stream.
func (c *carrier) confirm(ctx context.Context, epoch string, end redis.End) (bool, error) {
	kept, err := c.db.EventsSince(ctx, end.Record.Seq-1, 1)
	if err != nil {
		return false, err
	}
	now, last, err := c.db.FeedPosition(ctx)
	if err != nil {
		return false, err
	}
	if now != epoch {
		return true, nil // that epoch has ended already
	}
	return last >= end.Seq && len(kept) == 1 && sameRecord(kept[0], end.Record), nil
}

func sameRecord(a, b domain.Record) bool {
	return a.Seq == b.Seq && a.SubjectID == b.SubjectID && a.Version == b.Version && a.At.Equal(b.At)
}

func (c *carrier) endEpoch(ctx context.Context, epoch string, seq int64) error {
	fresh := domain.ID(id.New()).String()
	next := fresh[len(fresh)-8:] // of a UUIDv7 the tail is the random part
	c.log.ErrorContext(ctx, "the stream ends with what Postgres does not have, or no longer: a new epoch begins", logkey.Epoch, epoch, logkey.Seq, seq)
	if err := c.db.EndEpoch(ctx, epoch, next); err != nil {
		return err
	}
	return c.rdb.Retire(ctx, epoch)
}

// cause is the text for the log of an error that hides its cause from callers.
func cause(err error) string {
	var e *domain.Error
	if errors.As(err, &e) && e.Cause != nil {
		return e.Cause.Error()
	}
	return err.Error()
}
