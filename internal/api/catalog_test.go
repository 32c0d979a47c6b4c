package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/mux"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/catalog"
	"github.com/zoop-dev/zoop/internal/app/pictures"
	"github.com/zoop-dev/zoop/internal/app/review"
	"github.com/zoop-dev/zoop/internal/app/rules"
	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/media"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// market is the API on a database of its own, as far as it is about the catalogue. Tokens are "role id".
type market struct {
	t        tester
	db       *postgres.DB
	url      string
	contract *contract
	router   *mux.Router // of the contract's paths
	owner    string
}

// tester is what *testing.T and *rapid.T have in common.
type tester interface {
	require.TestingT
	Helper()
	Context() context.Context
}

const staffToken = "admin 01900000-0000-7000-8000-000000000001"

func newMarket(t *testing.T) *market {
	t.Helper()
	return newMarketAt(t, nil)
}

// newMarketAt is newMarket by another clock.
func newMarketAt(t *testing.T, now func() time.Time) *market {
	t.Helper()
	t.Parallel()
	db, err := postgres.Open(t.Context(), dbtest.URL(t), postgres.Options{})
	require.NoError(t, err)
	t.Cleanup(db.Close)
	store, err := media.OpenDirectory(t.TempDir())
	require.NoError(t, err)
	kept := pictures.New(db, store)
	service := catalog.New(db, catalog.Options{Pictures: kept.Keep, Now: now})
	service.Cache().Current(true)
	h, err := New(Deps{
		Log: slog.New(slog.DiscardHandler), Registry: prometheus.NewRegistry(), Catalog: service, Pictures: kept,
		Reviews: review.New(db, review.Options{Pictures: kept.Keep}), Rules: rules.New(db),
		Authenticate: func(_ context.Context, token string) (a domain.Actor, err error) {
			role, text, _ := strings.Cut(token, " ")
			a.Role = domain.Role(role)
			a.ID, err = domain.ParseID(text)
			return a, err
		},
	})
	require.NoError(t, err)
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	c, err := loadContract()
	require.NoError(t, err)
	m := &market{t: t, db: db, url: server.URL, contract: c, router: mux.NewRouter()}
	for path := range c.doc.Paths.Map() {
		m.router.Path(path).Name(path)
	}
	m.owner = m.account()
	return m
}

// account makes an account that runs vendors, and gives its token.
func (m *market) account() string {
	m.t.Helper()
	userID := domain.ID(id.New())
	_, err := m.db.Pool().Exec(m.t.Context(), "INSERT INTO users (id, email, first_name, role) VALUES ($1, $2, 'V', 'vendor')", userID, userID.String()+"@example.com")
	require.NoError(m.t, err)
	return "vendor " + userID.String()
}

