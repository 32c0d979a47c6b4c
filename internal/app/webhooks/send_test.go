package webhooks_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/letter"
	rules "github.com/zoop-dev/zoop/internal/domain/webhook"
	"github.com/zoop-dev/zoop/internal/lettertest"
	"github.com/zoop-dev/zoop/internal/postgres"
	"github.com/zoop-dev/zoop/internal/wire"
)

// Four processes look through what two publish: each endpoint is told of each event that it wants, once.
func TestEachEventIsToldOnce(t *testing.T) {
	b := setup(t)
	b.happens(newID(), 1, "order.placed") // before there is a webhook
	all, some := b.make("http://127.0.0.1:4370/"), b.make("http://127.0.0.1:4370/", "order.accepted", "payment.*")
	off := b.make("http://127.0.0.1:4370/")
	_, err := b.Switch(b.ctx, b.owner, b.vendor, off.ID, 0, false)
	require.NoError(t, err)
	b.makeFor(b.newVendor(b.owner), "http://127.0.0.1:4370/")
	const orders = 400
	kinds := []string{"order.placed", "payment.captured", "order.accepted", "order.ready", "delivery.offered"}
	over := make(chan struct{})
	var tellers sync.WaitGroup
	for range 4 {
		tellers.Go(func() {
			for {
				more, err := b.Tell(b.ctx)
				if err != nil || !more {
					select {
					case <-over:
						return
					case <-time.After(time.Millisecond):
					}
				}
			}
		})
	}
	for range orders / 20 {
		for range 20 {
			order := newID()
			for n, kind := range kinds {
				b.appends(b.vendor, order, n+1, kind)
			}
		}
		b.publish()
	}
	b.told()
	close(over)
	tellers.Wait()
	b.told()
	require.Equal(t, orders*len(kinds), b.count(`SELECT count(*) FROM webhook_deliveries WHERE endpoint_id = $1`, all.ID))
	require.Equal(t, orders*2, b.count(`SELECT count(*) FROM webhook_deliveries WHERE endpoint_id = $1`, some.ID))
	require.Equal(t, orders*(len(kinds)+2), b.count(`SELECT count(*) FROM webhook_deliveries`))
	require.Equal(t, orders*(len(kinds)+2), b.count(`SELECT count(*) FROM webhook_deliveries d JOIN events e ON e.id = d.event_id AND e.pub_seq = d.seq AND e.type = d.type AND e.subject_id = d.subject_id`))
	require.Zero(t, b.count(`SELECT count(*) FROM webhook_cursor c, relay r WHERE c.seq <> r.last`))
}

func TestWhatArrives(t *testing.T) {
	b := setup(t)
	r := receives(t, nil)
	m := b.make(r.URL+"/zoop?key=1", "order.*")
	b.runs(b.Service)
	order := newID()
	b.happens(order, 1, "order.placed")
	b.happens(order, 2, "payment.captured")
	b.told()
	c := r.wait(1)[0]
	require.True(t, c.signedBy(t, m.Secret))
	require.Equal(t, "order.placed", c.Event.Type)
	require.False(t, c.Event.Test)
	require.Equal(t, rules.MessageID(order, 1), c.ID)
	b.until(`SELECT count(*) FROM webhook_deliveries WHERE state = 'delivered' AND attempts = 1 AND status = 200`)
	found, err := b.Deliveries(b.ctx, b.manager, b.vendor, m.ID, "", domain.Nil, 10)
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.Equal(t, c.ID, found[0].MessageID)
	d, body, err := b.Delivery(b.ctx, b.admin, b.vendor, m.ID, found[0].ID)
	require.NoError(t, err)
	require.Equal(t, string(c.Body), string(body))
	require.Equal(t, found[0], d)

	// It is what the live feed says.
	records, err := b.db.EventsOf(b.ctx, postgres.Stretch{Until: 1 << 60, Vendors: []domain.ID{b.vendor}})
	require.NoError(t, err)
	want, err := wire.Webhook(records[0], false)
	require.NoError(t, err)
	require.Equal(t, string(want), string(c.Body))
	b.until(`SELECT count(*) FROM webhook_endpoints WHERE NOT slow AND succeeded_at IS NOT NULL AND turn IS NULL AND due_at IS NULL`)
}

