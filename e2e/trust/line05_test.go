package trust

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestLine05FiftyAtOnceWithOneKey sends one order fifty times at once, to two processes: it is made once, and the others get
// the same bytes or are told to wait.
func TestLine05FiftyAtOnceWithOneKey(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	at := []*instance{s.serve(), s.serve()}
	asha, eve := s.token("customer", "asha@example.com"), s.token("customer", "eve@example.com")
	for round := range times(50, 5) {
		key, body := fmt.Sprint("key-", round), s.fill(at[0], asha)
		answers := volley(at, asha, body, key)
		require.Equal(t, 1, answers.made, "executions")
		require.Equal(t, 50, answers.made+answers.replayed+answers.running, "%v", answers)
		require.Len(t, answers.bodies, 1, "byte for byte")
		require.Equal(t, round+1, s.count(`SELECT count(*) FROM orders o JOIN users u ON u.id = o.customer_id WHERE u.email = 'asha@example.com'`))

		status, header, text := at[1].do("POST", "/api/v1/orders", asha, body, "Idempotency-Key", key)
		require.Equal(t, 201, status)
		require.Equal(t, "true", header.Get("Idempotency-Replayed"))
		require.Contains(t, answers.bodies, string(text))
		status, _, text = at[1].do("POST", "/api/v1/orders", asha, body+" ", "Idempotency-Key", key)
		require.Equal(t, 422, status, "another body: %s", text)

		status, header, text = at[1].do("POST", "/api/v1/orders", eve, s.fill(at[1], eve), "Idempotency-Key", key)
		require.Equal(t, 201, status, "another user: %s", text)
		require.Empty(t, header.Get("Idempotency-Replayed"))
		require.NotContains(t, answers.bodies, string(text))
	}
}

type volleyed struct {
	made, replayed, running int
	bodies                  map[string]int
	others                  []int // statuses
}

// volley sends one order fifty times at once.
func volley(at []*instance, token, body, key string) volleyed {
	out := volleyed{bodies: map[string]int{}}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for n := range 50 {
		wg.Go(func() {
			i := at[n%len(at)]
			status, header, text, err := i.send(i.t.Context(), "POST", "/api/v1/orders", token, body, "Idempotency-Key", key)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil && status == 201 && header.Get("Idempotency-Replayed") == "true":
				out.replayed++
				out.bodies[string(text)]++
			case err == nil && status == 201:
				out.made++
				out.bodies[string(text)]++
			case err == nil && status == 409 && codeOf(text) == "idempotency.running":
				out.running++
			default:
				out.others = append(out.others, status)
			}
		})
	}
	wg.Wait()
	return out
}

func codeOf(problem []byte) string {
	var p struct{ Code string }
	_ = json.Unmarshal(problem, &p)
	return p.Code
}

// atCommit makes each transaction that writes a table wait, when it is committed, for a lock that the test holds.
const atCommit = `
	CREATE FUNCTION wait_at_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock_shared(5); RETURN NULL; END $$;
	CREATE CONSTRAINT TRIGGER wait_at_commit AFTER INSERT ON orders DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait_at_commit();
	CREATE CONSTRAINT TRIGGER wait_at_commit AFTER INSERT ON addresses DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait_at_commit();`

