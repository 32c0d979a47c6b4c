package billing_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/billing"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/payment/sandbox"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// A day is one of a place: the whole of it, and nothing else.
func TestADayIsOneOfAPlace(t *testing.T) {
	b := setup(t, sandbox.Options{})
	payouts, c := billing.NewPayouts(b.db), b.account(domain.RoleCourier)
	b.exec(`INSERT INTO couriers (user_id, name, vehicle, status) VALUES ($1, 'Ravi', 'motorbike', 'approved')`, c.ID.String())
	online := func(zone string, from, to domain.Date, hours ...float64) {
		t.Helper()
		place, err := time.LoadLocation(zone)
		require.NoError(t, err)
		b.exec(`DELETE FROM courier_presence`)
		at := func(d domain.Date, hour int) time.Time {
			return time.Date(d.Year, d.Month, d.Day, hour, 0, 0, 0, place)
		}
		b.exec(`INSERT INTO courier_presence VALUES ($1, $2, $3)`, c.ID.String(), at(from, 23), at(to, 1))
		days, err := payouts.Days(b.ctx, c, billing.Days{From: from, To: to, Zone: zone})
		require.NoError(t, err)
		require.Len(t, days, len(hours))
		for i := range hours {
			require.InDelta(t, hours[i], days[i].Online.Hours(), 1e-6, "%s, day %d", zone, i)
		}
	}
	online("Asia/Kolkata", domain.Date{Year: 2026, Month: 1, Day: 1}, domain.Date{Year: 2026, Month: 1, Day: 3}, 1, 24, 1)
	online("Europe/Berlin", domain.Date{Year: 2026, Month: 3, Day: 28}, domain.Date{Year: 2026, Month: 3, Day: 30}, 1, 23, 1) // the clocks went forward on the 29th

	none, err := payouts.Days(b.ctx, b.account(domain.RoleCourier), billing.Days{})
	require.NoError(t, err)
	require.Len(t, none, 7)
	today := domain.DateOf(time.Now().UTC())
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
