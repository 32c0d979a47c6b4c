package delivery

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/delivery"
)

// Who names the order's code is looked at as whoever says to have arrived, and is not told it before.
func TestACodeIsNoProofFromAfar(t *testing.T) {
	b := setup(t)
	b.arriveWithin = 200
	c := b.courier(0.001)
	orderID, d := b.carried(c)
	require.Empty(t, d.OrderCode, "they hear it at the counter")
	b.at(c, 28.71, 77.21)
	_, err := b.PickUp(b.ctx, c, d.ID, 0, Pickup{Code: "4711"})
	require.Equal(t, "delivery.too_far", codeOf(err))
	_, err = b.PickUp(b.ctx, c, d.ID, 0, Pickup{Code: "0000"})
	require.Equal(t, "delivery.too_far", codeOf(err))
	require.Zero(t, b.scan(`SELECT code_tries FROM orders WHERE id = $1`, orderID), "no guess was made")
	_, err = b.PickUp(b.ctx, c, d.ID, 0, Pickup{Despite: rules.PhoneIsWrong})
	require.Equal(t, "delivery.not_at_store", codeOf(err))
	d, err = b.PickUp(b.ctx, c, d.ID, 0, Pickup{Code: "4711", Despite: rules.PhoneIsWrong})
	require.NoError(t, err)
	require.JSONEq(t, `{"overridden": true, "reason": "PHONE_IS_WRONG", "distanceMeters": 11119}`, b.without(b.last(orderID, "order.picked_up"), "estimatedAt"))
	require.Equal(t, "4711", d.OrderCode)

	require.NoError(t, b.Rescue(b.ctx, b.boss(), d.ID, 0, &domain.Point{Lat: 28.615, Lng: 77.215}, "ACCIDENT"))
	other := b.courier(0.01)
	require.Equal(t, 1, b.dispatch())
	_, err = b.Accept(b.ctx, other, b.offerOf(other), 0)
	require.NoError(t, err)
	_, err = b.PickUp(b.ctx, other, d.ID, 0, Pickup{Code: "4711"})
	require.Equal(t, "delivery.too_far", codeOf(err), "where the food is now")
	b.exec(`UPDATE couriers SET located_at = now() - interval '3 minutes'`)
	_, err = b.PickUp(b.ctx, other, d.ID, 0, Pickup{Code: "4711"})
	require.NoError(t, err, "nobody knows where they are")
	require.JSONEq(t, `{"located": false}`, b.without(b.last(orderID, "delivery.taken_over"), "estimatedAt"))
}

