package delivery

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/postgres"
	"github.com/zoop-dev/zoop/internal/redis"
)

// withRedis gives the marketplace a Redis of its own.
func (b *bench) withRedis() (*redis.Client, *dbtest.RedisServer) {
	b.t.Helper()
	server := dbtest.OwnRedis(b.t)
	client, err := redis.Open(server.URL(), redis.Options{})
	require.NoError(b.t, err)
	b.t.Cleanup(func() { _ = client.Close() })
	b.positions.redis = client
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
	mine, err := b.Service.Courier(b.ctx, c)
	require.NoError(b.t, err)
	return mine.Location.Lat
}

func TestPositionsGoToRedisAndNowAndThenToPostgres(t *testing.T) {
	b := setup(t)
	client, _ := b.withRedis()
	c := b.seen("1 hour")
	require.NoError(t, b.Move(b.ctx, c, fix(28.61, 3*time.Second)))
	require.InDelta(t, 28.61, b.latOf(c), 0, "the first after a while is kept at once")
	for i := range 100 {
		require.NoError(t, b.Move(b.ctx, c, fix(28.62+float64(i)/1e4, time.Second-time.Duration(i)*time.Millisecond)))
	}
	require.NoError(t, b.Move(b.ctx, c, fix(28.70, 2*time.Second)), "one that comes late is passed over")
	b.positions.round(b.ctx, keepEvery)
	at := client.Places(b.ctx, "", []domain.ID{c.ID})[c.ID]
	require.InDelta(t, 28.6299, at.Point.Lat, 1e-5, "Redis has the newest")
	require.InDelta(t, 28.61, b.latOf(c), 0, "Postgres hears of one in half a minute")
	b.positions.round(b.ctx, 0)
	require.InDelta(t, 28.6299, b.latOf(c), 1e-9)

	require.NoError(t, b.Move(b.ctx, c, fix(28.64, 0)))
	_, err := b.SetOnline(b.ctx, c, 0, false)
	require.NoError(t, err)
	require.InDelta(t, 28.64, b.latOf(c), 1e-9, "whoever goes is kept where they went")
	require.Empty(t, client.Places(b.ctx, "", []domain.ID{c.ID}))
}

func TestALastPositionIsKeptWithTheHandover(t *testing.T) {
	b := setup(t)
	orderID := b.order("ready")
	c := b.courier(0.001)
	_, err := b.Dispatch(b.ctx)
	require.NoError(t, err)
	d, err := b.Accept(b.ctx, c, b.offerOf(c), 0)
	require.NoError(t, err)
	require.NoError(t, b.Move(b.ctx, c, fix(28.65, 0)))
	require.InDelta(t, 28.611, b.latOf(c), 1e-9)
	_, err = b.PickUp(b.ctx, c, d.ID, 0, "4711")
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
	require.NoError(t, b.Move(b.ctx, c, fix(28.611, time.Second)))
	b.positions.round(b.ctx, keepEvery)
	require.NoError(t, b.Move(b.ctx, c, fix(28.612, 0)))
	b.order("preparing")
	made, err := b.Dispatch(b.ctx)
	require.NoError(t, err)
	require.Equal(t, 1, made)
	require.NotEqual(t, domain.Nil, b.offerOf(c))
}

func TestWhatRedisDidNotHearItHearsLater(t *testing.T) {
	b := setup(t)
	client, server := b.withRedis()
	c := b.seen("1 minute")
	server.Kill()
	require.NoError(t, b.Move(b.ctx, c, fix(28.611, 0)))
	b.positions.round(b.ctx, keepEvery)
	server.Restart()
	require.True(t, dbtest.Within(10*time.Second, func() bool {
		b.positions.round(b.ctx, keepEvery)
		return len(client.Places(b.ctx, "", []domain.ID{c.ID})) == 1
	}))
}

