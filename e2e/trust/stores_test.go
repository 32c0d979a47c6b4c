package trust

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/postgres"
	"github.com/zoop-dev/zoop/internal/redis"
)

// stores are the Redis of a test: one process, or several of which one takes over for another.
type stores struct {
	url   string             // "": the one that every place has
	group *dbtest.RedisGroup // nil: nobody takes over
}

func alone(*testing.T) stores { return stores{} }

func bySentinel(t *testing.T) stores { return inGroup(dbtest.RedisSentinel(t)) }

func inCluster(t *testing.T) stores { return inGroup(dbtest.RedisCluster(t)) }

func inGroup(g *dbtest.RedisGroup) stores { return stores{g.URL(), g} }

// onEachRedis shows a line on one Redis, on one with Sentinels and in a Cluster, one after the other; the short form on the named one alone.
func onEachRedis(t *testing.T, short string, line func(t *testing.T, r stores)) {
	t.Helper()
	for _, kind := range []struct {
		name  string
		start func(*testing.T) stores
	}{{"alone", alone}, {"sentinel", bySentinel}, {"cluster", inCluster}} {
		if full() || kind.name == short {
			t.Run(kind.name, func(t *testing.T) { line(t, kind.start(t)) })
		}
	}
}

// takeOver kills the master, where there is another to take its place, and waits until it is back as that one's replica.
func (r stores) takeOver() {
	if r.group != nil {
		r.group.TakeOver()
	}
}

// shop is newShop with this Redis.
func (r stores) shop(t *testing.T, env ...string) *shop {
	t.Helper()
	if r.url == "" {
		return newShop(t, env...)
	}
	s := newShop(t, append([]string{"ZOOP_REDIS_URL=" + r.url}, env...)...)
	s.redis = r.url
	return s
}

// requireStream proves that the stream keeps as much as it is to keep up to a place, and has in each place of that what Postgres has there.
func (s *shop) requireStream(last int64) {
	s.t.Helper()
	db, err := postgres.Open(s.t.Context(), s.db, postgres.Options{MaxConns: 1})
	require.NoError(s.t, err)
	defer db.Close()
	c, err := redis.Open(s.redis, redis.Options{PoolSize: 1})
	require.NoError(s.t, err)
	defer func() { _ = c.Close() }()
	epoch, _, err := db.FeedPosition(s.t.Context())
	require.NoError(s.t, err)
	stream := c.Reader(epoch, 0)
	kept, err := stream.Next(s.t.Context(), 0)
	if gap := new(redis.GapError); errors.As(err, &gap) { // what was trimmed
		require.LessOrEqual(s.t, gap.To, max(0, last-redis.Keep), "the stream keeps too little")
		stream.Skip(gap.To)
		kept, err = stream.Next(s.t.Context(), 0)
	}
	for {
		require.NoError(s.t, err)
		require.NotEmpty(s.t, kept, "the stream ends at %d of %d", stream.Cursor(), last)
		want, readErr := db.EventsSince(s.t.Context(), kept[0].Seq-1, len(kept))
		require.NoError(s.t, readErr)
		require.Len(s.t, want, len(kept))
		for n := range kept {
			require.Equal(s.t, inStream(want[n]), inStream(kept[n]))
		}
		if stream.Cursor() >= last {
			return
		}
		kept, err = stream.Next(s.t.Context(), 0)
	}
}

// inStream is a record without what only Postgres keeps of it: which customer, vendor or courier acted.
func inStream(r domain.Record) domain.Record {
	if r.At = r.At.UTC(); !r.ActorRole.Staff() {
		r.ActorID = domain.Nil
	}
	return r
}