// call sends a request, expects a status, and holds the answer against the contract.
func (m *market) call(want int, method, path, token, body string, headers ...string) reply {
	m.t.Helper()
	req, err := http.NewRequestWithContext(m.t.Context(), method, m.url+"/api/v1"+path, strings.NewReader(body))
	require.NoError(m.t, err)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(m.t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(m.t, err)
	require.Equal(m.t, want, res.StatusCode, "%s %s: %s", method, path, text)
	r := reply{status: res.StatusCode, header: res.Header, text: string(text)}
	if len(text) > 0 {
		require.NoError(m.t, json.NewDecoder(bytes.NewReader(text)).Decode(&r.json))
		m.check(req, res.StatusCode, r.json)
	}
	return r
}

// check compares an answer with the contract's schema of it.
func (m *market) check(req *http.Request, status int, value any) {
	m.t.Helper()
	var match mux.RouteMatch
	require.True(m.t, m.router.Match(req, &match))
	responses := m.contract.doc.Paths.Value(match.Route.GetName()).GetOperation(req.Method).Responses
	response := responses.Value(fmt.Sprint(status))
	if response == nil {
		response = responses.Default()
	}
	for _, media := range response.Value.Content {
		require.NoError(m.t, media.Schema.Value.VisitJSON(value), "%s %s does not keep the contract", req.Method, req.URL.Path)
	}
}

const newVendor = `{"name":"Dilli Dosa","cuisines":["South Indian","Tiffin"],"address":"1 Janpath","city":"New Delhi",
	"location":{"lat":28.6139,"lng":77.209},"phone":"+91 11 2345 6789","prepMinutes":20,"costForTwo":{"amount":60000,"currency":"INR"}}`

// vendor opens and approves a vendor that is always open, and gives its path.
func (m *market) vendor() string {
	m.t.Helper()
	v := m.call(201, "POST", "/vendors", m.owner, newVendor)
	path := "/vendors/" + v.json["id"].(string)
	m.call(200, "POST", "/admin"+path+"/approve", staffToken, "")
	week := []string{}
	for _, day := range days {
		week = append(week, fmt.Sprintf(`{"day":%q,"opens":"00:00","closes":"24:00"}`, day))
	}
	m.call(200, "PUT", path+"/hours", m.owner, `{"week":[`+strings.Join(week, ",")+`]}`)
	return path
}

func TestAVendorOverHTTP(t *testing.T) {
	m := newMarket(t)
	v := m.call(201, "POST", "/vendors", m.owner, newVendor)
	path := "/vendors/" + v.json["id"].(string)
	require.Equal(t, "pending", v.json["status"])
	m.call(404, "GET", path, "", "")
	m.call(200, "GET", path, m.owner, "")
	m.call(403, "POST", "/admin"+path+"/approve", m.owner, "")
	m.call(401, "POST", "/admin"+path+"/approve", "", "")
	m.call(200, "POST", "/admin"+path+"/reject", staffToken, `{"reason":"no licence"}`)
	require.Equal(t, "no licence", m.call(200, "GET", path, m.owner, "").json["statusReason"])
	m.call(200, "POST", "/admin"+path+"/approve", staffToken, "")

	page := m.call(200, "GET", path, "", "")
	tag := page.header.Get("ETag")
	require.NotEmpty(t, tag)
	require.Equal(t, "no-cache", page.header.Get("Cache-Control"))
	require.Empty(t, m.call(304, "GET", path, "", "", "If-None-Match", tag).text)
	require.Len(t, m.call(200, "GET", "/me/vendors", m.owner, "").json["data"], 1)

	changed := m.call(200, "PATCH", path, m.owner, `{"prepMinutes":25,"minimumOrder":{"amount":10000,"currency":"INR"}}`, "If-Match", tag)
	require.EqualValues(t, 25, changed.json["prepMinutes"])
	require.EqualValues(t, 60000, changed.json["costForTwo"].(map[string]any)["amount"])
	edited := m.call(200, "PATCH", path, m.owner, `{"acceptSeconds":240,"packagingFee":{"amount":1500,"currency":"INR"},"priceLevel":3}`).json
	require.Equal(t, []any{240.0, 1500.0, 500.0, 3.0}, []any{edited["acceptSeconds"], edited["packagingFee"].(map[string]any)["amount"], edited["taxRate"], edited["priceLevel"]})
	m.call(412, "PATCH", path, m.owner, `{"prepMinutes":26}`, "If-Match", tag)
	require.Equal(t, "manual", changed.json["acceptance"])
	auto := m.call(200, "PATCH", path, m.owner, `{"acceptance":"auto","slotCapacity":12}`)
	require.Equal(t, "auto", auto.json["acceptance"])
	require.EqualValues(t, 12, auto.json["slotCapacity"])
	require.NotContains(t, m.call(200, "PATCH", path, m.owner, `{"slotCapacity":0}`).json, "slotCapacity")
	m.call(400, "PATCH", path, m.owner, `{"acceptance":"never"}`)
	m.call(400, "PATCH", path, m.owner, `{"slotCapacity":1001}`)
	m.call(412, "PUT", path+"/hours", m.owner, `{"week":[]}`, "If-Match", tag)
	m.call(200, "GET", path, "", "", "If-None-Match", tag)
	wrong := m.call(400, "PATCH", path, m.owner, `{"packagingFee":{"amount":1,"currency":"USD"}}`)
	require.Contains(t, wrong.text, `"packagingFee.currency"`)
	m.call(404, "PATCH", path, m.account(), `{"prepMinutes":1}`)
	m.call(404, "GET", "/vendors/nonsense", "", "")
}

func TestHoursOverHTTP(t *testing.T) {
	m := newMarket(t)
	path := m.vendor()
	week := `{"week":[{"day":"mon","opens":"10:00","closes":"14:00"},{"day":"mon","opens":"18:00","closes":"24:00"},` +
		`{"day":"sat","opens":"20:00","closes":"02:30"},{"day":"sun","opens":"22:00","closes":"03:00"}]}`
	m.call(200, "PUT", path+"/hours", m.owner, week)
	require.JSONEq(t, week, m.call(200, "GET", path+"/hours", "", "").text)
	m.call(400, "PUT", path+"/hours", m.owner, `{"week":[{"day":"mon","opens":"24:00","closes":"01:00"}]}`)
	equal := m.call(400, "PUT", path+"/hours", m.owner, `{"week":[{"day":"sun","opens":"10:00","closes":"10:00"}]}`)
	require.Contains(t, equal.text, `"field":"week[0].closes"`)
	closed := m.call(200, "PUT", path+"/hours", m.owner, `{"week":[]}`)
	require.Equal(t, false, closed.json["open"])
	require.NotContains(t, closed.json, "opensAt")
}

func TestClosuresOverHTTP(t *testing.T) {
	m := newMarket(t)
	path := m.vendor() + "/closures"
	tag := m.call(200, "GET", path, "", "").header.Get("ETag")
	m.call(304, "GET", path, "", "", "If-None-Match", tag)
	m.call(201, "POST", path, m.owner, fmt.Sprintf(`{"from":%q,"until":%q,"reason":"Christmas"}`,
		time.Now().AddDate(0, 0, 20).Format(time.DateOnly), time.Now().AddDate(0, 0, 21).Format(time.DateOnly)))
	require.Contains(t, m.call(200, "GET", path, "", "", "If-None-Match", tag).text, "Christmas")
}

func TestPauseOverHTTP(t *testing.T) {
	m := newMarket(t)
	path := m.vendor()
	require.Equal(t, true, m.call(200, "GET", path, "", "").json["open"])
	paused := m.call(200, "POST", path+"/pause", m.owner, `{"minutes":30,"reason":"rush"}`)
	require.Equal(t, []any{false, "rush", paused.json["opensAt"]}, []any{paused.json["open"], paused.json["pauseReason"], paused.json["pausedUntil"]})
	forever := m.call(200, "POST", path+"/pause", staffToken, `{"reason":"inspection"}`)
	require.NotContains(t, forever.json, "pausedUntil")
	require.NotContains(t, forever.json, "opensAt")
	require.Equal(t, true, m.call(200, "POST", path+"/resume", m.owner, "").json["open"])
}

func TestAMenuOverHTTP(t *testing.T) {
	m := newMarket(t)
	path := m.vendor()
	category := m.call(201, "POST", path+"/categories", m.owner, `{"name":"Dosas"}`)
	categoryPath := "/categories/" + category.json["id"].(string)
	m.call(409, "POST", path+"/categories", m.owner, `{"name":"dosas"}`)
	dish := fmt.Sprintf(`{"categoryId":%q,"name":"Masala dosa","price":{"amount":12000,"currency":"INR"},"diet":"veg","allergens":["gluten"],`+
		`"optionGroups":[{"name":"Size","min":1,"max":1,"options":[{"name":"Regular"},{"name":"Paper","price":{"amount":4000,"currency":"INR"}}]}]}`, category.json["id"])
	d := m.call(201, "POST", path+"/dishes", m.owner, dish)
	dishPath := "/dishes/" + d.json["id"].(string)
	m.call(400, "POST", path+"/dishes", m.owner, strings.Replace(dish, `"min":1`, `"min":2`, 1))
	require.Contains(t, m.call(400, "POST", path+"/dishes", m.owner, strings.Replace(dish, `"INR"},"diet"`, `"EUR"},"diet"`, 1)).text, `"price.currency"`)

	menu := m.call(200, "GET", path+"/menu", "", "")
	tag := menu.header.Get("ETag")
	m.call(304, "GET", path+"/menu", "", "", "If-None-Match", tag)
	seen := menu.json["categories"].([]any)[0].(map[string]any)["dishes"].([]any)[0].(map[string]any)
	require.Equal(t, "Masala dosa", seen["name"])
	require.Equal(t, true, seen["available"])

	own := m.call(200, "GET", dishPath, "", "").header
	require.Equal(t, "no-cache", own.Get("Cache-Control"))
	m.call(304, "GET", dishPath, "", "", "If-None-Match", own.Get("ETag"))
	m.call(200, "PATCH", dishPath, m.owner, `{"spice":1}`, "If-Match", own.Get("ETag"))
	m.call(412, "PATCH", dishPath, m.owner, `{"spice":2}`, "If-Match", own.Get("ETag"))
	m.call(200, "GET", dishPath, "", "", "If-None-Match", own.Get("ETag"))
	m.call(404, "PUT", dishPath+"/availability", m.account(), `{"available":false}`)
	require.Equal(t, false, m.call(200, "PUT", dishPath+"/availability", m.owner, `{"available":false}`).json["available"])
	require.Contains(t, m.call(200, "GET", path+"/menu", "", "", "If-None-Match", tag).text, `"available":false`)
	require.Equal(t, "Rava dosa", m.call(200, "PATCH", dishPath, m.owner, `{"name":"Rava dosa"}`).json["name"])
	m.call(412, "PATCH", dishPath, m.owner, `{"spice":1}`, "If-Match", `"1"`)
	require.Equal(t, "Rava dosa", m.call(200, "GET", dishPath, "", "").json["name"])
	require.Len(t, m.call(200, "PATCH", categoryPath, m.owner, `{"position":7}`).json["dishes"], 1)
	m.call(409, "DELETE", categoryPath, m.owner, "")
	m.call(204, "DELETE", dishPath, m.owner, "")
	m.call(404, "GET", dishPath, "", "")
	m.call(204, "DELETE", categoryPath, m.owner, "")
}

func TestDiscoveryOverHTTP(t *testing.T) {
	m := newMarket(t)
	for range 3 {
		m.call(200, "PUT", m.vendor()+"/menu", m.owner, `{"categories":[{"name":"Mains","dishes":[{"name":"Idli","price":{"amount":9900,"currency":"INR"},"diet":"vegan"}]}]}`)
	}
	near := "/vendors?lat=28.62&lng=77.21"
	list := m.call(200, "GET", near+"&limit=2&sort=rating&openNow=true&q=dosa&cuisine=tiffin&veg=true&maxCost=60000", "", "")
	require.Len(t, list.json["data"], 2)
	first := list.json["data"].([]any)[0].(map[string]any)
	require.EqualValues(t, 685, first["distanceMeters"])
	require.Contains(t, first, "etaMinutes")
	require.Contains(t, first, "deliveryFee")
	rest := m.call(200, "GET", near+"&limit=2&sort=rating&openNow=true&q=dosa&cuisine=tiffin&veg=true&maxCost=60000&cursor="+list.json["nextCursor"].(string), "", "")
	require.Len(t, rest.json["data"], 1)
	require.NotContains(t, rest.json, "nextCursor")
	require.Equal(t, "[]", fmt.Sprint(m.call(200, "GET", "/vendors?lat=0&lng=0", "", "").json["data"]))
	m.call(304, "GET", near, "", "", "If-None-Match", m.call(200, "GET", near, "", "").header.Get("ETag"))
	for _, wrong := range []string{
		"/vendors", "/vendors?lat=28&lng=200", "/vendors?lat=NaN&lng=0", near + "&limit=101", near + "&sort=best", near + "&radius=5",
		near + "&cursor=!", near + "&q=%00", near + "&q=%ff", near + "&maxCost=-1",
	} {
		m.call(400, "GET", wrong, "", "")
	}
	city := m.call(200, "GET", "/cities", "", "").json["data"].([]any)[0].(map[string]any)
	require.EqualValues(t, 3, city["vendors"])
}

// TestAStaleVersionChangesNothing sends each write of the catalogue with a version that was, and then with the one that is.
func TestAStaleVersionChangesNothing(t *testing.T) {
	m := newMarket(t)
	path := m.vendor()
	category := m.call(201, "POST", path+"/categories", m.owner, `{"name":"Dosas"}`).json["id"].(string)
	empty := m.call(201, "POST", path+"/categories", m.owner, `{"name":"Idlis"}`).json["id"].(string)
	dish := m.call(201, "POST", path+"/dishes", m.owner,
		fmt.Sprintf(`{"categoryId":%q,"name":"Dosa","price":{"amount":1,"currency":"INR"},"diet":"veg"}`, category)).json["id"].(string)
	version := func(of string) int {
		m.t.Helper()
		return int(m.call(200, "GET", of, m.owner, "").json["version"].(float64))
	}
	for _, w := range []struct{ method, path, token, body, of string }{
		{"POST", path + "/pause", m.owner, `{"reason":"rush"}`, path},
		{"POST", path + "/resume", m.owner, "", path},
		{"PATCH", "/categories/" + category, m.owner, `{"name":"Dosas and more"}`, path},
		{"DELETE", "/categories/" + empty, m.owner, "", path},
		{"PUT", "/dishes/" + dish + "/availability", m.owner, `{"available":false}`, "/dishes/" + dish},
		{"DELETE", "/dishes/" + dish, m.owner, "", "/dishes/" + dish},
		{"POST", "/admin" + path + "/suspend", staffToken, `{"reason":"inspection"}`, path},
	} {
		seen := version(w.of)
		stale := m.call(412, w.method, w.path, w.token, w.body, "If-Match", fmt.Sprintf(`"%d"`, seen+1))
		require.EqualValues(t, seen, stale.json["details"].(map[string]any)["version"], "%s %s", w.method, w.path)
		require.Equal(t, seen, version(w.of), "%s %s", w.method, w.path)
		want := 200
		if w.method == "DELETE" {
			want = 204
		}
		m.call(want, w.method, w.path, w.token, w.body, "If-Match", fmt.Sprintf(`"%d"`, seen))
	}
}
