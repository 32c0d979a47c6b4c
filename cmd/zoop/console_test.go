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

// TestConsoleReplay shows a tape without any server.
func TestConsoleReplay(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "incident.tape")
	require.NoError(t, os.WriteFile(file, []byte(`{"tape":1}
{"at":"2026-03-14T12:00:00Z","kind":"start","fact":{"Epoch":"e1","Seq":6}}
{"at":"2026-03-14T12:00:01Z","kind":"events","fact":[{"Seq":7,"Subject":"order","SubjectID":"01900000-0000-7000-8000-00000000ab10","Version":1,"Type":"order.placed","At":"2026-03-14T12:00:00Z","Data":{"number":"8F2K9Q"}}]}
`), 0o600))
	code, out, said := invoke(t, "console", "--replay", file, "--speed", "0", "--plain")
	require.Equal(t, exitOK, code, said)
	require.Contains(t, out, "7 8F2K9Q      order.placed")

	for _, wrong := range [][]string{
		{"--speed", "2"}, {"--replay", file, "--speed", "-1"}, {"--replay", file, "--record", file + "2"}, {"--replay", "console_test.go"},
	} {
		code, _, said = invoke(t, append([]string{"console", "--plain"}, wrong...)...)
		require.Equal(t, exitUsage, code, "%v: %s", wrong, said)
	}
}
