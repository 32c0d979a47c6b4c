package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/zoop-dev/zoop/internal/boot"
)

func newSandbox(c *cli) *cobra.Command {
	var o boot.SandboxOptions
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "Run a payment gateway that moves no money",
		Long: `Run a payment gateway for development and tests: an API, a page on which customers pay with cards of nobody, and signed
webhooks that can come late, twice and out of order. ` + "`zoop up`" + ` has one of its own.

Needs ZOOP_SANDBOX_SECRET, the same as the zoop that uses it, whose ZOOP_SANDBOX_URL is this command's address. Not for
production: anybody may pay with its cards.`,
		Example: `  export ZOOP_SANDBOX_SECRET=$(openssl rand -hex 32)
  zoop sandbox --webhook http://127.0.0.1:4000/api/v1/psp/sandbox/webhook
  zoop sandbox --dir ./sandbox --delay 2s --duplicates 3 --disorder 5s`,
		Args: exactly(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := c.load(cmd)
			if err != nil {
				return err
			}
			o.Log = c.logger(cfg)
			o.Ready = func(url string) { printf(c.err, "sandbox: %s\n", url) }
			return boot.RunSandbox(cmd.Context(), cfg, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.HTTP, "http", "127.0.0.1:4242", "address to serve on")
	f.StringVar(&o.WebhookURL, "webhook", "", "where events go, such as http://127.0.0.1:4000/api/v1/psp/sandbox/webhook")
	f.StringVar(&o.Dir, "dir", "", "where payments are kept (default in memory only)")
	f.DurationVar(&o.Delay, "delay", 300*time.Millisecond, "until an operation is done; 0: at once")
	f.IntVar(&o.Duplicates, "duplicates", 1, "copies of each webhook besides the first, up to 20")
	f.DurationVar(&o.Disorder, "disorder", time.Second, "each copy comes up to so much later")
	f.DurationVar(&o.SlowAfter, "slow-after", 0, "when the bank of the slow card answers (default 30m)")
	f.Uint64Var(&o.Seed, "seed", 1, "of delays and copies")
	return cmd
}