// Of an order, what happened first is sent first.
func TestOrderWithinAnOrder(t *testing.T) {
	b := setup(t)
	r := receives(t, func(http.ResponseWriter, came) { time.Sleep(time.Millisecond) })
	b.make(r.URL)
	const orders, each = 12, 25
	for version := 1; version <= each; version++ {
		for n := range orders {
			b.appends(b.vendor, domain.ID{15: byte(n + 1)}, version, "order.nudge")
		}
	}
	b.publish()
	b.told()
	b.runs(b.Service)
	b.runs(b.another())
	seen := map[string]int{}
	for _, c := range r.wait(orders * each) {
		seen[c.Event.Data.SubjectID]++
		require.Equal(t, seen[c.Event.Data.SubjectID], c.Event.Data.Version)
	}
	require.Len(t, r.all(), orders*each, "two processes, and each is sent once")
	require.Len(t, seen, orders)
}

func TestRetries(t *testing.T) {
	b := setup(t)
	r := receives(t, func(w http.ResponseWriter, _ came) { http.Error(w, "not now\x1b[2J", http.StatusInternalServerError) })
	m := b.make(r.URL)
	b.happens(newID(), 1, "order.placed")
	b.told()
	b.runs(b.Service)
	r.wait(1)
	b.until(`SELECT count(*) FROM webhook_deliveries WHERE state = 'pending' AND attempts = 1 AND tries = 1 AND status = 500 AND error = 'status' AND answer = 'not now'
	         AND next_at BETWEEN tried_at + interval '5 seconds' AND tried_at + interval '5.5 seconds'`)
	b.until(`SELECT count(*) FROM webhook_endpoints WHERE failures = 1 AND slow AND turn IS NULL AND held_until > served_at AND due_at IS NOT NULL`)
	for attempt := 2; attempt <= 10; attempt++ {
		b.hurry()
		r.wait(attempt)
		b.until(`SELECT count(*) FROM webhook_deliveries d, webhook_endpoints e WHERE attempts = $1 AND e.turn IS NULL`, attempt)
	}
	ids := map[string]bool{}
	for _, c := range r.all() {
		ids[c.ID] = true
		require.True(t, c.signedBy(t, m.Secret))
	}
	require.Len(t, ids, 1, "the same ID each time")
	require.Equal(t, 1, b.count(`SELECT count(*) FROM webhook_deliveries WHERE state = 'failed' AND attempts = 10`))
	require.Equal(t, 10, b.endpoint(m.ID).Health.Failures)
	require.Equal(t, rules.Enabled, b.endpoint(m.ID).Status)

	// And once more, by hand, from the beginning.
	d, err := b.Redeliver(b.ctx, b.owner, b.vendor, m.ID, b.delivery(m.ID))
	require.NoError(t, err)
	require.Equal(t, rules.Pending, d.State)
	r.wait(11)
	b.until(`SELECT count(*) FROM webhook_deliveries WHERE state = 'pending' AND attempts = 11 AND tries = 1`)
}

func (b *bench) delivery(endpoint domain.ID) domain.ID {
	b.t.Helper()
	found, err := b.db.WebhookDeliveries(b.ctx, endpoint, "", domain.Nil, 1)
	require.NoError(b.t, err)
	require.Len(b.t, found, 1)
	return found[0].ID
}

