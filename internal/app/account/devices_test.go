package account_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/account"
	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/id"
)

// again signs somebody in who has an account.
func (f fixture) again(c account.Client, email string) account.Tokens {
	f.t.Helper()
	f.exec("DELETE FROM otps") // an address may have five codes
	require.NoError(f.t, f.Login(f.t.Context(), c, email))
	tokens, err := f.Verify(f.t.Context(), c, email, f.mail.last().Digits)
	require.NoError(f.t, err)
	return tokens
}

func (f fixture) actor(access string) domain.Actor {
	f.t.Helper()
	actor, err := f.Authenticate(f.t.Context(), access)
	require.NoError(f.t, err)
	return actor
}

func TestSessionsSayWhichIsWhich(t *testing.T) {
	f := setup(t)
	phone := f.signUp("asha@example.com")
	laptop := f.again(account.Client{From: domain.Origin{Address: "2001:db8:7:8::9"}, Device: "laptop"}, "asha@example.com")
	f.signUp("eve@example.com")
	list, err := f.Sessions(t.Context(), f.actor(phone.Access))
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.Equal(t, rules.Session{
		ID: f.actor(laptop.Access).Session, Device: "laptop", Network: "2001:db8:7::/48", CreatedAt: list[0].CreatedAt, UsedAt: list[0].UsedAt,
	}, list[0])
	require.Equal(t, "198.51.100.0/24", list[1].Network)

	_, err = f.Refresh(t.Context(), account.Client{From: domain.Origin{Address: "192.0.2.1"}, Device: "new phone"}, phone.Refresh)
	require.NoError(t, err)
	list, err = f.Sessions(t.Context(), f.actor(phone.Access))
	require.NoError(t, err)
	require.Equal(t, "new phone", list[0].Device)
	require.Equal(t, "192.0.2.0/24", list[0].Network)
	require.True(t, list[0].UsedAt.After(list[0].CreatedAt))
	_, err = f.Refresh(t.Context(), account.Client{Device: "two\nlines"}, laptop.Refresh)
	requireCode(t, err, "invalid")
	renewed, err := f.Refresh(t.Context(), account.Client{}, laptop.Refresh)
	require.NoError(t, err, "what is wrong with the name does not use the token up")
	require.Equal(t, "laptop", scan[string](f, "SELECT device FROM sessions WHERE id = $1::text::uuid", f.actor(renewed.Access).Session.String()))
}

func TestSessionsAreEndedByTheirOwnerAlone(t *testing.T) {
	f := setup(t)
	other, _ := f.instance()
	run(t, other)
	phone, eve := f.signUp("asha@example.com"), f.signUp("eve@example.com")
	laptop := f.again(here, "asha@example.com")
	_, err := other.Authenticate(t.Context(), laptop.Access)
	require.NoError(t, err)
	me, stolen := f.actor(phone.Access), f.actor(laptop.Access).Session

	requireCode(t, f.EndSession(t.Context(), f.actor(eve.Access), stolen), "not_found")
	requireCode(t, f.EndSession(t.Context(), me, id.New()), "not_found")
	require.NoError(t, f.EndSession(t.Context(), me, stolen))
	requireCode(t, f.EndSession(t.Context(), me, stolen), "not_found")
	_, err = f.Authenticate(t.Context(), laptop.Access)
	requireCode(t, err, "auth.session_ended")
	eventuallyEnded(t, other, laptop.Access)
	_, err = f.Refresh(t.Context(), here, laptop.Refresh)
	requireCode(t, err, "auth.refresh")

	var more []account.Tokens
	for range 3 {
		more = append(more, f.again(here, "asha@example.com"))
	}
	require.NoError(t, f.EndOtherSessions(t.Context(), me))
	for _, tokens := range more {
		_, err = f.Authenticate(t.Context(), tokens.Access)
		requireCode(t, err, "auth.session_ended")
		eventuallyEnded(t, other, tokens.Access)
	}
	for _, tokens := range []account.Tokens{phone, eve} {
		_, err = f.Authenticate(t.Context(), tokens.Access)
		require.NoError(t, err)
	}
	list, err := f.Sessions(t.Context(), me)
	require.NoError(t, err)
	require.Len(t, list, 1)
}

// However many sign in at once, an account has so many sessions, and what goes is what was used least lately.
func TestSessionsAreBounded(t *testing.T) {
	f := setup(t)
	oldest := f.signUp("asha@example.com")
	mint := account.Mint{Email: "asha@example.com", Role: domain.RoleCustomer}
	inParallel(rules.MaxSessions-1, func(int) { _, _ = f.Mint(t.Context(), mint) })
	require.Equal(t, rules.MaxSessions, scan[int](f, "SELECT count(*) FROM sessions WHERE revoked_at IS NULL"))
	kept, err := f.Refresh(t.Context(), here, oldest.Refresh)
	require.NoError(t, err)
	inParallel(8, func(int) { _, _ = f.Mint(t.Context(), mint) })
	require.Equal(t, rules.MaxSessions, scan[int](f, "SELECT count(*) FROM sessions WHERE revoked_at IS NULL"))
	require.Equal(t, 8, scan[int](f, "SELECT count(*) FROM sessions WHERE revoked_at IS NOT NULL"))
	_, err = f.Authenticate(t.Context(), kept.Access)
	require.NoError(t, err)
}

func TestReuseIsNoted(t *testing.T) {
	f := setup(t)
	tokens := f.signUp("asha@example.com")
	session := f.actor(tokens.Access).Session
	for range 3 { // the first renews it, the second ends it, the third finds it ended
		_, _ = f.Refresh(t.Context(), here, tokens.Refresh)
	}
	require.Equal(t, "session.cut_off "+session.String()+" 198.51.100.7 true",
		scan[string](f, "SELECT concat_ws(' ', action, subject_id, address, after->>'reused') FROM audit_log"))
}
