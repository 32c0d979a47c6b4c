package delivery

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
)

// Whichever of the two is suspended, the courier or their account: the offer goes to somebody else.
func TestSuspendedCouriersOfferIsTakenBack(t *testing.T) {
	for name, sql := range map[string]string{
		"the courier": `UPDATE couriers SET status = 'suspended' WHERE user_id = $1`,
		"the account": `UPDATE users SET status = 'suspended' WHERE id = $1`,
	} {
		t.Run(name, func(t *testing.T) {
			b := setup(t)
			b.order("preparing")
			near := b.courier(0.001)
			_, err := b.Dispatch(b.ctx)
			require.NoError(t, err)
			offerID := b.offerOf(near)
			b.exec(sql, near.ID.String())
			_, err = b.Accept(b.ctx, near, offerID, 0)
			require.Equal(t, domain.Conflict, domain.KindOf(err))

			far := b.courier(0.01)
			closed, err := b.ExpireOffers(b.ctx)
			require.NoError(t, err)
			require.Equal(t, 1, closed)
			require.Equal(t, 1, b.scan(`SELECT count(*) FROM offers WHERE state = 'withdrawn'`))
			made, err := b.Dispatch(b.ctx)
			require.NoError(t, err)
			require.Equal(t, 1, made)
			require.NotEqual(t, offerID, b.offerOf(far), "not to the same courier again")
		})
	}
}

func TestCouriersForStaff(t *testing.T) {
	b := setup(t)
	waiting, working := b.courier(0.001), b.courier(0.002)
	b.exec(`UPDATE couriers SET status = 'pending', online = false WHERE user_id = $1`, waiting.ID.String())
	found, err := b.Couriers(b.ctx, Filter{Status: vendor.Pending, Limit: 10})
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.Equal(t, waiting.ID, found[0].ID)
	found, err = b.Couriers(b.ctx, Filter{Limit: 1})
	require.NoError(t, err)
	require.Equal(t, working.ID, found[0].ID, "the newest first")
	found, err = b.Couriers(b.ctx, Filter{Limit: 1, Before: working.ID})
	require.NoError(t, err)
	require.Equal(t, waiting.ID, found[0].ID)
}

// Names are compared, so that what nobody sees of them counts for nothing.
func TestCitiesAndNamesAreLines(t *testing.T) {
	b := setup(t)
	c := b.courier(0.001)
	city := func(text string) *string { return &text }
	p := Profile{Name: " Ravi ", Phone: "+911123456789", Vehicle: "motorbike", City: city(" New Delhi ")}
	v, err := b.PutCourier(b.ctx, c, 0, p)
	require.NoError(t, err)
	require.Equal(t, "New Delhi", v.City)
	require.Equal(t, "Ravi", v.Name)
	v, err = b.SetTerms(b.ctx, b.boss(), c.ID, 0, Terms{City: city("  ")})
	require.NoError(t, err)
	require.Empty(t, v.City)
	for want, f := range map[string]func() error{
		"city": func() error { p.City = city("a\nb"); _, err := b.PutCourier(b.ctx, c, 0, p); return err },
		"name": func() error { p.Name = " "; _, err := b.PutCourier(b.ctx, c, 0, p); return err },
		"terms": func() error {
			_, err := b.SetTerms(b.ctx, b.boss(), c.ID, 0, Terms{City: city("a\nb")})
			return err
		},
		"a limit's": func() error {
			_, err := b.SetCashLimit(b.ctx, b.boss(), CashLimit{City: " ", Amount: domain.Money{Amount: 1, Currency: "INR"}})
			return err
		},
	} {
		require.Equal(t, domain.Invalid, domain.KindOf(f()), want)
	}
}

func TestACourierIsNoVendor(t *testing.T) {
	b := setup(t)
	_, err := b.Judge(b.ctx, b.boss(), b.courier(0).ID, 0, vendor.VerbReject, "late")
	require.ErrorContains(t, err, "courier.illegal_transition")
	require.ErrorContains(t, err, "the courier is approved")
}
