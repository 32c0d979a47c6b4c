package billing_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/billing"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/ledger"
	"github.com/zoop-dev/zoop/internal/domain/payout"
	"github.com/zoop-dev/zoop/internal/payment/sandbox"
	"github.com/zoop-dev/zoop/internal/postgres"
)

var casaLimas = payout.Bank{Holder: "Casa Lima", Scheme: payout.IBAN, Number: "DE89370400440532013000"}

// signed gives an actor a session that began so long ago.
func (b *bench) signed(actor domain.Actor, ago time.Duration) domain.Actor {
	b.t.Helper()
	actor.Session = newID()
	b.exec(`INSERT INTO sessions (id, user_id, device, created_at, access_until, expires_at) VALUES ($1, $2, '', now() - make_interval(secs => $3), now() + interval '1 hour', now() + interval '1 hour')`,
		actor.Session.String(), actor.ID.String(), ago.Seconds())
	return actor
}

// member joins the vendor's house.
func (b *bench) member(role string) domain.Actor {
	actor := b.account(domain.RoleVendor)
	b.exec(`INSERT INTO vendor_members (vendor_id, user_id, role) VALUES ($1, $2, $3)`, b.vendor.String(), actor.ID.String(), role)
	return b.signed(actor, 0)
}

func TestABankAccountIsItsOwners(t *testing.T) {
	b := setup(t, sandbox.Options{})
	s, of := billing.NewPayouts(b.db), ledger.Vendor(b.vendor)
	owner, second := b.signed(b.owner, 0), b.member("owner")
	_, err := s.SetBankAccount(b.ctx, b.signed(b.owner, time.Hour), of, 0, casaLimas)
	require.ErrorContains(t, err, "auth.recent")
	_, err = s.SetBankAccount(b.ctx, owner, of, 0, payout.Bank{Holder: "Casa Lima", Scheme: payout.IBAN, Number: "DE89370400440532013001"})
	require.Equal(t, domain.Invalid, domain.KindOf(err))
	for who, kind := range map[string]domain.Kind{"manager": domain.Forbidden, "kitchen": domain.Forbidden} {
		_, err = s.SetBankAccount(b.ctx, b.member(who), of, 0, casaLimas)
		require.Equal(t, kind, domain.KindOf(err), who)
	}
	_, err = s.SetBankAccount(b.ctx, b.signed(b.account(domain.RoleVendor), 0), of, 0, casaLimas)
	require.Equal(t, domain.NotFound, domain.KindOf(err), "a stranger")
	_, err = s.BankAccount(b.ctx, owner, of)
	require.Equal(t, domain.NotFound, domain.KindOf(err))

	set, err := s.SetBankAccount(b.ctx, owner, of, 0, casaLimas)
	require.NoError(t, err)
	require.Equal(t, "••••3000", set.Mask)
	read, err := s.BankAccount(b.ctx, b.member("manager"), of)
	require.NoError(t, err)
	require.Equal(t, casaLimas, read.Bank)
	require.Zero(t, b.scan(`SELECT count(*) FROM bank_accounts WHERE encode(sealed, 'escape') LIKE '%0532013000%' OR encode(sealed, 'escape') LIKE '%Lima%'`), "sealed at rest")
	require.EqualValues(t, 1, b.scan(`SELECT count(*) FROM audit_log WHERE action = 'bank_account.change' AND subject_id = $1 AND after ->> 'account' = '••••3000'`, b.vendor.String()))
	require.Zero(t, b.scan(`SELECT count(*) FROM audit_log WHERE after::text LIKE '%0532013000%'`))
	require.EqualValues(t, 2, b.scan(`SELECT count(*) FROM river_job WHERE args ->> 'letter' = 'bank_changed' AND args ->> 'user' IN ($1, $2)`, owner.ID.String(), second.ID.String()), "its owners, and nobody else")
	require.EqualValues(t, 2, b.scan(`SELECT count(*) FROM river_job WHERE args ->> 'letter' = 'bank_changed'`))

	b.exec(`UPDATE bank_accounts SET owner_id = $1`, owner.ID.String())
	_, err = b.db.BankAccount(b.ctx, ledger.Vendor(owner.ID))
	require.ErrorContains(t, err, "seal", "it cannot be moved to another payee")
	b.exec(`UPDATE bank_accounts SET owner_id = $1`, b.vendor.String())

	_, err = s.SetBankAccount(b.ctx, owner, of, 7, casaLimas)
	require.Equal(t, domain.Precondition, domain.KindOf(err))
	require.Equal(t, domain.Precondition, domain.KindOf(s.DropBankAccount(b.ctx, owner, of, 7)))
	require.NoError(t, s.DropBankAccount(b.ctx, second, of, set.Version))
	require.Equal(t, domain.NotFound, domain.KindOf(s.DropBankAccount(b.ctx, second, of, 0)))
	anew, err := s.SetBankAccount(b.ctx, owner, of, 0, casaLimas)
	require.NoError(t, err)
	require.Greater(t, anew.Version, set.Version)
	_, err = s.SetBankAccount(b.ctx, owner, of, set.Version, casaLimas)
	require.Equal(t, domain.Precondition, domain.KindOf(err), "what was seen of the one that was dropped")
}

