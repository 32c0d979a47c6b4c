package dbtest

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver that goose uses
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/zoop-dev/zoop/internal/local"
	"github.com/zoop-dev/zoop/migrations"
)

const (
	maxConns = 8 // of a test's pool
	maxDrops = 8 // databases being dropped at once
)

// New returns a pool on a migrated, empty database that is the test's own and dropped when it ends.
func New(t testing.TB) *pgxpool.Pool {
	t.Helper()
	cfg, err := pgxpool.ParseConfig(URL(t))
	fail(t, err)
	cfg.MaxConns = maxConns
	pool, err := pgxpool.NewWithConfig(context.Background(), cfg)
	fail(t, err)
	t.Cleanup(pool.Close)
	return pool
}

// URL returns the address of a database like New's, for a pool or a process of the test's making.
func URL(t testing.TB) string {
	t.Helper()
	s := sharedPostgres(t)
	fail(t, s.template())
	return s.create(t, s.templateName)
}

// EmptyURL returns the address of a database without any migration, the test's own and dropped when it ends.
func EmptyURL(t testing.TB) string {
	t.Helper()
	return sharedPostgres(t).create(t, "template0")
}

// server is the Postgres of this test binary.
type server struct {
	cluster      *local.Cluster
	admin        *pgxpool.Pool
	url          string
	strategy     string // how CREATE DATABASE copies
	templateName string
	template     func() error // makes the template when it is first asked for
	created      atomic.Int64
	drops        chan struct{} // a place for each drop under way
}

var startPostgres = sync.OnceValues(func() (*server, error) {
	ctx, cancel := background()
	defer cancel()
	c, err := openSlot(ctx, "pg", local.Options{SkipRedis: true})
	if err != nil {
		return nil, err
	}
	s := &server{cluster: c, url: c.SocketURL(), drops: make(chan struct{}, maxDrops)}
	s.template = sync.OnceValue(s.makeTemplate)
	cfg, err := pgxpool.ParseConfig(s.url)
	if err != nil {
		return nil, err
	}
	cfg.MaxConns = 2 * maxDrops
	if s.admin, err = pgxpool.NewWithConfig(ctx, cfg); err != nil {
		return nil, err
	}
	return s, s.prepare(ctx)
})

func sharedPostgres(t testing.TB) *server {
	t.Helper()
	s, err := startPostgres()
	fail(t, err)
	return s
}

// prepare drops what earlier binaries left in the slot, except the template of these migrations.
func (s *server) prepare(ctx context.Context) error {
	var version int
	if err := s.admin.QueryRow(ctx, "SELECT current_setting('server_version_num')::int").Scan(&version); err != nil {
		return fmt.Errorf("ask for the version: %w", err)
	}
	if version >= 150000 {
		s.strategy = " STRATEGY file_copy" // older ones know no other
	}
	sum, err := migrationsSum()
	if err != nil {
		return err
	}
	s.templateName = "template_" + sum
	rows, err := s.admin.Query(ctx, `SELECT datname FROM pg_database
		WHERE (datname LIKE 'test\_%' OR datname LIKE 'template\_%') AND datname <> $1`, s.templateName)
	if err != nil {
		return fmt.Errorf("list databases: %w", err)
	}
	old, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("list databases: %w", err)
	}
	for _, name := range old {
		if err := s.drop(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// migrationsSum is a digest of all migrations, names and contents; those of the job queue among them.
func migrationsSum() (string, error) {
	h := sha256.New()
	river, err := migrations.NewRiver(nil)
	if err != nil {
		return "", err
	}
	for _, m := range river.AllVersions() {
		fmt.Fprintf(h, "river %d %d\n%s", m.Version, len(m.SQLUp), m.SQLUp)
	}
	err = fs.WalkDir(migrations.FS, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(migrations.FS, path)
		fmt.Fprintf(h, "%s %d\n%s", path, len(b), b)
		return err
	})
	return hex.EncodeToString(h.Sum(nil)[:8]), err
}

// makeTemplate migrates a database and renames it when it is whole.
func (s *server) makeTemplate() error {
	ctx, cancel := background()
	defer cancel()
	var made bool
	err := s.admin.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", s.templateName).Scan(&made)
	if err != nil || made {
		return err
	}
	const draft = "template_draft"
	if _, err := s.admin.Exec(ctx, "CREATE DATABASE "+draft+" TEMPLATE template0"+s.strategy); err != nil {
		return fmt.Errorf("create template: %w", err)
	}
	if err := migrate(ctx, s.databaseURL(draft)); err != nil {
		_ = s.drop(ctx, draft)
		return err
	}
	if _, err := s.admin.Exec(ctx, "ALTER DATABASE "+draft+" RENAME TO "+s.templateName); err != nil {
		return fmt.Errorf("rename template: %w", err)
	}
	return nil
}

func migrate(ctx context.Context, url string) error {
	db, err := sql.Open("pgx", url)
	if err != nil {
		return fmt.Errorf("open template: %w", err)
	}
	defer db.Close()
	provider, err := goose.NewProvider(goose.DialectPostgres, db, migrations.FS)
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate template: %w", err)
	}
	river, err := migrations.NewRiver(db)
	if err != nil {
		return err
	}
	if _, err := river.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate template: %w", err)
	}
	return nil
}

// create makes a database for the test and returns its address.
func (s *server) create(t testing.TB, template string) string {
	t.Helper()
	ctx, cancel := background()
	defer cancel()
	name := "test_" + strconv.FormatInt(s.created.Add(1), 10)
	_, err := s.admin.Exec(ctx, "CREATE DATABASE "+name+" TEMPLATE "+template+s.strategy)
	fail(t, err)
	t.Cleanup(func() { s.dropLater(name) })
	return s.databaseURL(name)
}

// dropLater drops a database without having the test wait: Postgres sleeps 100 ms whenever a connection to it is only just ending.
// What is not done when the binary ends, or fails, is left to the next binary in this slot.
func (s *server) dropLater(name string) {
	s.drops <- struct{}{}
	go func() {
		defer func() { <-s.drops }()
		ctx, cancel := background()
		defer cancel()
		_ = s.drop(ctx, name)
	}()
}

func (s *server) drop(ctx context.Context, name string) error {
	if _, err := s.admin.Exec(ctx, "DROP DATABASE IF EXISTS "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)"); err != nil {
		return fmt.Errorf("drop %s: %w", name, err)
	}
	return nil
}

// databaseURL is the address of another database of the same server.
func (s *server) databaseURL(name string) string {
	u, err := url.Parse(s.url)
	if err != nil {
		return strings.Clone(s.url) // cannot be: it has been connected to
	}
	u.Path = "/" + name
	return u.String()
}
