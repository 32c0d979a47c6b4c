package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/api/dto"
)

const aPayout = "0190b5a8-0000-7000-8000-000000000001"

// TestPayoutsReachTheTerminalAsText has an API answer what takes a terminal over.
func TestPayoutsReachTheTerminalAsText(t *testing.T) {
	evil := "\x1b]52;c;cm0gLXJmIC8=\x07\x1b[2J\u202eevil\u009b31m"
	p := dto.Payout{Kind: dto.PayoutKind(evil), Payee: evil, Note: evil, State: dto.PayoutState(evil), Amount: dto.Money{Currency: evil}}
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var answer any = p
		switch {
		case strings.HasSuffix(r.URL.Path, "/statement"):
			answer = dto.Statement{Payout: p, Lines: []dto.StatementLine{{Kind: evil, OrderNumber: &evil}}}
		case strings.HasSuffix(r.URL.Path, "/payouts"):
			if r.Method == http.MethodPost && r.Header.Get("Idempotency-Key") == "" {
				http.Error(w, "no key", http.StatusBadRequest)
				return
			}
			answer = dto.PayoutList{Data: []dto.Payout{p}, NextCursor: &evil}
		}
		_ = json.NewEncoder(w).Encode(answer)
	}))
	t.Cleanup(api.Close)
	t.Setenv("ZOOP_API_URL", api.URL)
	t.Setenv("ZOOP_TOKEN", "token")
	for _, line := range []string{
		"list --limit 1", "list --limit 1 -o json", "get " + aPayout, "get " + aPayout + " -o json", "draft", "draft -o json",
		"approve " + aPayout, "paid " + aPayout + " --reference 1", "failed " + aPayout + " --reason closed",
		"statement " + aPayout, "statement " + aPayout + " -o json",
	} {
		code, out, errs := invoke(t, append([]string{"payouts", "--data-dir", t.TempDir()}, strings.Fields(line)...)...)
		require.Equal(t, exitOK, code, "%s: %s", line, errs)
		require.Contains(t, out, "evil", line)
		require.False(t, strings.ContainsAny(out+errs, "\x1b\x07\u202e\u009b"), "%s: %q %q", line, out, errs)
	}
	for _, line := range []string{
		"list --limit 0", "list --limit 1001", "list --state eaten", "list --owner casa", "get casa", "get", "draft --owner casa", "paid " + aPayout,
		"failed " + aPayout, "export", "export --approved " + aPayout, "export casa", "statement " + aPayout + " -o yaml",
	} {
		code, _, errs := invoke(t, append([]string{"payouts", "--data-dir", t.TempDir()}, strings.Fields(line)...)...)
		require.Equal(t, exitUsage, code, "%s: %s", line, errs)
	}
}

// TestAnExportThatIsCutOff: the sheet holds what the bank was told of, the error says that it is not all, and whoever names the
// payouts again gets all of them.
func TestAnExportThatIsCutOff(t *testing.T) {
	const first, second = aPayout, "0190b5a8-0000-7000-8000-000000000002"
	states := map[string]dto.PayoutState{first: dto.PayoutStateApproved, second: dto.PayoutStateApproved}
	broken := true
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/api/v1/admin/payouts/"), "/")
		if len(parts) == 2 && parts[1] == "export" {
			if parts[0] == second && broken {
				w.Header().Set("Content-Type", "application/problem+json")
				w.WriteHeader(http.StatusConflict)
				_, _ = io.WriteString(w, `{"code":"conflict","detail":"somebody else changed it","status":409}`)
				return
			}
			states[parts[0]] = dto.PayoutStateExported
		}
		var p dto.Payout
		_ = p.ID.UnmarshalText([]byte(parts[0]))
		p.State, p.Payee = states[parts[0]], "=Casa"
		_ = json.NewEncoder(w).Encode(p)
	}))
	t.Cleanup(api.Close)
	t.Setenv("ZOOP_API_URL", api.URL)
	t.Setenv("ZOOP_TOKEN", "token")
	file := filepath.Join(t.TempDir(), "sheet.csv")
	export := func(args ...string) (int, string) {
		code, out, errs := invoke(t, append([]string{"payouts", "--data-dir", t.TempDir(), "export", first, second}, args...)...)
		return code, out + errs
	}
	code, said := export("--file", file)
	require.Equal(t, exitConflict, code, said)
	sheet, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(sheet), first)
	require.NotContains(t, string(sheet), second)
	require.Contains(t, string(sheet), "'=Casa", "no cell is a formula")
	info, err := os.Stat(file)
	require.NoError(t, err)
	require.EqualValues(t, 0o600, info.Mode().Perm())
	broken = false
	code, said = export("--file", file)
	require.Equal(t, exitFailure, code, "no sheet is written over: %s", said)
	require.Equal(t, dto.PayoutStateApproved, states[second], "and nothing is moved for one that is not written")
	code, said = export()
	require.Equal(t, exitOK, code, said)
	require.Contains(t, said, first)
	require.Contains(t, said, second)
}
