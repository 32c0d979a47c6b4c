package api_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
)

// TestViewersOfAnOrder: staff see who else of them is at an order, by the name that notes have, and no address of theirs.
func TestViewersOfAnOrder(t *testing.T) {
	w := newWorld(t)
	orderID := w.order("placed")
	path := fmt.Sprintf("/api/v1/orders/%s/viewers", orderID)
	asha, ravi := w.joinAs("asha", domain.RoleSupport, "asha@example.com"), w.joinAs("ravi", domain.RoleAdmin, "ravi@example.com")
	w.exec(`UPDATE users SET first_name = 'Asha' WHERE id = $1`, asha.id)
	look := func(c *caller, body string) string {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, w.url+path, strings.NewReader(body))
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+c.token)
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		defer res.Body.Close()
		require.Equal(t, http.StatusOK, res.StatusCode)
		text, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		return string(text)
	}
	require.JSONEq(t, `{"data":[]}`, look(asha, `{"doing":"refund"}`))
	require.JSONEq(t, `{"data":[{"name":"Asha","doing":"refund"}]}`, look(ravi, `{}`))
	look(asha, `{}`)
	require.JSONEq(t, `{"data":[{"name":"Asha"}]}`, look(ravi, `{}`))
	status, _ := w.call(t, http.MethodDelete, target{path: path}, asha)
	require.Equal(t, http.StatusNoContent, status)
	require.JSONEq(t, `{"data":[]}`, look(ravi, `{}`))

	for name, body := range map[string]string{"a text": `{"doing":"a refund"}`, "long": `{"doing":"aaaaaaaaaaaaaaaaaaaaa"}`, "empty": `{"doing":""}`} {
		status, problem := w.call(t, http.MethodPut, target{path: path, body: body}, asha)
		require.Equal(t, http.StatusBadRequest, status, name)
		require.Contains(t, fmt.Sprint(problem["errors"]), "field:doing", name)
	}
}

// TestWhoOfTheStaffActed: staff are told which of them did something to an order, and nobody else is.
func TestWhoOfTheStaffActed(t *testing.T) {
	w := newWorld(t)
	orderID := w.order("placed")
	asha, ravi := w.joinAs("asha", domain.RoleSupport, "asha@example.com"), w.joinAs("ravi", domain.RoleAdmin, "ravi@example.com")
	w.exec(`UPDATE users SET first_name = 'Ravi' WHERE id = $1`, ravi.id)
	status, answer := w.call(t, http.MethodPost, target{path: fmt.Sprintf("/api/v1/orders/%s/cancel", orderID), body: `{"reason":"OPS"}`}, ravi)
	require.Equal(t, http.StatusOK, status, answer)
	actors := func(c *caller) string {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("%s/api/v1/orders/%s/events", w.url, orderID), nil)
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+c.token)
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		defer res.Body.Close()
		require.Equal(t, http.StatusOK, res.StatusCode)
		text, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		return string(text)
	}
	require.Contains(t, actors(asha), fmt.Sprintf(`"actor":{"id":%q,"name":"Ravi","role":"admin"}`, ravi.id))
	for _, who := range []string{"customer", "the vendor's owner"} {
		told := actors(w.who(who))
		require.Contains(t, told, `"actor":{"role":"admin"}`, who)
		require.NotContains(t, told, ravi.id.String(), who)
		require.NotContains(t, told, "Ravi", who)
	}
}
