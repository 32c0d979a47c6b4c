package delivery

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/delivery"
)

// prepaid has an order paid by card already.
func (b *bench) prepaid(orderID domain.ID) {
	b.exec(`UPDATE payments SET method = 'card', state = 'captured', captured = amount, provider = 'sandbox' WHERE order_id = $1`, orderID.String())
}

func (b *bench) customer() domain.Actor { return domain.Actor{ID: b.buyer, Role: domain.RoleCustomer} }

func (b *bench) at(courier domain.Actor, lat, lng float64) {
	b.exec(`UPDATE couriers SET lat = $2, lng = $3, located_at = now() WHERE user_id = $1`, courier.ID.String(), lat, lng)
}

// photos keeps one picture, whatever comes.
func (b *bench) photos() {
	b.pictures = func(context.Context, []byte) (string, error) {
		half := strings.ReplaceAll(newID().String(), "-", "")
		key := half + half
		b.exec(`INSERT INTO pictures (key, bytes, idle_since) VALUES ($1, 1, now())`, key)
		return key, nil
	}
}

// last is the data of an order's last event of a type.
func (b *bench) last(orderID domain.ID, event string) (data string) {
	b.t.Helper()
	require.NoError(b.t, b.pool.QueryRow(b.ctx, `SELECT data::text FROM events WHERE subject_id = $1 AND type = $2 ORDER BY version DESC LIMIT 1`,
		orderID.String(), event).Scan(&data))
	return data
}

// without takes something out of an event's data.
func (b *bench) without(data, what string) string {
	b.t.Helper()
	var all map[string]any
	require.NoError(b.t, json.Unmarshal([]byte(data), &all))
	delete(all, what)
	text, err := json.Marshal(all)
	require.NoError(b.t, err)
	return string(text)
}

func TestArrivingWhereThePhoneIsNot(t *testing.T) {
	b := setup(t)
	b.arriveWithin = 200
	courier := b.courier(0.005) // 556 m from the vendor
	orderID := b.order("ready")
	_, err := b.Dispatch(b.ctx)
	require.NoError(t, err)
	d, err := b.Accept(b.ctx, courier, b.offerOf(courier), 0)
	require.NoError(t, err)
	_, err = b.Arrive(b.ctx, courier, d.ID, 0, Arrival{At: "store"})
	var e *domain.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, "delivery.too_far", e.Code)
	require.Equal(t, map[string]any{"distanceMeters": 555, "withinMeters": 200}, e.Details)
	_, err = b.Arrive(b.ctx, courier, d.ID, 0, Arrival{At: "store", Despite: rules.PhoneIsWrong})
	require.NoError(t, err)
	data := b.last(orderID, "delivery.at_store")
	require.Contains(t, data, "estimatedAt")
	require.JSONEq(t, `{"overridden": true, "reason": "PHONE_IS_WRONG", "distanceMeters": 555}`, b.without(data, "estimatedAt"))

	_, err = b.PickUp(b.ctx, courier, d.ID, 0, Pickup{})
	require.NoError(t, err)
	b.exec(`UPDATE couriers SET located_at = now() - interval '3 minutes'`)
	_, err = b.Arrive(b.ctx, courier, d.ID, 0, Arrival{At: "customer"})
	require.NoError(t, err, "nobody knows where they are")
	require.JSONEq(t, `{"located": false}`, b.without(b.last(orderID, "delivery.at_customer"), "estimatedAt"))

	b.exec(`UPDATE deliveries SET state = 'picked_up'`)
	b.at(courier, 28.62, 77.22)
	_, err = b.Arrive(b.ctx, courier, d.ID, 0, Arrival{At: "customer", Despite: rules.OtherReason})
	require.NoError(t, err)
	require.JSONEq(t, `{}`, b.without(b.last(orderID, "delivery.at_customer"), "estimatedAt"), "they are there, whatever they say")
}

