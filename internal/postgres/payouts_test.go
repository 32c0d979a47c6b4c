package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/ledger"
	"github.com/zoop-dev/zoop/internal/domain/payout"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// payday is a city with two of the staff, the second of whom looks at what the first has drafted.
type payday struct {
	city
	maker, other domain.Actor
}

func newPayday(t *testing.T) payday {
	t.Helper()
	p := payday{newCity(t), domain.Actor{ID: newID(), Role: domain.RoleAdmin}, domain.Actor{ID: newID(), Role: domain.RoleSupport}}
	p.exec(`INSERT INTO users (id, email, first_name, role) SELECT id, id || '@example.com', 'Sam', 'admin' FROM unnest($1::uuid[]) id`, []string{p.maker.ID.String(), p.other.ID.String()})
	return p
}

// completed is an order of which the vendor has 320 and the courier 60.
func (p payday) completed() domain.ID {
	p.t.Helper()
	id := p.delivered("cod")
	p.exec(`UPDATE orders SET state = 'completed', deadline_at = NULL, deadline_verb = NULL, ended_at = now() - interval '25 hours' WHERE id = $1`, id.String())
	return id
}

func (p payday) draft(owner domain.ID) (out []postgres.Payout) {
	p.t.Helper()
	require.NoError(p.t, p.InTx(p.t.Context(), func(tx *postgres.Tx) (err error) {
		out, err = tx.DraftPayouts(p.t.Context(), owner, time.Now().Add(time.Second), p.maker)
		return err
	}))
	return out
}

func (p payday) step(id domain.ID, verb string, by domain.Actor) (out postgres.Payout, err error) {
	err = p.InTx(context.Background(), func(tx *postgres.Tx) (err error) {
		if out, err = tx.HoldPayout(context.Background(), id); err != nil {
			return err
		}
		if err := out.Step(verb, by, 0); err != nil {
			return err
		}
		if verb == payout.VerbApprove {
			out.ApprovedBy = by.ID
		}
		return tx.SavePayout(context.Background(), &out)
	})
	return out, err
}

func (p payday) balance(a ledger.AccountKind, owner domain.ID) int {
	p.t.Helper()
	return p.scan(`SELECT coalesce(sum(e.amount), 0)::bigint FROM entries e JOIN accounts a ON a.id = e.account_id WHERE a.kind = $1 AND a.owner_id = $2`, string(a), owner.String())
}

func TestWhatIsOwedIsPaidOnce(t *testing.T) {
	p := newPayday(t)
	require.Empty(t, p.draft(domain.Nil), "nobody is owed anything")
	p.completed()
	p.completed()
	p.delivered("cod") // may still be complained about
	p.placed("card", 1)

	owing, err := p.Owing(t.Context(), ledger.Vendor(p.vendor))
	require.NoError(t, err)
	require.Equal(t, []postgres.Owing{{inr(960), inr(320)}}, owing)
	drafts := p.draft(domain.Nil)
	require.Len(t, drafts, 2, "one for the vendor, one for the courier")
	byWhom := map[domain.ID]postgres.Payout{drafts[0].To.Owner: drafts[0], drafts[1].To.Owner: drafts[1]}
	require.Equal(t, inr(640), byWhom[p.vendor].Amount)
	require.Equal(t, 2, byWhom[p.vendor].Entries)
	require.Equal(t, inr(120), byWhom[p.courier].Amount)
	require.Empty(t, p.draft(domain.Nil), "it is in a payout already")

	id := byWhom[p.vendor].ID
	lines, err := p.PayoutLines(t.Context(), byWhom[p.vendor], postgres.PayoutLine{}, 1)
	require.NoError(t, err)
	rest, err := p.PayoutLines(t.Context(), byWhom[p.vendor], lines[0], 100)
	require.NoError(t, err)
	require.Len(t, rest, 1)
	require.Equal(t, inr(640), lines[0].Amount.Add(rest[0].Amount))
	require.NotEmpty(t, rest[0].OrderNumber)

	_, err = p.step(id, payout.VerbApprove, p.maker)
	require.ErrorIs(t, err, payout.ErrOwnDraft)
	_, err = p.step(id, payout.VerbApprove, p.other)
	require.NoError(t, err)
	require.Equal(t, 960, p.balance(ledger.AccountVendor, p.vendor), "nothing is on its way")
	_, err = p.step(id, payout.VerbExport, p.maker)
	require.NoError(t, err)
	require.Equal(t, 320, p.balance(ledger.AccountVendor, p.vendor))
	paid, err := p.step(id, payout.VerbPay, p.maker)
	require.NoError(t, err)
	require.Equal(t, payout.Paid, paid.State)
	_, err = p.step(id, payout.VerbFail, p.maker)
	require.Equal(t, domain.Conflict, domain.KindOf(err), "it is paid")
	require.Equal(t, 320, p.balance(ledger.AccountVendor, p.vendor))

	list, err := p.Payouts(t.Context(), postgres.PayoutFilter{Owner: p.vendor, State: payout.Paid}, domain.Nil, 10)
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, "Casa Lima", list[0].Payee)
	list, err = p.Payouts(t.Context(), postgres.PayoutFilter{}, list[0].ID, 10)
	require.NoError(t, err)
	require.LessOrEqual(t, len(list), 1)
	p.sound()
}

