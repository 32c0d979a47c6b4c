package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/client"
)

func (c *cli) dispatchAssign() *cobra.Command {
	var output string
	var override bool
	cmd := &cobra.Command{
		Use:   "assign ORDER COURIER [--override]",
		Short: "Give an order that nobody has fetched to a courier, who is not asked",
		Long: `Give an order that nobody has fetched to a courier, who is not asked: call them. Whoever it was offered or given to loses it. COURIER is
a courier's ID; ` + "`zoop dispatch explain ORDER`" + ` names some who could go.

A courier who is offline, away, off their shift, thinking about an offer or who picks up elsewhere gets it only with --override. It exits
with 5 when they cannot, when the food was fetched meanwhile, or when somebody has changed the order since it was read.`,
		Example: "  zoop dispatch assign 7K3P0Q 01890a5d-ac96-774b-bcce-b302099a8057\n" +
			"  zoop dispatch assign 7K3P0Q 01890a5d-ac96-774b-bcce-b302099a8057 --override -o json | jq .delivery",
		Args: exactly(2, "ORDER COURIER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			courier, err := courierID(args[1])
			if err != nil {
				return err
			}
			orders, err := c.orders(cmd)
			if err != nil {
				return err
			}
			o, err := orders.Order(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			after, err := orders.Assign(cmd.Context(), o, courier, override)
			if err != nil {
				return advised(err, o)
			}
			return c.printDelivery(after, output)
		},
	}
	cmd.Flags().BoolVar(&override, "override", false, "though they could not be asked: they know of it")
	outputFlag(cmd, &output)
	return cmd
}

func (c *cli) dispatchTakeAway() *cobra.Command {
	var reason, output string
	cmd := &cobra.Command{
		Use:   "take-away ORDER --reason REASON",
		Short: "Take an order that nobody has fetched from its courier, and look for another one",
		Long: `Take an order that nobody has fetched from whoever it was offered or given to. Another courier is looked for at once. It exits with 5
when nobody has it, when the food was fetched meanwhile, or when somebody has changed the order since it was read.

Reasons: ` + strings.Join(takeAwayReasons, ", ") + `.`,
		Example: "  zoop dispatch take-away 7K3P0Q --reason NOT_MOVING\n  zoop dispatch take-away 7K3P0Q --reason ACCIDENT -o json",
		Args:    exactly(1, "ORDER --reason REASON"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if reason == "" {
				return usageError{fmt.Errorf("--reason is needed: %s", strings.Join(takeAwayReasons, ", "))}
			}
			orders, err := c.orders(cmd)
			if err != nil {
				return err
			}
			o, err := orders.Order(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			after, err := orders.TakeAway(cmd.Context(), o, dto.TakeAwayReason(reason))
			if err != nil {
				return advised(err, o)
			}
			return c.printDelivery(after, output)
		},
	}
	cmd.Flags().Var(&choice{&reason, takeAwayReasons}, "reason", "why; it is in the order's timeline")
	outputFlag(cmd, &output)
	return cmd
}

var takeAwayReasons = []string{
	string(dto.TakeAwayReasonNOTMOVING), string(dto.TakeAwayReasonUNREACHABLE), string(dto.TakeAwayReasonACCIDENT), string(dto.TakeAwayReasonVEHICLE),
	string(dto.TakeAwayReasonOTHER),
}

// advised adds to a conflict what to do next.
func advised(err error, o dto.Order) error {
	var p *client.Problem
	if !errors.As(err, &p) {
		return err
	}
	advice := ""
	switch p.Code {
	case "courier.excluded":
		if advice = "choose another one: zoop dispatch explain " + o.Number; p.Details["overridable"] == true {
			advice = "if they know of it, add --override"
		}
	case "courier.busy", "courier.cash_limit", "courier.not_approved":
		advice = "choose another one: zoop dispatch explain " + o.Number
	case "delivery.illegal_transition":
		advice = "see how it stands: zoop orders timeline " + o.Number
	}
	if p.Status == 412 {
		advice = "somebody has changed it: look at it (zoop dispatch explain " + o.Number + "), and do it again if it is still right"
	}
	if advice == "" {
		return err
	}
	return fmt.Errorf("%w\n%s", err, advice)
}

// printDelivery says who brings an order now.
func (c *cli) printDelivery(o dto.Order, output string) error {
	if output == "json" {
		return c.printJSON(o)
	}
	text := fmt.Sprintf("order %s is %s, version %d; its delivery is %s", o.Number, o.State, o.Version, o.Delivery.State)
	if o.Courier != nil {
		text += " to " + o.Courier.Name
	}
	row(c.out, text)
	return nil
}
