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
			a.State, a.AcknowledgedBy = "acknowledged", &dto.Party{ID: id, Name: evil}
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

// TestWhoHasAnAlert is said to whoever wants one that somebody else has, and to whoever undoes what somebody else did; nobody is told of their own.
func TestWhoHasAnAlert(t *testing.T) {
	id, err := domain.ParseID(anID)
	require.NoError(t, err)
	at := time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)
	me, ravi := dto.Party{Name: "Asha"}, dto.Party{ID: id, Name: "Ra\u202evi"}
	has := func(state dto.AlertState, acknowledged, snoozed *dto.Party) dto.Alert {
		a := dto.Alert{ID: id, Kind: "no_courier", Version: 7, State: state, OpenedAt: at, AcknowledgedBy: acknowledged, SnoozedBy: snoozed}
		if acknowledged != nil {
			a.AcknowledgedAt = &at
		}
		if snoozed != nil {
			a.SnoozedUntil = &at
		}
		return a
	}
	var seen, is dto.Alert
	var status int
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var answer any = seen
		switch {
		case strings.HasSuffix(r.URL.Path, "/me"):
			answer = dto.User{ID: me.ID}
		case r.Method == http.MethodPost && status != http.StatusOK:
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(status)
			answer, seen = dto.Problem{Code: "precondition", Status: status}, is
		case r.Method == http.MethodPost:
			answer = is
		}
		_ = json.NewEncoder(w).Encode(answer)
	}))
	t.Cleanup(api.Close)
	t.Setenv("ZOOP_API_URL", api.URL)
	t.Setenv("ZOOP_TOKEN", "token")
	open, theirs := has("open", nil, nil), has("acknowledged", &ravi, nil)
	const since = "acknowledged by Ravi since 2026-03-14T12:00:00Z"
	for _, tt := range []struct {
		name, command string
		before, after dto.Alert
		status, code  int
		says          string // on the standard error, where anything
	}{
		{"nobody's", "ack", open, has("acknowledged", &me, nil), http.StatusOK, exitOK, ""},
		{"one's own again", "ack", has("acknowledged", &me, nil), has("acknowledged", &me, nil), http.StatusOK, exitOK, ""},
		{"somebody else's", "ack", theirs, theirs, http.StatusOK, exitConflict, "somebody else looks after it: " + since},
		{"one's own by then", "ack", open, has("acknowledged", &me, nil), http.StatusPreconditionFailed, exitOK, ""},
		{"somebody else's by then", "ack", open, theirs, http.StatusPreconditionFailed, exitConflict, "somebody else looks after it: " + since},
		{"snoozed by then", "ack", open, has("snoozed", nil, &ravi), http.StatusPreconditionFailed, exitConflict, "precondition"},
		{"closed", "ack", open, theirs, http.StatusConflict, exitConflict, "precondition"},
		{"one's own", "unack", has("acknowledged", &me, nil), open, http.StatusOK, exitOK, ""},
		{"handed over", "unack", theirs, open, http.StatusOK, exitOK, "it was " + since},
		{"nobody's", "unack", open, open, http.StatusOK, exitOK, ""},
		{"one's own snooze", "wake", has("snoozed", nil, &me), open, http.StatusOK, exitOK, ""},
		{"woken", "wake", has("snoozed", nil, &ravi), open, http.StatusOK, exitOK, "it was snoozed by Ravi until 2026-03-14T12:00:00Z"},
		{"not undone", "wake", has("snoozed", nil, &ravi), open, http.StatusConflict, exitConflict, "precondition"},
	} {
		seen, is, status = tt.before, tt.after, tt.status
		code, _, errs := invoke(t, "alerts", tt.command, anID, "--data-dir", t.TempDir())
		require.Equal(t, tt.code, code, "%s of %s: %s", tt.command, tt.name, errs)
		require.Contains(t, errs, tt.says, tt.name)
		require.NotContains(t, errs, "\u202e")
		if tt.says == "" || tt.says == "precondition" {
			require.NotContains(t, errs, "Ravi", tt.name)
		}
	}
}
