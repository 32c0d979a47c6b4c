package account_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/account"
	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/account"
)

func TestSuspensionEndsAllSessionsEverywhere(t *testing.T) {
	f := setup(t)
	other, _ := f.instance()
	run(t, other)
	admin, _ := f.minted("admin@example.com", domain.RoleAdmin)
	phone := f.signUp("asha@example.com")
	require.NoError(t, f.Login(t.Context(), here, "asha@example.com"))
	laptop, err := f.Verify(t.Context(), here, "asha@example.com", f.mail.last().Digits)
	require.NoError(t, err)
	for _, tokens := range []account.Tokens{phone, laptop} {
		_, err = other.Authenticate(t.Context(), tokens.Access)
		require.NoError(t, err)
	}

	user, err := f.Suspend(t.Context(), admin, phone.User.ID, 0, "fraud")
	require.NoError(t, err)
	require.Equal(t, rules.Suspended, user.Status)
	for _, tokens := range []account.Tokens{phone, laptop} {
		_, err = f.Authenticate(t.Context(), tokens.Access)
		requireCode(t, err, "auth.session_ended")
		eventuallyEnded(t, other, tokens.Access)
		_, err = f.Refresh(t.Context(), here, tokens.Refresh)
		requireCode(t, err, "auth.refresh")
	}
	require.NoError(t, f.Login(t.Context(), here, "asha@example.com"))
	_, err = f.Verify(t.Context(), here, "asha@example.com", f.mail.last().Digits)
	requireCode(t, err, "account.suspended")
	_, err = f.Suspend(t.Context(), admin, user.ID, 0, "again")
	requireCode(t, err, "account.illegal_transition")

	user, err = f.Reinstate(t.Context(), admin, user.ID, 0)
	require.NoError(t, err)
	require.Equal(t, rules.Active, user.Status)
	require.Empty(t, user.StatusReason)
	_, err = f.Authenticate(t.Context(), phone.Access)
	requireCode(t, err, "auth.session_ended")
	require.NoError(t, f.Login(t.Context(), here, "asha@example.com"))
	_, err = f.Verify(t.Context(), here, "asha@example.com", f.mail.last().Digits)
	require.NoError(t, err)
	require.Equal(t, 1, f.audits("user.suspend"))
	require.Equal(t, 1, f.audits("user.reinstate"))
	require.Zero(t, scan[int](f, "SELECT count(*) FROM audit_log WHERE audit_log::text ~ 'asha|fraud'"), "the log keeps no names and no words")
}

// Whoever signs in while they are suspended is refused, or their new session ends as well: none is left.
func TestNobodySlipsInDuringTheirSuspension(t *testing.T) {
	f := setup(t)
	admin, _ := f.minted("admin@example.com", domain.RoleAdmin)
	user := f.signUp("asha@example.com").User
	for range 10 {
		require.NoError(t, f.Login(t.Context(), here, "asha@example.com"))
		digits := f.mail.last().Digits
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = f.Verify(t.Context(), here, "asha@example.com", digits) })
		wg.Go(func() { _, _ = f.Suspend(t.Context(), admin, user.ID, 0, "fraud") })
		wg.Wait()
		require.Equal(t, "suspended", scan[string](f, "SELECT status FROM users WHERE id = $1", user.ID))
		require.Zero(t, scan[int](f, "SELECT count(*) FROM sessions WHERE user_id = $1 AND revoked_at IS NULL", user.ID))
		f.exec("UPDATE users SET status = 'active' WHERE id = $1", user.ID)
		f.exec("DELETE FROM otps")
	}
}

func TestTwoAdminsWhoSuspendEachOtherAtOnce(t *testing.T) {
	f := setup(t)
	a, _ := f.minted("a@example.com", domain.RoleAdmin)
	b, _ := f.minted("b@example.com", domain.RoleAdmin)
	for range 10 {
		errs := make([]error, 2)
		inParallel(2, func(i int) {
			by, whom := a, b
			if i == 1 {
				by, whom = b, a
			}
			_, errs[i] = f.Suspend(t.Context(), by, whom.ID, 0, "coup")
		})
		require.Equal(t, 1, scan[int](f, "SELECT count(*) FROM users WHERE role = 'admin' AND status = 'active'"), "one is left")
		failed := errs[0]
		if failed == nil {
			failed = errs[1]
		}
		requireCode(t, failed, "account.suspended")
		f.exec("UPDATE users SET status = 'active'")
	}
}

