package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/migrations"
)

// Schema changes the database's schema by the embedded migrations, and after them by those of the job queue (see
// migrations.River). Several at once are safe: they take turns, and the later ones find the work done.
type Schema struct {
	db       *sql.DB
	provider *goose.Provider
	river    *migrations.River
}

// OpenSchema connects with a database for migrations. It waits up to wait for the server to answer, and returns Unavailable
// when it does not.
func OpenSchema(ctx context.Context, url string, wait time.Duration) (*Schema, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, domain.Errorf(domain.Invalid, "database_url", "the database URL cannot be read (it is not shown: it may hold a password)")
	}
	config.ConnectTimeout = 5 * time.Second
	config.RuntimeParams["application_name"] = "zoop migrate"
	config.DefaultQueryExecMode = pgx.QueryExecModeExec // statements without names, so that the server may be behind a pooler
	db := stdlib.OpenDB(*config)
	if err := awaitServer(ctx, db, wait); err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("reach postgres: %w", unavailable(err, away))
	}
	s, err := newSchema(db)
	if err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return s, nil
}

func newSchema(db *sql.DB) (*Schema, error) {
	provider, err := goose.NewProvider(goose.DialectPostgres, db, migrations.FS)
	if err != nil {
		return nil, err
	}
	river, err := migrations.NewRiver(db)
	return &Schema{db, provider, river}, err
}

func awaitServer(ctx context.Context, db *sql.DB, wait time.Duration) error {
	until := time.Now().Add(wait)
	for {
		err := db.PingContext(ctx)
		if err == nil || ctx.Err() != nil || time.Now().After(until) {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(250 * time.Millisecond):
		}
	}
}

// Close ends the connection.
func (s *Schema) Close() { _ = s.db.Close() }

// Migration is one step of the schema's history, or one made just now.
type Migration struct {
	Version   int64 // 0 for a step of the job queue's own history
	File      string
	AppliedAt time.Time     // zero where that is not known, and when it is pending
	Took      time.Duration // of a step made just now
	Down      bool

	applied bool
	text    string // the SQL of a step of the queue's
}

// Pending says whether the step is still to be applied.
func (m Migration) Pending() bool { return !m.applied }

// Status lists all migrations, oldest first; those of the job queue come last.
func (s *Schema) Status(ctx context.Context) ([]Migration, error) {
	all, err := s.provider.Status(ctx)
	if err != nil {
		return nil, fmt.Errorf("read schema's status: %w", classify(err))
	}
	out := make([]Migration, len(all))
	for i, m := range all {
		out[i] = Migration{
			Version: m.Source.Version, File: filepath.Base(m.Source.Path), AppliedAt: m.AppliedAt, applied: m.State == goose.StateApplied,
		}
	}
	queue, err := s.riverStatus(ctx)
	return append(out, queue...), err
}

// Version is the newest migration of ours that was applied; 0 for an empty database.
func (s *Schema) Version(ctx context.Context) (int64, error) {
	v, err := s.provider.GetDBVersion(ctx)
	return v, classify(err)
}

// Up applies pending migrations: all, or those up to a version (0: no bound), or so many steps (0: no bound). When none of
// ours is left, the job queue's follow.
func (s *Schema) Up(ctx context.Context, to int64, steps int) ([]Migration, error) {
	return s.inTurn(ctx, func() ([]Migration, error) {
		done, err := s.up(ctx, to, steps)
		if err != nil {
			return done, err
		}
		if left, err := s.provider.HasPending(ctx); err != nil || left {
			return done, classify(err)
		}
		queue, err := s.migrateRiver(ctx, rivermigrate.DirectionUp)
		return append(done, queue...), err
	})
}

func (s *Schema) up(ctx context.Context, to int64, steps int) ([]Migration, error) {
	switch {
	case steps > 0:
		return s.repeat(ctx, steps, s.provider.UpByOne)
	case to > 0:
		return made(s.provider.UpTo(ctx, to))
	}
	return made(s.provider.Up(ctx))
}

// Down takes migrations back: so many steps, or all above a version when to is at least 0. The job queue's go with the last
// of ours.
func (s *Schema) Down(ctx context.Context, to int64, steps int) ([]Migration, error) {
	return s.inTurn(ctx, func() ([]Migration, error) {
		done, err := s.down(ctx, to, steps)
		if err != nil {
			return done, err
		}
		if version, err := s.Version(ctx); err != nil || version > 0 {
			return done, err
		}
		queue, err := s.migrateRiver(ctx, rivermigrate.DirectionDown)
		return append(done, queue...), err
	})
}

func (s *Schema) down(ctx context.Context, to int64, steps int) ([]Migration, error) {
	if to >= 0 {
		return made(s.provider.DownTo(ctx, to))
	}
	return s.repeat(ctx, steps, s.provider.Down)
}

