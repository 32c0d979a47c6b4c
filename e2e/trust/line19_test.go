package trust

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// TestLine19GuessesAtOnce tries very many codes at once, from as many networks, over three processes. How many were compared
// with the right one Postgres counted by itself: each takes an update of the code's row.
func TestLine19GuessesAtOnce(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	const email = "asha@example.com"
	f.token("customer", email)
	right := f.code(f.at[0], "login", login(email), email, 0)
	outcomes := f.guess(email, right, times(10_000, 300))
	t.Logf("answers by status: %v", outcomes)
	require.Zero(t, outcomes[http.StatusOK])
	require.GreaterOrEqual(t, outcomes[http.StatusUnauthorized], 300, "%v", outcomes)
	for status := range outcomes {
		require.Contains(t, []int{http.StatusUnauthorized, http.StatusTooManyRequests, http.StatusServiceUnavailable}, status)
	}

	require.Equal(t, 1, f.count(`SELECT count(*) FROM otps WHERE email = $1 AND expires_at > now()`, email))
	for _, i := range f.at {
		var status int
		var text []byte
		require.Eventually(t, func() bool { // everybody together may try 3,000 times a minute
			status, _, text = i.do("POST", "/api/v1/auth/verify", "", verify(email, right), from(70_000)...)
			return status != http.StatusTooManyRequests
		}, 2*time.Minute, time.Second)
		require.Equal(t, http.StatusUnauthorized, status, "the right code: %s", text)
		require.Equal(t, "auth.code", problem(text))
	}
	require.Equal(t, 1, f.count(`SELECT count(*) FROM otps WHERE email = $1 AND expires_at > now()`, email), "it did not just run out")
	for _, i := range f.at {
		i.kill()
	}
	require.Equal(t, 5, f.updates("otps"), "guesses that were compared")

	again := f.serve()
	status, _, text := again.do("POST", "/api/v1/auth/verify", "", verify(email, f.code(again, "login", login(email), email, 70_001)), from(70_001)...)
	require.Equal(t, http.StatusOK, status, "nobody is kept out: %s", text)
}

// guess tries n wrong codes at once, and counts the answers by status.
func (f *front) guess(email, right string, n int) map[int]int {
	client := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 200, MaxIdleConnsPerHost: 200}}
	defer client.CloseIdleConnections()
	outcomes := map[int]int{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	start := make(chan struct{})
	for g := range n {
		wg.Go(func() {
			wrong := fmt.Sprintf("%06d", g)
			if wrong == right {
				wrong = "999999"
			}
			<-start
			status := 0
			for try := 0; try < 100; try++ { // a process that has no room for a guess has not refused it
				if status = f.at[g%3].post(f.t.Context(), client, verify(email, wrong), from(g)); status != http.StatusServiceUnavailable {
					break
				}
			}
			mu.Lock()
			defer mu.Unlock()
			outcomes[status]++
		})
	}
	close(start)
	wg.Wait()
	return outcomes
}

// post sends one guess; 0 is an error of the connection.
func (i *instance) post(ctx context.Context, c *http.Client, body string, headers []string) int {
	status, _, _, err := i.sendBy(ctx, c, "POST", "/api/v1/auth/verify", "", body, headers...)
	if err != nil {
		return 0
	}
	return status
}

// updates is how many rows of a table were ever updated, as Postgres counts once all its connections have ended.
func (f *front) updates(table string) (n int) {
	f.t.Helper()
	f.pool.Reset()
	require.Eventually(f.t, func() bool {
		return f.count(`SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'zoop'`) == 0
	}, patience, 20*time.Millisecond)
	conn, err := pgx.Connect(f.t.Context(), f.db)
	require.NoError(f.t, err)
	defer conn.Close(context.Background())
	require.NoError(f.t, conn.QueryRow(f.t.Context(), `SELECT n_tup_upd FROM pg_stat_user_tables WHERE relname = $1`, table).Scan(&n))
	return n
}