// TestLine05CrashAtEachPoint kills a process while a lock of the test's holds its request at one point of its way, and then
// asks another process the same until it is answered.
func TestLine05CrashAtEachPoint(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.exec(atCommit)
	survivor := s.serve()
	token := s.token("customer", "asha@example.com")
	for _, point := range []struct{ name, lock, answer string }{
		{"before the claim", `LOCK TABLE idempotency_keys IN EXCLUSIVE MODE`, "made"},
		{"between the claim and the work", `SELECT FROM carts FOR UPDATE`, "made"},
		{"inside the work", `LOCK TABLE order_items IN SHARE MODE`, "made"},
		{"at the end of the work", `LOCK TABLE events IN SHARE MODE`, "made"},
		{"after the commit was sent", `SELECT pg_advisory_xact_lock(5)`, "replayed"},
	} {
		for round := range times(5, 1) {
			before := s.count(`SELECT count(*) FROM orders`)
			victim := s.serve("ZOOP_ROLES=api")
			body, key := s.fill(victim, token), fmt.Sprint(point.name, round)
			key = fmt.Sprintf("%x", key)
			s.crash(victim, point.lock, "/api/v1/orders", token, body, key)
			status, header, text := s.insist(survivor, "/api/v1/orders", token, body, key)
			require.Equal(t, 201, status, "%s: %s", point.name, text)
			require.Equal(t, point.answer == "replayed", header.Get("Idempotency-Replayed") == "true", point.name)
			require.Equal(t, before+1, s.count(`SELECT count(*) FROM orders`), "%s: one order", point.name)
			var made struct{ ID string }
			require.NoError(t, json.Unmarshal(text, &made))
			require.Equal(t, 1, s.count(`SELECT count(*) FROM orders WHERE id = $1`, made.ID), point.name)
		}
	}
}

// TestLine05WhatCreatesIsNeverDoneTwice is the same for an answer that is stored after the work: it may be lost, and is told
// to be; but the work is not done again.
func TestLine05WhatCreatesIsNeverDoneTwice(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.exec(atCommit)
	survivor, victim := s.serve(), s.serve("ZOOP_ROLES=api")
	token := s.token("customer", "asha@example.com")
	const path, body = "/api/v1/me/addresses", `{"label":"home","line1":"1 Janpath","city":"New Delhi","location":{"lat":28.6,"lng":77.2}}`
	s.crash(victim, `SELECT pg_advisory_xact_lock(5)`, path, token, body, "k1")
	status, _, text := s.insist(survivor, path, token, body, "k1")
	require.Equal(t, 409, status, "%s", text)
	require.Equal(t, "idempotency.answer_lost", codeOf(text))
	require.Equal(t, 1, s.count(`SELECT count(*) FROM addresses`))

	victim = s.serve("ZOOP_ROLES=api")
	s.crash(victim, `LOCK TABLE addresses IN SHARE MODE`, path, token, body, "k2")
	status, _, text = s.insist(survivor, path, token, body, "k2")
	require.Equal(t, 201, status, "%s", text)
	require.Equal(t, 2, s.count(`SELECT count(*) FROM addresses`))
}

// crash sends a request to a process, waits until it is held up by a lock, kills the process, and lets the lock go.
func (s *shop) crash(victim *instance, lock, path, token, body, key string) {
	s.t.Helper()
	tx, err := s.pool.Begin(s.t.Context())
	require.NoError(s.t, err)
	defer func() { require.NoError(s.t, tx.Rollback(s.t.Context())) }()
	_, err = tx.Exec(s.t.Context(), lock)
	require.NoError(s.t, err)
	cut := make(chan error, 1)
	go func() {
		_, _, _, err := victim.send(s.t.Context(), http.MethodPost, path, token, body, "Idempotency-Key", key)
		cut <- err
	}()
	s.awaitBlocked()
	victim.kill()
	require.Error(s.t, <-cut, "nobody was answered")
}

// insist repeats a request until its answer is no longer to wait. In the short form it need not outwait the lease of the dead.
func (s *shop) insist(at *instance, path, token, body, key string) (int, http.Header, []byte) {
	s.t.Helper()
	deadline := time.Now().Add(2 * patience)
	for {
		status, header, text := at.do(http.MethodPost, path, token, body, "Idempotency-Key", key)
		if status != 409 || codeOf(text) != "idempotency.running" {
			return status, header, text
		}
		require.True(s.t, time.Now().Before(deadline), "still waiting: %s", text)
		require.NotEmpty(s.t, header.Get("Retry-After"))
		if !full() {
			s.exec(`UPDATE idempotency_keys SET locked_until = now() WHERE status IS NULL AND key = $1`, key)
		}
		time.Sleep(50 * time.Millisecond)
	}
}
