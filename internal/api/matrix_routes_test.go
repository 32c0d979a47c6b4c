package api_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
)

// fixtures says for each route with a body or a thing in its path how it is called by somebody who may.
var fixtures = map[string]fixture{
	"GET /api/v1/cities":             {},
	"GET /api/v1/vendors":            just("/api/v1/vendors?lat=28.61&lng=77.21", ""),
	"GET /api/v1/vendors/facets":     just("/api/v1/vendors/facets?lat=28.61&lng=77.21", ""),
	"GET /api/v1/search":             just("/api/v1/search?q=dal&lat=28.61&lng=77.21", ""),
	"GET /api/v1/search/suggest":     just("/api/v1/search/suggest?q=d&lat=28.61&lng=77.21", ""),
	"GET /api/v1/vendors/{id}":       ofVendor("/api/v1/vendors/%s", ""),
	"GET /api/v1/vendors/{id}/menu":  ofVendor("/api/v1/vendors/%s/menu", ""),
	"GET /api/v1/vendors/{id}/hours": ofVendor("/api/v1/vendors/%s/hours", ""),
	"GET /api/v1/vendors/{id}/zone":  ofVendor("/api/v1/vendors/%s/zone", ""),
	"GET /api/v1/dishes/{id}":        {make: func(w *world) target { return about("/api/v1/dishes/%s", w.dish, "") }},

	"POST /api/v1/auth/signup": {make: signup, wants: []int{202}},
	"POST /api/v1/auth/login": {make: func(*world) target {
		return target{path: "/api/v1/auth/login", body: fmt.Sprintf(`{"email":"%s@example.com"}`, fresh())}
	}},
	"POST /api/v1/auth/verify": {make: func(*world) target {
		return target{path: "/api/v1/auth/verify", body: `{"email":"a@example.com","otp":"000000"}`}
	}, wants: []int{401}},
	"POST /api/v1/auth/refresh": {make: func(*world) target {
		return target{path: "/api/v1/auth/refresh", body: `{"refreshToken":"01234567890123456789"}`}
	}, wants: []int{401}},
	"POST /api/v1/auth/invitations/accept": {make: func(*world) target {
		return target{path: "/api/v1/auth/invitations/accept", body: `{"token":"01234567890123456789","firstName":"Sam"}`}
	}, wants: []int{401}},
	"POST /api/v1/auth/logout": {spent: true},

	"PATCH /api/v1/me":                 just("/api/v1/me", `{"firstName":"Asha"}`),
	"POST /api/v1/me/addresses":        {make: newAddress},
	"PATCH /api/v1/me/addresses/{id}":  {make: func(w *world) target { return about("/api/v1/me/addresses/%s", w.address(), `{"label":"Work"}`) }},
	"DELETE /api/v1/me/addresses/{id}": {make: func(w *world) target { return about("/api/v1/me/addresses/%s", w.address(), "") }},

	"POST /api/v1/me/erasure": {
		make: func(*world) target { return target{path: "/api/v1/me/erasure", body: `{"confirm":"erase"}`} }, spent: true,
	},

	"DELETE /api/v1/me/sessions/{id}": {make: func(w *world) target { return about("/api/v1/me/sessions/%s", w.session(), "") }},

	"PUT /api/v1/me/preferences":      just("/api/v1/me/preferences", `{"mail":{"orderConfirmations":false,"orderChanges":true,"news":true}}`),
	"POST /api/v1/vendors":            just("/api/v1/vendors", `{"name":"Mine","cuisines":["Thali"],"address":"1","city":"Delhi","location":{"lat":28.6,"lng":77.2},"phone":"+911123456789","prepMinutes":20}`),
	"PATCH /api/v1/vendors/{id}":      ofVendor("/api/v1/vendors/%s", `{"prepMinutes":25}`),
	"PUT /api/v1/vendors/{id}/hours":  ofVendor("/api/v1/vendors/%s/hours", `{"week":[{"day":"mon","opens":"00:00","closes":"24:00"}]}`),
	"PUT /api/v1/vendors/{id}/zone":   ofVendor("/api/v1/vendors/%s/zone", `{"radiusMeters":5000}`),
	"POST /api/v1/vendors/{id}/pause": ofVendor("/api/v1/vendors/%s/pause", `{"reason":"rain","minutes":1}`),
	"POST /api/v1/vendors/{id}/resume": {make: func(w *world) target {
		w.exec(`UPDATE vendors SET paused_until = now() + interval '1 hour' WHERE id = $1`, w.vendor)
		return about("/api/v1/vendors/%s/resume", w.vendor, "")
	}},
	"PUT /api/v1/vendors/{id}/busy":     ofVendor("/api/v1/vendors/%s/busy", `{"extraMinutes":10}`),
	"GET /api/v1/vendors/{id}/closures": ofVendor("/api/v1/vendors/%s/closures", ""),
	"POST /api/v1/vendors/{id}/closures": {make: func(w *world) target {
		w.exec(`DELETE FROM closures`)
		day := time.Now().AddDate(0, 1, 0).Format(time.DateOnly)
		return about("/api/v1/vendors/%s/closures", w.vendor, `{"from":"`+day+`","until":"`+day+`","reason":"Holi"}`)
	}},
	"DELETE /api/v1/vendors/{id}/closures/{closureId}": {make: func(w *world) target {
		n := domain.ID(id.New())
		w.exec(`INSERT INTO closures (id, vendor_id, starts_at, ends_at, reason) VALUES ($1, $2, now() + interval '1 day', now() + interval '2 days', 'Holi')`, n, w.vendor)
		return about("/api/v1/vendors/%s/closures/"+n.String(), w.vendor, "")
	}},
	"POST /api/v1/vendors/{id}/categories": {make: func(w *world) target {
		return about("/api/v1/vendors/%s/categories", w.vendor, `{"name":"`+fresh()+`"}`)
	}},
	"PATCH /api/v1/categories/{id}":  {make: func(w *world) target { return about("/api/v1/categories/%s", w.newCategory(), `{"position":3}`) }},
	"DELETE /api/v1/categories/{id}": {make: func(w *world) target { return about("/api/v1/categories/%s", w.newCategory(), "") }},
	"POST /api/v1/vendors/{id}/dishes": {make: func(w *world) target {
		return about("/api/v1/vendors/%s/dishes", w.vendor, fmt.Sprintf(`{"categoryId":%q,"name":"Lassi","price":{"amount":9000,"currency":"INR"},"diet":"veg"}`, w.category))
	}},
	"PATCH /api/v1/dishes/{id}":  {make: func(w *world) target { return about("/api/v1/dishes/%s", w.newDish(), `{"spice":1}`) }},
	"DELETE /api/v1/dishes/{id}": {make: func(w *world) target { return about("/api/v1/dishes/%s", w.newDish(), "") }},
	"PUT /api/v1/dishes/{id}/availability": {make: func(w *world) target {
		return about("/api/v1/dishes/%s/availability", w.newDish(), `{"available":false}`)
	}},
	"PUT /api/v1/dishes/{id}/options/{optionId}/availability": {make: func(w *world) target {
		return about("/api/v1/dishes/%s/options/"+optionOfNewDish+"/availability", w.newDish(), `{"available":false}`)
	}},
	"PUT /api/v1/dishes/{id}/stock": {make: func(w *world) target { return about("/api/v1/dishes/%s/stock", w.newDish(), `{"stock":5}`) }},
	// As it is: whoever is refused is refused for who they are.
	"PUT /api/v1/vendors/{id}/menu": {make: func(w *world) target {
		return about("/api/v1/vendors/%s/menu", w.vendor, fmt.Sprintf(`{"categories":[{"id":%q,"name":"Mains","dishes":[{"id":%q,"name":"Thali","price":{"amount":24900,"currency":"INR"},"diet":"veg"}]}]}`, w.category, w.dish))
	}},
	"GET /api/v1/vendors/{id}/menu/document":                    ofVendor("/api/v1/vendors/%s/menu/document", ""),
	"POST /api/v1/vendors/{id}/menu/copy":                       {make: func(w *world) target { return w.copied() }},
	"GET /api/v1/vendors/{id}/menu/versions":                    ofVendor("/api/v1/vendors/%s/menu/versions", ""),
	"GET /api/v1/vendors/{id}/menu/versions/{version}":          {make: func(w *world) target { return w.keptMenu("") }},
	"POST /api/v1/vendors/{id}/menu/versions/{version}/restore": {make: func(w *world) target { return w.keptMenu("/restore") }},
	"GET /api/v1/vendors/{id}/members":                          ofVendor("/api/v1/vendors/%s/members", ""),
	"POST /api/v1/vendors/{id}/members": {make: func(w *world) target {
		return about("/api/v1/vendors/%s/members", w.vendor, `{"email":"`+fresh()+`@example.com","role":"kitchen"}`)
	}},
	"PATCH /api/v1/vendors/{id}/members/{memberId}": {make: func(w *world) target { return w.newMember(`{"role":"manager"}`) }},
	// The use case lets everybody leave, and only owners dismiss others.
	"DELETE /api/v1/vendors/{id}/members/{memberId}": {make: func(w *world) target { return w.newMember("") }, wants: []int{204, 403}},
	"GET /api/v1/vendors/{id}/keys":                  ofVendor("/api/v1/vendors/%s/keys", ""),
	"POST /api/v1/vendors/{id}/keys": {make: func(w *world) target {
		w.exec(`DELETE FROM api_keys WHERE name = 'made'`) // a vendor may have twenty
		return about("/api/v1/vendors/%s/keys", w.vendor, `{"name":"made","scopes":["orders:read"]}`)
	}},
	"DELETE /api/v1/vendors/{id}/keys/{keyId}":      {make: func(w *world) target { return w.newKey("", "") }},
	"POST /api/v1/vendors/{id}/keys/{keyId}/rotate": {make: func(w *world) target { return w.newKey("/rotate", `{"graceMinutes":5}`) }},
	"GET /api/v1/vendors/{id}/orders":               ofVendor("/api/v1/vendors/%s/orders", ""),

	"GET /api/v1/cart":       {wants: []int{200, 404}},
	"PUT /api/v1/cart":       {make: newCart},
	"DELETE /api/v1/cart":    {},
	"GET /api/v1/cart/slots": {wants: []int{200, 404}},

	"POST /api/v1/orders":                   {make: newOrder, wants: []int{201, 404}}, // the other customer has no cart
	"GET /api/v1/orders/{id}":               {make: func(w *world) target { return about("/api/v1/orders/%s", w.carried(), "") }},
	"GET /api/v1/orders/{id}/events/stream": {make: func(w *world) target { return about("/api/v1/orders/%s/events/stream", w.carried(), "") }},
	"GET /api/v1/orders/{id}/events":        {make: func(w *world) target { return about("/api/v1/orders/%s/events", w.carried(), "") }},
	"POST /api/v1/orders/{id}/accept": {make: func(w *world) target {
		return about("/api/v1/orders/%s/accept", w.order("placed"), `{"prepMinutes":10}`)
	}},
	"POST /api/v1/orders/{id}/reject": {make: func(w *world) target {
		return about("/api/v1/orders/%s/reject", w.order("placed"), `{"reason":"TOO_BUSY"}`)
	}},
	"POST /api/v1/orders/{id}/start":   {make: func(w *world) target { return about("/api/v1/orders/%s/start", w.order("accepted"), "") }},
	"POST /api/v1/orders/{id}/ready":   {make: func(w *world) target { return about("/api/v1/orders/%s/ready", w.order("preparing"), "") }},
	"POST /api/v1/orders/{id}/collect": {make: func(w *world) target { return about("/api/v1/orders/%s/collect", w.pickupOrder(), `{"code":"4711"}`) }},

	"POST /api/v1/orders/{id}/renew-codes": {make: func(w *world) target { return about("/api/v1/orders/%s/renew-codes", w.order("accepted"), "") }},
	"GET /api/v1/courier/profile":          {},
	"PUT /api/v1/courier/profile":          just("/api/v1/courier/profile", `{"name":"Ravi","phone":"+911123456789","vehicle":"bicycle"}`),
	"PUT /api/v1/courier/availability":     just("/api/v1/courier/availability", `{"online":true}`),
	"POST /api/v1/courier/location":        just("/api/v1/courier/location", `{"lat":28.6,"lng":77.2}`),
	"POST /api/v1/offers/{id}/accept":      {make: func(w *world) target { return about("/api/v1/offers/%s/accept", w.offer(), "") }},
	"POST /api/v1/offers/{id}/decline":     {make: func(w *world) target { return about("/api/v1/offers/%s/decline", w.offer(), `{"reason":"BREAK"}`) }},
	"POST /api/v1/deliveries/{id}/arrive": {make: func(w *world) target {
		return about("/api/v1/deliveries/%s/arrive", w.delivery("ready", "assigned"), `{"at":"store","override":true,"reason":"OTHER"}`)
	}},
	"POST /api/v1/deliveries/{id}/pickup": {make: func(w *world) target {
		return about("/api/v1/deliveries/%s/pickup", w.delivery("ready", "at_store"), `{"orderCode":"4711"}`)
	}},
	"POST /api/v1/deliveries/{id}/deliver": {make: func(w *world) target {
		return about("/api/v1/deliveries/%s/deliver", w.delivery("picked_up", "at_customer"), `{"pin":"0042"}`)
	}},

	"GET /api/v1/admin/invitations":         {},
	"POST /api/v1/admin/invitations":        {make: func(*world) target { return invitation() }},
	"DELETE /api/v1/admin/invitations/{id}": {make: func(w *world) target { return about("/api/v1/admin/invitations/%s", w.invitation(), "") }},
	"GET /api/v1/admin/users":               {},
	"GET /api/v1/admin/users/{id}":          {make: func(w *world) target { return about("/api/v1/admin/users/%s", w.user("customer", "active"), "") }},
	"PATCH /api/v1/admin/users/{id}": {make: func(w *world) target {
		return about("/api/v1/admin/users/%s", w.user("support", "active"), `{"refundLimit":{"amount":0,"currency":"INR"}}`)
	}},
	"POST /api/v1/admin/users/{id}/suspend": {make: func(w *world) target {
		return about("/api/v1/admin/users/%s/suspend", w.user("customer", "active"), `{"reason":"fraud"}`)
	}},
	"POST /api/v1/admin/users/{id}/reinstate": {make: func(w *world) target {
		return about("/api/v1/admin/users/%s/reinstate", w.user("customer", "suspended"), "")
	}},

	"GET /api/v1/admin/vendors":  {},
	"GET /api/v1/admin/couriers": {},
	"POST /api/v1/admin/vendors/{id}/approve": {make: func(w *world) target {
		vendor := w.newVendor("pending")
		w.exec(`INSERT INTO vendor_members (vendor_id, user_id) VALUES ($1, $2)`, vendor, w.user("vendor", "active"))
		return about("/api/v1/admin/vendors/%s/approve", vendor, "")
	}},
	"POST /api/v1/admin/vendors/{id}/reject": {make: func(w *world) target {
		return about("/api/v1/admin/vendors/%s/reject", w.newVendor("pending"), `{"reason":"papers"}`)
	}},
	"POST /api/v1/admin/vendors/{id}/suspend": {make: func(w *world) target {
		return about("/api/v1/admin/vendors/%s/suspend", w.newVendor("approved"), `{"reason":"mice"}`)
	}},
	"POST /api/v1/admin/vendors/{id}/owner": {make: func(w *world) target {
		return about("/api/v1/admin/vendors/%s/owner", w.newVendor("approved"), `{"email":"`+fresh()+`@example.com"}`)
	}},
	"POST /api/v1/admin/couriers/{id}/approve": {make: func(w *world) target {
		courier := w.newCourier("pending")
		w.document(courier, "identity", false)
		return about("/api/v1/admin/couriers/%s/approve", courier, "")
	}},
	"POST /api/v1/admin/couriers/{id}/reject": {make: func(w *world) target {
		return about("/api/v1/admin/couriers/%s/reject", w.newCourier("pending"), `{"reason":"papers"}`)
	}},
	"POST /api/v1/admin/couriers/{id}/suspend": {make: func(w *world) target {
		return about("/api/v1/admin/couriers/%s/suspend", w.newCourier("approved"), `{"reason":"late"}`)
	}},

	"GET /api/v1/admin/events": just("/api/v1/admin/events?since=0", ""),

	"GET /api/v1/ws": {wants: []int{400, 401, 426}}, // no socket is asked for, and nobody may not have one
}

