package redis_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/redis"
)

// TestViewers: whoever looks sees the others and not themselves, with what they said last, until they leave.
func TestViewers(t *testing.T) {
	t.Parallel()
	c, raw := setup(t)
	order, other, asha, ravi := domain.ID(id.New()), domain.ID(id.New()), domain.ID(id.New()), domain.ID(id.New())
	look := func(who domain.ID, v redis.Viewer) []redis.Viewer {
		return c.View(t.Context(), order, who, v, time.Minute, 3)
	}
	require.Empty(t, look(asha, redis.Viewer{Name: "Asha"}))
	require.Equal(t, []redis.Viewer{{Name: "Asha"}}, look(ravi, redis.Viewer{Name: "Ravi O\"Neil\n", Doing: "refund"}))
	require.Equal(t, []redis.Viewer{{Name: "Ravi O\"Neil\n", Doing: "refund"}}, look(asha, redis.Viewer{Name: "Asha", Doing: "cancel"}))
	require.Equal(t, []redis.Viewer{{Name: "Asha", Doing: "cancel"}}, look(ravi, redis.Viewer{Name: "Ravi"}))
	require.Empty(t, c.View(t.Context(), other, asha, redis.Viewer{Name: "Asha"}, time.Minute, 3), "of another order")
	c.Leave(t.Context(), order, asha)
	require.Empty(t, look(ravi, redis.Viewer{Name: "Ravi"}))

	for n := range 5 { // more than there may be
		look(id.New(), redis.Viewer{Name: fmt.Sprint(n)})
	}
	require.Equal(t, []redis.Viewer{{Name: "0"}, {Name: "1"}}, look(ravi, redis.Viewer{Name: "Ravi"}), "who comes too late sees, and is not seen")
	ttl, err := raw.PTTL(t.Context(), "zoop:viewers:"+order.String()).Result()
	require.NoError(t, err)
	require.InDelta(t, time.Minute, ttl, float64(5*time.Second), "nothing stays when all have gone")
}

// TestViewersPass: whoever says nothing any more is forgotten, although others keep the order alive.
func TestViewersPass(t *testing.T) {
	t.Parallel()
	c, _ := setup(t)
	order, asha := domain.ID(id.New()), domain.ID(id.New())
	c.View(t.Context(), order, id.New(), redis.Viewer{Name: "Ravi"}, 300*time.Millisecond, 20)
	gone := dbtest.Within(time.Minute, func() bool {
		return len(c.View(t.Context(), order, asha, redis.Viewer{Name: "Asha"}, 300*time.Millisecond, 20)) == 0
	})
	require.True(t, gone)
}

// TestViewersOfMany: what several say at once is all there.
func TestViewersOfMany(t *testing.T) {
	t.Parallel()
	c, _ := setup(t)
	order := domain.ID(id.New())
	var all sync.WaitGroup
	for n := range 15 {
		all.Go(func() { c.View(t.Context(), order, id.New(), redis.Viewer{Name: fmt.Sprint(n)}, time.Minute, 20) })
	}
	all.Wait()
	require.Len(t, c.View(t.Context(), order, id.New(), redis.Viewer{Name: "last"}, time.Minute, 20), 15)
}

// TestNobodyIsSeenWithoutRedis, and nobody waits for it.
func TestNobodyIsSeenWithoutRedis(t *testing.T) {
	t.Parallel()
	server := dbtest.OwnRedis(t)
	c, err := redis.Open(server.URL(), redis.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	order := domain.ID(id.New())
	c.View(t.Context(), order, id.New(), redis.Viewer{Name: "Ravi"}, time.Minute, 20)
	server.Kill()
	require.Empty(t, c.View(t.Context(), order, id.New(), redis.Viewer{Name: "Asha"}, time.Minute, 20))
	c.Leave(t.Context(), order, id.New())
}
