package boot

import (
	"context"

	"github.com/zoop-dev/zoop/internal/app/account"
	"github.com/zoop-dev/zoop/internal/config"
	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Keys lists the server's keys in the settings' database.
// Errors: Invalid without a database; Conflict "schema_behind"; Unavailable.
func Keys(ctx context.Context, c *config.Config) (list []account.KeyStatus, err error) {
	err = withAccounts(ctx, c, func(s *account.Service) error {
		list, err = s.Keys(ctx)
		return err
	})
	return list, err
}

// RotateKeys makes a new key for access tokens; when leaked, in the place of all others at once.
// Errors are those of Keys, and Conflict as account.RotateKeys says.
func RotateKeys(ctx context.Context, c *config.Config, leaked bool) (made rules.Key, err error) {
	err = withAccounts(ctx, c, func(s *account.Service) error {
		if leaked {
			made, err = s.ReplaceLeakedKeys(ctx)
		} else {
			made, err = s.RotateKeys(ctx)
		}
		return err
	})
	return made, err
}

// withAccounts lets a command use the accounts of the settings' database.
func withAccounts(ctx context.Context, c *config.Config, use func(*account.Service) error) error {
	if c.DatabaseURL == "" {
		return domain.Invalidf("database_url", "missing", "is not set and no `zoop up` runs")
	}
	if err := CheckSchema(ctx, c, false); err != nil {
		return err
	}
	db, err := postgres.Open(ctx, c.DatabaseURL, postgres.Options{MaxConns: 2, Pooler: c.Pooler})
	if err != nil {
		return err
	}
	defer db.Close()
	return use(account.New(db, account.Options{}))
}
