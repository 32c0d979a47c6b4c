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
	c, other := b.courier(0.001), b.courier(0.3)
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

	// A day is one of a place: the whole of it, and nothing else.
	kolkata, err := time.LoadLocation("Asia/Kolkata")
	require.NoError(t, err)
	b.exec(`DELETE FROM courier_presence`)
	b.exec(`INSERT INTO courier_presence VALUES ($1, $2, $3)`, c.ID.String(), time.Date(2026, 1, 1, 23, 0, 0, 0, kolkata), time.Date(2026, 1, 3, 1, 0, 0, 0, kolkata))
	days, err = payouts.Days(b.ctx, c, billing.Days{From: domain.Date{Year: 2026, Month: 1, Day: 1}, To: domain.Date{Year: 2026, Month: 1, Day: 3}, Zone: "Asia/Kolkata"})
	require.NoError(t, err)
	for i, hours := range []float64{1, 24, 1} {
		require.InDelta(t, hours, days[i].Online.Hours(), 1e-6)
	}

	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	b.exec(`UPDATE courier_presence SET online_at = $1, offline_at = $2`, time.Date(2026, 3, 28, 0, 0, 0, 0, berlin), time.Date(2026, 3, 31, 0, 0, 0, 0, berlin))
	days, err = payouts.Days(b.ctx, c, billing.Days{From: domain.Date{Year: 2026, Month: 3, Day: 28}, To: domain.Date{Year: 2026, Month: 3, Day: 30}, Zone: "Europe/Berlin"})
	require.NoError(t, err)
	for i, hours := range []float64{24, 23, 24} {
		require.InDelta(t, hours, days[i].Online.Hours(), 1e-6, "the clocks went forward on the 29th")
	}

	none, err := payouts.Days(b.ctx, other, billing.Days{})
	require.NoError(t, err)
	require.Len(t, none, 7)
	for _, ask := range []billing.Days{{Zone: "Mars"}, {From: today, To: today.Add(31)}, {From: today, To: today.Add(-1)}} {
		_, err := payouts.Days(b.ctx, c, ask)
		require.Equal(t, domain.Invalid, domain.KindOf(err))
	}
}

func TestPerHour(t *testing.T) {
	t.Parallel()
	d := billing.EarningDay{EarningDay: postgres.EarningDay{Online: 90 * time.Minute, Earned: []domain.Money{{Amount: 30_000, Currency: "INR"}}}}
	require.Equal(t, []domain.Money{{Amount: 20_000, Currency: "INR"}}, d.PerHour())
	d.Online = 4 * time.Minute
	require.Empty(t, d.PerHour(), "a moment is no hour")
}
