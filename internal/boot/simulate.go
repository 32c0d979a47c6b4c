package boot

import (
	"context"

	"github.com/zoop-dev/zoop/internal/app/account"
	"github.com/zoop-dev/zoop/internal/config"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/postgres"
	"github.com/zoop-dev/zoop/internal/sim"
)

// The vendors that a simulation may act for: those of the demo set, whose owners have addresses that can get no mail.
const (
	playableOwners = "owner+%@demo.zoop.test"
	maxPlayable    = 1000
)

// Simulate plays a synthetic city against the API of the settings, until its duration or ctx ends. The bots know only the
// public API; their tokens alone come straight from the database, as those of `zoop token` do.
// Errors: NotFound without demo vendors; Unavailable when Postgres is away at the start.
func Simulate(ctx context.Context, c *config.Config, o sim.Options) (sim.Report, error) {
	db, err := postgres.Open(ctx, c.DatabaseURL, postgres.Options{MaxConns: 4, SimpleProtocol: c.Pooler})
	if err != nil {
		return sim.Report{}, err
	}
	defer db.Close()
	if o.Owners, err = db.OwnersLike(ctx, playableOwners, maxPlayable); err != nil {
		return sim.Report{}, err
	}
	if len(o.Owners) == 0 {
		return sim.Report{}, domain.Errorf(domain.NotFound, "no_demo_vendors", "there are no demo vendors to act for; make them with `zoop seed demo`")
	}
	accounts := account.New(db, account.Options{Logger: o.Logger})
	o.API = c.APIURL
	o.Mint = func(ctx context.Context, email, name string, role domain.Role) (string, error) {
		minted, err := accounts.Mint(ctx, account.Mint{Email: email, Role: role, Name: name})
		return minted.Token, err
	}
	return sim.Run(ctx, o)
}
