package account_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
)

func inr(amount int64) domain.Money { return domain.Money{Amount: amount, Currency: "INR"} }

func TestMayRefund(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		limit, amount domain.Money
		may           bool
	}{
		"less":             {inr(50_000), inr(49_999), true},
		"all of it":        {inr(50_000), inr(50_000), true},
		"more":             {inr(50_000), inr(50_001), false},
		"another currency": {inr(50_000), domain.Money{Amount: 1, Currency: "USD"}, false},
		"any currency":     {domain.Money{Amount: 50_000, Currency: account.AnyCurrency}, domain.Money{Amount: 50_000, Currency: "BRL"}, true},
		"more of any":      {domain.Money{Amount: 50_000, Currency: account.AnyCurrency}, inr(50_001), false},
		"any of any":       {domain.Money{Amount: 50_000, Currency: account.AnyCurrency}, domain.Money{Amount: 1, Currency: account.AnyCurrency}, true},
		"any of one":       {inr(50_000), domain.Money{Amount: 1, Currency: account.AnyCurrency}, false},
		"no limit":         {domain.Money{}, inr(1), false},
		"a limit of zero":  {inr(0), inr(0), false},
	} {
		err := account.MayRefund(c.limit, c.amount)
		require.Equal(t, c.may, err == nil, name)
		if !c.may {
			requireCode(t, err, "refund.limit")
		}
	}
}

// Who may decide about whom, all pairs.
func TestMayManage(t *testing.T) {
	t.Parallel()
	person := func(n byte, role domain.Role, p domain.Permissions) account.User {
		return account.User{ID: domain.ID{n}, Role: role, Status: account.Active, Permissions: p}
	}
	admin, other := person(1, domain.RoleAdmin, 0), person(2, domain.RoleAdmin, 0)
	manager, peer := person(3, domain.RoleSupport, domain.ManageUsers|domain.Refund), person(4, domain.RoleSupport, domain.ManageUsers)
	support, customer := person(5, domain.RoleSupport, domain.AllPermissions&^domain.ManageUsers), person(6, domain.RoleCustomer, 0)
	vendor, courier := person(7, domain.RoleVendor, 0), person(8, domain.RoleCourier, 0)
	suspended := admin
	suspended.ID, suspended.Status = domain.ID{9}, account.Suspended
	all := []account.User{admin, other, manager, peer, support, customer, vendor, courier, suspended}
	for _, by := range all {
		for _, whom := range all {
			want := ""
			switch {
			case by.ID == suspended.ID:
				want = "account.suspended"
			case by.ID == whom.ID:
				want = "account.self"
			case by.Role == domain.RoleAdmin:
			case by.ID != manager.ID && by.ID != peer.ID:
				want = "permission"
			case whom.Role == domain.RoleAdmin, whom.ID == manager.ID, whom.ID == peer.ID:
				want = "account.admins_only"
			}
			err := by.MayManage(whom)
			if want == "" {
				require.NoError(t, err, "%d of %d", by.ID[0], whom.ID[0])
				continue
			}
			requireCode(t, err, want)
		}
	}
}

func TestMayGrant(t *testing.T) {
	t.Parallel()
	admin := account.User{ID: domain.ID{1}, Role: domain.RoleAdmin, Status: account.Active}
	manager := account.User{
		ID: domain.ID{2}, Role: domain.RoleSupport, Status: account.Active, RefundLimit: inr(500),
		Permissions: domain.ManageUsers | domain.Refund,
	}
	for name, c := range map[string]struct {
		by     account.User
		role   domain.Role
		rights account.Rights
		code   string
	}{
		"an admin makes an admin":            {admin, domain.RoleAdmin, account.Rights{}, ""},
		"an admin gives users":               {admin, domain.RoleSupport, account.Rights{Permissions: domain.AllPermissions, RefundLimit: inr(1 << 30)}, ""},
		"an admin has no list":               {admin, domain.RoleAdmin, account.Rights{Permissions: domain.Refund}, "invalid"},
		"an admin has no limit":              {admin, domain.RoleAdmin, account.Rights{RefundLimit: inr(1)}, "invalid"},
		"no invitation for customers":        {admin, domain.RoleCustomer, account.Rights{}, "invalid"},
		"a limit in no currency":             {admin, domain.RoleSupport, account.Rights{RefundLimit: domain.Money{Amount: 1, Currency: "ZZZ"}}, "invalid"},
		"a limit below zero":                 {admin, domain.RoleSupport, account.Rights{RefundLimit: inr(-1)}, "invalid"},
		"a manager gives what they have":     {manager, domain.RoleSupport, account.Rights{Permissions: domain.Refund, RefundLimit: inr(500)}, ""},
		"a manager makes no admin":           {manager, domain.RoleAdmin, account.Rights{}, "account.admins_only"},
		"a manager makes no manager":         {manager, domain.RoleSupport, account.Rights{Permissions: domain.ManageUsers}, "account.admins_only"},
		"a manager gives not what they lack": {manager, domain.RoleSupport, account.Rights{Permissions: domain.Payouts}, "permission"},
		"a manager gives no higher limit":    {manager, domain.RoleSupport, account.Rights{RefundLimit: inr(501)}, "refund.limit"},
		"a customer gives nothing":           {account.User{Role: domain.RoleCustomer, Status: account.Active, ID: domain.ID{3}}, domain.RoleSupport, account.Rights{}, "permission"},
	} {
		err := c.by.MayGrant(c.role, c.rights)
		if c.code == "" {
			require.NoError(t, err, name)
			continue
		}
		requireCode(t, err, c.code)
	}
}

func requireCode(t *testing.T, err error, code string) {
	t.Helper()
	var e *domain.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, code, e.Code)
}
