package redis

import (
	"context"
	"encoding/json"

	"github.com/zoop-dev/zoop/internal/logkey"
)

const hintChannel = "zoop:hints"

// The kinds of hint.
const (
	HintVendor  = "vendor"  // what is cached of a vendor is stale; Key is its ID
	HintSession = "session" // a sign-in was revoked; Key is its ID
)

// Hint tells every process at once what it would find out by itself a little later. Hints may be lost.
type Hint struct {
	Kind string `json:"kind"`
	Key  string `json:"key"`
}

// SendHint publishes a hint: Unavailable when Redis is away, which the caller may ignore.
func (c *Client) SendHint(ctx context.Context, h Hint) error {
	text, err := json.Marshal(h)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, c.quickTimeout)
	defer cancel()
	return away(c.rdb.Publish(ctx, hintChannel, text).Err())
}

// FollowHints calls fn, which must not block, with every hint that arrives, until ctx ends. It reconnects by itself.
func (c *Client) FollowHints(ctx context.Context, fn func(Hint)) error {
	return c.follow(ctx, hintChannel, func(payload string) error {
		var h Hint
		err := json.Unmarshal([]byte(payload), &h)
		if err == nil {
			fn(h)
		}
		return err
	})
}

// follow gives what is published in a channel to fn until ctx ends.
func (c *Client) follow(ctx context.Context, channel string, fn func(payload string) error) error {
	sub := c.rdb.Subscribe(ctx, channel)
	defer sub.Close()
	messages := sub.Channel()
	for {
		select {
		case <-ctx.Done():
			return nil
		case m, ok := <-messages:
			if !ok {
				return nil
			}
			if err := fn(m.Payload); err != nil {
				c.log.WarnContext(ctx, "message not understood", logkey.Task, channel, logkey.Error, err.Error())
			}
		}
	}
}
