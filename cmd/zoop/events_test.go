package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/api/dto"
)

// TestSinceIsNotBeyondTheLast names the flag that was given.
func TestSinceIsNotBeyondTheLast(t *testing.T) {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(dto.EventPage{Last: 3, Data: []dto.Event{}})
	}))
	t.Cleanup(api.Close)
	t.Setenv("ZOOP_API_URL", api.URL)
	t.Setenv("ZOOP_TOKEN", "token")
	for _, command := range []string{"replay", "tail"} {
		code, _, errs := invoke(t, "events", command, "--since", "999999", "--data-dir", t.TempDir())
		require.Equal(t, exitUsage, code, errs)
		require.Contains(t, errs, "since: there is no event 999999 yet: the last one is 3")
	}
	code, _, errs := invoke(t, "console", "--plain", "--from", "999999", "--data-dir", t.TempDir())
	require.Equal(t, exitUsage, code, errs)
	require.Contains(t, errs, "from: there is no event 999999 yet")
}
