package api

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPreferences(t *testing.T) {
	p := newPeople(t)
	asha, ravi := accessOf(p.signUp("asha@example.com")), accessOf(p.signUp("ravi@example.com"))
	const defaults = `{"mail":{"news":false,"orderChanges":true,"orderConfirmations":true}}`
	r := p.do("GET", "/me/preferences", asha, "")
	require.Equal(t, 200, r.status)
	require.JSONEq(t, defaults, r.text)

	const chosen = `{"mail":{"news":true,"orderChanges":false,"orderConfirmations":false}}`
	for range 2 { // made, then changed
		r = p.do("PUT", "/me/preferences", asha, chosen)
		require.Equal(t, 200, r.status, r.text)
		require.JSONEq(t, chosen, r.text)
	}
	require.JSONEq(t, chosen, p.do("GET", "/me/preferences", asha, "").text)
	require.JSONEq(t, defaults, p.do("GET", "/me/preferences", ravi, "").text, "somebody else's")

	for body, field := range map[string]string{
		`{"mail":{"orderChanges":true,"orderConfirmations":true}}`:                           "mail.news",
		`{"mail":{"news":true,"orderChanges":true,"orderConfirmations":true,"codes":false}}`: "mail.codes",
		`{"mail":{"news":"yes","orderChanges":true,"orderConfirmations":true}}`:              "mail.news",
		`{}`: "mail",
	} {
		r = p.do("PUT", "/me/preferences", asha, body)
		require.Equal(t, 400, r.status, body)
		require.Contains(t, r.text, `"field":"`+field+`"`)
	}
	require.Equal(t, 401, p.do("GET", "/me/preferences", "", "").status)
}
