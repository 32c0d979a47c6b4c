package boot

import (
	"context"
	"errors"

	"github.com/zoop-dev/zoop/internal/app/account"
	"github.com/zoop-dev/zoop/internal/config"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/local"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Token mints an access token in the settings' database. Unless sure, it does so only in the database of the `zoop up` that
// runs on the data directory; any other may be one in production.
// Errors: Forbidden for another database; Conflict "schema_behind"; Unavailable; those of account.Mint.
func Token(ctx context.Context, c *config.Config, dataDir string, sure bool, m account.Mint) (account.Minted, error) {
	if c.DatabaseURL == "" {
		return account.Minted{}, domain.Invalidf("database_url", "missing", "is not set and no `zoop up` runs")
	}
	if !sure {
		if err := private(c.DatabaseURL, dataDir); err != nil {
			return account.Minted{}, err
		}
	}
	if err := CheckSchema(ctx, c, false); err != nil {
		return account.Minted{}, err
	}
	db, err := postgres.Open(ctx, c.DatabaseURL, postgres.Options{MaxConns: 2, Pooler: c.Pooler})
	if err != nil {
		return account.Minted{}, err
	}
	defer db.Close()
	return account.New(db, account.Options{}).Mint(ctx, m)
}

// private says whether a database is that of the `zoop up` that runs on a data directory: Forbidden when it is not.
func private(databaseURL, dataDir string) error {
	run, err := local.FindRun(dataDir)
	if err != nil && !errors.Is(err, local.ErrNotRunning) {
		return err
	}
	if err != nil || run.DatabaseURL != databaseURL {
		return domain.Errorf(domain.Forbidden, string(domain.Forbidden),
			"this is not the database of a running `zoop up`, so it may be in production; add --yes to make a token for it")
	}
	return nil
}
