package account_test

import (
	"crypto/sha256"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/account"
	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/account"
)

// minted is somebody with a token, as whom a test acts.
func (f fixture) minted(email string, role domain.Role, p ...domain.Permissions) (domain.Actor, account.Minted) {
	f.t.Helper()
	m := account.Mint{Email: email, Role: role, Name: "Mira"}
	if len(p) > 0 {
		m.Permissions = &p[0]
	}
	minted, err := f.Mint(f.t.Context(), m)
	require.NoError(f.t, err)
	actor, err := f.Authenticate(f.t.Context(), minted.Token)
	require.NoError(f.t, err)
	return actor, minted
}

// plant makes a token open the invitation of an address: the real one is sealed in the letter.
func (f fixture) plant(email, token string) {
	f.t.Helper()
	hash := sha256.Sum256([]byte(token))
	f.exec("UPDATE staff_invitations SET token_hash = $2 WHERE email = $1", email, hash[:])
}

func (f fixture) audits(action string) int {
	f.t.Helper()
	return scan[int](f, "SELECT count(*) FROM audit_log WHERE action = $1", action)
}

// accept accepts an invitation as Sam, on a laptop.
func (f fixture) accept(token string) (account.Tokens, error) {
	laptop := account.Client{Device: "laptop", From: domain.Origin{Address: "192.0.2.7", RequestID: "r1"}}
	return f.Accept(f.t.Context(), laptop, token, "Sam", "Roy")
}

func TestInvitationMakesSupportOnce(t *testing.T) {
	f := setup(t)
	admin, _ := f.minted("admin@example.com", domain.RoleAdmin)
	rights := rules.Rights{Permissions: domain.Refund | domain.ReadAudit, RefundLimit: domain.Money{Amount: 50_000, Currency: "INR"}}
	i, err := f.Invite(t.Context(), admin, " Sam@Example.com", domain.RoleSupport, rights)
	require.NoError(t, err)
	require.Equal(t, "sam@example.com", i.Email)
	require.InDelta(t, rules.StaffInvitationTTL.Seconds(), i.ExpiresAt.Sub(i.CreatedAt).Seconds(), 1)
	require.Equal(t, 1, scan[int](f, "SELECT count(*) FROM river_job"), "the letter is in the transaction")
	open, err := f.Invitations(t.Context(), domain.Nil, 10)
	require.NoError(t, err)
	require.Len(t, open, 1)
	f.plant("sam@example.com", "token-1")

	var won atomic.Int32
	inParallel(8, func(int) {
		tokens, err := f.accept("token-1")
		if err == nil {
			won.Add(1)
			require.Equal(t, rights, tokens.User.Rights())
			actor, err := f.Authenticate(t.Context(), tokens.Access)
			require.NoError(t, err)
			require.Equal(t, rights.Permissions, actor.Permissions)
			require.Equal(t, domain.RoleSupport, actor.Role)
			return
		}
		requireCode(t, err, "auth.invitation")
	})
	require.EqualValues(t, 1, won.Load(), "a token works once")
	require.Equal(t, 1, f.audits("invitation.create"))
	require.Equal(t, 1, f.audits("invitation.accept"))
	require.Equal(t, "192.0.2.7 r1", scan[string](f, "SELECT address || ' ' || request_id FROM audit_log WHERE action = 'invitation.accept'"))
	_, err = f.Invite(t.Context(), admin, "sam@example.com", domain.RoleSupport, rules.Rights{})
	requireCode(t, err, "account.exists")
}

func TestInvitationThatOpensNothing(t *testing.T) {
	for name, sql := range map[string]string{
		"unknown": "SELECT 1",
		"expired": "UPDATE staff_invitations SET expires_at = now()",
		"revoked": "DELETE FROM staff_invitations",
	} {
		t.Run(name, func(t *testing.T) {
			f := setup(t)
			admin, _ := f.minted("admin@example.com", domain.RoleAdmin)
			_, err := f.Invite(t.Context(), admin, "sam@example.com", domain.RoleSupport, rules.Rights{})
			require.NoError(t, err)
			token := "another"
			if name != "unknown" {
				token = "token-1"
				f.plant("sam@example.com", token)
			}
			f.exec(sql)
			_, err = f.accept(token)
			require.EqualError(t, err, "auth.invitation: the invitation is not valid: it was used, taken back or replaced, or it has run out")
			require.Zero(t, scan[int](f, "SELECT count(*) FROM users WHERE email = 'sam@example.com'"))
		})
	}
}

func TestInvitingAgainReplacesTheToken(t *testing.T) {
	f := setup(t)
	admin, _ := f.minted("admin@example.com", domain.RoleAdmin)
	first, err := f.Invite(t.Context(), admin, "sam@example.com", domain.RoleSupport, rules.Rights{Permissions: domain.Payouts})
	require.NoError(t, err)
	f.plant("sam@example.com", "token-1")
	second, err := f.Invite(t.Context(), admin, "sam@example.com", domain.RoleSupport, rules.Rights{Permissions: domain.Refund})
	require.NoError(t, err)
	require.NotEqual(t, first.ID, second.ID)
	_, err = f.accept("token-1")
	requireCode(t, err, "auth.invitation")
	f.plant("sam@example.com", "token-2")
	tokens, err := f.accept("token-2")
	require.NoError(t, err)
	require.Equal(t, domain.Refund, tokens.User.Permissions)
}

