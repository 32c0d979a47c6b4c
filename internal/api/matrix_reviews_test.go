package api_test

import (
	"fmt"
	"maps"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
)

func init() {
	maps.Copy(fixtures, map[string]fixture{
		"GET /api/v1/vendors/{id}/reviews": ofVendor("/api/v1/vendors/%s/reviews", ""),
		"GET /api/v1/orders/{id}/review":   {make: func(w *world) target { return about("/api/v1/orders/%s/review", w.reviewed().order, "") }},
		"POST /api/v1/orders/{id}/review": {make: func(w *world) target {
			return about("/api/v1/orders/%s/review", w.eaten(), `{"stars":4}`)
		}},
		"PATCH /api/v1/orders/{id}/review": {make: func(w *world) target {
			return about("/api/v1/orders/%s/review", w.reviewed().order, `{"stars":2}`)
		}},
		"DELETE /api/v1/orders/{id}/review": {make: func(w *world) target { return about("/api/v1/orders/%s/review", w.reviewed().order, "") }},
		"PUT /api/v1/orders/{id}/review/photos/{place}": {make: func(w *world) target {
			return uploadFor("/api/v1/orders/%s/review/photos/1", w.reviewed().order)
		}},
		"DELETE /api/v1/orders/{id}/review/photos/{place}": {make: func(w *world) target {
			return about("/api/v1/orders/%s/review/photos/2", w.reviewed().order, "")
		}},
		"PUT /api/v1/reviews/{id}/reply": {make: func(w *world) target {
			return about("/api/v1/reviews/%s/reply", w.reviewed().id, `{"text":"Thank you"}`)
		}},
		"DELETE /api/v1/reviews/{id}/reply": {make: func(w *world) target { return about("/api/v1/reviews/%s/reply", w.reviewed().id, "") }},
		"GET /api/v1/admin/reviews":         {},
		"POST /api/v1/admin/reviews/{id}/publish": {make: func(w *world) target {
			r := w.reviewed()
			w.exec(`UPDATE reviews SET state = 'pending' WHERE id = $1`, r.id)
			w.exec(`DELETE FROM ratings`)
			return seen(about("/api/v1/admin/reviews/%s/publish", r.id, ""), 1)
		}},
		"POST /api/v1/admin/reviews/{id}/reject": {make: func(w *world) target {
			return seen(about("/api/v1/admin/reviews/%s/reject", w.reviewed().id, `{"reason":"it insults"}`), 1)
		}},
	})
}

// seen adds the version that the caller has seen.
func seen(x target, version int) target {
	x.headers = append(x.headers, "If-Match", fmt.Sprintf("%q", fmt.Sprint(version)))
	return x
}

// eaten is an order that has reached the customer.
func (w *world) eaten() domain.ID {
	w.freeCourier()
	orderID, deliveryID := w.orderAndDelivery("delivered")
	w.exec(`UPDATE orders SET ended_at = now(), deadline_at = NULL, deadline_verb = NULL WHERE id = $1`, orderID)
	w.exec(`UPDATE deliveries SET state = 'delivered', courier_id = $2 WHERE id = $1`, deliveryID, w.who("courier").id)
	return orderID
}

type reviewed struct{ id, order domain.ID }

// reviewed is a published review of the customer's, with its vote.
func (w *world) reviewed() reviewed {
	r := reviewed{id: id.New(), order: w.eaten()}
	w.exec(`INSERT INTO reviews (id, order_id, vendor_id, stars, state, created_at, version) VALUES ($1, $2, $3, 4, 'published', now(), 1)`, r.id, r.order, w.vendor)
	w.exec(`INSERT INTO ratings (subject, subject_id, vendor_id, stars, votes) VALUES ('vendor', $1, $1, 4, 1)
	        ON CONFLICT (subject_id) DO UPDATE SET stars = ratings.stars + 4, votes = ratings.votes + 1`, w.vendor)
	return r
}
