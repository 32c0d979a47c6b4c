package api_test

import (
	"fmt"
	"maps"

	"github.com/zoop-dev/zoop/internal/domain"
)

func init() {
	maps.Copy(fixtures, map[string]fixture{
		"GET /api/v1/orders/{id}/tracking": {make: func(w *world) target { return about("/api/v1/orders/%s/tracking", w.carried(), "") }},
		"POST /api/v1/orders/{id}/tracking-link": {make: func(w *world) target {
			return about("/api/v1/orders/%s/tracking-link", w.carried(), "")
		}},
		"DELETE /api/v1/orders/{id}/tracking-link": {make: func(w *world) target {
			return about("/api/v1/orders/%s/tracking-link", w.carried(), "")
		}},
		"GET /t/{token}":       {make: func(w *world) target { return target{path: w.link()} }},
		"GET /t/{token}/state": {make: func(w *world) target { return target{path: w.link() + "/state"} }},
		"PUT /api/v1/orders/{id}/handover": {make: func(w *world) target {
			return about("/api/v1/orders/%s/handover", w.prepaid(w.order("accepted")), `{"leaveAtDoor":true}`)
		}},
		"GET /api/v1/orders/{id}/handover/photo": {make: func(w *world) target {
			return about("/api/v1/orders/%s/handover/photo", w.photographed(), "")
		}},
		"PUT /api/v1/deliveries/{id}/photo": {make: func(w *world) target {
			return uploadFor("/api/v1/deliveries/%s/photo", w.waited())
		}},
	})
}

// prepaid has an order paid for.
func (w *world) prepaid(orderID domain.ID) domain.ID {
	w.exec(`UPDATE payments SET method = 'card', state = 'captured', captured = amount, provider = 'sandbox' WHERE order_id = $1`, orderID)
	return orderID
}

// link is where an order can be followed.
func (w *world) link() string {
	token := fresh()
	w.exec(`INSERT INTO tracking_links (token_hash, order_id, expires_at) VALUES (sha256($1::text::bytea), $2, now() + interval '1 hour')`, token, w.carried())
	return "/t/" + token
}

// waited is a delivery whose courier has waited for its customer at the door, and tried to reach them.
func (w *world) waited() domain.ID {
	deliveryID := w.atDoor()
	w.exec(`UPDATE deliveries SET contacts = 2, arrived_at = now() - interval '5 minutes' WHERE id = $1`, deliveryID)
	w.exec(`UPDATE payments p SET method = 'card', state = 'captured', captured = amount, provider = 'sandbox' FROM deliveries d WHERE d.id = $1 AND p.order_id = d.order_id`, deliveryID)
	return deliveryID
}

// photographed is an order that was left at the door.
func (w *world) photographed() (orderID domain.ID) {
	deliveryID, courier := w.waited(), w.who("courier")
	x := uploadFor("/api/v1/deliveries/%s/photo", deliveryID)
	if status, problem := w.call(w.t, "PUT", x, courier); status != 200 {
		w.t.Fatal("photo not taken: ", problem)
	}
	if err := w.pool.QueryRow(w.t.Context(), `SELECT order_id FROM deliveries WHERE id = $1`, deliveryID).Scan(&orderID); err != nil {
		w.t.Fatal(fmt.Errorf("find order: %w", err))
	}
	return orderID
}
