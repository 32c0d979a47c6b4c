package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/zoop-dev/zoop/internal/boot"
	"github.com/zoop-dev/zoop/internal/sim"
)

func newSim(c *cli) *cobra.Command {
	var o sim.Options
	cmd := &cobra.Command{
		Use:   "sim",
		Short: "Play a synthetic city against the API",
		Long: `Play a synthetic city: customers browse, order and sometimes cancel; vendors accept, sometimes reject or let an order
expire; couriers ride and deliver, sometimes give a delivery back, and now and then are not heard of for a while though they have the food. The bots use the public API only and act for the vendors of ` + "`zoop seed demo`" + `, at the
` + "`zoop up`" + ` that runs on the data directory or at ZOOP_API_URL; their tokens come from the database, as those of
` + "`zoop token`" + ` do. They outlive restarts of the server. A line of figures comes every ten seconds, a summary at the end.

--speed shortens thinking, cooking and riding; the server's timers keep their pace: offers last 30 seconds, rounds of dispatch come every
15, and it expects couriers when people could be there. So orders wait longer for their couriers than a faster city would have them.`,
		Example: "  zoop sim --orders-per-minute 60 --city Bengaluru\n  zoop sim --orders-per-minute 300 --speed 10 --seed 7 --duration 5m",
		Args:    exactly(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := c.loadLocal(cmd)
			if err != nil {
				return err
			}
			o.Out, o.Logger = c.out, c.logger(cfg)
			_, err = boot.Simulate(cmd.Context(), cfg, o)
			return err
		},
	}
	simFlags(cmd, &o)
	cmd.Flags().DurationVar(&o.Duration, "duration", 0, "how long customers order (default until interrupted)")
	cmd.Flags().DurationVar(&o.Drain, "finish", 10*time.Minute, "how long what was ordered may take to end after that")
	return cmd
}

// simFlags are those that `zoop up --simulate` has too.
func simFlags(cmd *cobra.Command, o *sim.Options) {
	f := cmd.Flags()
	f.Float64Var(&o.OrdersPerMinute, "orders-per-minute", 30, "how many orders customers place, on average")
	f.StringVar(&o.City, "city", "", "the one city where they sell, order and ride (default all that have demo vendors)")
	f.IntVar(&o.Couriers, "couriers", 0, "how many couriers ride (default as many as the orders need)")
	f.Uint64Var(&o.Seed, "seed", 1, "of the bots' decisions")
	f.Float64Var(&o.Speed, "speed", 10, "how much faster than people the bots are")
}
