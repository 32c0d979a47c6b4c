package catalog_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/catalog"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/domain/letter"
	"github.com/zoop-dev/zoop/internal/lettertest"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// join makes somebody a member in the way that people become one: asked, and then signed in; an owner is made of a member.
func (b *bundle) join(owner domain.Actor, vendorID domain.ID, role account.MemberRole) domain.Actor {
	b.t.Helper()
	a := b.account()
	asked := role
	if role == account.Owner {
		asked = account.Manager
	}
	_, err := b.Invite(b.ctx, owner, vendorID, a.ID.String()+"@example.com", asked)
	require.NoError(b.t, err)
	b.signIn(a)
	require.NoError(b.t, b.Appoint(b.ctx, owner, vendorID, a.ID, role))
	return a
}

func (b *bundle) signIn(a domain.Actor) {
	b.t.Helper()
	require.NoError(b.t, b.db.InTx(b.ctx, func(tx *postgres.Tx) error {
		return tx.JoinInvited(b.ctx, a, a.ID.String()+"@example.com")
	}))
}

func (b *bundle) owners(vendorID domain.ID) (n int) {
	b.t.Helper()
	require.NoError(b.t, b.db.Pool().QueryRow(b.ctx,
		"SELECT count(*) FROM vendor_members WHERE vendor_id = $1 AND role = 'owner'", vendorID).Scan(&n))
	return n
}

// told gives the types of a vendor's events from a version on, and sees that they are contiguous.
func (b *bundle) told(vendorID domain.ID, since int) (types []string) {
	b.t.Helper()
	records, err := b.db.Timeline(b.ctx, vendorID, 0, 1000)
	require.NoError(b.t, err)
	for i, r := range records {
		require.Equal(b.t, i+1, r.Version)
		require.NotContains(b.t, string(r.Data), "@", "no addresses in events")
		if r.Version > since {
			types = append(types, r.Type)
		}
	}
	return types
}

func TestAMemberComesInBySigningInAndDoesWhatTheRoleMay(t *testing.T) {
	b := setup(t)
	v, owner := b.vendor()
	dish := b.dish(owner, v.ID, "Dosa")
	before := b.page(v.ID).Version
	cook := b.account()
	address := cook.ID.String() + "@example.com"
	asked, err := b.Invite(b.ctx, owner, v.ID, " "+address, account.Kitchen)
	require.NoError(t, err)
	require.True(t, asked.Invited)
	_, err = b.SetAvailable(b.ctx, cook, dish.ID, 0, false, time.Time{})
	requireKind(t, domain.NotFound, err) // asked is not in
	nobody, err := b.Invite(b.ctx, owner, v.ID, "nobody@example.com", account.Kitchen)
	require.NoError(t, err)
	require.Equal(t, asked.Until.Sub(asked.Since), nobody.Until.Sub(nobody.Since), "an address without an account looks the same")
	for _, posted := range lettertest.All(t, b.db) {
		require.Equal(t, letter.Invitation, posted.Kind)
		require.Contains(t, []string{address, "nobody@example.com"}, posted.To)
		require.Equal(t, map[string]string{letter.Vendor: b.page(v.ID).Name, letter.Role: "kitchen"}, posted.Data)
	}
	require.Len(t, lettertest.All(t, b.db), 2)

	b.signIn(cook)
	b.signIn(cook) // again: nothing is left to do
	_, err = b.SetAvailable(b.ctx, cook, dish.ID, 0, false, time.Time{})
	require.NoError(t, err)
	name := "Idli"
	_, err = b.Edit(b.ctx, cook, v.ID, 0, editName(name))
	requireKind(t, domain.Forbidden, err)
	require.NoError(t, b.Appoint(b.ctx, owner, v.ID, cook.ID, account.Manager))
	_, err = b.Edit(b.ctx, cook, v.ID, 0, editName(name))
	require.NoError(t, err)
	require.NoError(t, b.Appoint(b.ctx, owner, v.ID, cook.ID, account.Manager), "again changes nothing")
	require.NoError(t, b.Dismiss(b.ctx, owner, v.ID, cook.ID))
	_, err = b.Edit(b.ctx, cook, v.ID, 0, editName(name))
	requireKind(t, domain.NotFound, err)
	requireKind(t, domain.NotFound, b.Dismiss(b.ctx, owner, v.ID, cook.ID))
	require.NoError(t, b.Dismiss(b.ctx, owner, v.ID, nobody.ID), "an invitation is taken back")
	require.Equal(t, []string{
		"vendor.member_invited", "vendor.member_invited", "vendor.member_joined", "vendor.item_unavailable", "vendor.member_changed",
		"vendor.updated", "vendor.member_removed", "vendor.member_uninvited",
	}, b.told(v.ID, before))
	var audited int
	require.NoError(t, b.db.Pool().QueryRow(b.ctx, `SELECT count(*) FROM audit_log
		WHERE subject_id = $1 AND action LIKE 'member.%' AND (before || after)::text NOT LIKE '%@%'`, v.ID).Scan(&audited))
	require.Equal(t, 6, audited)
}