func fresh() string { return domain.ID(id.New()).String() }

func just(path, body string) fixture {
	return fixture{make: func(*world) target { return target{path: path, body: body} }}
}

// about is a request about one thing.
func about(path string, thing domain.ID, body string) target {
	return target{path: fmt.Sprintf(path, thing), body: body, id: thing.String()}
}

func ofVendor(path, body string) fixture {
	return fixture{make: func(w *world) target { return about(path, w.vendor, body) }}
}

func signup(*world) target {
	return target{path: "/api/v1/auth/signup", body: fmt.Sprintf(`{"email":"%s@example.com","firstName":"A","role":"customer"}`, fresh())}
}

func invitation() target {
	return target{path: "/api/v1/admin/invitations", body: fmt.Sprintf(`{"email":"%s@example.com","role":"support"}`, fresh())}
}

// invitation is one that the admin has sent.
func (w *world) invitation() domain.ID {
	n := domain.ID(id.New())
	w.exec(`INSERT INTO staff_invitations (id, email, role, token_hash, invited_by, expires_at)
	        VALUES ($1::uuid, $1::text || '@example.com', 'support', $1::text::bytea, $2, now() + interval '1 hour')`, n, w.who("admin").id)
	return n
}

// user is an account that nobody acts for.
func (w *world) user(role, status string) domain.ID {
	n := domain.ID(id.New())
	w.exec(`INSERT INTO users (id, email, first_name, role, status) VALUES ($1, $2, 'Kim', $3, $4)`, n, n.String()+"@example.com", role, status)
	return n
}