// Redo takes the newest migration back and applies it again.
func (s *Schema) Redo(ctx context.Context) ([]Migration, error) {
	down, err := s.Down(ctx, -1, 1)
	if err != nil || len(down) == 0 {
		return down, err
	}
	up, err := s.Up(ctx, 0, 1)
	return append(down, up...), err
}

func (s *Schema) repeat(ctx context.Context, steps int, step func(context.Context) (*goose.MigrationResult, error)) ([]Migration, error) {
	var out []Migration
	for range steps {
		r, err := step(ctx)
		if errors.Is(err, goose.ErrNoNextVersion) {
			return out, nil
		}
		if err != nil {
			return out, fmt.Errorf("migrate: %w", unextended(err))
		}
		out = append(out, toMigration(r))
	}
	return out, nil
}

func made(results []*goose.MigrationResult, err error) ([]Migration, error) {
	out := make([]Migration, len(results))
	for i, r := range results {
		out[i] = toMigration(r)
	}
	if err != nil {
		return out, fmt.Errorf("migrate: %w", unextended(err))
	}
	return out, nil
}

// unextended is classify, and says what to do when the server lacks an extension or does not let this role create one.
func unextended(err error) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) || !strings.Contains(pg.Message, "extension") {
		return classify(err)
	}
	switch pg.Code {
	case "0A000", "58P01": // not available; up to Postgres 14 a file that is not there
		return domain.Errorf(domain.Unavailable, "extension_missing",
			"%s: install what comes with Postgres as contrib (Fedora: postgresql-contrib, Alpine: postgresql-contrib; Debian and Homebrew have it in postgresql)", pg.Message)
	case "42501": // insufficient_privilege
		return domain.Errorf(domain.Unavailable, "extension_refused",
			"%s: let this role create objects in the database, or have its owner run CREATE EXTENSION pg_trgm and CREATE EXTENSION unaccent", pg.Message)
	}
	return classify(err)
}

func toMigration(r *goose.MigrationResult) Migration {
	return Migration{Version: r.Source.Version, File: filepath.Base(r.Source.Path), Took: r.Duration, Down: r.Direction == "down"}
}

// SQL gives the statements of a migration in one direction, as they would be sent.
func SQL(m Migration, down bool) (string, error) {
	if m.text != "" {
		return strings.TrimSpace(m.text) + "\n", nil
	}
	text, err := fs.ReadFile(migrations.FS, m.File)
	if err != nil {
		return "", fmt.Errorf("read migration: %w", err)
	}
	up, undo, _ := strings.Cut(string(text), "-- +goose Down")
	_, up, _ = strings.Cut(up, "-- +goose Up")
	if down {
		up = undo
	}
	return strings.TrimSpace(directive.ReplaceAllString(up, "")) + "\n", nil
}

var (
	directive = regexp.MustCompile(`(?m)^-- \+goose .*\n`)
	titled    = regexp.MustCompile(`^[a-z][a-z0-9_]{2,60}$`)
)

// CreateMigration writes an empty migration with the next number into a source tree's directory and gives its path.
// Invalid for a title that is no lower_case_name.
func CreateMigration(dir, title string) (string, error) {
	if !titled.MatchString(title) {
		return "", domain.Invalidf("title", "form", "must be a lower_case_name of 3 to 61 characters")
	}
	files, err := filepath.Glob(filepath.Join(dir, "[0-9]*_*.sql"))
	if err != nil || len(files) == 0 {
		return "", domain.Invalidf("dir", "exists", "%s holds no migrations", dir)
	}
	var last int
	if _, err := fmt.Sscanf(filepath.Base(files[len(files)-1]), "%d_", &last); err != nil {
		return "", domain.Invalidf("dir", "form", "%s does not begin with a number", files[len(files)-1])
	}
	path := filepath.Join(dir, fmt.Sprintf("%05d_%s.sql", last+1, title))
	const skeleton = "-- What this changes, and why.\n\n-- +goose Up\n\n-- +goose Down\n"
	if err := os.WriteFile(path, []byte(skeleton), 0o644); err != nil { //nolint:gosec // a source file
		return "", fmt.Errorf("write migration: %w", err)
	}
	return path, nil
}

// Plan lists what Up or Down would do with the same bounds, in the order they would do it.
func (s *Schema) Plan(ctx context.Context, down bool, to int64, steps int) ([]Migration, error) {
	all, err := s.Status(ctx)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(m Migration) bool { return m.Version == 0 || m.applied != down })
	direction := rivermigrate.DirectionUp
	if down {
		direction = rivermigrate.DirectionDown
		slices.Reverse(all)
	}
	var out []Migration
	for _, m := range all {
		within := to <= 0 || m.Version <= to
		if down {
			within = to < 0 || m.Version > to
		}
		if within && (len(out) < steps || steps <= 0 || down && to >= 0) {
			out = append(out, m)
		}
	}
	if len(out) < len(all) {
		return out, nil
	}
	queue, err := s.riverPlan(ctx, direction)
	return append(out, queue...), err
}
