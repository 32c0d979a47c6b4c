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

// TestWhoWasFaster is said by whatever changes an order that somebody else has changed since it was looked at.
func TestWhoWasFaster(t *testing.T) {
	id, err := domain.ParseID(anID)
	require.NoError(t, err)
	ravi := "Ravi"
	o := dto.Order{ID: id, Number: "7K3P0Q", Version: 7, Delivery: &dto.OrderDelivery{ID: id}}
	known, status := true, http.StatusPreconditionFailed
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var answer any = o
		switch {
		case strings.HasSuffix(r.URL.Path, "/cancel-quote"):
			answer = dto.CancelQuote{Version: 7}
		case strings.HasSuffix(r.URL.Path, "/events") && !known:
			w.WriteHeader(http.StatusForbidden)
		case strings.HasSuffix(r.URL.Path, "/events"):
			support := dto.EventActor{Role: dto.Role(domain.RoleSupport), Name: &ravi}
			answer = dto.EventList{Data: []dto.Event{
				{Version: 7, Type: "order.ready", Actor: support, At: time.Now()}, {Version: 8, Type: "delivery.assigned", Actor: support, At: time.Now()},
			}}
		case r.Method == http.MethodPost:
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(status)
			answer = dto.Problem{Code: "precondition", Status: status}
		}
		_ = json.NewEncoder(w).Encode(answer)
	}))
	t.Cleanup(api.Close)
	t.Setenv("ZOOP_API_URL", api.URL)
	t.Setenv("ZOOP_TOKEN", "token")
	say := func(line string) string {
		t.Helper()
		code, _, errs := invoke(t, append(strings.Fields(line), "--data-dir", t.TempDir())...)
		require.Equal(t, exitConflict, code, errs)
		return errs
	}
	for _, line := range []string{
		"orders cancel " + anID + " --reason OPS --yes", "orders restore " + anID + " --yes", "orders refund " + anID + " --reason LATE --yes",
		"dispatch assign " + anID + " " + anID, "dispatch take-away " + anID + " --reason OTHER", "dispatch rescue " + anID + " --reason OTHER", "dispatch lose " + anID + " --yes",
	} {
		known, status = true, http.StatusPreconditionFailed
		errs := say(line)
		require.Regexp(t, `version 8, \d+s ago: delivery.assigned by Ravi \(support\)`, errs, line)
		require.NotContains(t, errs, "order.ready", line)
		status = http.StatusConflict
		require.Contains(t, say(line), "by Ravi (support)", line)
		known = false
		require.NotContains(t, say(line), "Ravi", line)
	}
}

// TestHowItStandsNow is said of a dish, a courier or a vendor that was changed since the version that was named, with what was done to it since
// then, and by whom: nobody is named who came before.
func TestHowItStandsNow(t *testing.T) {
	id, err := domain.ParseID(anID)
	require.NoError(t, err)
	name, until, why := "Ra\u202evi", time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC), dto.DishUnavailableReasonOutOfSchedule
	by := dto.DeskActor{Role: dto.Role(domain.RoleSupport), Name: &name}
	var is any
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusPreconditionFailed)
			_ = json.NewEncoder(w).Encode(dto.Problem{Code: "precondition", Status: http.StatusPreconditionFailed})
			return
		}
		_ = json.NewEncoder(w).Encode(is)
	}))
	t.Cleanup(api.Close)
	t.Setenv("ZOOP_API_URL", api.URL)
	t.Setenv("ZOOP_TOKEN", "token")
	done := func(what string) []dto.DeskChange {
		at := time.Now().Add(-200 * time.Second)
		return []dto.DeskChange{{Version: 7, What: "changed_before", At: at, By: by}, {Version: 8, What: what, At: at, By: by}}
	}
	suspended := dto.DeskCourier{ID: id, Version: 8, Status: "suspended", State: "offline", Changes: done("suspended")}
	paused := dto.DeskVendor{ID: id, Version: 8, State: "paused", Status: "approved", Pause: &dto.DeskPause{Reason: "gas is out", Until: &until, By: &by}}
	for _, tt := range []struct {
		line, want string
		is         any
	}{
		{"menu back ID", "version 8 is not served until 2026-03-02T12:00:00Z", dto.DeskDish{ID: id, Version: 8, UnavailableReason: &why, AvailableAt: &until}},
		{"menu back ID", "version 8, 3m ago: sold out by Ravi (support)\nversion 8 is sold out\n", dto.DeskDish{ID: id, Version: 8, Changes: done("sold_out")}},
		{"menu sold-out ID", "version 8, 3m ago: brought back by Ravi (support)\nversion 8 can be ordered\n", dto.DeskDish{ID: id, Version: 8, Available: true, Changes: done("available")}},
		{"couriers approve ID", "version 8, 3m ago: suspended by Ravi (support)\nversion 8 is suspended, offline\n", suspended},
		{"couriers suspend ID --reason late", "version 8, 3m ago: suspended by Ravi (support)\nversion 8 is suspended, offline\n", suspended},
		{"couriers documents verify ID identity", "version 8, 3m ago: suspended by Ravi (support)\nversion 8 is suspended, offline\n", suspended},
		{"vendors pause ID --reason oven", "version 8 is paused until 2026-03-02T12:00:00Z, approved; gas is out, by Ravi (support)", paused},
		{"vendors resume ID", "version 8 is open, approved", dto.DeskVendor{ID: id, Version: 8, State: "open", Status: "approved"}},
	} {
		is = tt.is
		code, _, errs := invoke(t, append(strings.Fields(strings.ReplaceAll(tt.line, "ID", anID)), "--version", "7", "--data-dir", t.TempDir())...)
		require.Equal(t, exitConflict, code, errs)
		require.Contains(t, errs, tt.want)
		require.NotContains(t, errs, "before", "whoever named version 7 has seen that")
	}
	is = paused
	code, out, errs := invoke(t, "vendors", "get", anID, "--data-dir", t.TempDir())
	require.Equal(t, exitOK, code, errs)
	require.Regexp(t, `(?m)^paused +gas is out, by Ravi \(support\)$`, out)
}
