package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// postgresInstall is a directory with initdb and postgres of one version.
type postgresInstall struct {
	bin   string
	major int
	minor int
}

// postgresDirs are places where packages put Postgres binaries. A directory in PATH comes last: what a distribution puts there
// is often a wrapper without its postgres.
var postgresDirs = []string{
	"/usr/lib/postgresql/*/bin", // Debian, Ubuntu
	"/usr/pgsql-*/bin",          // Fedora, RHEL from postgresql.org
	"/usr/libexec/postgresql*",  // Alpine
	"/opt/homebrew/opt/postgresql*/bin",
	"/usr/local/opt/postgresql*/bin",
	"/home/linuxbrew/.linuxbrew/opt/postgresql*/bin",
	"/Applications/Postgres.app/Contents/Versions/*/bin",
	"/usr/local/pgsql/bin",
}

// findPostgres returns the newest install, or the newest of the major version that the cluster in dir was made by.
func findPostgres(ctx context.Context, dir string) (postgresInstall, error) {
	need, err := clusterMajor(dir)
	if err != nil {
		return postgresInstall{}, err
	}
	var best postgresInstall
	var seen []string
	for _, bin := range candidateDirs(ctx) {
		in, err := probePostgres(ctx, bin)
		if err != nil {
			continue
		}
		seen = append(seen, fmt.Sprintf("%d in %s", in.major, in.bin))
		if need != 0 && in.major != need {
			continue
		}
		if in.major > best.major || in.major == best.major && in.minor > best.minor {
			best = in
		}
	}
	switch {
	case best.bin != "":
		return best, nil
	case len(seen) == 0:
		return best, fmt.Errorf("%w: run make deps, or set ZOOP_DATABASE_URL", ErrNoPostgres)
	default:
		return best, fmt.Errorf("%w: the cluster in %s needs Postgres %d, this machine has %s: "+
			"install Postgres %d, or choose another data directory", ErrWrongMajor, dir, need, strings.Join(seen, ", "), need)
	}
}

// clusterMajor returns the major version that made the cluster in dir, 0 when there is none.
func clusterMajor(dir string) (int, error) {
	b, err := os.ReadFile(filepath.Join(dir, "PG_VERSION"))
	if errors.Is(err, os.ErrNotExist) {
		if exists(dir) {
			return 0, fmt.Errorf("%w: %s is not a Postgres cluster", ErrNotOurs, dir)
		}
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read cluster version: %w", err)
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		return 0, fmt.Errorf("read cluster version: %w", err)
	}
	return major, nil
}

func candidateDirs(ctx context.Context) []string {
	var dirs []string
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if out, err := exec.CommandContext(ctx, "pg_config", "--bindir").Output(); err == nil {
		dirs = append(dirs, strings.TrimSpace(string(out)))
	}
	for _, pattern := range postgresDirs {
		found, _ := filepath.Glob(pattern)
		dirs = append(dirs, found...)
	}
	dirs = append(dirs, filepath.SplitList(os.Getenv("PATH"))...)
	var unique []string
	known := map[string]bool{}
	for _, dir := range dirs {
		real, err := filepath.EvalSymlinks(dir)
		if err == nil && filepath.IsAbs(real) && !known[real] {
			known[real] = true
			unique = append(unique, real)
		}
	}
	return unique
}

var postgresVersion = regexp.MustCompile(`\(PostgreSQL\) (\d+)(?:\.(\d+))?`)

// probePostgres asks the postgres in bin for its version.
func probePostgres(ctx context.Context, bin string) (postgresInstall, error) {
	for _, name := range []string{"initdb", "postgres"} {
		if _, err := exec.LookPath(filepath.Join(bin, name)); err != nil {
			return postgresInstall{}, err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, filepath.Join(bin, "postgres"), "--version").Output()
	if err != nil {
		return postgresInstall{}, err
	}
	m := postgresVersion.FindSubmatch(out)
	if m == nil {
		return postgresInstall{}, fmt.Errorf("%s: unknown version", bin)
	}
	major, _ := strconv.Atoi(string(m[1]))
	minor, _ := strconv.Atoi(string(m[2]))
	return postgresInstall{bin: bin, major: major, minor: minor}, nil
}
