package trust

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// attacks are texts that would do something to whoever shows them.
var attacks = map[string]string{
	"ESC":            "Home\x1b[2J\x1b[1;1H",
	"OSC 52":         "Home\x1b]52;c;ZXZpbA==\x07",
	"C1":             "Home\u009b2J",
	"bidi override":  "Home\u202egnp.exe",
	"bidi isolate":   "Home\u2066evil\u2069",
	"NUL":            "Home\x00",
	"backspace":      "Home\b\b\b\bEvil",
	"carriage, line": "Home\r\nSet-Cookie: a=b",
}

// TestLine24NothingOfAnAttackPassesHTTP sends what would harm a terminal, a sheet or a database by body, query, path and
// header, and looks for it in the database, the answers and the log.
func TestLine24NothingOfAnAttackPassesHTTP(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	at := s.serve("ZOOP_LOG_LEVEL=debug")
	token := s.token("customer", "asha@example.com")
	for name, text := range attacks {
		quoted, err := json.Marshal(text)
		require.NoError(t, err)
		status, _, problem := at.do("POST", "/api/v1/me/addresses", token,
			fmt.Sprintf(`{"label":%s,"line1":"1 Janpath","city":"New Delhi","location":{"lat":28.6,"lng":77.2}}`, quoted))
		require.Equal(t, 400, status, "%s: %s", name, problem)
		require.Contains(t, string(problem), `"field":"label"`, name)
		for _, path := range []string{"/api/v1/vendors?lat=28.6&lng=77.2&sort=", "/api/v1/orders?state=", "/api/v1/orders?cursor=", "/api/v1/orders?limit=", "/api/v1/orders?"} {
			status, header, problem := at.do("GET", path+url.QueryEscape(text), token, "")
			require.Equal(t, 400, status, "%s: %s: %s", name, path, problem)
			require.Empty(t, header.Get("Set-Cookie"), name)
			require.NotContains(t, string(problem), text, name)
		}
		status, _, _ = at.do("GET", "/api/v1/orders/"+url.PathEscape(text), token, "")
		require.Equal(t, 404, status, name)
	}
	require.Zero(t, s.count(`SELECT count(*) FROM addresses`))

	for _, sql := range []string{"name;DROP TABLE users", "(SELECT pg_sleep(300))", "distance' OR '1'='1", "1"} {
		start := time.Now()
		status, _, _ := at.do("GET", "/api/v1/vendors?lat=28.6&lng=77.2&sort="+url.QueryEscape(sql), "", "")
		require.Equal(t, 400, status, sql)
		require.Less(t, time.Since(start), patience, "it did not sleep")
	}
	require.NotZero(t, s.count(`SELECT count(*) FROM users`))

	for _, header := range []string{"X-Request-Id: a\r\n Set-Cookie: a=b", "X-Request-Id: \x1b[2Ja", "X-Request-Id: a\rb", "Origin: http://a\tb", "User-Agent: \x1b]52;c;eA==\x07"} {
		res := at.raw("GET /version HTTP/1.1\r\nHost: zoop\r\n" + header + "\r\nConnection: close\r\n\r\n")
		require.Empty(t, res.Header.Get("Set-Cookie"), header)
		if res.StatusCode == http.StatusBadRequest { // net/http refuses what is no header, before us
			continue
		}
		require.Equal(t, 200, res.StatusCode, header)
		require.Regexp(t, `^[0-9a-f-]{36}$`, res.Header.Get("X-Request-Id"), "%q", header)
	}
	for _, b := range at.log.String() {
		require.False(t, b < ' ' && b != '\n' || b >= 0x7f && b < 0xa0 || b >= '\u202a' && b <= '\u202e', "the log holds %U", b)
	}
}

// raw sends a request as it stands and gives the head of the answer.
func (i *instance) raw(text string) *http.Response {
	i.t.Helper()
	conn, err := (&net.Dialer{}).DialContext(i.t.Context(), "tcp", strings.TrimPrefix(i.url, "http://"))
	require.NoError(i.t, err)
	defer conn.Close()
	require.NoError(i.t, conn.SetDeadline(time.Now().Add(patience)))
	_, err = io.WriteString(conn, text)
	require.NoError(i.t, err)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(i.t, err)
	require.NoError(i.t, res.Body.Close())
	return res
}