// A guess counts only when it could have succeeded.
func TestAGuessThatCannotSucceedIsNone(t *testing.T) {
	b := setup(t)
	c := b.courier(0.001)
	orderID, d := b.carried(c)
	b.exec(`UPDATE orders SET state = 'preparing' WHERE id = $1`, orderID)
	for range 5 {
		_, err := b.Deliver(b.ctx, c, d.ID, 0, Handover{PIN: "9999"})
		require.Equal(t, "order.illegal_transition", codeOf(err))
		_, err = b.PickUp(b.ctx, c, d.ID, 0, Pickup{Code: "0000"})
		require.Equal(t, "order.illegal_transition", codeOf(err))
	}
	require.Zero(t, b.scan(`SELECT code_tries FROM orders`))
	b.exec(`UPDATE orders SET state = 'ready' WHERE id = $1`, orderID)
	_, err := b.PickUp(b.ctx, c, d.ID, 0, Pickup{Code: "0000"})
	require.Equal(t, "order.wrong_code", codeOf(err))
	require.Equal(t, 1, b.scan(`SELECT code_tries FROM orders WHERE state = 'ready'`))
	_, err = b.PickUp(b.ctx, c, d.ID, 0, Pickup{Code: "4711"})
	require.NoError(t, err)
	_, err = b.Deliver(b.ctx, c, d.ID, 0, Handover{PIN: "9999"})
	require.Equal(t, "delivery.wrong_pin", codeOf(err))
	require.Equal(t, 2, b.scan(`SELECT code_tries FROM orders WHERE state = 'picked_up'`))
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM deliveries WHERE state = 'picked_up'`))
}

// Whoever names a version of what is not theirs hears that it is not there, and not what version it has.
func TestAStrangerLearnsNoVersion(t *testing.T) {
	b := setup(t)
	c, stranger := b.courier(0.001), b.courier(1)
	orderID, d := b.carried(c)
	const seen = 99
	calls := map[string]func() error{
		"accept":        func() error { _, err := b.Accept(b.ctx, stranger, b.scanID(`SELECT id FROM offers`), seen); return err },
		"decline":       func() error { return b.Decline(b.ctx, stranger, b.scanID(`SELECT id FROM offers`), seen, "BREAK") },
		"arrive":        func() error { _, err := b.Arrive(b.ctx, stranger, d.ID, seen, Arrival{At: "store"}); return err },
		"pick up":       func() error { _, err := b.PickUp(b.ctx, stranger, d.ID, seen, Pickup{Code: "4711"}); return err },
		"deliver":       func() error { _, err := b.Deliver(b.ctx, stranger, d.ID, seen, Handover{PIN: "0042"}); return err },
		"photo":         func() error { _, err := b.SetPhoto(b.ctx, stranger, d.ID, seen, nil); return err },
		"contact":       func() error { _, err := b.Contact(b.ctx, stranger, d.ID, seen, "call"); return err },
		"fail":          func() error { _, err := b.Fail(b.ctx, stranger, d.ID, seen, "REFUSED"); return err },
		"turn back":     func() error { _, err := b.TurnBack(b.ctx, stranger, d.ID, seen); return err },
		"give back":     func() error { return b.GiveBack(b.ctx, stranger, d.ID, seen, "VEHICLE") },
		"redeliver":     func() error { return b.Redeliver(b.ctx, stranger, orderID, seen) },
		"leave at door": func() error { return b.LeaveAtDoor(b.ctx, stranger, orderID, seen, true) },
	}
	for name, call := range calls {
		require.Equal(t, domain.NotFound, domain.KindOf(call()), name)
	}
}

// Whose door it is, to a metre, is told to whoever takes the order.
func TestAnOfferTellsTheDoorRoughly(t *testing.T) {
	b := setup(t)
	c := b.courier(0.001)
	offer := b.offered(c)
	door := domain.Point{Lat: 28.62, Lng: 77.22}
	require.Equal(t, rules.Coarse(door), b.offers(c)[0].Dropoff)
	require.NotEqual(t, door, b.offers(c)[0].Dropoff)
	d, err := b.Accept(b.ctx, c, offer, 0)
	require.NoError(t, err)
	require.Equal(t, door, d.Dropoff.Location)
}

// Two tries in one moment are one, and a photo is no quicker than giving up.
func TestAPhotoInsteadOfAPINNeedsAWait(t *testing.T) {
	b := setup(t)
	b.photos()
	c := b.courier(0.001)
	orderID, d := b.atDoor(c)
	b.prepaid(orderID)
	for range 3 {
		var err error
		d, err = b.Contact(b.ctx, c, d.ID, 0, "call")
		require.NoError(t, err)
		require.Equal(t, 1, d.Contacts)
	}
	require.Equal(t, 1, b.told("delivery.contacted"))
	b.exec(`UPDATE deliveries SET contacted_at = now() - interval '31 seconds'`)
	d, err := b.Contact(b.ctx, c, d.ID, 0, "bell")
	require.NoError(t, err)
	require.Equal(t, 2, d.Contacts)
	_, err = b.SetPhoto(b.ctx, c, d.ID, 0, nil)
	require.Equal(t, "delivery.pin_needed", codeOf(err), "five minutes are not over")
	b.exec(`UPDATE deliveries SET arrived_at = now() - interval '5 minutes'`)
	_, err = b.SetPhoto(b.ctx, c, d.ID, 0, nil)
	require.NoError(t, err)
	_, err = b.Deliver(b.ctx, c, d.ID, 0, Handover{Photo: true})
	require.NoError(t, err)
}

// What a customer does is no sign of their courier.
func TestACustomersActIsNotTheCouriers(t *testing.T) {
	b := setup(t)
	b.sweep()
	c := b.courier(0.001)
	orderID, d := b.fetched(c)
	b.prepaid(orderID)
	b.listened(time.Hour)
	b.exec(`UPDATE couriers SET located_at = now() - interval '14 minutes' WHERE user_id = $1`, c.ID)
	b.exec(`UPDATE deliveries SET acted_at = now() - interval '14 minutes' WHERE id = $1`, d.ID)
	require.NoError(t, b.LeaveAtDoor(b.ctx, b.customer(), orderID, 0, true))
	b.sweep()
	require.Equal(t, 1, b.told(rules.EventCourierLost))
}

// Who goes offline has not taken what they were asked for: another is asked at once.
func TestAnOfferToWhoGoesOfflineIsTakenBack(t *testing.T) {
	for name, leave := range map[string]func(b *bench, c domain.Actor){
		"by themselves": func(b *bench, c domain.Actor) {
			_, err := b.SetOnline(b.ctx, c, 0, false)
			require.NoError(b.t, err)
		},
		"silent": func(b *bench, c domain.Actor) {
			b.exec(`UPDATE couriers SET located_at = now() - interval '11 minutes' WHERE user_id = $1`, c.ID)
			b.exec(`UPDATE courier_presence SET online_at = now() - interval '1 hour' WHERE courier_id = $1`, c.ID)
			b.listened(time.Hour)
			_, err := b.TakeOffline(b.ctx)
			require.NoError(b.t, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := setup(t)
			c := b.courier(0.001)
			b.order("preparing")
			require.Equal(t, 1, b.dispatch())
			offer := b.offerOf(c)
			leave(b, c)
			require.Equal(t, 1, b.scan(`SELECT count(*) FROM couriers WHERE NOT online`))
			_, err := b.Accept(b.ctx, c, offer, 0)
			require.Equal(t, "offer.closed", codeOf(err))
			other := b.courier(0.002)
			n, err := b.ExpireOffers(b.ctx)
			require.NoError(t, err)
			require.Equal(t, 1, n)
			require.Equal(t, 1, b.scan(`SELECT count(*) FROM offers WHERE state = 'withdrawn'`))
			require.Equal(t, 1, b.dispatch())
			b.offerOf(other)
		})
	}
}

// Staff give an order to whoever is offline, too.
func TestWhoIsOfflineIsGivenAnOrder(t *testing.T) {
	b := setup(t)
	c := b.courier(0.001)
	b.order("preparing")
	b.exec(`UPDATE couriers SET online = false`)
	require.NoError(t, b.AssignTo(b.ctx, b.boss(), b.scanID(`SELECT id FROM deliveries`), 0, c.ID, true))
}
