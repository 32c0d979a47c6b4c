package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestConsoleKeys: the list shows the keys of the settings, and two that collide are refused before anything starts.
func TestConsoleKeys(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "console.yaml")
	require.NoError(t, os.WriteFile(file, []byte("keys:\n  refund: ctrl+g\n"), 0o600))
	code, out, said := invoke(t, "console", "--keys", "--settings", dir)
	require.Equal(t, exitOK, code, said)
	require.Regexp(t, `(?m)^refund +ctrl\+g +Actions +refund$`, out)
	require.Regexp(t, `(?m)^cancel +c +Actions`, out)

	require.NoError(t, os.WriteFile(file, []byte("keys:\n  refund: c\n"), 0o600))
	code, _, said = invoke(t, "console", "--keys", "--settings", dir)
	require.Equal(t, exitUsage, code)
	require.Contains(t, said, "the key c would mean both cancel and refund")
}