func newAddress(w *world) target {
	w.exec(`DELETE FROM addresses`) // an account may have twenty
	return target{path: "/api/v1/me/addresses", body: `{"label":"Home","line1":"1","city":"Delhi","location":{"lat":28.6,"lng":77.2}}`}
}

// address is one of the customer's.
func (w *world) address() domain.ID {
	n := domain.ID(id.New())
	w.exec(`INSERT INTO addresses (id, user_id, label, line1, city, lat, lng) VALUES ($1, $2, 'Home', '2 Janpath', 'New Delhi', 28.62, 77.22)`, n, w.who("customer").id)
	return n
}

// session is one of the customer's.
func (w *world) session() domain.ID {
	n := domain.ID(id.New())
	w.exec(`INSERT INTO sessions (id, user_id, access_until, expires_at) VALUES ($1, $2, now() + interval '1 hour', now() + interval '1 hour')`, n, w.who("customer").id)
	return n
}

// newKey is a request about an API key of the vendor.
func (w *world) newKey(path, body string) target {
	w.exec(`DELETE FROM api_keys WHERE name = 'made'`)
	n := domain.ID(id.New())
	w.exec(`INSERT INTO api_keys (id, vendor_id, user_id, name, prefix, hash, scopes) VALUES ($1, $2, $3, 'made', $4, '', 1)`, n, w.vendor, w.who("the vendor's owner").id, n.String())
	return about("/api/v1/vendors/%s/keys/"+n.String()+path, w.vendor, body)
}