var casaRomas = payout.Bank{Holder: "Casa Roma", Scheme: payout.IBAN, Number: "GB82WEST12345698765432"}

// TestAPayoutGoesWhereItWasApprovedToGo: whoever approves it has seen the account.
func TestAPayoutGoesWhereItWasApprovedToGo(t *testing.T) {
	b := setup(t, sandbox.Options{})
	s, of, owner := billing.NewPayouts(b.db), ledger.Vendor(b.vendor), b.signed(b.owner, 0)
	b.handed(1, "is accepted")
	b.exec(`UPDATE orders SET state = 'completed', deadline_at = NULL, deadline_verb = NULL`)
	_, err := s.SetBankAccount(b.ctx, owner, of, 0, casaLimas)
	require.NoError(t, err)
	made, err := s.Draft(b.ctx, b.admin, domain.Nil)
	require.NoError(t, err)
	step := func(by domain.Actor, verb string) (postgres.Payout, error) {
		return s.Step(b.ctx, by, made[0].ID, 0, verb, "")
	}
	_, err = step(b.support, payout.VerbApprove)
	require.NoError(t, err)
	for range 2 { // also after it was dropped
		_, err = s.SetBankAccount(b.ctx, owner, of, 0, casaRomas)
		require.NoError(t, err)
		_, err = step(b.support, payout.VerbExport)
		require.ErrorIs(t, err, payout.ErrBankChanged)
		require.ErrorContains(t, err, "not ••••3000 any more, with which the payout was approved, but ••••5432")
		require.NoError(t, s.DropBankAccount(b.ctx, owner, of, 0))
		_, err = step(b.support, payout.VerbExport)
		require.ErrorIs(t, err, payout.ErrNoBank)
	}
	_, err = s.SetBankAccount(b.ctx, owner, of, 0, casaRomas)
	require.NoError(t, err)
	_, err = step(b.admin, payout.VerbApprove)
	require.ErrorIs(t, err, payout.ErrOwnDraft)
	_, err = step(b.support, payout.VerbApprove)
	require.NoError(t, err)
	_, err = step(b.support, payout.VerbApprove)
	require.ErrorIs(t, err, payout.ErrApproved)
	out, err := step(b.support, payout.VerbExport)
	require.NoError(t, err)
	require.Equal(t, "••••5432", out.Mask)
	told, err := s.BankOf(b.ctx, b.support, out.ID)
	require.NoError(t, err)
	require.Equal(t, casaRomas, told)
	b.verified()
}

