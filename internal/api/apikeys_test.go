package api

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
)

// owns makes a vendor account's vendor.
func (p people) owns(user string) string {
	p.t.Helper()
	n := domain.ID(id.New())
	_, err := p.db.Pool().Exec(p.t.Context(), `INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, lat, lng, status)
		VALUES ($1, 'Casa', '{}', 'street', 'Delhi', 'IN', 'Asia/Kolkata', 'INR', 28.6, 77.2, 'approved')`, n)
	require.NoError(p.t, err)
	_, err = p.db.Pool().Exec(p.t.Context(), `INSERT INTO vendor_members (vendor_id, user_id) SELECT $1, id FROM users WHERE email = $2`, n, user)
	require.NoError(p.t, err)
	return n.String()
}

func TestPartnersKeysByTheirOwner(t *testing.T) {
	p := newPeople(t)
	require.Equal(t, 202, p.do("POST", "/auth/signup", "", `{"email":"vee@example.com","firstName":"Vee","role":"vendor"}`).status)
	token := accessOf(p.do("POST", "/auth/verify", "", `{"email":"vee@example.com","otp":"`+p.lastCode()+`"}`))
	keys := "/vendors/" + p.owns("vee@example.com") + "/keys"

	made := p.do("POST", keys, token, `{"name":"till","scopes":["orders:read","menu:write"],"expiresAt":"2099-01-01T00:00:00Z"}`)
	require.Equal(t, 201, made.status, made.text)
	require.Equal(t, "no-store", made.header.Get("Cache-Control"))
	secret, path := made.json["secret"].(string), keys+"/"+made.json["id"].(string)
	require.Regexp(t, `^zoop_[0-9A-Za-z]{9}_[0-9A-Za-z]{49}$`, secret)
	require.Equal(t, secret[:14], made.json["prefix"])
	list := p.do("GET", keys, token, "")
	require.NotContains(t, list.text, secret)
	delete(made.json, "secret")
	require.Equal(t, []any{made.json}, list.json["data"])

	for _, c := range []struct{ method, path string }{
		{"GET", "/me"}, {"PATCH", "/me"}, {"GET", "/me/sessions"}, {"DELETE", "/me/sessions"}, {"POST", "/auth/logout"}, {"GET", keys}, {"POST", keys},
		{"DELETE", path}, {"POST", path + "/rotate"}, {"POST", "/ws/ticket"}, {"POST", "/vendors"}, {"GET", "/orders"}, {"GET", "/cart"},
	} {
		r := p.do(c.method, c.path, secret, `{}`)
		require.Equal(t, 403, r.status, "%s %s", c.method, c.path)
		require.Equal(t, "scope", r.json["code"])
	}
	rotated := p.do("POST", path+"/rotate", token, `{"graceMinutes":60}`)
	require.Equal(t, 200, rotated.status, rotated.text)
	for _, text := range []string{secret, rotated.json["secret"].(string)} {
		require.Equal(t, "scope", p.do("GET", "/me", text, "").json["code"], "it is known")
	}
	require.Equal(t, 204, p.do("DELETE", path, token, "").status)
	for _, text := range []string{secret, rotated.json["secret"].(string)} {
		require.Equal(t, "auth.key", p.do("GET", "/me", text, "").json["code"])
	}
	for _, body := range []string{
		`{"name":"till","scopes":[]}`, `{"name":"till","scopes":["orders:read","orders:read"]}`, `{"name":"till","scopes":["all"]}`, `{"name":"","scopes":["menu:write"]}`,
		`{"name":"till","scopes":["menu:write"],"expiresAt":"2001-01-01T00:00:00Z"}`, `{"scopes":["menu:write"]}`,
	} {
		require.Equal(t, 400, p.do("POST", keys, token, body).status, body)
	}
	require.Equal(t, 400, p.do("POST", path+"/rotate", token, `{"graceMinutes":1441}`).status)
}
