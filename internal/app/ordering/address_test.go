package ordering

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/domain/order"
)

func TestACartThatNamesNoAddressGoesToTheDefault(t *testing.T) {
	b := setup(t)
	b.exec(`UPDATE addresses SET is_default = true`)
	w := Wish{VendorID: b.vendor, Choices: []menu.Choice{{DishID: b.thali, Quantity: 1}}, Fulfilment: order.Delivery}
	q, err := b.PutCart(b.ctx, b.customer, w)
	require.NoError(t, err)
	require.Empty(t, q.Problems)
	require.Equal(t, b.address, q.AddressID)
	w.AddressID = newID()
	_, err = b.PutCart(b.ctx, b.customer, w)
	require.Equal(t, domain.Invalid, domain.KindOf(err), "one that is given must be one's own")
	w.AddressID, w.Fulfilment = domain.Nil, order.Pickup
	q, err = b.PutCart(b.ctx, b.customer, w)
	require.NoError(t, err)
	require.True(t, q.AddressID.IsNil())
}

// The number to call is for the courier who is on the way, and for nobody else but the customer.
func TestWhoSeesWhomToCall(t *testing.T) {
	b := setup(t)
	b.exec(`UPDATE users SET phone = '+919810000001' WHERE id = $1`, b.customer.ID)
	b.exec(`UPDATE addresses SET line2 = 'Flat 3', postcode = '110001', contact_name = 'Mona'`)
	id := b.placed()
	courier, other := b.account(domain.RoleCourier), b.account(domain.RoleCourier)
	for _, c := range []domain.Actor{courier, other} {
		b.exec(`INSERT INTO couriers (user_id, name, vehicle, status) VALUES ($1, 'Ravi', 'bicycle', 'approved')`, c.ID)
	}
	b.exec(`INSERT INTO offers (id, delivery_id, order_id, courier_id, meters, expires_at)
	        SELECT gen_random_uuid(), d.id, d.order_id, $1, 1, now() FROM deliveries d`, other.ID)
	b.exec(`UPDATE deliveries SET state = 'assigned', courier_id = $1`, courier.ID)
	seen := func(a domain.Actor) string {
		o, err := b.Order(b.ctx, a, id)
		require.NoError(t, err)
		if o.Address == nil {
			return "no address"
		}
		require.Equal(t, "Mona", o.Address.ContactName)
		require.Equal(t, "2 Janpath, Flat 3, 110001 New Delhi", o.Address.Text())
		return o.Address.ContactPhone
	}
	require.Equal(t, "+919810000001", seen(b.customer), "the customer's own, for the address names none")
	require.Equal(t, "+919810000001", seen(courier))
	require.Equal(t, "no address", seen(other))
	require.Equal(t, "no address", seen(b.owner))
	require.Empty(t, seen(b.staff))
	b.exec(`UPDATE orders SET state = 'delivered'`)
	require.Equal(t, "no address", seen(courier), "it is over")
}