func TestRedeliverWhatFailed(t *testing.T) {
	b := setup(t)
	r := receives(t, nil)
	m := b.make(r.URL)
	for n := range 5 {
		b.happens(domain.ID{15: byte(n + 1)}, 1, "order.placed")
	}
	b.told()
	b.exec(`UPDATE webhook_deliveries SET state = 'failed', created_at = now() - interval '1 hour' * seq`)
	since, err := b.db.Now(b.ctx)
	require.NoError(t, err)
	n, err := b.RedeliverFailed(b.ctx, b.owner, b.vendor, m.ID, since.Add(-200*time.Minute))
	require.NoError(t, err)
	require.Equal(t, 3, n)
	// They do not stand in the way of what happens now.
	b.until(`SELECT count(DISTINCT next_at) = 3 AND count(*) FILTER (WHERE next_at > now()) > 0 AND max(next_at) - min(next_at) = interval '600 ms'
	         FROM webhook_deliveries WHERE state = 'pending'`)
	b.runs(b.Service)
	r.wait(3)
	b.until(`SELECT count(*) = 3 FROM webhook_deliveries WHERE state = 'delivered'`)
	_, err = b.Redeliver(b.ctx, b.owner, b.vendor, m.ID, newID())
	require.Equal(t, domain.NotFound, domain.KindOf(err))
	_, err = b.Switch(b.ctx, b.owner, b.vendor, m.ID, 0, false)
	require.NoError(t, err)
	_, err = b.RedeliverFailed(b.ctx, b.owner, b.vendor, m.ID, since)
	require.ErrorIs(t, err, domain.Errorf(domain.Conflict, "webhook.disabled", ""))
}

// Hanging endpoints, more than there are hands for them, hold up nobody who answers.
func TestWhoHangsHoldsUpNobody(t *testing.T) {
	b := setup(t)
	quick := receives(t, nil)
	m := b.make(quick.URL)
	b.runs(b.another())
	b.happens(newID(), 1, "order.placed")
	b.told()
	quick.wait(1)
	b.until(`SELECT count(*) FROM webhook_endpoints WHERE id = $1 AND NOT slow`, m.ID)
	var hanging sync.WaitGroup
	release := make(chan struct{})
	hang := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}))
	defer hang.Close()
	defer hanging.Wait()
	defer close(release)
	others := make([]domain.ID, 4)
	for n := range others {
		others[n] = b.newVendor(b.owner)
		for range rules.MaxEndpoints {
			b.makeFor(others[n], hang.URL)
		}
	}
	for _, vendor := range others {
		b.appends(vendor, newID(), 1, "order.placed")
	}
	b.publish()
	b.told()
	b.until(`SELECT count(*) = 16 FROM webhook_endpoints WHERE turn IS NOT NULL`)
	for n := range 5 {
		b.happens(newID(), 1, "order.placed")
		b.told()
		quick.wait(n + 2)
	}
	require.Equal(t, 16, b.count(`SELECT count(*) FROM webhook_endpoints WHERE turn IS NOT NULL AND slow`), "they have their hands, and no more")
}

// What is slow is sent with a few hands of its own; one thing that a receiver does not take holds up no other.
func TestWhatIsNotTakenHoldsUpNothing(t *testing.T) {
	b := setup(t)
	poison := domain.ID{15: 1}
	r := receives(t, func(w http.ResponseWriter, c came) {
		if c.Event.Data.SubjectID == poison.String() {
			w.WriteHeader(http.StatusUnprocessableEntity)
		}
	})
	b.make(r.URL)
	for n := range 10 {
		b.appends(b.vendor, domain.ID{15: byte(n + 1)}, 1, "order.placed")
	}
	b.publish()
	b.told()
	b.runs(b.Service)
	b.until(`SELECT count(*) = 9 FROM webhook_deliveries WHERE state = 'delivered'`)
	require.Equal(t, 1, b.count(`SELECT count(*) FROM webhook_deliveries WHERE state = 'pending' AND subject_id = $1`, poison))
}