func newCart(w *world) target {
	return target{path: "/api/v1/cart", body: fmt.Sprintf(`{"vendorId":%q,"fulfilment":"pickup","items":[{"dishId":%q,"quantity":1}]}`, w.vendor, w.dish)}
}

// newOrder is the checkout of the customer's cart.
func newOrder(w *world) target {
	quote := domain.ID(id.New())
	w.exec(`UPDATE vendors SET open_minutes = '{[0,10080)}', paused_until = NULL WHERE id = $1`, w.vendor)
	w.exec(`DELETE FROM carts`)
	w.exec(`INSERT INTO carts (customer_id, vendor_id, items, fulfilment, quote_id, quote_total, quoted_at)
	        VALUES ($1, $2, jsonb_build_array(jsonb_build_object('dishId', $3::text, 'quantity', 1)), 'pickup', $4, 24900, now())`,
		w.who("customer").id, w.vendor, w.dish.String(), quote)
	return target{path: "/api/v1/orders", body: `{"expectedTotal":{"amount":24900,"currency":"INR"},"payment":{"method":"cod"}}`, headers: []string{"Idempotency-Key", fresh()}}
}

// copied is a request to copy the menu of another vendor, which has the same members and dishes of the same names.
func (w *world) copied() target {
	from, category := w.newVendor("approved"), domain.ID(id.New())
	w.exec(`INSERT INTO vendor_members (vendor_id, user_id, role) SELECT $1, user_id, role FROM vendor_members WHERE vendor_id = $2`, from, w.vendor)
	w.exec(`INSERT INTO categories (id, vendor_id, name) VALUES ($1, $2, 'Mains')`, category, from)
	w.exec(`INSERT INTO dishes (id, vendor_id, category_id, name, price, diet) VALUES ($1, $2, $3, 'Thali', 24900, 'veg')`, domain.ID(id.New()), from, category)
	return about("/api/v1/vendors/%s/menu/copy", w.vendor, fmt.Sprintf(`{"from":%q}`, from))
}