func TestARoleNeverChanges(t *testing.T) {
	f := setup(t)
	admin, _ := f.minted("admin@example.com", domain.RoleAdmin)
	_, err := f.Invite(t.Context(), admin, "asha@example.com", domain.RoleAdmin, rules.Rights{})
	require.NoError(t, err)
	f.plant("asha@example.com", "token-1")
	f.signUp("asha@example.com") // in the meantime, as a customer
	_, err = f.accept("token-1")
	requireCode(t, err, "account.other_role")
	require.Equal(t, "customer 1", scan[string](f, "SELECT role || ' ' || version FROM users WHERE email = 'asha@example.com'"))
	require.Equal(t, 1, scan[int](f, "SELECT count(*) FROM staff_invitations"), "nothing is used up")
	_, err = f.Invite(t.Context(), admin, "asha@example.com", domain.RoleSupport, rules.Rights{})
	requireCode(t, err, "account.other_role")
}

func TestWithdraw(t *testing.T) {
	f := setup(t)
	admin, _ := f.minted("admin@example.com", domain.RoleAdmin)
	manager, _ := f.minted("manager@example.com", domain.RoleSupport, domain.ManageUsers)
	i, err := f.Invite(t.Context(), admin, "sam@example.com", domain.RoleAdmin, rules.Rights{})
	require.NoError(t, err)
	requireCode(t, f.Withdraw(t.Context(), manager, i.ID), "account.admins_only")
	_, err = f.Invite(t.Context(), manager, "sam@example.com", domain.RoleSupport, rules.Rights{})
	requireCode(t, err, "account.admins_only") // nor replaces what they may not withdraw
	require.Equal(t, "admin", scan[string](f, "SELECT role FROM staff_invitations WHERE id = $1", i.ID))
	require.NoError(t, f.Withdraw(t.Context(), admin, i.ID))
	requireCode(t, f.Withdraw(t.Context(), admin, i.ID), "not_found")
	require.Equal(t, 1, f.audits("invitation.revoke"))
}

// What somebody promised who may not promise any more is worth nothing.
func TestInvitationsEndWithTheirSendersRights(t *testing.T) {
	f := setup(t)
	admin, _ := f.minted("admin@example.com", domain.RoleAdmin)
	manager, _ := f.minted("manager@example.com", domain.RoleSupport, domain.ManageUsers|domain.Refund)
	_, err := f.Invite(t.Context(), manager, "sam@example.com", domain.RoleSupport, rules.Rights{Permissions: domain.Refund})
	require.NoError(t, err)
	f.plant("sam@example.com", "token-1")
	_, err = f.Suspend(t.Context(), admin, manager.ID, 0, "left")
	require.NoError(t, err)
	_, err = f.accept("token-1")
	requireCode(t, err, "auth.invitation")
	_, err = f.Invite(t.Context(), manager, "kim@example.com", domain.RoleSupport, rules.Rights{})
	requireCode(t, err, "account.suspended")
}

func TestInvitationsEndWithTheirSendersRefundLimit(t *testing.T) {
	f := setup(t)
	admin, _ := f.minted("admin@example.com", domain.RoleAdmin)
	manager, _ := f.minted("manager@example.com", domain.RoleSupport, domain.ManageUsers|domain.Refund)
	limit := domain.Money{Amount: 50_000, Currency: "INR"}
	_, err := f.SetRights(t.Context(), admin, manager.ID, 0, account.RightsPatch{RefundLimit: &limit})
	require.NoError(t, err)
	_, err = f.Invite(t.Context(), manager, "sam@example.com", domain.RoleSupport, rules.Rights{Permissions: domain.Refund, RefundLimit: limit})
	require.NoError(t, err)
	f.plant("sam@example.com", "token-1")
	limit.Amount = 10_000
	_, err = f.SetRights(t.Context(), admin, manager.ID, 0, account.RightsPatch{RefundLimit: &limit})
	require.NoError(t, err)
	_, err = f.accept("token-1")
	requireCode(t, err, "auth.invitation")
}

func TestBootstrapMakesTheFirstAdminOnly(t *testing.T) {
	f := setup(t)
	tokens := make([]string, 8)
	inParallel(len(tokens), func(i int) {
		var err error
		tokens[i], err = f.Bootstrap(t.Context(), "admin@example.com", false)
		require.NoError(t, err)
	})
	require.Equal(t, 1, scan[int](f, "SELECT count(*) FROM staff_invitations"))
	var won atomic.Int32
	inParallel(len(tokens), func(i int) {
		signedIn, err := f.accept(tokens[i])
		if err == nil {
			won.Add(1)
			require.Equal(t, domain.RoleAdmin, signedIn.User.Role)
			return
		}
		requireCode(t, err, "auth.invitation")
	})
	require.EqualValues(t, 1, won.Load(), "one link is valid")
	_, err := f.Bootstrap(t.Context(), "eve@example.com", false)
	requireCode(t, err, "account.admin_exists")
	require.Equal(t, 8, f.audits("invitation.bootstrap"))
}

func TestBootstrapIsVoidOnceThereIsAnAdmin(t *testing.T) {
	f := setup(t)
	first, err := f.Bootstrap(t.Context(), "first@example.com", false)
	require.NoError(t, err)
	second, err := f.Bootstrap(t.Context(), "second@example.com", false)
	require.NoError(t, err)
	_, err = f.accept(first)
	requireCode(t, err, "auth.invitation")
	admin, _ := f.minted("admin@example.com", domain.RoleAdmin)
	_, err = f.accept(second)
	requireCode(t, err, "auth.invitation")

	f.exec("UPDATE users SET status = 'suspended' WHERE id = $1", admin.ID)
	mailed, err := f.Bootstrap(t.Context(), "second@example.com", true)
	require.NoError(t, err)
	require.Empty(t, mailed, "the letter has it")
	require.Equal(t, 1, scan[int](f, "SELECT count(*) FROM river_job"))
}
