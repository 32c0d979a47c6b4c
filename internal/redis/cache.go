package redis

import (
	"context"
	"errors"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/zoop-dev/zoop/internal/logkey"
)

const cachePrefix = "zoop:cache:"

// Get reads a cached value. A Redis that is away is a miss.
func (c *Client) Get(ctx context.Context, key string) ([]byte, bool) {
	var value []byte
	ok := c.quick(ctx, "cache get", func(ctx context.Context) (err error) {
		value, err = c.rdb.Get(ctx, cachePrefix+key).Bytes()
		return err
	})
	return value, ok
}

// Set caches a value for a time, if it can.
func (c *Client) Set(ctx context.Context, key string, value []byte, ttl time.Duration) {
	c.quick(ctx, "cache set", func(ctx context.Context) error {
		return c.rdb.Set(ctx, cachePrefix+key, value, ttl).Err()
	})
}

// Delete forgets cached values, if it can: whoever must not read them again also compares versions.
func (c *Client) Delete(ctx context.Context, keys ...string) {
	c.quick(ctx, "cache delete", func(ctx context.Context) error {
		pipe := c.rdb.Pipeline() // single DELs: in a Cluster the keys live on different nodes
		for _, key := range keys {
			pipe.Del(ctx, cachePrefix+key)
		}
		_, err := pipe.Exec(ctx)
		return err
	})
}

// quick runs what the caller can do without: for a quarter of a second at most, if nothing else was said, and not at all shortly after a failure.
// It says whether there was an answer other than "no such key".
func (c *Client) quick(ctx context.Context, task string, do func(context.Context) error) bool {
	return c.within(ctx, c.quickTimeout, task, do)
}

// within is quick for what nobody waits for.
func (c *Client) within(ctx context.Context, limit time.Duration, task string, do func(context.Context) error) bool {
	if c.pause.Open() {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := do(ctx)
	switch {
	case err == nil:
		return true
	case errors.Is(err, goredis.Nil), errors.Is(err, context.Canceled):
		return false
	}
	c.pause.Note(err)
	c.log.WarnContext(ctx, "redis left alone for a moment", logkey.Task, task, logkey.Error, err.Error())
	return false
}
