package account_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/account"
	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/account"
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
	require.Equal(t, "approved motorbike 1", scan[string](f, "SELECT concat_ws(' ', status, vehicle, version) FROM couriers"))
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

// A marketplace that trades in several currencies for development has one limit for all of them.
func TestMintSetsALimitOfAnyCurrency(t *testing.T) {
	f := setup(t)
	limit := domain.Money{Amount: 50_000, Currency: rules.AnyCurrency}
	minted, err := f.Mint(t.Context(), account.Mint{Email: "sam@example.com", Role: domain.RoleSupport, RefundLimit: &limit})
	require.NoError(t, err)
	require.Equal(t, limit, minted.User.RefundLimit)
	for _, c := range []domain.Currency{"INR", "GBP", "BRL"} {
		require.NoError(t, rules.MayRefund(minted.User.RefundLimit, domain.Money{Amount: 50_000, Currency: c}))
		require.Error(t, rules.MayRefund(minted.User.RefundLimit, domain.Money{Amount: 50_001, Currency: c}))
	}
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

func TestMintApprovesWhoWaits(t *testing.T) {
	f := setup(t)
	courier, vendor := f.courierAndVendor()
	f.exec("UPDATE couriers SET status = 'pending', vehicle = 'bicycle', version = 7")
	for _, m := range []account.Mint{{Email: "courier@example.com", Role: domain.RoleCourier}, {Email: "vendor@example.com", Role: domain.RoleVendor}} {
		for range 2 { // the second time there is nothing to do
			_, err := f.Mint(t.Context(), m)
			require.NoError(t, err)
		}
	}
	require.Zero(t, scan[int](f, "SELECT count(*) FROM users WHERE version <> 1"))
	require.Equal(t, "approved bicycle 8", scan[string](f, "SELECT concat_ws(' ', status, vehicle, version) FROM couriers"))
	require.Equal(t, "approved 2", scan[string](f, "SELECT concat_ws(' ', status, version) FROM vendors WHERE name = 'mine'"))
	require.Equal(t, "pending 1", scan[string](f, "SELECT concat_ws(' ', status, version) FROM vendors WHERE name = 'another'"))
	require.Equal(t, "courier.approved 8", scan[string](f, "SELECT concat_ws(' ', type, version) FROM events WHERE courier_id = $1", courier.String()))
	require.Equal(t, 2, scan[int](f, "SELECT count(*) FROM events"))
	require.NotEqual(t, courier, vendor)
}

// What staff have decided about somebody is for staff to take back.
func TestMintLiftsNothing(t *testing.T) {
	f := setup(t)
	f.courierAndVendor()
	mints := []account.Mint{{Email: "courier@example.com", Role: domain.RoleCourier, Simulated: true}, {Email: "vendor@example.com", Role: domain.RoleVendor}}
	for _, status := range []string{"suspended", "rejected"} {
		f.exec("UPDATE couriers SET status = $1, status_reason = 'fraud'", status)
		f.exec("UPDATE vendors SET status = $1, status_reason = 'rats'", status)
		for _, m := range mints {
			_, err := f.Mint(t.Context(), m)
			require.NoError(t, err)
		}
		require.Equal(t, status+" fraud", scan[string](f, "SELECT concat_ws(' ', status, status_reason) FROM couriers"))
		require.Equal(t, 2, scan[int](f, "SELECT count(*) FROM vendors WHERE status = $1 AND status_reason = 'rats'", status))
	}
	f.exec("UPDATE users SET status = 'suspended', status_reason = 'fraud'")
	for _, m := range mints {
		_, err := f.Mint(t.Context(), m)
		requireCode(t, err, "account.suspended")
	}
	require.Equal(t, 2, scan[int](f, "SELECT count(*) FROM users WHERE status = 'suspended' AND status_reason = 'fraud'"))
	require.Zero(t, scan[int](f, "SELECT count(*) FROM events"))
}

// courierAndVendor are two accounts, the second of which owns a pending vendor; there is another one.
func (f fixture) courierAndVendor() (courier, vendor domain.ID) {
	f.t.Helper()
	_, c := f.minted("courier@example.com", domain.RoleCourier)
	_, v := f.minted("vendor@example.com", domain.RoleVendor)
	f.exec(`INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, lat, lng)
		SELECT gen_random_uuid(), name, '{}', 'street', 'Delhi', 'IN', 'Asia/Kolkata', 'INR', 28.6, 77.2 FROM unnest('{mine,another}'::text[]) name`)
	f.exec("INSERT INTO vendor_members (vendor_id, user_id) SELECT id, $1 FROM vendors WHERE name = 'mine'", v.User.ID.String())
	return c.User.ID, v.User.ID
}