// keptMenu is a request about a menu that the vendor had, and has again.
func (w *world) keptMenu(path string) target {
	w.exec(`DELETE FROM menu_versions`)
	var text bytes.Buffer
	zip := gzip.NewWriter(&text)
	_, _ = fmt.Fprintf(zip, `[{"id":%q,"name":"Mains","schedule":{},"translations":{},"dishes":[{"id":%q,"name":"Thali","price":24900,"taxCategory":"standard","diet":"veg","optionGroups":[],"translations":{}}]}]`, w.category, w.dish)
	_ = zip.Close()
	w.exec(`INSERT INTO menu_versions (vendor_id, version, cause, categories, dishes, pictures, document) VALUES ($1, 1, 'edited', 1, 1, '{}', $2)`, w.vendor, text.Bytes())
	return about("/api/v1/vendors/%s/menu/versions/1"+path, w.vendor, "")
}

func (w *world) newCategory() domain.ID {
	n := domain.ID(id.New())
	w.exec(`INSERT INTO categories (id, vendor_id, name) VALUES ($1, $2, $3)`, n, w.vendor, n.String())
	return n
}

const optionOfNewDish = "01900000-0000-7000-8000-00000000000f"

func (w *world) newDish() domain.ID {
	n := domain.ID(id.New())
	groups := `[{"id":"01900000-0000-7000-8000-00000000000e","name":"Extras","min":0,"max":1,"options":[{"id":"` + optionOfNewDish + `","name":"Ghee","price":500,"available":true}]}]`
	w.exec(`INSERT INTO dishes (id, vendor_id, category_id, name, price, diet, option_groups) VALUES ($1, $2, $3, 'Dosa', 9000, 'veg', $4)`,
		n, w.vendor, w.category, groups)
	return n
}

