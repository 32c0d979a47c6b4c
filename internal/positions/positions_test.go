package positions

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
	"github.com/zoop-dev/zoop/internal/redis"
)

// bench is a process that hears of couriers.
type bench struct {
	*Positions
	t    *testing.T
	ctx  context.Context
	pool *pgxpool.Pool
}

func setup(t *testing.T) *bench {
	t.Helper()
	t.Parallel()
	b := &bench{t: t, ctx: t.Context(), pool: dbtest.New(t)}
	db, err := postgres.FromPool(b.ctx, b.pool)
	require.NoError(t, err)
	t.Cleanup(db.Close)
	b.Positions = New(db, nil, slog.New(slog.DiscardHandler))
	return b
}

func (b *bench) exec(sql string, args ...any) {
	b.t.Helper()
	_, err := b.pool.Exec(b.ctx, sql, args...)
	require.NoError(b.t, err)
}

// withRedis gives the process a Redis of its own.
func (b *bench) withRedis() (*redis.Client, *dbtest.RedisServer) {
	b.t.Helper()
	server := dbtest.OwnRedis(b.t)
	client, err := redis.Open(server.URL(), redis.Options{QuickTimeout: time.Minute})
	require.NoError(b.t, err)
	b.t.Cleanup(func() { _ = client.Close() })
	b.redis = client
	return client, server
}

// seen is an approved courier who was last seen so long ago.
func (b *bench) seen(ago string) domain.Actor {
	b.t.Helper()
	c := domain.Actor{ID: domain.ID(id.New()), Role: domain.RoleCourier}
	b.exec(`INSERT INTO users (id, email, first_name, role) VALUES ($1, $2, 'Ravi', 'courier')`, c.ID.String(), c.ID.String()+"@example.com")
	b.exec(`INSERT INTO couriers (user_id, name, vehicle, status, online, lat, lng, located_at)
	        VALUES ($1, 'Ravi', 'motorbike', 'approved', true, 28.61, 77.21, now() - $2::interval)`, c.ID.String(), ago)
	return c
}

func fix(lat float64, ago time.Duration) rules.Fix {
	return rules.Fix{Point: domain.Point{Lat: lat, Lng: 77.21}, At: time.Now().Add(-ago)}
}

func (b *bench) latOf(c domain.Actor) (lat float64) {
	b.t.Helper()
	require.NoError(b.t, b.pool.QueryRow(b.ctx, `SELECT lat FROM couriers WHERE user_id = $1`, c.ID.String()).Scan(&lat))
	return lat
}

func TestPositionsGoToRedisAndNowAndThenToPostgres(t *testing.T) {
	b := setup(t)
	client, _ := b.withRedis()
	c := b.seen("1 hour")
	require.NoError(t, b.Move(b.ctx, c.ID, fix(28.61, 3*time.Second)))
	require.InDelta(t, 28.61, b.latOf(c), 0, "the first after a while is kept at once")
	for i := range 100 {
		require.NoError(t, b.Move(b.ctx, c.ID, fix(28.62+float64(i)/1e4, time.Second-time.Duration(i)*time.Millisecond)))
	}
	require.NoError(t, b.Move(b.ctx, c.ID, fix(28.70, 2*time.Second)), "one that comes late is passed over")
	b.Share(b.ctx, KeepEvery)
	at := client.Places(b.ctx, "", []domain.ID{c.ID})[c.ID]
	require.InDelta(t, 28.6299, at.Point.Lat, 1e-5, "Redis has the newest")
	require.InDelta(t, 28.61, b.latOf(c), 0, "Postgres hears of one in half a minute")
	b.Share(b.ctx, 0)
	require.InDelta(t, 28.6299, b.latOf(c), 1e-9)

	require.NoError(t, b.Move(b.ctx, c.ID, fix(28.64, 0)))
	b.Forget(b.ctx, c.ID, "")
	require.InDelta(t, 28.64, b.latOf(c), 1e-9, "whoever goes is kept where they went")
	require.Empty(t, client.Places(b.ctx, "", []domain.ID{c.ID}))
}

// Whoever Redis has seen lately is not away, whatever Postgres knows.
func TestRedisKnowsLater(t *testing.T) {
	b := setup(t)
	client, server := b.withRedis()
	c := b.seen("0s")
	require.NoError(t, b.Move(b.ctx, c.ID, fix(28.611, 0)))
	b.Share(b.ctx, KeepEvery)
	require.Len(t, client.Places(b.ctx, "", []domain.ID{c.ID}), 1)
	b.exec(`UPDATE couriers SET located_at = now() - interval '5 minutes' WHERE user_id = $1`, c.ID.String())
	w, err := b.Worker(b.ctx, c.ID)
	require.NoError(t, err)
	require.Empty(t, w.Excluded)
	require.InDelta(t, 28.611, w.At.Lat, 1e-5)
	server.Kill()
	w, err = b.Worker(b.ctx, c.ID)
	require.NoError(t, err)
	require.Equal(t, rules.Away, w.Excluded, "Redis is gone: what Postgres has")
}