func TestWhoIsGoneIsDisabled(t *testing.T) {
	b := setup(t)
	r := receives(t, func(w http.ResponseWriter, _ came) { w.WriteHeader(http.StatusGone) })
	watcher := receives(t, nil)
	m := b.make(r.URL, "order.*")
	b.make(watcher.URL, "vendor.*")
	for n := range 10 {
		b.appends(b.vendor, domain.ID{15: 1}, n+1, "order.nudge")
	}
	b.publish()
	b.told()
	b.runs(b.Service)
	r.wait(1)
	b.until(`SELECT count(*) FROM webhook_endpoints WHERE status = 'disabled' AND disabled_reason = 'gone' AND turn IS NULL AND id = $1`, m.ID)
	require.Len(t, r.all(), 1)
	require.Equal(t, 1, b.count(`SELECT count(*) FROM webhook_deliveries WHERE endpoint_id = $1 AND state = 'failed' AND status = 410`, m.ID))
	require.Equal(t, 9, b.count(`SELECT count(*) FROM webhook_deliveries WHERE endpoint_id = $1 AND state = 'pending' AND attempts = 0`, m.ID))

	b.publish()
	b.told()
	c := watcher.wait(1)[0]
	require.Equal(t, "vendor.webhook_disabled", c.Event.Type)
	require.Contains(t, string(c.Body), m.ID.String())
	require.Contains(t, string(c.Body), `"reason":"gone"`)
	l := lettertest.Last(t, b.db)
	require.Equal(t, letter.WebhookDisabled, l.Kind)
	require.Equal(t, b.owner.ID, l.UserID)
	require.Equal(t, map[string]string{"vendor": "Casa Lima", "host": rules.Host(r.URL), "reason": "gone"}, l.Data)
	require.Len(t, lettertest.All(t, b.db), 1)
	require.Equal(t, 1, b.count(`SELECT count(*) FROM audit_log WHERE action = 'webhook.disable' AND actor_role = 'system'`))

	// Enabled again it gets what waited, and nothing of what happened meanwhile.
	b.happens(newID(), 1, "order.placed")
	b.told()
	_, err := b.Switch(b.ctx, b.owner, b.vendor, m.ID, 0, true)
	require.NoError(t, err)
	b.told()
	b.until(`SELECT count(*) FROM webhook_endpoints WHERE id = $1 AND status = 'disabled'`, m.ID)
	require.Equal(t, 10, b.count(`SELECT count(*) FROM webhook_deliveries WHERE endpoint_id = $1`, m.ID))
	require.Len(t, r.all(), 2)
}

func TestWhoFailsForDaysIsDisabled(t *testing.T) {
	b := setup(t)
	dead := receives(t, nil)
	dead.Close()
	m := b.make(dead.URL)
	b.exec(`UPDATE webhook_endpoints SET failures = 100, failing_since = now() - interval '4 days 23 hours'`)
	b.happens(newID(), 1, "order.placed")
	b.told()
	stop := b.runs(b.Service)
	b.until(`SELECT count(*) FROM webhook_endpoints WHERE failures = 101 AND turn IS NULL`)
	require.Equal(t, rules.Enabled, b.endpoint(m.ID).Status)
	stop()
	b.exec(`UPDATE webhook_endpoints SET failing_since = now() - interval '5 days'`)
	b.hurry()
	b.runs(b.Service)
	b.until(`SELECT count(*) FROM webhook_endpoints WHERE status = 'disabled' AND disabled_reason = 'failing' AND turn IS NULL`)
	require.Equal(t, "failing", lettertest.Last(t, b.db).Data[letter.Reason])
	require.Equal(t, 1, b.count(`SELECT count(*) FROM webhook_deliveries WHERE state = 'pending' AND error = 'connection'`))
	e, err := b.Switch(b.ctx, b.owner, b.vendor, m.ID, 0, true)
	require.NoError(t, err)
	require.Equal(t, rules.Health{Slow: true}, e.Health)
}

