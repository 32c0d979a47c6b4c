package boot

import (
	"context"
	"time"

	"github.com/zoop-dev/zoop/internal/config"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// verifyWithin bounds one of Verify's statements, each of which may read a table of millions.
const verifyWithin = 10 * time.Minute

// Verify makes all checks on the settings' database, as postgres.DB.Verify does.
// Errors: Invalid without a database and for bounds; Conflict "schema_behind"; Unavailable.
func Verify(ctx context.Context, c *config.Config, v postgres.Verify) ([]postgres.Verdict, error) {
	if c.DatabaseURL == "" {
		return nil, domain.Invalidf("database_url", "missing", "is not set and no `zoop up` runs")
	}
	if err := CheckSchema(ctx, c, false); err != nil {
		return nil, err
	}
	db, err := postgres.Open(ctx, c.DatabaseURL, postgres.Options{MaxConns: 1, StatementTimeout: verifyWithin, Pooler: c.Pooler})
	if err != nil {
		return nil, err
	}
	defer db.Close()
	return db.Verify(ctx, v)
}
