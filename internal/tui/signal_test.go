package tui

import (
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestTerminationEndsTheScreen: not parallel, because the signal reaches the whole process.
func TestTerminationEndsTheScreen(t *testing.T) {
	ignored := make(chan os.Signal, 100)
	signal.Notify(ignored, syscall.SIGTERM)
	defer signal.Stop(ignored)
	for range 20 {
		ctx, stop := signal.NotifyContext(t.Context(), syscall.SIGTERM)
		in, keys := io.Pipe()
		var out safeBuffer
		done := make(chan error, 1)
		go func() {
			done <- Run(ctx, Options{API: shop{}, Face: Screen, In: in, Out: &out, Zone: time.UTC, Label: "test"})
		}()
		require.Eventually(t, func() bool { return strings.Contains(out.String(), "30/30") }, time.Minute, 5*time.Millisecond)
		require.NoError(t, syscall.Kill(os.Getpid(), syscall.SIGTERM))
		select {
		case err := <-done:
			require.NoError(t, err)
		case <-time.After(time.Minute):
			t.Fatal("the console outlives SIGTERM")
		}
		stop()
		_ = keys.Close()
	}
}
