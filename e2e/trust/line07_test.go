package trust

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
)

// TestLine07SocketsMissNothing has staff, a vendor and customers, some of them by the client library, follow the trade at three processes,
// behind PgBouncer, while each loses its connection eight times, and one of the processes is killed, and Redis's master, where another
// takes over: each sees what is theirs once, in order.
func TestLine07SocketsMissNothing(t *testing.T) {
	t.Parallel()
	onEachRedis(t, "cluster", socketsMissNothing)
}

func socketsMissNothing(t *testing.T, r stores) {
	s := r.shop(t)
	s.env = append(s.env, s.pooled()...)
	mint := s.accounts()
	customers := party(mint, times(20, 6))
	s.exec(`INSERT INTO vendor_members (vendor_id, user_id, role) SELECT $1, id, 'owner' FROM users WHERE email = $2`, s.vendor, owned(mint))
	at := []*instance{s.serve(), s.serve(), s.serve()}
	to := newBalancer(t, at...)
	var all []*follower
	for n := range times(200, 24) {
		switch n % 10 {
		case 0:
			all = append(all, s.follow(to, mint(domain.RoleAdmin, "boss@example.com"), "ops"))
		case 1, 2:
			all = append(all, s.follow(to, mint(domain.RoleVendor, ownerEmail), "vendor:"+s.vendor))
		case 3:
			all = append(all, s.listen(to, customers[n%len(customers)], "me"))
		default:
			all = append(all, s.follow(to, customers[n%len(customers)], "me"))
		}
	}
	require.Eventually(t, func() bool { return !slices.ContainsFunc(all, func(f *follower) bool { return !f.begun() }) }, patience, 10*time.Millisecond)
	trade := s.trade(to, true, customers, 500*time.Millisecond)
	rounds := times(8, 3)
	for round := range rounds {
		time.Sleep(time.Duration(times(2000, 700)) * time.Millisecond) // events come meanwhile
		var cuts sync.WaitGroup
		for _, f := range all {
			cuts.Go(f.cut)
		}
		cuts.Wait()
		if round%5 == 0 {
			r.takeOver()
		}
		if round == rounds/2 {
			at[2].kill()
			next := s.serve()
			to.replace(at[2], next)
		}
	}
	trade.end()
	last := s.published()
	var late, away []time.Duration
	for n, f := range all {
		switch {
		case f.topic == "ops":
			f.requireWhole(`true`)
		case f.topic == "me":
			f.requireWhole(`customer_id = (SELECT id FROM users WHERE email = $1)`, fmt.Sprintf("asha%d@example.com", n%len(customers)))
		default:
			f.requireWhole(`vendor_id = $1 OR subject_id = $1`, s.vendor)
		}
		late, away = append(late, f.late...), append(away, f.away...)
		if f.tunnel == nil { // the library waits longer each time
			require.GreaterOrEqual(t, f.starts, rounds)
		}
		require.Greater(t, f.starts, 1)
	}
	t.Logf("%d clients, %d events, %d orders: each once and in order; after the commit p50 %s, p99 %s; away p50 %s, p99 %s", len(all), last, trade.orders,
		percentile(late, 50), percentile(late, 99), percentile(away, 50), percentile(away, 99))
}

const ownerEmail = "owner@example.com"

// owned makes the owner's account, and gives its address.
func owned(mint func(domain.Role, string) string) string {
	mint(domain.RoleVendor, ownerEmail)
	return ownerEmail
}

// TestLine07TooOldBeginsAnew: who has been away for longer than is told again is told so.
func TestLine07TooOldBeginsAnew(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.forged = true
	i := s.serve()
	s.exec(`INSERT INTO events (subject, subject_id, version, type, actor_role) SELECT 'order', gen_random_uuid(), 1, 'order.placed', 'customer' FROM generate_series(1, 20100)`)
	last := s.published()
	epoch := ""
	require.NoError(t, s.pool.QueryRow(t.Context(), `SELECT epoch FROM relay`).Scan(&epoch))
	socket := open(i, s.token("admin", "boss@example.com"))
	defer socket.Close()
	ask := func(epoch string, since int64) (kind string) {
		var m struct{ Type string }
		require.NoError(t, socket.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `{"id":1,"type":"subscribe","topic":"ops","epoch":%q,"since":%d}`, epoch, since)))
		require.NoError(t, socket.SetReadDeadline(time.Now().Add(patience)))
		require.NoError(t, socket.ReadJSON(&m))
		return m.Type
	}
	require.Equal(t, "resync", ask(epoch, 1), "too long ago")
	require.Equal(t, "resync", ask("another", last), "of another history")
	require.Eventually(t, func() bool { return ask(epoch, last) != "resync" }, patience, 50*time.Millisecond)
}
