package delivery

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/billing"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/ledger"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// What a courier is told they have earned, by delivery and by day, is what the books say.
func TestEarningsAreTheBooks(t *testing.T) {
	b := setup(t)
	payouts := billing.NewPayouts(b.db)
	c := b.courier(0.001)
	for range 3 {
		b.order("ready")
		_, err := b.Dispatch(b.ctx)
		require.NoError(t, err)
		d, err := b.Accept(b.ctx, c, b.offerOf(c), 0)
		require.NoError(t, err)
		_, err = b.PickUp(b.ctx, c, d.ID, 0, Pickup{Code: "4711"})
		require.NoError(t, err)
		_, err = b.Deliver(b.ctx, c, d.ID, 0, Handover{PIN: "0042"})
		require.NoError(t, err)
	}
	require.NoError(t, b.db.InTx(b.ctx, func(tx *postgres.Tx) error {
		return tx.Transfer(b.ctx, ledger.Payout(newID(), ledger.Courier(c.ID), domain.Money{Amount: 1000, Currency: "INR"}))
	}))
	books := int64(b.scan(`SELECT sum(e.amount) FROM entries e JOIN accounts a ON a.id = e.account_id JOIN transfers t ON t.id = e.transfer_id
		WHERE a.kind = 'courier' AND a.owner_id = $1 AND t.kind <> 'payout'`, c.ID.String()))
	require.EqualValues(t, 3*3900, books)

	var sum, parts int64
	var before domain.ID
	for n := 0; ; n++ {
		lines, err := payouts.EarningLines(b.ctx, c, before, 2)
		require.NoError(t, err)
		for _, l := range lines {
			require.Equal(t, ledger.OrderSettled, l.Kind)
			require.NotEmpty(t, l.OrderNumber)
			sum += l.Amount.Amount
			parts += l.Parts.Delivery
			before = l.TransferID
		}
		if len(lines) < 2 {
			require.Equal(t, 1, n, "three lines are two pages")
			break
		}
	}
	require.Equal(t, books, sum)
	require.Equal(t, books, parts)
	owing, err := b.db.Owing(b.ctx, ledger.Courier(c.ID))
	require.NoError(t, err)
	require.Equal(t, books, owing[0].Total.Amount)

	// Two hours ago they came online for one hour; a quarter of an hour ago, again.
	b.exec(`UPDATE courier_presence SET online_at = now() - interval '15 minutes' WHERE courier_id = $1`, c.ID.String())
	b.exec(`INSERT INTO courier_presence VALUES ($1, now() - interval '2 hours', now() - interval '1 hour')`, c.ID.String())
	today := domain.DateOf(time.Now().UTC())
	days, err := payouts.Days(b.ctx, c, billing.Days{From: today.Add(-1), To: today.Add(1)})
	require.NoError(t, err)
	require.Len(t, days, 3)
	var earned int64
	var online time.Duration
	deliveries := 0
	for _, d := range days {
		for _, m := range d.Earned {
			earned += m.Amount
		}
		online += d.Online
		deliveries += d.Deliveries
	}
	require.Equal(t, books, earned)
	require.Equal(t, 3, deliveries)
	require.InDelta(t, 75, online.Minutes(), 1)
}
