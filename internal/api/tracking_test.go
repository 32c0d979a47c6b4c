package api_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
)

// followed is an order that the courier brings, from a kilometre north of the vendor, and a link of it.
func (w *world) followed(orderState, state string) (orderID domain.ID, path string) {
	deliveryID := w.delivery(orderState, state)
	require.NoError(w.t, w.pool.QueryRow(w.t.Context(), `SELECT order_id FROM deliveries WHERE id = $1`, deliveryID).Scan(&orderID))
	w.exec(`INSERT INTO couriers (user_id, name, phone, vehicle, status) VALUES ($1, 'Ravi Shankar', '+911123456789', 'bicycle', 'approved')
	        ON CONFLICT (user_id) DO UPDATE SET name = excluded.name, status = 'approved'`, w.who("courier").id)
	w.exec(`UPDATE couriers SET lat = 28.6123456, lng = 77.2123456, located_at = now() WHERE user_id = $1`, w.who("courier").id)
	return orderID, w.linkOf(orderID)
}

// linkOf is a new link of an order of the customer's.
func (w *world) linkOf(orderID domain.ID) (path string) {
	w.t.Helper()
	status, _, text := w.send(http.MethodPost, "/api/v1/orders/"+orderID.String()+"/tracking-link", w.who("customer").token)
	require.Equal(w.t, http.StatusCreated, status, text)
	var link struct{ Path string }
	require.NoError(w.t, json.Unmarshal([]byte(text), &link))
	return link.Path
}

// page gets what is not for programs.
func (w *world) page(path string) (int, http.Header, string) {
	w.t.Helper()
	return w.send(http.MethodGet, path, "")
}

func (w *world) send(method, path, token string) (int, http.Header, string) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, http.NoBody)
	require.NoError(w.t, err)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(w.t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(w.t, err)
	return res.StatusCode, res.Header, string(text)
}

func TestWhoHasALinkSeesHowFarItIs(t *testing.T) {
	w := newWorld(t)
	orderID, path := w.followed("preparing", "assigned")
	status, header, text := w.page(path + "?fbclid=1")
	require.Equal(t, http.StatusOK, status, "messengers hang things on addresses")
	require.Equal(t, "text/html; charset=utf-8", header.Get("Content-Type"))
	require.Equal(t, "no-store", header.Get("Cache-Control"))
	require.Equal(t, "no-referrer", header.Get("Referrer-Policy"))
	require.Equal(t, "noindex, nofollow", header.Get("X-Robots-Tag"))
	require.Empty(t, header.Values("Set-Cookie"))
	policy := header.Get("Content-Security-Policy")
	require.Contains(t, policy, "default-src 'none'")
	require.NotContains(t, policy, "unsafe")
	for _, said := range []string{"The food is being made", "Ravi is on the way to fetch it.", "Casa Lima", `http-equiv="refresh"`, "About <b>"} {
		require.Contains(t, text, said)
	}
	_, _, state := w.page(path + "/state")
	for _, secret := range []string{"Shankar", "Janpath", "0042", "4711", "+911123456789", "Asha", orderID.String(), "28.6123", "28.62,", w.who("courier").id.String()} {
		require.NotContains(t, text+state, secret)
	}
	status, _, _ = w.page(path + "/state/more")
	require.Equal(t, http.StatusNotFound, status)

	w.exec(`UPDATE orders SET state = 'picked_up' WHERE id = $1`, orderID)
	w.exec(`UPDATE deliveries SET state = 'picked_up' WHERE order_id = $1`, orderID)
	var door any
	position := func() map[string]any {
		_, _, text := w.page(path + "/state")
		var state struct {
			Courier struct{ Position map[string]any }
			Dropoff any
		}
		require.NoError(t, json.Unmarshal([]byte(text), &state))
		door = state.Dropoff
		return state.Courier.Position
	}
	require.Equal(t, map[string]any{"lat": 28.61235, "lng": 77.21235}, position()["location"])
	w.exec(`UPDATE couriers SET lat = 28.6195, lng = 77.2195, located_at = now()`)
	near := position()
	require.Equal(t, true, near["coarse"], "near the door, where they are would tell where it is")
	require.Equal(t, door, near["location"])
	w.exec(`UPDATE couriers SET lat = 28.62, lng = 77.22, located_at = now()`)
	require.Equal(t, door, position()["location"])
	w.exec(`UPDATE couriers SET located_at = now() - interval '16 minutes'`)
	require.Nil(t, position())

	// Another link, and none is left once they are taken back.
	links := []string{path}
	for range 4 {
		links = append(links, w.linkOf(orderID))
	}
	status, problem := w.call(t, "POST", about("/api/v1/orders/%s/tracking-link", orderID, ""), w.who("customer"))
	require.Equal(t, http.StatusConflict, status)
	require.Equal(t, "tracking.too_many_links", problem["code"])
	status, _ = w.call(t, "DELETE", about("/api/v1/orders/%s/tracking-link", orderID, ""), w.who("customer"))
	require.Equal(t, http.StatusNoContent, status)
	for _, dead := range links {
		status, header, text = w.page(dead)
		require.Equal(t, http.StatusNotFound, status)
		require.Equal(t, policy, header.Get("Content-Security-Policy"))
		require.Contains(t, text, "nothing to follow here any more")
		status, _, _ = w.page(dead + "/state")
		require.Equal(t, http.StatusNotFound, status)
	}
}

