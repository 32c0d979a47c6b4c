package api_test

import "maps"

// The lists of staff's desk.
func init() {
	maps.Copy(fixtures, map[string]fixture{
		"GET /api/v1/admin/desk/vendors/{id}": {make: func(w *world) target {
			return about("/api/v1/admin/desk/vendors/%s", w.newVendor("approved"), "")
		}},
		"GET /api/v1/admin/desk/dishes/{id}": {make: func(w *world) target {
			return about("/api/v1/admin/desk/dishes/%s", w.dish, "")
		}},
		"GET /api/v1/admin/desk/couriers/{id}": {make: func(w *world) target {
			return about("/api/v1/admin/desk/couriers/%s", w.newCourier("approved"), "")
		}},
	})
}