// TestLine19FiftyRacersOneLogin redeems one right code fifty times at once, over three processes.
func TestLine19FiftyRacersOneLogin(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	for round := range times(20, 3) {
		email := fmt.Sprintf("asha%d@example.com", round)
		code := f.code(f.at[0], "signup", signup(email), email, round)
		statuses := make([]int, 50)
		var wg sync.WaitGroup
		start := make(chan struct{})
		for n := range statuses {
			wg.Go(func() {
				<-start
				statuses[n], _, _ = f.at[n%3].try(t.Context(), "POST", "/api/v1/auth/verify", "", verify(email, code), from(1000*round+n)...)
			})
		}
		close(start)
		wg.Wait()
		slices.Sort(statuses)
		require.Equal(t, http.StatusOK, statuses[0])
		require.Equal(t, slices.Repeat([]int{http.StatusUnauthorized}, 49), statuses[1:])
		require.Equal(t, 1, f.count(`SELECT count(*) FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.email = $1`, email))
	}
}

// TestLine19UnknownAddressLooksTheSame compares whatever a stranger sees of an address with an account and of one without.
func TestLine19UnknownAddressLooksTheSame(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	const known, unknown = "known@example.com", "nobody@example.com"
	f.token("customer", known)
	for step, try := range []struct{ path, known, unknown string }{
		{"login", login(known), login(unknown)},
		{"verify", verify(known, "000000"), verify(unknown, "000000")},
		{"signup", signup(known), signup(unknown)},
		{"verify", verify(known, "000000"), verify(unknown, "000000")},
		{"login", login(known), login(unknown)},
		{"login", login(known), login(unknown)},
		{"login", login(known), login(unknown)},
		{"login", login(known), login(unknown)}, // one too many
	} {
		require.Equal(t, f.seen(try.path, try.known), f.seen(try.path, try.unknown), "step %d: %s", step, try.path)
	}
}

// seen is all that an answer shows, but for what differs from one to the next.
func (f *front) seen(path, body string) string {
	f.t.Helper()
	status, header, text := f.at[0].do("POST", "/api/v1/auth/"+path, "", body, append(from(1), "X-Request-Id", "r1")...)
	header.Del("Date")
	if wait := header.Get("Retry-After"); wait != "" {
		require.Regexp(f.t, `^(900|8[0-9]{2})$`, wait)
		header.Del("Retry-After") // seconds go by; so does the body's copy of it
		text = []byte(problem(text))
	}
	return fmt.Sprintln(status, header, string(text))
}

// TestLine19UnknownAddressTakesAsLong compares how long a code takes that is asked for by one of each, in turns. It has the
// machine for itself, as far as this package goes; the bound is wide all the same.
func TestLine19UnknownAddressTakesAsLong(t *testing.T) {
	f := &front{shop: newShop(t, "ZOOP_TRUSTED_PROXIES=127.0.0.0/8")}
	f.at = append(f.at, f.serve())
	rounds := times(200, 30)
	f.exec(`INSERT INTO users (id, email, first_name, role) SELECT gen_random_uuid(), 'known' || n || '@example.com', 'Asha', 'customer' FROM generate_series(1, $1) n`, rounds)
	var took [2][]time.Duration
	for n := 1; n <= rounds; n++ {
		for turn := range 2 {
			kind := (turn + n) % 2 // who comes second meets the work that the first left behind
			email := fmt.Sprintf("%s%d@example.com", [2]string{"known", "nobody"}[kind], n)
			started := time.Now()
			status, _, _ := f.at[0].do("POST", "/api/v1/auth/login", "", login(email), from(2*n+turn)...)
			took[kind] = append(took[kind], time.Since(started))
			require.Equal(t, 202, status)
		}
	}
	median := func(d []time.Duration) float64 {
		slices.Sort(d)
		return d[len(d)/2].Seconds()
	}
	ratio := median(took[0]) / median(took[1])
	t.Logf("medians: %.2f ms with an account, %.2f ms without: ratio %.3f", 1e3*median(took[0]), 1e3*median(took[1]), ratio)
	if full() {
		require.InDelta(t, 1, ratio, 0.25)
	} else {
		require.Less(t, max(ratio, 1/ratio), 3.0, "on a machine that has other things to do")
	}
}