func TestFoodIsLeftAtTheDoor(t *testing.T) {
	b := setup(t)
	b.photos()
	courier, other := b.courier(0.001), domain.Actor{ID: newID(), Role: domain.RoleCustomer}
	orderID, d := b.atDoor(courier)
	require.Equal(t, "delivery.in_person", codeOf(b.LeaveAtDoor(b.ctx, b.customer(), orderID, 0, true)), "cash has to be taken")
	_, err := b.SetPhoto(b.ctx, courier, d.ID, 0, nil)
	require.Equal(t, "delivery.in_person", codeOf(err))
	b.prepaid(orderID)
	_, err = b.SetPhoto(b.ctx, courier, d.ID, 0, nil)
	require.Equal(t, "delivery.pin_needed", codeOf(err))
	require.Zero(t, b.scan(`SELECT count(*) FROM pictures`), "who may not costs nothing")
	require.Equal(t, domain.NotFound, domain.KindOf(b.LeaveAtDoor(b.ctx, other, orderID, 0, true)))
	require.Equal(t, domain.Precondition, domain.KindOf(b.LeaveAtDoor(b.ctx, b.customer(), orderID, 1, true)))
	require.NoError(t, b.LeaveAtDoor(b.ctx, b.customer(), orderID, 0, true))
	version := b.scan(`SELECT version FROM orders WHERE id = $1`, orderID.String())
	require.NoError(t, b.LeaveAtDoor(b.ctx, b.customer(), orderID, 0, true))
	require.Equal(t, version, b.scan(`SELECT version FROM orders WHERE id = $1`, orderID.String()), "it is so already")

	_, err = b.Deliver(b.ctx, courier, d.ID, 0, Handover{Photo: true})
	require.Equal(t, "delivery.no_photo", codeOf(err))
	_, err = b.SetPhoto(b.ctx, courier, d.ID, 0, nil)
	require.NoError(t, err)
	_, err = b.SetPhoto(b.ctx, b.courier(0.1), d.ID, 0, nil)
	require.Equal(t, domain.NotFound, domain.KindOf(err))
	d, err = b.SetPhoto(b.ctx, courier, d.ID, 0, nil)
	require.NoError(t, err)
	require.True(t, d.LeaveAtDoor)
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM pictures WHERE idle_since IS NULL`), "the one before is let go")
	b.exec(`UPDATE handover_photos SET taken_at = taken_at - interval '1 hour'`)
	_, err = b.Deliver(b.ctx, courier, d.ID, 0, Handover{Photo: true})
	require.Equal(t, "delivery.no_photo", codeOf(err), "of another visit")
	b.exec(`UPDATE handover_photos SET taken_at = now()`)
	d, err = b.Deliver(b.ctx, courier, d.ID, 0, Handover{Photo: true})
	require.NoError(t, err)
	require.EqualValues(t, "delivered", d.State)
	require.JSONEq(t, `{"proof": "photo"}`, b.last(orderID, "order.delivered"))
	require.Equal(t, "delivery.illegal_transition", codeOf(b.LeaveAtDoor(b.ctx, b.customer(), orderID, 0, false)))
	_, err = b.SetPhoto(b.ctx, courier, d.ID, 0, nil)
	require.Equal(t, "delivery.illegal_transition", codeOf(err))

	for _, who := range []domain.Actor{b.customer(), b.staff()} {
		key, err := b.Photo(b.ctx, who, orderID)
		require.NoError(t, err)
		require.Len(t, key, 64)
	}
	for _, who := range []domain.Actor{other, courier, {ID: b.buyer, Role: domain.RoleVendor}} {
		_, err = b.Photo(b.ctx, who, orderID)
		require.Equal(t, domain.NotFound, domain.KindOf(err))
	}
	b.exec(`UPDATE pictures SET idle_since = now() - interval '2 days'`)
	doom, _, err := b.db.DoomPictures(b.ctx, time.Hour, time.Minute, 10)
	require.NoError(t, err)
	require.Len(t, doom.Keys, 1, "the one that is shown stays")
	n, err := b.db.ForgetTracking(b.ctx)
	require.NoError(t, err)
	require.Zero(t, n)
	b.exec(`UPDATE handover_photos SET taken_at = now() - interval '30 days'`)
	_, err = b.Photo(b.ctx, b.customer(), orderID)
	require.Equal(t, domain.NotFound, domain.KindOf(err), "30 days are over, though nobody has swept yet")
	n, err = b.db.ForgetTracking(b.ctx)
	require.NoError(t, err)
	require.EqualValues(t, 1, n)
	require.Zero(t, b.scan(`SELECT count(*) FROM pictures WHERE idle_since IS NULL`))
}

func TestSomebodyWhoDoesNotAnswerFindsTheirFoodAtTheDoor(t *testing.T) {
	b := setup(t)
	b.photos()
	courier := b.courier(0.001)
	orderID, d := b.atDoor(courier)
	b.prepaid(orderID)
	for _, by := range []string{"call", "bell"} {
		_, err := b.SetPhoto(b.ctx, courier, d.ID, 0, nil)
		require.Equal(t, "delivery.pin_needed", codeOf(err))
		_, err = b.Contact(b.ctx, courier, d.ID, 0, by)
		require.NoError(t, err)
		b.exec(`UPDATE deliveries SET contacted_at = now() - interval '30 seconds'`)
	}
	b.exec(`UPDATE deliveries SET arrived_at = now() - interval '5 minutes'`)
	_, err := b.SetPhoto(b.ctx, courier, d.ID, 0, nil)
	require.NoError(t, err)
	_, err = b.Deliver(b.ctx, courier, d.ID, 0, Handover{Photo: true})
	require.NoError(t, err)
}

func TestSomebodyOfAgeTakesTheWine(t *testing.T) {
	b := setup(t)
	courier := b.courier(0.001)
	orderID, d := b.atDoor(courier)
	b.prepaid(orderID)
	b.exec(`UPDATE orders SET min_age = 18`)
	require.Equal(t, "delivery.in_person", codeOf(b.LeaveAtDoor(b.ctx, b.customer(), orderID, 0, true)))
	_, err := b.Deliver(b.ctx, courier, d.ID, 0, Handover{PIN: "0042"})
	require.Equal(t, "delivery.age_unchecked", codeOf(err))
	_, err = b.Deliver(b.ctx, courier, d.ID, 0, Handover{PIN: "9999"})
	require.Equal(t, "delivery.age_unchecked", codeOf(err))
	require.Zero(t, b.scan(`SELECT code_tries FROM orders`), "no guess was made")
	_, err = b.Deliver(b.ctx, courier, d.ID, 0, Handover{Photo: true, AgeChecked: true})
	require.Equal(t, "delivery.in_person", codeOf(err))
	d, err = b.Deliver(b.ctx, courier, d.ID, 0, Handover{PIN: "0042", AgeChecked: true})
	require.NoError(t, err)
	require.Equal(t, 18, d.MinAge)
	require.JSONEq(t, `{"ageChecked": true}`, b.last(orderID, "order.delivered"))
}
