package redis_test

import (
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/redis"
)

func TestPlaces(t *testing.T) {
	t.Parallel()
	c, raw := setup(t)
	ctx := t.Context()
	now := time.Now().UTC().Truncate(time.Millisecond)
	ravi, mira, polar := domain.ID(id.New()), domain.ID(id.New()), domain.ID(id.New())
	at := func(who domain.ID, lat float64, ago time.Duration) redis.Place {
		return redis.Place{CourierID: who, Point: domain.Point{Lat: lat, Lng: 77.21}, At: now.Add(-ago)}
	}
	c.Locate(ctx, "New Delhi", []redis.Place{at(ravi, 28.61, time.Second), at(mira, 28.62, 0), at(polar, 89, 0)})
	c.Locate(ctx, "new delhi", []redis.Place{at(ravi, 28.70, 2*time.Second)}) // came late
	found := c.Places(ctx, "New Delhi", []domain.ID{ravi, mira, polar, id.New()})
	require.Len(t, found, 2, "a geo set has no poles")
	require.InDelta(t, 28.61, found[ravi].Point.Lat, 1e-5)
	require.InDelta(t, 77.21, found[ravi].Point.Lng, 1e-5)
	require.Equal(t, now.Add(-time.Second), found[ravi].At)
	require.Empty(t, c.Places(ctx, "Lisbon", []domain.ID{ravi}))

	near, err := raw.GeoSearch(ctx, "zoop:{couriers:new+delhi}:at", &goredis.GeoSearchQuery{Longitude: 77.21, Latitude: 28.61, Radius: 500, RadiusUnit: "m"}).Result()
	require.NoError(t, err)
	require.Equal(t, []string{ravi.String()}, near)

	for _, key := range []string{"at", "seen"} {
		ttl, err := raw.TTL(ctx, "zoop:{couriers:new+delhi}:"+key).Result()
		require.NoError(t, err)
		require.InDelta(t, 15*time.Minute, ttl, float64(time.Minute), "nobody stays in a city that says nothing any more")
	}

	c.Locate(ctx, "New Delhi", []redis.Place{{CourierID: mira, Point: domain.Point{Lat: 28.62, Lng: 77.21}, At: now.Add(time.Hour)}})
	found = c.Places(ctx, "New Delhi", []domain.ID{ravi, mira})
	require.Len(t, found, 1, "whoever was not seen for long is forgotten")
	c.ForgetPlace(ctx, "New Delhi", mira)
	require.Empty(t, c.Places(ctx, "New Delhi", []domain.ID{ravi, mira}))
}

// Nobody waits for a Redis that is gone, and nothing fails.
func TestPlacesWithoutRedis(t *testing.T) {
	t.Parallel()
	server := dbtest.OwnRedis(t)
	c, err := redis.Open(server.URL(), redis.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	server.Kill()
	who := domain.ID(id.New())
	c.Locate(t.Context(), "", []redis.Place{{CourierID: who, Point: domain.Point{Lat: 1, Lng: 1}, At: time.Now()}})
	require.Empty(t, c.Places(t.Context(), "", []domain.ID{who}))
}
