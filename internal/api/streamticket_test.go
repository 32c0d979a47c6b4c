package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestATicketOpensAStream once, to whoever got it, of an order that is theirs, and nothing else; where the page was is in the address, too.
func TestATicketOpensAStream(t *testing.T) {
	w := newWorld(t)
	path := about("/api/v1/orders/%s/events/stream", w.carried(), "").path
	ticketOf := func(name string) string {
		t.Helper()
		status, _, text := w.send(http.MethodPost, "/api/v1/ws/ticket", w.who(name).token)
		require.Equal(t, http.StatusCreated, status, text)
		var got struct{ Ticket string }
		require.NoError(t, json.Unmarshal([]byte(text), &got))
		return got.Ticket
	}
	open := func(path, origin string, query ...string) (status int, first string) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		values := url.Values{}
		for i := 0; i < len(query); i += 2 {
			values.Set(query[i], query[i+1])
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.url+path+"?"+values.Encode(), http.NoBody)
		require.NoError(t, err)
		if origin != "" {
			req.Header.Set("Origin", origin)
		}
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		defer res.Body.Close()
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			if first = lines.Text(); first != "" && first != "retry: 1000" {
				break
			}
		}
		return res.StatusCode, first
	}
	for _, name := range []string{"customer", "the vendor's kitchen", "courier", "admin"} {
		ticket := ticketOf(name)
		status, first := open(path, w.url, "ticket", ticket)
		require.Equal(t, http.StatusOK, status, name)
		require.Equal(t, "event: subscribed", first)
		status, first = open(path, "", "ticket", ticket)
		require.Equal(t, http.StatusUnauthorized, status, "it is used up")
		require.Contains(t, first, `"code":"ticket"`)
	}
	for what, call := range map[string]func() (int, string){
		"nobody":             func() (int, string) { return open(path, "") },
		"made up":            func() (int, string) { return open(path, "", "ticket", "AA"+ticketOf("customer")[2:]) },
		"for something else": func() (int, string) { return open("/api/v1/orders", "", "ticket", ticketOf("customer")) },
	} {
		status, _ := call()
		require.Equal(t, http.StatusUnauthorized, status, what)
	}
	status, _ := open(path, "", "ticket", ticketOf("another customer"))
	require.Equal(t, http.StatusNotFound, status)
	status, _ = open(path, "https://evil.example", "ticket", ticketOf("customer"))
	require.Equal(t, http.StatusForbidden, status)
	status, first := open(path, "", "ticket", ticketOf("customer"), "lastEventId", "0")
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "event: subscribed", first)
	status, first = open(path, "", "ticket", ticketOf("customer"), "lastEventId", "yesterday")
	require.Equal(t, http.StatusBadRequest, status)
	require.Contains(t, first, "Last-Event-ID")
}
