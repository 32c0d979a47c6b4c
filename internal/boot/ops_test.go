package boot

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/config"
	"github.com/zoop-dev/zoop/internal/dbtest"
)

// A process that has no API is watched over, too.
func TestAProcessWithoutAnAPISaysHowItFares(t *testing.T) {
	t.Parallel()
	c, err := config.Load(config.Sources{Env: []string{
		"ZOOP_DATABASE_URL=" + dbtest.URL(t), "ZOOP_REDIS_URL=" + dbtest.Redis(t), "ZOOP_ROLES=dispatch", "ZOOP_OPS_HTTP=127.0.0.1:0",
		"ZOOP_MEDIA_DIR=" + t.TempDir(),
	}})
	require.NoError(t, err)
	a, err := New(t.Context(), c, slog.New(slog.DiscardHandler), nil)
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	get := func(path string) (int, string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+a.OpsAddress()+path, http.NoBody)
		require.NoError(t, err)
		res, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		return res.StatusCode, string(body)
	}
	status, _ := get("/healthz")
	require.Equal(t, http.StatusOK, status)
	status, _ = get("/readyz")
	require.Equal(t, http.StatusOK, status)
	_, text := get("/metrics")
	require.Contains(t, text, "zoop_dispatch_round_duration_seconds_count")
	status, _ = get("/api/v1/cities")
	require.Equal(t, http.StatusNotFound, status)
	a.draining.Store(true)
	status, _ = get("/readyz")
	require.Equal(t, http.StatusServiceUnavailable, status)
	stop()
	require.NoError(t, <-done)
	require.Empty(t, a.Address())
}
