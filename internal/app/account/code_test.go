package account_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/account"
	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/lettertest"
)

func TestSignupOpensAnAccountOnce(t *testing.T) {
	f := setup(t)
	ctx := t.Context()
	require.NoError(t, f.Signup(ctx, here, " Asha@Example.COM", profile))
	code := f.mail.last()
	require.Equal(t, rules.SignUp, code.Purpose)
	require.Regexp(t, `^[0-9]{6}$`, code.Digits)
	require.Zero(t, scan[int](f, "SELECT count(*) FROM users"), "an account before the address is proven")

	tokens, err := f.Verify(ctx, here, "asha@example.com", code.Digits)
	require.NoError(t, err)
	require.Equal(t, rules.User{
		ID: tokens.User.ID, Email: "asha@example.com", FirstName: "Asha", LastName: "Rao",
		Role: domain.RoleCustomer, Status: rules.Active, Version: 1, CreatedAt: tokens.User.CreatedAt,
	}, tokens.User)
	actor, err := f.Authenticate(ctx, tokens.Access)
	require.NoError(t, err)
	require.Equal(t, tokens.User.ID, actor.ID)
	require.Equal(t, domain.RoleCustomer, actor.Role)

	_, err = f.Verify(ctx, here, "asha@example.com", code.Digits)
	requireCode(t, err, "auth.code")
}

func TestSignupOfAKnownAddressSignsIn(t *testing.T) {
	f := setup(t)
	first := f.signUp("asha@example.com")
	require.NoError(t, f.Signup(t.Context(), here, "asha@example.com", rules.Profile{FirstName: "Eve", Role: domain.RoleVendor}))
	require.Equal(t, rules.Already, f.mail.last().Purpose)
	again, err := f.Verify(t.Context(), here, "asha@example.com", f.mail.last().Digits)
	require.NoError(t, err)
	require.Equal(t, first.User, again.User)
}

func TestUnknownAddressLooksLikeAKnownOne(t *testing.T) {
	f := setup(t)
	ctx := t.Context()
	f.signUp("known@example.com")
	for range rules.CodesAWindow {
		require.NoError(t, f.Login(ctx, here, "nobody@example.com"))
	}
	require.Equal(t, rules.Decoy, f.mail.last().Purpose)
	_, err := f.Verify(ctx, here, "nobody@example.com", f.mail.last().Digits)
	requireCode(t, err, "auth.code")
	for range rules.CodesAWindow - 1 {
		require.NoError(t, f.Login(ctx, here, "known@example.com"))
	}
	for _, email := range []string{"nobody@example.com", "known@example.com"} {
		err := f.Login(ctx, here, email)
		requireCode(t, err, "rate_limited")
		var e *domain.Error
		require.ErrorAs(t, err, &e)
		require.InDelta(t, 895, e.Details["retryAfter"], 10)
	}
	posted := map[string]int{} // as much work for an address without account
	for _, l := range lettertest.All(t, f.db) {
		posted[l.To]++
	}
	require.Equal(t, map[string]int{"known@example.com": 5, "nobody@example.com": 5}, posted)
	f.exec("UPDATE otps SET sent_at[1] = sent_at[1] - interval '15 minutes'")
	require.NoError(t, f.Login(ctx, here, "known@example.com"), "the oldest code left the window")
	requireCode(t, f.Login(ctx, here, "known@example.com"), "rate_limited")
}

func TestSignupRefuses(t *testing.T) {
	f := setup(t)
	for name, c := range map[string]struct {
		email   string
		profile rules.Profile
	}{
		"staff":         {"a@example.com", rules.Profile{FirstName: "A", Role: domain.RoleAdmin}},
		"system":        {"a@example.com", rules.Profile{FirstName: "A", Role: domain.RoleSystem}},
		"no name":       {"a@example.com", rules.Profile{Role: domain.RoleCustomer}},
		"two lines":     {"a@example.com", rules.Profile{FirstName: "A\nB", Role: domain.RoleCustomer}},
		"second header": {"a@example.com\r\nBcc: b@example.com", profile},
		"two mailboxes": {"a@example.com,b@example.com", profile},
		"no ASCII":      {"ä@example.com", profile},
	} {
		requireCode(t, f.Signup(t.Context(), here, c.email, c.profile), "invalid")
		require.Empty(t, lettertest.All(t, f.db), name)
	}
}

