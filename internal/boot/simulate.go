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

// Simulate plays the city of o against the API of the settings, until ctx ends or o's time is over.
// Errors: Unavailable when a server is away; those of play.
func Simulate(ctx context.Context, c *config.Config, o sim.Options) (sim.Report, error) {
	db, err := postgres.Open(ctx, c.DatabaseURL, postgres.Options{Pooler: c.Pooler})
	if err != nil {
		return sim.Report{}, err
	}
	defer db.Close()
	o.API = c.APIURL
	return play(ctx, db, account.New(db, account.Options{Logger: o.Logger}), o)
}

// play runs a city whose bots do everything through the API. Only what stands outside of it comes straight from the
// database: their tokens, and what people who are no bots would say at their door.
// Errors: NotFound without demo vendors; those of sim.Run.
func play(ctx context.Context, db *postgres.DB, accounts *account.Service, o sim.Options) (sim.Report, error) {
	owners, err := db.OwnersAmong(ctx, seed.DemoOwners())
	if err != nil {
		return sim.Report{}, err
	}
	if len(owners) == 0 {
		return sim.Report{}, domain.Errorf(domain.NotFound, "no_demo_vendors",
			"there are no demo vendors for the bots to act for; open them with `zoop seed demo`")
	}
	o.Owners, o.AtDoor = owners, db.PINAtDoor
	o.Mint = func(ctx context.Context, email, name string, role domain.Role) (string, error) {
		m, err := accounts.Mint(ctx, account.Mint{Email: email, Name: name, Role: role, Simulated: true})
		return m.Token, err
	}
	return sim.Run(ctx, o)
}
