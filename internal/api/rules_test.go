package api

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// wrong is the first field that a refused request names.
func wrong(r reply) string { return r.json["errors"].([]any)[0].(map[string]any)["field"].(string) }

func TestPromotionsOverHTTP(t *testing.T) {
	m := newMarket(t)
	vendor := m.vendor()
	const path = "/admin/promotions"
	soon := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	for field, body := range map[string]string{
		"share":             `{"label":"x","benefit":"percent","share":10001}`,
		"amount":            `{"label":"x","benefit":"flat"}`,
		"amount.amount":     `{"label":"x","benefit":"flat","amount":{"amount":-1,"currency":"INR"}}`,
		"benefit":           `{"label":"x","benefit":"gift"}`,
		"label":             `{"benefit":"percent","share":1}`,
		"minOrder.currency": `{"label":"x","benefit":"percent","share":1,"minOrder":{"amount":1,"currency":"INR"},"cap":{"amount":1,"currency":"USD"}}`,
		"currency":          `{"label":"x","benefit":"percent","share":1,"currency":"XXX"}`,
		"code":              `{"label":"x","benefit":"percent","share":1,"code":"a b"}`,
		"endsAt":            `{"label":"x","benefit":"percent","share":1,"startsAt":"` + soon + `","endsAt":"` + soon + `"}`,
		"startsAt":          `{"label":"x","benefit":"percent","share":1,"startsAt":"tomorrow"}`,
		"vendors[0]":        `{"label":"x","benefit":"percent","share":1,"vendors":["01900000-0000-7000-8000-00000000dead"]}`,
		"cities[0]":         `{"label":"x","benefit":"percent","share":1,"cities":["Atlantis"]}`,
		"cuisines[0]":       `{"label":"x","benefit":"percent","share":1,"cuisines":["Nectar"]}`,
		"limit":             `{"label":"x","benefit":"percent","share":1,"limit":-1}`,
		"vendorShare":       `{"label":"x","benefit":"percent","share":1,"vendorShare":10001}`,
		"windows[0].from":   `{"label":"x","benefit":"percent","share":1,"windows":[{"days":["mon"],"from":"24:00","to":"01:00"}]}`,
		"state":             `{"label":"x","benefit":"percent","share":1,"state":"active"}`,
	} {
		require.Equal(t, field, wrong(m.call(400, "POST", path, staffToken, body)), body)
	}
	made := m.call(201, "POST", path, staffToken, `{"code":"june-10","label":"June","benefit":"percent","share":1000,"cap":{"amount":10000,"currency":"INR"},
		"minOrder":{"amount":20000,"currency":"INR"},"perCustomer":1,"limit":100,"windows":[{"days":["sun","mon"],"from":"18:00","to":"02:00"}],
		"cities":["new delhi"],"vendorShare":5000,"endsAt":"`+soon+`"}`)
	require.Equal(t, `"1"`, made.header.Get("ETag"))
	one := path + "/" + made.json["id"].(string)
	got := m.call(200, "GET", one, staffToken, "").json
	require.Equal(t, made.json, got)
	require.Equal(t, "JUNE-10", got["code"])
	require.Equal(t, "active", got["state"])
	require.Equal(t, map[string]any{"amount": 10000.0, "currency": "INR"}, got["cap"])
	require.Equal(t, []any{map[string]any{"days": []any{"mon", "sun"}, "from": "18:00", "to": "02:00"}}, got["windows"])
	require.Equal(t, soon, got["endsAt"])
	require.Equal(t, "promotion.code_taken", m.call(409, "POST", path, staffToken, `{"code":"JUNE-10","label":"x","benefit":"free_delivery"}`).json["code"])
	require.Len(t, m.call(200, "GET", path+"?code=june-10&state=active&by=marketplace", staffToken, "").json["data"], 1)
	require.Empty(t, m.call(200, "GET", path+"?state=ended", staffToken, "").json["data"])
	m.call(400, "GET", path+"?state=gone", staffToken, "")
	m.call(400, "GET", path+"?vendorId=1", staffToken, "")

	m.call(412, "POST", one+"/pause", staffToken, "", "If-Match", `"2"`)
	require.Equal(t, "paused", m.call(200, "POST", one+"/pause", staffToken, "", "If-Match", `"1"`).json["state"])
	m.call(412, "PUT", one, staffToken, `{"label":"x","benefit":"free_delivery"}`, "If-Match", `"1"`)
	put := m.call(200, "PUT", one, staffToken, `{"label":"x","benefit":"free_delivery"}`, "If-Match", `"2"`)
	require.NotContains(t, put.json, "code", "it is replaced as a whole")
	require.Equal(t, "paused", put.json["state"])
	require.Equal(t, "ended", m.call(200, "POST", one+"/end", staffToken, "").json["state"])
	require.Equal(t, "promotion.ended", m.call(409, "POST", one+"/resume", staffToken, "").json["code"])

	// A vendor's own, and what everybody sees of it.
	own := m.call(201, "POST", vendor+"/promotions", m.owner, `{"label":"20 % off up to 100","benefit":"percent","share":2000,"cap":{"amount":10000,"currency":"INR"},"limit":50}`)
	m.call(201, "POST", vendor+"/promotions", m.owner, `{"label":"Friends","benefit":"percent","share":5000,"code":"FRIENDS"}`)
	require.Equal(t, "vendors", wrong(m.call(400, "POST", vendor+"/promotions", m.owner, `{"label":"x","benefit":"percent","share":1,"vendors":[]}`)))
	require.Equal(t, "currency", wrong(m.call(400, "POST", vendor+"/promotions", m.owner, `{"label":"x","benefit":"flat","amount":{"amount":1,"currency":"USD"}}`)))
	m.call(404, "GET", vendor+"/promotions", m.account(), "")
	m.call(404, "GET", vendor+"/promotions/"+made.json["id"].(string), m.owner, "")
	offers := m.call(200, "GET", vendor+"/offers", "", "")
	require.NotContains(t, offers.text, "FRIENDS")
	require.Len(t, offers.json["data"], 1)
	offer := offers.json["data"].([]any)[0].(map[string]any)
	require.Equal(t, fmt.Sprint(own.json["id"]), offer["id"])
	require.Equal(t, true, offer["byVendor"])
	for _, private := range []string{"limit", "used", "vendorShare", "vendors", "code", "version"} {
		require.NotContains(t, offer, private)
	}
	ownPath := vendor + "/promotions/" + own.json["id"].(string)
	require.Equal(t, true, m.call(200, "POST", path+"/"+own.json["id"].(string)+"/pause", staffToken, "").json["held"])
	require.Equal(t, "promotion.held", m.call(403, "POST", ownPath+"/resume", m.owner, "").json["code"])
	require.Empty(t, m.call(200, "GET", vendor+"/offers", "", "").json["data"])
	require.Equal(t, "promotion.vendors", m.call(403, "PUT", path+"/"+own.json["id"].(string), staffToken, aRule).json["code"])
	m.call(404, "GET", "/vendors/01900000-0000-7000-8000-00000000dead/offers", "", "")
	page := m.call(200, "GET", vendor+"/promotions?limit=1", m.owner, "").json
	require.Len(t, page["data"], 1)
	require.Len(t, m.call(200, "GET", vendor+"/promotions?limit=1&cursor="+page["nextCursor"].(string), m.owner, "").json["data"], 1)
}

