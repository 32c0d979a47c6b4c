package redis_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/redis"
)

// TestReplicaTakesOver: when the streams' master is killed, writers and readers that know it reach the one that follows it, soon.
func TestReplicaTakesOver(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(testing.TB) *dbtest.RedisGroup{"cluster": dbtest.RedisCluster, "sentinel": dbtest.RedisSentinel} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			group := start(t)
			c, err := redis.Open(group.URL(), redis.Options{})
			require.NoError(t, err)
			t.Cleanup(func() { _ = c.Close() })
			reader := c.Reader(epoch, 0)
			all := records(1, 2)
			_, err = c.Begin(t.Context(), epoch, all[:1])
			require.NoError(t, err)
			got, err := reader.Next(t.Context(), time.Second)
			require.NoError(t, err)
			require.Len(t, got, 1)

			killed, start := group.KillMaster(), time.Now()
			require.True(t, dbtest.Within(30*time.Second, func() bool {
				_, err := c.Begin(t.Context(), epoch, all) // the replica may have missed the first
				return err == nil
			}), "nothing can be written")
			written := time.Since(start)
			require.True(t, dbtest.Within(30*time.Second, func() bool {
				got, err := reader.Next(t.Context(), 0)
				return err == nil && len(got) == 1
			}), "nothing can be read")
			require.NotEqual(t, killed, group.Master())
			t.Logf("written after %s, read after %s", written, time.Since(start))
		})
	}
}
