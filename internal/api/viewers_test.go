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
