package redis_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/redis"
)

// TestInfo tells of a stream that is not there, of one that is, and of the consumer groups that somebody else has made.
func TestInfo(t *testing.T) {
	t.Parallel()
	c, raw := setup(t)
	info, err := c.Info(t.Context(), epoch)
	require.NoError(t, err)
	require.Equal(t, redis.Info{Name: "zoop:{events}:e1:orders"}, info)

	_, err = c.Begin(t.Context(), epoch, records(7, 12))
	require.NoError(t, err)
	require.NoError(t, raw.XGroupCreate(t.Context(), info.Name, "reports", "0").Err())
	info, err = c.Info(t.Context(), epoch)
	require.NoError(t, err)
	require.Equal(t, redis.Info{Name: info.Name, Length: 6, First: 7, Last: 12, Groups: []redis.Group{{Name: "reports", Lag: 6}}}, info)
}
