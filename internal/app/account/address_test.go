package account_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/account"
)

func somewhere(label string) rules.Address {
	return rules.Address{Label: label, Line1: "1 Janpath", City: "New Delhi", Location: domain.Point{Lat: 28.61, Lng: 77.21}}
}

func TestOneAddressIsTheDefault(t *testing.T) {
	f := setup(t)
	ctx := t.Context()
	user := domain.Actor{ID: f.signUp("asha@example.com").User.ID, Role: domain.RoleCustomer}
	home, err := f.CreateAddress(ctx, user, somewhere("home"))
	require.NoError(t, err)
	require.True(t, home.Default, "the first one")
	require.Equal(t, 1, home.Version)
	work, err := f.CreateAddress(ctx, user, somewhere("work"))
	require.NoError(t, err)
	require.False(t, work.Default)
	work, err = f.PatchAddress(ctx, user, work.ID, work.Version, rules.AddressPatch{Default: true})
	require.NoError(t, err)
	require.True(t, work.Default)
	_, err = f.PatchAddress(ctx, user, home.ID, home.Version, rules.AddressPatch{})
	require.Equal(t, domain.Precondition, domain.KindOf(err), "it is not the default any more")
	gym, err := f.CreateAddress(ctx, user, somewhere("gym"))
	require.NoError(t, err)
	require.NoError(t, f.DeleteAddress(ctx, user, work.ID, 0))
	all, err := f.Addresses(ctx, user)
	require.NoError(t, err)
	require.Len(t, all, 2)
	require.Equal(t, gym.ID, all[1].ID)
	require.True(t, all[1].Default, "the newest follows")
	require.False(t, all[0].Default)
}

func TestOneAddressIsTheDefaultWhateverHappensAtOnce(t *testing.T) {
	f := setup(t)
	ctx := t.Context()
	user := domain.Actor{ID: f.signUp("asha@example.com").User.ID, Role: domain.RoleCustomer}
	for range 8 {
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				a := somewhere("here")
				a.Default = true
				made, err := f.CreateAddress(ctx, user, a)
				if err == nil {
					err = f.DeleteAddress(ctx, user, made.ID, 0)
				}
				if err != nil {
					t.Error(err)
				}
			})
			wg.Go(func() {
				if _, err := f.CreateAddress(ctx, user, somewhere("there")); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		require.Equal(t, 1, scan[int](f, "SELECT count(*) FROM addresses WHERE is_default"))
		f.exec("DELETE FROM addresses")
	}
}

func TestNumbersAreKeptInOneForm(t *testing.T) {
	f := setup(t)
	ctx := t.Context()
	user := domain.Actor{ID: f.signUp("asha@example.com").User.ID, Role: domain.RoleCustomer}
	a := somewhere("home")
	a.ContactPhone = "+91 (981) 00-00000"
	saved, err := f.CreateAddress(ctx, user, a)
	require.NoError(t, err)
	require.Equal(t, "+919810000000", saved.ContactPhone)
	for _, wrong := range []string{"98100 00000", "+91", "+999 1234567"} {
		_, err := f.PatchMe(ctx, user, 0, rules.UserPatch{Phone: &wrong})
		require.Equal(t, domain.Invalid, domain.KindOf(err), wrong)
		_, err = f.PatchAddress(ctx, user, saved.ID, 0, rules.AddressPatch{ContactPhone: &wrong})
		require.Equal(t, domain.Invalid, domain.KindOf(err), wrong)
	}
	none := ""
	saved, err = f.PatchAddress(ctx, user, saved.ID, 0, rules.AddressPatch{ContactPhone: &none})
	require.NoError(t, err)
	require.Empty(t, saved.ContactPhone)
}
