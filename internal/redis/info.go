package redis

import (
	"context"
	"strings"

	goredis "github.com/redis/go-redis/v9"
)

// Info is what there is to know of a stream.
type Info struct {
	Name        string
	Length      int64 // entries
	First, Last int64 // seq of its oldest and newest entries; 0: it has none
	Groups      []Group
}

// Group is a consumer group of a stream. None of zoop's own readers is one.
type Group struct {
	Name      string
	Consumers int64
	Pending   int64 // handed out and not acknowledged
	Lag       int64 // not handed out yet; negative where Redis cannot tell
}

// Info looks at the epoch's stream. Unavailable when Redis is away.
func (c *Client) Info(ctx context.Context, epoch string) (Info, error) {
	ctx, cancel := context.WithTimeout(ctx, c.quickTimeout)
	defer cancel()
	info := Info{Name: streamKey(epoch)}
	var first, last *goredis.XMessageSliceCmd
	var length *goredis.IntCmd
	_, err := c.rdb.Pipelined(ctx, func(p goredis.Pipeliner) error {
		length = p.XLen(ctx, info.Name)
		first, last = p.XRangeN(ctx, info.Name, "-", "+", 1), p.XRevRangeN(ctx, info.Name, "+", "-", 1)
		return nil
	})
	if err != nil {
		return info, away(err)
	}
	info.Length = length.Val()
	for at, found := range map[*int64][]goredis.XMessage{&info.First: first.Val(), &info.Last: last.Val()} {
		for _, entry := range found {
			*at, _ = seqOf(entry.ID) // one that is not of our making counts as none
		}
	}
	groups, err := c.rdb.XInfoGroups(ctx, info.Name).Result()
	if err != nil {
		if strings.Contains(err.Error(), "no such key") {
			return info, nil
		}
		return info, away(err)
	}
	for _, g := range groups {
		info.Groups = append(info.Groups, Group{Name: g.Name, Consumers: g.Consumers, Pending: g.Pending, Lag: g.Lag})
	}
	return info, nil
}