func TestAReceiverMayAskForARest(t *testing.T) {
	b := setup(t)
	r := receives(t, func(w http.ResponseWriter, _ came) {
		w.Header().Set("Retry-After", "600")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	b.make(r.URL)
	b.happens(newID(), 1, "order.placed")
	b.happens(newID(), 1, "order.placed")
	b.told()
	b.runs(b.Service)
	b.until(`SELECT count(*) FROM webhook_endpoints WHERE turn IS NULL AND held_until BETWEEN served_at + interval '599 seconds' AND served_at + interval '601 seconds'`)
	require.LessOrEqual(t, len(r.all()), 2)
	require.Positive(t, b.count(`SELECT count(*) FROM webhook_deliveries WHERE next_at > now() + interval '590 seconds'`))
}

// A process that has a turn and is killed leaves it to another, which sends again what may not have arrived.
func TestATurnOfAProcessThatWasKilled(t *testing.T) {
	b := setup(t)
	r := receives(t, nil)
	b.make(r.URL)
	b.happens(newID(), 1, "order.placed")
	b.told()
	turns, err := b.db.ClaimTurns(b.ctx, newID(), true, 5, time.Hour)
	require.NoError(t, err)
	require.Len(t, turns, 1)
	none, err := b.db.ClaimTurns(b.ctx, newID(), true, 5, time.Minute)
	require.NoError(t, err)
	require.Empty(t, none)
	b.exec(`UPDATE webhook_endpoints SET held_until = now()`) // its time is over
	b.runs(b.Service)
	r.wait(1)
	b.until(`SELECT count(*) FROM webhook_endpoints WHERE turn IS NULL`)
	// Should it be alive after all, it changes nothing any more.
	require.NoError(t, b.db.EndTurn(b.ctx, turns[0], rules.Health{Failures: 7}, false, time.Hour))
	require.Equal(t, 1, b.count(`SELECT count(*) FROM webhook_endpoints WHERE failures = 0 AND held_until <= now()`))
	require.NoError(t, b.db.ReadTurn(b.ctx, &turns[0], 10))
	require.Empty(t, turns[0].Due)
}

// Whoever asks for something in the middle of a turn does not wait for the rest that follows it.
func TestSomebodyWaits(t *testing.T) {
	b := setup(t)
	begun, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	r := receives(t, func(w http.ResponseWriter, c came) {
		if !c.Event.Test {
			once.Do(func() { close(begun) })
			<-release
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	m := b.make(r.URL)
	b.exec(`UPDATE webhook_endpoints SET failures = 12, failing_since = now()`)
	b.happens(newID(), 1, "order.placed")
	b.told()
	b.runs(b.Service)
	<-begun
	_, err := b.Try(b.ctx, b.owner, b.vendor, m.ID, rules.Ping)
	require.NoError(t, err)
	close(release)
	require.True(t, r.wait(2)[1].Event.Test)
	b.until(`SELECT count(*) FROM webhook_endpoints WHERE failures = 0 AND turn IS NULL`)
}

// What somebody waits for goes before all that is due, however much that is.
func TestSomebodyWaitsFirst(t *testing.T) {
	b := setup(t)
	r := receives(t, nil)
	m := b.make(r.URL)
	for n := range 60 {
		b.appends(b.vendor, domain.ID{15: byte(n + 1)}, 1, "order.placed")
	}
	b.publish()
	b.told()
	b.exec(`UPDATE webhook_deliveries SET next_at = now() - interval '1 hour'`)
	b.exec(`UPDATE webhook_deliveries SET state = 'failed', attempts = 10, tries = 10 WHERE seq = 60`)
	var last domain.ID
	require.NoError(t, b.pool.QueryRow(b.ctx, `SELECT id FROM webhook_deliveries WHERE seq = 60`).Scan(&last))
	d, err := b.Redeliver(b.ctx, b.owner, b.vendor, m.ID, last)
	require.NoError(t, err)
	require.Equal(t, d.CreatedAt, d.NextAt)
	_, err = b.Try(b.ctx, b.owner, b.vendor, m.ID, rules.Ping)
	require.NoError(t, err)
	turns, err := b.db.ClaimTurns(b.ctx, newID(), true, 5, time.Minute)
	require.NoError(t, err)
	require.NoError(t, b.db.ReadTurn(b.ctx, &turns[0], 10))
	require.True(t, turns[0].Due[0].Test())
	require.Equal(t, last, turns[0].Due[1].ID)
	require.EqualValues(t, 1, turns[0].Due[2].Seq)
	require.Len(t, turns[0].Due, 10)
	require.NoError(t, b.db.EndTurn(b.ctx, turns[0], rules.Health{}, false, 0))
	require.Equal(t, 1, b.count(`SELECT count(*) FROM webhook_endpoints WHERE due_at > now() - interval '1 minute'`), "it is due now, not since 1970")
}

// A stop waits a little for what is being sent, and counts against nobody what it has cut off.
func TestAStopInTheMiddle(t *testing.T) {
	b := setup(t)
	release := make(chan struct{})
	r := receives(t, func(_ http.ResponseWriter, _ came) { <-release })
	defer close(release)
	b.make(r.URL)
	b.happens(newID(), 1, "order.placed")
	b.told()
	stop := b.runs(b.another())
	r.wait(1)
	begun := time.Now()
	stop()
	require.Less(t, time.Since(begun), patience)
	require.Equal(t, 1, b.count(`SELECT count(*) FROM webhook_deliveries WHERE state = 'pending' AND attempts = 0`))
	require.Equal(t, 1, b.count(`SELECT count(*) FROM webhook_endpoints WHERE failures = 0 AND turn IS NULL AND due_at <= now() AND held_until <= now()`))
}

// What is added while a turn ends is not forgotten.
func TestWhatIsAddedWhileATurnEnds(t *testing.T) {
	b := setup(t)
	r := receives(t, nil)
	b.make(r.URL)
	b.runs(b.Service)
	const events = 300
	for n := range events {
		b.happens(domain.ID{14: byte(n >> 8), 15: byte(n)}, 1, "order.placed")
		b.told()
	}
	require.Len(t, r.wait(events), events)
	b.until(`SELECT count(*) = $1 FROM webhook_deliveries WHERE state = 'delivered'`, events)
}

func TestRotation(t *testing.T) {
	b := setup(t)
	r := receives(t, nil)
	first := b.make(r.URL)
	second, err := b.Rotate(b.ctx, b.manager, b.vendor, first.ID, 24*time.Hour)
	require.NoError(t, err)
	require.NotEqual(t, first.Secret, second.Secret)
	require.Regexp(t, `^whsec_[A-Za-z0-9+/]{43}=$`, second.Secret)
	require.WithinDuration(t, time.Now().Add(24*time.Hour), second.OldSecretEnd, time.Minute)
	b.runs(b.Service)
	next := func(n int) came {
		b.happens(newID(), 1, "order.placed")
		b.told()
		return r.wait(n)[n-1]
	}
	c := next(1)
	require.True(t, c.signedBy(t, first.Secret))
	require.True(t, c.signedBy(t, second.Secret))
	b.exec(`UPDATE webhook_endpoints SET old_until = now()`)
	c = next(2)
	require.False(t, c.signedBy(t, first.Secret), "its day is over")
	require.True(t, c.signedBy(t, second.Secret))
	third, err := b.Rotate(b.ctx, b.owner, b.vendor, first.ID, 0)
	require.NoError(t, err)
	require.Zero(t, third.OldSecretEnd)
	c = next(3)
	require.False(t, c.signedBy(t, second.Secret))
	require.True(t, c.signedBy(t, third.Secret))
	_, err = b.Rotate(b.ctx, b.owner, b.vendor, first.ID, 25*time.Hour)
	require.Equal(t, domain.Invalid, domain.KindOf(err))

	// It is sealed, and good for no other endpoint.
	require.Zero(t, b.count(`SELECT count(*) FROM webhook_endpoints WHERE encode(sealed, 'escape') LIKE '%' || $1 || '%'`, third.Secret[6:]))
	other := b.make(r.URL, "order.expired")
	b.exec(`UPDATE webhook_endpoints e SET sealed = (SELECT o.sealed FROM webhook_endpoints o WHERE o.id = $1) WHERE e.id = $2`, first.ID, other.ID)
	b.happens(newID(), 1, "order.expired")
	b.told()
	b.until(`SELECT count(*) FROM webhook_deliveries WHERE endpoint_id = $1 AND error = 'secret' AND attempts = 1`, other.ID)
}

func TestSamples(t *testing.T) {
	b := setup(t)
	r := receives(t, nil)
	m := b.make(r.URL, "vendor.paused")
	b.runs(b.Service)
	kinds := append([]string{rules.Ping}, rules.Types...)
	for _, kind := range kinds {
		d, err := b.Try(b.ctx, b.owner, b.vendor, m.ID, kind)
		require.NoError(t, err)
		require.True(t, d.Test())
	}
	var seen []string
	for _, c := range r.wait(len(kinds)) {
		require.True(t, c.Event.Test, "it says so")
		require.Regexp(t, `^test_[0-9a-f-]{36}$`, c.ID)
		require.True(t, c.signedBy(t, m.Secret))
		seen = append(seen, c.Event.Type)
	}
	slices.Sort(seen)
	slices.Sort(kinds)
	require.Equal(t, kinds, seen)
	require.Equal(t, 0, b.count(`SELECT count(*) FROM events`), "nothing has happened")
	_, err := b.Try(b.ctx, b.owner, b.vendor, m.ID, "order.eaten")
	require.Equal(t, domain.Invalid, domain.KindOf(err))
}

func TestWhatIsKept(t *testing.T) {
	b := setup(t)
	m := b.make("http://127.0.0.1:4370/")
	for n := range 4 {
		b.happens(domain.ID{15: byte(n + 1)}, 1, "order.placed")
	}
	b.told()
	old := func(seq int, state string, age time.Duration) {
		var id domain.ID
		at := time.Now().Add(-age).UnixMilli()
		for i := range 6 {
			id[i] = byte(at >> (40 - 8*i))
		}
		id[15] = byte(seq)
		b.exec(`UPDATE webhook_deliveries SET id = $1, state = $2 WHERE seq = $3`, id, state, seq)
	}
	old(1, "delivered", 13*24*time.Hour)
	old(2, "delivered", 15*24*time.Hour)
	old(3, "pending", 15*24*time.Hour)
	b.exec(`UPDATE webhook_deliveries SET give_up_at = now() WHERE seq = 4`)
	more, err := b.Tidy(b.ctx)
	require.NoError(t, err)
	require.True(t, more)
	more, err = b.Tidy(b.ctx)
	require.NoError(t, err)
	require.False(t, more)
	require.Equal(t, 1, b.count(`SELECT count(*) FROM webhook_deliveries WHERE seq = 4 AND state = 'failed' AND error = 'expired'`))
	require.Equal(t, 3, b.count(`SELECT count(*) FROM webhook_deliveries WHERE seq IN (1, 3, 4)`))
	require.Equal(t, 3, b.count(`SELECT count(*) FROM webhook_deliveries`))

	require.NoError(t, b.Drop(b.ctx, b.owner, b.vendor, m.ID, 0))
	_, err = b.Get(b.ctx, b.owner, b.vendor, m.ID)
	require.Equal(t, domain.NotFound, domain.KindOf(err))
	for more := true; more; {
		more, err = b.Tidy(b.ctx)
		require.NoError(t, err)
	}
	require.Zero(t, b.count(`SELECT count(*) FROM webhook_deliveries`))
	require.Zero(t, b.count(`SELECT count(*) FROM webhook_endpoints`))
}

func TestMetrics(t *testing.T) {
	b := setup(t)
	b.make("http://127.0.0.1:4370/")
	for n := range 3 {
		b.happens(domain.ID{15: byte(n + 1)}, 1, "order.placed")
	}
	backlog, err := b.db.WebhookBacklog(b.ctx)
	require.NoError(t, err)
	require.Equal(t, postgres.WebhookBacklog{Behind: 3}, backlog)
	b.told()
	b.exec(`UPDATE webhook_endpoints SET due_at = now() - interval '1 minute'`)
	backlog, err = b.db.WebhookBacklog(b.ctx)
	require.NoError(t, err)
	require.InDelta(t, 60, backlog.Oldest.Seconds(), 5)
	require.Equal(t, 3, backlog.Due)
	b.exec(`UPDATE webhook_endpoints SET failures = 1`)
	backlog, err = b.db.WebhookBacklog(b.ctx)
	require.NoError(t, err)
	require.Equal(t, postgres.WebhookBacklog{Due: 3, Failing: 1}, backlog)
	more, err := b.Backlog(b.ctx)
	require.NoError(t, err)
	require.False(t, more)
}
