package api

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	app "github.com/zoop-dev/zoop/internal/app/account"
	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/lettertest"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// people is the API on a database of its own, as far as it is about accounts.
type people struct {
	t   *testing.T
	url string
	db  *postgres.DB
}

// lastCode is what the mail says that was posted last.
func (p people) lastCode() string { return lettertest.Last(p.t, p.db).Secret }

func newPeople(t *testing.T) people {
	t.Helper()
	t.Parallel()
	db, err := postgres.Open(t.Context(), dbtest.URL(t), postgres.Options{})
	require.NoError(t, err)
	t.Cleanup(db.Close)
	accounts := app.New(db, app.Options{})
	h, err := New(Deps{
		Log: slog.New(slog.DiscardHandler), Registry: prometheus.NewRegistry(), Authenticate: accounts.Authenticate, Once: db.Once, Accounts: accounts,
	})
	require.NoError(t, err)
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return people{t, server.URL + "/api/v1", db}
}

// reply is an answer, decoded.
type reply struct {
	status int
	header http.Header
	text   string
	json   map[string]any
}

// do sends a request; headers are name, value, name, value.
func (p people) do(method, path, token, body string, headers ...string) reply {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), method, p.url+path, strings.NewReader(body))
	require.NoError(p.t, err)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(p.t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(p.t, err)
	r := reply{status: res.StatusCode, header: res.Header, text: string(text)}
	if len(text) > 0 {
		require.NoError(p.t, json.Unmarshal(text, &r.json), r.text)
	}
	return r
}

// signUp gives the answer of verify for a new account.
func (p people) signUp(email string) reply {
	p.t.Helper()
	r := p.do("POST", "/auth/signup", "", `{"email":"`+email+`","firstName":"Asha","role":"customer"}`)
	require.Equal(p.t, 202, r.status, r.text)
	r = p.do("POST", "/auth/verify", "", `{"email":"`+email+`","otp":"`+p.lastCode()+`"}`)
	require.Equal(p.t, 200, r.status, r.text)
	return r
}

func accessOf(r reply) string { return r.json["accessToken"].(string) }

func TestSignInBySteps(t *testing.T) {
	p := newPeople(t)
	first := p.signUp("asha@example.com")
	require.EqualValues(t, 900, first.json["expiresIn"])
	require.Equal(t, "no-store", first.header.Get("Cache-Control"))
	me := p.do("GET", "/me", accessOf(first), "")
	require.Equal(t, 200, me.status)
	require.Equal(t, first.json["user"], me.json)

	known := p.do("POST", "/auth/login", "", `{"email":"asha@example.com"}`)
	unknown := p.do("POST", "/auth/login", "", `{"email":"nobody@example.com"}`)
	require.Equal(t, 202, known.status)
	require.Equal(t, known.text, unknown.text)
	require.Equal(t, 401, p.do("POST", "/auth/verify", "", `{"email":"nobody@example.com","otp":"`+p.lastCode()+`"}`).status)

	refresh := `{"refreshToken":"` + first.json["refreshToken"].(string) + `"}`
	second := p.do("POST", "/auth/refresh", "", refresh)
	require.Equal(t, 200, second.status)
	reused := p.do("POST", "/auth/refresh", "", refresh)
	require.Equal(t, 401, reused.status)
	require.Equal(t, "auth.refresh_reused", reused.json["code"])
	require.Equal(t, 401, p.do("GET", "/me", accessOf(second), "").status)
}

func TestLogoutEndsTheSession(t *testing.T) {
	p := newPeople(t)
	token := accessOf(p.signUp("asha@example.com"))
	require.Equal(t, 204, p.do("POST", "/auth/logout", token, "").status)
	require.Equal(t, 401, p.do("GET", "/me", token, "").status)
	require.Equal(t, 401, p.do("POST", "/auth/logout", "", "").status)
}

func TestTooManyCodesSayWhenToComeBack(t *testing.T) {
	p := newPeople(t)
	for range account.CodesAWindow {
		require.Equal(t, 202, p.do("POST", "/auth/login", "", `{"email":"nobody@example.com"}`).status)
	}
	r := p.do("POST", "/auth/login", "", `{"email":"NOBODY@example.com"}`)
	require.Equal(t, 429, r.status)
	require.Equal(t, "rate_limited", r.json["code"])
	require.Regexp(t, `^(900|8[0-9]{2})$`, r.header.Get("Retry-After"))
}

func TestNobodyMakesThemselvesStaff(t *testing.T) {
	p := newPeople(t)
	token := accessOf(p.signUp("asha@example.com"))
	for _, body := range []string{
		`{"email":"eve@example.com","firstName":"Eve","role":"admin"}`,
		`{"email":"eve@example.com","firstName":"Eve","role":"customer","ROLE":"admin"}`,
		`{"email":"eve@example.com","firstName":"Eve","role":"customer","role":"vendor"}`,
		`{"email":"eve@example.com","firstName":"Eve","role":"customer","status":"active"}`,
	} {
		require.Equal(t, 400, p.do("POST", "/auth/signup", "", body).status, body)
	}
	for _, body := range []string{`{"role":"admin"}`, `{"firstName":"Eve","version":9}`, `{"email":"eve@example.com"}`, `{}`} {
		require.Equal(t, 400, p.do("PATCH", "/me", token, body).status, body)
	}
	me := p.do("GET", "/me", token, "")
	require.Equal(t, "Asha", me.json["firstName"])
	require.EqualValues(t, 1, me.json["version"])
}