func TestWhoMayNotCarryIsNotLocated(t *testing.T) {
	b := setup(t)
	c := b.courier(0)
	require.NoError(t, b.Move(b.ctx, c, fix(28.61, 0)))
	_, err := b.Judge(b.ctx, domain.Actor{ID: newID(), Role: domain.RoleAdmin}, c.ID, 0, "suspend", "late")
	require.NoError(t, err)
	require.Equal(t, domain.Conflict, domain.KindOf(b.Move(b.ctx, c, fix(28.61, 0))))
	require.Equal(t, domain.Invalid, domain.KindOf(b.Move(b.ctx, b.courier(0), fix(28.61, time.Hour))))
}

// A courier whose row somebody holds is kept the next time; nobody waits.
func TestKeepingPassesOverWhoIsHeld(t *testing.T) {
	b := setup(t)
	held, free := b.courier(0), b.courier(0)
	for _, c := range []domain.Actor{held, free} {
		require.NoError(t, b.Move(b.ctx, c, fix(28.65, 0)))
	}
	tx, err := b.pool.Begin(b.ctx)
	require.NoError(t, err)
	_, err = tx.Exec(b.ctx, `SELECT FROM couriers WHERE user_id = $1 FOR UPDATE`, held.ID.String())
	require.NoError(t, err)
	b.positions.round(b.ctx, 0)
	require.InDelta(t, 28.65, b.latOf(free), 1e-9)
	require.InDelta(t, 28.61, b.latOf(held), 1e-9)
	require.NoError(t, tx.Rollback(b.ctx))
	b.positions.round(b.ctx, 0)
	require.InDelta(t, 28.65, b.latOf(held), 1e-9)
}

// A position that is never kept, because its courier was suspended or heard elsewhere since, is forgotten as well.
func TestWhoSaysNothingAnyMoreIsForgotten(t *testing.T) {
	b := setup(t)
	elsewhere, suspended := b.courier(0), b.courier(0)
	for _, c := range []domain.Actor{elsewhere, suspended} {
		require.NoError(t, b.Move(b.ctx, c, fix(28.65, 0)))
	}
	b.exec(`UPDATE couriers SET located_at = now() + interval '1 second' WHERE user_id = $1`, elsewhere.ID.String())
	b.exec(`UPDATE couriers SET status = 'suspended' WHERE user_id = $1`, suspended.ID.String())
	b.positions.round(b.ctx, 0)
	for _, at := range b.positions.of {
		at.read = at.read.Add(-2 * forgetAfter)
	}
	b.positions.round(b.ctx, 0)
	require.Empty(t, b.positions.of)
}

func (b *bench) erase(c domain.Actor) {
	b.t.Helper()
	require.NoError(b.t, b.db.InTx(b.ctx, func(tx *postgres.Tx) error {
		_, err := tx.Erase(b.ctx, c, c.ID.String()+"@example.com")
		return err
	}))
}

// Who was erased is not written back by a process that still knows where they were.
func TestWhoIsErasedStaysSo(t *testing.T) {
	b := setup(t)
	c := b.courier(0)
	require.NoError(t, b.Move(b.ctx, c, fix(28.61, 2*time.Second)))
	require.NoError(t, b.Move(b.ctx, c, fix(28.65, 0)))
	b.erase(c)
	b.positions.round(b.ctx, 0)
	require.Zero(t, b.scan(`SELECT count(*) FROM couriers WHERE user_id = $1 AND lat IS NOT NULL`, c.ID.String()))
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
	_, err = b.PickUp(b.ctx, c, d.ID, 0, "4711")
	require.NoError(t, err)
	_, err = b.Judge(b.ctx, b.boss(), c.ID, 0, "suspend", "late")
	require.NoError(t, err)
	require.NoError(t, b.Move(b.ctx, c, fix(28.65, 0)))
	b.positions.round(b.ctx, 0)
	require.InDelta(t, 28.65, b.latOf(c), 1e-9)
	_, err = b.Deliver(b.ctx, c, d.ID, 0, Handover{PIN: "0042"})
	require.NoError(t, err)
	require.Equal(t, domain.Conflict, domain.KindOf(b.Move(b.ctx, c, fix(28.66, -time.Second))))
}
