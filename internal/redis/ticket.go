package redis

import (
	"context"
	"time"
)

// Claim marks a one-use token as used, for ttl. It says whether this was the first use; known is false when Redis could
// not tell, and the caller then relies on its own memory.
func (c *Client) Claim(ctx context.Context, token string, ttl time.Duration) (first, known bool) {
	known = c.quick(ctx, "claim", func(ctx context.Context) (err error) {
		first, err = c.rdb.SetNX(ctx, "zoop:used:"+token, 1, ttl).Result()
		return err
	})
	return first, known
}