func (w *world) newVendor(status string) domain.ID {
	n := domain.ID(id.New())
	w.exec(`INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, lat, lng, status)
	        VALUES ($1, 'New', '{Thali}', '3 Janpath', 'New Delhi', 'IN', 'Asia/Kolkata', 'INR', 28.61, 77.21, $2)`, n, status)
	return n
}

// newMember is a request about a cook of the world's vendor.
func (w *world) newMember(body string) target {
	n := domain.ID(id.New())
	w.exec(`INSERT INTO users (id, email, first_name, role) VALUES ($1, $2, 'Kim', 'vendor')`, n, n.String()+"@example.com")
	w.exec(`INSERT INTO vendor_members (vendor_id, user_id, role) VALUES ($1, $2, 'kitchen')`, w.vendor, n)
	return about("/api/v1/vendors/%s/members/"+n.String(), w.vendor, body)
}

func (w *world) newCourier(status string) domain.ID {
	n := domain.ID(id.New())
	w.exec(`INSERT INTO users (id, email, first_name, role) VALUES ($1, $2, 'Ravi', 'courier')`, n, n.String()+"@example.com")
	w.exec(`INSERT INTO couriers (user_id, name, vehicle, status) VALUES ($1, 'Ravi', 'bicycle', $2)`, n, status)
	return n
}

