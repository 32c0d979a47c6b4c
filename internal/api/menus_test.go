package api

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// fullDish has everything that a dish may have.
const fullDish = `{"categoryId":%q,"name":"Biryani","description":"Layered","price":{"amount":18000,"currency":"INR"},
	"packaging":{"amount":500,"currency":"INR"},"taxCategory":"reduced","diet":"nonveg","allergens":["Dairy"],"spice":2,"tags":["signature"],
	"minAge":18,"stock":5,"position":3,"translations":[{"language":"de","name":"Reisgericht","description":"Geschichtet"}],
	"optionGroups":[{"name":"Portion","min":1,"max":1,"variants":true,"translations":[{"language":"de","name":"Menge"}],"options":[
		{"name":"Half","price":{"amount":18000,"currency":"INR"},"translations":[{"language":"de","name":"Halb"}]},
		{"name":"Full","price":{"amount":32000,"currency":"INR"},"default":true,"available":false}]}]}`

func TestAFullMenuOverHTTP(t *testing.T) {
	m := newMarket(t)
	path := m.vendor()
	v := m.call(200, "PATCH", path, m.owner, `{"languages":["en","de"],"taxRates":{"reduced":250}}`)
	require.Equal(t, []any{"en", "de"}, v.json["languages"])
	require.Equal(t, map[string]any{"reduced": 250.0}, v.json["taxRates"])
	always := m.call(201, "POST", path+"/categories", m.owner, `{"name":"Mains","translations":[{"language":"de","name":"Hauptgerichte"}]}`)
	require.Equal(t, true, always.json["served"])
	past := m.call(201, "POST", path+"/categories", m.owner, `{"name":"Christmas","schedule":{
		"windows":[{"days":["sun","mon"],"from":"22:00","to":"02:00"}],"startsOn":"2020-12-24","endsOn":"2020-12-26"}}`)
	require.Equal(t, false, past.json["served"])
	require.NotContains(t, past.json, "servedAt")
	require.Equal(t, map[string]any{
		"windows":  []any{map[string]any{"days": []any{"mon", "sun"}, "from": "22:00", "to": "02:00"}},
		"startsOn": "2020-12-24", "endsOn": "2020-12-26",
	}, past.json["schedule"])
	for field, body := range map[string]string{
		"schedule.endsOn":          `{"schedule":{"startsOn":"2026-02-02","endsOn":"2026-02-01"}}`,
		"schedule.startsOn":        `{"schedule":{"startsOn":"2026-02-30"}}`,
		"schedule.windows[0].days": `{"schedule":{"windows":[{"days":[],"from":"10:00","to":"11:00"}]}}`,
		"translations":             `{"translations":[{"language":"de","name":"A"},{"language":"de","name":"B"}]}`,
		"translations[0].language": `{"translations":[{"language":"not a language","name":"A"}]}`,
	} {
		got := m.call(400, "PATCH", "/categories/"+always.json["id"].(string), m.owner, body)
		require.Contains(t, got.text, `"field":"`+field+`"`, body)
	}

	d := m.call(201, "POST", path+"/dishes", m.owner, fmt.Sprintf(fullDish, always.json["id"]))
	dishPath := "/dishes/" + d.json["id"].(string)
	group := d.json["optionGroups"].([]any)[0].(map[string]any)
	fullSize := group["options"].([]any)[1].(map[string]any)
	require.Equal(t, []any{"milk"}, d.json["allergens"])
	require.Equal(t, true, group["variants"])
	require.Equal(t, true, fullSize["default"])
	require.Equal(t, false, fullSize["available"])
	m.call(400, "PATCH", dishPath, m.owner, `{"price":{"amount":17000,"currency":"INR"}}`)
	sizePath := dishPath + "/options/" + fullSize["id"].(string) + "/availability"
	m.call(404, "PUT", dishPath+"/options/"+d.json["id"].(string)+"/availability", m.owner, `{"available":true}`)
	m.call(404, "PUT", sizePath, m.account(), `{"available":true}`)
	require.NotContains(t, m.call(200, "PUT", sizePath, m.owner, `{"available":true}`).text, `"available":false`)
	m.call(400, "PUT", dishPath+"/stock", m.owner, `{}`)
	m.call(400, "PUT", dishPath+"/stock", m.owner, `{"stock":-1}`)
	gone := m.call(200, "PUT", dishPath+"/stock", m.owner, `{"stock":0}`)
	require.Equal(t, []any{false, "sold_out"}, []any{gone.json["available"], gone.json["unavailableReason"]})
	require.NotContains(t, m.call(200, "PUT", dishPath+"/stock", m.owner, `{"stock":null}`).json, "stock")

	for accept, want := range map[string][2]string{"": {"en", "Biryani"}, "de-CH, en;q=0.3": {"de", "Reisgericht"}, "fr": {"en", "Biryani"}} {
		menu := m.call(200, "GET", path+"/menu", "", "", "Accept-Language", accept)
		require.Equal(t, want[0], menu.header.Get("Content-Language"), accept)
		require.Contains(t, strings.Join(menu.header.Values("Vary"), ","), "Accept-Language")
		require.Contains(t, menu.text, `"name":"`+want[1]+`"`)
		require.NotContains(t, menu.text, "translations", "a diner has one language")
		m.call(304, "GET", path+"/menu", "", "", "Accept-Language", accept, "If-None-Match", menu.header.Get("ETag"))
		dish := m.call(200, "GET", dishPath, "", "", "Accept-Language", accept)
		require.Equal(t, want[0], dish.header.Get("Content-Language"), accept)
		require.Equal(t, want[1], dish.json["name"])
		require.NotContains(t, dish.json, "translations")
	}
	require.Contains(t, m.call(200, "GET", dishPath, m.owner, "").json, "translations", "of whoever writes them")
	m.call(200, "PUT", dishPath+"/availability", m.owner, `{"available":true}`)
	for _, found := range []string{"/search?q=Biryani&", "/search/suggest?q=Biry&"} {
		german := m.call(200, "GET", found+"lat=28.6139&lng=77.209", "", "", "Accept-Language", "de")
		require.Contains(t, german.text, "Reisgericht", found)
		require.Contains(t, strings.Join(german.header.Values("Vary"), ","), "Accept-Language")
		require.NotContains(t, m.call(200, "GET", found+"lat=28.6139&lng=77.209", "", "", "Accept-Language", "fr").text, "Reisgericht", found)
	}
	hit := m.call(200, "GET", "/search?q=Biryani&lat=28.6139&lng=77.209", "", "", "Accept-Language", "de").json["data"].([]any)[0].(map[string]any)
	require.Equal(t, "de", hit["dish"].(map[string]any)["language"])
	for _, length := range []int{256, 257, 1001, 9000} { // one that is too long counts as none
		long := m.call(200, "GET", path+"/menu", "", "", "Accept-Language", "de"+strings.Repeat(" ", length-3)+",")
		require.Equal(t, map[bool]string{true: "de", false: "en"}[length == 256], long.header.Get("Content-Language"), "%d bytes", length)
	}
	german := m.call(200, "GET", path+"/menu", "", "", "Accept-Language", "de").header.Get("ETag")
	m.call(200, "GET", path+"/menu", "", "", "Accept-Language", "en", "If-None-Match", german)
}
