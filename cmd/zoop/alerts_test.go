package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
)

func TestAlertsAreListedAndLookedAfter(t *testing.T) {
	id, err := domain.ParseID(anID)
	require.NoError(t, err)
	evil := "8F2\x1b]52;c;cm0=\x07\u202eK9Q"
	at := time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)
	a := dto.Alert{ID: id, Kind: "no_courier", Severity: "crit", Subject: "order", SubjectID: id, Name: &evil, City: "Delhi", State: "open", Version: 7, OpenedAt: at}
	var asked []string
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body dto.SnoozeRequest
		_ = json.NewDecoder(r.Body).Decode(&body)
		if r.Method == http.MethodPost {
			asked = append(asked, strings.TrimPrefix(r.URL.Path, "/api/v1/admin/alerts/"+anID)+" "+r.Header.Get("If-Match")+" "+(time.Duration(body.Minutes)*time.Minute).String())
			a.State, a.AcknowledgedBy = "acknowledged", &dto.Party{Name: evil}
		}
		if strings.HasSuffix(r.URL.Path, "/alerts") {
			asked = append(asked, r.URL.RawQuery)
			_ = json.NewEncoder(w).Encode(dto.AlertList{Data: []dto.Alert{a}})
			return
		}
		_ = json.NewEncoder(w).Encode(a)
	}))
	t.Cleanup(api.Close)
	t.Setenv("ZOOP_API_URL", api.URL)
	t.Setenv("ZOOP_TOKEN", "token")
	say := func(line string) (int, string, string) {
		return invoke(t, append([]string{"alerts", "--data-dir", t.TempDir()}, strings.Fields(line)...)...)
	}
	for _, line := range []string{
		"list --state open --kind no_courier --city Delhi --limit 1", "list --limit 1 -o json", "get " + anID, "ack " + anID, "unack " + anID + " -o json", "snooze " + anID + " --for 2h", "wake " + anID,
	} {
		code, out, errs := say(line)
		require.Equal(t, exitOK, code, "%s: %s", line, errs)
		require.Contains(t, out, "no_courier", line)
		require.False(t, strings.ContainsAny(out+errs, "\x1b\x07\u202e"), "%s: %q", line, out)
	}
	require.Equal(t, []string{
		"city=Delhi&kind=no_courier&limit=1&state=open", "limit=1", `/acknowledge "7" 0s`, `/unacknowledge "7" 0s`, `/snooze "7" 2h0m0s`, `/wake "7" 0s`,
	}, asked)
	for _, line := range []string{"list --state lost", "list --kind war", "list --limit 0", "get", "get x", "snooze " + anID + " --for 30s", "snooze " + anID + " --for 25h", "snooze " + anID + " --for 90s"} {
		code, _, errs := say(line)
		require.Equal(t, exitUsage, code, line)
		require.NotEmpty(t, errs)
	}
}