func TestNobodyDecidesAboutThemselvesOrAboveThem(t *testing.T) {
	f := setup(t)
	admin, _ := f.minted("admin@example.com", domain.RoleAdmin)
	manager, _ := f.minted("manager@example.com", domain.RoleSupport, domain.ManageUsers)
	peer, _ := f.minted("peer@example.com", domain.RoleSupport, domain.ManageUsers)
	none, _ := f.minted("none@example.com", domain.RoleSupport, domain.Permissions(0))
	customer := f.signUp("asha@example.com").User
	for name, c := range map[string]struct {
		by   domain.Actor
		whom domain.ID
		code string
	}{
		"an admin themselves":  {admin, admin.ID, "account.self"},
		"support themselves":   {manager, manager.ID, "account.self"},
		"support an admin":     {manager, admin.ID, "account.admins_only"},
		"support a manager":    {manager, peer.ID, "account.admins_only"},
		"without a permission": {none, customer.ID, "permission"},
		"nobody there":         {admin, domain.ID{1}, "not_found"},
	} {
		_, err := f.Suspend(t.Context(), c.by, c.whom, 0, "no")
		requireCode(t, err, c.code)
		_, err = f.Reinstate(t.Context(), c.by, c.whom, 0)
		requireCode(t, err, c.code)
		all := domain.AllPermissions
		_, err = f.SetRights(t.Context(), c.by, c.whom, 0, account.RightsPatch{Permissions: &all})
		requireCode(t, err, c.code)
		require.Zero(t, f.audits("user.suspend")+f.audits("user.rights"), name)
	}
	_, err := f.Suspend(t.Context(), manager, customer.ID, 0, "fraud")
	require.NoError(t, err)
	_, err = f.Suspend(t.Context(), admin, manager.ID, 0, "left")
	require.NoError(t, err)
}

func TestOldTokensKeepNoOldRights(t *testing.T) {
	f := setup(t)
	admin, _ := f.minted("admin@example.com", domain.RoleAdmin)
	sam, minted := f.minted("sam@example.com", domain.RoleSupport, domain.Refund|domain.Payouts)
	limit := domain.Money{Amount: 10_000, Currency: "INR"}
	user, err := f.SetRights(t.Context(), admin, sam.ID, minted.User.Version, account.RightsPatch{RefundLimit: &limit})
	require.NoError(t, err)
	require.Equal(t, limit, user.RefundLimit)
	require.Equal(t, domain.Refund|domain.Payouts, user.Permissions)
	_, err = f.Authenticate(t.Context(), minted.Token)
	require.NoError(t, err, "the limit is in no token")

	less := domain.Refund
	_, err = f.SetRights(t.Context(), admin, sam.ID, minted.User.Version, account.RightsPatch{Permissions: &less})
	requireCode(t, err, "precondition")
	user, err = f.SetRights(t.Context(), admin, sam.ID, user.Version, account.RightsPatch{Permissions: &less})
	require.NoError(t, err)
	require.Equal(t, rules.Rights{Permissions: less, RefundLimit: limit}, user.Rights())
	_, err = f.Authenticate(t.Context(), minted.Token)
	requireCode(t, err, "auth.session_ended")
	again, err := f.Mint(t.Context(), account.Mint{Email: "sam@example.com", Role: domain.RoleSupport})
	require.NoError(t, err)
	require.Equal(t, user, again.User, "it is in the database")
	require.JSONEq(t, `{"role": "support", "status": "active", "permissions": ["refund", "payouts"], "refundLimit": "INR 100.00"}`,
		scan[string](f, "SELECT before::text FROM audit_log WHERE action = 'user.rights' ORDER BY id DESC LIMIT 1"))

	customer := f.signUp("asha@example.com").User
	_, err = f.SetRights(t.Context(), admin, customer.ID, 0, account.RightsPatch{Permissions: &less})
	requireCode(t, err, "account.not_support")
}

func TestSuspendedCourierGoesOffline(t *testing.T) {
	f := setup(t)
	admin, _ := f.minted("admin@example.com", domain.RoleAdmin)
	courier, _ := f.minted("ravi@example.com", domain.RoleCourier)
	f.exec("UPDATE couriers SET online = true")
	_, err := f.Suspend(t.Context(), admin, courier.ID, 0, "fraud")
	require.NoError(t, err)
	require.Equal(t, "approved false", scan[string](f, "SELECT status || ' ' || online FROM couriers"))
	require.Equal(t, 1, scan[int](f, "SELECT count(*) FROM events WHERE type = 'courier.offline'"))
}

func TestACourierWhoCarriesIsNotShutOut(t *testing.T) {
	f := setup(t)
	admin, _ := f.minted("admin@example.com", domain.RoleAdmin)
	courier, minted := f.minted("ravi@example.com", domain.RoleCourier)
	f.lived("preparing")
	f.exec(`INSERT INTO deliveries (id, order_id, vendor_id, state, courier_id, pickup_lat, pickup_lng, dropoff_lat, dropoff_lng)
		SELECT gen_random_uuid(), id, vendor_id, 'assigned', $1, 1, 2, 1, 2 FROM orders`, courier.ID)
	for _, state := range []string{"assigned", "at_store", "picked_up", "at_customer", "returning"} {
		f.exec("UPDATE deliveries SET state = $1", state)
		_, err := f.Suspend(t.Context(), admin, courier.ID, 0, "fraud")
		requireCode(t, err, "account.carrying")
		_, err = f.Authenticate(t.Context(), minted.Token)
		require.NoError(t, err, "they bring it to its end")
	}
	f.exec("UPDATE deliveries SET state = 'delivered'")
	_, err := f.Suspend(t.Context(), admin, courier.ID, 0, "fraud")
	require.NoError(t, err)
}