// TestAPayoutGoesWhereTheBankWasTold: nothing is exported to nobody; what was exported keeps its account.
func TestAPayoutGoesWhereTheBankWasTold(t *testing.T) {
	b := setup(t, sandbox.Options{})
	s, of, owner := billing.NewPayouts(b.db), ledger.Vendor(b.vendor), b.signed(b.owner, 0)
	b.handed(1, "is accepted")
	b.exec(`UPDATE orders SET state = 'completed', deadline_at = NULL, deadline_verb = NULL`)
	made, err := s.Draft(b.ctx, b.admin, domain.Nil)
	require.NoError(t, err)
	id := made[0].ID
	_, err = s.Step(b.ctx, b.support, id, 0, payout.VerbApprove, "")
	require.NoError(t, err)
	_, err = s.Step(b.ctx, b.support, id, 0, payout.VerbExport, "")
	require.ErrorIs(t, err, payout.ErrNoBank)
	_, err = s.BankOf(b.ctx, b.support, id)
	require.ErrorIs(t, err, payout.ErrNoBank)
	left, err := s.Get(b.ctx, id)
	require.NoError(t, err)
	require.Equal(t, payout.Approved, left.State, "it is left as it was")
	require.Empty(t, left.Mask)

	set, err := s.SetBankAccount(b.ctx, owner, of, 0, casaLimas)
	require.NoError(t, err)
	_, err = s.Step(b.ctx, b.support, id, 0, payout.VerbExport, "")
	require.ErrorIs(t, err, payout.ErrBankChanged, "nobody has looked at it")
	require.ErrorContains(t, err, "••••3000 after the payout was approved")
	approved, err := s.Step(b.ctx, b.support, id, 0, payout.VerbApprove, "")
	require.NoError(t, err)
	require.Equal(t, "••••3000", approved.Approved)
	out, err := s.Step(b.ctx, b.support, id, 0, payout.VerbExport, "")
	require.NoError(t, err)
	require.Equal(t, "••••3000", out.Mask)
	_, err = s.SetBankAccount(b.ctx, owner, of, set.Version, casaRomas)
	require.NoError(t, err)
	told, err := s.BankOf(b.ctx, b.support, id)
	require.NoError(t, err)
	require.Equal(t, casaLimas, told)
	require.EqualValues(t, 1, b.scan(`SELECT count(*) FROM audit_log WHERE action = 'bank_account.read' AND subject_id = $1`, id.String()))
	list, err := s.List(b.ctx, postgres.PayoutFilter{}, domain.Nil, 10)
	require.NoError(t, err)
	require.Equal(t, "••••3000", list[0].Mask)
	b.verified()
}

// TestWhatTheApproverSawDecides: an account that is told, exchanged or dropped after somebody has looked makes what they saw stale; the
// very same one again does not.
func TestWhatTheApproverSawDecides(t *testing.T) {
	b := setup(t, sandbox.Options{})
	s, of, owner := billing.NewPayouts(b.db), ledger.Vendor(b.vendor), b.signed(b.owner, 0)
	b.handed(1, "is accepted")
	b.exec(`UPDATE orders SET state = 'completed', deadline_at = NULL, deadline_verb = NULL`)
	made, err := s.Draft(b.ctx, b.admin, domain.Nil)
	require.NoError(t, err)
	require.Equal(t, "Casa Lima", made[0].Payee)
	require.Empty(t, made[0].Mask)
	tell := func(bank payout.Bank) {
		_, err := s.SetBankAccount(b.ctx, owner, of, 0, bank)
		require.NoError(t, err)
	}
	for name, change := range map[string]func(){
		"told": func() { tell(casaLimas) }, "exchanged": func() { tell(casaRomas) }, "dropped": func() { require.NoError(t, s.DropBankAccount(b.ctx, owner, of, 0)) },
	} {
		if name != "told" {
			tell(casaLimas)
		}
		seen, err := s.Get(b.ctx, made[0].ID)
		require.NoError(t, err)
		change()
		_, err = s.Step(b.ctx, b.support, seen.ID, seen.Version, payout.VerbApprove, "")
		require.Equal(t, domain.Precondition, domain.KindOf(err), name)
		b.exec(`DELETE FROM bank_accounts`)
	}

	tell(casaLimas)
	seen, err := s.Get(b.ctx, made[0].ID)
	require.NoError(t, err)
	mails := b.scan(`SELECT count(*) FROM river_job WHERE args ->> 'letter' = 'bank_changed'`)
	tell(casaLimas)
	require.Equal(t, mails, b.scan(`SELECT count(*) FROM river_job WHERE args ->> 'letter' = 'bank_changed'`), "nothing has changed")
	approved, err := s.Step(b.ctx, b.support, seen.ID, seen.Version, payout.VerbApprove, "")
	require.NoError(t, err)
	tell(casaLimas)
	_, err = s.Step(b.ctx, b.support, seen.ID, approved.Version, payout.VerbExport, "")
	require.NoError(t, err)
	b.verified()
}
