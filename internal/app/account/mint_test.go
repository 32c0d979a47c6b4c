package account_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/account"
	"github.com/zoop-dev/zoop/internal/domain"
)

func TestMintMakesAnAccountOfEachRole(t *testing.T) {
	f := setup(t)
	for _, role := range []domain.Role{domain.RoleCustomer, domain.RoleVendor, domain.RoleCourier, domain.RoleAdmin, domain.RoleSupport} {
		m := account.Mint{Email: string(role) + "@example.com", Role: role, Name: "Ravi Kumar Das"}
		minted, err := f.Mint(t.Context(), m)
		require.NoError(t, err)
		require.Equal(t, "Ravi", minted.User.FirstName)
		require.Equal(t, "Kumar Das", minted.User.LastName)
		require.WithinDuration(t, time.Now().Add(12*time.Hour), minted.ExpiresAt, time.Minute)
		actor, err := f.Authenticate(t.Context(), minted.Token)
		require.NoError(t, err)
		require.Equal(t, minted.User.ID, actor.ID)
		require.Equal(t, role, actor.Role)
		again, err := f.Mint(t.Context(), account.Mint{Email: m.Email, Role: role})
		require.NoError(t, err)
		require.Equal(t, minted.User, again.User)
		require.NoError(t, f.Logout(t.Context(), actor))
		_, err = f.Authenticate(t.Context(), minted.Token)
		requireCode(t, err, "auth.session_ended")
	}
	require.Equal(t, "approved motorbike", scan[string](f, "SELECT status || ' ' || vehicle FROM couriers"))
}

func TestMintSetsARefundLimit(t *testing.T) {
	f := setup(t)
	limit, refund := domain.Money{Amount: 50_000, Currency: "INR"}, domain.Refund
	m := account.Mint{Email: "sam@example.com", Role: domain.RoleSupport, Permissions: &refund, RefundLimit: &limit}
	minted, err := f.Mint(t.Context(), m)
	require.NoError(t, err)
	require.Equal(t, limit, minted.User.RefundLimit)
	again, err := f.Mint(t.Context(), account.Mint{Email: m.Email, Role: m.Role})
	require.NoError(t, err)
	require.Equal(t, limit, again.User.RefundLimit, "it stays")
	_, err = f.Mint(t.Context(), account.Mint{Email: "asha@example.com", Role: domain.RoleCustomer, RefundLimit: &limit})
	require.Equal(t, domain.Invalid, domain.KindOf(err))
}

func TestMintRefuses(t *testing.T) {
	f := setup(t)
	_, err := f.Mint(t.Context(), account.Mint{Email: "a@example.com", Role: domain.RoleCustomer})
	require.NoError(t, err)
	for name, c := range map[string]struct {
		mint account.Mint
		code string
	}{
		"other role": {account.Mint{Email: "a@example.com", Role: domain.RoleAdmin}, "account.other_role"},
		"system":     {account.Mint{Email: "b@example.com", Role: domain.RoleSystem}, "invalid"},
		"no role":    {account.Mint{Email: "b@example.com"}, "invalid"},
		"no address": {account.Mint{Email: "b", Role: domain.RoleAdmin}, "invalid"},
		"too long":   {account.Mint{Email: "b@example.com", Role: domain.RoleAdmin, TTL: 25 * time.Hour}, "invalid"},
		"negative":   {account.Mint{Email: "b@example.com", Role: domain.RoleAdmin, TTL: -time.Hour}, "invalid"},
	} {
		_, err := f.Mint(t.Context(), c.mint)
		requireCode(t, err, c.code)
		require.Equal(t, 1, scan[int](f, "SELECT count(*) FROM users"), name)
	}
}

func TestMintActivatesAndApproves(t *testing.T) {
	f := setup(t)
	courier, err := f.Mint(t.Context(), account.Mint{Email: "courier@example.com", Role: domain.RoleCourier})
	require.NoError(t, err)
	vendor, err := f.Mint(t.Context(), account.Mint{Email: "vendor@example.com", Role: domain.RoleVendor})
	require.NoError(t, err)
	f.exec("UPDATE users SET status = 'suspended', status_reason = 'fraud'")
	f.exec("UPDATE couriers SET status = 'suspended', vehicle = 'bicycle', version = 7")
	f.exec(`INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, lat, lng)
		SELECT gen_random_uuid(), name, '{}', 'street', 'Delhi', 'IN', 'Asia/Kolkata', 'INR', 28.6, 77.2 FROM unnest('{mine,another}'::text[]) name`)
	f.exec("INSERT INTO vendor_members (vendor_id, user_id) SELECT id, $1 FROM vendors WHERE name = 'mine'", vendor.User.ID.String())

	for _, m := range []account.Mint{{Email: "courier@example.com", Role: domain.RoleCourier}, {Email: "vendor@example.com", Role: domain.RoleVendor}} {
		for range 2 { // the second time there is nothing to do
			_, err = f.Mint(t.Context(), m)
			require.NoError(t, err)
		}
	}
	require.Zero(t, scan[int](f, "SELECT count(*) FROM users WHERE status <> 'active' OR status_reason <> '' OR version <> 2"))
	require.Equal(t, "approved bicycle 8", scan[string](f, "SELECT concat_ws(' ', status, vehicle, version) FROM couriers"))
	require.Equal(t, "approved 2", scan[string](f, "SELECT concat_ws(' ', status, version) FROM vendors WHERE name = 'mine'"))
	require.Equal(t, "pending 1", scan[string](f, "SELECT concat_ws(' ', status, version) FROM vendors WHERE name = 'another'"))
	require.Equal(t, "courier.approved 8", scan[string](f, "SELECT concat_ws(' ', type, version) FROM events WHERE courier_id = $1", courier.User.ID.String()))
	require.Equal(t, 2, scan[int](f, "SELECT count(*) FROM events"))
}
