package redis

import (
	"context"
	_ "embed"
	"errors"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Keep is how many entries a stream is trimmed to, and so how much of it is rebuilt after a flush.
const Keep = 100_000

// Page is how many records are written or read at once.
const Page = 500

const epochKey = "zoop:{events}:epoch"

func streamKey(epoch string) string { return "zoop:{events}:" + epoch + ":orders" }

//go:embed append.lua
var appendSource string

var appendScript = goredis.NewScript(appendSource)

// Append adds published records, dense and ascending, to the epoch's stream, as entries "<seq>-0". Those at or below the
// stream's last entry are there already and are passed over; those that do not follow it directly are not written. So
// any number of writers, paused and resumed at will, leave neither a duplicate nor a hole. To an empty stream nothing
// is written: see Begin. It returns the seq of the last entry, 0 when the stream is empty; Unavailable when Redis is away.
func (c *Client) Append(ctx context.Context, epoch string, records []domain.Record) (last int64, err error) {
	return c.append(ctx, epoch, "", records)
}

// Begin is Append that may also write the first entries of an empty stream. It leaves the epoch's name for readers.
func (c *Client) Begin(ctx context.Context, epoch string, records []domain.Record) (last int64, err error) {
	if err := c.NameEpoch(ctx, epoch); err != nil {
		return 0, err
	}
	return c.append(ctx, epoch, "new", records)
}

func (c *Client) append(ctx context.Context, epoch, mode string, records []domain.Record) (int64, error) {
	args := make([]any, 0, 2+20*len(records))
	args = append(args, Keep, mode)
	for _, r := range records {
		fields := fieldsOf(r)
		args = append(args, r.Seq, len(fields))
		args = append(args, fields...)
	}
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	last, err := appendScript.Run(ctx, c.rdb, []string{streamKey(epoch)}, args...).Int64()
	return last, away(err)
}

// End is where a stream ends.
type End struct {
	Seq    int64         // of the last entry, whoever wrote it, in whatever form; 0: the stream is empty
	Record domain.Record // the newest of the last 500 that can be read; the zero Record when none can
}

// Last finds out where the epoch's stream ends. A later version, or a stranger, may have written what stands there: such an entry has a
// place, too, and the stream is not empty.
func (c *Client) Last(ctx context.Context, epoch string) (End, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	var end End
	for _, many := range []int64{1, Page} { // more only where one does not do
		entries, err := c.rdb.XRevRangeN(ctx, streamKey(epoch), "+", "-", many).Result()
		if err != nil || len(entries) == 0 {
			return End{}, away(err)
		}
		end.Seq, _ = seqOf(entries[0].ID) // a place, even if it is not one of ours
		for _, e := range entries {
			if r, err := recordOf(e.ID, e.Values); err == nil {
				end.Record = r
				return end, nil
			}
		}
	}
	return end, nil
}

// NameEpoch leaves the current epoch's name for readers that have no Postgres.
func (c *Client) NameEpoch(ctx context.Context, epoch string) error {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	return away(c.rdb.Set(ctx, epochKey, epoch, 0).Err())
}

// Epoch reads the current epoch's name; "" when nobody has left it.
func (c *Client) Epoch(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	epoch, err := c.rdb.Get(ctx, epochKey).Result()
	if errors.Is(err, goredis.Nil) {
		return "", nil
	}
	return epoch, away(err)
}

// retireAfter is how long the stream of an epoch that has ended may still be looked at.
const retireAfter = time.Hour

// Retire lets the stream of an epoch that has ended expire.
func (c *Client) Retire(ctx context.Context, epoch string) error {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	return away(c.rdb.Expire(ctx, streamKey(epoch), retireAfter).Err())
}
