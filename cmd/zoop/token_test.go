package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/account"
	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/local"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// invoke runs a command line and gives its exit code and what it wrote.
func invoke(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	dir := t.TempDir()
	file := func(name string) *os.File {
		f, err := os.Create(filepath.Join(dir, name))
		require.NoError(t, err)
		return f
	}
	stdout, stderr := file("out"), file("err")
	defer stdout.Close()
	defer stderr.Close()
	code = run(t.Context(), func() {}, args, streams{file("in"), stdout, stderr})
	text := func(f *os.File) string {
		b, err := os.ReadFile(f.Name())
		require.NoError(t, err)
		return string(b)
	}
	return code, text(stdout), text(stderr)
}

func TestToken(t *testing.T) {
	url, dir := dbtest.URL(t), t.TempDir()
	t.Setenv("ZOOP_DATABASE_URL", url)
	token := func(args ...string) (int, string, string) {
		return invoke(t, append([]string{"token", "--data-dir", dir}, args...)...)
	}
	for name, c := range map[string]struct {
		args string
		code int
	}{
		"may be production": {"--email a@example.com --role admin", exitAuth},
		"no address":        {"--role admin --yes", exitUsage},
		"no role":           {"--email a@example.com --yes", exitUsage},
		"unknown role":      {"--email a@example.com --role system --yes", exitUsage},
		"too long":          {"--email a@example.com --role admin --ttl 25h --yes", exitUsage},
	} {
		code, out, errs := token(strings.Fields(c.args)...)
		require.Equal(t, c.code, code, "%s: %s", name, errs)
		require.Empty(t, out, name)
		require.NotEmpty(t, errs, name)
	}

	code, out, errs := token("--email", "a@example.com", "--role", "courier", "--name", "Asha Rao", "--yes")
	require.Equal(t, exitOK, code, errs)
	require.Empty(t, errs)
	requireActor(t, url, out, domain.RoleCourier)
	code, _, _ = token("--email", "a@example.com", "--role", "admin", "--yes")
	require.Equal(t, exitConflict, code)
}

// In the database of a running `zoop up` nobody needs to be sure.
func TestTokenOfARunningUp(t *testing.T) {
	url, dir := dbtest.URL(t), t.TempDir()
	t.Setenv("ZOOP_DATABASE_URL", "")
	require.NoError(t, os.Chmod(filepath.Dir(dir), 0o711)) // the stores' user, whom root gives way to, must get in
	cluster, err := local.Open(t.Context(), local.Options{DataDir: dir, SkipPostgres: true, SkipRedis: true})
	require.NoError(t, err)
	t.Cleanup(func() { _ = cluster.Close(context.Background()) })
	require.NoError(t, local.WriteRun(dir, local.Run{DatabaseURL: url, RedisURL: "redis://127.0.0.1:1", APIURL: "http://127.0.0.1:1"}))
	code, out, errs := invoke(t, "token", "--data-dir", dir, "--email", "a@example.com", "--role", "support")
	require.Equal(t, exitOK, code, errs)
	requireActor(t, url, out, domain.RoleSupport)
}

// requireActor checks that what was printed is one token of a role, and nothing else.
func requireActor(t *testing.T, url, out string, role domain.Role) {
	t.Helper()
	require.Equal(t, 1, strings.Count(out, "\n"))
	db, err := postgres.Open(t.Context(), url, postgres.Options{})
	require.NoError(t, err)
	defer db.Close()
	actor, err := account.New(db, account.Options{}).Authenticate(t.Context(), strings.TrimSpace(out))
	require.NoError(t, err)
	require.Equal(t, role, actor.Role)
}