func TestWhoSeesAndDecidesAboutMembers(t *testing.T) {
	b := setup(t)
	v, owner := b.vendor()
	cook := b.join(owner, v.ID, account.Kitchen)
	_, err := b.Invite(b.ctx, owner, v.ID, "soon@example.com", account.Manager)
	require.NoError(t, err)
	for who, actor := range map[string]domain.Actor{"its owner": owner, "staff": admin} {
		all, err := b.Members(b.ctx, actor, v.ID)
		require.NoError(t, err, who)
		require.Len(t, all, 3, who)
		require.Equal(t, []account.MemberRole{account.Owner, account.Kitchen, account.Manager}, []account.MemberRole{all[0].Role, all[1].Role, all[2].Role})
		require.Equal(t, "soon@example.com", all[2].Email)
	}
	colleagues, err := b.Members(b.ctx, cook, v.ID)
	require.NoError(t, err)
	require.Len(t, colleagues, 2)
	require.Empty(t, colleagues[0].Email)
	for who, actor := range map[string]domain.Actor{"a stranger": b.account(), "a customer": customer} {
		_, err := b.Members(b.ctx, actor, v.ID)
		require.Equal(t, domain.NotFound, domain.KindOf(err), who)
	}
	for who, tc := range map[string]struct {
		actor domain.Actor
		kind  domain.Kind
	}{"a cook": {cook, domain.Forbidden}, "a stranger": {b.account(), domain.NotFound}, "staff": {admin, domain.Forbidden}} {
		_, err := b.Invite(b.ctx, tc.actor, v.ID, "x@example.com", account.Manager)
		require.Equal(t, tc.kind, domain.KindOf(err), who)
		require.Equal(t, tc.kind, domain.KindOf(b.Appoint(b.ctx, tc.actor, v.ID, owner.ID, account.Kitchen)), who)
		require.Equal(t, tc.kind, domain.KindOf(b.Dismiss(b.ctx, tc.actor, v.ID, owner.ID)), who)
	}
	_, err = b.Invite(b.ctx, owner, v.ID, cook.ID.String()+"@example.com", account.Manager)
	requireKind(t, domain.Conflict, err)
	_, err = b.Invite(b.ctx, owner, v.ID, "x@example.com", account.Owner)
	requireKind(t, domain.Invalid, err)
	require.NoError(t, b.Dismiss(b.ctx, cook, v.ID, cook.ID), "anybody may leave")
	require.ErrorIs(t, b.Dismiss(b.ctx, owner, v.ID, owner.ID), account.ErrLastOwner)
	require.ErrorIs(t, b.Appoint(b.ctx, owner, v.ID, owner.ID, account.Manager), account.ErrLastOwner)
}

