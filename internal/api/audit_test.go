package api_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/api"
	"github.com/zoop-dev/zoop/internal/domain"
)

// Every route by which staff change what is not their own leaves an entry that says who, through what, from where, and what.
// A new one is found in the table, so that none can forget it.
func TestEveryDeedOfStaffIsNoted(t *testing.T) {
	w := newWorld(t)
	rows, err := api.Rows()
	require.NoError(t, err)
	admin, walked := w.who("admin"), 0
	for _, row := range rows {
		if row.Method == http.MethodGet || !byStaff(row) || strings.HasSuffix(row.Path, "/viewers") || strings.HasSuffix(row.Path, "/refund-quote") { // who looks at an order, or asks, has done nothing
			continue
		}
		walked++
		t.Run(row.Method+" "+row.Path, func(t *testing.T) {
			thing := w.target(row, fixtures[row.Method+" "+row.Path])
			request := "walk-" + fresh()
			thing.headers = append(thing.headers, "X-Request-Id", request)
			status, problem := w.call(t, row.Method, thing, admin)
			require.Less(t, status, 300, "%v", problem)
			var role, address, action, subject, before, after string
			var actor, session, subjectID *domain.ID
			err := w.pool.QueryRow(t.Context(), `
				SELECT actor_id, actor_role, session_id, address, action, subject, subject_id, before::text, after::text
				FROM audit_log WHERE request_id = $1`, request).Scan(&actor, &role, &session, &address, &action, &subject, &subjectID, &before, &after)
			require.NoError(t, err, "nothing was noted")
			require.Equal(t, &admin.id, actor)
			require.Equal(t, "admin", role)
			require.NotNil(t, session)
			require.Equal(t, "127.0.0.1", address)
			require.NotEmpty(t, subject)
			if thing.id != "" {
				require.NotNil(t, subjectID)
				require.Equal(t, thing.id, subjectID.String())
			}
			require.Contains(t, action, ".")
			if !strings.HasSuffix(row.Path, "/renew-codes") { // what has changed is a secret
				require.NotEqual(t, before, after, "what has changed?")
			}
		})
	}
	require.GreaterOrEqual(t, walked, 9)
}

func byStaff(row api.Row) bool {
	for _, g := range row.Grants {
		if g.Role == domain.RoleAdmin && g.To == "whatever" {
			return true
		}
	}
	return false
}

// entries reads a page of the audit log as an admin.
func (w *world) entries(query string) (places []int, list map[string]any) {
	w.t.Helper()
	text := w.read("/api/v1/admin/audit?"+query, http.StatusOK)
	require.NoError(w.t, json.Unmarshal([]byte(text), &list))
	for _, e := range list["data"].([]any) {
		places = append(places, int(e.(map[string]any)["place"].(float64)))
	}
	return places, list
}

func (w *world) read(path string, want int) string {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.url+path, nil)
	require.NoError(w.t, err)
	req.Header.Set("Authorization", "Bearer "+w.who("admin").token)
	res, err := http.DefaultClient.Do(req)
	require.NoError(w.t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(w.t, err)
	require.Equal(w.t, want, res.StatusCode, "%s", text)
	return string(text)
}

func TestTheAuditLogIsRead(t *testing.T) {
	w := newWorld(t)
	minted, _ := w.entries("limit=100")
	require.NotEmpty(t, minted, "the tokens of the world")
	for range 5 {
		thing := about("/api/v1/admin/vendors/%s/reject", w.newVendor("pending"), `{"reason":"=cmd|' /C calc'!A0"}`)
		status, _ := w.call(t, "POST", thing, w.who("admin"))
		require.Equal(t, 200, status)
	}
	last := minted[0] + 5

	places, list := w.entries("action=vendor.reject&limit=2")
	require.Equal(t, []int{last, last - 1}, places, "newest first, dense")
	places, _ = w.entries("action=vendor.reject&limit=2&cursor=" + list["nextCursor"].(string))
	require.Equal(t, []int{last - 2, last - 3}, places)
	places, list = w.entries(fmt.Sprintf("after=%d", last-2))
	require.Equal(t, []int{last - 1, last}, places, "oldest first")
	require.NotContains(t, list, "nextCursor")

	newest := list["data"].([]any)[1].(map[string]any)
	require.Equal(t, "vendor.reject", newest["action"])
	require.Equal(t, "pending", newest["before"].(map[string]any)["status"])
	require.Equal(t, "rejected", newest["after"].(map[string]any)["status"])
	for query, want := range map[string]int{
		"actor=" + w.who("admin").id.String():                      5,
		"actor=" + w.who("customer").id.String():                   0,
		"subject=vendor":                                           5,
		"subject=vendor&subjectId=" + newest["subjectId"].(string): 1,
		"since=2100-01-01T00:00:00Z":                               0,
		"subject=vendor&until=2100-01-01T00:00:00%2B02:00&limit=3": 3,
	} {
		places, _ = w.entries(query)
		require.Len(t, places, want, query)
	}
	for _, query := range []string{
		"cursor=1&after=1", "cursor=x", "cursor=0", "after=-1", "after=1.5", "limit=101", "actor=me", "since=now", "subject=A", "action=%27;DROP", "sort=at",
	} {
		w.read("/api/v1/admin/audit?"+query, http.StatusBadRequest)
	}
}

func TestTheAuditLogAsASheet(t *testing.T) {
	w := newWorld(t)
	w.exec(`INSERT INTO audit_log (actor_role, action, subject, address, request_id)
	        SELECT 'system', 'made.up', 'thing', '=1+1', E'a"b,c\n' || n FROM generate_series(1, 1200) n`)
	rows := w.sheet("action=made.up")
	require.Len(t, rows, 1201, "more than are held at once")
	require.Equal(t, "place", rows[0][0])
	require.Equal(t, "'=1+1", rows[1][7])
	require.Equal(t, "a\"b,c\n1200", rows[1][8])
	require.Equal(t, "a\"b,c\n1", rows[1200][8])

	rows = w.sheet("action=made.up&limit=700")
	require.Len(t, rows, 701)
	rest := w.sheet("action=made.up&cursor=" + rows[700][0])
	require.Len(t, rest, 501, "the last row is the cursor of the next sheet")
	next, err := strconv.Atoi(rows[700][0])
	require.NoError(t, err)
	require.Equal(t, strconv.Itoa(next-1), rest[1][0])

	places, list := w.entries("action=audit.export")
	require.Len(t, places, 3, "who takes the log out is in it")
	require.Contains(t, fmt.Sprint(list["data"]), "made.up")
	w.read("/api/v1/admin/audit.csv?limit=50001", http.StatusBadRequest)
}

func (w *world) sheet(query string) [][]string {
	w.t.Helper()
	text := w.read("/api/v1/admin/audit.csv?"+query, http.StatusOK)
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	require.NoError(w.t, err)
	return rows
}
