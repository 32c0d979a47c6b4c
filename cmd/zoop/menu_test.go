package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/api/dto"
)

// TestStaffExportAMenu with the token that is kept in the data directory, where the settings have none; they import none.
func TestStaffExportAMenu(t *testing.T) {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer kept" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_ = json.NewEncoder(w).Encode(dto.MenuDocument{Categories: []dto.MenuCategory{{Name: "Mains"}}})
	}))
	t.Cleanup(api.Close)
	t.Setenv("ZOOP_API_URL", api.URL)
	t.Setenv("ZOOP_TOKEN", "")
	dir := t.TempDir()
	code, _, errs := invoke(t, "menu", "export", anID, "--data-dir", dir)
	require.Equal(t, exitAuth, code, errs)
	require.Contains(t, errs, "staff may export")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "staff-token"), []byte("kept\n"), 0o600))
	code, out, errs := invoke(t, "menu", "export", anID, "--data-dir", dir)
	require.Equal(t, exitOK, code, errs)
	require.Contains(t, out, "Mains")
	file := filepath.Join(dir, "menu.json")
	require.NoError(t, os.WriteFile(file, []byte(out), 0o600))
	code, _, errs = invoke(t, "menu", "import", anID, file, "--data-dir", dir)
	require.Equal(t, exitAuth, code, errs)
}