func TestAHouseIsBounded(t *testing.T) {
	b := setup(t)
	v, owner := b.vendor()
	b.exec(`INSERT INTO vendor_invitations (id, vendor_id, email, role, expires_at)
		SELECT gen_random_uuid(), $1, 'm' || g || '@example.com', 'kitchen', now() + interval '1 day' FROM generate_series(1, 99) g`, v.ID)
	_, err := b.Invite(b.ctx, owner, v.ID, "one.more@example.com", account.Kitchen)
	requireKind(t, domain.Conflict, err)
	_, err = b.Invite(b.ctx, owner, v.ID, "m7@example.com", account.Manager)
	require.NoError(t, err, "an address that was asked may be asked anew")
	b.exec("UPDATE vendor_invitations SET expires_at = now() WHERE email = 'm8@example.com'")
	_, err = b.Invite(b.ctx, owner, v.ID, "one.more@example.com", account.Kitchen)
	require.NoError(t, err)
	_, err = b.db.PurgeAccounts(b.ctx, 10)
	require.NoError(t, err)
}

// Two owners who go, or dismiss each other, at once: one stays.
func TestAVendorKeepsAnOwnerHoweverManyGoAtOnce(t *testing.T) {
	b := setup(t)
	for round := range 12 {
		v, one := b.vendor()
		two := b.join(one, v.ID, account.Owner)
		deeds := []func() error{
			func() error { return b.Dismiss(b.ctx, one, v.ID, one.ID) },
			func() error { return b.Dismiss(b.ctx, two, v.ID, two.ID) },
		}
		if round%2 == 1 {
			deeds = []func() error{
				func() error { return b.Appoint(b.ctx, one, v.ID, two.ID, account.Kitchen) },
				func() error { return b.Dismiss(b.ctx, two, v.ID, one.ID) },
			}
		}
		var wg sync.WaitGroup
		errs := make([]error, len(deeds))
		for i, deed := range deeds {
			wg.Go(func() { errs[i] = deed() })
		}
		wg.Wait()
		failed := 0
		for _, err := range errs {
			if err != nil {
				failed++
				require.Contains(t, []domain.Kind{domain.Conflict, domain.Forbidden, domain.NotFound}, domain.KindOf(err), "%v", err)
			}
		}
		require.Equal(t, 1, failed, "one of two")
		require.Equal(t, 1, b.owners(v.ID))
	}
}

func TestStaffNameAnOwnerForAVendorThatHasNone(t *testing.T) {
	b := setup(t)
	v, first := b.vendor()
	_, err := b.NameOwner(b.ctx, admin, v.ID, "o@example.com")
	require.Equal(t, domain.Conflict, domain.KindOf(err), "it has one")
	b.exec("DELETE FROM vendor_members WHERE vendor_id = $1", v.ID)
	_, err = b.NameOwner(b.ctx, first, v.ID, "o@example.com")
	requireKind(t, domain.Forbidden, err)
	_, err = b.NameOwner(b.ctx, domain.Actor{ID: admin.ID, Role: domain.RoleSupport}, v.ID, "o@example.com")
	requireKind(t, domain.Forbidden, err)

	typo, err := b.NameOwner(b.ctx, admin, v.ID, "tyop@example.com")
	require.NoError(t, err)
	require.True(t, typo.Invited)
	owner := b.account()
	named, err := b.NameOwner(b.ctx, admin, v.ID, owner.ID.String()+"@example.com")
	require.NoError(t, err)
	require.False(t, named.Invited)
	require.Equal(t, owner.ID, named.ID)
	all, err := b.Members(b.ctx, owner, v.ID)
	require.NoError(t, err)
	require.Len(t, all, 1, "the mistyped address cannot come in any more")
	b.exec("INSERT INTO users (id, email, first_name, role) VALUES ($1, 'c@example.com', 'C', 'customer')", customer.ID)
	b.exec("DELETE FROM vendor_members WHERE vendor_id = $1", v.ID)
	_, err = b.NameOwner(b.ctx, admin, v.ID, "c@example.com")
	requireKind(t, domain.Conflict, err)
	b.exec("UPDATE users SET status = 'suspended' WHERE id = $1", owner.ID)
	_, err = b.NameOwner(b.ctx, admin, v.ID, owner.ID.String()+"@example.com")
	requireKind(t, domain.Conflict, err)
	require.Zero(t, b.owners(v.ID), "one who is kept out owns nothing new")
}

func editName(name string) catalog.Edit { return catalog.Edit{Name: &name} }