const aRule = `{"label":"x","benefit":"percent","share":1}`

func TestRulesOfDeliveryAndCommissionOverHTTP(t *testing.T) {
	m := newMarket(t)
	vendor := m.vendor()
	inr := func(n int) string { return fmt.Sprintf(`{"amount":%d,"currency":"INR"}`, n) }
	for field, body := range map[string]string{
		"currency":              `{"currency":"XXX","bands":[{"from":0,"fee":{"amount":1,"currency":"XXX"}}]}`,
		"bands":                 `{"currency":"INR","bands":[]}`,
		"bands[0].fee.currency": `{"currency":"INR","bands":[{"from":0,"fee":{"amount":1,"currency":"USD"}}]}`,
		"bands[0].from":         `{"currency":"INR","bands":[{"from":1,"fee":` + inr(1) + `}]}`,
		"bands[1].from":         `{"currency":"INR","bands":[{"from":0,"fee":` + inr(1) + `},{"from":0,"fee":` + inr(1) + `}]}`,
		"bands[1].fee":          `{"currency":"INR","bands":[{"from":0,"fee":` + inr(2) + `},{"from":5,"fee":` + inr(1) + `}]}`,
		"smallOrder.fee":        `{"currency":"INR","bands":[{"from":0,"fee":` + inr(2) + `}],"smallOrder":{"below":` + inr(1) + `,"fee":` + inr(2) + `}}`,
		"city":                  `{"currency":"INR","city":"Atlantis","bands":[{"from":0,"fee":` + inr(2) + `}]}`,
	} {
		require.Equal(t, field, wrong(m.call(400, "POST", "/admin/tariffs", staffToken, body)), body)
	}
	const tariff = `{"currency":"INR","city":"New Delhi","bands":[{"from":0,"fee":{"amount":3000,"currency":"INR"},"perKm":{"amount":0,"currency":"INR"}}],` +
		`"smallOrder":{"below":{"amount":30000,"currency":"INR"},"fee":{"amount":2000,"currency":"INR"}}}`
	made := m.call(201, "POST", "/admin/tariffs", staffToken, tariff).json
	require.Equal(t, "tariff.exists", m.call(409, "POST", "/admin/tariffs", staffToken, tariff).json["code"])
	one := "/admin/tariffs/" + made["id"].(string)
	require.Equal(t, made, m.call(200, "GET", one, staffToken, "").json)
	require.Len(t, m.call(200, "GET", "/admin/tariffs?currency=INR&city=new%20delhi", staffToken, "").json["data"], 1)
	m.call(412, "PUT", one, staffToken, tariff, "If-Match", `"2"`)
	require.Equal(t, `"2"`, m.call(200, "PUT", one, staffToken, tariff, "If-Match", `"1"`).header.Get("ETag"))
	m.call(412, "DELETE", one, staffToken, "", "If-Match", `"1"`)
	m.call(204, "DELETE", one, staffToken, "", "If-Match", `"2"`)
	m.call(404, "DELETE", one, staffToken, "")

	for field, body := range map[string]string{
		"flat":    `{"label":"x","currency":"INR"}`,
		"times":   `{"label":"x","currency":"INR","times":10000}`,
		"radiusM": `{"label":"x","currency":"INR","times":15000,"centre":{"lat":1,"lng":1}}`,
		"centre":  `{"label":"x","currency":"INR","times":15000,"radiusM":100}`,
		"endsAt":  `{"label":"x","currency":"INR","times":15000,"endsAt":"2020-01-01T00:00:00Z"}`,
	} {
		require.Equal(t, field, wrong(m.call(400, "POST", "/admin/surges", staffToken, body)), body)
	}
	rain := m.call(201, "POST", "/admin/surges", staffToken, `{"label":"Rain","currency":"INR","times":15000,"centre":{"lat":28.6,"lng":77.2},"radiusM":500,"cap":`+inr(900)+`}`).json
	one = "/admin/surges/" + rain["id"].(string)
	require.Equal(t, rain, m.call(200, "GET", one, staffToken, "").json)
	flat := m.call(200, "PUT", one, staffToken, `{"label":"Rain","currency":"INR","flat":`+inr(500)+`}`).json
	require.NotContains(t, flat, "times")
	require.NotContains(t, flat, "centre")
	require.Len(t, m.call(200, "GET", "/admin/surges", staffToken, "").json["data"], 1)
	m.call(204, "DELETE", one, staffToken, "")

	id := vendor[len("/vendors/"):]
	for field, body := range map[string]string{
		"rate":     `{"rate":5001}`,
		"city":     `{"rate":1,"city":"New Delhi","vendorId":"` + id + `"}`,
		"vendorId": `{"rate":1,"vendorId":"01900000-0000-7000-8000-00000000dead"}`,
		"endsAt":   `{"rate":1,"startsAt":"2030-01-01T00:00:00Z","endsAt":"2030-01-01T00:00:00Z"}`,
	} {
		require.Equal(t, field, wrong(m.call(400, "POST", "/admin/commissions", staffToken, body)), body)
	}
	rule := m.call(201, "POST", "/admin/commissions", staffToken, `{"rate":1500,"vendorId":"`+id+`"}`).json
	one = "/admin/commissions/" + rule["id"].(string)
	require.Equal(t, rule, m.call(200, "GET", one, staffToken, "").json)
	require.EqualValues(t, 1000, m.call(200, "PUT", one, staffToken, `{"rate":1000,"vendorId":"`+id+`"}`, "If-Match", `"1"`).json["rate"])
	require.Len(t, m.call(200, "GET", "/admin/commissions?vendorId="+id, staffToken, "").json["data"], 1)
	everybodys := m.call(200, "GET", "/admin/commissions", staffToken, "").json["data"].([]any)[1].(map[string]any)
	require.Equal(t, "commission.last", m.call(409, "DELETE", "/admin/commissions/"+everybodys["id"].(string), staffToken, "").json["code"])
	m.call(204, "DELETE", one, staffToken, "")
}
