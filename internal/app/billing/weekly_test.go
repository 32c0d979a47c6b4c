package billing_test

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/billing"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/payout"
	"github.com/zoop-dev/zoop/internal/payment/sandbox"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// week has the weekly job run as so many instances at once, in a week in which it has not run yet.
func (b *bench) week(instances int) {
	b.t.Helper()
	b.exec(`DELETE FROM payout_weeks`)
	var group sync.WaitGroup
	for range instances {
		group.Go(func() {
			more, err := billing.NewPayouts(b.db).DraftWeekly(context.Background())
			if err != nil || more {
				b.t.Error(more, err)
			}
		})
	}
	group.Wait()
}

func TestAWeekIsDraftedOnce(t *testing.T) {
	b := setup(t, sandbox.Options{})
	s := billing.NewPayouts(b.db)
	b.exec(`UPDATE payout_weeks SET begins = date_trunc('week', timezone('UTC', now()))`) // this test's database may have been migrated last week
	_, err := s.DraftWeekly(b.ctx)
	require.NoError(t, err)
	require.EqualValues(t, 1, b.scan(`SELECT count(*) FROM payout_weeks`), "the week of its installation is over")

	b.handed(1, "is accepted")
	b.exec(`UPDATE orders SET state = 'completed', deadline_at = NULL, deadline_verb = NULL`)
	b.week(8)
	owed := b.balance("vendor")
	require.EqualValues(t, 1, b.scan(`SELECT count(*) FROM payouts`))
	require.Equal(t, owed, b.scan(`SELECT sum(amount) FROM payouts WHERE made_by IS NULL`))
	require.EqualValues(t, 1, b.scan(`SELECT count(*) FROM audit_log WHERE action = 'payout.draft' AND actor_role = 'system' AND actor_id IS NULL`))
	require.EqualValues(t, 1, b.scan(`SELECT count(*) FROM payout_weeks WHERE begins = date_trunc('week', timezone('UTC', now()))::date`))
	b.week(3) // the next week, with nothing new
	require.EqualValues(t, 1, b.scan(`SELECT count(*) FROM payouts`))

	list, err := s.List(b.ctx, postgres.PayoutFilter{}, domain.Nil, 1)
	require.NoError(t, err)
	p, err := s.Step(b.ctx, b.support, list[0].ID, 1, payout.VerbApprove, "")
	require.NoError(t, err, "staff approve what the job has drafted")
	require.True(t, p.MadeBy.IsNil())
	require.Equal(t, b.support.ID, p.ApprovedBy)
}

// TestTheWeekCarriesOver: a vendor below zero has no payout, and the next one is less by that.
func TestTheWeekCarriesOver(t *testing.T) {
	b := setup(t, sandbox.Options{})
	first := b.handed(1, "is accepted")
	b.exec(`UPDATE orders SET state = 'completed', deadline_at = NULL, deadline_verb = NULL`)
	b.week(1)
	require.EqualValues(t, 1, b.scan(`SELECT count(*) FROM payouts`))
	paid := b.scan(`SELECT sum(amount) FROM payouts`)

	_, err := b.refund(b.admin, first, billing.RefundWish{Reason: "QUALITY", Wallet: true}) // what was paid out is the vendor's no more
	require.NoError(t, err)
	b.week(1)
	require.EqualValues(t, 1, b.scan(`SELECT count(*) FROM payouts`), "%d below", paid)

	b.handed(3, "is accepted")
	b.exec(`UPDATE orders SET state = 'completed', deadline_at = NULL, deadline_verb = NULL`)
	b.week(1)
	require.EqualValues(t, 2, b.scan(`SELECT count(*) FROM payouts`))
	require.Equal(t, 3*paid-paid, b.scan(`SELECT amount FROM payouts ORDER BY id DESC LIMIT 1`))
	require.EqualValues(t, 2, b.scan(`SELECT entries FROM payouts ORDER BY id DESC LIMIT 1`))
}

// TestADraftIsOfTheDatabasesMoment: what is owed by then is in it, whatever the time is where the process runs.
func TestADraftIsOfTheDatabasesMoment(t *testing.T) {
	b := setup(t, sandbox.Options{})
	b.handed(1, "is accepted")
	b.exec(`UPDATE orders SET state = 'completed', deadline_at = NULL, deadline_verb = NULL`)
	made, err := billing.NewPayouts(b.db).Draft(b.ctx, b.admin, domain.Nil)
	require.NoError(t, err)
	require.Len(t, made, 1)
	require.Equal(t, made[0].CreatedAt, made[0].Until, "both are the transaction's time")
}