func TestIfMatchGuardsMeAndAddresses(t *testing.T) {
	p := newPeople(t)
	token := accessOf(p.signUp("asha@example.com"))
	r := p.do("PATCH", "/me", token, `{"phone":"+91 98100 00000"}`, "If-Match", `"1"`)
	require.Equal(t, 200, r.status)
	require.Equal(t, `"2"`, r.header.Get("ETag"))
	require.Equal(t, 412, p.do("PATCH", "/me", token, `{"lastName":"Rao"}`, "If-Match", `"1"`).status)

	r = p.do("POST", "/me/addresses", token, `{"label":"home","line1":"1 Janpath","city":"New Delhi","location":{"lat":28.6139,"lng":77.209}}`)
	require.Equal(t, 201, r.status, r.text)
	path := "/me/addresses/" + r.json["id"].(string)
	r = p.do("PATCH", path, token, `{"instructions":"ring\ntwice","location":{"lat":28.5,"lng":77.2}}`, "If-Match", r.header.Get("ETag"))
	require.Equal(t, 200, r.status, r.text)
	require.Equal(t, "home", r.json["label"])
	require.Equal(t, "ring\ntwice", r.json["instructions"])
	require.Equal(t, 412, p.do("PATCH", path, token, `{"label":"x"}`, "If-Match", `"1"`).status)
	require.Equal(t, 400, p.do("PATCH", path, token, `{"label":"\u001b[2J"}`).status)

	stranger := accessOf(p.signUp("eve@example.com"))
	require.Equal(t, 404, p.do("PATCH", path, stranger, `{"label":"mine"}`).status)
	require.Equal(t, 404, p.do("DELETE", path, stranger, "").status)
	require.Empty(t, p.do("GET", "/me/addresses", stranger, "").json["data"])
	require.Len(t, p.do("GET", "/me/addresses", token, "").json["data"], 1)
	require.Equal(t, 412, p.do("DELETE", path, token, "", "If-Match", `"1"`).status)
	require.Equal(t, 400, p.do("DELETE", path, token, "", "If-Match", "1").status)
	require.Equal(t, 204, p.do("DELETE", path, token, "", "If-Match", `"2"`).status)
	require.Equal(t, 404, p.do("DELETE", path, token, "").status)
}

func TestAKeyMakesAnAddressOnce(t *testing.T) {
	p := newPeople(t)
	token, other := accessOf(p.signUp("asha@example.com")), accessOf(p.signUp("eve@example.com"))
	const body = `{"label":"home","line1":"1 Janpath","city":"New Delhi","location":{"lat":28.6139,"lng":77.209}}`
	first := p.do("POST", "/me/addresses", token, body, "Idempotency-Key", "k1")
	require.Equal(t, 201, first.status, first.text)
	require.Empty(t, first.header.Get("Idempotency-Replayed"))
	again := p.do("POST", "/me/addresses", token, body, "Idempotency-Key", "k1")
	require.Equal(t, 201, again.status)
	require.Equal(t, first.text, again.text, "byte for byte")
	require.Equal(t, first.header.Get("ETag"), again.header.Get("ETag"))
	require.Equal(t, "true", again.header.Get("Idempotency-Replayed"))
	refused := p.do("POST", "/me/addresses", token, body+" ", "Idempotency-Key", "k1")
	require.Equal(t, 422, refused.status)
	require.Equal(t, "idempotency.other_body", refused.json["code"])
	require.Equal(t, 201, p.do("POST", "/me/addresses", other, body, "Idempotency-Key", "k1").status)
	require.Len(t, p.do("GET", "/me/addresses", token, "").json["data"], 1)
	for _, key := range []string{strings.Repeat("k", 256), "no space", "no\tcontrols", "naïve"} {
		require.Equal(t, 400, p.do("POST", "/me/addresses", token, body, "Idempotency-Key", key).status, key)
	}
	require.Equal(t, 400, p.do("POST", "/me/addresses", token, `{}`, "Idempotency-Key", "k2").status)
	require.Equal(t, 201, p.do("POST", "/me/addresses", token, body, "Idempotency-Key", "k2").status, "what failed left its key free")
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	p := newPeople(t)
	first := accessOf(p.signUp("asha@example.com"))
	require.Equal(t, 202, p.do("POST", "/auth/login", "", `{"email":"asha@example.com"}`).status)
	verify := `{"email":"asha@example.com","otp":"` + p.lastCode() + `"}`
	agent := "Food/2 \u202e(Tricky)" + strings.Repeat(" very", 40)
	r := p.do("POST", "/auth/verify", "", verify, "User-Agent", agent)
	require.Equal(t, 200, r.status, r.text)
	second, refresh := accessOf(r), r.json["refreshToken"].(string)
	require.Equal(t, 200, p.do("POST", "/auth/refresh", "", `{"refreshToken":"`+refresh+`"}`).status, "its name stays")

	list := p.do("GET", "/me/sessions", first, "").json["data"].([]any)
	require.Len(t, list, 2)
	newest, oldest := list[0].(map[string]any), list[1].(map[string]any)
	require.Equal(t, "Food/2 (Tricky)"+strings.Repeat(" very", 13), newest["device"])
	require.Equal(t, "127.0.0.0/24", newest["network"])
	require.Equal(t, false, newest["current"])
	require.Equal(t, true, oldest["current"])
	for _, field := range []string{"createdAt", "lastUsedAt"} {
		require.NotEmpty(t, newest[field])
	}
	stranger := accessOf(p.signUp("eve@example.com"))
	path := "/me/sessions/" + newest["id"].(string)
	require.Equal(t, 404, p.do("DELETE", path, stranger, "").status)
	require.Equal(t, 204, p.do("DELETE", path, first, "").status)
	require.Equal(t, 401, p.do("GET", "/me", second, "").status)
	require.Equal(t, 204, p.do("DELETE", "/me/sessions", first, "").status)
	require.Equal(t, 200, p.do("GET", "/me", first, "").status)
}
