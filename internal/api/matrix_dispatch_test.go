package api_test

import (
	"maps"
)

// Who brings what, and why.
func init() {
	maps.Copy(fixtures, map[string]fixture{
		"GET /api/v1/deliveries/{id}/decision": {make: func(w *world) target {
			deliveryID := w.delivery("ready", "assigned")
			w.exec(`INSERT INTO dispatch_decisions (delivery_id, attempt, at, outcome, courier_id) VALUES ($1, 1, now(), 'assigned', $2)`, deliveryID, w.who("courier").id)
			return about("/api/v1/deliveries/%s/decision", deliveryID, "")
		}},
		"POST /api/v1/deliveries/{id}/assign": {make: func(w *world) target {
			_, deliveryID := w.orderAndDelivery("ready")
			w.exec(`UPDATE deliveries SET dispatch_at = now() WHERE id = $1`, deliveryID)
			return about("/api/v1/deliveries/%s/assign", deliveryID, `{"courierId":"`+w.newCourier("approved").String()+`","override":true}`)
		}},
		"POST /api/v1/deliveries/{id}/take-away": {make: func(w *world) target {
			return about("/api/v1/deliveries/%s/take-away", w.delivery("ready", "assigned"), `{"reason":"ACCIDENT"}`)
		}},
		"POST /api/v1/deliveries/{id}/give-back": {make: func(w *world) target {
			return about("/api/v1/deliveries/%s/give-back", w.delivery("ready", "assigned"), `{"reason":"VEHICLE"}`)
		}},
		"POST /api/v1/deliveries/{id}/rescue": {make: func(w *world) target {
			return about("/api/v1/deliveries/%s/rescue", w.delivery("picked_up", "picked_up"), `{"reason":"UNREACHABLE","location":{"lat":28.615,"lng":77.215}}`)
		}},
		"POST /api/v1/deliveries/{id}/lose": {make: func(w *world) target {
			return about("/api/v1/deliveries/%s/lose", w.delivery("picked_up", "picked_up"), "")
		}},
	})
}
