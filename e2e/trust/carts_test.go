package trust

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	goredis "github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/dbtest"
)

// listener is a customer with a cart, and what they hear of it.
type listener struct {
	token  string
	socket *websocket.Conn
}

// heard reads a customer's socket until they know a price, and gives how many times they were told one: each time a new one, in
// versions without a hole.
func (l *listener) heard(price int64) (events int, err error) {
	last := int64(0)
	for last != price {
		var frame struct {
			Type  string
			Event struct {
				Type    string
				Version int
				Data    struct {
					Problems []struct {
						Code string
						Now  money
					}
				}
			}
		}
		if err := l.socket.SetReadDeadline(time.Now().Add(patience)); err != nil {
			return events, err
		}
		if err := l.socket.ReadJSON(&frame); err != nil {
			return events, err
		}
		if frame.Type != "event" || frame.Event.Type != "cart.changed" {
			continue
		}
		events++
		switch p := frame.Event.Data.Problems; {
		case frame.Event.Version != events:
			return events, fmt.Errorf("event %d has version %d", events, frame.Event.Version)
		case len(p) != 1 || p[0].Code != "price_changed":
			return events, fmt.Errorf("event %d tells of %v", events, p)
		case p[0].Now.Amount == last:
			return events, fmt.Errorf("told twice that it costs %d", last)
		default:
			last = p[0].Now.Amount
		}
	}
	return events, nil
}

// TestOpenCartsHearEachChangeOnce has customers at two processes listen to what happens to their carts, while the price of what is in
// them changes at one of them, Redis is flushed after every change, and a third process that tells them is killed: everybody
// learns the last price, and nobody a thing twice.
func TestOpenCartsHearEachChangeOnce(t *testing.T) {
	t.Parallel()
	server := dbtest.OwnRedis(t)
	const owner = "owner@example.com"
	s := &till{shop: newShop(t, "ZOOP_REDIS_URL="+server.URL())}
	s.owner = s.token("vendor", owner)
	s.exec(`INSERT INTO vendor_members (vendor_id, user_id, role) SELECT $1, id, 'owner' FROM users WHERE email = $2`, s.vendor, owner)
	options, err := goredis.ParseURL(server.URL())
	require.NoError(t, err)
	rdb := goredis.NewClient(options)
	t.Cleanup(func() { _ = rdb.Close() })
	at := []*instance{s.serve(), s.serve(), s.serve()}
	customers := make([]*listener, times(60, 12))
	for n := range customers {
		l := &listener{token: s.token("customer", fmt.Sprintf("customer%d@example.com", n))}
		l.socket = open(at[n%2], l.token)
		require.NoError(t, l.socket.WriteMessage(websocket.TextMessage, []byte(`{"id":1,"type":"subscribe","topic":"me"}`)))
		s.basket(at[n%2], l.token)
		customers[n] = l
	}
	changes := times(40, 6)
	for n := range changes {
		s.price(at[0], int64(30_000+n))
		require.NoError(t, rdb.FlushAll(t.Context()).Err())
		if n == changes/2 {
			at[2].kill()
		}
	}
	var group sync.WaitGroup
	for n, l := range customers {
		group.Go(func() {
			events, err := l.heard(int64(30_000 + changes - 1))
			if err != nil {
				t.Errorf("customer %d, after %d events: %v", n, events, err)
			}
		})
	}
	group.Wait()
	require.Equal(t, len(customers), s.count(`SELECT count(*) FROM carts WHERE events BETWEEN 1 AND $1`, changes))
}
