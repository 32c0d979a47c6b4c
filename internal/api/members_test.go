package api

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMembersOverHTTP(t *testing.T) {
	m := newMarket(t)
	vendor := m.vendor()
	path := vendor + "/members"
	r := m.call(201, "POST", path, m.owner, `{"email":"cook@example.com","role":"kitchen"}`)
	require.Equal(t, "invited", r.json["state"])
	require.NotEmpty(t, r.json["expiresAt"])
	invitation := path + "/" + r.json["id"].(string)
	m.call(404, "POST", path, m.account(), `{"email":"cook@example.com","role":"kitchen"}`)
	m.call(403, "POST", path, staffToken, `{"email":"cook@example.com","role":"kitchen"}`)
	m.call(400, "POST", path, m.owner, `{"email":"cook@example.com","role":"chef"}`)
	m.call(400, "POST", path, m.owner, `{"email":"cook@example.com","role":"kitchen","state":"active"}`)
	require.Len(t, m.call(200, "GET", path, m.owner, "").json["data"], 2)
	require.Len(t, m.call(200, "GET", path, staffToken, "").json["data"], 2)
	m.call(404, "GET", path, m.account(), "")
	m.call(404, "PATCH", invitation, m.owner, `{"role":"owner"}`)
	m.call(204, "DELETE", invitation, m.owner, "")
	m.call(404, "DELETE", invitation, m.owner, "")
	m.call(404, "DELETE", path+"/42", m.owner, "")
	self := path + "/" + strings.TrimPrefix(m.owner, "vendor ")
	require.Equal(t, "member.last_owner", m.call(409, "PATCH", self, m.owner, `{"role":"kitchen"}`).json["code"])
	require.Equal(t, "member.last_owner", m.call(409, "DELETE", self, m.owner, "").json["code"])

	admin := "/admin" + vendor + "/owner"
	require.Equal(t, "vendor.owned", m.call(409, "POST", admin, staffToken, `{"email":"o@example.com"}`).json["code"])
	_, err := m.db.Pool().Exec(t.Context(), "DELETE FROM vendor_members")
	require.NoError(t, err)
	m.call(403, "POST", admin, m.owner, `{"email":"o@example.com"}`)
	next := strings.TrimPrefix(m.account(), "vendor ")
	r = m.call(201, "POST", admin, staffToken, `{"email":"`+next+`@example.com"}`)
	require.Equal(t, "active", r.json["state"])
	require.Equal(t, next, r.json["id"])
}