func TestWhatRedisDidNotHearItHearsLater(t *testing.T) {
	b := setup(t)
	client, server := b.withRedis()
	c := b.seen("1 minute")
	server.Kill()
	require.NoError(t, b.Move(b.ctx, c.ID, fix(28.611, 0)))
	b.Share(b.ctx, KeepEvery)
	server.Restart()
	require.True(t, dbtest.Within(time.Minute, func() bool {
		b.Share(b.ctx, KeepEvery)
		return len(client.Places(b.ctx, "", []domain.ID{c.ID})) == 1
	}))
}

func TestAPositionOfLongAgoIsNone(t *testing.T) {
	b := setup(t)
	require.Equal(t, domain.Invalid, domain.KindOf(b.Move(b.ctx, b.seen("0s").ID, fix(28.61, time.Hour))))
}

// A courier whose row somebody holds is kept the next time; nobody waits.
func TestKeepingPassesOverWhoIsHeld(t *testing.T) {
	b := setup(t)
	held, free := b.seen("0s"), b.seen("0s")
	for _, c := range []domain.Actor{held, free} {
		require.NoError(t, b.Move(b.ctx, c.ID, fix(28.65, 0)))
	}
	tx, err := b.pool.Begin(b.ctx)
	require.NoError(t, err)
	_, err = tx.Exec(b.ctx, `SELECT FROM couriers WHERE user_id = $1 FOR UPDATE`, held.ID.String())
	require.NoError(t, err)
	b.Share(b.ctx, 0)
	require.InDelta(t, 28.65, b.latOf(free), 1e-9)
	require.InDelta(t, 28.61, b.latOf(held), 1e-9)
	require.NoError(t, tx.Rollback(b.ctx))
	b.Share(b.ctx, 0)
	require.InDelta(t, 28.65, b.latOf(held), 1e-9)
}

// A position that is never kept, because its courier was suspended or heard elsewhere since, is forgotten as well.
func TestWhoSaysNothingAnyMoreIsForgotten(t *testing.T) {
	b := setup(t)
	elsewhere, suspended := b.seen("0s"), b.seen("0s")
	for _, c := range []domain.Actor{elsewhere, suspended} {
		require.NoError(t, b.Move(b.ctx, c.ID, fix(28.65, 0)))
	}
	b.exec(`UPDATE couriers SET located_at = now() + interval '1 second' WHERE user_id = $1`, elsewhere.ID.String())
	b.exec(`UPDATE couriers SET status = 'suspended' WHERE user_id = $1`, suspended.ID.String())
	b.Share(b.ctx, 0)
	for _, at := range b.of {
		at.read = at.read.Add(-2 * forgetAfter)
	}
	b.Share(b.ctx, 0)
	require.Empty(t, b.of)
}

// Who was erased is not written back by a process that still knows where they were.
func TestWhoIsErasedStaysSo(t *testing.T) {
	b := setup(t)
	c := b.seen("0s")
	require.NoError(t, b.Move(b.ctx, c.ID, fix(28.61, 2*time.Second)))
	require.NoError(t, b.Move(b.ctx, c.ID, fix(28.65, 0)))
	b.erase(c)
	b.Share(b.ctx, 0)
	var kept int
	require.NoError(t, b.pool.QueryRow(b.ctx, `SELECT count(*) FROM couriers WHERE user_id = $1 AND lat IS NOT NULL`, c.ID.String()).Scan(&kept))
	require.Zero(t, kept)
}

func (b *bench) erase(c domain.Actor) {
	b.t.Helper()
	require.NoError(b.t, b.db.InTx(b.ctx, func(tx *postgres.Tx) error {
		_, err := tx.Erase(b.ctx, c, c.ID.String()+"@example.com")
		return err
	}))
}

func TestSilenceIsWhatWasListenedTo(t *testing.T) {
	t.Parallel()
	var e ears
	now := time.Now()
	require.Equal(t, forever, e.Silence(now), "just woken up")
	for range 10 {
		e.Listen(now, true)
		require.Equal(t, forever, e.Silence(now))
		now = now.Add(time.Minute)
	}
	require.Equal(t, rules.OfflineAfter, e.Silence(now))
	e.Listen(now, true)
	now = now.Add(time.Minute + time.Second)
	require.Equal(t, forever, e.Silence(now), "Postgres was away")
	e.Listen(now, true)
	require.Equal(t, forever, e.Silence(now))
}

// Where nobody at all is heard, it is not they who are silent; after an hour the last one has gone home.
func TestSilenceOfAllIsNobodys(t *testing.T) {
	t.Parallel()
	var e ears
	now := time.Now()
	for range 60 {
		require.Equal(t, forever, e.Silence(now))
		e.Listen(now, false)
		now = now.Add(time.Minute)
	}
	require.Zero(t, e.Listened(now))
	require.Equal(t, allQuiet, e.Silence(now))
}
