package redis

import (
	"context"
	_ "embed"
	"encoding/base64"
	"errors"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/zoop-dev/zoop/internal/limit"
	"github.com/zoop-dev/zoop/internal/logkey"
)

// limitTimeout is how long a request waits for its limits where nothing else was said.
const limitTimeout = 50 * time.Millisecond

//go:embed limit.lua
var limitSource string

var limitScript = goredis.NewScript(limitSource)

// limitKey has the same hash tag for all limits: in a Cluster the keys of one call must live together, and no better tag
// is shared by an account and the addresses it comes from. So one node counts for all.
func limitKey(k limit.Key) string {
	return "zoop:{limits}:" + k.Name + ":" + base64.RawURLEncoding.EncodeToString(k.ID[:])
}

// Limit uses one request up of each limit, or of none of them when one refuses, in one round trip. All processes share them.
// known is false when Redis did not say in time, or is left alone after a failure; the caller then relies on its own
// memory.
func (c *Client) Limit(ctx context.Context, asks ...limit.Ask) (v limit.Verdict, known bool) {
	if c.pause.Open() || !c.limits.Enter() {
		return v, false
	}
	keys, args := make([]string, len(asks)), make([]any, 0, 2*len(asks))
	for i, a := range asks {
		keys[i] = limitKey(a.Key)
		args = append(args, a.Rate.Every.Microseconds(), a.Rate.Burst)
	}
	ctx, cancel := context.WithTimeout(ctx, c.limitTimeout)
	defer cancel()
	n, err := limitScript.Run(ctx, c.rdb, keys, args...).Int64Slice()
	if err == nil && len(n) != 5 {
		err = errors.New("the script answered something else")
	}
	if err != nil {
		if !errors.Is(err, context.Canceled) {
			c.limits.Note(err)
			c.log.WarnContext(ctx, "redis left alone for a moment", logkey.Task, "limit", logkey.Error, err.Error())
		}
		return v, false
	}
	c.limits.Note(nil)
	return limit.Verdict{
		OK: n[0] == 1, Which: int(n[1]) - 1, Remaining: int(n[2]),
		RetryAfter: time.Duration(n[3]) * time.Microsecond, Reset: time.Duration(n[4]) * time.Microsecond,
	}, true
}
