package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/zoop-dev/zoop/internal/boot"
	"github.com/zoop-dev/zoop/internal/logkey"
)

func newServe(c *cli) *cobra.Command {
	var migrate string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the daemon with the Postgres and Redis you run",
		Long: `Serve the API, publish events, keep deadlines and dispatch couriers, until SIGTERM or SIGINT: then drain and stop.

Needs ZOOP_DATABASE_URL and ZOOP_REDIS_URL; with the role worker, which sends mail such as sign-in codes, also ZOOP_SMTP_URL
(or, for development, ZOOP_MAIL_DIR). Refuses to start on a schema that is behind, unless --migrate=apply. Any number of
processes may share the two; --roles splits the work among them.`,
		Example: `  export ZOOP_DATABASE_URL=postgres://zoop@db.internal/zoop ZOOP_REDIS_URL=redis://cache.internal:6379/0
  export ZOOP_SMTP_URL=smtps://user:password@mail.internal:465
  zoop serve --http 0.0.0.0:4000
  zoop serve --roles relay,worker,dispatch`,
		Args: exactly(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := c.load(cmd)
			if err != nil {
				return err
			}
			if cfg.DatabaseURL == "" || cfg.RedisURL == "" {
				return usageError{fmt.Errorf("serve needs ZOOP_DATABASE_URL and ZOOP_REDIS_URL; `zoop up` brings its own servers")}
			}
			log := c.logger(cfg)
			if err := boot.CheckSchema(cmd.Context(), cfg, migrate == "apply"); err != nil {
				return err
			}
			app, err := boot.New(cmd.Context(), cfg, log, nil)
			if err != nil {
				return err
			}
			log.InfoContext(cmd.Context(), "serving", logkey.Address, app.Address(), logkey.Roles, cfg.Roles)
			return app.Run(cmd.Context())
		},
	}
	f := cmd.Flags()
	f.String("http", "", "address to serve on (default 127.0.0.1:4000)")
	f.StringSlice("roles", nil, "api, relay, worker, dispatch (default all)")
	f.Duration("drain", 0, "how long to finish what was begun when stopping (default 20s)")
	migrate = "check"
	f.Var(&choice{&migrate, []string{"check", "apply"}}, "migrate", "check: refuse a schema that is behind; apply: bring it up to date first")
	return cmd
}
