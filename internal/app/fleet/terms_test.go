package fleet

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/delivery"
)

func TestWhichCashLimitIsTheirs(t *testing.T) {
	b := setup(t)
	c, boss := b.courier(), b.boss()
	limit := func(city string, amount int64) {
		t.Helper()
		_, err := b.SetCashLimit(b.ctx, boss, CashLimit{City: city, Amount: domain.Money{Amount: amount, Currency: "INR"}})
		require.NoError(t, err)
	}
	has := func(n int64, why ...any) {
		t.Helper()
		require.Equal(t, rules.CashRoom{Limit: n}, b.work(c).Cash["INR"], why...)
	}
	b.exec(`UPDATE couriers SET city = 'New Delhi'`)
	limit("New Delhi", 60_000)
	limit("", 1)
	has(60_000, "the city's, and not everybody's")
	b.exec(`UPDATE couriers SET city = ''`)
	has(1, "who says to work anywhere has the least of all cities")
	limit("", 70_000)
	has(60_000)
	require.NoError(t, b.DropCashLimit(b.ctx, boss, "", "INR"))
	has(60_000)
	b.exec(`UPDATE couriers SET city = 'New Delhi'`)
	_, err := b.SetTerms(b.ctx, boss, c.ID, 0, Terms{CashLimits: []domain.Money{{Amount: 100_000, Currency: "INR"}}})
	require.NoError(t, err)
	has(100_000, "their own goes before the city's")
	require.NoError(t, b.DropCashLimit(b.ctx, boss, "NEW DELHI", "INR"))
	require.Equal(t, domain.NotFound, domain.KindOf(b.DropCashLimit(b.ctx, boss, "new delhi", "INR")))
	require.Equal(t, 6, b.scan(`SELECT count(*) FROM audit_log`))
}

// Another vehicle makes it less that a courier carries at once, and never more than staff have said.
func TestAVehicleUndoesNoCapacity(t *testing.T) {
	b := setup(t)
	c, boss := b.courier(), b.boss()
	for _, kind := range []string{"licence", "insurance", "identity"} {
		b.exec(`INSERT INTO courier_documents VALUES ($1, $2, true, '', '', '••••1234', current_date + 2)`, c.ID.String(), kind)
	}
	rides := func(vehicle string) int {
		t.Helper()
		v, err := b.PutCourier(b.ctx, c, 0, Profile{Name: "Ravi", Phone: "+911234567", Vehicle: vehicle})
		require.NoError(t, err)
		require.Equal(t, v.Capacity, b.scan(`SELECT capacity FROM couriers WHERE user_id = $1`, c.ID.String()))
		return v.Capacity
	}
	say := func(n int) {
		t.Helper()
		_, err := b.SetTerms(b.ctx, boss, c.ID, 0, Terms{Capacity: &n})
		require.NoError(t, err)
	}
	require.Equal(t, 3, rides("car"), "staff have said nothing")
	say(1)
	require.Equal(t, 1, rides("bicycle"))
	require.Equal(t, 1, rides("car"))
	say(4)
	require.Equal(t, 4, rides("car"), "it is no other vehicle")
	require.Equal(t, 2, rides("bicycle"))
	require.Equal(t, 1, rides("foot"))
	require.Equal(t, 3, rides("car"))
}
