package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/zoop-dev/zoop/internal/api/dto"
)

func (c *cli) couriersWork() *cobra.Command {
	var asked deskList
	cmd := &cobra.Command{
		Use:   "work",
		Short: "List couriers who are online or have something to bring, by ID",
		Long: `List couriers who are online or have something to bring, by ID: what they carry, when they were seen, what keeps them from more work, and
their cash. It needs no permission beyond that of staff. When there are more, the cursor to go on with is said on the standard error; as
JSON it is nextCursor.`,
		Example: "  zoop couriers work --city Pune\n  zoop couriers work --state idle -o json | jq -r '.data[] | select(.excluded) | [.name, .excluded] | @tsv'",
		Args:    exactly(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := asked.check(); err != nil {
				return err
			}
			desk, err := c.desk(cmd)
			if err != nil {
				return err
			}
			list, err := desk.Couriers(cmd.Context(), asked.DeskFilter, asked.limit, asked.cursor)
			if err != nil {
				return err
			}
			if asked.output == "json" {
				return c.printJSON(list)
			}
			w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
			row(w, "ID", "COURIER", "STATE", "LOAD", "SEEN", "WHY NOT", "CASH", "SHIFT UNTIL", "CITY")
			for _, v := range list.Data {
				why := ""
				if v.Excluded != nil {
					why = strings.ReplaceAll(string(*v.Excluded), "_", " ")
				}
				row(w, v.ID.String(), v.Name, string(v.State), fmt.Sprintf("%d/%d", v.Carrying, v.Capacity), stampOr(v.SeenAt, "never"), why, cashHeld(v.Cash),
					stampOr(v.ShiftEndsAt, "-"), textOr(v.City, "anywhere"))
			}
			return c.endList(w, list.NextCursor)
		},
	}
	asked.flags(cmd, "offline", "idle", "offered", "carrying")
	return cmd
}

// cashHeld is what a courier has of their limits.
func cashHeld(rooms []dto.CashRoom) string {
	out := make([]string, len(rooms))
	for i, r := range rooms {
		out[i] = amount(r.Held) + " of " + amount(r.Limit)
	}
	return strings.Join(out, ", ")
}
