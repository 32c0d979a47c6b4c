package account_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/account"
)

func TestRefreshRotates(t *testing.T) {
	f := setup(t)
	first := f.signUp("asha@example.com")
	second, err := f.Refresh(t.Context(), here, first.Refresh)
	require.NoError(t, err)
	require.NotEqual(t, first.Refresh, second.Refresh)
	require.Equal(t, first.User, second.User)
	actor, err := f.Authenticate(t.Context(), second.Access)
	require.NoError(t, err)
	require.Equal(t, scan[string](f, "SELECT id::text FROM sessions"), actor.Session.String())
	_, err = f.Refresh(t.Context(), here, second.Refresh)
	require.NoError(t, err)
	require.Zero(t, scan[int](f, "SELECT count(*) FROM refresh_tokens WHERE hash = $1", []byte(first.Refresh)))
}

func TestReplayedRefreshTokenEndsTheSession(t *testing.T) {
	f := setup(t)
	other, _ := f.instance()
	run(t, other)
	first := f.signUp("asha@example.com")
	second, err := f.Refresh(t.Context(), here, first.Refresh)
	require.NoError(t, err)
	_, err = other.Authenticate(t.Context(), second.Access)
	require.NoError(t, err)

	_, err = f.Refresh(t.Context(), here, first.Refresh)
	requireCode(t, err, "auth.refresh_reused")
	_, err = f.Refresh(t.Context(), here, second.Refresh)
	requireCode(t, err, "auth.refresh")
	for _, access := range []string{first.Access, second.Access} {
		_, err = f.Authenticate(t.Context(), access)
		requireCode(t, err, "auth.session_ended")
		eventuallyEnded(t, other, access)
	}
	_, err = f.Refresh(t.Context(), here, first.Refresh)
	requireCode(t, err, "auth.refresh")
}

func eventuallyEnded(t *testing.T, s *account.Service, access string) {
	t.Helper()
	require.Eventually(t, func() bool {
		_, err := s.Authenticate(t.Context(), access)
		return err != nil
	}, patience, 50*time.Millisecond)
	_, err := s.Authenticate(t.Context(), access)
	requireCode(t, err, "auth.session_ended")
}

// Twenty requests are held at the session's lock, so that all of them are there when the first uses the token.
func TestRacingRefreshesHaveOneSuccessor(t *testing.T) {
	f := setup(t)
	first := f.signUp("asha@example.com")
	tx, err := f.pool.Begin(t.Context())
	require.NoError(t, err)
	defer func() { _ = tx.Rollback(context.Background()) }()
	_, err = tx.Exec(t.Context(), "SELECT FROM sessions FOR UPDATE")
	require.NoError(t, err)

	var mu sync.Mutex
	var winners []account.Tokens
	var losers []error
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			tokens, err := f.Refresh(t.Context(), here, first.Refresh)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				winners = append(winners, tokens)
			} else {
				losers = append(losers, err)
			}
		})
	}
	require.Eventually(t, func() bool {
		var n int
		err := f.pool.QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'").Scan(&n)
		return err == nil && n == 20
	}, patience, 5*time.Millisecond)
	require.NoError(t, tx.Rollback(t.Context()))
	wg.Wait()
	require.Len(t, winners, 1)
	for _, err := range losers {
		requireCode(t, err, "auth.refresh_raced")
	}
	_, err = f.Refresh(t.Context(), here, winners[0].Refresh)
	require.NoError(t, err, "a race is no theft")
}

func TestRefreshRefuses(t *testing.T) {
	for name, c := range map[string]struct{ sql, code string }{
		"unknown":           {"DELETE FROM refresh_tokens", "auth.refresh"},
		"expired":           {"UPDATE refresh_tokens SET expires_at = now()", "auth.refresh"},
		"of a session over": {"UPDATE sessions SET revoked_at = now()", "auth.refresh"},
		"of a suspended":    {"UPDATE users SET status = 'suspended'", "account.suspended"},
		"good":              {"SELECT 1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := setup(t)
			tokens := f.signUp("asha@example.com")
			f.exec(c.sql)
			_, err := f.Refresh(t.Context(), here, tokens.Refresh)
			if c.code == "" {
				require.NoError(t, err)
				return
			}
			requireCode(t, err, c.code)
		})
	}
}

func TestSuspendedUsersRefreshEndsTheirSession(t *testing.T) {
	f := setup(t)
	tokens := f.signUp("asha@example.com")
	f.exec("UPDATE users SET status = 'suspended'")
	_, err := f.Refresh(t.Context(), here, tokens.Refresh)
	requireCode(t, err, "account.suspended")
	_, err = f.Authenticate(t.Context(), tokens.Access)
	requireCode(t, err, "auth.session_ended")
}

func TestLogoutEndsOneSessionEverywhere(t *testing.T) {
	f := setup(t)
	running, _ := f.instance()
	run(t, running)
	phone := f.signUp("asha@example.com")
	require.NoError(t, f.Login(t.Context(), here, "asha@example.com"))
	laptop, err := f.Verify(t.Context(), account.Client{From: here.From, Device: "laptop"}, "asha@example.com", f.mail.last().Digits)
	require.NoError(t, err)
	actor, err := running.Authenticate(t.Context(), phone.Access)
	require.NoError(t, err)

	require.NoError(t, f.Logout(t.Context(), actor))
	require.NoError(t, f.Logout(t.Context(), actor), "once more changes nothing")
	_, err = f.Authenticate(t.Context(), phone.Access)
	requireCode(t, err, "auth.session_ended")
	eventuallyEnded(t, running, phone.Access)
	require.True(t, running.Revoked(actor.Session))
	_, err = f.Refresh(t.Context(), here, phone.Refresh)
	requireCode(t, err, "auth.refresh")
	late, _ := f.instance() // knows without having run
	_, err = late.Authenticate(t.Context(), phone.Access)
	requireCode(t, err, "auth.session_ended")
	for _, s := range []*account.Service{f.Service, running, late} {
		_, err = s.Authenticate(t.Context(), laptop.Access)
		require.NoError(t, err)
	}
}
