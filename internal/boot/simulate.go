package boot

import (
	"context"

	"github.com/zoop-dev/zoop/internal/app/account"
	"github.com/zoop-dev/zoop/internal/app/seed"
	"github.com/zoop-dev/zoop/internal/config"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/postgres"
	"github.com/zoop-dev/zoop/internal/sim"
)

// Simulate plays the city of o against the API of the settings, until ctx ends or o's time is over. The bots' tokens come
// from the settings' database; everything else goes through the API.
// Errors: Unavailable when a server is away; those of sim.Run.
func Simulate(ctx context.Context, c *config.Config, o sim.Options) (sim.Report, error) {
	db, err := postgres.Open(ctx, c.DatabaseURL, postgres.Options{SimpleProtocol: c.Pooler})
	if err != nil {
		return sim.Report{}, err
	}
	defer db.Close()
	o.API, o.Mint, o.Owners = c.APIURL, minter(account.New(db, account.Options{})), seed.DemoOwners()
	return sim.Run(ctx, o)
}

// minter gives the bots their tokens.
func minter(s *account.Service) func(ctx context.Context, email, name string, role domain.Role) (string, error) {
	return func(ctx context.Context, email, name string, role domain.Role) (string, error) {
		m, err := s.Mint(ctx, account.Mint{Email: email, Name: name, Role: role})
		return m.Token, err
	}
}
