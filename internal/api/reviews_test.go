package api

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
)

// eaten makes an order of a dish that its customer has collected, and gives its path and the customer's token.
func (m *market) eaten(vendor, dish string) (path, token string) {
	m.t.Helper()
	customer, order := domain.ID(id.New()).String(), domain.ID(id.New()).String()
	exec := func(sql string, args ...any) {
		_, err := m.db.Pool().Exec(m.t.Context(), sql, args...)
		require.NoError(m.t, err)
	}
	exec("INSERT INTO users (id, email, first_name, last_name, role) VALUES ($1, $2, 'Asha', 'Rao', 'customer')", customer, customer+"@example.com")
	exec(`INSERT INTO orders (id, number, state, version, customer_id, vendor_id, city, fulfilment, currency, total, delivery_pin, order_code, accept_seconds, promised_at, ended_at)
		VALUES ($1::text::uuid, right($1::text, 12), 'collected', 1, $2, $3, 'x', 'pickup', 'INR', 1, '', '', 300, now(), now())`,
		order, customer, strings.TrimPrefix(vendor, "/vendors/"))
	exec("INSERT INTO order_items (order_id, position, dish_id, name, quantity, unit_price) VALUES ($1, 0, $2, 'Thali', 1, 1)", order, strings.TrimPrefix(dish, "/dishes/"))
	return "/orders/" + order + "/review", "customer " + customer
}

func TestReviewsOverHTTP(t *testing.T) {
	m := newMarket(t)
	vendor := m.vendor()
	dish := m.dish(vendor)
	path, asha := m.eaten(vendor, dish)
	m.call(404, "GET", path, asha, "")
	m.call(400, "POST", path, asha, `{"stars":4,"courierStars":5}`) // nobody brought it
	made := m.call(201, "POST", path, asha, `{"stars":4,"text":" Good ","dishes":[{"dishId":"`+strings.TrimPrefix(dish, "/dishes/")+`","stars":5}]}`)
	require.Equal(t, `"1"`, made.header.Get("ETag"))
	require.Equal(t, "Good", made.json["text"])
	require.Equal(t, "published", made.json["state"])
	m.call(409, "POST", path, asha, `{"stars":4}`)
	m.call(200, "GET", path, asha, "")
	m.call(412, "PATCH", path, asha, `{"stars":3}`, "If-Match", `"7"`)
	m.call(400, "PATCH", path, asha, `{}`)

	list := m.call(200, "GET", vendor+"/reviews?stars=4&limit=1", "", "")
	shown := list.json["data"].([]any)[0].(map[string]any)
	require.Equal(t, "Asha R.", shown["author"])
	require.NotContains(t, shown, "orderId")
	require.NotContains(t, shown, "courierStars")
	m.call(304, "GET", vendor+"/reviews?stars=4&limit=1", "", "", "If-None-Match", list.header.Get("ETag"))
	m.call(400, "GET", vendor+"/reviews?stars=6", "", "")
	m.call(400, "GET", vendor+"/reviews?cursor=x", "", "")

	reply := "/reviews/" + shown["id"].(string) + "/reply"
	m.call(403, "PUT", reply, asha, `{"text":"hello"}`)
	m.call(404, "PUT", reply, m.account(), `{"text":"hello"}`)
	answered := m.call(200, "PUT", reply, m.owner, `{"text":"Thank you"}`, "If-Match", `"1"`)
	require.Equal(t, "Thank you", answered.json["reply"].(map[string]any)["text"])
	m.call(204, "DELETE", reply, m.owner, "", "If-Match", answered.header.Get("ETag"))

	m.upload(404, path+"/photos/0", asha, somePNG(t, 8, 8))
	m.upload(404, path+"/photos/11", asha, somePNG(t, 8, 8))
	m.upload(400, path+"/photos/1", asha, "no picture")
	m.upload(412, path+"/photos/1", asha, somePNG(t, 8, 8), "If-Match", `"1"`)
	pending := m.upload(200, path+"/photos/2", asha, somePNG(t, 8, 8))
	require.Equal(t, "pending", pending.json["state"])
	require.EqualValues(t, 2, pending.json["photos"].([]any)[0].(map[string]any)["place"])
	require.Empty(t, m.call(200, "GET", vendor+"/reviews", "", "").json["data"])

	m.call(403, "GET", "/admin/reviews", asha, "")
	require.Len(t, m.call(200, "GET", "/admin/reviews", staffToken, "").json["data"], 1)
	require.Empty(t, m.call(200, "GET", "/admin/reviews?state=rejected", staffToken, "").json["data"])
	judge := "/admin/reviews/" + shown["id"].(string)
	m.call(400, "POST", judge+"/publish", staffToken, "")
	m.call(412, "POST", judge+"/reject", staffToken, `{"reason":"no food"}`, "If-Match", `"1"`)
	rejected := m.call(200, "POST", judge+"/reject", staffToken, `{"reason":"no food"}`, "If-Match", pending.header.Get("ETag"))
	require.Equal(t, "no food", rejected.json["reason"])
	m.call(204, "DELETE", path+"/photos/2", asha, "")
	m.call(409, "DELETE", path, asha, "")
	again := m.call(200, "GET", path, asha, "").header.Get("ETag")
	m.call(200, "POST", judge+"/publish", staffToken, "", "If-Match", again)
	m.call(204, "DELETE", path, asha, "")
	m.call(404, "DELETE", path, asha, "")
}
