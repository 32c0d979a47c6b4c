package account_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/account"
	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/account"
)

// requireWait asserts that an attempt was refused for a while.
func requireWait(t *testing.T, err error, most float64) {
	t.Helper()
	requireCode(t, err, "rate_limited")
	var e *domain.Error
	require.ErrorAs(t, err, &e)
	require.InDelta(t, most/2, e.Details["retryAfter"], most/2)
	require.Positive(t, e.Details["retryAfter"])
}

// So many codes and no more may be asked for from one network, also when all of it is at once and on three instances.
func TestANetworkAsksForSoManyCodes(t *testing.T) {
	f := setup(t)
	instances := []*account.Service{f.Service}
	for range 2 {
		s, _ := f.instance()
		instances = append(instances, s)
	}
	bound := rules.OfNetwork[rules.AskCode]
	var sent atomic.Int32
	inParallel(bound.Most+50, func(i int) {
		network := fmt.Sprintf("2001:db8:1:2::%x", i+1) // one /64
		if instances[i%3].Login(t.Context(), from(network), fmt.Sprintf("a%d@example.com", i)) == nil {
			sent.Add(1)
		}
	})
	require.EqualValues(t, bound.Most, sent.Load())
	require.Equal(t, bound.Most, scan[int](f, "SELECT count(*) FROM otps"))
	require.Equal(t, bound.Most, scan[int](f, "SELECT n FROM sign_in_counts WHERE network = ''"), "what was refused does not count against all")
	requireWait(t, f.Signup(t.Context(), from("2001:db8:1:2:ffff::1"), "b@example.com", profile), 900)
	require.NoError(t, f.Login(t.Context(), from("2001:db8:1:3::1"), "b@example.com"), "the neighbours are not affected")

	f.exec("UPDATE sign_in_counts SET began_at = began_at - interval '15 minutes'")
	later, _ := f.instance()
	require.NoError(t, later.Login(t.Context(), from("2001:db8:1:2::1"), "c@example.com"))
}

func TestANetworkTriesSoManyCodes(t *testing.T) {
	f := setup(t)
	require.NoError(t, f.Signup(t.Context(), here, "asha@example.com", profile))
	right := f.mail.last().Digits
	bound := rules.OfNetwork[rules.TryCode]
	f.exec("INSERT INTO sign_in_counts VALUES ('guess', '192.0.2.1', clock_timestamp(), $1)", bound.Most-1)
	_, err := f.Verify(t.Context(), from("192.0.2.1"), "nobody@example.com", "000000")
	requireCode(t, err, "auth.code")
	for range 2 {
		_, err = f.Verify(t.Context(), from("::ffff:192.0.2.1"), "asha@example.com", right)
		requireWait(t, err, 900)
	}
	require.Zero(t, scan[int](f, "SELECT attempts FROM otps WHERE email = 'asha@example.com'"), "what is refused is no guess")
	_, err = f.Verify(t.Context(), from("192.0.2.2"), "asha@example.com", right)
	require.NoError(t, err)
}

func TestAllTogetherTrySoMany(t *testing.T) {
	f := setup(t)
	for what, bound := range rules.Everywhere {
		f.exec("INSERT INTO sign_in_counts VALUES ($1, '', clock_timestamp(), $2)", string(what), bound.Most)
	}
	requireWait(t, f.Login(t.Context(), here, "asha@example.com"), 60)
	_, err := f.Verify(t.Context(), here, "asha@example.com", "000000")
	requireWait(t, err, 60)
	f.exec("UPDATE sign_in_counts SET began_at = began_at - interval '1 minute'")
	later, _ := f.instance()
	require.NoError(t, later.Login(t.Context(), here, "asha@example.com"))
}
