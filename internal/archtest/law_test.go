package archtest

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const root = "../.."

// TestImportLaw holds every package of the module against the table.
func TestImportLaw(t *testing.T) {
	t.Parallel()
	pkgs := list(t)
	require.NotEmpty(t, pkgs)
	for _, p := range pkgs {
		for _, b := range Check(p) {
			t.Error(b)
		}
	}
}

// TestCheckFindsBreaches proves that each rule can fail.
func TestCheckFindsBreaches(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ from, imports, want string }{
		{"cmd/zoop", "internal/boot", ""},
		{"internal/boot", "cmd/zoop", "imports point down"},
		{"internal/domain", "internal/app/ordering", "imports point down"},
		{"internal/app/ordering", "internal/app/catalog", "neighbours"},
		{"internal/domain/order", "internal/domain/menu", "neighbours"},
		{"internal/domain/order", "internal/domain", ""},
		{"internal/domain/order", "internal/id", "the domain imports the domain only"},
		{"internal/domain/order", "time", ""},
		{"internal/domain/order", "math/rand/v2", "no I/O"},
		{"internal/domain/order", "github.com/google/uuid", "standard library only"},
		{"internal/postgres", "internal/redis", "neighbours"},
		{"internal/postgres", "internal/postgres/query", ""},
		{"internal/redis", "internal/postgres", "neighbours"},
		{"internal/app/ordering", "github.com/jackc/pgx/v5", "SQL is spoken"},
		{"internal/api", "database/sql", "SQL is spoken"},
		{"internal/worker/relay", "github.com/jackc/pgx/v5/pgxpool", "SQL is spoken"},
		{"internal/worker", "internal/app/ordering", ""},
		{"internal/api", "internal/api/dto", ""},
		{"internal/tui/page", "internal/client", ""},
		{"internal/tui/page", "internal/redis", ""},
		{"internal/tui/page", "internal/app/ordering", "REST API"},
		{"internal/sim", "internal/redis", "public API"},
		{"internal/local", "internal/domain", "mortar imports no layer"},
		{"internal/boot", "internal/dbtest", "only tests"},
		{"internal/dbtest", "internal/local", ""},
		{"internal/surprise", "fmt", "put it in the table"},
		{"internal/boot", "internal/surprise", "put it in the table"},
	} {
		imp := tt.imports
		if strings.HasPrefix(imp, "internal/") || strings.HasPrefix(imp, "cmd/") {
			imp = Module + "/" + imp
		}
		got := strings.Join(Check(Package{ImportPath: Module + "/" + tt.from, Imports: []string{imp}}), "\n")
		if tt.want == "" {
			require.Empty(t, got, "%s imports %s", tt.from, tt.imports)
		} else {
			require.Contains(t, got, tt.want, "%s imports %s", tt.from, tt.imports)
		}
	}
}

// TestPureSources proves that the clock and struct tags are seen, also under
// another import name.
func TestPureSources(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "x.go")
	src := "package x\nimport clock \"time\"\ntype T struct{ A int `json:\"a\"` }\nvar a = clock.Now()\nvar b = clock.Second\n"
	require.NoError(t, os.WriteFile(file, []byte(src), 0o600))
	breaches := checkPure([]string{file})
	require.Len(t, breaches, 2)
	require.Contains(t, breaches[0], "struct tag")
	require.Contains(t, breaches[1], "time.Now")
}

// TestPicture fails when docs/architecture.svg is not what the table draws.
func TestPicture(t *testing.T) {
	t.Parallel()
	got, err := os.ReadFile(filepath.Join(root, "docs", "architecture.svg"))
	require.NoError(t, err)
	require.Equal(t, Picture(), string(got), "docs/architecture.svg is out of date: run `make graph`")
}

// watch reads every source directory: the test cache sees what a test opens
// itself, but not what the go command reads for it.
func watch(t *testing.T) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if d != nil && d.IsDir() && path != root && (d.Name()[0] == '.' || d.Name() == "bin" || d.Name() == "dist") {
			return fs.SkipDir
		}
		if errors.Is(err, fs.ErrNotExist) { // gone since its parent was read
			return nil
		}
		return err
	}))
}

// list asks the go command for all packages of the module.
func list(t *testing.T) []Package {
	t.Helper()
	watch(t)
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,Dir,GoFiles,IgnoredGoFiles,Imports", "./...")
	cmd.Dir = root
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	var pkgs []Package
	for dec := json.NewDecoder(out); ; {
		var p struct {
			ImportPath, Dir                  string
			GoFiles, IgnoredGoFiles, Imports []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else {
			require.NoError(t, err)
		}
		var files []string
		for _, f := range append(p.GoFiles, p.IgnoredGoFiles...) {
			if !strings.HasSuffix(f, "_test.go") {
				files = append(files, filepath.Join(p.Dir, f))
			}
		}
		pkgs = append(pkgs, Package{p.ImportPath, p.Imports, files})
	}
	require.NoError(t, cmd.Wait())
	return pkgs
}