func TestAPayoutThatFailsIsOwedAgain(t *testing.T) {
	p := newPayday(t)
	p.completed()
	for _, verbs := range [][]string{{}, {payout.VerbApprove}, {payout.VerbApprove, payout.VerbExport}} {
		made := p.draft(p.vendor)
		require.Len(t, made, 1, "after %v", verbs)
		for _, verb := range verbs {
			_, err := p.step(made[0].ID, verb, p.other)
			require.NoError(t, err)
		}
		_, err := p.step(made[0].ID, payout.VerbFail, p.other)
		require.NoError(t, err)
		require.Equal(t, 320, p.balance(ledger.AccountVendor, p.vendor))
	}
	again := p.draft(p.vendor)
	require.Len(t, again, 1)
	require.Equal(t, inr(320), again[0].Amount, "the payouts and their reversals are owed to nobody")
	require.Equal(t, 1, again[0].Entries)
	require.Empty(t, p.found(postgres.Verify{})["books.transfers"])
	p.sound()
}

// TestLessThanNothingIsCarriedOver: what a vendor owes waits until it has earned more.
func TestLessThanNothingIsCarriedOver(t *testing.T) {
	p := newPayday(t)
	first := p.completed()
	refund := func(amount int64) {
		bill := ledger.Bill{Currency: "INR", Food: amount}
		require.NoError(t, p.post(ledger.Order{ID: first, VendorID: p.vendor, Bill: bill}.Refunded(newID(), ledger.Bank, bill, ledger.ByVendor)))
	}
	refund(400)
	require.Empty(t, p.draft(p.vendor), "80 below")
	p.completed()
	made := p.draft(p.vendor)
	require.Len(t, made, 1)
	require.Equal(t, inr(240), made[0].Amount)
	require.Equal(t, 3, made[0].Entries)
}

// TestTwoDraftAtOnce: an entry is in one payout, whoever drafts it first.
func TestTwoDraftAtOnce(t *testing.T) {
	p := newPayday(t)
	for range 5 {
		p.completed()
	}
	total := make(chan int64, 8)
	won, lost := p.race(8, func() error {
		return p.InTx(context.Background(), func(tx *postgres.Tx) error {
			made, err := tx.DraftPayouts(context.Background(), domain.Nil, time.Now().Add(time.Second), p.maker)
			if err != nil {
				return err
			}
			var sum int64
			for _, m := range made {
				sum += m.Amount.Amount
			}
			total <- sum
			return nil
		})
	})
	require.Equal(t, 8, won, "%v", lost)
	close(total)
	var sum int64
	for n := range total {
		sum += n
	}
	require.EqualValues(t, 5*(320+60), sum)
	require.Equal(t, 10, p.scan(`SELECT count(*) FROM payout_entries`))
	require.Equal(t, 2, p.scan(`SELECT count(*) FROM payouts`))
	const third = `00000000-0000-0000-0000-000000000003`
	p.exec(`INSERT INTO payouts (id, account_id, kind, owner_id, currency, amount, entries, until, made_by)
	        SELECT '` + third + `', account_id, kind, owner_id, currency, amount, entries, until, made_by FROM payouts WHERE kind = 'vendor'`)
	_, err := p.Pool().Exec(t.Context(), `INSERT INTO payout_entries SELECT '`+third+`', transfer_id, account_id, amount FROM payout_entries LIMIT 1`)
	require.Equal(t, "payout_entries_once", constraint(t, err), "and the table knows it, too")
}

// TestTwoMoveAPayoutAtOnce: money goes out once.
func TestTwoMoveAPayoutAtOnce(t *testing.T) {
	p := newPayday(t)
	p.completed()
	made := p.draft(p.vendor)[0]
	_, err := p.step(made.ID, payout.VerbApprove, p.other)
	require.NoError(t, err)
	won, _ := p.race(8, func() error {
		_, err := p.step(made.ID, payout.VerbExport, p.maker)
		return err
	})
	require.Equal(t, 1, won)
	require.Equal(t, 0, p.balance(ledger.AccountVendor, p.vendor))
	won, _ = p.race(8, func() error {
		_, err := p.step(made.ID, payout.VerbFail, p.maker)
		return err
	})
	require.Equal(t, 1, won)
	require.Equal(t, 320, p.balance(ledger.AccountVendor, p.vendor))
}
