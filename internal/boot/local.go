package boot

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/config"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/local"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// The files that `zoop up` keeps in its data directory besides the servers' own.
const (
	tokenFile = "staff-token"
	mailDir   = "mail"
)

// FillFromUp completes settings that nobody gave with the addresses of the `zoop up` that runs on a data directory: database,
// Redis and API. Nothing is an error when all three are configured; otherwise local.ErrNotRunning, with what to do.
func FillFromUp(c *config.Config, dataDir string) error {
	if c.DatabaseURL != "" && c.RedisURL != "" && c.APIURL != "" {
		return nil
	}
	run, err := local.FindRun(dataDir)
	if errors.Is(err, local.ErrNotRunning) {
		if c.DatabaseURL != "" || c.RedisURL != "" || c.APIURL != "" {
			return nil // one of them may be all that the command needs
		}
		return fmt.Errorf("%w; start `zoop up`, or set ZOOP_DATABASE_URL, ZOOP_REDIS_URL and ZOOP_API_URL", err)
	}
	if err != nil {
		return err
	}
	fill := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	fill(&c.DatabaseURL, run.DatabaseURL)
	fill(&c.RedisURL, run.RedisURL)
	fill(&c.APIURL, run.APIURL)
	return nil
}

// StaffToken reads the token that the `zoop up` of a data directory keeps for its console.
// Unauthenticated when there is none, with what to do.
func StaffToken(dataDir string) (string, error) {
	text, err := os.ReadFile(filepath.Join(dataDir, tokenFile)) //nolint:gosec // the operator's own directory
	if err != nil {
		return "", domain.Errorf(domain.Unauthenticated, string(domain.Unauthenticated),
			"no staff token: set ZOOP_TOKEN to one from `zoop token --role support --email YOU`, or start `zoop up`")
	}
	return strings.TrimSpace(string(text)), nil
}

// replaceFile writes a line into a file in one step, readable by its owner only.
func replaceFile(path, line string) error {
	if err := os.WriteFile(path+".new", []byte(line+"\n"), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// writeToken replaces the staff token in one step, readable by its owner only.
func writeToken(dataDir, token string) error {
	if err := replaceFile(filepath.Join(dataDir, tokenFile), token); err != nil {
		return fmt.Errorf("keep staff token: %w", err)
	}
	return nil
}

// CheckSchema compares the database's schema with this binary's migrations. With apply it brings it up to date; otherwise a
// schema that is behind is Conflict "schema_behind".
func CheckSchema(ctx context.Context, c *config.Config, apply bool) error {
	s, err := postgres.OpenSchema(ctx, c.DatabaseURL, 10*time.Second)
	if err != nil {
		return err
	}
	defer s.Close()
	if apply {
		_, err := s.Up(ctx, 0, 0)
		return err
	}
	pending, err := s.Plan(ctx, false, 0, 0)
	if err != nil {
		return err
	}
	if len(pending) > 0 {
		return domain.Errorf(domain.Conflict, "schema_behind",
			"the schema is %d migrations behind, next is %s; run `zoop migrate up`, or serve with --migrate=apply", len(pending), pending[0].File)
	}
	return nil
}
