package api_test

import (
	"maps"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
)

const (
	aPromotion = `{"label":"Tenth off","benefit":"percent","share":1000}`
	aTariff    = `{"currency":"INR","city":"New Delhi","bands":[{"from":0,"fee":{"amount":3000,"currency":"INR"}}]}`
	aSurge     = `{"label":"Rain","currency":"INR","times":15000}`
)

func init() {
	maps.Copy(fixtures, map[string]fixture{
		"GET /api/v1/vendors/{id}/offers":     ofVendor("/api/v1/vendors/%s/offers", ""),
		"GET /api/v1/vendors/{id}/promotions": ofVendor("/api/v1/vendors/%s/promotions", ""),
		"POST /api/v1/vendors/{id}/promotions": {make: func(w *world) target {
			w.exec(`DELETE FROM promotions`) // a vendor may have twenty
			return about("/api/v1/vendors/%s/promotions", w.vendor, aPromotion)
		}},
		"GET /api/v1/vendors/{id}/promotions/{promotionId}":         ownPromotion("", ""),
		"PUT /api/v1/vendors/{id}/promotions/{promotionId}":         ownPromotion("", aPromotion),
		"POST /api/v1/vendors/{id}/promotions/{promotionId}/pause":  ownPromotion("/pause", ""),
		"POST /api/v1/vendors/{id}/promotions/{promotionId}/resume": ownPromotion("/resume", ""),
		"POST /api/v1/vendors/{id}/promotions/{promotionId}/end":    ownPromotion("/end", ""),
		"POST /api/v1/admin/promotions": {make: func(w *world) target {
			return target{path: "/api/v1/admin/promotions", body: aPromotion}
		}},
		"GET /api/v1/admin/promotions/{id}":         ofPromotion("", ""),
		"PUT /api/v1/admin/promotions/{id}":         ofPromotion("", aPromotion),
		"POST /api/v1/admin/promotions/{id}/pause":  ofPromotion("/pause", ""),
		"POST /api/v1/admin/promotions/{id}/resume": ofPromotion("/resume", ""),
		"POST /api/v1/admin/promotions/{id}/end":    ofPromotion("/end", ""),
		"POST /api/v1/admin/tariffs": {make: func(w *world) target {
			w.exec(`DELETE FROM delivery_tariffs`)
			return target{path: "/api/v1/admin/tariffs", body: aTariff}
		}},
		"GET /api/v1/admin/tariffs/{id}":    ofTariff(""),
		"PUT /api/v1/admin/tariffs/{id}":    ofTariff(aTariff),
		"DELETE /api/v1/admin/tariffs/{id}": ofTariff(""),
		"POST /api/v1/admin/surges":         just("/api/v1/admin/surges", aSurge),
		"GET /api/v1/admin/surges/{id}":     ofSurge(""),
		"PUT /api/v1/admin/surges/{id}":     ofSurge(aSurge),
		"DELETE /api/v1/admin/surges/{id}":  ofSurge(""),
		"POST /api/v1/admin/commissions": {make: func(w *world) target {
			return target{path: "/api/v1/admin/commissions", body: `{"vendorId":"` + w.newVendor("approved").String() + `","rate":1500}`}
		}},
		"GET /api/v1/admin/commissions/{id}":    ofCommission(""),
		"PUT /api/v1/admin/commissions/{id}":    ofCommission(`{"rate":1500,"city":"New Delhi"}`),
		"DELETE /api/v1/admin/commissions/{id}": ofCommission(""),
	})
}

// promotion is one of a vendor or, with nil, the marketplace.
func (w *world) promotion(maker *domain.ID, paused bool) domain.ID {
	n := domain.ID(id.New())
	w.exec(`DELETE FROM promotions`)
	w.exec(`INSERT INTO promotions (id, vendor_id, label, benefit, share, vendor_share, vendors, paused)
	        VALUES ($1, $2::uuid, 'Tenth off', 'percent', 1000, 10000, CASE WHEN $2 IS NULL THEN '{}' ELSE ARRAY[$2] END, $3)`, n, maker, paused)
	return n
}

// ownPromotion is a request about a promotion of the world's vendor.
func ownPromotion(path, body string) fixture {
	return fixture{make: func(w *world) target {
		return about("/api/v1/vendors/%s/promotions/"+w.promotion(&w.vendor, path == "/resume").String()+path, w.vendor, body)
	}}
}

func ofPromotion(path, body string) fixture {
	return fixture{make: func(w *world) target {
		return about("/api/v1/admin/promotions/%s"+path, w.promotion(nil, path == "/resume"), body)
	}}
}

func ofTariff(body string) fixture {
	return fixture{make: func(w *world) target {
		n := domain.ID(id.New())
		w.exec(`DELETE FROM delivery_tariffs`)
		w.exec(`INSERT INTO delivery_tariffs (id, currency, bands) VALUES ($1, 'INR', '[{"from":0,"fee":3000,"perKm":0}]')`, n)
		return about("/api/v1/admin/tariffs/%s", n, body)
	}}
}

func ofSurge(body string) fixture {
	return fixture{make: func(w *world) target {
		n := domain.ID(id.New())
		w.exec(`INSERT INTO surge_zones (id, label, currency, flat) VALUES ($1, 'Rain', 'INR', 500)`, n)
		return about("/api/v1/admin/surges/%s", n, body)
	}}
}

func ofCommission(body string) fixture {
	return fixture{make: func(w *world) target {
		n := domain.ID(id.New())
		w.exec(`DELETE FROM commission_rules WHERE city <> ''`)
		w.exec(`INSERT INTO commission_rules (id, vendor_id, rate) VALUES ($1, $2, 1000)`, n, w.newVendor("approved"))
		return about("/api/v1/admin/commissions/%s", n, body)
	}}
}
