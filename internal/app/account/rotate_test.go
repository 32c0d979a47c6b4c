package account_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/account"
	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/account"
)

// kid is the name of the key that signed a token.
func kid(t *testing.T, token string) string {
	t.Helper()
	parsed, _, err := jwt.NewParser().ParseUnverified(token, jwt.MapClaims{})
	require.NoError(t, err)
	return parsed.Header["kid"].(string)
}

// state is where in its life a key is; "" when there is none of that name.
func state(f fixture, id string) rules.KeyState {
	f.t.Helper()
	list, err := f.Keys(f.t.Context())
	require.NoError(f.t, err)
	for _, k := range list {
		if k.ID == id {
			return k.State
		}
	}
	return ""
}

func TestRotationSignsNobodyOut(t *testing.T) {
	f := setup(t)
	other, _ := f.instance()
	run(t, other)
	before := f.signUp("asha@example.com")
	_, err := other.Authenticate(t.Context(), before.Access)
	require.NoError(t, err)
	old := kid(t, before.Access)

	made, err := f.RotateKeys(t.Context())
	require.NoError(t, err)
	require.WithinDuration(t, made.CreatedAt.Add(rules.KeyPublished), made.SignsFrom, time.Second)
	require.Equal(t, rules.Published, state(f, made.ID))
	require.Equal(t, rules.Signing, state(f, old))
	require.Eventually(t, func() bool { // the other instance publishes what it has heard of
		public, err := other.PublicKeys(t.Context())
		return err == nil && len(public) == 2 && public[0].ID == made.ID
	}, patience, 20*time.Millisecond)
	during, err := f.Refresh(t.Context(), here, before.Refresh)
	require.NoError(t, err)
	require.Equal(t, old, kid(t, during.Access), "a key signs only when all may know it")

	f.exec("UPDATE signing_keys SET signs_from = clock_timestamp() - interval '2 seconds' WHERE id = $1", made.ID)
	require.Equal(t, rules.Verifying, state(f, old))
	after, err := f.Refresh(t.Context(), here, during.Refresh)
	require.NoError(t, err)
	require.Equal(t, made.ID, kid(t, after.Access))
	for _, access := range []string{before.Access, during.Access, after.Access} {
		_, err = other.Authenticate(t.Context(), access)
		require.NoError(t, err)
	}
	require.Equal(t, "keys.rotate operator", scan[string](f, "SELECT action || ' ' || actor_role FROM audit_log"))
}

func TestAKeyGoesWhenAllThatItSignedHasEnded(t *testing.T) {
	f := setup(t)
	before := f.signUp("asha@example.com")
	made, err := f.RotateKeys(t.Context())
	require.NoError(t, err)
	require.InDelta(t, rules.KeyOverlap.Seconds(),
		scan[float64](f, "SELECT extract(epoch FROM verifies_until - $1)::float8 FROM signing_keys WHERE verifies_until IS NOT NULL", made.SignsFrom), 1)
	running, _ := f.instance()
	_, err = running.Authenticate(t.Context(), before.Access)
	require.NoError(t, err)
	run(t, running)
	f.exec("UPDATE signing_keys SET verifies_until = clock_timestamp() WHERE verifies_until IS NOT NULL")
	require.Eventually(t, func() bool {
		_, err := running.Authenticate(t.Context(), before.Access)
		return err != nil
	}, patience, 20*time.Millisecond)
	public, err := running.PublicKeys(t.Context())
	require.NoError(t, err)
	require.Len(t, public, 1)
}

func TestOneOfManyWhoRotateAtOnceDoes(t *testing.T) {
	f := setup(t)
	f.signUp("asha@example.com")
	instances := []*account.Service{f.Service}
	for range 3 {
		s, _ := f.instance()
		instances = append(instances, s)
	}
	var made, refused atomic.Int32
	inParallel(12, func(i int) {
		switch _, err := instances[i%len(instances)].RotateKeys(t.Context()); {
		case err == nil:
			made.Add(1)
		case domain.KindOf(err) == domain.Conflict:
			refused.Add(1)
		}
	})
	require.EqualValues(t, 1, made.Load())
	require.EqualValues(t, 11, refused.Load())
	require.Equal(t, 2, scan[int](f, "SELECT count(*) FROM signing_keys WHERE purpose = 'token'"))
}

func TestKeysAreBounded(t *testing.T) {
	f := setup(t)
	f.signUp("asha@example.com")
	for range rules.MaxKeys - 1 {
		_, err := f.RotateKeys(t.Context())
		require.NoError(t, err)
		f.exec("UPDATE signing_keys SET signs_from = created_at")
	}
	_, err := f.RotateKeys(t.Context())
	requireCode(t, err, "keys.too_many")
}

func TestLeakedKeysStopAtOnceAndRefreshGoesOn(t *testing.T) {
	f := setup(t)
	other, _ := f.instance()
	run(t, other)
	leaked := newForger(f)
	tokens := f.signUp("asha@example.com")
	forged := leaked.token(t, jwt.SigningMethodEdDSA, leaked.key, leaked.kid, func(jwt.MapClaims) {})
	_, err := other.Authenticate(t.Context(), forged)
	require.NoError(t, err)
	ticketKey, err := other.SharedKey(t.Context(), "tickets")
	require.NoError(t, err)
	ticket := ticketKey()
	require.NoError(t, f.Login(t.Context(), here, "asha@example.com"))
	code := f.mail.last().Digits

	_, err = f.RotateKeys(t.Context())
	require.NoError(t, err)
	made, err := f.ReplaceLeakedKeys(t.Context())
	require.NoError(t, err, "also while another key waits for its turn")
	_, err = f.Authenticate(t.Context(), forged)
	requireCode(t, err, "auth.token")
	for _, token := range []string{forged, tokens.Access} {
		require.Eventually(t, func() bool {
			_, err := other.Authenticate(t.Context(), token)
			return err != nil
		}, patience, 20*time.Millisecond)
	}
	require.NotEqual(t, ticket, ticketKey())
	_, err = other.Verify(t.Context(), here, "asha@example.com", code)
	requireCode(t, err, "auth.code")

	renewed, err := other.Refresh(t.Context(), here, tokens.Refresh)
	require.NoError(t, err)
	require.Equal(t, made.ID, kid(t, renewed.Access))
	_, err = f.Authenticate(t.Context(), renewed.Access)
	require.NoError(t, err)
}
