package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

func newStreams(c *cli) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "streams",
		Short: "Show how far events have come on their way to those who follow them",
		Long: `Show how far events have come on their way to those who follow them: what waits in the outbox for its place in the order, the streams in
Redis and how far behind it they are, and consumer groups that somebody has made; zoop's own readers are none.

It asks the API, as "zoop vendors" does.`,
		Example: "  zoop streams\n  zoop streams -o json | jq '.waiting, .streams[].behind'",
		Args:    exactly(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			desk, err := c.desk(cmd)
			if err != nil {
				return err
			}
			s, err := desk.DeskStreams(cmd.Context())
			if err != nil {
				return err
			}
			if output == "json" {
				return c.printJSON(s)
			}
			w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
			row(w, "epoch", s.Epoch)
			waiting := "nothing waits"
			if s.WaitingSeconds != nil {
				waiting = fmt.Sprintf("%d wait, the oldest for %.1f s", s.Waiting, *s.WaitingSeconds)
			}
			row(w, "outbox", fmt.Sprintf("seq %d, %s", s.Last, waiting))
			if len(s.Streams) == 0 {
				row(w, "stream", "Redis is away")
			}
			for _, st := range s.Streams {
				row(w, "stream", fmt.Sprintf("%s: %d entries, seq %d to %d, %d behind", st.Name, st.Length, st.First, st.Last, st.Behind))
				for _, g := range st.Groups {
					row(w, "group", fmt.Sprintf("%s: %d consumers, %d pending", g.Name, g.Consumers, g.Pending))
				}
			}
			return w.Flush()
		},
	}
	outputFlag(cmd, &output)
	return cmd
}
