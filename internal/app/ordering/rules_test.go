package ordering

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/domain/pricing"
)

// coupon makes LIMA10: 10 % of the food, a quarter of which the vendor bears.
func (b *bench) coupon(limit, perCustomer int) domain.ID {
	promotion := newID()
	b.exec(`INSERT INTO promotions (id, code, label, benefit, share, vendor_share, use_limit, per_customer)
	        VALUES ($1, 'LIMA10', 'Tenth off', 'percent', 1000, 2500, $2, $3)`, promotion.String(), limit, perCustomer)
	return promotion
}

func (b *bench) withCoupon(code string) Quoted {
	b.t.Helper()
	q, err := b.PutCart(b.ctx, b.customer, Wish{
		VendorID: b.vendor, Choices: []menu.Choice{{DishID: b.thali, Quantity: 1}}, Fulfilment: order.Delivery, AddressID: b.address, CouponCode: code,
	})
	require.NoError(b.t, err)
	return q
}

func TestACouponIsUsedOnceAndGivenBackOnce(t *testing.T) {
	b := setup(t)
	b.coupon(10, 1)
	q := b.withCoupon(" lima10")
	require.Equal(t, "LIMA10", q.CouponCode)
	require.Empty(t, q.Problems)
	// 249.00; the vendor bears 6.23 of 24.90, the marketplace 18.67; 5 % of what the vendor gets; 1.5 km.
	require.Equal(t, int64(-623), q.Quote.Sum(pricing.VendorDiscount).Amount)
	require.Equal(t, int64(-1867), q.Quote.Sum(pricing.PlatformDiscount).Amount)
	require.Equal(t, int64(24900-623-1867+1214+2500), q.Quote.Total.Amount)
	a, err := b.order("k1", Confirmation{QuoteID: q.QuoteID})
	require.NoError(t, err)
	id := orderID(t, a)
	require.Equal(t, 1, b.scan(`SELECT used FROM promotions`))
	require.Equal(t, 2000, b.scan(`SELECT commission_bps FROM orders`))
	require.Equal(t, 4855, b.scan(`SELECT commission::int FROM orders`), "a fifth of 249.00 − 6.23")

	again := b.withCoupon("LIMA10")
	require.Len(t, again.Problems, 1)
	require.Equal(t, pricing.CouponUsed, again.Problems[0].Code)
	require.False(t, again.Problems[0].Blocks())
	_, err = b.Cancel(b.ctx, b.customer, id, 0, "CHANGED_MIND")
	require.NoError(t, err)
	require.Zero(t, b.scan(`SELECT used FROM promotions`))
	_, err = b.Cancel(b.ctx, b.customer, id, 0, "CHANGED_MIND")
	require.Error(t, err)
	require.Zero(t, b.scan(`SELECT used FROM promotions`))
	again, err = b.Cart(b.ctx, b.customer)
	require.NoError(t, err)
	require.Empty(t, again.Problems, "it was given back")
	require.Equal(t, q.Quote.Total, again.Quote.Total)
}

func TestACouponThatIsNone(t *testing.T) {
	b := setup(t)
	q := b.withCoupon("NOSUCH")
	require.Len(t, q.Problems, 1)
	require.Equal(t, CouponUnknown, q.Problems[0].Code)
	_, err := b.order("k1", Confirmation{QuoteID: q.QuoteID})
	require.NoError(t, err, "at the price without it")
	_, err = b.PutCart(b.ctx, b.customer, Wish{VendorID: b.vendor, Choices: q.Choices, Fulfilment: order.Pickup, CouponCode: "a b"})
	require.Equal(t, domain.Invalid, domain.KindOf(err))
}

// The watch over open carts looks at a coupon as its customer's cart does: it tells of one that is paused, once.
func TestACartIsToldOfACouponThatIsPaused(t *testing.T) {
	b := setup(t)
	b.coupon(0, 1)
	b.withCoupon("LIMA10")
	tick := func() int {
		b.exec(`UPDATE carts SET watch_at = now()`)
		_, err := b.CheckCarts(b.ctx)
		require.NoError(t, err)
		return b.scan(`SELECT count(*) FROM events WHERE type = 'cart.changed'`)
	}
	require.Zero(t, tick())
	b.exec(`UPDATE promotions SET paused = true`)
	require.Equal(t, 1, tick())
	require.Equal(t, 1, tick())
}

func TestTariffsAndSurgesOfACity(t *testing.T) {
	b := setup(t)
	b.exec(`INSERT INTO delivery_tariffs (id, currency, city, bands, small_below, small_fee)
	        VALUES ($1, 'INR', 'new delhi', '[{"from":0,"fee":3000,"perKm":0},{"from":1000,"fee":3000,"perKm":500}]', 30000, 2000)`, newID().String())
	b.exec(`INSERT INTO surge_zones (id, label, currency, lat, lng, radius_m, times)
	        VALUES ($1, 'Busy', 'INR', 28.61, 77.21, 1000, 15000)`, newID().String())
	q := b.fill(menu.Choice{DishID: b.thali, Quantity: 1})
	require.Equal(t, int64(3500), q.Quote.Sum(pricing.DeliveryFee).Amount, "1.5 km")
	require.Equal(t, int64(2000), q.Quote.Sum(pricing.SmallOrderFee).Amount)
	require.Equal(t, int64(1750), q.Quote.Sum(pricing.SurgeFee).Amount)
}
