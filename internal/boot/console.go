package boot

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"

	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/config"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/redis"
	"github.com/zoop-dev/zoop/internal/tui"
	"github.com/zoop-dev/zoop/internal/tui/feed"
)

// Console shows the console of o against the API and the Redis of the settings. Its token is that of the settings, else the
// one that the `zoop up` of the data directory keeps, read again whenever the API refuses it. Without a Redis the API is polled.
// Errors: Unauthenticated when there is no token; Invalid for addresses that make no sense; those of tui.Run.
func Console(ctx context.Context, c *config.Config, dataDir string, o tui.Options) error {
	api, err := staffClient(c, dataDir, 1)
	if err != nil {
		return err
	}
	if err := begins(ctx, api, "from", o.From); err != nil {
		return err
	}
	return console(ctx, c, api, o)
}

func console(ctx context.Context, c *config.Config, api *client.Client, o tui.Options) error {
	if c.RedisURL != "" {
		rdb, err := redis.Open(c.RedisURL, redis.Options{PoolSize: 2, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			return fmt.Errorf("open redis: %w", err)
		}
		defer func() { _ = rdb.Close() }() // nothing was written
		o.Streams = feed.Redis(rdb)
	}
	o.API, o.Desk, o.Refused, o.Fixed = api, api, refused, c.Token != ""
	if u, err := url.Parse(c.APIURL); err == nil {
		o.Label = u.Host
	}
	return tui.Run(ctx, o)
}

// begins refuses a beginning, by the word of its flag, beyond the last event, which would be taken for now: Invalid. Where that cannot be asked, whoever follows
// asks until it can.
func begins(ctx context.Context, api *client.Client, flag string, from *int64) error {
	if from == nil || *from == 0 {
		return nil
	}
	page, err := api.Events(ctx, *from, 1)
	if err == nil && *from > page.Last {
		return domain.Invalidf(flag, "range", "there is no event %d yet: the last one is %d", *from, page.Last)
	}
	return nil
}

// refused says whether the API will not talk to this token, now.
func refused(err error) bool {
	return client.RefusedToken(err) || domain.KindOf(err) == domain.Unauthenticated
}
