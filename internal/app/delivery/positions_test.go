package delivery

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/positions"
	"github.com/zoop-dev/zoop/internal/redis"
)

// withRedis gives the marketplace a Redis of its own.
func (b *bench) withRedis() (*redis.Client, *dbtest.RedisServer) {
	b.t.Helper()
	server := dbtest.OwnRedis(b.t)
	client, err := redis.Open(server.URL(), redis.Options{QuickTimeout: time.Minute})
	require.NoError(b.t, err)
	b.t.Cleanup(func() { _ = client.Close() })
	b.hear(client)
	return client, server
}

func fix(lat float64, ago time.Duration) rules.Fix {
	return rules.Fix{Point: domain.Point{Lat: lat, Lng: 77.21}, At: time.Now().Add(-ago)}
}

// seen is a courier who was last seen so long ago.
func (b *bench) seen(ago string) domain.Actor {
	b.t.Helper()
	c := b.courier(0)
	b.exec(`UPDATE couriers SET located_at = now() - $2::interval WHERE user_id = $1`, c.ID.String(), ago)
	return c
}

func (b *bench) latOf(c domain.Actor) float64 {
	b.t.Helper()
	mine, err := b.db.CourierByID(b.ctx, c.ID)
	require.NoError(b.t, err)
	return mine.Location.Lat
}

func TestALastPositionIsKeptWithTheHandover(t *testing.T) {
	b := setup(t)
	orderID := b.order("ready")
	c := b.courier(0.001)
	_, err := b.Dispatch(b.ctx)
	require.NoError(t, err)
	d, err := b.Accept(b.ctx, c, b.offerOf(c), 0)
	require.NoError(t, err)
	require.NoError(t, b.positions.Move(b.ctx, c.ID, fix(28.65, 0)))
	require.InDelta(t, 28.611, b.latOf(c), 1e-9)
	_, err = b.PickUp(b.ctx, c, d.ID, 0, Pickup{Code: "4711"})
	require.NoError(t, err)
	require.InDelta(t, 28.65, b.latOf(c), 1e-9)
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM orders WHERE id = $1 AND state = 'picked_up'`, orderID.String()))
}

// Redis is gone, or hangs: nothing is refused, and couriers are found by what Postgres has.
func TestPositionsWithoutRedis(t *testing.T) {
	b := setup(t)
	_, server := b.withRedis()
	c := b.seen("1 hour")
	server.Kill()
	require.NoError(t, b.positions.Move(b.ctx, c.ID, fix(28.611, time.Second)))
	b.positions.Share(b.ctx, positions.KeepEvery)
	require.NoError(t, b.positions.Move(b.ctx, c.ID, fix(28.612, 0)))
	b.order("preparing")
	made, err := b.Dispatch(b.ctx)
	require.NoError(t, err)
	require.Equal(t, 1, made)
	require.NotEqual(t, domain.Nil, b.offerOf(c))
}

// Who is suspended with food brings it, and is followed until they have.
func TestWhoIsSuspendedIsLocatedWhileTheyCarry(t *testing.T) {
	b := setup(t)
	c := b.courier(0.001)
	b.order("ready")
	_, err := b.Dispatch(b.ctx)
	require.NoError(t, err)
	d, err := b.Accept(b.ctx, c, b.offerOf(c), 0)
	require.NoError(t, err)
	_, err = b.PickUp(b.ctx, c, d.ID, 0, Pickup{Code: "4711"})
	require.NoError(t, err)
	_, err = b.Judge(b.ctx, b.boss(), c.ID, 0, "suspend", "late")
	require.NoError(t, err)
	require.NoError(t, b.positions.Move(b.ctx, c.ID, fix(28.65, 0)))
	b.positions.Share(b.ctx, 0)
	require.InDelta(t, 28.65, b.latOf(c), 1e-9)
	_, err = b.Deliver(b.ctx, c, d.ID, 0, Handover{PIN: "0042"})
	require.NoError(t, err)
	require.Equal(t, domain.Conflict, domain.KindOf(b.positions.Move(b.ctx, c.ID, fix(28.66, -time.Second))))
}
