package api_test

import (
	"fmt"
	"maps"

	"github.com/zoop-dev/zoop/internal/domain"
)

// The life of an order past its placing.
func init() {
	maps.Copy(fixtures, map[string]fixture{
		"POST /api/v1/orders/{id}/prep-time": {make: func(w *world) target {
			return about("/api/v1/orders/%s/prep-time", w.order("accepted"), `{"prepMinutes":10}`)
		}},
		"GET /api/v1/orders/{id}/cancel-quote": {make: func(w *world) target { return w.toCancel("/cancel-quote?reason=%s", "") }, wants: []int{200, 400}},
		"POST /api/v1/orders/{id}/cancel":      {make: func(w *world) target { return w.toCancel("/cancel", `{"reason":%q}`) }, wants: []int{200, 400}},
		"POST /api/v1/orders/{id}/restore": {make: func(w *world) target {
			return about("/api/v1/orders/%s/restore", w.cancelled(), "")
		}},
		"POST /api/v1/orders/{id}/revision": {make: func(w *world) target {
			return about("/api/v1/orders/%s/revision", w.revised("accepted", false), `{"items":[{"line":0,"quantity":1}]}`)
		}},
		"POST /api/v1/orders/{id}/revision/accept": {make: func(w *world) target {
			return about("/api/v1/orders/%s/revision/accept", w.revised("accepted", true), "")
		}},
		"POST /api/v1/orders/{id}/revision/refuse": {make: func(w *world) target {
			return about("/api/v1/orders/%s/revision/refuse", w.revised("accepted", true), "")
		}},
		"POST /api/v1/orders/{id}/redeliver": {make: func(w *world) target { return about("/api/v1/orders/%s/redeliver", w.undeliverable(), "") }},
		"POST /api/v1/orders/{id}/return":    {make: func(w *world) target { return about("/api/v1/orders/%s/return", w.undeliverable(), "") }},
		"GET /api/v1/orders/{id}/notes":      {make: func(w *world) target { return about("/api/v1/orders/%s/notes", w.order("placed"), "") }},
		"POST /api/v1/orders/{id}/notes":     {make: func(w *world) target { return about("/api/v1/orders/%s/notes", w.order("placed"), `{"text":"called"}`) }},
		"PUT /api/v1/orders/{id}/viewers": {make: func(w *world) target {
			return about("/api/v1/orders/%s/viewers", w.order("placed"), `{"doing":"refund"}`)
		}},
		"DELETE /api/v1/orders/{id}/viewers": {make: func(w *world) target { return about("/api/v1/orders/%s/viewers", w.order("placed"), "") }},
		"POST /api/v1/deliveries/{id}/contacts": {make: func(w *world) target {
			return about("/api/v1/deliveries/%s/contacts", w.atDoor(), `{"by":"call"}`)
		}},
		"POST /api/v1/deliveries/{id}/fail": {make: func(w *world) target {
			return about("/api/v1/deliveries/%s/fail", w.atDoor(), `{"reason":"REFUSED"}`)
		}},
		"POST /api/v1/deliveries/{id}/return": {make: func(w *world) target {
			return about("/api/v1/deliveries/%s/return", w.delivery("undeliverable", "failed"), "")
		}},
	})
}

// toCancel is about an order that everybody concerned may cancel, each for reasons of their own: a vendor is told that this one is
// none of theirs (400), which they would not be if they were not let in.
func (w *world) toCancel(path, body string) target {
	orderID := w.order("accepted")
	const reason = "CHANGED_MIND"
	if body == "" {
		return target{path: "/api/v1/orders/" + orderID.String() + fmt.Sprintf(path, reason), id: orderID.String()}
	}
	return target{path: "/api/v1/orders/" + orderID.String() + path, body: fmt.Sprintf(body, reason), id: orderID.String(), headers: []string{"If-Match", `"1"`}}
}

func (w *world) cancelled() domain.ID {
	orderID, deliveryID := w.orderAndDelivery("accepted")
	w.exec(`UPDATE orders SET state = 'cancelled', accepted_at = now(), prep_minutes = 10, ended_at = now(), cancel_reason = 'OPS', cancelled_by = 'admin',
	        cancel_fee = 0, cancel_lost = 0, cancel_liable = 'platform', cancel_restock = true, cancel_strike = false, deadline_at = NULL, deadline_verb = NULL
	        WHERE id = $1`, orderID)
	w.exec(`UPDATE deliveries SET state = 'cancelled' WHERE id = $1`, deliveryID)
	return orderID
}

// revised is an order of two portions, of which one is left where a revision waits.
func (w *world) revised(state string, waits bool) domain.ID {
	orderID := w.order(state)
	w.exec(`INSERT INTO order_items (order_id, position, dish_id, name, quantity, unit_price, tax_category) VALUES ($1, 0, $2, 'Thali', 2, 12450, 'standard')`, orderID, w.dish)
	w.exec(`UPDATE orders SET deadline_at = NULL, deadline_verb = NULL WHERE id = $1`, orderID)
	if waits {
		w.exec(`UPDATE orders SET revisions = 1, deadline_at = now() + interval '3 minutes', deadline_verb = 'lapse' WHERE id = $1`, orderID)
		w.exec(`INSERT INTO order_revisions (order_id, number, items, lines, total)
		        VALUES ($1, 1, '[{"position":0,"quantity":1}]', '[{"kind":"item","label":"Thali","amount":12450,"bearer":"customer"}]', 12450)`, orderID)
	}
	return orderID
}

// undeliverable is an order that the courier still has.
func (w *world) undeliverable() (orderID domain.ID) {
	deliveryID := w.delivery("undeliverable", "failed")
	if err := w.pool.QueryRow(w.t.Context(), `UPDATE orders SET cancel_reason = 'REFUSED', cancelled_by = 'courier'
		WHERE id = (SELECT order_id FROM deliveries WHERE id = $1) RETURNING id`, deliveryID).Scan(&orderID); err != nil {
		w.t.Fatal(err)
	}
	return orderID
}

// atDoor is a delivery whose courier stands at the customer's door.
func (w *world) atDoor() domain.ID {
	deliveryID := w.delivery("picked_up", "at_customer")
	w.exec(`UPDATE deliveries SET arrived_at = now() WHERE id = $1`, deliveryID)
	return deliveryID
}