// order is one of the customer's at the vendor, its delivery without a courier.
func (w *world) order(state string) domain.ID {
	orderID, _ := w.orderAndDelivery(state)
	return orderID
}

func (w *world) orderAndDelivery(state string) (orderID, deliveryID domain.ID) {
	orderID, deliveryID = id.New(), id.New()
	w.exec(`INSERT INTO orders (id, number, state, version, customer_id, vendor_id, city, fulfilment, currency, total, address, delivery_pin, order_code,
	                            accept_seconds, promised_at, deadline_at, deadline_verb)
	        VALUES ($1::uuid, right($1::uuid::text, 12), $2, 1, $3, $4, 'New Delhi', 'delivery', 'INR', 24900,
	                '{"label":"Home","line1":"2 Janpath","city":"New Delhi","lat":28.62,"lng":77.22}', '0042', '4711', 300, now(), now() + interval '1 hour', 'expire')`,
		orderID, state, w.who("customer").id, w.vendor)
	w.exec(`INSERT INTO payments (id, order_id, method, state, amount, currency) VALUES ($1, $2, 'cod', 'created', 24900, 'INR')`, domain.ID(id.New()), orderID)
	w.exec(`INSERT INTO quote_lines (order_id, position, kind, label, amount, bearer) VALUES ($1, 0, 'item', 'Thali', 24900, 'customer')`, orderID)
	w.exec(`INSERT INTO deliveries (id, order_id, vendor_id, pickup_lat, pickup_lng, dropoff_lat, dropoff_lng) VALUES ($1, $2, $3, 28.61, 77.21, 28.62, 77.22)`,
		deliveryID, orderID, w.vendor)
	return orderID, deliveryID
}

func (w *world) pickupOrder() domain.ID {
	orderID, deliveryID := w.orderAndDelivery("ready")
	w.exec(`DELETE FROM deliveries WHERE id = $1`, deliveryID)
	w.exec(`UPDATE orders SET fulfilment = 'pickup', address = NULL WHERE id = $1`, orderID)
	return orderID
}

// delivery is one that the courier carries.
func (w *world) delivery(orderState, state string) domain.ID {
	w.freeCourier()
	_, deliveryID := w.orderAndDelivery(orderState)
	w.exec(`UPDATE deliveries SET state = $2, courier_id = $3 WHERE id = $1`, deliveryID, state, w.who("courier").id)
	return deliveryID
}

// carried is an order whose delivery the courier carries.
func (w *world) carried() (orderID domain.ID) {
	deliveryID := w.delivery("ready", "assigned")
	if err := w.pool.QueryRow(w.t.Context(), `SELECT order_id FROM deliveries WHERE id = $1`, deliveryID).Scan(&orderID); err != nil {
		w.t.Fatal(err)
	}
	return orderID
}

// offer is one that waits for the courier's answer.
func (w *world) offer() domain.ID {
	w.freeCourier()
	orderID, deliveryID := w.orderAndDelivery("ready")
	offerID := domain.ID(id.New())
	w.exec(`UPDATE deliveries SET state = 'offered' WHERE id = $1`, deliveryID)
	w.exec(`INSERT INTO offers (id, delivery_id, order_id, courier_id, meters, expires_at) VALUES ($1, $2, $3, $4, 100, now() + interval '1 hour')`,
		offerID, deliveryID, orderID, w.who("courier").id)
	return offerID
}

// freeCourier ends what the courier is busy with.
func (w *world) freeCourier() {
	w.exec(`UPDATE deliveries SET state = 'cancelled', courier_id = NULL WHERE courier_id = $1`, w.who("courier").id)
	w.exec(`UPDATE offers SET state = 'withdrawn' WHERE state = 'open'`)
}