func TestALinkEndsSoonAfterTheOrder(t *testing.T) {
	w := newWorld(t)
	orderID, path := w.followed("picked_up", "at_customer")
	_, _, text := w.page(path)
	require.Contains(t, text, "Somebody should come to the door.")
	w.exec(`UPDATE deliveries SET leave_at_door = true WHERE order_id = $1`, orderID)
	_, _, text = w.page(path)
	require.Contains(t, text, "The food will be left at the door.")
	w.exec(`UPDATE orders SET state = 'delivered', ended_at = now() - interval '59 minutes' WHERE id = $1`, orderID)
	w.exec(`UPDATE deliveries SET state = 'delivered' WHERE order_id = $1`, orderID)
	status, _, text := w.page(path)
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, text, "It has arrived")
	require.NotContains(t, text, `"position"`, "nobody is followed home")
	w.exec(`UPDATE orders SET ended_at = now() - interval '61 minutes' WHERE id = $1`, orderID)
	status, _, _ = w.page(path)
	require.Equal(t, http.StatusNotFound, status)
	status, problem := w.call(t, "POST", about("/api/v1/orders/%s/tracking-link", orderID, ""), w.who("customer"))
	require.Equal(t, http.StatusConflict, status)
	require.Equal(t, "order.over", problem["code"])

	orderID, path = w.followed("picked_up", "picked_up")
	w.exec(`UPDATE tracking_links SET expires_at = now() WHERE order_id = $1`, orderID)
	status, _, _ = w.page(path)
	require.Equal(t, http.StatusNotFound, status, "a day is over, and the order is not")
}

// TestTheTrackingPageInABrowser has a browser show the page, and look again by itself.
func TestTheTrackingPageInABrowser(t *testing.T) {
	chromium := findChromium(t)
	w := newWorld(t)
	orderID, path := w.followed("picked_up", "picked_up")
	to, err := url.Parse(w.url)
	require.NoError(t, err)
	proxy := httputil.NewSingleHostReverseProxy(to)
	asked := make(chan string, 100)
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == path+"/state" { // since the page came
			w.exec(`UPDATE deliveries SET state = 'at_customer' WHERE order_id = $1`, orderID)
		}
		select {
		case asked <- fmt.Sprint(r.Method, " ", r.URL.Path, " ", r.Header.Get("Cookie")):
		default:
		}
		proxy.ServeHTTP(rw, r)
	}))
	t.Cleanup(server.Close)
	cmd := chromium("--virtual-time-budget=12000", "--dump-dom", server.URL+path)
	var said, told strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &told
	require.NoError(t, cmd.Run(), told.String())
	page := said.String()
	require.Contains(t, page, `<h1 id="headline">Ravi is there</h1>`, "it has looked again: %s", told.String())
	require.Contains(t, page, `aria-current="step"`)
	for _, drawn := range []string{`class="rider"`, `class="way"`, "Door, roughly", "Casa Lima"} {
		require.Contains(t, page, drawn)
	}
	for line := range strings.Lines(told.String()) {
		if strings.Contains(line, "CONSOLE") {
			require.NotContains(t, line, server.URL, "the page complains")
		}
	}
	close(asked)
	for what := range asked {
		require.True(t, strings.HasPrefix(what, "GET "+path) || strings.HasPrefix(what, "GET /favicon.ico"), what)
	}
}
