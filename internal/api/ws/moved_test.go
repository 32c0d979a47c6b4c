package ws

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/redis"
)

// follows opens a socket of somebody and subscribes to an order, of which record tells.
func (b *bundle) follows(actor domain.Actor) *client {
	b.t.Helper()
	c := b.dial(actor)
	require.Equal(b.t, "subscribed", c.ask(`{"id":1,"type":"subscribe","topic":"order:`+staff.ID.String()+`"}`).Type)
	return c
}

// quiet makes sure that nothing has come before the answer to a ping.
func (c *client) quiet(why string) {
	c.t.Helper()
	require.Equal(c.t, "pong", c.ask(`{"id":9,"type":"ping"}`).Type, why)
}

func TestWhoFollowsAnOrderSeesItsCourierMove(t *testing.T) {
	t.Parallel()
	b := setup(t, func(d *Deps) { d.Authorizer = allow{topics: []Topic{{KindOrder, staff.ID}}} })
	courier := domain.Actor{ID: id.New(), Role: domain.RoleCourier, Session: id.New()}
	asked := domain.Actor{ID: id.New(), Role: domain.RoleCourier, Session: id.New()} // who was offered it, too
	buyer, other, theirs := b.follows(domain.Actor{ID: id.New(), Role: domain.RoleCustomer, Session: id.New()}), b.follows(asked), b.follows(courier)
	all := b.dial(staff)
	require.Equal(t, "subscribed", all.ask(`{"id":1,"type":"subscribe","topic":"ops"}`).Type)
	move := redis.Move{OrderID: staff.ID, CourierID: courier.ID, Version: 4, Lat: 28.6, Lng: 77.2, Coarse: true, At: time.Unix(1_750_000_000, 0).UTC()}
	now := time.Now() // which goes on only when it is told to
	b.hub.movedAt(move, now)
	var frame map[string]any
	require.NoError(t, buyer.ReadJSON(&frame))
	require.Equal(t, map[string]any{"type": "position", "topic": "order:" + staff.ID.String(),
		"position": map[string]any{"lat": 28.6, "lng": 77.2, "coarse": true, "at": "2025-06-15T15:06:40Z"}}, frame)
	require.Equal(t, "position", theirs.hear().Type)
	other.quiet("it is not their delivery")
	all.quiet("only who follows the order")

	b.hub.movedAt(move, now)
	buyer.quiet("once a second")
	for range 3 {
		now = now.Add(moveEvery - moveEarly/4)
		b.hub.movedAt(move, now)
		require.Equal(t, "position", buyer.hear().Type, "a little early")
	}
	now = now.Add(moveEvery - moveEarly/2)
	b.hub.movedAt(move, now)
	buyer.quiet("too often early: once a second on the average")
	now = now.Add(moveEarly)
	b.hub.movedAt(move, now)
	require.Equal(t, "position", buyer.hear().Type)

	now = now.Add(moveEvery)
	b.deliver(5, 5)
	require.Equal(t, "event", buyer.hear().Type)
	b.hub.movedAt(move, now)
	buyer.quiet("something has happened since: they may have handed it over")
	move.Version = 5
	b.hub.movedAt(move, now)
	require.Equal(t, "position", buyer.hear().Type)
	now = now.Add(moveEvery)
	move.OrderID = domain.ID(id.New())
	b.hub.movedAt(move, now)
	buyer.quiet("another order")
}

func TestASlowClientIsNotToldOfMoves(t *testing.T) {
	t.Parallel()
	b := setup(t, func(d *Deps) { d.Authorizer = allow{topics: []Topic{{KindOrder, staff.ID}}} })
	buyer := b.follows(domain.Actor{ID: id.New(), Role: domain.RoleCustomer, Session: id.New()})
	b.hub.mu.Lock()
	for c := range b.hub.conns {
		c.mu.Lock()
		c.held += swift + 1
		c.mu.Unlock()
	}
	b.hub.mu.Unlock()
	b.hub.Moved(redis.Move{OrderID: staff.ID, Version: 1, Lat: 28.6, Lng: 77.2})
	buyer.quiet("it is behind")
}
