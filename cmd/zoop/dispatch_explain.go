package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/tui/words"
)

func (c *cli) dispatchExplain() *cobra.Command {
	var output string
	attempt := 0
	cmd := &cobra.Command{
		Use:   "explain ORDER [--attempt N]",
		Short: "Say why an order was offered to this courier, or why it waits",
		Long: `Say why an order was offered to this courier, and what they answered, or why it waits: its trip, who else could have gone and what that
would have cost, and who could not. Costs are seconds: TOTAL is what is compared, the others tell where it comes from and do not add up
to it. ` + "`docs/dispatch.md`" + ` has the words.

The newest attempt is explained, and those before it are listed; --attempt explains another one. As JSON it is all of them.`,
		Example: "  zoop dispatch explain 7K3P0Q\n  zoop dispatch explain 7K3P0Q --attempt 1\n" +
			"  zoop dispatch explain 7K3P0Q -o json | jq -r '.attempts[] | [.at, .outcome, .courier.name, .answer] | @tsv'",
		Args: exactly(1, "ORDER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("attempt") && attempt < 1 {
				return usageError{fmt.Errorf("--attempt must be 1 or more")}
			}
			orders, err := c.orders(cmd)
			if err != nil {
				return err
			}
			o, err := orders.Order(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			d, err := orders.Decision(cmd.Context(), o)
			if err != nil {
				return err
			}
			if attempt > 0 {
				d.Attempts = slices.DeleteFunc(d.Attempts, func(a dto.DispatchAttempt) bool { return a.Attempt != attempt })
				if len(d.Attempts) == 0 {
					return domain.Missing("attempt")
				}
			}
			if output == "json" {
				return c.printJSON(d)
			}
			return c.printDecision(d)
		},
	}
	cmd.Flags().IntVar(&attempt, "attempt", 0, "explain the one of this number (default the newest)")
	outputFlag(cmd, &output)
	return cmd
}

func (c *cli) printDecision(d dto.DeliveryDecision) error {
	head := fmt.Sprintf("order %s is %s, ", d.Order.Number, d.Order.State)
	if d.Order.ReadyBy != nil {
		head += "ready by " + stamp(*d.Order.ReadyBy) + ", "
	}
	head += "its delivery " + string(d.State)
	switch {
	case d.Courier == nil:
	case d.State == dto.DeliveryStateAssigned:
		head += " to " + words.Courier(*d.Courier)
	default:
		head += ", courier " + words.Courier(*d.Courier)
	}
	row(c.out, head)
	if len(d.Attempts) == 0 {
		row(c.out, words.NotLookedAt(d, stamp))
		return nil
	}
	if err := c.printAttempt(d.Attempts[0]); err != nil {
		return err
	}
	if len(d.Attempts) > 1 {
		printf(c.out, "\nbefore, and explained with --attempt:\n")
		for _, a := range d.Attempts[1:] {
			row(c.out, words.Attempt(a, stamp))
		}
	}
	return nil
}

func (c *cli) printAttempt(a dto.DispatchAttempt) error {
	row(c.out, words.Attempt(a, stamp))
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
	if len(a.Stops) > 0 {
		printf(w, "\n")
		row(w, "TRIP", "ARRIVE", "DONE")
		if a.LeaveAt != nil {
			row(w, "set out", "", clock(*a.LeaveAt))
		}
		for _, s := range a.Stops {
			row(w, stopText(s), clock(s.ArriveAt), clock(s.DoneAt))
		}
	}
	if len(a.Candidates) > 0 {
		printf(w, "\n")
		row(w, fmt.Sprintf("COULD GO (%d)", a.Weighed), "TOTAL", "APPROACH", "IDLE", "PICKUP LATE", "DETOUR", "DELIVERY LATE", "FRESHNESS", "ELSEWHERE", "KEPT FOR", "ID")
		for _, k := range a.Candidates {
			row(w, candidateCells(k)...)
		}
		if more := a.Weighed - len(a.Candidates); more > 0 {
			row(w, fmt.Sprintf("… and %d more, who cost more", more))
		}
	}
	if len(a.Excluded) > 0 {
		printf(w, "\n")
		row(w, "COULD NOT", "COURIERS", "WHY")
		for _, e := range a.Excluded {
			row(w, string(e.Reason), words.Some(e), words.Exclusion(e.Reason))
		}
	}
	return w.Flush()
}

func clock(t time.Time) string { return t.UTC().Format("15:04:05") }

func stopText(s dto.DispatchStop) string {
	switch {
	case s.Vendor != nil:
		return s.Vendor.Name
	case s.Order != nil:
		return "door of " + s.Order.Number
	}
	return "where the food was left"
}

func candidateCells(k dto.DispatchCandidate) []string {
	who := words.Courier(k.Courier)
	if k.Chosen {
		who += ", chosen"
	}
	kept := make([]string, len(k.KeptFor))
	for i, o := range k.KeptFor {
		kept[i] = o.Number
	}
	s := k.Score
	cells := []string{who}
	for _, n := range []int{s.Total, s.Approach, s.Idle, s.PickupLate, s.Detour, s.DeliveryLate, s.Freshness, s.Elsewhere} {
		cells = append(cells, strconv.Itoa(n))
	}
	text := strings.Join(kept, ", ")
	if text == "" {
		text = "-"
	}
	return append(cells, text, k.Courier.ID.String())
}
