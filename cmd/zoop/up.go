package main

import (
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoop-dev/zoop/internal/boot"
	"github.com/zoop-dev/zoop/internal/mail"
	"github.com/zoop-dev/zoop/internal/sim"
)

func newUp(c *cli) *cobra.Command {
	var reset, simulate bool
	var s sim.Options
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Run a private marketplace on this machine, with its own Postgres and Redis",
		Long: `Start a private Postgres and Redis in the data directory, bring the schema up to date, open the demo vendors if there
are none, and serve everything until Ctrl-C. Nothing else on this machine is touched. Killed or not, the next start goes on
where this one ended. Sign-in codes are shown here instead of being mailed.

ZOOP_DATABASE_URL or ZOOP_REDIS_URL, where set, are used instead of a private server.`,
		Example: "  zoop up\n  zoop up --simulate --orders-per-minute 60\n  zoop up --data-dir ./data --http 127.0.0.1:4100 --reset",
		Args:    exactly(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := c.load(cmd)
			if err != nil {
				return err
			}
			if !cfg.Given("log_level") {
				cfg.LogLevel = slog.LevelWarn
			}
			o := boot.UpOptions{DataDir: c.dataDir, Reset: reset, Step: c.step, Ready: c.welcome, Mail: c.showMail, Log: c.logger(cfg)}
			if simulate {
				s.Out = c.err
				o.Simulate = &s
				if !cfg.Given("complete_after") {
					cfg.CompleteAfter = 2 * time.Minute // so that an order's last state is seen, too
				}
			}
			err = boot.RunUp(cmd.Context(), cfg, o)
			if err == nil {
				printf(c.err, "Stopped. Everything is kept in %s.\n", c.dataDir)
			}
			return err
		},
	}
	f := cmd.Flags()
	f.String("http", "", "address to serve on (default 127.0.0.1:4000)")
	f.BoolVar(&reset, "reset", false, "throw away everything in the data directory first")
	f.BoolVar(&simulate, "simulate", false, "let bots order, cook and deliver")
	simFlags(cmd, &s)
	return cmd
}

func (c *cli) step(what string) { printf(c.err, "  … %s\n", what) }

// showMail is the development mailbox's line: it holds a sign-in code, which is what it is for.
func (c *cli) showMail(m mail.Message) {
	brief := m.Brief
	if brief == "" {
		brief = m.Subject
	}
	printf(c.err, "  ✉ %s: %s\n", m.To, brief)
}

func (c *cli) welcome(u boot.Up) {
	printf(c.err, "\nzoop is up after %s, with %d vendors.\n\n", u.Took.Round(10*time.Millisecond), u.Vendors)
	if u.Demo {
		printf(c.err, "  DEMO MODE: no redis-server was found, so Redis is imitated in this process. Install it for anything real.\n\n")
	}
	printf(c.err, "  API          %s   (reference: %s/docs)\n", u.APIURL, u.APIURL)
	printf(c.err, "  Data         %s\n", u.DataDir)
	printf(c.err, "  Mail         %s   (codes are shown here, too)\n", u.MailDir)
	if u.SandboxURL != "" {
		printf(c.err, "  Payments     %s   (a sandbox: cards of nobody, no money moves)\n", u.SandboxURL)
	}
	if u.Token == "" {
		printf(c.err, "  Staff token  none: its account is suspended\n\n")
	} else {
		printf(c.err, "  Staff token  %s\n", u.Token)
		printf(c.err, "               kept for `zoop console` in %s\n\n", u.TokenFile)
	}
	printf(c.err, "Try next, in another terminal:\n")
	suffix := ""
	if c.dataDirGiven() {
		suffix = " --data-dir " + c.dataDir
	}
	printf(c.err, "  zoop console%s\n", suffix)
	printf(c.err, "  curl '%s/api/v1/cities'\n", u.APIURL)
	printf(c.err, "  eval \"$(zoop env%s)\" && psql \"$ZOOP_DATABASE_URL\" -c 'SELECT state, count(*) FROM orders GROUP BY 1'\n\n", suffix)
	printf(c.err, "Ctrl-C stops everything.\n\n")
}
