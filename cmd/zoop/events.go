package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/zoop-dev/zoop/internal/boot"
	"github.com/zoop-dev/zoop/internal/tui"
)

func newEvents(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "events",
		Short: "Read the published events, as they come or again",
		Long: `Read everything that happens in the marketplace, each event once and in order: a line for each, or a JSON object (--json). What was
lost is said. It reads what ` + "`zoop console`" + ` reads, of the ` + "`zoop up`" + ` that runs on the data directory, or ZOOP_API_URL and
ZOOP_REDIS_URL with ZOOP_TOKEN.

A filter is words and fields, of which an event must meet all: cancelled, -order.placed, type=order.*,payment.*, order=8F2K9Q,
vendor=ID, courier=ID, customer=ID, city~delhi, actor!=system, subject=vendor.`,
		Example: "  zoop events tail --filter 'type=order.*'\n  zoop events replay --since 1h --json | jq -r .type | sort | uniq -c",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		c.readEvents(boot.Events{}, &cobra.Command{
			Use: "tail", Short: "Follow events as they come, from now or from --since on, until interrupted",
			Example: "  zoop events tail\n  zoop events tail --since 10m --filter 'type=sla.*,payment.failed'\n  zoop events tail --filter order=8F2K9Q --json",
		}),
		c.readEvents(boot.Events{Replay: true}, &cobra.Command{
			Use: "replay", Short: "Write events that were, all that are kept or from --since on, and end",
			Example: "  zoop events replay --since 2026-01-02T15:04:05Z\n  zoop events replay --since 1763 --json\n  zoop events replay --filter 'courier=c-104' --count 20",
		}),
	)
	return cmd
}

// readEvents completes a command that writes events.
func (c *cli) readEvents(e boot.Events, cmd *cobra.Command) *cobra.Command {
	o := tui.Options{Face: tui.Plain}
	var asJSON bool
	cmd.Args = exactly(0, "")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if o.Count < 0 {
			return usageError{errors.New("--count cannot be negative")}
		}
		cfg, err := c.loadLocal(cmd)
		if err != nil {
			return err
		}
		if asJSON {
			o.Face = tui.JSON
		}
		o.In, o.Out, o.Err = c.in, c.out, c.err
		return e.Run(cmd.Context(), cfg, c.dataDir, o)
	}
	f := cmd.Flags()
	f.StringVar(&e.Filter, "filter", "", "only events that meet all of these terms")
	f.StringVar(&e.Since, "since", "", "begin after this seq, at this time, or so long ago (10m)")
	f.BoolVar(&asJSON, "json", false, "a JSON object for each event")
	f.IntVar(&o.Count, "count", 0, "end after so many events")
	f.BoolVar(&o.ASCII, "ascii", false, "use no character outside ASCII")
	return cmd
}