func TestUsersAreFoundByWhatStaffType(t *testing.T) {
	f := setup(t)
	for email, phone := range map[string]string{"asha@example.com": "+91 98100-00000", "asim@example.com": "", "ravi@example.com": ""} {
		user := f.signUp(email).User
		f.exec("UPDATE users SET first_name = initcap(split_part(email, '@', 1)), last_name = 'O%Rao', phone = $2 WHERE id = $1", user.ID, phone)
	}
	f.minted("sam@example.com", domain.RoleSupport)
	for name, c := range map[string]struct {
		filter account.UserFilter
		want   []string
	}{
		"all":            {account.UserFilter{}, []string{"asha", "asim", "ravi", "sam"}},
		"a role":         {account.UserFilter{Role: domain.RoleSupport}, []string{"sam"}},
		"a status":       {account.UserFilter{Status: rules.Suspended}, nil},
		"an address":     {account.UserFilter{Text: "ASHA@example.com "}, []string{"asha"}},
		"part of one":    {account.UserFilter{Text: "asha@"}, nil},
		"a phone":        {account.UserFilter{Text: "+919810000000"}, []string{"asha"}},
		"a name begins":  {account.UserFilter{Text: "as"}, []string{"asha", "asim"}},
		"a whole name":   {account.UserFilter{Text: "asha o%r"}, []string{"asha"}},
		"no wildcard":    {account.UserFilter{Text: "%sha"}, nil},
		"both":           {account.UserFilter{Text: "as", Role: domain.RoleVendor}, nil},
		"a quote":        {account.UserFilter{Text: "' OR true --"}, nil},
		"only spaces":    {account.UserFilter{Text: "  "}, []string{"asha", "asim", "ravi", "sam"}},
		"half of a page": {account.UserFilter{Limit: 1, Role: domain.RoleSupport}, []string{"sam"}},
	} {
		if c.filter.Limit == 0 {
			c.filter.Limit = 10
		}
		users, err := f.Users(t.Context(), c.filter)
		require.NoError(t, err, name)
		var found []string
		for _, u := range users {
			found = append(found, u.Email[:len(u.Email)-len("@example.com")])
		}
		require.ElementsMatch(t, c.want, found, name)
	}
	page, err := f.Users(t.Context(), account.UserFilter{Limit: 2})
	require.NoError(t, err)
	rest, err := f.Users(t.Context(), account.UserFilter{Limit: 10, Before: page[1].ID})
	require.NoError(t, err)
	require.Len(t, rest, 2)
}

func TestMintChoosesPermissions(t *testing.T) {
	f := setup(t)
	_, first := f.minted("sam@example.com", domain.RoleSupport)
	require.Equal(t, rules.MintedPermissions, first.User.Permissions)
	actor, _ := f.minted("sam@example.com", domain.RoleSupport, domain.ManageUsers)
	require.Equal(t, domain.ManageUsers, actor.Permissions)
	late, _ := f.instance()
	_, err := late.Authenticate(t.Context(), first.Token)
	requireCode(t, err, "auth.session_ended")
	all := domain.AllPermissions
	_, err = f.Mint(t.Context(), account.Mint{Email: "a@example.com", Role: domain.RoleAdmin, Permissions: &all})
	requireCode(t, err, "invalid")
	require.Equal(t, 1, f.audits("user.rights"))
}

// TestUsualRightsLeaveWhatStaffHaveTaken: an account that gets its rights anew with each start does not get back what somebody took.
func TestUsualRightsLeaveWhatStaffHaveTaken(t *testing.T) {
	f := setup(t)
	admin, _ := f.minted("boss@example.com", domain.RoleAdmin)
	all, limit := domain.AllPermissions, domain.Money{Amount: 50_000, Currency: "INR"}
	usual := account.Mint{Email: "sam@example.com", Role: domain.RoleSupport, Permissions: &all, RefundLimit: &limit, Usual: true}
	first, err := f.Mint(t.Context(), usual)
	require.NoError(t, err)
	require.Equal(t, all, first.User.Permissions)
	f.minted("sam@example.com", domain.RoleSupport, domain.ManageUsers)
	again, err := f.Mint(t.Context(), usual)
	require.NoError(t, err)
	require.Equal(t, all, again.User.Permissions, "no staff have said so")
	less, none := domain.ManageUsers, domain.Money{}
	_, err = f.SetRights(t.Context(), admin, first.User.ID, 0, account.RightsPatch{Permissions: &less, RefundLimit: &none})
	require.NoError(t, err)
	again, err = f.Mint(t.Context(), usual)
	require.NoError(t, err)
	require.Equal(t, less, again.User.Permissions)
	require.Zero(t, again.User.RefundLimit)
	usual.Usual = false
	again, err = f.Mint(t.Context(), usual)
	require.NoError(t, err)
	require.Equal(t, all, again.User.Permissions, "asked for by name")
}
