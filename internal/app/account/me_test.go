package account_test

import (
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/account"
)

var home = rules.Address{Label: "home", Line1: "1 Janpath", City: "New Delhi", Location: domain.Point{Lat: 28.6139, Lng: 77.2090}}

func TestMeChangesByVersion(t *testing.T) {
	f := setup(t)
	actor := domain.Actor{ID: f.signUp("asha@example.com").User.ID, Role: domain.RoleCustomer}
	changed, err := f.PatchMe(t.Context(), actor, 1, rules.UserPatch{Phone: new("+91 98100 00000")})
	require.NoError(t, err)
	require.Equal(t, 2, changed.Version)
	stored, err := f.Me(t.Context(), actor)
	require.NoError(t, err)
	require.Equal(t, changed, stored)
	require.Equal(t, "Asha", stored.FirstName)

	_, err = f.PatchMe(t.Context(), actor, 1, rules.UserPatch{FirstName: new("Eve")})
	requireCode(t, err, "precondition")
	_, err = f.PatchMe(t.Context(), actor, 0, rules.UserPatch{FirstName: new("A\x00")})
	requireCode(t, err, "invalid")
	_, err = f.Me(t.Context(), domain.Actor{ID: domain.MustParseID("00000000-0000-7000-8000-000000000000")})
	requireCode(t, err, "not_found")
}

func TestAddressesAreOnesOwn(t *testing.T) {
	f := setup(t)
	ctx := t.Context()
	asha := domain.Actor{ID: f.signUp("asha@example.com").User.ID}
	eve := domain.Actor{ID: f.signUp("eve@example.com").User.ID}
	saved, err := f.CreateAddress(ctx, asha, home)
	require.NoError(t, err)
	list, err := f.Addresses(ctx, asha)
	require.NoError(t, err)
	require.Equal(t, []rules.Address{saved}, list)
	list, err = f.Addresses(ctx, eve)
	require.NoError(t, err)
	require.Empty(t, list)

	_, err = f.PatchAddress(ctx, eve, saved.ID, 0, rules.AddressPatch{Label: new("mine")})
	requireCode(t, err, "not_found")
	requireCode(t, f.DeleteAddress(ctx, eve, saved.ID, 0), "not_found")
	moved, err := f.PatchAddress(ctx, asha, saved.ID, saved.Version, rules.AddressPatch{Location: &domain.Point{Lat: 1, Lng: 2}, Instructions: new("two\nlines")})
	require.NoError(t, err)
	require.Equal(t, "home", moved.Label)
	require.Equal(t, 2, moved.Version)
	_, err = f.PatchAddress(ctx, asha, saved.ID, saved.Version, rules.AddressPatch{Label: new("late")})
	requireCode(t, err, "precondition")
	list, err = f.Addresses(ctx, asha)
	require.NoError(t, err)
	require.Equal(t, []rules.Address{moved}, list)
	require.NoError(t, f.DeleteAddress(ctx, asha, saved.ID, 0))
	requireCode(t, f.DeleteAddress(ctx, asha, saved.ID, 0), "not_found")
}

func TestAddressRefuses(t *testing.T) {
	f := setup(t)
	asha := domain.Actor{ID: f.signUp("asha@example.com").User.ID}
	for name, change := range map[string]rules.AddressPatch{
		"no label":  {Label: new("")},
		"two lines": {Line1: new("a\nb")},
		"escape":    {City: new("\x1b[2J")},
		"nul":       {Instructions: new("a\x00")},
		"no UTF-8":  {Line1: new("\xff")},
		"nowhere":   {Location: &domain.Point{}},
	} {
		_, err := f.CreateAddress(t.Context(), asha, change.Apply(home))
		requireCode(t, err, "invalid")
		require.Zero(t, scan[int](f, "SELECT count(*) FROM addresses"), name)
	}
}

func TestAtMostTwentyAddresses(t *testing.T) {
	f := setup(t)
	asha := domain.Actor{ID: f.signUp("asha@example.com").User.ID}
	var saved atomic.Int64
	inParallel(40, func(int) {
		if _, err := f.CreateAddress(t.Context(), asha, home); err == nil {
			saved.Add(1)
		}
	})
	require.EqualValues(t, 20, saved.Load())
	_, err := f.CreateAddress(t.Context(), asha, home)
	requireCode(t, err, "address.too_many")
}

func TestPurge(t *testing.T) {
	f := setup(t)
	f.signUp("old@example.com")
	f.signUp("new@example.com")
	f.exec(`UPDATE otps SET expires_at = now() - interval '1 hour' WHERE email = 'old@example.com'`)
	f.exec(`UPDATE sessions SET expires_at = now() - interval '2 days' WHERE user_id = (SELECT id FROM users WHERE email = 'old@example.com')`)
	n, err := f.db.PurgeAccounts(t.Context(), 100)
	require.NoError(t, err)
	require.EqualValues(t, 2, n)
	for _, table := range []string{"otps", "sessions", "refresh_tokens"} {
		require.Equal(t, 1, scan[int](f, "SELECT count(*) FROM "+table), table)
	}
}