func TestCodesDie(t *testing.T) {
	for name, c := range map[string]struct{ sql, code string }{
		"expired":        {"UPDATE otps SET expires_at = now() - interval '1 millisecond'", "auth.code"},
		"five tries":     {"UPDATE otps SET attempts = 5", "auth.code"},
		"of the past":    {"UPDATE otps SET code_hash = sha256(code_hash)", "auth.code"},
		"of a suspended": {"UPDATE users SET status = 'suspended'", "account.suspended"},
		"still good":     {"SELECT 1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := setup(t)
			f.signUp("asha@example.com")
			require.NoError(t, f.Login(t.Context(), here, "asha@example.com"))
			f.exec(c.sql)
			_, err := f.Verify(t.Context(), here, "asha@example.com", f.mail.last().Digits)
			if c.code == "" {
				require.NoError(t, err)
				return
			}
			requireCode(t, err, c.code)
			require.Equal(t, 1, scan[int](f, "SELECT count(*) FROM sessions"))
		})
	}
}

// Three instances, far more guesses than connections: five are compared, and then the right code fails too.
func TestManyGuessesAtOnce(t *testing.T) {
	f := setup(t)
	ctx := t.Context()
	f.signUp("asha@example.com")
	require.NoError(t, f.Login(ctx, here, "asha@example.com"))
	right := f.mail.last().Digits
	second, db2 := f.instance()
	third, db3 := f.instance()
	instances := []*account.Service{f.Service, second, third}
	var refused atomic.Int64
	inParallel(600, func(i int) {
		wrong := fmt.Sprintf("%06d", i)
		if wrong == right {
			wrong = "999999"
		}
		_, err := instances[i%3].Verify(ctx, from(fmt.Sprintf("192.0.2.%d", i%200)), "asha@example.com", wrong)
		if domain.KindOf(err) == domain.Unauthenticated {
			refused.Add(1)
		}
	})
	require.EqualValues(t, 600, refused.Load())
	_, err := second.Verify(ctx, here, "asha@example.com", right)
	requireCode(t, err, "auth.code")

	require.NoError(t, f.Login(ctx, here, "asha@example.com"))
	var compared atomic.Int64
	dbs := []interface {
		TryCode(ctx context.Context, email string) ([]byte, error)
	}{f.db, db2, db3}
	inParallel(300, func(i int) {
		hash, err := dbs[i%3].TryCode(ctx, "asha@example.com")
		if err == nil && hash != nil {
			compared.Add(1)
		}
	})
	require.EqualValues(t, 5, compared.Load())
}

func TestOneCodeOpensOneSession(t *testing.T) {
	f := setup(t)
	require.NoError(t, f.Signup(t.Context(), here, "asha@example.com", profile))
	var in atomic.Int64
	inParallel(50, func(int) {
		if _, err := f.Verify(t.Context(), here, "asha@example.com", f.mail.last().Digits); err == nil {
			in.Add(1)
		}
	})
	require.EqualValues(t, 1, in.Load())
	require.Equal(t, 1, scan[int](f, "SELECT count(*) FROM sessions"))
}

func TestDatabaseHoldsNoCode(t *testing.T) {
	f := setup(t)
	f.signUp("asha@example.com")
	require.NoError(t, f.Login(t.Context(), here, "asha@example.com"))
	digits := f.mail.last().Digits
	require.Zero(t, scan[int](f, "SELECT count(*) FROM river_job WHERE river_job::text LIKE '%' || $1 || '%' OR river_job::text LIKE '%asha%'", digits))
	require.Zero(t, scan[int](f, "SELECT count(*) FROM otps WHERE code_hash IN (sha256($1::bytea), $1::bytea)", []byte(digits)))
	require.Equal(t, 32, scan[int](f, "SELECT length(code_hash) FROM otps"))
}
