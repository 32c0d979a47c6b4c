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
